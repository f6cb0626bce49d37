"""Temporal noise reduction of a webcam: earlier frames leak in, so that what moves faintly smears."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage, remember

_FORGOTTEN = 0.03
_LONGEST = 6
_BAND = 32
"""Rows worked on at once: what is made of them stays in the cache."""


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
        """Weighted mean of a frame with earlier ones: frame k back weighs strength^k where the difference is below the
        threshold.

        The weight falls with the difference d of the local mean as 1 - (d / threshold)^2, so faint texture smears
        while edges stay.
        """
        local_mean = remember(lambda frame: cv2.blur(context.captured(frame), (3, 3)), self.reach + 1)
        share = np.arange(256, dtype=np.float32) * np.float32(1 / self.threshold)
        share = np.maximum(1 - share * share, 0)
        weight_at = [share * np.float32(self.strength**back) for back in range(self.reach + 1)]

        def apply(picture: np.ndarray, frame: int) -> np.ndarray:
            back = min(frame, self.reach)
            if back == 0:
                return picture
            pictures = [context.captured(frame - k) for k in range(back + 1)]
            means = [local_mean(frame - k) for k in range(back + 1)]
            done = np.empty_like(picture)
            for top in range(0, len(picture), _BAND):
                rows = slice(top, top + _BAND)
                total, weights = picture[rows].astype(np.float32), np.ones(picture[rows].shape, np.float32)
                for k in range(1, back + 1):
                    weight = np.asarray(cv2.LUT(cv2.absdiff(means[k][rows], means[0][rows]), weight_at[k]), np.float32)
                    weights += weight
                    weight *= pictures[k][rows]
                    total += weight
                total /= weights
                done[rows] = np.rint(total, out=total)
            return done

        return apply
