"""How cloth hangs: a net of springs lowered onto a body until it rests (Liu, Bargteil, O'Brien and Kavan 2013).

Each step minimises `|x - y|^2 + sum w (|x_a - x_b| - length)^2` by turns: the springs' directions, then all points at
once in one sparse system that never changes, so that it is factored once.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

_STEP_S = 1 / 20
_DROP_M = 9.81 * _STEP_S**2
_STRETCH, _SHEAR, PINNED = 900.0, 225.0, 3e4


@dataclass(frozen=True, eq=False)
class Floor:
    """What cloth may not enter: `points` and `normals` `(N, 3)`, and the `limb` `(N, L)` in [0, 1] each is of.

    Cloth of a limb meets that limb only: a sleeve does not climb onto the chest beside it.
    """

    points: np.ndarray
    normals: np.ndarray
    limb: np.ndarray

    @functools.cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(np.concatenate([self.points, 0.2 * self.limb], 1))

    def near(self, points: np.ndarray, limb: np.ndarray, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
        """The tangent planes at the nearest places, weighed by nearness: normal `(M, 3)` and how far along it the plane
        lies `(M,)`."""
        distance, index = self._tree.query(np.concatenate([points, 0.2 * limb], 1), k=count)
        weight = 1 / (distance**2 + 1e-6)
        weight /= weight.sum(1, keepdims=True)
        weighed = self.normals[index] * weight[..., None]
        return weighed.sum(1), (self.points[index] * weighed).sum((1, 2))

    def lift(
        self, points: np.ndarray, found: tuple[np.ndarray, np.ndarray], clearance_m: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points `(M, 3)` raised to `clearance_m` above the planes found, and `(M,)` where that was needed."""
        normal, along = found
        short = np.maximum(clearance_m + along - _dots(points, normal), 0)
        return points + normal * short[:, None], short > 0


def drape(
    points: np.ndarray,
    cut: np.ndarray,
    quads: np.ndarray,
    held: np.ndarray,
    limb: np.ndarray,
    floor: Floor,
    clearance_m: float,
    bending: float,
    steps: int = 44,
    rounds: int = 4,
) -> np.ndarray:
    """Where cloth of shape `cut` `(N, 3)` comes to rest when it starts at `points`.

    `held`: `(N,)` how strongly each point is kept where it starts, as a multiple of its mass; `PINNED` for good.
    `bending`: stiffness against folds, as a share of that against stretch. `clearance_m`: above the floor.
    """
    a, b, weight = _springs(quads, bending)
    length = np.linalg.norm(cut[a] - cut[b], axis=1)
    count, rows = len(points), np.arange(len(a))
    ones = np.ones(len(a))
    spread = sparse.csr_matrix(
        (np.concatenate([ones, -ones]), (np.tile(rows, 2), np.concatenate([a, b]))), (len(a), count)
    )
    pull = (spread.T @ sparse.diags(weight)).tocsr()
    solve = splu(
        (pull @ spread + sparse.diags(1.0 + held)).tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
    ).solve
    home, now, before = points, points, points
    for step in range(steps):
        if step % 2 == 0:
            found = floor.near(now, limb)
        aim = now + 0.85 * (now - before)
        aim[:, 2] -= _DROP_M
        before = now
        for _ in range(rounds):
            along = np.take(now, a, axis=0) - np.take(now, b, axis=0)
            along *= (length / np.maximum(np.sqrt(_dots(along, along)), 1e-9))[:, None]
            now = solve(pull @ along + aim + held[:, None] * home)
            now, touching = floor.lift(now, found, clearance_m)
        # Cloth that lies on the body sticks to it.
        before = np.where(touching[:, None], 0.2 * before + 0.8 * now, before)
    return now


def _dots(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Row by row, `(N, 3)` twice -> `(N,)`; a product of matrices would wake threads for it."""
    return one[:, 0] * other[:, 0] + one[:, 1] * other[:, 1] + one[:, 2] * other[:, 2]


def _springs(quads: np.ndarray, bending: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends and stiffness: along the edges, across the quads, and past each vertex to the one after the next."""
    edges = np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2)
    beyond = np.stack([np.roll(quads, 1, 1), np.roll(quads, -2, 1)], -1).reshape(-1, 2)
    flip = edges[:, 0] > edges[:, 1]
    key, far = np.where(flip[:, None], edges[:, ::-1], edges), np.where(flip[:, None], beyond[:, ::-1], beyond)
    unique, inverse, shared = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    first = np.concatenate([[0], np.cumsum(shared)[:-1]])[shared == 2]
    one, two = far[order[first]], far[order[first + 1]]
    past = np.unique(np.sort(np.concatenate([np.stack([one[:, k], two[:, k]], 1) for k in (0, 1)]), 1), axis=0)
    cross = np.concatenate([quads[:, [0, 2]], quads[:, [1, 3]]])
    weight = [np.full(len(unique), _STRETCH), np.full(len(cross), _SHEAR), np.full(len(past), _STRETCH * bending)]
    every = np.concatenate([unique, cross, past])
    return every[:, 0], every[:, 1], np.concatenate(weight)
