"""The best single colour LUT between pixels: the global map of a training set, the oracle of one frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from train_baseline.methods.lut import CELLS, DARK_KNOTS

_VALUES = np.array(DARK_KNOTS) / CELLS
_M = len(DARK_KNOTS)
_NODES = _M**3


def corners(source: np.ndarray) -> scipy.sparse.csr_matrix:
    """`(N, 3)` uint8 sRGB -> `(N, M^3)` weights of trilinear interpolation; `corners(x) @ lut` applies a LUT."""
    table = np.interp(np.arange(256) / 255, _VALUES, np.arange(_M))
    place = table[source]
    cell = np.minimum(place.astype(np.int64), _M - 2)
    part = (place - cell).astype(np.float32)
    columns, weights = [], []
    for corner in range(8):
        bits = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
        weights.append(np.where(bits, part, 1 - part).prod(1))
        columns.append((cell + bits) @ np.array([1, _M, _M * _M]))
    count = len(source)
    rows = np.arange(0, 8 * count + 1, 8)
    data = np.stack(weights, 1).ravel(), np.stack(columns, 1).ravel(), rows
    return scipy.sparse.csr_matrix(data, shape=(count, _NODES))


def fit_map(pairs: Iterable[tuple[np.ndarray, np.ndarray]], smooth: float = 1e-4) -> np.ndarray:
    """Least squares: the LUT `(3, M, M, M)` float32 (on `DARK_KNOTS`) with the smallest squared error in sRGB.

    `pairs` gives `(N, 3)` uint8 source and target pixels, any number of times. `smooth` weighs the squared second
    differences of the departure from the identity against the mean squared error, which decides nodes without pixels
    and hardly moves the others.
    """
    normal = scipy.sparse.csr_matrix((_NODES, _NODES), dtype=np.float64)
    right, count = np.zeros((_NODES, 3)), 0
    for source, target in pairs:
        weights = corners(source)
        normal = normal + (weights.T @ weights).astype(np.float64)
        right += weights.T @ ((target.astype(np.float32) - source) / 255)
        count += len(source)
    system = normal / count + smooth / _NODES * _ROUGHNESS + 1e-9 * scipy.sparse.identity(_NODES)
    precondition = scipy.sparse.diags(1 / system.diagonal())
    solve = lambda b: scipy.sparse.linalg.cg(system, b / count, rtol=1e-5, maxiter=400, M=precondition)[0]
    change = [solve(right[:, channel]) for channel in range(3)]
    blue, green, red = np.meshgrid(_VALUES, _VALUES, _VALUES, indexing="ij")
    plain = np.stack([red, green, blue])
    return (plain + np.stack(change).reshape(3, _M, _M, _M)).astype(np.float32)


def _roughness() -> scipy.sparse.csr_matrix:
    """Sum over the three axes of squared second differences, as a quadratic form over the nodes."""
    second = scipy.sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(_M - 2, _M))
    one, bend = scipy.sparse.identity(_M), second.T @ second
    kron = scipy.sparse.kron
    return (kron(kron(bend, one), one) + kron(kron(one, bend), one) + kron(kron(one, one), bend)).tocsr()


_ROUGHNESS = _roughness()
