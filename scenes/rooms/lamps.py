"""The lamps of a room: which there are, where they hang and stand, how bright and warm, and whether they are on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from core.ranges import any_of, uniform
from scenes.rooms.config import LampsConfig, RoomsConfig
from scenes.rooms.record import Bounds, Item, Lamp, Monitor, Opening
from scenes.rooms.traits import Traits
from scenes.rooms.walls import BEYOND_M, at_wall, span

Place = tuple[float, float, float]


def lamps_of(
    config: LampsConfig,
    traits: Traits,
    bounds: Bounds,
    items: tuple[Item, ...],
    openings: tuple[Opening, ...],
    day: bool,
    soft: float,
    rng: np.random.Generator,
) -> tuple[Lamp, ...]:
    """All lamps but the monitor; `day`: light comes through a window, so lamps may be off. `soft`, in `[0, 1)`: in its
    first half a soft light stands to the left, and in the lower part of either half there is one."""
    x0, x1, y0, y1, height = bounds
    shared = uniform(rng, config.work_temperature_k if traits.work else config.temperature_k)
    mixed = bool(rng.random() < config.mixed)

    def kelvin() -> float:
        own = uniform(rng, config.work_temperature_k if rng.random() < 0.4 else config.temperature_k)
        return own if mixed else shared

    lamps: list[Lamp] = []
    fitting = any_of(rng, traits.fittings)
    has_ceiling, ceiling_on = rng.random() < config.ceiling, not day or rng.random() < config.on_by_day
    if has_ceiling:
        t = kelvin()
        places, flux, size = _on_ceiling(config, traits, fitting, bounds, rng)
        lamps.append(Lamp("ceiling", fitting, places, flux, t, size, ceiling_on))
    for name, share, lumens in (
        ("wall", config.wall_lamp if traits.table_lamps else 0.0, config.wall_lm),
        ("floor", 0.0 if traits.work else config.floor_lamp, config.floor_lm),
        ("table", config.table_lamp if traits.table_lamps else 0.0, config.table_lm),
        ("desk", config.desk_lamp, config.desk_lm),
    ):
        has, on, t = rng.random() < share, rng.random() < config.standing_on, kelvin()
        place = _place_of(name, bounds, items, openings, rng)
        if not has or place is None:
            continue
        flux = uniform(rng, lumens)
        width = float(
            {
                "wall": rng.uniform(0.1, 0.18),
                "floor": rng.uniform(0.3, 0.45),
                "table": rng.uniform(0.2, 0.32),
                "desk": 0.14,
            }[name]
        )
        size = width, float(width * rng.uniform(*((1.0, 1.6) if name == "wall" else (0.6, 0.9))))
        on = bool(on or (not day and name != "desk"))
        lamps.append(Lamp(name, name, (place,), flux, t, size, on, float(rng.uniform(-1, 1))))
    off = rng.random() < config.ceiling_off
    if off and any(lamp.on and lamp.name in ("wall", "floor", "table") for lamp in lamps):
        lamps = [replace(lamp, on=lamp.on and lamp.name != "ceiling") for lamp in lamps]
    middle = float((x0 + x1) / 2)
    if rng.random() < config.led_strip and traits.led_strip:
        length = x1 - x0 - 0.2
        t = uniform(rng, config.strip_temperature_k)
        flux = length * uniform(rng, config.strip_lm_per_m)
        lamps.append(Lamp("strip", "strip", ((middle, y1 - 0.06, height - 0.12),), flux, t, (length, 0.02)))
    if 2 * soft % 1 < config.well_lit:
        side = float(rng.uniform(0.3, 0.9) * (-1 if soft < 0.5 else 1))
        t = float(rng.uniform(4000, 6200))
        place = (side, -min(1.1, -y0 - 0.1), float(rng.uniform(1.45, 1.8)))
        lamps.append(Lamp("softbox", "softbox", (place,), float(rng.uniform(1200, 3500)), t, (0.5, 0.4)))
    if (not day and not any(lamp.on for lamp in lamps)) or not (day or lamps):
        # somebody who makes a call at night has a light on
        t = kelvin()
        lamps = [lamp for lamp in lamps if lamp.name != "ceiling"]
        place = (middle, max(0.7, (y0 + y1) / 2), height - 0.05)
        lamps.append(Lamp("ceiling", "globe", (place,), uniform(rng, config.bulb_lm), t, (0.3, 0.2)))
    return tuple(lamps)


def beyond_doors(
    config: RoomsConfig, traits: Traits, bounds: Bounds, openings: tuple[Opening, ...], rng: np.random.Generator
) -> tuple[Lamp, ...]:
    """The light on behind doors that stand open, or none."""
    lamps = config.lamps
    lit, flux = rng.random() < config.windows.lit_beyond, uniform(rng, lamps.bulb_lm)
    kelvin = uniform(rng, lamps.work_temperature_k if traits.work else lamps.temperature_k)
    places = tuple(
        (*at_wall(bounds, door.wall, door.along_m, -0.5 * BEYOND_M), bounds[4] - 0.05)
        for door in openings
        if door.ajar_rad > 0
    )
    return (Lamp("beyond", "globe", places, flux, kelvin, (0.26, 0.2)),) if lit and places else ()


def monitor_of(config: LampsConfig, rng: np.random.Generator) -> Monitor:
    """The screen before the person."""
    wide = float(rng.choice([0.31, 0.53, 0.6, 0.7], p=[0.35, 0.25, 0.3, 0.1]))
    nits, kelvin = uniform(rng, config.monitor_nits), uniform(rng, config.monitor_kelvin)
    return Monitor(nits, kelvin, (wide, wide * 0.58), bool(rng.random() < 0.35))


def _on_ceiling(
    config: LampsConfig, traits: Traits, fitting: str, bounds: Bounds, rng: np.random.Generator
) -> tuple[tuple[Place, ...], float, tuple[float, float]]:
    """Places, flux and size of a ceiling's fittings."""
    x0, x1, y0, y1, height = bounds
    wide, deep = x1 - x0, y1 - y0
    if fitting == "panels":
        nx, ny = max(1, round(wide / 2.2)), max(1, round(deep / 2.4))
        size = (0.6, 0.6) if rng.random() < 0.5 else (0.3, 1.2)
        # panels that could not light a desk are not bought: between 300 and 700 lx over the floor
        each = wide * deep
        flux = float(np.clip(uniform(rng, config.panel_lm), 300 * each / (nx * ny), 1200 * each / (nx * ny)))
        return _grid(bounds, nx, ny, height - 0.012), flux, size
    if fitting == "spots":
        nx, ny = max(2, round(wide / 1.2)), max(1, round(deep / 1.3))
        return _grid(bounds, nx, ny, height - 0.01), uniform(rng, config.spot_lm), (0.08, 0.08)
    if fitting == "strip":
        length = min(deep - 0.3, 3.0)
        nx, ny = max(1, round(wide / 2.6)), max(1, int(deep / (length + 0.6)))
        flux = length * uniform(rng, config.strip_lm_per_m)
        return _grid(bounds, nx, ny, height - 0.05), flux, (0.06, length)
    drop = rng.uniform(0.45, 0.95) if fitting == "pendant" else 0.16 if fitting == "bulb" else 0.05
    if traits.fitting_rows == "tables":
        nx, ny = max(2, round(wide / 1.6)), max(1, round(y1 / 2.0))
        places = tuple(
            (float(x0 + (i + 0.5) / nx * wide), float(0.9 + (j + 0.5) / ny * (y1 - 1.0)), height - drop)
            for j in range(ny)
            for i in range(nx)
        )
    elif traits.fitting_rows == "grid":
        places = _grid(bounds, 2, max(1, round(deep / 2.5)), height - drop)
    else:
        places = ((float((x0 + x1) / 2), float(max(0.7, (y0 + y1) / 2 + 0.2)), float(height - drop)),)
    flux = uniform(rng, config.bulb_lm) * (0.5 if traits.fitting_rows == "tables" else 1.0)
    width = {"pendant": rng.uniform(0.25, 0.5), "globe": rng.uniform(0.25, 0.4), "bulb": 0.06}[fitting]
    return places, flux, (float(width), float(width * rng.uniform(0.5, 0.8)))


