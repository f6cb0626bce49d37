"""Noise on 8-bit levels, exact and fast: the distribution of every output level given the input level, as one table.

A table row holds the 2^14 equally likely outputs of one input level, rounded and clipped; a pixel costs one raw word of
a counter-based stream and one look-up. Total variation from the exact distribution is at most half a step per level
reached.
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
_LUMA_BGR = np.array([[0.114, 0.587, 0.299]], np.float32)


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


def offsets(noise: Noise) -> np.ndarray:
    """`(256, 2^14)` int16: what the noise adds to each level, unclipped. Row x of Gaussian noise is the same for every
    x.

    Gaussian: rint(sigma z). Poisson (Real-ESRGAN): rint(scale (Poisson(x V) / V - x)) in levels, V = 256 for every
    frame, so that the variance, scale^2 x / V, does not jump with the number of levels that a frame happens to hold.
    """
    if noise.kind == "gaussian":
        row = np.rint(normal_quantiles() * np.float32(noise.strength)).astype(np.int16)
        return np.broadcast_to(row, (256, STEPS))
    table = np.empty((256, STEPS), np.int16)
    for level, counts in enumerate(_poisson_counts()):
        values = np.rint(noise.strength * (np.arange(len(counts)) * (255 / POISSON_LEVELS) - level))
        table[level] = np.repeat(values.astype(np.int16), counts)
    return table


def level_table(noise: Noise) -> np.ndarray:
    """`(256, 2^14)` uint8: the noisy level itself, `offsets` added and clipped to `[0, 255]`."""
    levels = np.arange(256, dtype=np.int16)[:, None]
    return np.clip(levels + offsets(noise), 0, 255).astype(np.uint8)


def words(seed: int, key: str, stage: str, frame: int, count: int) -> np.ndarray:
    """`count` uniform 14-bit words, int16, of the stream (seed, key, stage, frame): raw Philox, the same in every
    version.
    """
    raw = np.random.Philox(key=philox_key(seed, key, stage, frame)).random_raw((count + 3) // 4)
    return (raw & _MASK).view(np.int16)[:count]


def look_up(table: np.ndarray, levels: np.ndarray, random: np.ndarray) -> np.ndarray:
    """`table[levels, random]` elementwise: levels `(H, W)` or `(H, W, 3)` uint8, random of the same count; the table's
    dtype.
    """
    rows = levels.reshape(levels.shape[0], -1)
    places = cv2.merge([random.reshape(rows.shape), rows.astype(np.int16)])
    return cv2.remap(table, places, None, cv2.INTER_NEAREST).reshape(levels.shape)


class NoiseStage:
    """A clip's noise, its table made once. `stage` names the stream."""

    def __init__(self, noise: Noise, seed: int, key: str, stage: str):
        self.noise, self.identity = noise, (seed, key, stage)
        self.table = offsets(noise).astype(np.int16) if noise.grey else level_table(noise)

    def apply(self, picture: np.ndarray, frame: int) -> np.ndarray:
        """`(H, W, 3)` uint8 BGR -> the same with noise, fresh for every frame. Grey noise is one draw for the three
        channels.
        """
        if not self.noise.grey:
            return look_up(self.table, picture, words(*self.identity, frame, picture.size))
        luma = cv2.transform(picture, _LUMA_BGR)
        grain = look_up(self.table, luma, words(*self.identity, frame, luma.size))
        return cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
