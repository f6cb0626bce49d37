"""Blur by one of the published kernels; and the sinc filter that ends the second pass."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from core.ranges import IntRange, Range, Share, uniform, within
from degrade.stages.filters.convolve import Filter
from degrade.stages.filters.kernels import Kind, make_kernel
from degrade.stages.stage import Apply, ApplyContext, Clip, DrawContext, Drift, Params, Shares, Stage, needs

_GAUSSIAN = ("iso", "aniso")
_GENERALIZED = ("generalized_iso", "generalized_aniso")
_PLATEAU = ("plateau_iso", "plateau_aniso")


class KernelShares(Shares):
    """How likely each kernel is: Gaussian, generalised Gaussian and plateau, each round (iso) or stretched (aniso);
    sinc.
    """

    iso: Share = Field(0.0, description="probability of a round Gaussian")
    aniso: Share = Field(0.0, description="probability of a stretched Gaussian")
    generalized_iso: Share = Field(0.0, description="probability of a round generalised Gaussian")
    generalized_aniso: Share = Field(0.0, description="probability of a stretched generalised Gaussian")
    plateau_iso: Share = Field(0.0, description="probability of a round plateau")
    plateau_aniso: Share = Field(0.0, description="probability of a stretched plateau")
    sinc: Share = Field(0.0, description="probability of a sinc")


def _odd(value: tuple[int, int]) -> tuple[int, int]:
    if value[0] % 2 == 0 or value[1] % 2 == 0:
        raise ValueError("kernel sizes are odd, expected two odd numbers")
    return value


def _draw_size(rng: np.random.Generator, size: tuple[int, int]) -> int:
    return int(size[0] + 2 * rng.integers(0, (size[1] - size[0]) // 2 + 1))


class BlurConfig(Stage):
    """A blur kernel. The two betas follow the published draw: half of the draws fall in [low, 1], half in [1, high]."""

    kinds: KernelShares = Field(
        KernelShares(
            iso=0.45, aniso=0.25, generalized_iso=0.12, generalized_aniso=0.03, plateau_iso=0.12, plateau_aniso=0.03
        ),
        description="the kernel's form, drawn per clip",
    )
    size: Annotated[IntRange, within(3, 41)] = Field((7, 21), description="side of the kernel in pixels, odd")
    sigma: Annotated[Range, within(0.01, 20.0)] = Field(
        (0.2, 3.0), description="nominal spread along each axis in pixels, before the kernel is cut to its size"
    )
    generalized_beta: Annotated[Range, within(0.1, 16.0)] = Field(
        (0.5, 4.0), description="exponent of generalised Gaussians: above 1 flat tops, below 1 long tails"
    )
    plateau_beta: Annotated[Range, within(0.1, 16.0)] = Field((1.0, 2.0), description="exponent of plateaus")
    sinc_cutoff: Annotated[Range, within(0.1, math.pi)] | None = Field(
        None,
        description="cutoff of sincs in radians per pixel; by default the published one, by the size",
    )
    drift: Share = Field(
        0.0, description="how far sigma wanders within a clip, as a share of itself, about once a second"
    )

    _check_size = field_validator("size")(_odd)
    _sigma_used = field_validator("sigma", "drift")(needs(*_GAUSSIAN, *_GENERALIZED, *_PLATEAU))
    _generalized_used = field_validator("generalized_beta")(needs(*_GENERALIZED))
    _plateau_used = field_validator("plateau_beta")(needs(*_PLATEAU))
    _sinc_used = field_validator("sinc_cutoff")(needs("sinc"))

    def draw(self, rng: np.random.Generator, context: DrawContext) -> BlurParams:
        """One clip's kernel."""
        kind, size = self.kinds.choose(rng), _draw_size(rng, self.size)
        sigma_x, sigma_y = (uniform(rng, self.sigma) * context.severity for _ in range(2))
        rotation = rng.uniform(-math.pi, math.pi)
        below, place = rng.random() < 0.5, rng.random()
        cutoff_at = rng.random()
        walk = Drift.draw(rng, context.clip, 1.0, self.drift)
        if kind == "sinc":
            low, high = self.sinc_cutoff or (math.pi / 3 if size < 13 else math.pi / 5, math.pi)
            return _sinc(size, low + (high - low) * cutoff_at, context)
        beta = 1.0
        if kind not in _GAUSSIAN:
            low, high = self.generalized_beta if kind in _GENERALIZED else self.plateau_beta
            middle = min(max(1.0, low), high)
            beta = low + (middle - low) * place if below else middle + (high - middle) * place
        if not kind.endswith("aniso"):
            sigma_y, rotation = sigma_x, 0.0
        widen = walk if self.drift > 0 else None
        return BlurParams(
            kind=kind, size=size, sigma_x=sigma_x, sigma_y=sigma_y, rotation_rad=rotation, beta=beta, widen=widen
        )