def _grid(bounds: Bounds, nx: int, ny: int, z: float) -> tuple[Place, ...]:
    x0, x1, y0, y1, _ = bounds
    return tuple(
        (float(x0 + (i + 0.5) / nx * (x1 - x0)), float(y0 + (j + 0.5) / ny * (y1 - y0)), float(z))
        for j in range(ny)
        for i in range(nx)
    )


def _place_of(
    name: str, bounds: Bounds, items: tuple[Item, ...], openings: tuple[Opening, ...], rng: np.random.Generator
) -> Place | None:
    """Where a lamp stands: on a low cupboard, beside the monitor, or on a free piece of floor along the walls; before
    no door. One for a wall hangs 0.12 m off it, before no opening and no thing as high."""
    doors = [at_wall(bounds, o.wall, o.along_m) for o in openings if o.kind == "door"]
    x0, x1, _, y1, _ = bounds
    if name == "wall":
        return _on_wall(bounds, items, openings, rng)
    if name == "desk":
        side = float(rng.choice([-1.0, 1.0]))
        return side * min(0.55, x1 - 0.15, -x0 - 0.15), -0.75, 0.735
    if name == "table":
        low = [item for item in items if item.kind == "cupboard" and item.size_m[2] < 1.0]
        if not low:
            return None
        item = any_of(rng, low)
        off = rng.choice([-0.35, 0.35]) * item.size_m[0] if item.size_m[0] > 0.6 else 0.0
        c, s = math.cos(item.turn_rad), math.sin(item.turn_rad)
        return float(item.at_m[0] + off * c), float(item.at_m[1] + off * s), item.size_m[2] + 0.022
    for _ in range(30):
        if rng.random() < 0.6:
            x, y = float(rng.uniform(x0 + 0.3, x1 - 0.3)), y1 - 0.3
        else:
            x, y = float(rng.choice([x0 + 0.3, x1 - 0.3])), float(rng.uniform(0.5, max(0.6, y1 - 0.3)))
        if any(math.hypot(x - a, y - b) < 0.85 for a, b in doors):
            continue
        if math.hypot(x, y) > 0.9 and all(
            math.hypot(x - item.at_m[0], y - item.at_m[1]) > 0.22 + 0.5 * max(item.size_m[:2])
            or item.at_m[2] > 0.5
            or item.kind == "rug"
            for item in items
        ):
            return x, y, 0.0
    return None


def _on_wall(
    bounds: Bounds, items: tuple[Item, ...], openings: tuple[Opening, ...], rng: np.random.Generator
) -> Place | None:
    for _ in range(20):
        wall, z = any_of(rng, ("back", "back", "left", "right")), float(rng.uniform(1.5, 1.9))
        low, high = span(bounds, wall)
        along = float(rng.uniform(low + 0.2 if wall == "back" else 0.2, high - 0.2))
        x, y = at_wall(bounds, wall, along, 0.12)
        if all(o.wall != wall or abs(o.along_m - along) > o.width_m / 2 + 0.3 for o in openings) and all(
            math.hypot(x - item.at_m[0], y - item.at_m[1]) > 0.15 + 0.5 * max(item.size_m[:2])
            or item.at_m[2] + item.size_m[2] < z - 0.1
            for item in items
        ):
            return x, y, z
    return None
