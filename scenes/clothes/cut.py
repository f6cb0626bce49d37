"""Cloth cut from the body model's clothing volume with its arms spread, then hung on the seated body and folded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import WorkError
from scenes.body.body import Body
from scenes.clothes.collars import Neckline, neckline
from scenes.clothes.cuffs import seam_of_sleeve
from scenes.clothes.drape import PINNED, Floor, drape
from scenes.clothes.folds import draw_folds, fold_height
from scenes.clothes.hem_distance import LOW_M, Neck, arm_bones, find_neck, joints, neck_distance, sleeve_distance
from scenes.clothes.panels import Axes, panel_uv
from scenes.clothes.piece import Piece
from scenes.clothes.record import Clothing
from scenes.mesh.cutting import border_loop, catmull_clark, clip, rimmed
from scenes.mesh.surface import smoothing, triangles, unit, vertex_normals

CLEARANCE_M = 0.0025  # between skin and cloth that lies on it


def _skin_floor(body: Body) -> Floor:
    trunk = np.unique(body.model.faces["body"][(body.rest[body.model.faces["body"], 2] < 1.1).all(1)])
    weights = body.model.weights[trunk]
    limb = np.stack([weights[:, arm_bones(body, side)].sum(1) for side in ("L", "R")], 1)
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[trunk]
    return Floor(body.rest[trunk].astype(float), normals, limb)


@dataclass(frozen=True, eq=False)
class Cloth:
    """Cloth after cutting and hanging. `mesh`: points, triangles, weights, uv per corner; `sleeves`: by side, points
    and weights of the border where a sleeve ends."""

    mesh: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    neck: Neck
    neckline: Neckline
    sleeves: dict[str, tuple[np.ndarray, np.ndarray]]

    def piece(self, name: str, material: str = "cloth", under: bool = False) -> Piece:
        """The cloth as a piece, its borders turned in."""
        points, faces, weights, uv = rimmed(*self.mesh)
        return Piece(name, points, faces, weights, uv, material, under)


def cut_cloth(
    body: Body,
    clothing: Clothing,
    rng: np.random.Generator,
    clearance_m: float = CLEARANCE_M,
    cuff_m: float = 0.0,
    over: Clothing | None = None,
) -> Cloth:
    """The cloth of a garment, kept `clearance_m` off the skin, its sleeves ended where cuffs of `cuff_m` are sewn on.

    `over`: what is worn over it, cloth hidden below that being left out; it is not hung.
    """
    quads = body.model.faces["tights"]
    numbers, local = np.unique(quads, return_inverse=True)
    spread, weights, quads = catmull_clark(
        body.spread[numbers].astype(float), body.model.weights[numbers].astype(float), local.reshape(-1, 4)
    )
    neck = find_neck(body, clothing)
    limb = np.stack([weights[:, arm_bones(body, side)].sum(1) for side in ("L", "R")], 1)
    seated = _skin(body, spread, weights)
    floor = Floor(seated, vertex_normals(seated, triangles(quads)), limb)
    kept = (spread[:, 2] > neck.pit[2] - LOW_M) & (neck_distance(spread, neck, clothing) > -0.03)
    kept &= sleeve_distance(body, spread, weights, clothing.sleeve) > -0.02
    used, local = np.unique(quads[kept[quads].all(1)], return_inverse=True)
    spread, weights, limb, quads = spread[used], weights[used], limb[used], local.reshape(-1, 4)

    field = neck_distance(spread, neck, clothing)
    # Cloth lies on the shoulders and hangs free below them.
    low = np.clip((joints(body, "L", body.spread_heads)[0][2] + 0.01 - spread[:, 2]) / 0.14, 0, 1)
    free = np.clip(field / 0.08, 0.1, 1) * (1 - 0.55 * limb.sum(1)) * (0.35 + 0.65 * low * low * (3 - 2 * low))
    tight = clearance_m + 0.006 * np.clip(field / 0.08, 0, 1)
    cut = _eased(spread, quads, np.maximum(clothing.ease_m * free, tight))
    start = _skin(body, cut, weights)
    start = start + vertex_normals(start, triangles(quads)) * rng.normal(0, 0.0015, len(start))[:, None]
    # Held at the neck and below the elbows, where no webcam looks; sleeves keep from riding up the arm.
    fore = [i for i, bone in enumerate(body.model.bones) if bone.startswith(("lowerarm", "wrist"))]
    held = 20.0 * np.clip(limb.sum(1) - 0.5, 0, 0.5)
    held[(field < 0.012) | (weights[:, fore].sum(1) > 0.9)] = PINNED
    start, _ = floor.lift(start, floor.near(start, limb), clearance_m)
    hung = start
    if over is None:
        hung = drape(start, cut, quads, held, limb, floor, clearance_m, clothing.bending)

    carried = np.concatenate([cut, weights, limb, field[:, None]], 1)
    points, carried, quads = catmull_clark(hung, carried, quads)
    tris = triangles(quads)
    normals = vertex_normals(points, tris)
    folds = draw_folds(_places(body, neck), clothing.fold_m, clothing.fold_wide_m, rng)
    points = points + normals * (fold_height(points, normals, folds) * np.clip(carried[:, -1] / 0.05, 0, 1))[:, None]
    skin = _skin_floor(body)
    for solid, gap in ((floor, clearance_m - 0.0005), (skin, clearance_m + 0.001), (skin, clearance_m + 0.001)):
        points, _ = solid.lift(points, solid.near(points, carried[:, -3:-1]), gap)
    bones = slice(3, 3 + weights.shape[1])
    seam = seam_of_sleeve(body, clothing.sleeve, cuff_m)
    sleeve = sleeve_distance(body, carried[:, :3], carried[:, bones], seam)
    points, tris, carried, _ = clip(points, tris, carried, sleeve)
    if over is not None:
        points, tris, carried, _ = clip(points, tris, carried, 0.045 - neck_distance(carried[:, :3], neck, over))
    points, tris, carried, on_cut = clip(points, tris, carried, carried[:, -1])
    line = neckline(points, tris, carried[:, bones], _hem(tris, on_cut))
    uv = _panels(body, neck, carried[:, :3], carried[:, -3:-1], tris)
    ends = {}
    for side, share in (("L", carried[:, -3]), ("R", carried[:, -2])) if over is None and clothing.sleeve else ():
        loop = _hem(tris, share > 0.5)
        ends[side] = points[loop], carried[loop][:, bones]
    return Cloth((points, tris, carried[:, bones], uv), neck, line, ends)


def _hem(tris: np.ndarray, on: np.ndarray) -> np.ndarray:
    """The closed border through the vertices `on` `(N,)` bool: their numbers in order."""
    loop = border_loop(tris, on)
    if loop is None:
        raise WorkError("people.garments: a neckline or sleeve does not close on this body; widen neck_out_m or ease_m")
    return loop


def _places(body: Body, neck: Neck) -> dict[str, np.ndarray]:
    places = {"pit": neck.pit}
    for side, out in (("L", 1.0), ("R", -1.0)):
        shoulder, elbow, _ = joints(body, side, body.bone_heads)
        places |= {f"shoulder_{side}": shoulder, f"elbow_{side}": elbow}
        places[f"armpit_{side}"] = shoulder + 0.3 * (elbow - shoulder) - np.array([0.035 * out, 0.0, 0.0])
    return places


def _skin(body: Body, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return body.skin(points, weights.astype(np.float32), body.seat[None])[0].astype(float)


def _eased(points: np.ndarray, quads: np.ndarray, ease: np.ndarray) -> np.ndarray:
    """The volume widened by `ease` and bridged over hollows, as flat panels of cloth are."""
    tris = triangles(quads)
    normals, mean = vertex_normals(points, tris), smoothing(tris, len(points))
    wide = points + normals * ease[:, None]
    rim = np.bincount(tris.ravel(), minlength=len(points)) < 5
    for _ in range(12):
        wide = np.where(rim[:, None], wide, wide + 0.5 * (mean @ wide - wide))
        short = np.maximum(0.7 * ease - ((wide - points) * normals).sum(1), 0)
        wide = wide + normals * short[:, None]
    return wide


def _panels(body: Body, neck: Neck, cut: np.ndarray, limb: np.ndarray, tris: np.ndarray) -> np.ndarray:
    """Front, back and two sleeves, sewn at the shoulder, the sides and the armholes."""
    middle = cut[tris].mean(1)
    shoulder_y = body.spread_heads[body.model.bones.index("upperarm01.L")][1]
    panel = (middle[:, 1] > shoulder_y).astype(int)
    up = np.array([0.0, 0.0, 1.0])
    axes: dict[int, Axes] = {0: (neck.pit, up, None), 1: (neck.nape, up, None)}
    for number, side in ((2, "L"), (3, "R")):
        shoulder, elbow, _ = joints(body, side, body.spread_heads)
        axis = unit(elbow - shoulder)
        out = np.array([np.sign(shoulder[0]), 0.0, 0.0])
        past = (middle - shoulder - 0.01 * axis) @ unit(axis + 0.8 * out) > 0
        panel[past & (limb[tris].mean(1)[:, number - 2] > 0.35)] = number
        outer = unit(np.cross(np.cross(axis, up), axis))
        axes[number] = (shoulder, -axis, outer)
    return panel_uv(cut, tris, panel, axes)
