"""A motion record -> smooth curves of head, trunk, arms, gaze and face actions, one value per frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scenes.body.body import Body, Pose
from scenes.motion.expressions import EXPRESSIONS
from scenes.motion.hands import arm_turns
from scenes.motion.performance import excerpt_curves
from scenes.motion.record import Blink, Excerpt, Motion, Wave
from scenes.motion.speech import mouth

_MIDDLE = (
    "jaw", "browInnerUp", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthShrug", "mouthClose", "cheekPuff",
    "mouthLeft", "mouthRight",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class MotionCurves:
    """Motion sampled per frame: `pose`; `gaze` `(T, 2)` radians yaw, pitch in the head; `actions` `(T, 52)` in [0,
    1].
    """

    pose: Pose
    gaze: np.ndarray
    actions: np.ndarray


def motion_curves(
    motion: Motion | Excerpt, frames: int, fps: float, names: tuple[str, ...], body: Body | None = None
) -> MotionCurves:
    """Evaluate a motion record at `frames` times; `names` orders the actions; without a `body` the arms stay at
    rest.
    """
    if isinstance(motion, Excerpt):
        head, eyes, face = excerpt_curves(motion, frames, fps)
        lean = np.zeros((frames, 3), np.float32)
        return MotionCurves(Pose(head, lean, {}), eyes, _in_order(face, names, frames))
    t = np.arange(frames) / fps
    head, lean, gaze = _posture(t, motion)
    # The eyes make up for what head and trunk do: the gaze stays on its target (vestibulo-ocular reflex).
    eyes = gaze - np.stack([head[:, 2] + lean[:, 2], head[:, 0] + lean[:, 0]], 1)
    eyes = 0.6 * np.tanh(eyes / 0.6)
    face = _face(t, motion, eyes)
    arms = arm_turns(t, motion.gestures, body) if body is not None else {}
    pose = Pose(head.astype(np.float32), lean.astype(np.float32), arms)
    return MotionCurves(pose, eyes.astype(np.float32), _in_order(face, names, frames))


def _posture(t: np.ndarray, motion: Motion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Head and trunk turns `(T, 3)` and the gaze's target in the world `(T, 2)`."""
    sway, still = motion.sway, motion.still
    fixations = [(row.start_s, np.array([row.yaw, row.pitch])) for row in motion.gaze]
    gaze = _shifts(t, fixations, lambda _, size: saccade_s(size))
    # The head follows what lies more than some 8 degrees off its rest, later and more slowly than the eyes (Freedman
    # 2008).
    rest = np.array([still.yaw, still.nod])
    far = [(when + 0.06, 0.6 * np.sign(x - rest) * np.clip(np.abs(x - rest) - 0.14, 0, None)) for when, x in fixations]
    follow = _shifts(t, far, lambda _, size: 0.35 + 0.8 * size)
    nod = _waves(t, sway.nod) + still.nod + follow[:, 1]
    for start, size, hertz, count in motion.nods:
        phase = np.clip((t - start) * hertz / count, 0, 1)
        nod = nod + size * np.sin(2 * np.pi * count * phase) * np.sin(np.pi * phase) ** 2
    for when, dip, width, _ in motion.beats:
        nod = nod + dip * np.exp(-(((t - when) / width) ** 2))
    yaw = _waves(t, sway.yaw) + still.yaw + follow[:, 0]
    breath = _waves(t, (motion.breath,))
    lean_y, lean_z = _waves(t, sway.lean_y), _waves(t, sway.lean_z)
    lean = np.stack([_waves(t, sway.lean_x) + still.lean - breath, lean_y, lean_z], 1)
    # The chest rises and falls; the head stays where it looks.
    head = np.stack([nod + breath, _waves(t, sway.tilt) + still.tilt, yaw], 1)
    return head, lean, gaze


def _waves(t: np.ndarray, waves: tuple[Wave, ...]) -> np.ndarray:
    return sum((a * np.sin(2 * np.pi * f * t + phase) for f, a, phase in waves), np.zeros(len(t)))


