"""Measures on pictures: sub-pixel shift, sharpness as MTF50, noise against level. Arrays in, numbers out."""

from __future__ import annotations

import numpy as np


def centroids(picture: np.ndarray, middles: np.ndarray, reach: int, ground: float) -> np.ndarray:
    """Centres of mass `(N, 2)`, x and y in pixels, of what stands out of `ground` within `reach` pixels of `middles`.

    `picture` `(H, W)`; `middles` `(N, 2)`. A blur that is the same on all sides leaves them where they are, so that
    softness does not pass for motion.
    """
    found = []
    for x, y in np.rint(middles).astype(int):
        part = picture[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(np.float64) - ground
        across, down = np.arange(-reach, reach + 1), np.arange(-reach, reach + 1)
        found.append((x + (part.sum(0) * across).sum() / part.sum(), y + (part.sum(1) * down).sum() / part.sum()))
    return np.array(found)


def drift_px(before: np.ndarray, after: np.ndarray, width: int, height: int) -> float:
    """The largest displacement in pixels, over a frame's corners, of the affine motion between two sets of points
    `(N, 2)`, by least squares."""
    basis = np.c_[np.ones(len(before)), before / (width, height) - 0.5]
    motion, *_ = np.linalg.lstsq(basis, after - before, rcond=None)
    corners = np.array([[1.0, i, j] for i in (-0.5, 0.5) for j in (-0.5, 0.5)])
    return float(np.hypot(*(corners @ motion).T).max())


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
    """The frequency, cycles per pixel, where the contrast of a slanted edge first falls to one half; else 0.75."""
    frequency, contrast = mtf(picture, slope)
    below = np.flatnonzero(contrast < 0.5)
    if len(below) == 0:
        return float(frequency[-1])
    i = below[0]
    return float(np.interp(0.5, [contrast[i], contrast[i - 1]], [frequency[i], frequency[i - 1]]))
