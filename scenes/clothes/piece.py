"""The pieces a garment is sewn of: meshes in the seated rest with bone weights, and how one is swept from rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh of a garment in the seated rest: `points` `(N, 3)` metres, `faces` `(F, 4)`, bone `weights` `(N, B)`,
    `uv` `(F, 4, 2)` per corner in metres of cloth, and the name of its material; `under`: it lies under the garment."""

    name: str
    points: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    uv: np.ndarray
    material: str = "cloth"
    under: bool = False


def swept(name: str, grid: np.ndarray, weights: np.ndarray, material: str, closed: bool = True) -> Piece:
    """Rows `(H, R, 3)` as a mesh, along `closed` or open columns; bone `weights` `(R, B)` or `(H, R, B)`."""
    rows, count = grid.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(count if closed else count - 1), indexing="ij")
    k = (j + 1) % count
    faces = np.stack([i * count + j, i * count + k, (i + 1) * count + k, (i + 1) * count + j], -1).reshape(-1, 4)
    step = np.linalg.norm(np.diff(grid[rows // 2], axis=0, append=grid[rows // 2, :1]), axis=1).cumsum()
    along = np.concatenate([[0], step])
    across = np.concatenate([[0], np.linalg.norm(np.diff(grid.mean(1), axis=0), axis=1).cumsum()])
    places = [(along[j + dj], across[i + di]) for dj, di in ((0, 0), (1, 0), (1, 1), (0, 1))]
    uv = np.stack([np.stack(place, -1) for place in places], -2).reshape(-1, 4, 2)
    every = np.tile(weights, (rows, 1)) if weights.ndim == 2 else weights.reshape(-1, weights.shape[-1])
    return Piece(name, grid.reshape(-1, 3), faces.astype(np.int32), every, uv, material)
