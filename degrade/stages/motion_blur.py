"""Motion blur: smear along the subject's own motion while the shutter is open."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.filters.flow import enlarged, motion_of
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage

_TILE, _MOST = 128, 11
# Pixels: less mixes 2 % of a neighbour in.
_NOTHING = 0.1


class MotionBlurConfig(Stage):
    """Smear along the subject's own motion (optical flow)."""

    shutter: Annotated[Range, within(0.0, 1.0)] = Field((0.1, 0.8), description="open share of the frame interval")

    def draw(self, rng: np.random.Generator, context: DrawContext) -> MotionBlurParams:
        """The open time of one clip's shutter."""
        return MotionBlurParams(shutter=uniform(rng, self.shutter) * context.severity)


class MotionBlurParams(Params):
    """The shutter of one clip."""

    inline: ClassVar[bool] = True

    shutter: float = Field(description="open share of the frame interval")

    def words(self, name: str, clip: Clip) -> str:
        return f"shutter {self.shutter:.2f}" if self.shutter else ""

    def prepare(self, context: ApplyContext) -> Apply:
        """The mean over the way that each pixel's point goes, in steps of 2/3 of a pixel at most; where nothing moves
        nothing is done."""
        clip = context.clip
        motion_at = motion_of(context.clean, clip.frames)
        size = clip.width, clip.height
        x, y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size))

        def apply(linear: np.ndarray, frame: int) -> np.ndarray:
            small = motion_at(frame) if self.shutter else None
            if small is None:
                return linear
            way_x, way_y = cv2.split(enlarged(small, *size) * np.float32(self.shutter))
            blurred = linear.copy()
            for tile in _tiles(clip.width, clip.height):
                across, down = way_x[tile], way_y[tile]
                longest = max(-across.min(), across.max(), -down.min(), down.max())
                if longest < _NOTHING:
                    continue
                count = min(2 * max(math.ceil(0.75 * longest - 0.5), 1) + 1, _MOST)
                total = blurred[tile]
                for step in range(-(count // 2), count // 2 + 1):
                    if step:
                        there = cv2.scaleAdd(across, step / count, x[tile]), cv2.scaleAdd(down, step / count, y[tile])
                        total += cv2.remap(linear, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                total /= np.float32(count)
            return blurred

        return apply


def _tiles(width: int, height: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each tile."""
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield slice(top, top + _TILE), slice(left, left + _TILE)
