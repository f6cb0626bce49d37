"""A stand-in for AutoAdjust, the challenge's baseline: one global colour mapping, renewed now and then and eased in.

The original is a closed program; what is public is what it does: one mapping of input to output colours for the whole
frame, updated now and then. This is our own, from plain parts: a white balance, a stretch between dark and bright, a
gamma that brings the person to a middle level. Nothing is learned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.colour import REC709_LUMA, linear_from_srgb, srgb_from_linear
from core.errors import InputError
from score.fidelity.measures import inside_of

_LEVELS = np.linspace(0, 1, 256, dtype=np.float32)
THUMBNAIL = 96
BLUR = 12.0
"""Levels (standard deviation) over which it is smoothed whose a level is."""


@dataclass(frozen=True)
class Settings:
    """How AutoAdjust behaves.

    `person_level`: sRGB luma [0, 1] to which the person's median is drawn; `strength`: how much of the way (in the
    exponent of a gamma held within `gamma`). `person_weight`: share of the estimate that the person has; levels that
    only the rest of the frame has stay as they are, and no slope falls below `slope`. `balance`: how much of the
    colour cast is taken out (0-1), channel gains held within `1 / max_gain` to `max_gain`.
    `update_s`: seconds between estimates; `ease_s`: time constant with which the mapping in use follows; `tolerance`:
    estimates that change the mapping by less than this many levels on average are let be.
    """

    person_level: float = 0.5
    strength: float = 0.8
    gamma: tuple[float, float] = (0.45, 1.25)
    person_weight: float = 0.8
    slope: float = 0.4
    balance: float = 0.6
    max_gain: float = 1.25
    update_s: float = 1.0
    ease_s: float = 0.6
    tolerance: float = 1.0

    def __post_init__(self) -> None:
        for name in ("person_level", "strength", "person_weight", "slope", "balance"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"autoadjust: {name}: {getattr(self, name)} is not above 0 and at most 1")
        for name in ("update_s", "ease_s"):
            if not getattr(self, name) > 0:
                raise InputError(f"autoadjust: {name}: {getattr(self, name)} s is not above 0")


class AutoAdjust:
    """Frames in, adjusted frames out, in order: `adjust = AutoAdjust(fps); out = adjust(frame)`.

    `frame`: `(H, W, 3)` uint8 sRGB; `mask` (optional): `(H, W)` bool or uint8, the person. Without a mask the person
    is taken to be near the middle. The mapping never depends on frames to come, so it fits a live call.
    """

    def __init__(self, fps: float, settings: Settings | None = None):
        if not (math.isfinite(fps) and fps > 0):
            raise InputError(f"autoadjust: {fps} frames per second is not above 0")
        self.settings = settings or Settings()
        self.every = max(1, round(self.settings.update_s * fps))
        self.follow = 1 - math.exp(-1 / (self.settings.ease_s * fps))
        self.frames = 0
        self.goal: np.ndarray | None = None
        self.curves: np.ndarray | None = None

    def __call__(self, frame: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise InputError(f"autoadjust: expected uint8 (height, width, 3), got {frame.dtype} {frame.shape}")
        if self.frames % self.every == 0:
            found = estimate_curves(frame, mask, self.settings)
            if self.goal is None or np.abs(found - self.goal).mean() >= self.settings.tolerance:
                self.goal = found
        assert self.goal is not None  # the first frame sets it
        curves = self.goal if self.curves is None else self.curves + self.follow * (self.goal - self.curves)
        self.curves = curves
        self.frames += 1
        return cv2.LUT(frame, np.rint(curves).astype(np.uint8)[None])


def estimate_curves(frame: np.ndarray, mask: np.ndarray | None = None, settings: Settings | None = None) -> np.ndarray:
    """The mapping for one frame: `(256, 3)` float32 output levels [0, 255] by input level and channel; never falls."""
    settings = settings or Settings()
    height, width = frame.shape[:2]
    size = (min(THUMBNAIL, width), max(1, round(height * min(THUMBNAIL, width) / width)))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    weight = _weight(size, mask, settings.person_weight)
    gains = _balance(small, settings)
    balanced = srgb_from_linear(linear_from_srgb(small) * gains)
    luma = balanced @ REC709_LUMA
    low, high = _stretch(luma)
    person = _quantile(np.clip((luma - low) / (high - low), 0, 1), weight, 0.5)
    exponent = math.log(settings.person_level) / math.log(min(max(person, 1e-3), 0.999))
    gamma = min(max(exponent**settings.strength, settings.gamma[0]), settings.gamma[1])
    channels = srgb_from_linear(linear_from_srgb(_LEVELS)[:, None] * gains)
    lifted = np.clip((channels - low) / (high - low), 0, 1) ** gamma
    curves = channels + _belonging(small @ REC709_LUMA, weight, settings.person_weight)[:, None] * (lifted - channels)
    least = settings.slope * _LEVELS[:, None]
    curves = np.maximum.accumulate(curves - least, axis=0) + least
    return 255 * np.clip(curves, 0, 1).astype(np.float32)


def _weight(size: tuple[int, int], mask: np.ndarray | None, share: float) -> np.ndarray:
    """Weights `(h, w)`, sum 1: the person has `share` of them, the rest is spread evenly."""
    width, height = size
    person: np.ndarray = np.zeros((height, width), np.float32)
    if mask is not None:
        person = cv2.resize(inside_of(mask).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    if not person.any():
        y, x = np.mgrid[:height, :width]
        across, down = (x + 0.5) / width - 0.5, (y + 0.5) / height - 0.55
        person = np.exp(-((across / 0.22) ** 2 + (down / 0.35) ** 2) / 2).astype(np.float32)
    return share * person / person.sum() + (1 - share) / person.size


def _belonging(luma: np.ndarray, weight: np.ndarray, share: float) -> np.ndarray:
    """How far each level is the person's, `(256,)` [0, 1], blurred over neighbouring levels."""
    person = weight.reshape(-1) - (1 - share) / weight.size
    level = np.rint(255 * luma).astype(int).clip(0, 255).reshape(-1)
    own, every = (np.bincount(level, values, 256) for values in (person, weight.reshape(-1)))
    own, every = (gaussian_filter1d(values, BLUR, mode="constant") for values in (own, every))
    return gaussian_filter1d(own / np.maximum(every, 1e-6), BLUR, mode="nearest")


def _balance(small: np.ndarray, settings: Settings) -> np.ndarray:
    """Gains `(3,)` on linear light, green 1, from the shades of grey (Finlayson and Trezzi 2004, Minkowski norm 6)."""
    linear = linear_from_srgb(small).reshape(-1, 3).astype(np.float64)
    cast = np.maximum((linear**6).mean(axis=0) ** (1 / 6), 1e-4)
    gains = (cast[1] / cast) ** settings.balance
    return np.clip(gains, 1 / settings.max_gain, settings.max_gain).astype(np.float32)


def _stretch(luma: np.ndarray) -> tuple[float, float]:
    """Levels that become black and white: half the way to the darkest and the brightest, within limits."""
    low, high = np.quantile(luma, (0.005, 0.995))
    return min(float(low), 0.1) / 2, (1 + max(float(high), 0.5)) / 2


def _quantile(values: np.ndarray, weight: np.ndarray, share: float) -> float:
    order = np.argsort(values, axis=None)
    below = np.cumsum(weight.reshape(-1)[order])
    return float(values.reshape(-1)[order][np.searchsorted(below, share * below[-1])])