class FinalSincConfig(Stage):
    """The last sinc filter of the published chain: ringing and overshoot."""

    probability: Share = Field(0.8, description="share of clips that have this stage")
    size: Annotated[IntRange, within(3, 41)] = Field((7, 21), description="side of the kernel in pixels, odd")
    cutoff: Annotated[Range, within(0.1, math.pi)] = Field((math.pi / 3, math.pi), description="in radians per pixel")

    _check_size = field_validator("size")(_odd)

    def draw(self, rng: np.random.Generator, context: DrawContext) -> BlurParams:
        """One clip's sinc."""
        return _sinc(_draw_size(rng, self.size), uniform(rng, self.cutoff), context)


def _sinc(size: int, cutoff_rad: float, context: DrawContext) -> BlurParams:
    return BlurParams(kind="sinc", size=size, cutoff_rad=math.pi + (cutoff_rad - math.pi) * context.severity)


class BlurParams(Params):
    """A kernel of one clip."""

    not_neutral: ClassVar[str] = "a round sinc of pi radians per pixel still cuts the corners of the spectrum"

    kind: Kind
    size: int = Field(ge=3, le=41, description="side in pixels")
    sigma_x: float = Field(default=0.0, ge=0, description="nominal spread in pixels along the first axis")
    sigma_y: float = Field(default=0.0, ge=0, description="and along the second")
    rotation_rad: float = Field(default=0.0, description="of the axes")
    beta: float = Field(default=1.0, gt=0, description="exponent of generalised Gaussians and plateaus")
    cutoff_rad: float = Field(default=math.pi, gt=0, description="of a sinc, in radians per pixel")
    widen: Drift | None = Field(default=None, description="factor of both sigmas over time")

    def kernel(self, frame: int = 0) -> np.ndarray:
        """`(size, size)` float64, sum 1, at `frame` (its sigmas may drift)."""
        widen = 1.0 if self.widen is None else self.widen.at(frame)
        sigma_x, sigma_y = self.sigma_x * widen, self.sigma_y * widen
        return make_kernel(self.kind, self.size, sigma_x, sigma_y, self.rotation_rad, self.beta, self.cutoff_rad)

    def words(self, name: str, clip: Clip) -> str:
        name = "last" if name == "sinc" else name
        if self.kind == "sinc":
            return f"{name} sinc {self.cutoff_rad:.1f}"
        sigma = f"{self.sigma_x:.1f}" + (f"/{self.sigma_y:.1f}" if self.kind.endswith("aniso") else "")
        return f"{name} {self.kind.replace('generalized', 'gen.').replace('_', ' ')} {sigma}"

    def prepare(self, context: ApplyContext) -> Apply:
        """Linear float32 or sRGB uint8; the kernel is made once unless it drifts."""
        still = None if self.widen is not None else Filter(self.kernel())
        return lambda picture, frame: (still or Filter(self.kernel(frame))).apply(picture)
