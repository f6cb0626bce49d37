"""Draws what changes in a room's light over a clip: a cloud, the monitor's picture, a switch, dimmed lamps, flicker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.ranges import uniform
from scenes.config import OverTimeConfig
from scenes.over_time import Flicker, Gain, LightCourse, OverTime
from scenes.records import triple
from scenes.rooms.source import Room

DAYLIGHT, MONITOR = ("sun", "sky"), "monitor"


def draw_over_time(
    config: OverTimeConfig, room: Room, frames: int, fps: float, stream: Callable[[str], np.random.Generator]
) -> OverTime | None:
    """None where nothing changes: not asked for, a clip of one frame, a room without layers, or one that has nothing of
    what was drawn. `stream` gives the random numbers of a name."""
    rng = stream("camera")
    asked = rng.random() < config.changing
    wish = {name: rng.random() < getattr(config, name) for name in ("cloud", "monitor", "switch", "dim", "flicker")}
    camera = [uniform(rng, span) for span in (config.delay_s, config.exposure_s, config.white_s, config.dead_band_ev)]
    if not asked or not room.layers or frames < 2:
        return None
    lamps = [name for name in room.layers if name not in (*DAYLIGHT, MONITOR)]
    lit = [name for name in lamps if name in room.on]
    seconds = np.arange(frames) / fps
    courses: list[LightCourse] = []
    if wish["cloud"] and "sun" in room.on:
        courses += _cloud(config, room, seconds, stream("cloud"))
    if wish["monitor"] and MONITOR in room.on:
        courses.append(LightCourse((MONITOR,), "monitor", _pictures(config, seconds, stream("monitor"))))
    if wish["dim"] and lit:
        courses.append(LightCourse(tuple(lit), "dimmed", (_dimmed(config, stream("dim")),)))
    if wish["switch"] and lamps:
        courses = _switched(courses, lamps, room, seconds, stream("switch"))
    if wish["flicker"] and lit:
        courses = _flickering(courses, lit, config, stream("flicker"))
    if not courses:
        return None
    on = tuple(name for name in room.layers if name in room.on or any(name in row.lights for row in courses))
    return OverTime(on, tuple(courses), room.white_balance, *camera)


def _cloud(config: OverTimeConfig, room: Room, seconds: np.ndarray, rng: np.random.Generator) -> list[LightCourse]:
    """Edges that come and go; the sky loses less than the sun, and later sun and sky are as they were."""
    edge, depth, sky = (uniform(rng, span) for span in (config.cloud_edge_s, config.cloud_depth, config.cloud_sky))
    # one edge lies within the clip
    times = [uniform(rng, (0.1, 0.9)) * float(seconds[-1])]
    while times[-1] < seconds[-1] + edge:
        times.append(times[-1] + edge + uniform(rng, config.cloud_every_s))
    covered = np.full(len(seconds), float(rng.random() < 0.5))
    for time in times:
        step = np.clip((seconds - time) / edge + 0.5, 0, 1)
        step = step * step * (3 - 2 * step)
        covered = covered + step * (1 - 2 * round(float(covered[-1])))
    found = []
    for name, taken in (("sun", depth), ("sky", sky)):
        if name in room.on and taken > 0:
            found.append(LightCourse((name,), "cloud", _greys(1 - taken * covered)))
    return found


def _pictures(config: OverTimeConfig, seconds: np.ndarray, rng: np.random.Generator) -> tuple[Gain, ...]:
    """Cut to cut, each picture with a light of its own and a small drift, as films and pages have them."""
    gains = np.empty((len(seconds), 3))
    cut = -uniform(rng, config.monitor_every_s) * rng.random()
    while cut <= seconds[-1]:
        after = cut + uniform(rng, config.monitor_every_s)
        tint = uniform(rng, config.monitor_tint) * rng.normal(size=3)
        level, drift = uniform(rng, config.monitor_gain), rng.normal(0, 0.05)
        shown = (seconds >= cut) & (seconds < after)
        colour = np.exp2(tint - tint.mean())
        gains[shown] = level * colour * np.exp2(drift * (seconds[shown] - cut))[:, None]
        cut = after
    return tuple(_rounded(gain) for gain in gains)


def _dimmed(config: OverTimeConfig, rng: np.random.Generator) -> Gain:
    level, warm = uniform(rng, config.dim_gain), uniform(rng, config.dim_warm)
    return _rounded(level * np.exp2(warm * np.array([1.0, 0.0, -1.0])))


def _switched(
    courses: list[LightCourse], lamps: list[str], room: Room, seconds: np.ndarray, rng: np.random.Generator
) -> list[LightCourse]:
    """One lamp goes off, or one that was off goes on, at a moment within the clip; what else it does goes on."""
    name = lamps[int(rng.integers(len(lamps)))]
    after = (seconds >= uniform(rng, (0.15, 0.85)) * float(seconds[-1])).astype(float)
    level = 1 - after if name in room.on else after
    taken = next((row for row in courses if name in row.lights), None)
    gains = np.array(taken.gain if taken else ((1.0, 1.0, 1.0),)) * level[:, None]
    others = [replace(row, lights=tuple(one for one in row.lights if one != name)) for row in courses]
    alone = LightCourse((name,), "switched", tuple(_rounded(gain) for gain in gains))
    return [*(row for row in others if row.lights), alone]


def _flickering(
    courses: list[LightCourse], lit: list[str], config: OverTimeConfig, rng: np.random.Generator
) -> list[LightCourse]:
    """Lamps that hang on the same mains flicker together: some of them, all alike."""
    hertz = 120.0 if rng.random() < config.flicker_60 else 100.0
    depth, phase, readout = uniform(rng, config.flicker_depth), uniform(rng, (0, 2 * np.pi)), config.readout_s
    flicker = Flicker(hertz, round(depth, 4), round(phase, 4), round(uniform(rng, readout), 5))
    chosen = [name for name in lit if rng.random() < 0.7] or lit[:1]
    found, free = [], [name for name in chosen if not any(name in row.lights for row in courses)]
    for row in courses:
        whole = set(row.lights) <= set(chosen)
        found.append(replace(row, flicker=flicker) if whole else row)
    if free:
        found.append(LightCourse(tuple(free), "flicker", ((1.0, 1.0, 1.0),), flicker))
    return found


def _greys(values: np.ndarray) -> tuple[Gain, ...]:
    return tuple(_rounded(np.full(3, value)) for value in values)


def _rounded(gain: np.ndarray) -> Gain:
    return triple(np.round(gain, 4))
