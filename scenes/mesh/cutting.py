"""Cloth as a net of faces: refined, clipped along a smooth curve, its borders found and turned in."""

from __future__ import annotations

import numpy as np

from scenes.mesh.surface import vertex_normals


def catmull_clark(
    points: np.ndarray, carried: np.ndarray, quads: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step of subdivision (Catmull and Clark 1978); open borders keep their curve. `carried` `(N, C)` linearly.

    Returns the new points, what they carry, and the new quads.
    """
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
    all_carried = np.concatenate([carried, carried[unique].mean(1), carried[quads].mean(1)])
    return np.concatenate([moved, edge_point, centre]), all_carried, split


def clip(
    points: np.ndarray, tris: np.ndarray, carried: np.ndarray, field: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Keep where `field` > 0; triangles across the border are cut along it, so that a hem is a smooth curve.

    Returns points, triangles and `carried` `(N, C)` of what is left, and which of its points lie on the cut.
    """
    keep = field[tris] > 0
    count = keep.sum(1)
    crossed, kept = tris[(count > 0) & (count < 3)], keep[(count > 0) & (count < 3)]
    # Turned so that the odd corner comes first.
    odd = np.where(kept.sum(1) == 1, kept.argmax(1), (~kept).argmax(1))
    a, b, c = (crossed[np.arange(len(crossed)), (odd + k) % 3] for k in range(3))
    ends, place = np.unique(np.sort(np.concatenate([np.stack([a, b], 1), np.stack([a, c], 1)]), 1), axis=0,
        return_inverse=True)  # fmt: skip
    ab, ac = (place.ravel() + len(points)).reshape(2, -1)
    one = kept.sum(1) == 1
    tris = np.concatenate([
        tris[count == 3], np.stack([a, ab, ac], 1)[one], np.stack([ab, b, c], 1)[~one], np.stack([ab, c, ac], 1)[~one],
    ])  # fmt: skip
    start, end = field[ends[:, 0]], field[ends[:, 1]]
    share = (start / (start - end))[:, None]
    grow = lambda values: np.concatenate([values, values[ends[:, 0]] * (1 - share) + values[ends[:, 1]] * share])
    used, renumbered = np.unique(tris, return_inverse=True)
    return grow(points)[used], renumbered.reshape(-1, 3).astype(np.int32), grow(carried)[used], used >= len(points)


def rimmed(
    points: np.ndarray, tris: np.ndarray, weights: np.ndarray, uv: np.ndarray, turn_m: float = 0.0022
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cloth `(points, faces, weights, uv per corner)` with its borders turned in, so that no edge looks like paper."""
    edges, owner = borders(tris)
    rim, inverse = np.unique(edges, return_inverse=True)
    normals = vertex_normals(points, tris)[rim]
    turned = np.concatenate([points, points[rim] - normals * turn_m])
    a, b = edges[:, 0], edges[:, 1]
    inner = inverse.reshape(-1, 2) + len(points)
    quads = np.stack([b, a, inner[:, 0], inner[:, 1]], 1)
    faces = np.concatenate([np.concatenate([tris, np.full((len(tris), 1), -1)], 1), quads]).astype(np.int32)
    corner = lambda v: uv[owner, (tris[owner] == v[:, None]).argmax(1)]
    rim_uv = np.stack([corner(b), corner(a), corner(a), corner(b)], 1)
    uv = np.concatenate([np.concatenate([uv, uv[:, :1]], 1), rim_uv])
    return turned, faces, np.concatenate([weights, weights[rim]]), uv


def borders(tris: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directed edges `(E, 2)` that belong to one triangle only, and the numbers of those triangles."""
    edges = np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])
    low, high = edges.min(1).astype(np.int64), edges.max(1).astype(np.int64)
    _, inverse, counts = np.unique(low * (high.max(initial=0) + 1) + high, return_inverse=True, return_counts=True)
    lone = np.flatnonzero(counts[inverse.ravel()] == 1)
    return edges[lone], lone % len(tris)


def border_loop(tris: np.ndarray, on: np.ndarray) -> np.ndarray | None:
    """The longest closed border through vertices in `on` `(N,)` bool, in order, or None."""
    after = {int(a): int(b) for a, b in borders(tris)[0] if on[a] and on[b]}
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
