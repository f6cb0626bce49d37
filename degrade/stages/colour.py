"""A webcam's own idea of colour: saturation and contrast."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from core.levels import LUMA
from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage

_LUMA_BGR = np.array(LUMA[::-1])


class ColourConfig(Stage):
    """Saturation and contrast on sRGB values."""

    saturation: Annotated[Range, within(0.0, 3.0)] = Field((0.7, 1.2), description="1 keeps, 0 is grey")
    contrast: Annotated[Range, within(0.2, 3.0)] = Field((0.85, 1.15), description="1 keeps; about mid grey")

    def draw(self, rng: np.random.Generator, context: DrawContext) -> ColourParams:
        """One clip's colours."""
        saturation, contrast, s = uniform(rng, self.saturation), uniform(rng, self.contrast), context.severity
        return ColourParams(saturation=1 + (saturation - 1) * s, contrast=1 + (contrast - 1) * s)


class ColourParams(Params):
    """The colours of one clip."""

    saturation: float = Field(ge=0, description="1 keeps, 0 is grey")
    contrast: float = Field(gt=0, description="1 keeps; about mid grey")

    def words(self, name: str, clip: Clip) -> str:
        return f"saturation {self.saturation:.2f} contrast {self.contrast:.2f}"

    def prepare(self, context: ApplyContext) -> Apply:
        matrix = self.matrix()
        return lambda picture, _: np.asarray(cv2.transform(picture, matrix))

    def matrix(self) -> np.ndarray:
        """`(3, 4)` for BGR levels: saturation about the Rec.709 luma, then contrast about level 127.5."""
        saturate = self.saturation * np.eye(3) + (1 - self.saturation) * np.tile(_LUMA_BGR, (3, 1))
        shift = np.full((3, 1), 127.5 * (1 - self.contrast))
        return np.hstack([self.contrast * saturate, shift])
