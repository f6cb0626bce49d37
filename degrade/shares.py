"""Probabilities of alternatives that add up to 1, as stages of a degradation config have them."""

from __future__ import annotations

import math
from typing import Self

from pydantic import ValidationInfo, model_validator

from core.config import Section
from core.ranges import Share


class Shares(Section):
    """Probabilities of alternatives; those not named are 0, and all must add up to 1."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        total = sum(self.table().values())
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the probabilities add up to {total:g}, expected 1")
        return self

    def table(self) -> dict[str, float]:
        """Name -> probability, in the order of the fields."""
        return {name: float(getattr(self, name)) for name in type(self).model_fields}


class KernelShares(Shares):
    """How likely each kernel is: Gaussian, generalised Gaussian and plateau, each round (iso) or stretched (aniso);
    sinc.
    """

    iso: Share = 0.0
    aniso: Share = 0.0
    generalized_iso: Share = 0.0
    generalized_aniso: Share = 0.0
    plateau_iso: Share = 0.0
    plateau_aniso: Share = 0.0
    sinc: Share = 0.0


class ResizeShares(Shares):
    """How likely a resize enlarges, shrinks or keeps the size."""

    up: Share = 0.0
    down: Share = 0.0
    keep: Share = 0.0


class NoiseShares(Shares):
    """How likely each kind of noise is; one is drawn per clip."""

    gaussian: Share = 0.0
    poisson: Share = 0.0


class CodecShares(Shares):
    """How likely each video codec is; one is drawn per clip."""

    h264: Share = 0.0
    h265: Share = 0.0
    vp9: Share = 0.0
    av1: Share = 0.0


class ModeShares(Shares):
    """How likely each way of interpolating is."""

    area: Share = 0.0
    bilinear: Share = 0.0
    bicubic: Share = 0.0


class MainsShares(Shares):
    """How likely lamps hang on 50 Hz or 60 Hz mains."""

    hz50: Share = 0.0
    hz60: Share = 0.0


def needs(info: ValidationInfo, field: str, *names: str) -> None:
    """A key that was given must have an effect: one of `names` in the shares `field` must be possible."""
    shares = info.data.get(field)
    if shares is not None and not any(getattr(shares, name) > 0 for name in names):
        raise ValueError(
            f"has no effect: {field} gives {' and '.join(names)} probability 0; drop this key or raise that"
        )
