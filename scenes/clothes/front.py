"""The front of a cloth as a surface to lay things on; placket and buttons."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from scenes.clothes.piece import Piece, swept
from scenes.mesh.surface import unit, vertex_normals

PLACKET_HALF_M = 0.016  # half its width


class Front:
    """The front of a cloth as a height field seen from -Y, to lay things on."""

    def __init__(self, points: np.ndarray, tris: np.ndarray, weights: np.ndarray):
        normals = vertex_normals(points, tris)
        some = np.flatnonzero((normals[:, 1] < -0.15) & (np.abs(points[:, 0]) < 0.19))
        self.points, self.normals, self.weights = points[some], normals[some], weights[some]
        self._tree = cKDTree(points[some][:, [0, 2]])

    def at(self, x: np.ndarray, z: np.ndarray, lift_m: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points `(..., 3)` that lie `lift_m` above the cloth at `(x, z)`, and bone weights `(..., B)`."""
        places = np.stack(np.broadcast_arrays(x, z), -1)
        distance, near = self._tree.query(places, k=4)
        share = 1 / (distance**2 + 1e-7)
        share = (share / share.sum(-1, keepdims=True))[..., None]
        normal = self.normals[near]
        off = places[..., None, :] - self.points[near][..., [0, 2]]
        depth = self.points[near, 1] - (off * normal[..., [0, 2]]).sum(-1) / np.minimum(normal[..., 1], -0.15)
        points = np.stack([places[..., 0], (depth * share[..., 0]).sum(-1), places[..., 1]], -1)
        normal = unit((normal * share).sum(-2))
        return points + normal * np.asarray(lift_m)[..., None], self.weights[near[..., 0]]

    def strip(self, name: str, x: np.ndarray, z: np.ndarray, lift_m: float, material: str) -> Piece:
        """A grid `(H, W)` of cloth laid on the front, its edges turned down."""
        height = np.full(x.shape, lift_m)
        height[0], height[-1], height[:, 0], height[:, -1] = 0, 0, 0, 0
        points, weights = self.at(x, z, height)
        return swept(name, points, weights, material, closed=False)


def placket(front: Front, top_z: float, low_z: float, material: str = "cloth", step_m: float = 0.085) -> list[Piece]:
    """The strip down a shirt's front from `top_z` to `low_z`, and its buttons, one every `step_m`; metres."""
    z = np.linspace(top_z, low_z, 60)[:, None]
    half = PLACKET_HALF_M
    x = np.array([-half, -half, 0.9 * -half, 0.3 * -half, 0.3 * half, 0.9 * half, half, half])[None]
    pieces = [front.strip("placket", np.repeat(x, 60, 0), np.repeat(z, 8, 1), 0.0022, material)]
    for number, height in enumerate(np.arange(top_z - 0.014, low_z, -step_m)):
        pieces.append(button(front, f"button_{number}", 0.0, height, 0.005))
    return pieces


def button(front: Front, name: str, x: float, z: float, radius: float) -> Piece:
    """A sewn-on button of a `radius` at `(x, z)`, metres."""
    turn = np.linspace(0, 2 * np.pi, 17)
    rows = []
    for share, lift in ((1.0, 0.001), (1.0, 0.004), (0.9, 0.0048), (0.75, 0.0042), (0.02, 0.0042)):
        rows.append(front.at(x + share * radius * np.cos(turn), z + share * radius * np.sin(turn), lift)[0])
    _, weights = front.at(np.full(17, x), np.full(17, z), 0.0)
    return swept(name, np.stack(rows), weights, "button", closed=False)
