"""Resize: a change of size in a pass; the last pass returns to the clip's own size."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from core.ranges import Range, Share, uniform, within
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Shares, Stage

Mode = Literal["area", "bilinear", "bicubic"]
MODES: dict[Mode, int] = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}


class ResizeShares(Shares):
    """How likely a resize enlarges, shrinks or keeps the size."""

    up: Share = Field(0.0, description="probability of enlarging")
    down: Share = Field(0.0, description="probability of shrinking")
    keep: Share = Field(0.0, description="probability of keeping the size")


class ModeShares(Shares):
    """How likely each way of interpolating is."""

    area: Share = Field(0.0, description="probability of the mean over areas")
    bilinear: Share = Field(0.0, description="probability of bilinear interpolation")
    bicubic: Share = Field(0.0, description="probability of bicubic interpolation")


class ResizeConfig(Stage):
    """A change of size; the chain returns to the input's size by itself."""

    kinds: ResizeShares = Field(
        ResizeShares(up=0.2, down=0.7, keep=0.1), description="which way the size changes, drawn per clip"
    )
    scale: Annotated[Range, within(0.05, 4.0)] = Field(
        (0.15, 1.5), description="[smallest, largest] share of the width and height; up draws in [1, largest]"
    )
    modes: ModeShares = Field(
        ModeShares(area=1 / 3, bilinear=1 / 3, bicubic=1 / 3), description="the interpolation, there and back"
    )

    @field_validator("kinds")
    @classmethod
    def _not_only_keep(cls, value: ResizeShares) -> ResizeShares:
        if value.up == value.down == 0:
            raise ValueError("a resize that always keeps the size has no effect; leave the whole stage out")
        return value

    @field_validator("scale")
    @classmethod
    def _reaches(cls, value: tuple[float, float], info: ValidationInfo) -> tuple[float, float]:
        kinds = info.data.get("kinds")
        if kinds is None:
            return value
        if kinds.up > 0 and value[1] < 1:
            raise ValueError("empty range: kinds.up is possible but no scale is above 1")
        if kinds.down > 0 and value[0] > 1:
            raise ValueError("empty range: kinds.down is possible but no scale is below 1")
        if kinds.up == 0 and value[1] > 1:
            raise ValueError("has no effect above 1: kinds gives up probability 0; end the range at 1")
        if kinds.down == 0 and value[0] < 1:
            raise ValueError("has no effect below 1: kinds gives down probability 0; begin the range at 1")
        return value

    def draw(self, rng: np.random.Generator, context: DrawContext) -> ResizeParams:
        """One clip's size between."""
        kind, mode = self.kinds.choose(rng), self.modes.choose(rng)
        low, high = self.scale
        spans = {"up": (max(1.0, low), high), "down": (low, min(1.0, high)), "keep": (1.0, 1.0)}
        scale = uniform(rng, spans[kind]) ** context.severity
        width, height = (max(1, round(side * scale)) for side in (context.clip.width, context.clip.height))
        return ResizeParams(width=width, height=height, mode=mode)


class ResizeParams(Params):
    """The size between of one clip."""

    moves_pixels: ClassVar[Literal["never", "always", "in motion"]] = "always"

    width: int = Field(ge=1, description="in pixels")
    height: int = Field(ge=1, description="in pixels")
    mode: Mode

    def words(self, name: str, clip: Clip) -> str:
        return "" if self.width == clip.width else f"resize x{self.width / clip.width:.2f} {self.mode}"

    def prepare(self, context: ApplyContext) -> Apply:
        return lambda picture, _: resize(picture, self.width, self.height, self.mode)


def resize(picture: np.ndarray, width: int, height: int, mode: Mode) -> np.ndarray:
    """`(h, w, 3)` uint8 to `width` x `height` by "area", "bilinear" or "bicubic".

    Sizes are explicit, so corners stay on corners and nothing drifts. "area" is for shrinking; what it would enlarge is
    enlarged by "bilinear": adaptive average pooling, which the published chain uses there, repeats pixels and so moves
    detail by up to half of one, and OpenCV's own way moves the whole picture.
    """
    if picture.shape[:2] == (height, width):
        return picture
    if mode == "area" and (height > picture.shape[0] or width > picture.shape[1]):
        mode = "bilinear"
    return np.asarray(cv2.resize(picture, (width, height), interpolation=MODES[mode]))
