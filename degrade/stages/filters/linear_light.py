"""From sRGB levels to linear light and back, by tables."""

from __future__ import annotations

import functools

import numpy as np

from core.colour import linear_from_srgb, quantise, srgb_from_linear


@functools.cache
def _linear_of_level(bits: int) -> np.ndarray:
    top = (1 << bits) - 1
    return linear_from_srgb(np.arange(top + 1, dtype=np.float32) / np.float32(top))


@functools.cache
def _level_of_linear() -> np.ndarray:
    """sRGB level, uint8, of each of 65,536 linear values; the smallest level step is 20 of them wide."""
    return quantise(srgb_from_linear(np.arange(65536, dtype=np.float32) / np.float32(65535)))


def to_linear(picture: np.ndarray) -> np.ndarray:
    """sRGB uint8, or uint16 with 10-bit levels -> linear float32 `[0, 1]`."""
    return _linear_of_level(8 if picture.dtype == np.uint8 else 10)[picture]


def to_srgb8(linear: np.ndarray) -> np.ndarray:
    """Linear float32 -> sRGB uint8, rounded to nearest, clipped."""
    return _level_of_linear()[np.clip(linear * np.float32(65535) + np.float32(0.5), 0, 65535).astype(np.uint16)]
