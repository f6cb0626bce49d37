"""The colour space HVI (Yan et al., "HVI: a new color space for low-light image enhancement", CVPR 2025): intensity,
and hue and saturation as a plane that shrinks to a point in the dark, by a learned density.

The way back finds the hue without atan2, by a polynomial and by comparisons, so that it exports; and no number in
between is so small that half precision loses it, which moves no colour by a thousandth of a level.
"""

from __future__ import annotations

import math

import torch

ROOT = math.sqrt(3) / 2
LEAST = 1e-4
"""Below it quotients and powers take this instead: half precision has it, and 1/255 is far above."""
ATAN = (-0.00002274, -0.33262347, 0.19354346, -0.11643287, 0.05265332, -0.01172120)
"""Coefficients of x, x^3, ... x^11 for the arc tangent on [0, 1] less x, to 2e-6."""


def density(intensity: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """How wide the plane of colours is at an intensity `[0, 1]`: sin(pi/2 I)^k."""
    return torch.sin(_times(intensity, math.pi / 2)).clamp(min=LEAST).pow(k)


def hvi_of(srgb: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """`(B, 3, H, W)` sRGB `[0, 1]` -> H and V `[-1, 1]`, I `[0, 1]`."""
    red, green, blue = (srgb[:, i : i + 1] for i in range(3))
    top, bottom = srgb.amax(1, keepdim=True), srgb.amin(1, keepdim=True)
    spread = top - bottom
    # where two are the greatest, red goes before green and green before blue
    reddest, greenest = red >= top, green >= top
    apart = torch.where(reddest, green - blue, torch.where(greenest, blue - red, red - green))
    # from red, green or blue, up to a sixth of the circle either way: a small angle, which half precision holds
    angle = _times(apart / spread.clamp(min=LEAST), math.pi / 3)
    along, aside = torch.cos(angle), torch.sin(angle)
    h = torch.where(greenest, -0.5 * along - ROOT * aside, -0.5 * along + ROOT * aside)
    v = torch.where(greenest, ROOT * along - 0.5 * aside, -ROOT * along - 0.5 * aside)
    wide = density(top, k) * spread / top.clamp(min=LEAST)
    return torch.cat([wide * torch.where(reddest, along, h), wide * torch.where(reddest, aside, v), top], 1)


def srgb_of(hvi: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The inverse of `hvi_of`, of any numbers: `[0, 1]`."""
    h, v, intensity = (hvi[:, i : i + 1] for i in range(3))
    intensity = intensity.clamp(0, 1)
    wide = density(intensity, k)
    h, v = (h.clamp(-1, 1) / wide).clamp(-1, 1), (v.clamp(-1, 1) / wide).clamp(-1, 1)
    saturation = (h * h + v * v + 1e-8).sqrt().clamp(0, 1)
    away = from_red(h, v)
    red, near, far = (2 - away).clamp(0, 1), (2 - (away - 2).abs()).clamp(0, 1), (away - 2).clamp(0, 1)
    pure = torch.cat([red, torch.where(v < 0, far, near), torch.where(v < 0, near, far)], 1)
    return intensity * (1 - saturation * (1 - pure))


def from_red(h: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """How far the angle of `(h, v)` is from 0 either way, in sixths of the circle `[0, 3]`."""
    across, up = h.abs(), v.abs()
    t = torch.minimum(across, up) / torch.maximum(across, up).clamp(min=LEAST)
    square = t * t
    angle = ATAN[-1] * square + ATAN[-2]
    for coefficient in reversed(ATAN[:-2]):
        angle = angle * square + coefficient
    angle = _times(angle * t + t, 3 / math.pi)
    angle = torch.where(up > across, 1.5 - angle, angle)
    return torch.where(h < 0, 3 - angle, angle)


def _times(x: torch.Tensor, factor: float) -> torch.Tensor:
    """`x * factor`, the factor in two parts that half precision holds to a millionth."""
    coarse = round(factor * 256) / 256
    return x * coarse + x * (factor - coarse)
