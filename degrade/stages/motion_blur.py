"""Motion blur: smear along the subject's own motion while the shutter is open."""

from __future__ import annotations

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.filters.flow import enlarged, motion_at
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage

_STEPS = 7


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
        def apply(linear: np.ndarray, frame: int) -> np.ndarray:
            small = motion_at(frame, context.clean, context.clip.frames) if self.shutter else None
            if small is None:
                return linear
            height, width = linear.shape[:2]
            motion = enlarged(small, width, height)
            x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
            total = np.zeros_like(linear)
            for step in np.linspace(-self.shutter / 2, self.shutter / 2, _STEPS, dtype=np.float32):
                there = x + step * motion[..., 0], y + step * motion[..., 1]
                total += cv2.remap(linear, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            return total / np.float32(_STEPS)

        return apply
