"""Hands that come into the frame: gesture records -> turns of the arm and finger bones per frame.

A gesture is a place for the wrist; upper arm and forearm reach it by the law of cosines, the elbow hanging down and a
little out.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.body.body import Body
from scenes.mesh.surface import unit
from scenes.motion.gestures import SHAPES
from scenes.motion.record import Gesture


def arm_turns(t: np.ndarray, gestures: tuple[Gesture, ...], body: Body) -> dict[str, np.ndarray]:
    """Rotation vectors `(T, 3)` by bone name, as `scenes.body.body.Pose.arms` wants them."""
    turns: dict[str, np.ndarray] = {}
    for gesture in gestures:
        up = np.clip((t - gesture.start) / gesture.reach, 0, 1)
        down = np.clip((t - gesture.stop + gesture.reach) / gesture.reach, 0, 1)
        share = _ease(up) * (1 - _ease(down))
        if not share.any():
            continue
        for bone, vectors in _reach(t, gesture, body).items():
            turns[bone] = turns.get(bone, 0.0) + share[:, None] * vectors
    return turns


def _reach(t: np.ndarray, gesture: Gesture, body: Body) -> dict[str, np.ndarray]:
    """Turns that bring the wrist to the gesture's place, with its swing, the wrist's twist and the fingers' bend."""
    side = gesture.side
    head = lambda bone: body.bone_heads[body.model.bones.index(f"{bone}.{side}")].astype(float)
    shoulder, elbow, wrist = head("upperarm01"), head("lowerarm01"), head("wrist")
    out = np.sign(shoulder[0])
    x, y, z = gesture.place
    eyes = body.rest[np.concatenate([body.part("eye_left"), body.part("eye_right")])].mean(0)
    goal = eyes + np.array([out * x, -y, z])
    beat = np.sin(2 * np.pi * gesture.hertz * t + gesture.phase)
    waving = gesture.kind == "wave"
    goals = np.repeat(goal[None], len(t), 0)
    if not waving:
        goals = goals + beat[:, None] * gesture.swing * np.array([0.5 * out, -0.4, 1.0])
    upper, lower = two_bones(shoulder, elbow, wrist, goals, np.array([0.45 * out, 0.25, -1.0]))
    forearm = unit(wrist - elbow)
    # A raised hand shows its palm: the forearm turns about itself, half in the forearm and half at the wrist.
    twist = np.full(len(t), out * gesture.twist)
    turns = {
        f"upperarm01.{side}": upper.as_rotvec(),
        f"lowerarm01.{side}": lower.as_rotvec(),
        f"lowerarm02.{side}": 0.5 * twist[:, None] * forearm,
        f"wrist.{side}": 0.5 * twist[:, None] * forearm,
    }
    if waving:
        palm = unit(np.cross(head("finger2-1") - wrist, head("finger5-1") - wrist))
        turns[f"wrist.{side}"] = turns[f"wrist.{side}"] + (beat * gesture.swing)[:, None] * palm
    return turns | bent_fingers(body, side, SHAPES[gesture.shape], len(t), gesture.shape)


def bent_fingers(body: Body, side: str, bend: float, frames: int, shape: str = "relaxed") -> dict[str, np.ndarray]:
    """Turns `(frames, 3)` of the finger bones of one hand, `bend` radians at the middle joint, as the shape has it."""
    turns = {}
    for finger in range(2, 6):
        joints = [
            body.bone_heads[body.model.bones.index(f"finger{finger}-{k}.{side}")].astype(float) for k in (1, 2, 3)
        ]
        axis = unit(np.cross(joints[1] - joints[0], joints[2] - joints[1]))
        size = 0.05 if shape == "point" and finger == 2 else bend * (0.85 + 0.1 * finger)
        if shape == "pinch" and finger > 3:
            size *= 0.4
        for k, part in ((1, 0.9), (2, 1.0), (3, 0.6)):
            turns[f"finger{finger}-{k}.{side}"] = np.repeat((part * size * axis)[None], frames, 0)
    return turns


def two_bones(
    shoulder: np.ndarray, elbow: np.ndarray, wrist: np.ndarray, goals: np.ndarray, pole: np.ndarray
) -> tuple[Rotation, Rotation]:
    """Turns of upper arm and forearm (the second on top of the first) that bring the wrist to `goals` `(T, 3)`."""
    a, b = np.linalg.norm(elbow - shoulder), np.linalg.norm(wrist - elbow)
    away = goals - shoulder
    distance = np.clip(np.linalg.norm(away, axis=1), abs(a - b) + 0.01, a + b - 0.01)
    line = unit(away)
    side = unit(pole - line * (line @ pole)[:, None])
    cosine = (a * a + distance**2 - b * b) / (2 * a * distance)
    bent = shoulder + a * (line * cosine[:, None] + side * np.sqrt(np.clip(1 - cosine**2, 0, 1))[:, None])
    reached = shoulder + line * distance[:, None]
    first = _between(elbow - shoulder, bent - shoulder)
    second = first.inv() * _between(wrist - elbow, reached - bent)
    return first, second


def _between(rest: np.ndarray, there: np.ndarray) -> Rotation:
    """The shortest turns that take the direction `rest` `(3,)` to the directions `there` `(T, 3)`."""
    a, b = unit(rest), unit(there)
    axis = unit(np.cross(np.repeat(a[None], len(b), 0), b))
    return Rotation.from_rotvec(axis * np.arccos(np.clip(b @ a, -1, 1))[:, None])


def _ease(x: np.ndarray) -> np.ndarray:
    return x**3 * (10 - 15 * x + 6 * x * x)
