"""Noise on sRGB levels, Gaussian or Poisson, in colour or grey."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field, field_validator

from core.ranges import Range, Share, within
from degrade.stages.filters.noise_tables import (
    NORMAL_BITS,
    POISSON_BITS,
    gaussian_offsets,
    look_up,
    poisson_offsets,
    words,
)
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Params, Shares, Stage, needs


class NoiseShares(Shares):
    """How likely each kind of noise is; one is drawn per clip."""

    gaussian: Share = Field(0.0, description="probability of Gaussian noise")
    poisson: Share = Field(0.0, description="probability of Poisson noise")


class NoiseConfig(Stage):
    """Gaussian or Poisson noise on sRGB levels."""

    kinds: NoiseShares = Field(NoiseShares(gaussian=0.5, poisson=0.5), description="the kind, drawn per clip")
    sigma: Annotated[Range, within(0.0, 60.0)] = Field(
        (1.0, 30.0), description="standard deviation of Gaussian noise in levels of 255"
    )
    poisson_scale: Annotated[Range, within(0.0, 6.0)] = Field(
        (0.05, 3.0), description="factor of the noise of 256-level Poisson counts"
    )
    grey: Share = Field(0.4, description="share of clips whose three channels get the same noise")

    _sigma_used = field_validator("sigma")(needs("gaussian"))
    _poisson_used = field_validator("poisson_scale")(needs("poisson"))

    def draw(self, rng: np.random.Generator, context: DrawContext) -> NoiseParams:
        """One clip's noise."""
        kind, grey, place = self.kinds.choose(rng), rng.random() < self.grey, rng.random()
        low, high = self.sigma if kind == "gaussian" else self.poisson_scale
        return NoiseParams(kind=kind, strength=(low + (high - low) * place) * context.severity, grey=bool(grey))


class NoiseParams(Params):
    """The noise of one clip."""

    kind: Literal["gaussian", "poisson"]
    strength: float = Field(ge=0, description="Gaussian: sigma in levels; Poisson: the scale")
    grey: bool = Field(description="the same in all channels")

    def words(self, name: str, clip: Clip) -> str:
        return f"{'grey ' if self.grey else ''}{self.kind} noise {self.strength:.1f}"

    def prepare(self, context: ApplyContext) -> Apply:
        """Fresh for every frame, from a table made once; grey: one draw for all channels."""
        gaussian, clip, stream = self.kind == "gaussian", context.clip, f"degrade.{context.name}"
        bits = NORMAL_BITS if gaussian else POISSON_BITS
        table = gaussian_offsets(self.strength) if gaussian else poisson_offsets(self.strength)
        if not gaussian and not self.grey:
            levels = np.arange(256, dtype=np.int16)[:, None]
            table = np.clip(levels + table, 0, 255).astype(np.uint8)

        def apply(picture: np.ndarray, frame: int) -> np.ndarray:
            height, width = picture.shape[:2]
            count = height * width if self.grey else picture.size
            random = words(clip.seed, clip.key, stream, frame, count, bits)
            if self.grey:
                luma = None if gaussian else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)).reshape(-1)
                grain = look_up(table, random, luma).reshape(height, width)
                return cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
            if not gaussian:
                return look_up(table, random, picture.reshape(-1)).reshape(picture.shape)
            return cv2.add(picture, look_up(table, random, None).reshape(picture.shape), dtype=cv2.CV_8U)

        return apply
