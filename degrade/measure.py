"""Measures on pictures: sub-pixel shift, sharpness as MTF50, noise against level. Arrays in, numbers out."""

from __future__ import annotations

import numpy as np


def drift_px(before: np.ndarray, after: np.ndarray) -> float:
    """The largest displacement in pixels, over the corners, of the affine motion between two `(H, W)` pictures.

    Least squares on the mean of both gradients over the whole picture (after Lucas and Kanade, IJCAI 1981), for motions
    well under a pixel. The pictures need texture everywhere and the same sharpness.
    """
    a, b = np.asarray(before, np.float64), np.asarray(after, np.float64)
    height, width = a.shape
    inner = (slice(8, -8), slice(8, -8))
    dy, dx = ((one + other)[inner] / 2 for one, other in zip(np.gradient(a), np.gradient(b), strict=True))
    y, x = np.mgrid[:height, :width]
    place = [np.ones_like(dx), x[inner] / width - 0.5, y[inner] / height - 0.5]
    columns = [(slope * basis).ravel() for slope in (dx, dy) for basis in place]
    contrast = ((b - b.mean()) * (a - a.mean())).sum() / ((a - a.mean()) ** 2).sum()
    difference = (b - b.mean() - contrast * (a - a.mean()))[inner].ravel()
    motion, *_ = np.linalg.lstsq(np.stack(columns, 1), -difference, rcond=None)
    corners = np.array([[1.0, i, j] for i in (-0.5, 0.5) for j in (-0.5, 0.5)])
    return float(np.hypot(corners @ motion[:3], corners @ motion[3:]).max())


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
