"""One person's body: phenotype and local shape -> rest vertices -> posed vertices per frame, all numpy.

Bones turn about their heads by rotations given in the rest pose's world axes, so no bone orientation is needed:
`T_bone = T_parent * translate(h) R translate(-h)`. Linear blend skinning carries points (Magnenat-Thalmann 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.body_model import VARIATIONS, BodyModel, load_body_model

EYE_HEIGHT_M = 1.2
_ANCHORS = {name: np.linspace(0.0, 1.0, len(values)) for name, values in VARIATIONS.items()} | {
    "age": np.linspace(-1 / 3, 1.0, 5)
}
# How a turn of the head spreads over the neck (Vasavada et al. 1998 find most of it in the upper cervical joints).
_NECK_SHARE = {"neck01": 0.14, "neck02": 0.16, "neck03": 0.2, "head": 0.5}


@dataclass(frozen=True, eq=False)
class Pose:
    """Per-frame angles, all `(T, 3)` float32 radians: turns about x (nod, positive looks down), y (tilt), z (yaw,
    positive to the person's left). `lean`: the trunk. `arms`: extra turns by bone name, `(T, 3)` rotation vectors."""

    head: np.ndarray
    lean: np.ndarray
    arms: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Body:
    """A shaped person. `rest`: `(V, 3)` metres, seated pose, eyes at `(0, 0, EYE_HEIGHT_M)`; `bone_heads`: `(B, 3)`."""

    model: BodyModel
    rest: np.ndarray
    bone_heads: np.ndarray
    actions: np.ndarray

    def part(self, name: str) -> np.ndarray:
        """Sorted vertex numbers of one part."""
        return np.unique(self.model.faces[name])

    def transforms(self, pose: Pose) -> np.ndarray:
        """`(T, B, 3, 4)` float32: what each bone does to a point of the seated rest."""
        model, frames = self.model, len(pose.head)
        turns = {bone: share * pose.head for bone, share in _NECK_SHARE.items()}
        for bone in ("spine03", "spine02", "spine01"):
            turns[bone] = pose.lean / 3
        matrices = {name: _euler(angles) for name, angles in turns.items()}
        matrices |= {name: Rotation.from_rotvec(vectors).as_matrix() for name, vectors in pose.arms.items()}
        return _forward(model, self.bone_heads, matrices, frames)

    def skin(self, points: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
        """Points of the seated rest, `(N, 3)` or `(T, N, 3)`, with bone weights `(N, B)` -> `(T, N, 3)` float32."""
        used = np.flatnonzero(weights.any(0))
        frames = len(transforms)
        blend = weights[:, used] @ transforms[:, used].reshape(frames, len(used), 12)
        blend = blend.reshape(frames, -1, 3, 4)
        if points.ndim == 2:
            points = points[None]
        return (
            np.einsum("tnij,tnj->tni", blend[..., :3], np.broadcast_to(points, (frames, *points.shape[1:])))
            + blend[..., 3]
        ).astype(np.float32)

    def moved(self, action_curves: np.ndarray, transforms: np.ndarray) -> np.ndarray:
        """Every vertex at every frame, `(T, V, 3)` float32; `action_curves`: `(T, 52)` in `model.action_names`
        order.
        """
        used = np.flatnonzero(np.abs(action_curves).max(0) > 1e-5)
        shaped = np.repeat(self.rest[None], len(action_curves), 0)
        if len(used):
            touched = np.flatnonzero(np.abs(self.actions[used]).max((0, 2)) > 0)
            moves = self.actions[used][:, touched].reshape(len(used), -1)
            shaped[:, touched] += (action_curves[:, used].astype(np.float32) @ moves).reshape(len(action_curves), -1, 3)
        return self.skin(shaped, self.model.weights, transforms)


def build_body(person: dict[str, Any]) -> Body:
    """The body of a person record: `phenotype` (names of `VARIATIONS`, races by name) and `shape` (local changes)."""
    model = load_body_model()
    coefficients = _phenotype_weights(model, person["phenotype"])
    local = np.zeros(len(model.locals), np.float32)
    for name, value in person["shape"].items():
        local[2 * model.local_names.index(name) + (value < 0)] = abs(value)

    def shaped(template: np.ndarray, shapes: np.ndarray, locals_: np.ndarray) -> np.ndarray:
        some = np.flatnonzero(coefficients)
        few = np.flatnonzero(local)
        out = template + np.tensordot(coefficients[some], shapes[some], 1)
        return out + np.tensordot(local[few], locals_[few], 1)

    rest = shaped(model.template, model.phenotypes, model.locals)
    heads = shaped(model.heads["template"], model.heads["phenotypes"], model.heads["locals"])
    seat = _forward(model, heads, {name: _euler(np.array([turn])) for name, turn in _seated(model, heads).items()}, 1)
    raw = Body(model, rest, heads, model.actions)
    rest = raw.skin(rest, model.weights, seat)[0]
    heads = (np.einsum("bij,bj->bi", seat[0, :, :, :3], heads) + seat[0, :, :, 3]).astype(np.float32)
    eyes = rest[np.concatenate([raw.part("eye_left"), raw.part("eye_right")])].mean(0)
    shift = np.array([0.0, 0.0, EYE_HEIGHT_M], np.float32) - eyes
    # Face actions are small and live on the head, which the seated pose does not turn: they need no rotating.
    return Body(model, rest + shift, heads + shift, model.actions)


def _seated(model: BodyModel, heads: np.ndarray) -> dict[str, np.ndarray]:
    """The rest pose spreads the arms; at a desk the upper arms hang and the forearms reach forward. Euler angles by
    bone.
    """
    angles = {}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        shoulder, elbow = (heads[model.bones.index(f"{bone}.{side}")] for bone in ("upperarm01", "lowerarm01"))
        along = elbow - shoulder
        spread = np.arctan2(abs(along[0]), -along[2])
        angles[f"clavicle.{side}"] = np.array([0.0, sign * 0.06, 0.0])
        angles[f"upperarm01.{side}"] = np.array([-0.12, sign * (spread - 0.06 - 0.2), 0.0])
        angles[f"lowerarm01.{side}"] = np.array([-0.9, 0.0, -sign * 0.35])
    return angles


def _phenotype_weights(model: BodyModel, phenotype: dict[str, float]) -> np.ndarray:
    """Piecewise linear between anchors per phenotype, product over the variations a shape is made of: `(P,)`
    float32.
    """
    race = np.array([phenotype[name] for name in VARIATIONS["race"]], float)
    columns = list(race / race.sum())
    for name, anchors in _ANCHORS.items():
        if name != "race":
            value = float(np.clip(phenotype.get(name, 0.5), anchors[0], anchors[-1]))
            columns += [float(np.interp(value, anchors, row)) for row in np.eye(len(anchors))]
    values = np.array(columns, np.float32)
    mask = model.phenotype_mask
    return np.prod(values * mask + (1 - mask), axis=1).astype(np.float32)


def _euler(angles: np.ndarray) -> np.ndarray:
    """`(T, 3)` angles about x, y, z -> `(T, 3, 3)`: nod first, then tilt, then yaw about the vertical."""
    return Rotation.from_euler("xyz", angles).as_matrix()


def _forward(model: BodyModel, heads: np.ndarray, turns: dict[str, np.ndarray], frames: int) -> np.ndarray:
    out = np.zeros((frames, len(model.bones), 3, 4), np.float32)
    for i, (bone, parent) in enumerate(zip(model.bones, model.parents, strict=True)):
        above = out[:, parent] if i and parent >= 0 else np.repeat(np.eye(3, 4, dtype=np.float32)[None], frames, 0)
        if bone not in turns:
            out[:, i] = above
            continue
        linear = turns[bone].astype(np.float32)
        offset = heads[i] - linear @ heads[i]
        out[:, i, :, :3] = above[..., :3] @ linear
        out[:, i, :, 3] = np.einsum("tij,tj->ti", above[..., :3], offset) + above[..., 3]
    return out
