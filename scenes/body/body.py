"""One person's body: phenotype and local shape -> rest vertices -> posed vertices per frame, all numpy.

Bones turn about their heads by rotations given in the rest pose's world axes, so no bone orientation is needed:
`T_bone = T_parent * translate(h) R translate(-h)`. Linear blend skinning carries points (Magnenat-Thalmann 1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from scenes.body.body_model import VARIATIONS, BodyModel, load_body_model
from scenes.person_record import Person, Phenotype
from scenes.spec import EYES_M

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
    """A shaped person. `rest`: `(V, 3)` metres, seated pose, eyes at `EYES_M`; `bone_heads`: `(B, 3)`.

    `spread`, `spread_heads`: the same with the arms spread, as garments are cut; `seat` `(B, 3, 4)` leads from there
    to the rest.
    """

    model: BodyModel
    rest: np.ndarray
    bone_heads: np.ndarray
    actions: np.ndarray
    spread: np.ndarray
    spread_heads: np.ndarray
    seat: np.ndarray

    def part(self, name: str) -> np.ndarray:
        """Sorted vertex numbers of one part."""
        return np.unique(self.model.faces[name])

    def transforms(self, pose: Pose, held: dict[str, np.ndarray] | None = None) -> np.ndarray:
        """`(T, B, 3, 4)` float32: what each bone does to a point of the seated rest. `held`: angles `(3,)` about x, y
        and z that bones have in every frame; those of "head" are spread over the neck."""
        model, frames, held = self.model, len(pose.head), held or {}
        turns = {bone: held.get(bone, 0.0) + np.zeros((frames, 3)) for bone in held}
        head = pose.head + turns.pop("head", 0.0)
        turns |= {bone: share * head for bone, share in _NECK_SHARE.items()}
        for bone in ("spine03", "spine02", "spine01"):
            turns[bone] = turns.get(bone, 0.0) + pose.lean / 3
        matrices = {name: _euler(angles) for name, angles in turns.items()}
        for name, vectors in pose.arms.items():
            turn = Rotation.from_rotvec(vectors).as_matrix()
            matrices[name] = matrices[name] @ turn if name in matrices else turn
        return _forward(model, self.bone_heads, matrices, frames)

    def skin(self, points: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
        """Points of the seated rest, `(N, 3)` or `(T, N, 3)`, with bone weights `(N, B)` -> `(T, N, 3)` float32."""
        return _skinned(points if points.ndim == 3 else points[None], weights, transforms)

    def moved(self, action_curves: np.ndarray, transforms: np.ndarray) -> np.ndarray:
        """Every vertex at every frame, `(T, V, 3)` float32; `action_curves`: `(T, 52)` in `model.action_names`
        order.
        """
        used = np.flatnonzero(np.abs(action_curves).max(0) > 1e-5)
        moved = self.skin(self.rest, self.model.weights, transforms)
        if len(used):
            touched = np.flatnonzero(np.abs(self.actions[used]).max((0, 2)) > 0)
            moves = self.actions[used][:, touched].reshape(len(used), -1)
            shaped = (action_curves[:, used].astype(np.float32) @ moves).reshape(len(action_curves), -1, 3)
            moved[:, touched] = self.skin(self.rest[touched] + shaped, self.model.weights[touched], transforms)
        return moved


def build_body(person: Person) -> Body:
    """The body that a person's `phenotype` and `shape` make."""
    model = load_body_model()
    coefficients = _phenotype_weights(model, person.phenotype)
    local = np.zeros(len(model.locals), np.float32)
    for name, value in person.shape.items():
        local[2 * model.local_names.index(name) + (value < 0)] = abs(value)

    def shaped(template: np.ndarray, shapes: np.ndarray, locals_: np.ndarray) -> np.ndarray:
        some = np.flatnonzero(coefficients)
        few = np.flatnonzero(local)
        out = template + np.tensordot(coefficients[some], shapes[some], 1)
        return out + np.tensordot(local[few], locals_[few], 1)

    spread = shaped(model.template, model.phenotypes, model.locals)
    spread_heads = shaped(model.heads["template"], model.heads["phenotypes"], model.heads["locals"])
    eyes = np.unique(np.concatenate([model.faces["eye_left"], model.faces["eye_right"]]))
    shift = np.array(EYES_M, np.float32) - spread[eyes].mean(0)
    spread, spread_heads = spread + shift, (spread_heads + shift).astype(np.float32)
    # The eyes ride on the head, which the seated pose does not turn; so do face actions: they need no rotating.
    seat = _forward(model, spread_heads, _seated(model, spread_heads), 1)[0]
    rest = _skinned(spread[None], model.weights, seat[None])[0]
    heads = (np.einsum("bij,bj->bi", seat[:, :, :3], spread_heads) + seat[:, :, 3]).astype(np.float32)
    return Body(model, rest, heads, model.actions, spread, spread_heads, seat)


def _seated(model: BodyModel, heads: np.ndarray) -> dict[str, np.ndarray]:
    """Turns `(1, 3, 3)` by bone: the model spreads its arms; at a desk the upper arms hang beside the chest and the
    forearms lie forwards and a little inwards."""
    turns = {}
    for side, out in (("L", 1.0), ("R", -1.0)):
        names = (f"{bone}.{side}" for bone in ("upperarm01", "lowerarm01", "wrist"))
        shoulder, elbow, wrist = (heads[model.bones.index(name)] for name in names)
        upper = _onto(elbow - shoulder, np.array([0.06 * out, -0.2, -1.0]))
        lower = _onto(wrist - elbow, upper.T @ np.array([-0.3 * out, -1.0, -0.1]))
        turns[f"upperarm01.{side}"], turns[f"lowerarm01.{side}"] = upper[None], lower[None]
    return turns


def _onto(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The shortest turn `(3, 3)` of one direction onto another."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(a, b)
    return Rotation.from_rotvec(axis / np.linalg.norm(axis) * np.arccos(np.clip(a @ b, -1, 1))).as_matrix()


def _skinned(points: np.ndarray, weights: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """`(T or 1, N, 3)` points blended by weights `(N, B)` under `(T, B, 3, 4)` -> `(T, N, 3)` float32."""
    used = np.flatnonzero(weights.any(0))
    frames, weights, moves = len(transforms), weights[:, used], transforms[:, used]
    if len(points) == 1:
        # What stands still is one product of matrices for all frames: each bone's share of each point, then its moves.
        parts = np.concatenate([points[0], np.ones((points.shape[1], 1))], 1)[:, None] * weights[..., None]
        moves = moves.transpose(1, 3, 0, 2).reshape(4 * len(used), 3 * frames)
        flat = parts.reshape(len(parts), -1).astype(np.float32) @ moves.astype(np.float32)
        return np.ascontiguousarray(flat.reshape(-1, frames, 3).transpose(1, 0, 2))
    blend = (weights @ moves.reshape(frames, len(used), 12)).reshape(frames, -1, 3, 4)
    return (np.einsum("tnij,tnj->tni", blend[..., :3], points) + blend[..., 3]).astype(np.float32)


def _phenotype_weights(model: BodyModel, phenotype: Phenotype) -> np.ndarray:
    """Piecewise linear between anchors per phenotype, product over the variations a shape is made of: `(P,)`
    float32.
    """
    race = np.array([getattr(phenotype, name) for name in VARIATIONS["race"]], float)
    columns = list(race / race.sum())
    for name, anchors in _ANCHORS.items():
        if name != "race":
            value = float(np.clip(getattr(phenotype, name), anchors[0], anchors[-1]))
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
