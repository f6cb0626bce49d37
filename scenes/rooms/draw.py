"""An indoor room from (seed, number): kind, size, finishes, openings, furniture, lamps, sky. Pure data, no engine."""

from __future__ import annotations

import colorsys
import math
from typing import Any

import numpy as np

from core.errors import InputError
from core.ranges import choice, uniform
from core.rng import rng_for
from scenes.rooms.config import FinishConfig, LampsConfig, RoomsConfig, WindowsConfig
from scenes.rooms.layout import Plan, furnish
from scenes.rooms.record import Colour, Daylight, Finish, IndoorRoom, Item, Lamp, Monitor, Opening

WORK = ("office", "meeting_room", "booth", "classroom", "library")
_WOODS: tuple[tuple[Colour, Colour], ...] = (
    ((0.43, 0.27, 0.14), (0.29, 0.16, 0.075)),  # oak
    ((0.58, 0.42, 0.25), (0.45, 0.3, 0.16)),  # pine, birch
    ((0.16, 0.075, 0.035), (0.075, 0.032, 0.016)),  # walnut
    ((0.23, 0.105, 0.045), (0.14, 0.055, 0.022)),  # cherry, mahogany
    ((0.05, 0.032, 0.022), (0.022, 0.014, 0.01)),  # wenge, stained
    ((0.36, 0.31, 0.25), (0.24, 0.2, 0.155)),  # grey oak
)


def room_name(number: int) -> str:
    """`room-000012`."""
    return f"room-{number:06d}"


def draw_room(config: RoomsConfig, seed: int, number: int) -> IndoorRoom:
    """Room `number` of a seed; it depends on nothing else. InputError: a negative number."""
    if number < 0:
        raise InputError(f"room {number}: rooms are numbered from 0")
    name = room_name(number)
    rng = lambda stage: rng_for(seed, name, stage)
    kind = choice(rng("kind"), config.chances())
    bounds = _bounds(config, kind, rng("size"))
    clutter = uniform(rng("clutter"), config.things.clutter)
    openings = _openings(config.windows, kind, bounds, rng("openings"))
    plan = Plan(kind, bounds, config.things, clutter, rng("layout"))
    for opening in openings:
        plan.block(opening)
    radiators = [
        o
        for o in openings
        if o.kind == "window" and o.bottom_m > 0.6 and rng(f"radiator-{o.wall}").random() < config.things.radiator
    ]
    items = furnish(plan)
    items += tuple(
        item for opening in radiators if (item := _radiator(opening, bounds)) is not None and _clear(item, items)
    )
    daylight = _daylight(config, bool([o for o in openings if o.kind == "window"]), rng("daylight"))
    finishes = _finishes(config.finishes, kind, rng("finishes"))
    return IndoorRoom(
        name=name,
        seed=seed,
        kind=kind,
        bounds_m=bounds,
        turn_rad=math.radians(uniform(rng("turn"), config.turned_deg)),
        finishes=finishes,
        openings=openings,
        items=items,
        lamps=_lamps(config.lamps, kind, bounds, items, daylight, openings, rng("lamps")),
        daylight=daylight,
        monitor=_monitor(config.lamps, rng("monitor")),
        ceiling_tiles=kind in ("office", "meeting_room", "classroom")
        and rng("ceiling").random() < config.finishes.tile_ceiling,
        skirting_m=0.0 if kind in ("booth",) else float(rng("skirting").choice([0.05, 0.07, 0.1, 0.14])),
    )


def _bounds(config: RoomsConfig, kind: str, rng: np.random.Generator) -> tuple[float, float, float, float, float]:
    size = getattr(config.sizes, kind)
    return (
        -uniform(rng, size.side_m),
        uniform(rng, size.side_m),
        -uniform(rng, size.before_m),
        uniform(rng, size.behind_m),
        uniform(rng, size.height_m),
    )


