"""Measures on pictures: sub-pixel shift, sharpness as MTF50, noise against level. Arrays in, numbers out."""

from __future__ import annotations

import numpy as np


def shift_px(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """How far `(H, W)` `after` moved against `before`: (right, down) in pixels, for shifts well under a pixel.

    Least squares on the gradient (Lucas and Kanade, IJCAI 1981), with one of the two gradients taken from `after`, so that a
    symmetric blur or a change of contrast in `after` does not scale the result. The pictures need texture everywhere.
    """
    a, b = np.asarray(before, np.float64), np.asarray(after, np.float64)
    ax, ay = np.gradient(a, axis=1), np.gradient(a, axis=0)
    bx, by = np.gradient(b, axis=1), np.gradient(b, axis=0)
    inner = (slice(8, -8), slice(8, -8))
    a, b, ax, ay, bx, by = (v[inner] - v[inner].mean() for v in (a, b, ax, ay, bx, by))
    contrast = (a * b).sum() / (a * a).sum()
    difference = b - contrast * a
    matrix = np.array([[(ax * bx).sum(), (ax * by).sum()], [(ay * bx).sum(), (ay * by).sum()]])
    right, down = np.linalg.solve(matrix, -np.array([(ax * difference).sum(), (ay * difference).sum()]))
    return float(right), float(down)


def worst_shift_px(before: np.ndarray, after: np.ndarray, tiles: tuple[int, int] = (3, 5)) -> float:
    """The largest shift, in pixels, over `tiles` (rows, columns) of two `(H, W)` pictures: finds drift that grows to a side."""
    worst = 0.0
    for rows in np.array_split(np.arange(before.shape[0]), tiles[0]):
        for columns in np.array_split(np.arange(before.shape[1]), tiles[1]):
            tile = np.ix_(rows, columns)
            worst = max(worst, float(np.hypot(*shift_px(before[tile], after[tile]))))
    return worst


def edge_response(picture: np.ndarray, slope: float) -> tuple[np.ndarray, float]:
    """Edge spread function of a near-vertical edge: x_edge = W / 2 + slope (y - H / 2); quarter-pixel bins.

    `picture` `(H, W)`. Returns the mean value in each bin and the bin's width in pixels across the edge.
    """
    height, width = picture.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    across = (x - (width - 1) / 2 - slope * (y - (height - 1) / 2)) / np.hypot(1.0, slope)
    step, reach = 0.25, min(24, width // 2 - 8)
    place = np.floor((across + reach) / step).astype(int)
    valid = (place >= 0) & (place < int(2 * reach / step))
    total = np.bincount(place[valid], weights=picture[valid].astype(np.float64), minlength=int(2 * reach / step))
    count = np.bincount(place[valid], minlength=int(2 * reach / step))
    return total / np.maximum(count, 1), step


def mtf(picture: np.ndarray, slope: float) -> tuple[np.ndarray, np.ndarray]:
    """(frequency in cycles per pixel, contrast) of a slanted edge as in `edge_response` (method of ISO 12233)."""
    edge, step = edge_response(picture, slope)
    line = np.gradient(edge) * np.hanning(len(edge))
    spectrum = np.abs(np.fft.rfft(line))
    frequency = np.fft.rfftfreq(len(line), step)
    # Dividing by the responses of bin and gradient leaves the picture's own contrast.
    own = np.sinc(frequency * step) * np.sinc(2 * frequency * step)
    usable = frequency <= 0.75
    return frequency[usable], (spectrum / spectrum[0] / np.maximum(own, 1e-3))[usable]


def mtf50(picture: np.ndarray, slope: float) -> float:
    """The frequency in cycles per pixel where the contrast of a slanted edge first falls to one half; 0.75 when it does not."""
    frequency, contrast = mtf(picture, slope)
    below = np.flatnonzero(contrast < 0.5)
    if len(below) == 0:
        return float(frequency[-1])
    i = below[0]
    return float(np.interp(0.5, [contrast[i], contrast[i - 1]], [frequency[i], frequency[i - 1]]))
