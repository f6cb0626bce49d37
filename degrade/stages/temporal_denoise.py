"""Temporal noise reduction of a webcam: earlier frames leak in, so that what moves faintly smears."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage

_FORGOTTEN = 0.03
_LONGEST = 6


class TemporalDenoiseConfig(Stage):
    """The smear of a camera's temporal noise reduction: earlier frames leak in where the difference is small."""

    strength: Annotated[Range, within(0.0, 0.95)] = Field((0.2, 0.7), description="weight of the frame before")
    threshold: Annotated[Range, within(1.0, 128.0)] = Field(
        (6.0, 24.0), description="difference in levels of 255 beyond which nothing leaks"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> TemporalDenoiseParams:
        """One clip's smear."""
        strength, threshold = uniform(rng, self.strength), uniform(rng, self.threshold)
        return TemporalDenoiseParams(strength=strength * context.severity, threshold=threshold)


class TemporalDenoiseParams(Params):
    """The smear of one clip."""

    strength: float = Field(ge=0, lt=1, description="weight of each earlier frame against the next")
    threshold: float = Field(gt=0, description="difference in levels where leaking stops")

    @property
    def reach(self) -> int:
        """How many earlier frames matter: until the weight is below 3 per cent, at most 6. Finite, so that any frame
        stands alone.
        """
        frames, weight = 0, self.strength
        while weight >= _FORGOTTEN and frames < _LONGEST:
            frames, weight = frames + 1, weight * self.strength
        return frames

    def words(self, name: str, clip: Clip) -> str:
        return f"smear {self.strength:.2f}"

    def prepare(self, context: ApplyContext) -> Apply:
        def apply(picture: np.ndarray, frame: int) -> np.ndarray:
            return self.smear(picture, [context.captured(frame - k) for k in range(1, min(frame, self.reach) + 1)])

        return apply

    def smear(self, picture: np.ndarray, earlier: list[np.ndarray]) -> np.ndarray:
        """Weighted mean with earlier frames, newest first: frame k back weighs strength^k where the difference is
        below the threshold.

        The weight falls with the difference d of the local mean as 1 - (d / threshold)^2, so faint texture smears
        while edges stay.
        """
        if not earlier:
            return picture
        here = cv2.blur(picture, (3, 3)).astype(np.float32)
        total, weights = picture.astype(np.float32), np.ones(picture.shape, np.float32)
        for back, old in enumerate(earlier, start=1):
            difference = (cv2.blur(old, (3, 3)) - here) * np.float32(1 / self.threshold)
            weight = np.maximum(1 - difference * difference, 0) * np.float32(self.strength**back)
            total += weight * old
            weights += weight
        return np.rint(total / weights).astype(np.uint8)
