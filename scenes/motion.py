"""How a person moves on a call: a drawn record of events -> smooth curves of head, trunk, gaze and face actions.

Blinks: 4-48 a minute in conversation, mean 26 (Bentivoglio et al. 1997); a blink closes in about 0.1 s and opens in 0.2 s, lids
together (Evinger et al. 1991). Talking: 3-6 syllables a second (Greenberg et al. 2003). Gaze rests 0.3-3 s between saccades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.body import Pose

# Mouth shapes by sound, as face actions at full strength.
VISEMES: dict[str, dict[str, float]] = {
    "rest": {},
    "aa": {"jawOpen": 0.42, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "eh": {"jawOpen": 0.25, "mouthStretch": 0.25, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12},
    "ee": {"jawOpen": 0.1, "mouthStretch": 0.35, "mouthSmile": 0.25, "mouthLowerDown": 0.3, "mouthUpperUp": 0.15},
    "oh": {"jawOpen": 0.28, "mouthFunnel": 0.4, "mouthPucker": 0.15},
    "oo": {"jawOpen": 0.1, "mouthPucker": 0.5, "mouthFunnel": 0.3},
    "mbp": {"mouthPress": 0.4, "mouthRollLower": 0.25, "mouthRollUpper": 0.2},
    "fv": {"mouthRollLower": 0.35, "mouthUpperUp": 0.2, "jawOpen": 0.05},
    "sz": {"jawOpen": 0.06, "mouthStretch": 0.15, "mouthLowerDown": 0.25},
    "lnt": {"jawOpen": 0.15, "mouthLowerDown": 0.15},
}
EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "smile": {"mouthSmile": 0.5, "cheekSquint": 0.4, "eyeSquint": 0.2, "mouthDimple": 0.2},
    "slight_smile": {"mouthSmile": 0.25, "cheekSquint": 0.12},
    "interest": {"browInnerUp": 0.4, "browOuterUp": 0.3, "eyeWide": 0.15},
    "thought": {"browDown": 0.4, "mouthPress": 0.2, "eyeSquint": 0.15},
    "doubt": {"browInnerUp": 0.35, "mouthFrown": 0.25, "mouthShrugLower": 0.2},
}
_ONE_SIDED = (
    "jaw",
    "browInnerUp",
    "mouthFunnel",
    "mouthPucker",
    "mouthRoll",
    "mouthShrug",
    "mouthClose",
    "cheekPuff",
    "tongue",
)


@dataclass(frozen=True, eq=False)
class Curves:
    """Motion sampled per frame: `pose`; `gaze` `(T, 2)` radians yaw, pitch; `actions` `(T, 52)` in [0, 1]."""

    pose: Pose
    gaze: np.ndarray
    actions: np.ndarray


def draw_motion(config: Any, frames: int, fps: float, rng: np.random.Generator) -> dict[str, Any]:
    """Every event of a clip, as plain numbers; `config` is a `scenes.config.MotionConfig`."""
    seconds = frames / fps
    uniform = lambda pair: float(rng.uniform(*pair))
    rate = uniform(config.blinks_per_minute)
    blinks, t = [], float(rng.exponential(60 / rate) * 0.7)
    while t < seconds:
        blinks.append([round(t, 4), round(float(rng.uniform(0.09, 0.14)), 4), round(float(rng.uniform(0.16, 0.28)), 4)])
        t += 0.45 + float(rng.gamma(2.0, max(60 / rate - 0.45, 0.2) / 2.0))
    gaze, t = [[0.0, *(float(x) for x in rng.normal(0, [0.05, 0.04]))]], float(rng.uniform(0.5, 2.5))
    while t < seconds:
        away = rng.random() < config.look_away
        spread = (0.32, 0.16) if away else (0.06, 0.04)
        gaze.append([round(t, 4), *(round(float(np.clip(x, -0.45, 0.45)), 4) for x in rng.normal(0, spread))])
        t += float(rng.uniform(0.4, 1.2) if away else rng.uniform(0.6, 3.0))
    talking = bool(rng.random() < config.talking)
    syllables, t = [], float(rng.uniform(0, 0.4))
    names = list(VISEMES)[1:]
    while talking and t < seconds:
        if rng.random() < 0.09:
            t += float(rng.uniform(0.25, 0.7))
        pace = float(np.clip(rng.normal(0.11, 0.025), 0.06, 0.2))
        syllables.append(
            [round(t, 4), names[int(rng.integers(len(names)))], round(float(rng.uniform(0.45, 1.0)), 3), pace]
        )
        t += pace
    moods = list(EXPRESSIONS)
    faces, t = [], 0.0
    while t < seconds:
        faces.append([round(t, 4), moods[int(rng.integers(len(moods)))], round(float(rng.uniform(0.2, 0.9)), 3)])
        t += float(rng.uniform(1.2, 4.0))
    nods, t = [], float(rng.uniform(0, 4))
    while t < seconds:
        if rng.random() < config.nodding:
            nods.append([round(t, 4), round(float(rng.uniform(0.03, 0.1)), 4), round(float(rng.uniform(1.2, 2.4)), 3)])
        t += float(rng.uniform(1.5, 5))
    strength = uniform(config.head_motion)
    sway = {}
    for name, size in (
        ("nod", 0.05),
        ("tilt", 0.035),
        ("yaw", 0.07),
        ("lean_x", 0.015),
        ("lean_y", 0.012),
        ("lean_z", 0.02),
    ):
        hertz = rng.uniform(0.08, 0.9, 5)
        amount = rng.normal(0, 1, 5) / (1 + (hertz / 0.3) ** 2)
        amount *= strength * size / max(float(np.sqrt((amount**2).sum() / 2)), 1e-6)
        sway[name] = [
            [round(float(x), 5) for x in row] for row in zip(hertz, amount, rng.uniform(0, 2 * np.pi, 5), strict=True)
        ]
    still = {
        name: round(float(rng.normal(0, s)), 4)
        for name, s in (("nod", 0.05), ("tilt", 0.04), ("yaw", 0.1), ("lean", 0.03))
    }
    return {
        "seconds": seconds, "talking": talking, "blinks_per_minute": round(rate, 3), "blinks": blinks, "gaze": gaze,
        "syllables": syllables, "expressions": faces, "nods": nods, "sway": sway, "still": still,
    }  # fmt: skip


def motion_curves(motion: dict[str, Any], frames: int, fps: float, names: tuple[str, ...]) -> Curves:
    """Evaluate a motion record at `frames` times; `names` orders the actions."""
    t = np.arange(frames) / fps
    sway = {
        name: sum(a * np.sin(2 * np.pi * f * t + phase) for f, a, phase in rows)
        for name, rows in motion["sway"].items()
    }
    still = motion["still"]
    gaze = _steps(t, [(row[0], row[1:]) for row in motion["gaze"]], 0.05)
    # The head follows large gaze shifts late and partly (Freedman 2008); the eyes then come back in their orbits.
    follow = 0.35 * _steps(t, [(row[0] + 0.06, row[1:]) for row in motion["gaze"]], 0.4)
    nod = sway["nod"] + still["nod"] + follow[:, 1]
    for start, size, hertz in motion["nods"]:
        phase = np.clip((t - start) * hertz, 0, 2)
        nod = nod + size * np.sin(2 * np.pi * phase) * np.sin(np.pi * phase / 2) ** 2
    yaw = sway["yaw"] + still["yaw"] + follow[:, 0]
    head = np.stack([nod, sway["tilt"] + still["tilt"], yaw], 1)
    lean = np.stack([sway["lean_x"] + still["lean"], sway["lean_y"], sway["lean_z"]], 1)
    eyes = gaze - np.stack([head[:, 2] + lean[:, 2], head[:, 0] + lean[:, 0]], 1)
    eyes = np.clip(eyes, -0.55, 0.55)

    face = {name: np.zeros(frames) for name in names}
    for start, mood, size in motion["expressions"]:
        span = _bump(t, start, start + 2.2, 0.5)
        for action, value in EXPRESSIONS[mood].items():
            _add(face, action, size * value * span)
    weights = {name: np.zeros(frames) for name in VISEMES}
    for start, viseme, size, pace in motion["syllables"]:
        # Wider than the sound itself: neighbours overlap, which is coarticulation (Cohen and Massaro 1993).
        weights[viseme] += size * np.exp(-(((t - start - pace / 2) / (0.62 * pace)) ** 2))
    total = np.maximum(sum(weights.values()), 1.0)
    for viseme, weight in weights.items():
        for action, value in VISEMES[viseme].items():
            _add(face, action, value * weight / total)
    lids = np.zeros(frames)
    for start, closing, opening in motion["blinks"]:
        down = np.clip((t - start) / closing, 0, 1)
        up = np.clip((t - start - closing - 0.02) / opening, 0, 1)
        lids = np.maximum(lids, _ease(down) * (1 - _ease(up)))
    _add(face, "eyeBlink", lids)
    open_ = 1 - lids
    pitch, turn = eyes[:, 1], eyes[:, 0]
    _add(face, "eyeLookDown", np.clip(pitch / 0.5, 0, 1) * open_)
    _add(face, "eyeLookUp", np.clip(-pitch / 0.5, 0, 1) * open_)
    face["eyeLookOutLeft"] += np.clip(turn / 0.6, 0, 1)
    face["eyeLookInRight"] += np.clip(turn / 0.6, 0, 1)
    face["eyeLookInLeft"] += np.clip(-turn / 0.6, 0, 1)
    face["eyeLookOutRight"] += np.clip(-turn / 0.6, 0, 1)
    actions = np.clip(np.stack([face[name] for name in names], 1), 0, 1).astype(np.float32)
    return Curves(Pose(head.astype(np.float32), lean.astype(np.float32), {}), eyes.astype(np.float32), actions)


def _add(face: dict[str, np.ndarray], action: str, values: np.ndarray) -> None:
    if action.startswith(_ONE_SIDED):
        face[action] += values
    else:
        face[f"{action}Left"] += values
        face[f"{action}Right"] += values


def _ease(x: np.ndarray) -> np.ndarray:
    return x * x * (3 - 2 * x)


def _bump(t: np.ndarray, start: float, stop: float, edge: float) -> np.ndarray:
    return _ease(np.clip((t - start) / edge, 0, 1)) * (1 - _ease(np.clip((t - stop) / edge, 0, 1)))


def _steps(t: np.ndarray, targets: list[tuple[float, list[float]]], seconds: float) -> np.ndarray:
    """From target to target with an eased move of `seconds` each: `(T, 2)`."""
    out = np.repeat(np.array([targets[0][1]], float), len(t), 0)
    before = np.array(targets[0][1], float)
    for start, value in targets[1:]:
        after = np.array(value, float)
        out += _ease(np.clip((t - start) / seconds, 0, 1))[:, None] * (after - before)
        before = after
    return out