def _openings(
    config: WindowsConfig, kind: str, bounds: tuple[float, float, float, float, float], rng: np.random.Generator
) -> tuple[Opening, ...]:
    x0, x1, y0, y1, height = bounds
    found: list[Opening] = []
    scale = {"booth": 0.15, "hallway": 0.4, "office": 1.3, "cafe": 1.3, "classroom": 1.2}.get(kind, 1.0)
    dress = choice(rng, dict(config.dress.items()))
    sheer = bool(rng.random() < config.sheer)
    drop, turn = uniform(rng, config.blind_drop), math.radians(uniform(rng, config.blind_turn_deg))
    head = min(uniform(rng, config.head_m), height - 0.12)
    sill = min(uniform(rng, config.sill_m), head - 0.6)
    if kind in ("cafe", "office") and rng.random() < 0.4:
        sill = 0.15
    sides = ["left", "right"] if rng.random() < 0.5 else ["right", "left"]
    rows: list[tuple[Any, float]] = [
        ("back", config.behind * (0.3 if kind == "classroom" else 1.0)),
        (sides[0], config.beside),
        (sides[1], 0.25 * config.beside),
        ("front", config.before),
    ]
    for wall, share in rows:
        low, high = (x0, x1) if wall in ("back", "front") else (y0, y1)
        chosen, wide = rng.random() < share * scale, uniform(rng, config.width_m)
        room = high - low - 0.3
        if not chosen or room < 0.5:
            continue
        count = (
            max(1, int(room / (wide + 0.5)))
            if kind in ("office", "classroom", "cafe", "library")
            else 1 + int(room > 2 * wide + 1.2 and rng.random() < 0.4)
        )
        wide = min(wide, (room - 0.25 * (count - 1)) / count)
        if wide < 0.4:
            continue
        start = low + 0.15 + wide / 2 + rng.random() * (room - wide) if count == 1 else None
        for i in range(count):
            at = start if start is not None else low + 0.15 + (i + 0.5) * room / count
            panes = max(1, round(wide / rng.uniform(0.55, 0.95)))
            found.append(Opening("window", wall, float(at), wide, sill, head, panes, dress, drop, turn, sheer))
    doors = 1 if kind not in ("hallway", "booth") else 3
    for _ in range(doors):
        # where a board hangs behind the person, the door is in a side wall
        walls = (
            ("left", "right", "left", "right")
            if kind in ("classroom", "meeting_room")
            else ("back", "back", "left", "right")
        )
        wall = walls[int(rng.integers(4))] if kind != "booth" else "left"
        low, high = (x0, x1) if wall == "back" else (0.2, y1)
        wide = float(rng.uniform(0.78, 0.95))
        if high - low < wide + 0.3:
            continue
        at = float(rng.uniform(low + wide / 2 + 0.12, high - wide / 2 - 0.12))
        if all(o.wall != wall or abs(o.along_m - at) > (o.width_m + wide) / 2 + 0.15 for o in found):
            found.append(Opening("door", wall, at, wide, 0.0, min(2.04, height - 0.08)))  # type: ignore[arg-type]
    return tuple(found)


def _radiator(opening: Opening, bounds: tuple[float, float, float, float, float]) -> Item | None:
    x0, x1, y0, y1, _ = bounds
    wide, deep = 0.85 * opening.width_m, 0.1
    at, off = opening.along_m, deep / 2 + 0.03
    place = {
        "back": (at, y1 - off, 0.0),
        "front": (at, y0 + off, 0.0),
        "left": (x0 + off, at, 0.0),
        "right": (x1 - off, at, 0.0),
    }
    turn = {"back": 0.0, "front": math.pi, "left": math.pi / 2, "right": -math.pi / 2}[opening.wall]
    return Item("radiator", place[opening.wall], turn, (wide, deep, min(0.55, opening.bottom_m - 0.2)), "white")


