"""Lateral chromatic aberration: colour fringes that grow towards the corners."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage


class AberrationConfig(Stage):
    """Lateral chromatic aberration: red and blue magnified against green, either way."""

    corner_px: Annotated[Range, within(0.0, 6.0)] = Field(
        (0.2, 1.5), description="how far red and blue move at the corner, in pixels"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> AberrationParams:
        """How far and which way for one clip."""
        reach = uniform(rng, self.corner_px) * context.severity
        return AberrationParams(aberration_px=reach * (1 if rng.random() < 0.5 else -1))


class AberrationParams(Params):
    """The fringes of one clip."""

    inline: ClassVar[bool] = True
    moves_pixels: ClassVar[Literal["never", "always", "in motion"]] = "always"

    aberration_px: float = Field(description="how far red goes out (and blue in) at the corner, in pixels")

    def words(self, name: str, clip: Clip) -> str:
        return f"fringes {self.aberration_px:.1f} px" if self.aberration_px else ""

    def prepare(self, context: ApplyContext) -> Apply:
        return lambda linear, _: aberrate(linear, self.aberration_px) if self.aberration_px else linear


def aberrate(picture: np.ndarray, corner_px: float) -> np.ndarray:
    """BGR float32: red magnified and blue shrunk about the middle by `corner_px` at the corner; green stays."""
    height, width = picture.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    channels = list(cv2.split(picture))
    for index, sign in ((2, 1), (0, -1)):
        scale = 1 / (1 + sign * corner_px / math.hypot(middle_x, middle_y))
        there = np.array([[scale, 0, middle_x * (1 - scale)], [0, scale, middle_y * (1 - scale)]])
        channels[index] = cv2.warpAffine(
            channels[index],
            there,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return cv2.merge(channels)
