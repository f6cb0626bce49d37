"""Where cloth ends: neckline, sleeves and waist as distances on the body with its arms spread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scenes.body.body import Body
from scenes.clothes.record import Clothing
from scenes.mesh.cutting import borders
from scenes.mesh.surface import triangles, unit

_WITHIN_M = 0.003  # by which a seam keeps within the net that cloth is cut from
_STRAP_M, _PIT_M, _PIT_SOFT_M, _SIDE_M, _SOFT_ARM_M = 0.03, 0.1, 0.07, 0.1, 0.2
"""Without sleeves: how far inside the shoulder's joint cloth ends, how far below it the armpit lies, over which height
the edge swings out to there, how far beyond the joint at most; metres that a whole share of the arm counts as."""
LOW_M = 0.46  # how far below the throat cloth reaches; no webcam sees more of it


@dataclass(frozen=True)
class Neck:
    """Throat pit and nape on the skin, half the width of the neck where it meets the shoulders, and how far a seam has
    to keep `behind` the nape; metres."""

    pit: np.ndarray
    nape: np.ndarray
    half: float
    behind: float = 0.0


def find_neck(body: Body, clothing: Clothing) -> Neck:
    """Where the neck meets the trunk, found on the skin's profile."""
    skin = body.rest[body.part("body")]
    skin = skin[body.model.weights[body.part("body")][:, arm_bones(body)].sum(1) < 0.2]
    bone = body.bone_heads[body.model.bones.index("neck01")]
    middle = skin[np.abs(skin[:, 0]) < 0.008]
    levels = np.arange(bone[2] - 0.16, bone[2] + 0.03, 0.005)
    near = lambda points, z: points[np.abs(points[:, 2] - z) < 0.012]
    front = np.array([near(middle, z)[:, 1].min() for z in levels])
    throat = int(np.argmax(np.where(levels > bone[2] - 0.1, front, -9)))
    below = int(np.flatnonzero(front[:throat] < front[throat] - 0.005)[-1]) if throat else 0
    pit = np.array([0.0, front[below], levels[below]])
    nape_z = pit[2] + 0.055
    rim = np.unique(borders(triangles(body.model.faces["tights"]))[0])
    half = np.abs(body.rest[rim[body.rest[rim, 2] > pit[2]], 0]).max()
    neck = Neck(pit, np.array([0.0, near(middle, nape_z)[:, 1].max(), nape_z]), half)
    # Cloth is cut from a net of its own, which ends lower on some napes than a narrow seam would lie.
    ends = body.spread[rim].astype(float)
    ends = ends[(ends[:, 2] > pit[2] - 0.08) & (np.abs(ends[:, 0]) < 0.15)]
    while neck_distance(ends, neck, clothing).max() > -_WITHIN_M and neck.behind < 0.03:
        neck = replace(neck, behind=neck.behind + 0.001)
    return neck


def neck_distance(points: np.ndarray, neck: Neck, clothing: Clothing) -> np.ndarray:
    """About a signed distance, metres, positive where cloth is: outside an ellipse around the neck, seen along it.

    `neck_out_m`: how far the seam lies off the neck; `neck_drop_m`: how far it dips in front; `vee_m`: a point below.
    """
    axis = neck.nape - neck.pit
    half, out = float(np.linalg.norm(axis)) / 2, clothing.neck_out_m
    off = points - (neck.pit + neck.nape) / 2
    # In front the neck is left square to the plane from pit to nape, behind nearly upright, as it stands.
    upright = np.array([0.0, 1.0, -0.15]) / (unit(axis) @ np.array([0.0, 1.0, -0.15]))
    along = np.where(off @ axis < 0, off @ unit(axis), np.maximum(off @ upright, 0))
    long = half + 0.3 * out + np.where(along < 0, clothing.neck_drop_m, neck.behind)
    wide = neck.half + out
    round_ = 2.3  # a little squarer than an ellipse
    reach = (np.abs(points[:, 0] / wide) ** round_ + np.abs(along / long) ** round_) ** (1 / round_)
    around = (reach - 1) * np.minimum(wide, long)
    # Well below the seam the body may lie under the ellipse again.
    around = np.maximum(around, off @ unit(np.array([0.0, axis[2], -axis[1]])) - 0.03)
    if clothing.vee_m == 0:
        return around
    below = neck.pit[2] - points[:, 2]
    wedge = (np.abs(points[:, 0]) - 0.8 * wide * np.minimum(1 - (below + 0.01) / clothing.vee_m, 1)) * 0.8
    return np.minimum(around, np.where(along < 0.3 * half, wedge, 1.0))