def _clear(item: Item, others: tuple[Item, ...]) -> bool:
    return all(
        math.hypot(item.at_m[0] - other.at_m[0], item.at_m[1] - other.at_m[1]) > (item.size_m[0] + other.size_m[0]) / 2
        for other in others
        if other.at_m[2] < 0.5 and other.kind not in ("rug", "desk", "office_chair", "chair")
    )


def _daylight(config: RoomsConfig, windows: bool, rng: np.random.Generator) -> Daylight:
    sky = choice(rng, dict(config.daylight.sky.items()))
    elevation = math.radians(uniform(rng, config.daylight.sun_elevation_deg))
    dusk = math.radians(rng.uniform(-5.0, 2.0))
    azimuth = math.radians(uniform(rng, config.daylight.sun_azimuth_deg))
    gain, haze = uniform(rng, config.daylight.gain), uniform(rng, config.daylight.haze)
    above, houses = uniform(rng, config.windows.floor_above_m), bool(rng.random() < config.windows.houses)
    if sky == "night" or (sky == "dusk"):
        elevation = math.radians(-12.0) if sky == "night" else dusk
    return Daylight(sky, azimuth, elevation, gain, haze if sky == "hazy" else 0.0, above, houses)


def _monitor(config: LampsConfig, rng: np.random.Generator) -> Monitor:
    wide = float(rng.choice([0.31, 0.53, 0.6, 0.7], p=[0.35, 0.25, 0.3, 0.1]))
    return Monitor(
        uniform(rng, config.monitor_nits),
        uniform(rng, config.monitor_kelvin),
        (wide, wide * 0.58),
        bool(rng.random() < 0.35),
    )


def _colour(hue: float, chroma: float, value: float) -> Colour:
    """A linear colour of about the luminance `value`."""
    rgb = np.array(colorsys.hsv_to_rgb(hue % 1.0, chroma, 1.0))
    rgb = rgb / float(rgb @ (0.2126, 0.7152, 0.0722)) * value
    return tuple(float(c) for c in np.clip(rgb, 0.004, 0.88))  # type: ignore[return-value]


