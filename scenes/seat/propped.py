"""The head on a hand: turns of one arm that keep its loose fist at the cheek while the head moves."""

from __future__ import annotations

import numpy as np

from scenes.body.body import Body, Pose
from scenes.mesh.surface import unit
from scenes.motion.hands import bent_fingers, two_bones
from scenes.seat.record import Propped

_CHEEK_M = (0.05, 0.02, -0.014)
"""Where the cheek rests, from the middle of the lips: out, back, up."""
_WRIST_M = (0.042, -0.02, -0.092)
"""The wrist from there: out, back, up."""
_TILT_RAD, _FIST_RAD = 0.1, 1.25


def propped(body: Body, pose: Pose, held: dict[str, np.ndarray], side: Propped) -> tuple[Pose, dict[str, np.ndarray]]:
    """The pose and what bones are held at, with that arm's turns in place of what it had, and the head on it."""
    out = 1.0 if side == "L" else -1.0
    arm, clavicle = f"upperarm01.{side}", f"clavicle.{side}"
    held = {bone: turn for bone, turn in held.items() if bone != arm}
    held["head"] = held.get("head", np.zeros(3)) + np.array([0.03, _TILT_RAD * out, 0.0])
    mine = {bone: turns for bone, turns in pose.arms.items() if not bone.endswith(f".{side}")}
    moves = body.transforms(Pose(pose.head, pose.lean, mine), held)
    head, parent = (moves[:, body.model.bones.index(bone)].astype(float) for bone in ("head", clavicle))
    lips = body.rest[body.model.masks["lips"] > 0.5].mean(0)
    wrist = lips + (np.array(_CHEEK_M) + np.array(_WRIST_M)) * [out, 1.0, 1.0]
    goal = head[:, :, :3] @ wrist + head[:, :, 3]
    # As the shoulder sees it.
    goal = np.einsum("tji,tj->ti", parent[:, :, :3], goal - parent[:, :, 3])
    at = lambda bone: body.bone_heads[body.model.bones.index(f"{bone}.{side}")].astype(float)
    pole = unit(np.array([0.35 * out, -0.45, -1.0]))
    upper, lower = two_bones(at("upperarm01"), at("lowerarm01"), at("wrist"), goal, pole)
    turns = {arm: upper.as_rotvec(), f"lowerarm01.{side}": lower.as_rotvec()}
    turns |= bent_fingers(body, side, _FIST_RAD, len(goal))
    return Pose(pose.head, pose.lean, mine | turns), held
