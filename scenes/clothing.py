"""Garments cut from the body model's clothing volume: widened, smoothed, folded, clipped along smooth hems, with a collar band.

A garment is made in the seated rest and carries bone weights, so it moves as the body does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.body import Body
from scenes.surface import face_normals, smoothing, triangles, unit, vertex_normals


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh of a garment in the seated rest: `points` `(N, 3)`, `faces` `(F, 4)`, bone `weights` `(N, B)`, uv per vertex."""

    name: str
    points: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    uv: np.ndarray


def build_garment(body: Body, clothing: dict[str, Any], rng: np.random.Generator) -> list[Piece]:
    """The pieces of a clothing record (`kind`, `ease_m`, `neck_drop_m`, `neck_width_m`, `folds`, ...)."""
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
    uv = _cloth_uv(points, weights, body)
    pieces = [Piece("garment", *_with_rim(points, tris, weights, uv))]
    loop = _loop(points, tris, np.abs(field) < 1e-5)
    if loop is not None and clothing["band_m"] > 0:
        pieces.append(_band(points, tris, weights, loop, clothing))
    return pieces


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
    """Roughly a signed distance in metres, positive where cloth is: below a plane from pit to nape, or out on the shoulders."""
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


def _borders(tris: np.ndarray) -> np.ndarray:
    """Directed edges `(E, 2)` that belong to one triangle only."""
    edges = np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])
    _, inverse, counts = np.unique(np.sort(edges, 1), axis=0, return_inverse=True, return_counts=True)
    return edges[counts[inverse.ravel()] == 1]


def _loop(points: np.ndarray, tris: np.ndarray, on: np.ndarray) -> np.ndarray | None:
    """The longest border loop through vertices in `on`, in order, or None."""
    edges = _borders(tris)
    after = {int(a): int(b) for a, b in edges if on[a] and on[b]}
    best: list[int] = []
    while after:
        start, here = next(iter(after.items()))
        line = [start]
        del after[start]
        while here in after:
            line.append(here)
            here = after.pop(here)
        if here == start and len(line) > len(best):
            best = line
    return np.array(best) if len(best) > 8 else None


def _with_rim(points, tris, weights, uv, thickness: float = 0.0022):
    """The cloth with its borders turned inwards, so that no edge looks like paper."""
    edges = _borders(tris)
    rim, inverse = np.unique(edges, return_inverse=True)
    normals = vertex_normals(points, tris)[rim]
    first = len(points)
    turned = np.concatenate([points, points[rim] - normals * thickness])
    a, b = edges[:, 0], edges[:, 1]
    inner = inverse.reshape(-1, 2) + first
    quads = np.stack([b, a, inner[:, 0], inner[:, 1]], 1)
    flat = np.concatenate([tris, np.full((len(tris), 1), -1)], 1)
    faces = np.concatenate([flat, quads]).astype(np.int32)
    return turned, faces, np.concatenate([weights, weights[rim]]), np.concatenate([uv, uv[rim]])


def _band(points, tris, weights, loop: np.ndarray, clothing: dict[str, Any]) -> Piece:
    """A ribbed band swept along the neck's border: it overlaps the cloth a little and stands up along the neck."""
    ring, band = _even(points[loop], weights[loop])
    normals = vertex_normals(points, tris)[loop]
    normal = _even(points[loop], normals)[1]
    for _ in range(6):
        normal = (np.roll(normal, 1, 0) + normal + np.roll(normal, -1, 0)) / 3
        ring = (np.roll(ring, 1, 0) + 2 * ring + np.roll(ring, -1, 0)) / 4
    normal = unit(normal)
    along = unit(np.roll(ring, -1, 0) - np.roll(ring, 1, 0))
    up = unit(np.cross(normal, along))
    if (up * (ring.mean(0) - ring)).sum() < 0:
        up = -up
    wide = clothing["band_m"]
    # Across the band (height up, offset out), from under the cloth's edge over the top to the inside.
    rows = [
        (-0.003, 0.0005),
        (-0.0025, 0.0022),
        (0.15 * wide, 0.003),
        (0.55 * wide, 0.003),
        (0.92 * wide, 0.0024),
        (wide, 0.001),
        (0.92 * wide, -0.0006),
        (0.4 * wide, -0.001),
    ]
    grid = np.stack([ring + up * h + normal * o for h, o in rows])
    count = len(ring)
    i, j = np.meshgrid(np.arange(len(rows) - 1), np.arange(count), indexing="ij")
    k = (j + 1) % count
    faces = np.stack([i * count + j, i * count + k, (i + 1) * count + k, (i + 1) * count + j], -1).reshape(-1, 4)
    flat = grid.reshape(-1, 3)
    if (face_normals(flat, triangles(faces))[: (len(faces) // len(rows)) * 2].reshape(-1, 3) * 1).size:
        middle = 2 * count
        sample = face_normals(flat, faces[middle : middle + count, :3])
        if (sample * normal).sum() < 0:
            faces = faces[:, ::-1]
    length = np.linalg.norm(np.roll(ring, -1, 0) - ring, axis=1).cumsum()
    uv = np.stack([np.tile(length, len(rows)), np.repeat([h for h, _ in rows], count)], 1)
    return Piece("band", flat, faces.astype(np.int32), np.tile(band, (len(rows), 1)), uv)


def _even(ring: np.ndarray, values: np.ndarray, count: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """A closed line and values on it at even steps of length."""
    closed = np.concatenate([ring, ring[:1]])
    at = np.concatenate([[0], np.linalg.norm(np.diff(closed, axis=0), axis=1).cumsum()])
    step = np.linspace(0, at[-1], count, endpoint=False)
    i = np.clip(np.searchsorted(at, step, side="right") - 1, 0, len(ring) - 1)
    share = ((step - at[i]) / np.maximum(at[i + 1] - at[i], 1e-9))[:, None]
    follow = (i + 1) % len(ring)
    mix = lambda a: a[i] * (1 - share) + a[follow] * share
    return mix(ring), mix(values)


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
