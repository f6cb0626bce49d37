"""What a published pass may draw: blur, resize, noise, JPEG, the last sinc; and what every stage has."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import ValidationInfo, field_validator, model_validator

from core.config import Section
from core.ranges import IntRange, Range, Share, within
from degrade.shares import KernelShares, ModeShares, NoiseShares, ResizeShares, needs


class Stage(Section):
    """A part of the chain that is there with a probability, drawn once per clip."""

    probability: Share = 1.0

    @field_validator("probability")
    @classmethod
    def _not_never(cls, value: float) -> float:
        if value == 0.0:
            raise ValueError("a stage with probability 0 has no effect; leave the whole stage out (or set it to null)")
        return value


class Group(Section):
    """Stages of which at least one is there."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not any(isinstance(getattr(self, name), Stage) for name in type(self).model_fields):
            raise ValueError("holds no stage, so it has no effect; leave it out (or set it to null)")
        return self


class Blur(Stage):
    """A blur kernel. `sigma` is the nominal spread in pixels along each axis, before the kernel is cut to `size`.

    `generalized_beta` and `plateau_beta` follow the published draw: half of the draws fall in [low, 1], half in [1,
    high]. `drift` is how far sigma wanders within a clip, as a share of itself, once about every second.
    """

    kinds: KernelShares = KernelShares(
        iso=0.45, aniso=0.25, generalized_iso=0.12, generalized_aniso=0.03, plateau_iso=0.12, plateau_aniso=0.03
    )
    size: Annotated[IntRange, within(3, 41)] = (7, 21)
    sigma: Annotated[Range, within(0.01, 20.0)] = (0.2, 3.0)
    generalized_beta: Annotated[Range, within(0.1, 16.0)] = (0.5, 4.0)
    plateau_beta: Annotated[Range, within(0.1, 16.0)] = (1.0, 2.0)
    sinc_cutoff: Annotated[Range, within(0.1, math.pi)] | None = None
    drift: Share = 0.0

    @field_validator("size")
    @classmethod
    def _odd(cls, value: tuple[int, int]) -> tuple[int, int]:
        if value[0] % 2 == 0 or value[1] % 2 == 0:
            raise ValueError("kernel sizes are odd, expected two odd numbers")
        return value

    @field_validator("sigma", "drift")
    @classmethod
    def _sigma_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")
        return value

    @field_validator("generalized_beta")
    @classmethod
    def _generalized_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "generalized_iso", "generalized_aniso")
        return value

    @field_validator("plateau_beta")
    @classmethod
    def _plateau_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "plateau_iso", "plateau_aniso")
        return value

    @field_validator("sinc_cutoff")
    @classmethod
    def _sinc_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "sinc")
        return value


class Resize(Stage):
    """A change of size; the chain returns to the input's size by itself. `scale` is [smallest, largest]; up draws in
    [1, largest].
    """

    kinds: ResizeShares = ResizeShares(up=0.2, down=0.7, keep=0.1)
    scale: Annotated[Range, within(0.05, 4.0)] = (0.15, 1.5)
    modes: ModeShares = ModeShares(area=1 / 3, bilinear=1 / 3, bicubic=1 / 3)

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


class Noise(Stage):
    """Gaussian or Poisson noise on sRGB levels. `sigma` in levels of 255; `poisson_scale` multiplies noise of 256-level
    counts.
    """

    kinds: NoiseShares = NoiseShares(gaussian=0.5, poisson=0.5)
    sigma: Annotated[Range, within(0.0, 60.0)] = (1.0, 30.0)
    poisson_scale: Annotated[Range, within(0.0, 6.0)] = (0.05, 3.0)
    grey: Share = 0.4

    @field_validator("sigma")
    @classmethod
    def _sigma_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "gaussian")
        return value

    @field_validator("poisson_scale")
    @classmethod
    def _poisson_used(cls, value, info: ValidationInfo):
        needs(info, "kinds", "poisson")
        return value


class Jpeg(Stage):
    """A JPEG round trip, 4:2:0, whole-number quality drawn evenly from [low, high]."""

    quality: Annotated[IntRange, within(1, 100)] = (30, 95)


class FinalSinc(Stage):
    """The last sinc filter of the published chain: ringing and overshoot."""

    probability: Share = 0.8
    size: Annotated[IntRange, within(3, 41)] = (7, 21)
    cutoff: Annotated[Range, within(0.1, math.pi)] = (math.pi / 3, math.pi)

    _odd = field_validator("size")(Blur._odd.__func__)


class Order(Group):
    """One pass of blur, resize, noise and JPEG; each may be left out."""

    blur: Blur | None = None
    resize: Resize | None = None
    noise: Noise | None = None
    jpeg: Jpeg | None = None


class SecondOrder(Order):
    """The second pass: `sinc` ends it, and `sinc_before_jpeg` is how often resize-back and sinc come before the
    JPEG.
    """

    sinc: FinalSinc | None = None
    sinc_before_jpeg: Share = 0.5

    @field_validator("sinc_before_jpeg")
    @classmethod
    def _used(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("jpeg") is None:
            raise ValueError("has no effect without second.jpeg; drop this key or add that")
        return value
