"""Noise on 8-bit levels, exact and fast: the distribution of every output level given the input level, as one table.

A table row holds the 2^14 equally likely changes of one input level; a pixel costs one raw word of a counter-based
stream and one look-up. The cumulative distribution is within half a step, 2^-15, of the exact one everywhere.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
from scipy.special import ndtri, pdtr

from degrade.record import Noise
from pairs.rng import philox_key

BITS = 14
STEPS = 1 << BITS
POISSON_LEVELS = 256
_MASK = np.uint64(0x3FFF3FFF3FFF3FFF)


@functools.cache
def normal_quantiles() -> np.ndarray:
    """`(2^14,)` float32: quantiles of the standard normal at the middles of equally likely steps, scaled to
    variance 1.
    """
    z = ndtri((np.arange(STEPS) + 0.5) / STEPS)
    return (z / z.std()).astype(np.float32)


@functools.cache
def _poisson_counts() -> tuple[np.ndarray, ...]:
    """Per level x of 256, how many of the 2^14 steps fall on each count 0, 1, 2, ... of Poisson(256 x / 255)."""
    rows = []
    for level in range(256):
        mean = level * POISSON_LEVELS / 255
        top = int(mean + 8 * np.sqrt(mean) + 8)
        ends = np.floor(pdtr(np.arange(top), mean) * STEPS + 0.5).astype(np.int64)
        ends[-1] = STEPS
        rows.append(np.diff(ends, prepend=0))
    return tuple(rows)


def gaussian_offsets(sigma: float) -> np.ndarray:
    """`(1, 2^14)` int16: rint(sigma z), the same for every level; sigma in levels. Its variance is sigma^2 + 1 / 12."""
    return np.rint(normal_quantiles() * np.float32(sigma)).astype(np.int16)[None]


def poisson_offsets(scale: float) -> np.ndarray:
    """`(256, 2^14)` int16: rint(scale (Poisson(x V) / V - x)) in levels for each level 255 x (Real-ESRGAN), unclipped.

    V = 256 for every frame, so that the variance, scale^2 x / V, does not jump with the number of levels that a frame
    happens to hold.
    """
    table = np.empty((256, STEPS), np.int16)
    for level, counts in enumerate(_poisson_counts()):
        values = np.rint(scale * (np.arange(len(counts)) * (255 / POISSON_LEVELS) - level))
        table[level] = np.repeat(values.astype(np.int16), counts)
    return table


def words(seed: int, key: str, stage: str, frame: int, count: int) -> np.ndarray:
    """`count` uniform 14-bit words, int16, of the stream (seed, key, stage, frame): raw Philox, always alike."""
    raw = np.random.Philox(key=philox_key(seed, key, stage, frame)).random_raw((count + 3) // 4)
    return (raw & _MASK).view(np.int16)[:count]


def look_up(table: np.ndarray, random: np.ndarray, levels: np.ndarray | None, width: int) -> np.ndarray:
    """`table[levels, random]` elementwise, row 0 without levels; `width` numbers a row (OpenCV wants a picture)."""
    columns = random.reshape(-1, width)
    rows = np.zeros_like(columns) if levels is None else levels.reshape(-1, width).astype(np.int16)
    return cv2.remap(table, cv2.merge([columns, rows]), None, cv2.INTER_NEAREST)


class NoiseStage:
    """A clip's noise, its table made once. `stage` names the stream."""

    def __init__(self, noise: Noise, seed: int, key: str, stage: str):
        self.noise, self.identity = noise, (seed, key, stage)
        if noise.kind == "gaussian":
            self.table = gaussian_offsets(noise.strength)
        else:
            self.table = poisson_offsets(noise.strength)
            if not noise.grey:
                levels = np.arange(256, dtype=np.int16)[:, None]
                self.table = np.clip(levels + self.table, 0, 255).astype(np.uint8)

    def apply(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """`(H, W, 3)` uint8 BGR -> the same with noise, fresh for every frame; grey: one draw for all channels."""
        height, width = picture.shape[:2]
        if self.noise.grey:
            luma = None if self.noise.kind == "gaussian" else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            grain = look_up(self.table, words(*self.identity, frame, height * width), luma, width)
            return cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
        random = words(*self.identity, frame, picture.size)
        if self.noise.kind == "poisson":
            return look_up(self.table, random, picture, width * 3).reshape(picture.shape)
        grain = look_up(self.table, random, None, width * 3)
        return cv2.add(picture, grain.reshape(picture.shape), dtype=cv2.CV_8U)
