"""Rolling shutter: rows are read one after the other, so that what moves leans and shears."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field

from core.levels import eight_bit
from core.ranges import Range, uniform, within
from degrade.stages.filters.flow import enlarged, motion_of
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Stage

_PRESET, _SEARCHES = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM, 4
# Differences in levels of 255 of 3x3 means: below the first nothing moved, above the second something did.
_STILL, _MOVED = 1.0, 4.0
# Slower than this, in pixels a frame of the small pictures, is what the search for motion finds in noise.
_NOTHING, _SOMETHING = 0.05, 0.15


class RollingShutterConfig(Stage):
    """Rows are read one after the other: vertical lines lean and faces shear when they move."""

    readout_s: Annotated[Range, within(0.0, 0.1)] = Field(
        (0.01, 0.033), description="time from the first row's readout to the last one's, in seconds"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> RollingShutterParams:
        """One clip's readout."""
        return RollingShutterParams(readout_s=uniform(rng, self.readout_s) * context.severity)


class RollingShutterParams(Params):
    """The readout of one clip. The middle row shows the frame's own time, row r of H the time `readout_s` (r / H - 1/2)
    later."""

    moves_pixels: ClassVar[Literal["never", "always", "in motion"]] = "in motion"

    readout_s: float = Field(ge=0, description="time from the first row to the last")

    def words(self, name: str, clip: Clip) -> str:
        return f"rolling shutter {self.readout_s * 1000:.0f} ms" if self.readout_s else ""

    def prepare(self, context: ApplyContext) -> Apply:
        clip, clean = context.clip, context.clean
        motion_at = motion_of(clean, clip.frames, _PRESET)

        def apply(linear: np.ndarray, frame: int) -> np.ndarray:
            motion = motion_at(frame) if self.readout_s else None
            if motion is None or not motion.any():
                return linear
            (height, width), last = linear.shape[:2], clip.frames - 1
            speed = np.hypot(*cv2.split(motion))[..., None]
            field = enlarged(_fastest_near(motion * _ramp(speed, _NOTHING, _SOMETHING)), width, height)
            late = (((np.arange(height) + 0.5) / height - 0.5) * self.readout_s * clip.fps).astype(np.float32)
            here, before, after = (eight_bit(clean(min(max(n, 0), last))) for n in (frame, frame - 1, frame + 1))
            upper, lower = slice(0, height // 2), slice(height // 2, height)
            seen = np.empty_like(linear)
            seen[upper] = _read(linear, here, after if frame == 0 else before, field, late, upper, frame == 0)
            seen[lower] = _read(linear, here, before if frame == last else after, field, late, lower, frame == last)
            return seen

        return apply


def _read(
    linear: np.ndarray, here: np.ndarray, other: np.ndarray, field: np.ndarray, late: np.ndarray, rows: slice, end: bool
) -> np.ndarray:
    """The `rows` of a frame, each read `late` frames, `(H,)`, after the frame's own time: what moves is followed back.

    `linear`, `here`: this frame in linear light and as uint8; `other`: the next one in time on the way to those rows;
    `field`: motion in pixels to the next frame. A point that is the same in both frames stands still and keeps its
    value to the bit. `end`: the clip ends on that way, and `other` is the one on the other side; then what comes from a
    point that is not the same is also new.
    """
    height, width = linear.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[rows])
    # Where did what is here at that time stand in this frame? p + time motion(p) = here.
    moved = -late[rows, None, None] * field[rows]
    for _ in range(_SEARCHES):
        moved = -late[rows, None, None] * _sample(field, x, y, moved)
    whole = _ramp(_difference(here, other), _STILL, _MOVED)
    # Inside of what moves, texture that happens to meet its like is no hole.
    whole = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)))
    change = np.maximum(whole[rows], _sample(whole, x, y, moved)) if end else whole[rows]
    weight = np.where((moved[..., 0] != 0) | (moved[..., 1] != 0), change, 0)[..., None]
    return np.where(weight > 0, linear[rows] + (_sample(linear, x, y, moved) - linear[rows]) * weight, linear[rows])


def _fastest_near(motion: np.ndarray) -> np.ndarray:
    """`(h, w, 2)`: for each point the fastest motion within two pixels."""
    height, width = motion.shape[:2]
    wide = np.pad(motion, ((2, 2), (2, 2), (0, 0)), "edge")
    found, best = motion, (motion**2).sum(-1)
    for down in range(5):
        for right in range(5):
            near = wide[down : down + height, right : right + width]
            speed = (near**2).sum(-1)
            faster = speed > best
            found, best = np.where(faster[..., None], near, found), np.where(faster, speed, best)
    return found


def _sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray, by: np.ndarray) -> np.ndarray:
    """`picture` at each point moved by `by`, `(H, W, 2)` pixels; beyond the border its edge goes on."""
    there = x + by[..., 0], y + by[..., 1]
    return np.asarray(cv2.remap(picture, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`(H, W)` float32: the largest difference of a channel's 3x3 means, in whole levels."""
    blue, green, red = cv2.split(cv2.absdiff(cv2.blur(a, (3, 3)), cv2.blur(b, (3, 3))))
    return np.maximum(np.maximum(blue, green), red).astype(np.float32)


def _ramp(value: np.ndarray, none: float, full: float) -> np.ndarray:
    """0 up to `none`, 1 from `full`, smooth between."""
    x = np.clip((value - none) / (full - none), 0, 1).astype(np.float32)
    return x * x * (3 - 2 * x)
