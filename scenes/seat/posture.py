"""Sitting -> what it does to the bones: the whole body turned, the spine bent, shoulders lifted, the neck steady."""

from __future__ import annotations

import numpy as np

from scenes.body.body import Body, Pose
from scenes.seat.record import Sitting
from scenes.spec import EYES_M

_SPINE = ("spine04", "spine03", "spine02")


def sitting_turns(sitting: Sitting) -> dict[str, np.ndarray]:
    """Angles `(3,)` about x (forwards), y (to the person's left) and z (yaw, positive to the person's left) by bone,
    for `Body.transforms`; the neck's are under "head"."""
    trunk = np.array([sitting.slouch_rad, sitting.side_rad, 0.0])
    turns = {bone: trunk / len(_SPINE) for bone in _SPINE}
    turns["root"] = np.array([0.0, 0.0, sitting.turn_rad])
    turns["head"] = -sitting.steady * np.array([*trunk[:2], sitting.turn_rad])
    for bone, lift in zip(("clavicle.L", "clavicle.R"), sitting.shrug_rad, strict=True):
        turns[bone] = np.array([0.0, -lift if bone.endswith("L") else lift, 0.0])
    # Hands stay on the desk.
    turns |= {bone: -trunk for bone in ("upperarm01.L", "upperarm01.R")}
    return turns


def off_place(body: Body, held: dict[str, np.ndarray]) -> np.ndarray:
    """`(3,)`: how far sitting alone moves the eyes from where the camera was aimed."""
    still = np.zeros((1, 3), np.float32)
    head = body.transforms(Pose(still, still, {}), held)[0, body.model.bones.index("head")]
    eyes = np.array(EYES_M, np.float32)
    return head[:, :3] @ eyes + head[:, 3] - eyes
