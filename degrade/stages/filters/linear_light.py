"""From sRGB levels to linear light and back, by tables."""

from __future__ import annotations

import functools

import cv2
import numpy as np

from core.colour import levels_from_linear, linear_from_srgb
from degrade.stages.filters.noise_tables import PIECE, look_up


@functools.cache
def _linear_of_level(bits: int) -> np.ndarray:
    top = (1 << bits) - 1
    return linear_from_srgb(np.arange(top + 1, dtype=np.float32) / np.float32(top))


@functools.cache
def _level_of_linear() -> np.ndarray:
    """sRGB level, uint8, of each of 65,536 linear values; the smallest level step is 20 of them wide."""
    return levels_from_linear(np.arange(65536, dtype=np.float32) / np.float32(65535))


def to_linear(picture: np.ndarray) -> np.ndarray:
    """sRGB uint8, or uint16 with 10-bit levels -> linear float32 `[0, 1]`."""
    if picture.dtype == np.uint8:
        return np.asarray(cv2.LUT(picture, _linear_of_level(8)))
    return look_up(_linear_of_level(10), picture.reshape(-1), None).reshape(picture.shape)


def to_srgb8(linear: np.ndarray) -> np.ndarray:
    """Linear float32 -> sRGB uint8, rounded to nearest, clipped."""
    flat, table = linear.reshape(-1), _level_of_linear()
    found = np.empty(flat.size, np.uint8)
    index = np.empty(min(PIECE, flat.size), np.intp)
    scaled = np.empty(index.shape, np.float32)
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE]
        here, there = scaled[: piece.size], index[: piece.size]
        np.multiply(piece, np.float32(65535), out=here)
        here += np.float32(0.5)
        there[:] = here
        # "clip" also does what is beyond black and white.
        np.take(table, there, out=found[start : start + piece.size], mode="clip")
    return found.reshape(linear.shape)
