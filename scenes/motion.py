"""How a person moves on a call: every event of a clip, drawn from a generator into a plain record.

Sources of the ranges: blinks 10.5-32.5 a minute in conversation and 8-21 looking ahead in silence (Doughty 2001); a
blink closes in about 0.1 s, opens more slowly, and lasts 0.1-0.4 s (Stern, Walrath and Goldstein 1984; Schiffman
2001). Gaze rests 0.3-3 s between shifts, and a large shift often takes a blink with it (Evinger et al. 1994).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from scenes.gestures import draw_gestures
from scenes.performance import draw_excerpt
from scenes.speech import draw_speech

_MOODS = {"neutral": 0.3, "smile": 0.16, "slight_smile": 0.22, "interest": 0.14, "thought": 0.1, "doubt": 0.08}
_BEFORE_S = 4.0  # events are drawn from before the clip, so that it begins in the middle of things
_SWAY = (("nod", 0.035), ("tilt", 0.03), ("yaw", 0.05), ("lean_x", 0.012), ("lean_y", 0.01), ("lean_z", 0.015))


def draw_motion(
    config: Any, frames: int, fps: float, lens: tuple[float, float], hands: float, rng: np.random.Generator
) -> dict[str, Any]:
    """Every event of a clip, as plain numbers; `config` is a `scenes.config.MotionConfig`.

    `lens`: where the camera is seen from between the eyes, radians of yaw and pitch (positive: to the person's left,
    down). `hands`: the chance that a hand comes into the frame.
    """
    seconds = frames / fps
    if config.performance is not None:
        return draw_excerpt(config.performance, seconds, rng)
    talking = bool(rng.random() < config.talking)
    rate = float(rng.uniform(*(config.blinks_talking_per_minute if talking else config.blinks_silent_per_minute)))
    gaze = _draw_gaze(config.look_away, seconds, lens, rng)
    sounds = draw_speech(seconds, rng) if talking else []
    strength = float(rng.uniform(*config.head_motion))
    still = {
        name: round(float(rng.normal(0, size)), 4)
        for name, size in (("nod", 0.03), ("tilt", 0.04), ("yaw", 0.08), ("lean", 0.03))
    }
    # People turn the head about half way to what they look at most.
    still["yaw"], still["nod"] = still["yaw"] + 0.5 * lens[0], still["nod"] + 0.5 * lens[1]
    return {
        "seconds": seconds,
        "talking": talking,
        "lens": [round(x, 4) for x in lens],
        "blinks_per_minute": round(rate, 3),
        "blinks": _draw_blinks(rate, gaze, seconds, rng),
        "gaze": gaze,
        "sounds": sounds,
        "expressions": _draw_moods(seconds, rng),
        "rest": {
            name: round(float(rng.uniform(*pair)), 3)
            for name, pair in (("eyeWide", (0.0, 0.15)), ("eyeSquint", (0.0, 0.25)), ("mouthSmile", (0.05, 0.2)))
        },
        "uneven": [round(float(x), 3) for x in rng.normal(0, 0.08, 2)],
        "nods": _draw_nods(config.nodding, seconds, rng),
        "beats": _draw_beats(sounds, strength, rng),
        "sway": {name: _draw_sway(size * strength, rng) for name, size in _SWAY},
        "breath": [round(float(rng.uniform(*pair)), 4) for pair in ((0.2, 0.33), (0.002, 0.005), (0, 6.28))],
        "still": still,
        "gestures": draw_gestures(seconds, rng) if rng.random() < hands else [],
    }  # fmt: skip


def _draw_gaze(
    look_away: float, seconds: float, lens: tuple[float, float], rng: np.random.Generator
) -> list[list[float]]:
    """Fixations `[start_s, yaw, pitch]`: the lens, places on the screen below it, or away from both."""
    gaze, t = [], -_BEFORE_S
    while t < seconds:
        kind = rng.random()
        if kind < look_away:
            place, rest = rng.normal((0.0, 0.05), (0.28, 0.1)), rng.uniform(0.4, 1.2)
        elif kind < look_away + 0.45 * (1 - look_away):
            place, rest = np.array(lens) + rng.normal(0, 0.008, 2), rng.uniform(0.6, 3.0)
        else:
            place, rest = np.array(lens) + rng.normal((0.0, 0.09), (0.08, 0.04)), rng.uniform(0.3, 2.0)
        yaw, pitch = (float(x) for x in np.clip(place, (-0.5, -0.25), (0.5, 0.4)))
        gaze.append([round(t, 4), round(yaw, 4), round(pitch, 4)])
        t += float(rest)
    return gaze


def _draw_blinks(rate: float, gaze: list[list[float]], seconds: float, rng: np.random.Generator) -> list[list[float]]:
    """Blinks `[start_s, closing_s, held_s, opening_s, depth]`; a blink near a large gaze shift moves onto it."""
    starts, t = [], -_BEFORE_S
    while t < seconds:
        t += 0.5 + float(rng.gamma(2.0, max(60 / rate - 0.5, 0.2) / 2.0))
        starts.append(t)
    for (_, *before), (when, *after) in itertools.pairwise(gaze):
        if np.hypot(after[0] - before[0], after[1] - before[1]) > 0.22 and rng.random() < 0.7:
            i = int(np.argmin([abs(start - when) for start in starts]))
            if abs(starts[i] - when) < 0.6:
                starts[i] = when - 0.03
    starts.sort()
    kept = [start for i, start in enumerate(starts) if i == 0 or start - starts[i - 1] > 0.45]
    uniform = lambda low, high: round(float(rng.uniform(low, high)), 4)
    return [
        [round(start, 4), uniform(0.08, 0.12), uniform(0.01, 0.04), uniform(0.14, 0.23), uniform(0.88, 1.0)]
        for start in kept
        if -0.5 < start < seconds
    ]


def _draw_moods(seconds: float, rng: np.random.Generator) -> list[list]:
    """Expressions `[start_s, name, strength, onset_s]`, each until the next."""
    moods, t = [], -_BEFORE_S
    while t < seconds:
        name = str(rng.choice(list(_MOODS), p=list(_MOODS.values())))
        strength, onset = round(float(rng.uniform(0.3, 1.0)), 3), round(float(rng.uniform(0.35, 0.9)), 3)
        moods.append([round(t, 4), name, strength, onset])
        t += float(rng.uniform(1.5, 5.0))
    return moods


def _draw_nods(nodding: float, seconds: float, rng: np.random.Generator) -> list[list[float]]:
    """Nods `[start_s, size_rad, hertz, count]`."""
    nods, t = [], -_BEFORE_S + float(rng.uniform(0, 4))
    while t < seconds:
        if rng.random() < nodding:
            size, hertz = round(float(rng.uniform(0.02, 0.07)), 4), round(float(rng.uniform(1.2, 2.4)), 3)
            nods.append([round(t, 4), size, hertz, int(rng.integers(1, 4))])
        t += float(rng.uniform(2.0, 6.0))
    return nods


def _draw_beats(sounds: list[list], strength: float, rng: np.random.Generator) -> list[list[float]]:
    """Small dips of the head (and lifts of the brows) on stressed sounds: `[time_s, dip_rad, width_s, brows]`."""
    beats: list[list[float]] = []
    for start, _, stress, length in sounds:
        if stress > 0.7 and rng.random() < 0.12 and (not beats or start - beats[-1][0] > 0.5):
            dip = strength * float(rng.uniform(0.008, 0.028))
            brows = float(rng.uniform(0.15, 0.5)) if rng.random() < 0.35 else 0.0
            width = float(rng.uniform(0.11, 0.18))
            beats.append([round(start + length / 2, 4), round(dip, 4), round(width, 3), round(brows, 3)])
    return beats


def _draw_sway(size: float, rng: np.random.Generator) -> list[list[float]]:
    """Five slow waves `[hertz, amplitude_rad, phase_rad]` with `size` root mean square, most of it below 0.3 Hz."""
    hertz = rng.uniform(0.06, 0.8, 5)
    amount = rng.normal(0, 1, 5) / (1 + (hertz / 0.3) ** 2)
    amount *= size / max(float(np.sqrt((amount**2).sum() / 2)), 1e-6)
    rows = zip(hertz, amount, rng.uniform(0, 2 * np.pi, 5), strict=True)
    return [[round(float(x), 5) for x in row] for row in rows]
