"""Noise on 8-bit levels, exact and fast: the distribution of every output level given the input level, as one table.

A table row holds the equally likely changes of one input level; a pixel costs one raw word of a counter-based stream
and one look-up. The cumulative distribution is within half a step of the exact one everywhere: 2^-15 for normal noise,
whose one row has 2^14 steps, and 2^-13 for Poisson noise, whose 256 rows of 2^12 steps must fit into a processor's
cache.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy.special import ndtri, pdtr

from core.rng import philox_key

NORMAL_BITS, POISSON_BITS = 14, 12
POISSON_LEVELS = 256
PIECE = 1 << 16
"""Pixels that are worked on at once where more passes than one are made over them: they stay in the cache."""


@functools.cache
def normal_quantiles() -> np.ndarray:
    """`(2^14,)` float32: quantiles of the standard normal at the middles of equally likely steps, scaled to
    variance 1.
    """
    steps = 1 << NORMAL_BITS
    z = ndtri((np.arange(steps) + 0.5) / steps)
    return (z / z.std()).astype(np.float32)


@functools.cache
def _poisson_counts() -> tuple[np.ndarray, ...]:
    """Per level x of 256, how many of the 2^12 steps fall on each count 0, 1, 2, ... of Poisson(256 x / 255)."""
    rows, steps = [], 1 << POISSON_BITS
    for level in range(256):
        mean = level * POISSON_LEVELS / 255
        top = int(mean + 8 * np.sqrt(mean) + 8)
        ends = np.floor(pdtr(np.arange(top), mean) * steps + 0.5).astype(np.int64)
        ends[-1] = steps
        rows.append(np.diff(ends, prepend=0))
    return tuple(rows)


def gaussian_offsets(sigma: float) -> np.ndarray:
    """`(1, 2^14)` int16: rint(sigma z), the same for every level; sigma in levels. Its variance is sigma^2 + 1 / 12."""
    return np.rint(normal_quantiles() * np.float32(sigma)).astype(np.int16)[None]


def poisson_offsets(scale: float) -> np.ndarray:
    """`(256, 2^12)` int16: rint(scale (Poisson(x V) / V - x)) in levels for each level 255 x (Real-ESRGAN), unclipped.

    V = 256 for every frame, so that the variance, scale^2 x / V, does not jump with the number of levels that a frame
    happens to hold.
    """
    table = np.empty((256, 1 << POISSON_BITS), np.int16)
    for level, counts in enumerate(_poisson_counts()):
        values = np.rint(scale * (np.arange(len(counts)) * (255 / POISSON_LEVELS) - level))
        table[level] = np.repeat(values.astype(np.int16), counts)
    return table


def words(seed: int, key: str, stage: str, frame: int, count: int, bits: int) -> np.ndarray:
    """`count` uniform words of `bits` bits, int16, of the stream (seed, key, stage, frame): raw Philox, same always."""
    raw = np.random.Philox(key=philox_key(seed, key, stage, frame)).random_raw((count + 3) // 4)
    raw &= np.uint64(0x0001_0001_0001_0001 * ((1 << bits) - 1))
    return raw.view(np.int16)[:count]


def look_up(table: np.ndarray, random: np.ndarray, levels: np.ndarray | None) -> np.ndarray:
    """`table[levels, random]` elementwise, flat; row 0 without levels. In pieces whose indices stay in the cache."""
    flat, found = table.reshape(-1), np.empty(random.size, table.dtype)
    index, rows = np.empty((2, min(PIECE, random.size)), np.intp)
    for start in range(0, random.size, PIECE):
        piece = slice(start, min(start + PIECE, random.size))
        here = index[: piece.stop - start]
        here[:] = random[piece]
        if levels is not None:
            there = rows[: len(here)]
            there[:] = levels[piece]
            there *= table.shape[1]
            here += there
        # "clip" only to spare the check: every index is in the table.
        np.take(flat, here, out=found[piece], mode="clip")
    return found