def joints(body: Body, side: str, heads: np.ndarray) -> list[np.ndarray]:
    """Shoulder, elbow and wrist."""
    names = (f"{bone}.{side}" for bone in ("upperarm01", "lowerarm01", "wrist"))
    return [heads[body.model.bones.index(name)].astype(float) for name in names]


def arm_bones(body: Body, side: str = "") -> list[int]:
    """Numbers of the bones of the arm of a `side` (`L`, `R`), or of both."""
    names = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    return [i for i, bone in enumerate(body.model.bones) if bone.startswith(names) and bone.endswith(side)]


def sleeve_distance(body: Body, points: np.ndarray, weights: np.ndarray, reach: float) -> np.ndarray:
    """`(N,)` metres, arms spread, positive where the sleeve is: up to `reach` (1 elbow, 2 wrist); 0: none, cloth ends
    around the armhole."""
    if reach == 0:
        return _armhole_distance(body, points, weights)
    out = np.full(len(points), 0.05)
    i = 0 if reach <= 1 else 1
    for side in ("L", "R"):
        heads = joints(body, side, body.spread_heads)
        axis = heads[i + 1] - heads[i]
        cut = (min(reach - i, 0.97) - (points - heads[i]) @ axis / (axis @ axis)) * np.linalg.norm(axis)
        out = np.where(weights[:, arm_bones(body, side)].sum(1) > 0.5, np.minimum(cut, 0.05), out)
    return out


def _armhole_distance(body: Body, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`(N,)` about metres, positive where the trunk's cloth is: a strap over the shoulder, wide again below the
    armpit."""
    shoulder = joints(body, "L", body.spread_heads)[0]
    over_pit = np.clip((points[:, 2] - shoulder[2] + _PIT_M) / _PIT_SOFT_M, -1, 1)
    edge = shoulder[0] - _STRAP_M * np.maximum(over_pit, 0) + _SIDE_M * np.maximum(-over_pit, 0)
    on_arm = weights[:, arm_bones(body)].sum(1)
    return np.minimum(np.minimum(edge - np.abs(points[:, 0]), (0.5 - on_arm) * _SOFT_ARM_M), 0.05)


def covered(body: Body, clothing: Clothing) -> np.ndarray:
    """`(V,)` bool: skin well inside the hems; nobody sees it, nor can it come through the cloth."""
    return skin_inside(body, clothing) > 0.03


def skin_inside(body: Body, clothing: Clothing) -> np.ndarray:
    """`(V,)` how far inside the hems of a garment skin lies, metres along the body; negative where it is bare."""
    spread, neck = body.spread.astype(float), find_neck(body, clothing)
    # A sleeve slides along the arm, so that its hem is less sure than the neck's.
    inside = np.minimum(
        neck_distance(spread, neck, clothing), sleeve_distance(body, spread, body.model.weights, clothing.sleeve) - 0.01
    )
    reach = (spread[:, 2] > neck.pit[2] - LOW_M + 0.02) & (spread[:, 2] < neck.nape[2] + 0.03)
    names = ("spine", "breast", "clavicle", "shoulder", "neck01", "upperarm", "lowerarm", "wrist")
    trunk = body.model.weights[:, [i for i, bone in enumerate(body.model.bones) if bone.startswith(names)]].sum(1) > 0.5
    return np.where(reach & trunk, inside, -1.0)
