"""Arrays as text that a script of the page unpacks: deflated bytes in base64, numbers of 16 bits as two planes."""

from __future__ import annotations

import base64
import zlib

import numpy as np

KEPT_BITS = 7
"""Of a half float's ten bits of mantissa: 0.4 % at most, a third of a level of 8 bits at white."""
LEAST = 2.0**-16
"""Of a layer's brightest value: less than this counts as none."""


def packed(values: np.ndarray) -> str:
    """uint8 bytes, float32 bytes, or 16-bit values as a plane of high and one of low bytes, which deflate better."""
    flat = np.ascontiguousarray(values).ravel()
    if flat.dtype.itemsize == 2:
        words = flat.view(np.uint16)
        flat = np.concatenate([(words >> 8).astype(np.uint8), (words & 255).astype(np.uint8)])
    return base64.b64encode(zlib.compress(flat.tobytes(), 6)).decode()


def rounded(layers: np.ndarray) -> np.ndarray:
    """Layers `(L, ...)` float16, not negative -> the same with `KEPT_BITS` of mantissa."""
    peaks = layers.max(axis=tuple(range(1, layers.ndim)), keepdims=True).astype(np.float32)
    shown = np.where(layers < peaks * np.float32(LEAST), np.float16(0), layers)
    drop = 10 - KEPT_BITS
    words = shown.view(np.uint16).astype(np.uint32)
    words = np.minimum((words + (1 << (drop - 1))) >> drop << drop, 0x7BFF >> drop << drop)
    return words.astype(np.uint16).view(np.float16)