def _finishes(config: FinishConfig, kind: str, rng: np.random.Generator) -> dict[str, Finish]:
    wear = uniform(rng, config.wear)

    def wall_colour(white: bool) -> Colour:
        if white:
            value = uniform(rng, config.wall_white)
            return _colour(rng.choice([0.08, 0.11, 0.14, 0.55]), rng.uniform(0.0, 0.1), value)
        hue = float(rng.choice([0.05, 0.09, 0.12, 0.15, 0.25, 0.32, 0.42, 0.52, 0.58, 0.62, 0.95])) + rng.normal(
            0, 0.02
        )
        return _colour(hue, uniform(rng, config.wall_chroma), uniform(rng, config.wall_value))

    def wall_finish(name: str, colour: Colour) -> Finish:
        other = tuple(float(np.clip(c * rng.uniform(0.84, 0.95), 0, 0.8)) for c in colour)
        if name == "brick":
            if rng.random() < 0.35:
                return Finish("brick", (0.62, 0.6, 0.57), (0.5, 0.49, 0.47), 0.8, 0.21, wear)
            return Finish(
                "brick",
                _colour(0.03 + rng.normal(0, 0.015), 0.72, rng.uniform(0.09, 0.2)),
                (0.36, 0.34, 0.31),
                0.85,
                0.21,
                wear,
            )
        if name == "wood":
            light, dark = _WOODS[int(rng.integers(len(_WOODS)))]
            return Finish("planks", light, dark, 0.5, rng.uniform(0.09, 0.16), wear)
        if name == "concrete":
            value = rng.uniform(0.22, 0.42)
            return Finish("concrete", (value, value * 0.985, value * 0.955), roughness=0.75, scale_m=0.8, wear=wear)
        if name == "tiles":
            return Finish("tiles", colour, (0.5, 0.49, 0.47), 0.15, rng.choice([0.1, 0.15, 0.2]), wear)
        if name == "wallpaper":
            return Finish("wallpaper", colour, other, 0.75, rng.uniform(0.08, 0.4), wear)  # type: ignore[arg-type]
        return Finish("paint", colour, roughness=rng.uniform(0.45, 0.85), wear=wear)

    white = bool(rng.random() < config.white)
    main = wall_colour(white)
    name = choice(rng, dict(config.wall.items()))
    if name == "wallpaper" and kind in WORK:
        name = "paint"
    wall = wall_finish(name if name in ("paint", "wallpaper") or rng.random() < 0.12 else "paint", main)
    accent = (
        wall_finish(name, wall_colour(False))
        if rng.random() < config.accent or name not in ("paint", "wallpaper")
        else wall
    )
    floors = {
        "office": ("carpet", "linoleum"),
        "meeting_room": ("carpet", "parquet"),
        "booth": ("carpet",),
        "classroom": ("linoleum", "parquet"),
        "kitchen": ("tiles", "parquet"),
        "cafe": ("parquet", "tiles", "concrete"),
    }.get(kind)
    usual = {k: weight for k, weight in config.floor.items() if floors is None or k in floors}
    usual = usual or config.floor
    floor = choice(rng, usual)
    wood, second = (_WOODS[int(i)] for i in rng.choice(len(_WOODS), 2, p=[0.3, 0.22, 0.16, 0.12, 0.08, 0.12]))
    trim_white = bool(rng.random() < 0.75)
    hue = rng.random()
    fabrics = []
    for _ in range(3):
        if rng.random() < 0.5:
            value = rng.uniform(0.03, 0.5)
            fabrics.append(_colour(rng.choice([0.08, 0.1, 0.6]), rng.uniform(0, 0.2), value))
        else:
            fabrics.append(
                _colour(
                    hue + rng.choice([0, 0.08, 0.5]) + rng.normal(0, 0.03),
                    rng.uniform(0.2, 0.65),
                    rng.uniform(0.04, 0.3),
                )
            )
    return {
        "wall": wall,
        "accent": accent,
        "floor": _floor(floor, rng),
        "ceiling": Finish("paint", _colour(0.11, 0.03, rng.uniform(0.7, 0.84)), roughness=0.9, wear=0.3 * wear),
        "trim": Finish("gloss", (0.72, 0.71, 0.68), roughness=0.35) if trim_white else Finish("wood", *wood, 0.4, 0.1),
        "door": Finish("gloss", (0.7, 0.69, 0.66), roughness=0.4)
        if rng.random() < 0.65
        else Finish("wood", *second, 0.45, 0.12),
        "frame": Finish("gloss", (0.74, 0.74, 0.73), roughness=0.3)
        if rng.random() < 0.7
        else Finish("wood", *wood, 0.4, 0.1),
        "wood": Finish("wood", *wood, rng.uniform(0.3, 0.6), rng.uniform(0.06, 0.14)),
        "wood2": Finish("wood", *second, rng.uniform(0.3, 0.6), rng.uniform(0.06, 0.14)),
        "front": Finish(
            "gloss",
            _colour(hue, rng.choice([0.0, 0.05, 0.35]), rng.choice([0.05, 0.25, 0.7])),
            roughness=rng.uniform(0.15, 0.5),
        )
        if rng.random() < 0.7
        else Finish("wood", *second, 0.4, 0.1),
        "worktop": Finish("stone", *_stone(rng), 0.25, 0.02)
        if rng.random() < 0.6
        else Finish("wood", *wood, 0.35, 0.08),
        "tile": Finish(
            "tiles",
            _colour(rng.random(), rng.choice([0.0, 0.1, 0.3]), rng.uniform(0.3, 0.78)),
            (0.55, 0.54, 0.52),
            0.12,
            rng.choice([0.075, 0.1, 0.15]),
        ),
        "metal": Finish("metal", (0.55, 0.55, 0.56) if rng.random() < 0.5 else (0.03, 0.03, 0.032), roughness=0.4),
        "fabric": Finish("fabric", fabrics[0], roughness=0.9),
        "fabric2": Finish("fabric", fabrics[1], roughness=0.9),
        "fabric3": Finish("fabric", fabrics[2], roughness=0.9),
        "leather": Finish(
            "leather", _colour(0.06, rng.choice([0.1, 0.6]), rng.choice([0.015, 0.06, 0.14, 0.4])), roughness=0.42
        ),
        "curtain": Finish(
            "fabric", fabrics[2] if rng.random() < 0.5 else _colour(0.1, 0.08, rng.uniform(0.35, 0.75)), roughness=0.95
        ),
        "sheer": Finish("sheer", (0.8, 0.79, 0.76)),
        "blind": Finish("gloss", (0.75, 0.74, 0.72) if rng.random() < 0.7 else wood[0], roughness=0.5),
        "roller": Finish("cloth_thin", _colour(rng.random(), rng.choice([0.03, 0.2]), rng.uniform(0.25, 0.7))),
        "rug": Finish("rug", fabrics[2], _colour(hue + 0.4, 0.2, rng.uniform(0.1, 0.5)), 0.95, rng.uniform(0.1, 0.4)),
    }


