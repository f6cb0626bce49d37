"""Delivery: which captured frame is seen when; a low frame rate, lost frames, a picture that stands still."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.ranges import Range, uniform, within
from degrade.stages.stage import Clip, DrawContext, Group, Params, Part


class FrameRateConfig(Part):
    """A camera or sender that shows fewer frames; each shown frame stays until the next."""

    fps: Annotated[Range, within(1.0, 240.0)] = Field(
        (10.0, 25.0), description="frames per second; at or above the clip's own it has no effect"
    )


class FreezeConfig(Part):
    """The picture stands still for a while."""

    per_minute: Annotated[Range, within(0.0, 120.0)] = Field((2.0, 15.0), description="freezes per minute on average")
    length_s: Annotated[Range, within(0.0, 10.0)] = Field((0.15, 0.8), description="length of a freeze in seconds")


class DropConfig(Part):
    """Single frames that never arrive; the one before stays."""

    share: Annotated[Range, within(0.0, 0.9)] = Field((0.01, 0.1), description="share of the frames that is lost")


class DeliveryConfig(Group):
    """Which captured frame is seen when."""

    frame_rate: FrameRateConfig | None = Field(None, description="a lower frame rate")
    freeze: FreezeConfig | None = Field(None, description="freezes")
    drop: DropConfig | None = Field(None, description="lost frames")
    retime_target: bool = Field(
        True, description="let target, mask and all other videos of a sample follow, so that a pair stays aligned"
    )

    def deliver(self, context: DrawContext) -> tuple[DeliveryParams | None, float]:
        """Which frame of one clip is seen when, None when all are in time; and the frame rate that is left."""
        clip, s = context.clip, context.severity
        times = np.arange(clip.frames) / clip.fps
        newest, rate = np.arange(clip.frames), clip.fps
        if self.frame_rate and (rng := self.frame_rate.stream("delivery.frame_rate", clip)):
            drawn, phase = uniform(rng, self.frame_rate.fps), rng.random()
            if drawn < clip.fps:
                interval = 1 / clip.fps + (1 / drawn - 1 / clip.fps) * s
                rate = 1 / interval
                newest = np.floor((np.floor(times / interval + phase) - phase) * interval * clip.fps + 0.5).astype(int)
        dropped, frozen = np.zeros(clip.frames, bool), np.zeros(clip.frames, bool)
        if self.drop and (rng := self.drop.stream("delivery.drop", clip)):
            share = uniform(rng, self.drop.share) * s
            dropped = rng.random(clip.frames) < share
        if self.freeze and (rng := self.freeze.stream("delivery.freeze", clip)):
            per_frame = uniform(rng, self.freeze.per_minute) / 60 / clip.fps
            starts = np.flatnonzero(rng.random(clip.frames) < per_frame)
            for start, place in zip(starts, rng.random(len(starts)), strict=True):
                low, high = self.freeze.length_s
                frozen[start : start + round((low + (high - low) * place) * s * clip.fps)] = True
        shown: list[int] = []
        last = 0
        for captured, stands_still in zip(np.clip(newest, 0, clip.frames - 1), frozen, strict=True):
            if not stands_still and not dropped[captured]:
                last = max(last, int(captured))
            shown.append(last)
        if shown == list(range(clip.frames)):
            return None, rate
        return DeliveryParams(shown=tuple(shown), retime_target=self.retime_target), rate


class DeliveryParams(Params):
    """Which captured frame is seen when."""

    not_neutral: ClassVar[str] = "a camera out of step with the clip by half a frame shows each frame one late"

    shown: tuple[int, ...] = Field(description="the captured frame that is seen, frame by frame")
    retime_target: bool = Field(True, description="whether target, mask and all other videos of a sample follow")

    def words(self, name: str, clip: Clip) -> str:
        shown = len(set(self.shown))
        return f"{shown} of {clip.frames} frames arrive" if shown < clip.frames else ""
