"""A webcam's sharpening, with its halos."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage


class SharpenConfig(Stage):
    """Unsharp masking with its halos."""

    amount: Annotated[Range, within(0.0, 4.0)] = Field((0.2, 1.5), description="1 doubles the detail")
    radius_px: Annotated[Range, within(0.3, 6.0)] = Field(
        (0.7, 2.0), description="what is finer is detail: sigma of a Gaussian, in pixels"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> SharpenParams:
        """One clip's sharpening."""
        amount, radius_px = uniform(rng, self.amount), uniform(rng, self.radius_px)
        return SharpenParams(amount=amount * context.severity, radius_px=radius_px)


class SharpenParams(Params):
    """The unsharp mask of one clip."""

    amount: float = Field(ge=0, description="how much of the detail is added")
    radius_px: float = Field(gt=0, description="detail is finer than a Gaussian of this sigma, in pixels")

    def words(self, name: str, clip: Clip) -> str:
        return f"sharpen {self.amount:.1f}"

    def prepare(self, context: ApplyContext) -> Apply:
        def apply(picture: np.ndarray, frame: int) -> np.ndarray:
            """picture + amount (picture - Gaussian of it), rounded and clipped."""
            soft = cv2.GaussianBlur(picture, (0, 0), self.radius_px)
            return cv2.addWeighted(picture, 1 + self.amount, soft, -self.amount, 0)

        return apply