def _stone(rng: np.random.Generator) -> tuple[Colour, Colour]:
    value = float(rng.choice([0.03, 0.25, 0.6]))
    return (value, value * 0.98, value * 0.95), (value * 1.5, value * 1.5, value * 1.45)


def _floor(name: str, rng: np.random.Generator) -> Finish:
    if name == "parquet":
        light, dark = _WOODS[int(rng.choice(6, p=[0.34, 0.22, 0.12, 0.12, 0.06, 0.14]))]
        return Finish("planks", light, dark, rng.uniform(0.25, 0.5), rng.uniform(0.07, 0.19))
    if name == "carpet":
        colour = _colour(rng.choice([0.08, 0.1, 0.6]), rng.uniform(0.02, 0.3), rng.uniform(0.04, 0.35))
        return Finish("carpet", colour, roughness=0.95)
    if name == "tiles":
        value = rng.uniform(0.15, 0.65)
        colour = _colour(0.08, rng.uniform(0.02, 0.3), value)
        return Finish("tiles", colour, tuple(0.7 * c for c in colour), rng.uniform(0.15, 0.4), rng.uniform(0.3, 0.6))  # type: ignore[arg-type]
    if name == "concrete":
        value = rng.uniform(0.18, 0.35)
        return Finish("concrete", (value, value * 0.98, value * 0.95), roughness=0.4, scale_m=1.0)
    colour = _colour(rng.choice([0.08, 0.3, 0.58]), rng.uniform(0.05, 0.3), rng.uniform(0.15, 0.5))
    return Finish("stone", colour, tuple(0.8 * c for c in colour), 0.35, 0.03)  # type: ignore[arg-type]


