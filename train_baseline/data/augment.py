"""Augmentation of a training frame: mirrored, cropped, and its room lit a little otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from core.colour import linear_from_srgb, srgb_from_linear
from train_baseline.config import TrainConfig

_LINEAR_OF_LEVEL = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)


@dataclass(frozen=True, eq=False)
class Augmentation:
    """What is done to one frame. `window`: shares of height and width kept and where in the rest they lie, each
    `[0, 1]`; `levels`: `(256, 3)` uint8, what each level of each channel becomes in the room's light, None for no
    change. The room lights the whole source, but in the target only what lies behind the subject."""

    mirrored: bool
    window: tuple[float, float, float]
    levels: np.ndarray | None

    @classmethod
    def draw(cls, config: TrainConfig, rng: np.random.Generator) -> Augmentation:
        """One frame's changes; always the same number of draws, so that a setting moves no other."""
        mirrored, size, down, across = bool(rng.integers(0, 2)), 1 - config.crop * rng.random(), *rng.random(2)
        stops, red, blue = rng.standard_normal(3)
        gains = 2 ** (config.exposure * stops + config.balance * np.array([red, 0.0, blue]))
        levels = None
        if config.exposure or config.balance:
            levels = np.rint(255 * srgb_from_linear(_LINEAR_OF_LEVEL[:, None] * gains)).astype(np.uint8)
        return cls(mirrored, (size, down, across), levels)

    @classmethod
    def none(cls) -> Augmentation:
        """No change at all."""
        return cls(False, (1.0, 0.0, 0.0), None)

    def crop(self, image: np.ndarray) -> np.ndarray:
        """`(H, W, ...)` -> the window of it, mirrored or not; a view, nothing is resampled."""
        size = self.window[0]
        h, w = (max(1, math.ceil(size * side)) for side in image.shape[:2])
        return self.window_of(image, h, w)

    def window_of(self, image: np.ndarray, h: int, w: int) -> np.ndarray:
        """As `crop`, of a fixed size: `(h, w, ...)`."""
        _, down, across = self.window
        top, left = int(down * (image.shape[0] - h + 1)), int(across * (image.shape[1] - w + 1))
        part = image[top : top + h, left : left + w]
        return part[:, ::-1] if self.mirrored else part

    def light(self, source: np.ndarray) -> np.ndarray:
        """`(..., 3)` uint8 sRGB under stronger or weaker, warmer or colder light: gains on linear light, clipped."""
        if self.levels is None:
            return np.ascontiguousarray(source)
        return cv2.LUT(source.reshape(-1, 1, 3), self.levels[None]).reshape(source.shape)

    def light_outside(self, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """`(..., 3)` uint8 sRGB of the target: what `mask` `(...)` (255: subject) leaves free is lit as the source."""
        if self.levels is None:
            return np.ascontiguousarray(target)
        share = (mask.astype(np.float32) / 255)[..., None]
        return np.rint(share * target + (1 - share) * self.light(target)).astype(np.uint8)
