"""Windows and doors of a room, and the radiators below its windows."""

from __future__ import annotations

import math

import numpy as np

from core.ranges import any_of, choice, uniform
from scenes.rooms.config import WindowsConfig
from scenes.rooms.record import Bounds, Item, Opening
from scenes.rooms.traits import Traits
from scenes.rooms.walls import TURN_RAD, at_wall, span


def openings_of(
    config: WindowsConfig, traits: Traits, bounds: Bounds, beside: float, rng: np.random.Generator
) -> tuple[Opening, ...]:
    """Windows first, then doors where they leave space. `beside`, in `[0, 1)`: in its first half windows are rather to
    the left, and in the lower part of either half there are some."""
    windows = _windows(config, traits, bounds, beside, rng)
    return (*windows, *_doors(config, traits, bounds, windows, rng))


def _windows(
    config: WindowsConfig, traits: Traits, bounds: Bounds, beside: float, rng: np.random.Generator
) -> list[Opening]:
    dress = choice(rng, config.dress)
    sheer = bool(rng.random() < config.sheer)
    drop, turn = uniform(rng, config.blind_drop), math.radians(uniform(rng, config.blind_turn_deg))
    head = min(uniform(rng, config.head_m), bounds[4] - 0.12)
    sill = min(uniform(rng, config.sill_m), head - 0.6)
    if traits.low_sills and rng.random() < 0.4:
        sill = 0.15
    one, other = ("left", "right") if beside < 0.5 else ("right", "left")
    behind = config.behind * traits.windows_behind
    shares = {"back": behind, one: config.beside, other: 0.25 * config.beside, "front": config.before}
    found = []
    for wall, share in shares.items():
        low, high = span(bounds, wall)
        chance = 2 * beside % 1 if wall == one else rng.random()
        chosen, wide = chance < share * traits.windows, uniform(rng, config.width_m)
        room = high - low - 0.3
        if not chosen or room < 0.5:
            continue
        if traits.window_rows:
            count = max(1, int(room / (wide + 0.5)))
        else:
            count = 1 + int(room > 2 * wide + 1.2 and rng.random() < 0.4)
        wide = min(wide, (room - 0.25 * (count - 1)) / count)
        if wide < 0.4:
            continue
        start = low + 0.15 + wide / 2 + rng.random() * (room - wide) if count == 1 else None
        for i in range(count):
            at = start if start is not None else low + 0.15 + (i + 0.5) * room / count
            panes = max(1, round(wide / rng.uniform(0.55, 0.95)))
            found.append(Opening("window", wall, float(at), wide, sill, head, panes, dress, drop, turn, sheer))
    return found


def _doors(
    config: WindowsConfig, traits: Traits, bounds: Bounds, windows: list[Opening], rng: np.random.Generator
) -> list[Opening]:
    found: list[Opening] = []
    for _ in range(traits.doors):
        wall = any_of(rng, traits.door_walls)
        low, high = span(bounds, wall) if wall == "back" else (0.2, bounds[3])
        wide = float(rng.uniform(0.78, 0.95))
        if high - low < wide + 0.3:
            continue
        at = float(rng.uniform(low + wide / 2 + 0.12, high - wide / 2 - 0.12))
        if all(o.wall != wall or abs(o.along_m - at) > (o.width_m + wide) / 2 + 0.15 for o in windows + found):
            ajar = math.radians(uniform(rng, config.ajar_deg)) if rng.random() < config.door_ajar else 0.0
            top = min(2.04, bounds[4] - 0.08)
            found.append(Opening("door", wall, at, wide, 0.0, top, ajar_rad=ajar))
    return found


def radiator(opening: Opening, bounds: Bounds) -> Item:
    """The radiator below a window."""
    wide, deep = 0.85 * opening.width_m, 0.1
    place = (*at_wall(bounds, opening.wall, opening.along_m, deep / 2 + 0.03), 0.0)
    return Item("radiator", place, TURN_RAD[opening.wall], (wide, deep, min(0.55, opening.bottom_m - 0.2)), "white")


def is_clear(item: Item, others: tuple[Item, ...]) -> bool:
    """Whether nothing else stands where an item would, but what one pushes aside."""
    return all(
        math.hypot(item.at_m[0] - other.at_m[0], item.at_m[1] - other.at_m[1]) > (item.size_m[0] + other.size_m[0]) / 2
        for other in others
        if other.at_m[2] < 0.5 and other.kind not in ("rug", "desk", "office_chair", "chair")
    )
