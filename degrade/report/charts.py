"""Test charts of 480x272: grey bars, a slanted edge, soft dots, texture."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from core.rng import rng_for
from degrade.report.measure import centroids

WIDTH, HEIGHT = 480, 272
LEVELS = (8, 32, 64, 96, 128, 160, 192, 224, 248)
SLOPE = 0.087
DOTS_PX, DOT_SIGMA, DOT_REACH, DOT_GROUND = 52, 6.0, 24, 30


def grey_chart() -> np.ndarray:
    """`(H, W, 3)` uint8: vertical bars of `LEVELS`."""
    bars = np.repeat(np.array(LEVELS, np.uint8), -(-WIDTH // len(LEVELS)))[:WIDTH]
    return np.repeat(np.tile(bars, (HEIGHT, 1))[..., None], 3, -1)


def edge_chart() -> np.ndarray:
    """`(H, W, 3)` uint8: a slanted edge from 60 to 190 through the middle, each pixel the mean over its area."""
    fine = 8
    y, x = np.mgrid[: HEIGHT * fine, : WIDTH * fine].astype(np.float32)
    y, x = (y + 0.5) / fine - 0.5, (x + 0.5) / fine - 0.5
    bright = (x - (WIDTH - 1) / 2 - SLOPE * (y - (HEIGHT - 1) / 2)) > 0
    cover = bright.reshape(HEIGHT, fine, WIDTH, fine).mean((1, 3))
    return np.repeat(np.rint(60 + 130 * cover).astype(np.uint8)[..., None], 3, -1)


def dots_chart(number: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """`(H, W, 3)` uint8: soft dots on grey, too smooth to fold over when sampled far down, their grid elsewhere in each
    chart; and the middles `(N, 2)` of those that are not cut by the border.
    """
    grids = []
    # Multiples of the roots of x^3 = x + 1 spread evenly over a square, however many there are.
    for side, step in ((WIDTH, 0.7548776662466927), (HEIGHT, 0.5698402909980532)):
        grids.append((np.arange(-1, side // DOTS_PX + 2) + (0.5 + number * step) % 1) * DOTS_PX)
    profile = lambda side, at: np.exp(-((np.arange(side)[:, None] - at) ** 2) / (2 * DOT_SIGMA**2)).sum(1)
    picture = DOT_GROUND + 190 * profile(HEIGHT, grids[1])[:, None] * profile(WIDTH, grids[0])
    whole = lambda at, side: at[(at >= DOT_REACH + 1) & (at <= side - DOT_REACH - 2)]
    middles = np.stack(np.meshgrid(whole(grids[0], WIDTH), whole(grids[1], HEIGHT)), -1).reshape(-1, 2)
    return np.repeat(np.rint(picture).astype(np.uint8)[..., None], 3, -1), middles


def dot_places(charts: Iterable[np.ndarray], middles: Iterable[np.ndarray]) -> np.ndarray:
    """Where the dots of charts are, `(N, 2)` pixels, all charts together."""
    pairs = zip(charts, middles, strict=True)
    return np.concatenate([centroids(green(chart), about, DOT_REACH, DOT_GROUND) for chart, about in pairs])


def texture_chart(seed: int, sigmas: tuple[float, ...] = (1.5, 4.0, 12.0)) -> np.ndarray:
    """`(H, W, 3)` uint8: noise smoothed by `sigmas` pixels, texture everywhere and hardly any clipping."""
    rng = rng_for(seed, "chart", "degrade.report.texture")
    total = np.zeros((HEIGHT, WIDTH), np.float32)
    for sigma in sigmas:
        layer = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), sigma)
        total += layer / layer.std()
    return np.repeat(np.clip(128 + 24 * total, 30, 225).astype(np.uint8)[..., None], 3, -1)


def patch(index: int) -> tuple[slice, slice]:
    """Rows and columns of the inside of bar `index` of the grey chart."""
    wide = -(-WIDTH // len(LEVELS))
    return slice(HEIGHT // 4, 3 * HEIGHT // 4), slice(index * wide + wide // 4, index * wide + 3 * wide // 4)


def green(picture: np.ndarray) -> np.ndarray:
    """`(H, W)` float64: the green channel."""
    return picture[..., 1].astype(np.float64)
