"""Garments cut from the body model's clothing volume: widened, smoothed, folded, clipped along smooth hems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.body import Body
from scenes.surface import smoothing, triangles, unit, vertex_normals
from scenes.tailoring import (
    Neckline,
    Piece,
    border_loop,
    collar_band,
    collar_leaf,
    cords,
    hood,
    neckline,
    overlay,
    rimmed,
)


def build_garment(body: Body, clothing: dict[str, Any], rng: np.random.Generator) -> list[Piece]:
    """The pieces of a clothing record (`kind`, `ease_m`, `neck_drop_m`, `folds`, ...); the outer cloth first."""
    kind = clothing["kind"]
    cloth = _cut_cloth(body, clothing, rng)
    pieces = [Piece("garment", *rimmed(*cloth.mesh))]
    line = cloth.neckline
    if kind == "blazer":
        pieces.append(_lapels(cloth, clothing))
        under = {**clothing, "ease_m": 0.003, "vee_m": 0.03, "neck_drop_m": 0.0, "neck_width": 1.12, "folds": 0.15}
        inner = _cut_cloth(body, {**under, "sleeve": 1.5}, rng)
        pieces.append(Piece("shirt", *rimmed(*inner.mesh), material="cloth_inner"))
        if inner.neckline is not None:
            pieces.append(collar_band(inner.neckline, 0.022, "cloth_inner"))
            pieces.append(collar_leaf(inner.neckline, 0.022, 0.032, 0.05, "cloth_inner"))
        return pieces
    if line is None:
        return pieces
    if kind == "hoodie":
        return [*pieces, hood(line, clothing["hood_m"], rng), *cords(line, 0.16)]
    pieces.append(collar_band(line, clothing["band_m"]))
    if kind == "shirt":
        pieces += [collar_leaf(line, clothing["band_m"], 0.034, 0.06), *_placket(cloth)]
    return pieces


@dataclass(frozen=True, eq=False)
class _Cloth:
    """The volume after cutting. `mesh`: points, triangles, weights, uv; `field`: distance from the neckline, metres."""

    mesh: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    field: np.ndarray
    neck: _Neck
    neckline: Neckline | None


def _cut_cloth(body: Body, clothing: dict[str, Any], rng: np.random.Generator) -> _Cloth:
    points, tris, weights = _volume(body)
    points, weights = points.copy(), weights.copy()
    normals = vertex_normals(points, tris)
    mean = smoothing(tris, len(points))
    neck = _neck(body)
    field = _neck_field(points, neck, clothing)
    # Cloth hangs off the shoulders: free of the body below, close at the neck.
    ease = clothing["ease_m"] * np.clip(field / 0.06, 0.25, 1)
    points = points + normals * ease[:, None]
    for _ in range(int(clothing["smooth"])):
        points = points + 0.5 * (mean @ points - points)
    points = points + vertex_normals(points, tris) * _folds(points, neck, clothing, rng)[:, None]
    sleeve = _sleeve_field(body, points, weights, clothing)
    points, tris, weights, field, sleeve = _clip(points, tris, weights, field, [sleeve])
    points, tris, weights, sleeve, field = _clip(points, tris, weights, sleeve, [field])
    loop = border_loop(points, tris, np.abs(field) < 1e-5)
    line = None if loop is None else neckline(points, tris, weights, loop)
    return _Cloth((points, tris, weights, _cloth_uv(points, weights, body)), field, neck, line)


def _lapels(cloth: _Cloth, clothing: dict[str, Any]) -> Piece:
    """The turned-out edge of a blazer: wide on the chest, a collar's width at the nape."""
    points, tris, weights, uv = cloth.mesh
    low = np.clip((cloth.neck.nape[2] - points[:, 2]) / 0.14, 0, 1)
    wide = clothing["lapel_m"] * (0.55 + 0.45 * low)
    carried = np.concatenate([weights, uv], 1)
    points, tris, carried, _, _ = _clip(points, tris, carried, wide - cloth.field, [cloth.field])
    split = weights.shape[1]
    return overlay("lapels", points, tris, carried[:, :split], carried[:, split:], 0.0045, 0.004)


def _placket(cloth: _Cloth) -> list[Piece]:
    """The strip down a shirt's front."""
    points, tris, weights, uv = cloth.mesh
    ahead = (cloth.neck.pit[1] + cloth.neck.nape[1]) / 2 - points[:, 1]
    strip = np.minimum(0.015 - np.abs(points[:, 0]), ahead)
    carried = np.concatenate([weights, uv], 1)
    points, tris, carried, _, _ = _clip(points, tris, carried, strip, [cloth.field])
    if len(tris) == 0:
        return []
    split = weights.shape[1]
    return [overlay("placket", points, tris, carried[:, :split], carried[:, split:], 0.0018, 0.0018)]


