"""How far a head reaches in each direction, and folds over a net of such directions: what is worn on it begins here."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

COLUMNS = 56
"""Columns of a net around a head or neck."""


def around(count: int = COLUMNS) -> np.ndarray:
    """`(count,)` radians of its columns."""
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def reach(directions: np.ndarray, points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """How far `points` reach from `centre` in each of the unit `directions` `(..., 3)`, metres."""
    ray = points - centre
    far = np.linalg.norm(ray, axis=1)
    _, index = cKDTree(ray / far[:, None]).query(directions.reshape(-1, 3), k=8)
    return far[index].max(1).reshape(directions.shape[:-1])


def folded(shape: tuple[int, ...], fold_m: float, rng: np.random.Generator, along: float = 1.2) -> np.ndarray:
    """Uneven folds as a height over the net `(R, C)`, metres, `fold_m` their standard deviation; `along`: their size in
    rows, twice as much in columns."""
    noise = gaussian_filter(rng.normal(0, 1, shape), (along, max(2.2, 2 * along)), mode=("nearest", "wrap"))
    return fold_m * noise / max(float(noise.std()), 1e-9)


def smoothed(values: np.ndarray, along: float, around: float) -> np.ndarray:
    """A net's values `(R, C)` with the unevenness of the points that it lies on taken out."""
    return gaussian_filter(values, (along, around), mode=("nearest", "wrap"))