def _lamps(
    config: LampsConfig,
    kind: str,
    bounds: tuple[float, float, float, float, float],
    items: tuple[Item, ...],
    daylight: Daylight,
    openings: tuple[Opening, ...],
    rng: np.random.Generator,
) -> tuple[Lamp, ...]:
    x0, x1, y0, y1, height = bounds
    work = kind in WORK
    shared = uniform(rng, config.work_temperature_k if work else config.temperature_k)
    mixed = bool(rng.random() < config.mixed)

    def kelvin() -> float:
        own = uniform(rng, config.work_temperature_k if rng.random() < 0.4 else config.temperature_k)
        return own if mixed else shared

    day = daylight.sky not in ("night", "dusk") and any(o.kind == "window" for o in openings)
    lamps: list[Lamp] = []
    fitting = {
        "office": ("panels", "panels", "strip"),
        "meeting_room": ("panels", "spots", "pendant"),
        "classroom": ("panels", "panels", "globe"),
        "library": ("panels", "pendant", "globe"),
        "booth": ("strip", "spots"),
        "cafe": ("pendant", "pendant", "spots"),
        "kitchen": ("spots", "globe", "pendant"),
        "hallway": ("spots", "globe", "bulb"),
    }.get(kind, ("pendant", "globe", "spots", "bulb", "globe"))
    chosen = fitting[int(rng.integers(len(fitting)))]
    has_ceiling, ceiling_on = rng.random() < config.ceiling, not day or rng.random() < config.on_by_day
    floor_area = (x1 - x0) * (y1 - y0)
    grid = lambda nx, ny, z: tuple(
        (float(x0 + (i + 0.5) / nx * (x1 - x0)), float(y0 + (j + 0.5) / ny * (y1 - y0)), float(z))
        for j in range(ny)
        for i in range(nx)
    )
    if has_ceiling:
        t = kelvin()
        if chosen == "panels":
            nx, ny = max(1, round((x1 - x0) / 2.2)), max(1, round((y1 - y0) / 2.4))
            size = (0.6, 0.6) if rng.random() < 0.5 else (0.3, 1.2)
            # panels that could not light a desk are not bought: between 300 and 700 lx over the floor
            flux = float(
                np.clip(uniform(rng, config.panel_lm), 300 * floor_area / (nx * ny), 1200 * floor_area / (nx * ny))
            )
            lamps.append(Lamp("ceiling", "panels", grid(nx, ny, height - 0.012), flux, t, size, ceiling_on))
        elif chosen == "spots":
            nx, ny = max(2, round((x1 - x0) / 1.2)), max(1, round((y1 - y0) / 1.3))
            lamps.append(
                Lamp(
                    "ceiling",
                    "spots",
                    grid(nx, ny, height - 0.01),
                    uniform(rng, config.spot_lm),
                    t,
                    (0.08, 0.08),
                    ceiling_on,
                )
            )
        elif chosen == "strip":
            length = min(y1 - y0 - 0.3, 3.0)
            nx, ny = max(1, round((x1 - x0) / 2.6)), max(1, int((y1 - y0) / (length + 0.6)))
            flux = length * uniform(rng, config.strip_lm_per_m)
            lamps.append(Lamp("ceiling", "strip", grid(nx, ny, height - 0.05), flux, t, (0.06, length), ceiling_on))
        else:
            drop = rng.uniform(0.45, 0.95) if chosen == "pendant" else 0.16 if chosen == "bulb" else 0.05
            if kind == "cafe":
                nx, ny = max(2, round((x1 - x0) / 1.6)), max(1, round(y1 / 2.0))
                places = tuple(
                    (float(x0 + (i + 0.5) / nx * (x1 - x0)), float(0.9 + (j + 0.5) / ny * (y1 - 1.0)), height - drop)
                    for j in range(ny)
                    for i in range(nx)
                )
                flux = uniform(rng, config.bulb_lm) * 0.5
            else:
                places = ((float((x0 + x1) / 2), float(max(0.7, (y0 + y1) / 2 + 0.2)), float(height - drop)),)
                if kind in ("classroom", "library", "office"):
                    places = grid(2, max(1, round((y1 - y0) / 2.5)), height - drop)
                flux = uniform(rng, config.bulb_lm)
            width = {"pendant": rng.uniform(0.25, 0.5), "globe": rng.uniform(0.25, 0.4), "bulb": 0.06}[chosen]
            lamps.append(
                Lamp(
                    "ceiling", chosen, places, flux, t, (float(width), float(width * rng.uniform(0.5, 0.8))), ceiling_on
                )
            )
    home = not work
    rows = (
        ("floor", config.floor_lamp if home else 0.0),
        ("table", config.table_lamp if home or kind == "library" else 0.0),
        ("desk", config.desk_lamp),
    )
    for name, share in rows:
        has, on, t = rng.random() < share, rng.random() < config.standing_on, kelvin()
        place = _place_of(name, bounds, items, openings, rng)
        if not has or place is None:
            continue
        flux = uniform(rng, {"floor": config.floor_lm, "table": config.table_lm, "desk": config.desk_lm}[name])
        width = {"floor": rng.uniform(0.3, 0.45), "table": rng.uniform(0.2, 0.32), "desk": 0.14}[name]
        on = bool(on or (not day and name != "desk"))
        lamps.append(
            Lamp(
                name,
                name,
                (place,),
                flux,
                t,
                (float(width), float(width * rng.uniform(0.6, 0.9))),
                on,
                float(rng.uniform(-1, 1)),
            )
        )
    if rng.random() < config.led_strip and kind != "classroom":
        length = x1 - x0 - 0.2
        t = uniform(rng, config.strip_temperature_k)
        lamps.append(
            Lamp(
                "strip",
                "strip",
                ((float((x0 + x1) / 2), y1 - 0.06, height - 0.12),),
                length * uniform(rng, config.strip_lm_per_m),
                t,
                (length, 0.02),
            )
        )
    if rng.random() < config.well_lit:
        side = float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.9))
        t = float(rng.uniform(4000, 6200))
        depth = min(1.1, -y0 - 0.1)
        lamps.append(
            Lamp(
                "softbox",
                "softbox",
                ((side, -depth, float(rng.uniform(1.45, 1.8))),),
                float(rng.uniform(1200, 3500)),
                t,
                (0.5, 0.4),
            )
        )
    if (not day and not any(lamp.on for lamp in lamps)) or not (day or lamps):
        # somebody who makes a call at night has a light on
        t = kelvin()
        lamps = [lamp for lamp in lamps if lamp.name != "ceiling"]
        lamps.append(
            Lamp(
                "ceiling",
                "globe",
                (((x0 + x1) / 2, max(0.7, (y0 + y1) / 2), height - 0.05),),
                uniform(rng, config.bulb_lm),
                t,
                (0.3, 0.2),
            )
        )
    return tuple(lamps)


