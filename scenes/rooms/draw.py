"""An indoor room from (seed, number): kind, size, finishes, openings, furniture, lamps, sky. Pure data, no engine."""

from __future__ import annotations

import math

import numpy as np

from core.errors import InputError
from core.ranges import any_of, choice, uniform
from core.rng import rng_for
from scenes.rooms.config import Kind, RoomsConfig, SizeConfig
from scenes.rooms.finishes import finishes_of
from scenes.rooms.lamps import beyond_doors, lamps_of, monitor_of
from scenes.rooms.layout import furnish
from scenes.rooms.openings import is_clear, openings_of, radiator
from scenes.rooms.photographs import OUTDOORS, PRINTS
from scenes.rooms.plan import Plan
from scenes.rooms.record import Bounds, Daylight, IndoorRoom, Item
from scenes.rooms.traits import TRAITS


def room_name(number: int) -> str:
    """`room-000012`."""
    return f"room-{number:06d}"


def draw_room(config: RoomsConfig, seed: int, number: int) -> IndoorRoom:
    """Room `number` of a seed; it depends on nothing else. InputError: a negative number."""
    if number < 0:
        raise InputError(f"room {number}: rooms are numbered from 0")
    name = room_name(number)
    rng = lambda stage: rng_for(seed, name, stage)
    kind = _kind_at(_evenly(seed, number, "kind"), config.chances())
    traits = TRAITS[kind]
    bounds = _bounds(getattr(config.sizes, kind), rng("size"))
    clutter = uniform(rng("clutter"), config.things.clutter)
    openings = openings_of(config.windows, traits, bounds, _evenly(seed, number, "window"), rng("openings"))
    windows = [opening for opening in openings if opening.kind == "window"]
    turn_rad = math.radians(uniform(rng("turn"), config.turned_deg))
    plan = Plan(bounds, traits, config.things, clutter, rng("layout"), turn_rad)
    for opening in openings:
        plan.block(opening)
    items = furnish(plan, kind)
    warm = [
        radiator(window, bounds)
        for window in windows
        if window.bottom_m > 0.6 and rng(f"radiator-{window.wall}").random() < config.things.radiator
    ]
    items += tuple(item for item in warm if is_clear(item, items))
    daylight = _daylight(config, rng("daylight"))
    day = bool(windows) and not daylight.dark
    return IndoorRoom(
        name=name,
        seed=seed,
        kind=kind,
        bounds_m=bounds,
        turn_rad=turn_rad,
        finishes=finishes_of(config.finishes, traits, rng("finishes")),
        openings=openings,
        items=items,
        lamps=lamps_of(
            config.lamps, traits, bounds, items, openings, day, _evenly(seed, number, "soft light"), rng("lamps")
        )
        + beyond_doors(config, traits, bounds, openings, rng("beyond")),
        daylight=daylight,
        monitor=monitor_of(config.lamps, rng("monitor")),
        ceiling_tiles=traits.tiled_ceiling and rng("ceiling").random() < config.finishes.tile_ceiling,
        pictures=_pictures(items, config.things.photographs, rng("pictures")),
        skirting_m=float(rng("skirting").choice([0.05, 0.07, 0.1, 0.14])) if traits.skirting else 0.0,
    )


STEPS = {"kind": 0.8191725134, "window": 0.6710436067, "soft light": 0.5497004779}
"""How far `_evenly` goes from room to room: powers of 1 / 1.2207440846, the root of x^4 = x + 1, which spread over all
three together (Roberts, 2018)."""


def _evenly(seed: int, number: int, what: str) -> float:
    """In `[0, 1)`, spread evenly over however few rooms of a seed (Kronecker's sequence): as many windows and soft
    lights stand left of people as right of them, where a coin a room had 55 m of windows on one side and 36 on the
    other in 48 rooms."""
    return float((rng_for(seed, "rooms", what).random() + number * STEPS[what]) % 1.0)


def _kind_at(place: float, chances: dict[Kind, float]) -> Kind:
    """The kind whose share of `[0, 1)` a place falls into."""
    ends = np.cumsum(list(chances.values()))
    return list(chances)[int(np.searchsorted(ends, place * ends[-1], side="right"))]


def _bounds(size: SizeConfig, rng: np.random.Generator) -> Bounds:
    left, right = uniform(rng, size.side_m), uniform(rng, size.side_m)
    before, behind = uniform(rng, size.before_m), uniform(rng, size.behind_m)
    return -left, right, -before, behind, uniform(rng, size.height_m)


def _daylight(config: RoomsConfig, rng: np.random.Generator) -> Daylight:
    sky = choice(rng, config.daylight.sky)
    elevation = math.radians(uniform(rng, config.daylight.sun_elevation_deg))
    dusk = math.radians(rng.uniform(-5.0, 2.0))
    azimuth = math.radians(uniform(rng, config.daylight.sun_azimuth_deg))
    gain, haze = uniform(rng, config.daylight.gain), uniform(rng, config.daylight.haze)
    above, houses = uniform(rng, config.windows.floor_above_m), bool(rng.random() < config.windows.houses)
    elevation = {"night": math.radians(-12.0), "dusk": dusk}.get(sky, elevation)
    day = sky not in ("night", "dusk")
    place = any_of(rng, OUTDOORS) if rng.random() < config.windows.photographed and day else ""
    turn = float(rng.uniform(0, 2 * math.pi))
    lights = 0 if day else int(rng.integers(*config.windows.lights_outside, endpoint=True))
    haze = haze if sky == "hazy" else 0.0
    return Daylight(sky, azimuth, elevation, gain, haze, above, houses, place, turn, lights)


def _pictures(items: tuple[Item, ...], share: float, rng: np.random.Generator) -> dict[str, str]:
    """Which place each picture is cut from."""
    names = sorted({item.second for item in items if item.second.startswith("picture")})
    drawn = {name: (rng.random() < share, any_of(rng, PRINTS)) for name in names}
    return {name: place for name, (photographed, place) in drawn.items() if photographed}