def _face(t: np.ndarray, motion: Motion, eyes: np.ndarray) -> dict[str, np.ndarray]:
    face: dict[str, np.ndarray] = {}
    moods = motion.expressions
    for action in sorted({action for mood in EXPRESSIONS.values() for action in mood}):
        targets = [(start, np.array([size * EXPRESSIONS[mood].get(action, 0.0)])) for start, mood, size, _ in moods]
        _add(face, action, _shifts(t, targets, lambda i, _: moods[i].onset_s)[:, 0], motion.uneven[0])
    for action, values in mouth(t, motion.sounds).items():
        _add(face, action, values, 0.5 * motion.uneven[1])
    for when, _, width, brows in motion.beats:
        _add(face, "browInnerUp", brows * np.exp(-(((t - when) / (1.6 * width)) ** 2)))
        _add(face, "browOuterUp", 0.7 * brows * np.exp(-(((t - when) / (1.6 * width)) ** 2)))
    for action, worn in motion.rest.items():
        _add(face, action, np.full(len(t), worn))
    lids = lid_closure(t, motion.blinks)
    _add(face, "eyeBlink", lids)
    turn, pitch = eyes[:, 0], eyes[:, 1]
    # The lids ride with the gaze; a closed lid has nowhere further to go.
    _add(face, "eyeLookDown", np.clip(pitch / 0.5, 0, 1) * (1 - lids))
    _add(face, "eyeLookUp", np.clip(-pitch / 0.3, 0, 1) * (1 - lids))
    for action, value in (("OutLeft", turn), ("InRight", turn), ("InLeft", -turn), ("OutRight", -turn)):
        face[f"eyeLook{action}"] = np.clip(value / 0.6, 0, 1)
    for side in ("Left", "Right"):
        # A squint and a blink together would push the lids through each other.
        face[f"eyeSquint{side}"] = face[f"eyeSquint{side}"] * (1 - 0.8 * lids)
        face[f"eyeWide{side}"] = face[f"eyeWide{side}"] * (1 - lids)
    return face


def lid_closure(t: np.ndarray, blinks: Sequence[Blink]) -> np.ndarray:
    """How far the lids are shut at the times `t`: `(T,)` in [0, 1]; they close faster than they open."""
    lids = np.zeros(len(t))
    for start, closing, held, opening, depth in blinks:
        down = np.clip((t - start) / closing, 0, 1)
        up = np.clip((t - start - closing - held) / opening, 0, 1)
        lids = np.maximum(lids, depth * _ease(down) * (1 - _ease(up)))
    return lids


def saccade_s(size_rad: float) -> float:
    """How long an eye movement takes: 2.2 ms per degree and 21 ms (Carpenter 1988)."""
    return 0.021 + 0.0022 * np.degrees(size_rad)


def _in_order(face: dict[str, np.ndarray], names: tuple[str, ...], frames: int) -> np.ndarray:
    zero = np.zeros(frames)
    return np.clip(np.stack([face.get(name, zero) for name in names], 1), 0, 1).astype(np.float32)


def _add(face: dict[str, np.ndarray], action: str, values: np.ndarray, uneven: float = 0.0) -> None:
    """Add to both sides; `uneven` > 0 moves strength from the right to the left. No face moves quite symmetrically."""
    if action.startswith(_MIDDLE):
        face[action] = face.get(action, 0.0) + values
        return
    for side, gain in (("Left", 1 + uneven), ("Right", 1 - uneven)):
        face[action + side] = face.get(action + side, 0.0) + gain * values


def _ease(x: np.ndarray) -> np.ndarray:
    """Minimum jerk from 0 to 1 (Flash and Hogan 1985)."""
    return x**3 * (10 - 15 * x + 6 * x * x)


def _shifts(
    t: np.ndarray, targets: list[tuple[float, np.ndarray]], seconds: Callable[[int, float], float]
) -> np.ndarray:
    """From target to target `(start_s, (C,))`, each with an eased move of `seconds(number, size)`: `(T, C)`."""
    before = targets[0][1]
    out = np.repeat(before[None].astype(float), len(t), 0)
    for number, (start, after) in enumerate(targets[1:], 1):
        move = after - before
        out += _ease(np.clip((t - start) / seconds(number, float(np.linalg.norm(move))), 0, 1))[:, None] * move
        before = after
    return out
