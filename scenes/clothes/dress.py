"""Garments cut from the body model's clothing volume with its arms spread, then hung on the seated body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.body.body import Body
from scenes.clothes.collars import Neckline, Piece, collar_band, cords, hood, neckline, shirt_collar
from scenes.clothes.cuffs import cuffs, sleeve_seam
from scenes.clothes.cut import Front, blazer_collar, breast_pocket, button, lapels, placket, tie
from scenes.clothes.drape import PINNED, Floor, drape
from scenes.clothes.folds import draw_folds, fold_height
from scenes.clothes.hems import LOW_M, Neck, arm_bones, find_neck, joints, neck_field, sleeve_field
from scenes.clothes.panels import panel_uv
from scenes.mesh.cutting import border_loop, catmull_clark, clip, rimmed
from scenes.mesh.surface import Solid, smoothing, triangles, unit, vertex_normals


def build_garment(body: Body, clothing: dict[str, Any], rng: np.random.Generator) -> list[Piece]:
    """The pieces of a clothing record (`kind`, `ease_m`, `neck_drop_m`, `fold_m`, ...); the outer cloth first."""
    kind = clothing["kind"]
    cloth = _cut_cloth(body, clothing, rng)
    pieces = [Piece("garment", *rimmed(*cloth.mesh)), *cuffs(body, clothing, cloth.sleeves)]
    line, neck, skin = cloth.neckline, cloth.neck, _skin_solid(body)
    low = neck.pit[2] - LOW_M
    if kind == "blazer":
        return pieces + _blazer(body, cloth, clothing, skin, rng)
    if kind == "hoodie":
        return [*pieces, hood(line, skin, clothing["hood_m"], rng), *cords(line, 0.17, rng)]
    if kind == "shirt":
        front = Front(*cloth.mesh[:3])
        pieces += shirt_collar(line, skin, clothing["band_m"], clothing["leaf_m"], neck.pit[2] - 0.012, "cloth")
        return pieces + placket(front, float(line.ring[:, 2].min()) - 0.004, low)
    return [*pieces, collar_band(line, clothing["band_m"], "rib")]


def _blazer(body: Body, cloth: _Cloth, clothing: dict[str, Any], skin: Solid, rng: np.random.Generator) -> list[Piece]:
    """Lapels, collar and pocket of a blazer, and the shirt under it."""
    under = {"ease_m": 0.004, "neck_out_m": 0.003, "neck_drop_m": 0.003, "vee_m": 0.0 if clothing["tie"] else 0.05,
        "sleeve": 0.5, "fold_m": 0.0}  # fmt: skip
    inner = _cut_cloth(body, {**clothing, **under}, rng, over=clothing)
    neck, line, low = cloth.neck, inner.neckline, cloth.neck.pit[2] - LOW_M
    front = Front(*inner.mesh[:3])
    pieces = [Piece("shirt", *rimmed(*inner.mesh), material="cloth_inner")]
    pieces += shirt_collar(line, skin, 0.03, 0.042, neck.pit[2] - 0.012, "cloth_inner")
    top = line.ring[np.argmin(line.ring[:, 2])]
    if clothing["tie"]:
        pieces += tie(front, top, low, float(cloth.neckline.ring[:, 2].min()) - 0.01)
    else:
        pieces += placket(front, float(top[2]) - 0.004, low, "cloth_inner")
    front = Front(*cloth.mesh[:3])
    gorge_z = float(neck.pit[2]) - 0.03
    pieces += lapels(front, cloth.neckline, clothing["lapel_m"], gorge_z)
    pieces += [blazer_collar(cloth.neckline, skin, 0.042, gorge_z), breast_pocket(front, neck.pit)]
    lowest = cloth.neckline.ring[:, 2].min()
    return [*pieces, button(front, "button", 0.012, float(lowest) - 0.012, 0.0095)]


def _skin_floor(body: Body) -> Floor:
    trunk = np.unique(body.model.faces["body"][(body.rest[body.model.faces["body"], 2] < 1.1).all(1)])
    weights = body.model.weights[trunk]
    limb = np.stack([weights[:, arm_bones(body, side)].sum(1) for side in ("L", "R")], 1)
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[trunk]
    return Floor(body.rest[trunk].astype(float), normals, limb)


def _skin_solid(body: Body) -> Solid:
    skin = body.part("body")
    return Solid(body.rest[skin].astype(float), vertex_normals(body.rest, triangles(body.model.faces["body"]))[skin])


@dataclass(frozen=True, eq=False)
class _Cloth:
    """Cloth after cutting and hanging. `mesh`: points, triangles, weights, uv per corner; `sleeves`: by side, points
    and weights of the border where a sleeve ends."""

    mesh: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    neck: Neck
    neckline: Neckline
    sleeves: dict[str, tuple[np.ndarray, np.ndarray]]


def _cut_cloth(body: Body, clothing: dict[str, Any], rng: np.random.Generator, over: dict | None = None) -> _Cloth:
    """`over`: what is worn over it, cloth below that being left out; it is not hung."""
    quads = body.model.faces["tights"]
    numbers, local = np.unique(quads, return_inverse=True)
    spread, weights, quads = catmull_clark(
        body.spread[numbers].astype(float), body.model.weights[numbers].astype(float), local.reshape(-1, 4)
    )
    neck = find_neck(body, clothing)
    limb = np.stack([weights[:, arm_bones(body, side)].sum(1) for side in ("L", "R")], 1)
    seated = _skin(body, spread, weights)
    floor = Floor(seated, vertex_normals(seated, triangles(quads)), limb)
    kept = (spread[:, 2] > neck.pit[2] - LOW_M) & (neck_field(spread, neck, clothing) > -0.03)
    kept &= sleeve_field(body, spread, weights, clothing) > -0.02
    used, local = np.unique(quads[kept[quads].all(1)], return_inverse=True)
    spread, weights, limb, quads = spread[used], weights[used], limb[used], local.reshape(-1, 4)

    field = neck_field(spread, neck, clothing)
    # Cloth lies on the shoulders and hangs free below them.
    low = np.clip((joints(body, "L", body.spread_heads)[0][2] + 0.01 - spread[:, 2]) / 0.14, 0, 1)
    free = np.clip(field / 0.08, 0.1, 1) * (1 - 0.55 * limb.sum(1)) * (0.35 + 0.65 * low * low * (3 - 2 * low))
    clearance = 0.012 if clothing["kind"] == "blazer" and over is None else 0.0025
    tight = clearance + 0.006 * np.clip(field / 0.08, 0, 1)
    cut = _eased(spread, quads, np.maximum(clothing["ease_m"] * free, tight))
    start = _skin(body, cut, weights)
    start = start + vertex_normals(start, triangles(quads)) * rng.normal(0, 0.0015, len(start))[:, None]
    # Held at the neck and below the elbows, where no webcam looks; sleeves keep from riding up the arm.
    fore = [i for i, bone in enumerate(body.model.bones) if bone.startswith(("lowerarm", "wrist"))]
    held = 20.0 * np.clip(limb.sum(1) - 0.5, 0, 0.5)
    held[(field < 0.012) | (weights[:, fore].sum(1) > 0.9)] = PINNED
    start, _ = floor.lift(start, floor.near(start, limb), clearance)
    hung = start
    if over is None:
        hung = drape(start, cut, quads, held, limb, floor, clearance, clothing["bending"])

    carried = np.concatenate([cut, weights, limb, field[:, None]], 1)
    points, carried, quads = catmull_clark(hung, carried, quads)
    tris = triangles(quads)
    normals = vertex_normals(points, tris)
    folds = draw_folds(_places(body, neck), clothing["fold_m"], clothing["fold_wide_m"], rng)
    points = points + normals * (fold_height(points, normals, folds) * np.clip(carried[:, -1] / 0.05, 0, 1))[:, None]
    skin = _skin_floor(body)
    for solid, gap in ((floor, clearance - 0.0005), (skin, clearance + 0.001), (skin, clearance + 0.001)):
        points, _ = solid.lift(points, solid.near(points, carried[:, -3:-1]), gap)
    bones = slice(3, 3 + weights.shape[1])
    sleeve = sleeve_field(body, carried[:, :3], carried[:, bones], sleeve_seam(body, clothing))
    points, tris, carried, _ = clip(points, tris, carried, sleeve)
    if over is not None:
        points, tris, carried, _ = clip(points, tris, carried, 0.045 - neck_field(carried[:, :3], neck, over))
    points, tris, carried, on_cut = clip(points, tris, carried, carried[:, -1])
    line = neckline(points, tris, carried[:, bones], border_loop(tris, on_cut))
    uv = _panels(body, neck, carried[:, :3], carried[:, -3:-1], tris)
    ends = {}
    for side, share in (("L", carried[:, -3]), ("R", carried[:, -2])) if over is None else ():
        loop = border_loop(tris, share > 0.5)
        ends[side] = points[loop], carried[loop][:, bones]
    return _Cloth((points, tris, carried[:, bones], uv), neck, line, ends)


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
    axes: dict[int, tuple] = {0: (neck.pit, up, None), 1: (neck.nape, up, None)}
    for number, side in ((2, "L"), (3, "R")):
        shoulder, elbow, _ = joints(body, side, body.spread_heads)
        axis = unit(elbow - shoulder)
        out = np.array([np.sign(shoulder[0]), 0.0, 0.0])
        past = (middle - shoulder - 0.01 * axis) @ unit(axis + 0.8 * out) > 0
        panel[past & (limb[tris].mean(1)[:, number - 2] > 0.35)] = number
        outer = unit(np.cross(np.cross(axis, up), axis))
        axes[number] = (shoulder, -axis, outer)
    return panel_uv(cut, tris, panel, axes)