def _place_of(
    name: str,
    bounds: tuple[float, float, float, float, float],
    items: tuple[Item, ...],
    openings: tuple[Opening, ...],
    rng: np.random.Generator,
) -> tuple[float, float, float] | None:
    """Where a lamp stands: on a low cupboard, beside the monitor, or on a free piece of floor along the walls."""
    x0, x1, _, y1, _ = bounds
    if name == "desk":
        side = float(rng.choice([-1.0, 1.0]))
        return side * min(0.55, x1 - 0.15, -x0 - 0.15), -0.75, 0.735
    if name == "table":
        low = [item for item in items if item.kind == "cupboard" and item.size_m[2] < 1.0]
        if not low:
            return None
        item = low[int(rng.integers(len(low)))]
        off = rng.choice([-0.35, 0.35]) * item.size_m[0] if item.size_m[0] > 0.6 else 0.0
        c, s = math.cos(item.turn_rad), math.sin(item.turn_rad)
        return float(item.at_m[0] + off * c), float(item.at_m[1] + off * s), item.size_m[2] + 0.022
    for _ in range(30):
        x, y = (
            (float(rng.uniform(x0 + 0.3, x1 - 0.3)), y1 - 0.3)
            if rng.random() < 0.6
            else (float(rng.choice([x0 + 0.3, x1 - 0.3])), float(rng.uniform(0.5, max(0.6, y1 - 0.3))))
        )
        if math.hypot(x, y) > 0.9 and all(
            math.hypot(x - item.at_m[0], y - item.at_m[1]) > 0.22 + 0.5 * max(item.size_m[:2])
            or item.at_m[2] > 0.5
            or item.kind == "rug"
            for item in items
        ):
            return x, y, 0.0
    return None
