"""A JPEG round trip: MJPEG of a webcam, or a published pass."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from core.ranges import IntRange, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage


class JpegConfig(Stage):
    """A JPEG round trip, 4:2:0."""

    quality: Annotated[IntRange, within(1, 100)] = Field((30, 95), description="whole-number quality, drawn evenly")

    def draw(self, rng: np.random.Generator, context: DrawContext) -> JpegParams:
        """One clip's quality."""
        quality = int(rng.integers(self.quality[0], self.quality[1] + 1))
        return JpegParams(quality=round(100 - (100 - quality) * context.severity))


class JpegParams(Params):
    """A JPEG round trip of one clip."""

    not_neutral: ClassVar[str] = "quality 100 still halves the colours' resolution and rounds"

    quality: int = Field(ge=1, le=100)

    def words(self, name: str, clip: Clip) -> str:
        return f"JPEG {self.quality}"

    def prepare(self, context: ApplyContext) -> Apply:
        return lambda picture, _: jpeg(picture, self.quality)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """A JPEG round trip (4:2:0) of `(H, W, 3)` uint8 BGR. Raises ValueError when the picture cannot be coded."""
    good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        raise ValueError(f"a {picture.shape} picture cannot be written as JPEG")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