def _volume(body: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The clothing volume, each quad split into 3x3 by bilinear weights, then relaxed to a round surface."""
    quads = body.model.faces["tights"]
    numbers, local = np.unique(quads, return_inverse=True)
    points, weights, quads = body.rest[numbers].astype(float), body.model.weights[numbers], local.reshape(-1, 4)
    for _ in range(2):
        points, weights, quads = _catmull_clark(points, weights, quads)
    return points, triangles(quads), weights


def _catmull_clark(points: np.ndarray, weights: np.ndarray, quads: np.ndarray):
    """One step of subdivision (Catmull and Clark 1978); open borders keep their curve. Weights are carried linearly."""
    edges = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    unique, inverse, shared = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1, 4)
    centre = points[quads].mean(1)
    middle = points[unique].mean(1)
    face_sum = np.zeros_like(middle)
    np.add.at(face_sum, inverse.ravel(), np.repeat(centre, 4, 0))
    inner = shared == 2
    edge_point = np.where(inner[:, None], (2 * middle + face_sum) / 4, middle)
    valence = np.bincount(quads.ravel(), minlength=len(points)).astype(float)
    around = np.zeros_like(points)
    np.add.at(around, quads.ravel(), np.repeat(centre, 4, 0))
    spokes, touching = np.zeros_like(points), np.bincount(unique.ravel(), minlength=len(points)).astype(float)
    np.add.at(spokes, unique.ravel(), np.repeat(middle, 2, 0))
    n = np.maximum(valence, 1)[:, None]
    moved = (around / n + 2 * spokes / np.maximum(touching, 1)[:, None] + (n - 3) * points) / n
    rim = np.unique(unique[~inner])
    rim_sum = np.zeros_like(points)
    np.add.at(rim_sum, unique[~inner].ravel(), np.repeat(middle[~inner], 2, 0))
    moved[rim] = 0.5 * points[rim] + 0.25 * rim_sum[rim]
    first_edge, first_face = len(points), len(points) + len(unique)
    corners = np.arange(len(quads))[:, None] + first_face
    around_edges = inverse + first_edge
    split = np.stack([quads, around_edges, np.repeat(corners, 4, 1), np.roll(around_edges, 1, 1)], -1).reshape(-1, 4)
    all_weights = np.concatenate([weights, weights[unique].mean(1), weights[quads].mean(1)])
    return np.concatenate([moved, edge_point, centre]), all_weights, split


@dataclass(frozen=True)
class _Neck:
    """Throat pit and nape on the skin, and half the clothing volume's width around the neck; metres."""

    pit: np.ndarray
    nape: np.ndarray
    half: float


def _neck(body: Body) -> _Neck:
    """Where the neck meets the trunk, found on the skin's profile."""
    skin = body.rest[body.part("body")]
    skin = skin[body.model.weights[body.part("body")][:, _arm_bones(body)].sum(1) < 0.2]
    bone = body.bone_heads[body.model.bones.index("neck01")]
    middle = skin[np.abs(skin[:, 0]) < 0.008]
    levels = np.arange(bone[2] - 0.16, bone[2] + 0.03, 0.005)
    near = lambda points, z: points[np.abs(points[:, 2] - z) < 0.012]
    front = np.array([near(middle, z)[:, 1].min() for z in levels])
    throat = int(np.argmax(np.where(levels > bone[2] - 0.1, front, -9)))
    below = int(np.flatnonzero(front[:throat] < front[throat] - 0.005)[-1]) if throat else 0
    pit = np.array([0.0, front[below], levels[below]])
    nape_z = pit[2] + 0.068
    nape = np.array([0.0, near(middle, nape_z)[:, 1].max(), nape_z])
    cloth = body.rest[body.part("tights")]
    rows = [near(cloth, z)[:, 0] for z in np.arange(nape_z, cloth[:, 2].max() - 0.01, 0.006)]
    half = min((float(row.max()) for row in rows if len(row)), default=0.06)
    return _Neck(pit, nape, half)


def _neck_field(points: np.ndarray, neck: _Neck, clothing: dict[str, Any]) -> np.ndarray:
    """About a signed distance, metres, positive where cloth is: below a plane from pit to nape, or on the shoulders."""
    wide = neck.half * clothing["neck_width"]
    across = np.abs(points[:, 0])
    share = np.clip((points[:, 1] - neck.pit[1]) / (neck.nape[1] - neck.pit[1]), -0.1, 1.1)
    front = 1 - np.clip(share * 1.6, 0, 1)
    plane = neck.pit[2] + (neck.nape[2] - neck.pit[2]) * share - clothing["neck_drop_m"] * front
    vee = clothing["vee_m"] * np.clip(1 - across / wide, 0, 1) * front
    below, outside = plane - vee - points[:, 2], across - wide
    # A soft maximum rounds the corner where the two meet.
    soft = 0.014
    return soft * np.logaddexp(below / soft, outside / soft)


def _arm_bones(body: Body, side: str = "") -> list[int]:
    names = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
    return [i for i, bone in enumerate(body.model.bones) if bone.startswith(names) and bone.endswith(side)]


def _sleeve_field(body: Body, points: np.ndarray, weights: np.ndarray, clothing: dict[str, Any]) -> np.ndarray:
    """Positive where the sleeve is: along the arm up to `sleeve` (0 shoulder, 1 elbow, 2 wrist)."""
    out = np.full(len(points), 0.05)
    for side in ("L", "R"):
        joints = [body.bone_heads[body.model.bones.index(f"{b}.{side}")] for b in ("upperarm01", "lowerarm01", "wrist")]
        arm = _arm_bones(body, side)
        on = weights[:, arm].sum(1) > 0.5
        low = [i for i in arm if not body.model.bones[i].startswith("upperarm")]
        lower = weights[:, low].sum(1) > 0.5
        reach = clothing["sleeve"]
        i = 0 if reach <= 1 else 1
        axis = joints[i + 1] - joints[i]
        along = (points - joints[i]) @ axis / (axis @ axis)
        cut = (min(reach - i, 0.97) - along) * np.linalg.norm(axis)
        if i == 0:
            cut = np.where(lower, -0.05, cut)
            out = np.where(on, cut, out)
        else:
            out = np.where(on & lower, cut, out)
    return out


def _folds(points: np.ndarray, neck: _Neck, clothing: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Fold height in metres: soft drapes that run down from the shoulders and creases around the arms."""
    size = clothing["folds"]
    height = np.zeros(len(points))
    for _ in range(14):
        azimuth = rng.uniform(0, 2 * np.pi)
        across = np.array([np.cos(azimuth), np.sin(azimuth), rng.normal(0, 0.5)])
        length = rng.uniform(0.035, 0.11)
        wave = np.sin(points @ unit(across) * 2 * np.pi / length + rng.uniform(0, 2 * np.pi))
        gate = np.sin(points @ rng.normal(0, 9, 3) + rng.uniform(0, 2 * np.pi))
        height += wave * np.clip(gate, 0, 1) * length * 0.045
    away = np.clip((neck.pit[2] - points[:, 2]) / 0.05 + np.abs(points[:, 0]) / 0.12 - 0.4, 0.1, 1)
    return size * height * away


def _clip(points, tris, weights, field, others):
    """Keep where `field` > 0; triangles across the border are cut along it, so that a hem is a smooth curve."""
    keep = field[tris] > 0
    count = keep.sum(1)
    whole = tris[count == 3]
    edges: dict[tuple[int, int], int] = {}
    starts, ends = [], []

    def cut(a: int, b: int) -> int:
        key = (a, b) if a < b else (b, a)
        if key not in edges:
            edges[key] = len(points) + len(edges)
            starts.append(key[0])
            ends.append(key[1])
        return edges[key]

    extra = []
    for tri, kept in zip(tris[(count > 0) & (count < 3)], keep[(count > 0) & (count < 3)], strict=True):
        if kept.sum() == 1:
            i = int(np.flatnonzero(kept)[0])
            a, b, c = (int(tri[(i + k) % 3]) for k in range(3))
            extra.append([a, cut(a, b), cut(a, c)])
        else:
            i = int(np.flatnonzero(~kept)[0])
            a, b, c = (int(tri[(i + k) % 3]) for k in range(3))
            ab, ac = cut(a, b), cut(a, c)
            extra += [[ab, b, c], [ab, c, ac]]
    if not edges:
        return points, tris, weights, field, others[0]
    s, e = np.array(starts), np.array(ends)
    share = (field[s] / (field[s] - field[e]))[:, None]
    grow = lambda a: np.concatenate(
        [a, a[s] * (1 - share.reshape(-1, *[1] * (a.ndim - 1))) + a[e] * share.reshape(-1, *[1] * (a.ndim - 1))]
    )
    points, weights, other = grow(points), grow(weights), grow(others[0])
    field = np.concatenate([field, np.zeros(len(s))])
    tris = np.concatenate([whole, np.array(extra, np.int32).reshape(-1, 3)])
    used, renumbered = np.unique(tris, return_inverse=True)
    return points[used], renumbered.reshape(-1, 3).astype(np.int32), weights[used], field[used], other[used]


def _cloth_uv(points: np.ndarray, weights: np.ndarray, body: Body) -> np.ndarray:
    """Metres across and along the cloth: unrolled about the trunk, or about the arm on the sleeves."""
    u, v = np.arctan2(points[:, 0], -points[:, 1]) * 0.17, points[:, 2].copy()
    for side in ("L", "R"):
        joints = [body.bone_heads[body.model.bones.index(f"{b}.{side}")] for b in ("upperarm01", "lowerarm01")]
        axis = unit(joints[1] - joints[0])
        arm = [
            i
            for i, b in enumerate(body.model.bones)
            if b.endswith(f".{side}") and b.startswith(("upperarm", "lowerarm"))
        ]
        on = weights[:, arm].sum(1) > 0.5
        d = points - joints[0]
        u = np.where(on, np.arctan2(d[:, 1], d[:, 0]) * 0.055, u)
        v = np.where(on, joints[0][2] - d @ axis, v)
    return np.stack([u, v], 1)
