"""Surfaces as arrays: normals, points scattered on triangles, binding points to triangles, pushing points out of a
body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree


def triangles(faces: np.ndarray) -> np.ndarray:
    """`(F, 4)` faces (fourth -1 for a triangle) -> `(G, 3)` triangles."""
    quads = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]]).astype(np.int32)


def face_normals(points: np.ndarray, tris: np.ndarray) -> np.ndarray:
    """`(G, 3)` normals whose length is twice the area."""
    a, b, c = (points[tris[:, i]] for i in range(3))
    return np.cross(b - a, c - a)


def vertex_normals(points: np.ndarray, tris: np.ndarray) -> np.ndarray:
    """`(V, 3)` unit normals, area weighted; zero where no triangle meets a vertex."""
    flat = face_normals(points, tris)
    out = np.zeros_like(points)
    for i in range(3):
        np.add.at(out, tris[:, i], flat)
    return unit(out)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors over the last axis at length one; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


@dataclass(frozen=True, eq=False)
class Binding:
    """Points on triangles: `corners` `(N, 3)` vertex numbers and `weights` `(N, 3)` adding to one."""

    corners: np.ndarray
    weights: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values per vertex `(..., V, C)` or `(V,)` -> per point."""
        if values.ndim == 1:
            return (values[self.corners] * self.weights).sum(1)
        return np.einsum("...nkc,nk->...nc", values[..., self.corners, :], self.weights)


def scatter(points: np.ndarray, tris: np.ndarray, density: np.ndarray, count: int, rng: np.random.Generator) -> Binding:
    """`count` random points on triangles with probability area times mean `density` `(V,)` of the corners."""
    chance = np.linalg.norm(face_normals(points, tris), axis=1) * density[tris].mean(1)
    chosen = tris[rng.choice(len(tris), count, p=chance / chance.sum())]
    u, v = rng.random((2, count))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    weights = np.stack([1 - u - v, u, v], 1)
    # Within a triangle the density still varies from corner to corner: keep points by their own density.
    return Binding(chosen, weights.astype(np.float32))


def bind(targets: np.ndarray, points: np.ndarray, tris: np.ndarray, near: int = 12) -> Binding:
    """For each target `(N, 3)` the closest point on the surface, looked for among the triangles nearest by centre."""
    centres = points[tris].mean(1)
    _, candidates = cKDTree(centres).query(targets, k=min(near, len(tris)))
    a, b, c = (points[tris[candidates, i]] for i in range(3))
    weights = _closest(targets[:, None], a, b, c)
    found = (np.stack([a, b, c], -2) * weights[..., None]).sum(-2)
    best = np.linalg.norm(found - targets[:, None], axis=-1).argmin(1)
    rows = np.arange(len(targets))
    return Binding(tris[candidates[rows, best]], weights[rows, best].astype(np.float32))


def _closest(p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Barycentric weights of the projection onto the triangle's plane, clipped to the triangle (exact inside)."""
    e0, e1, d = b - a, c - a, p - a
    d00, d01, d11 = (e0 * e0).sum(-1), (e0 * e1).sum(-1), (e1 * e1).sum(-1)
    d20, d21 = (d * e0).sum(-1), (d * e1).sum(-1)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-18)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    weights = np.clip(np.stack([1 - v - w, v, w], -1), 0, None)
    return weights / weights.sum(-1, keepdims=True)


class Solid:
    """A closed body by its vertices and normals, for keeping hair and cloth outside of it."""

    def __init__(self, points: np.ndarray, normals: np.ndarray):
        self.points, self.normals = points, normals
        self._tree = cKDTree(points)

    def height(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance `(N,)` above the nearby tangent planes and their mean normal `(N, 3)`."""
        distance, index = self._tree.query(places, k=4)
        weight = 1 / (distance**2 + 1e-6)
        weight /= weight.sum(1, keepdims=True)
        normal = unit((self.normals[index] * weight[..., None]).sum(1))
        plane = ((places[:, None] - self.points[index]) * self.normals[index]).sum(-1)
        return (plane * weight).sum(1), normal

    def under(self, places: np.ndarray) -> Solid:
        """The same body raised to the height of what is laid on it, points `(N, 3)`: collars, lapels, a hood."""
        _, index = self._tree.query(places, k=24)
        height = ((places[:, None] - self.points[index]) * self.normals[index]).sum(-1)
        lift = np.zeros(len(self.points))
        np.maximum.at(lift, index, np.where(height > 0, height + 0.004, 0).clip(0, 0.05))
        return Solid(self.points + self.normals * lift[:, None], self.normals)

    def push_out(self, places: np.ndarray, clearance: np.ndarray) -> np.ndarray:
        """Places moved along the normal so that they are at least `clearance` `(N,)` above the surface."""
        height, normal = self.height(places)
        return places + normal * np.maximum(clearance - height, 0)[:, None]


def smoothing(tris: np.ndarray, count: int) -> sparse.csr_matrix:
    """The matrix that replaces each vertex by the mean of its neighbours."""
    a = np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])
    links = sparse.coo_matrix((np.ones(len(a)), (a[:, 0], a[:, 1])), (count, count)).tocsr()
    links = ((links + links.T) > 0).astype(np.float64)
    return sparse.diags(1 / np.maximum(np.asarray(links.sum(1)).ravel(), 1)) @ links
