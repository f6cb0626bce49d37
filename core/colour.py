"""Colour: sRGB and linear Rec.709, luminance, light of a black body. Arrays in, arrays out."""

from __future__ import annotations

import functools

import numpy as np

from core.errors import WorkError

REC709_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_FINE_BITS = 12
"""The low bits of a float32 that `levels_from_linear` looks past at first: what is left has a step of 1/2048."""


def srgb_from_linear(linear: np.ndarray) -> np.ndarray:
    """Linear Rec.709 `[0, inf)` -> sRGB `[0, 1]`, float32, clipped (IEC 61966-2-1)."""
    x = np.clip(np.asarray(linear, np.float32), 0.0, 1.0)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(np.maximum(x, 0.0031308), 1 / 2.4) - 0.055).astype(
        np.float32
    )


def linear_from_srgb(srgb: np.ndarray) -> np.ndarray:
    """sRGB `[0, 1]` -> linear Rec.709 `[0, 1]`, float32 (IEC 61966-2-1)."""
    x = np.asarray(srgb, np.float32)
    return np.where(x <= 0.04045, x / 12.92, np.power((np.maximum(x, 0.04045) + 0.055) / 1.055, 2.4)).astype(np.float32)


def quantise(srgb: np.ndarray, bits: int = 8) -> np.ndarray:
    """sRGB `[0, 1]` -> integers `[0, 2**bits - 1]`, rounded to nearest: uint8 for 8 bits, uint16 above.

    Raises WorkError on NaN, which would pass for black from here on.
    """
    if np.isnan(srgb).any():
        raise WorkError(f"{np.isnan(srgb).sum()} values of a picture are NaN")
    top = (1 << bits) - 1
    rounded = np.rint(np.clip(np.asarray(srgb, np.float32), 0.0, 1.0) * np.float32(top))
    return rounded.astype(np.uint8 if bits == 8 else np.uint16)


def levels_from_linear(linear: np.ndarray, bits: int = 8) -> np.ndarray:
    """Linear Rec.709 `[0, inf)` -> integers: what `quantise(srgb_from_linear(linear), bits)` gives, to the last level,
    in a quarter of the time. `bits`: 8 (uint8) or 10 (uint16).

    Raises WorkError on NaN.
    """
    lowest, next_from = _levels_by_bits(bits)
    x = np.clip(np.asarray(linear, np.float32), 0.0, 1.0) + np.float32(0.0)  # no negative zero, whose bits are others
    coarse = x.view(np.uint32) >> _FINE_BITS
    try:
        levels = lowest.take(coarse)
    except IndexError:
        raise WorkError(f"{np.isnan(x).sum()} values of a picture are NaN") from None
    levels += x >= next_from.take(coarse)
    return levels.astype(np.uint8) if bits == 8 else levels


@functools.cache
def _levels_by_bits(bits: int) -> tuple[np.ndarray, np.ndarray]:
    """For each float32 of `[0, 1]` without its low bits: the level of the lowest such number, and from which number on
    it is the next level. No more than two levels share one."""
    top, one = (1 << bits) - 1, int(np.float32(1).view(np.int32))
    floats = lambda numbers: numbers.astype(np.int32).view(np.float32)
    wanted = np.arange(1, top + 1)
    below, first = np.zeros(top, np.int64), np.full(top, one, np.int64)  # bits of numbers under a level, and of it
    while (first - below > 1).any():
        middle = (below + first) // 2
        reached = quantise(srgb_from_linear(floats(middle)), bits) >= wanted
        below, first = np.where(reached, below, middle), np.where(reached, middle, first)
    begins = floats(first)
    coarse = np.arange((one >> _FINE_BITS) + 1) << _FINE_BITS
    lowest = np.searchsorted(begins, floats(coarse), side="right")
    return lowest.astype(np.uint16), np.append(begins, np.float32(np.inf))[lowest]


def unit_from_levels(levels: np.ndarray) -> np.ndarray:
    """uint8 (8-bit) or uint16 (10-bit, as clean sources are stored) sRGB -> float32 sRGB `[0, 1]`.

    Raises TypeError for any other dtype, so that a float image is never scaled twice.
    """
    if levels.dtype == np.uint8:
        return levels.astype(np.float32) * np.float32(1 / 255)
    if levels.dtype == np.uint16:
        return levels.astype(np.float32) * np.float32(1 / 1023)
    raise TypeError(f"expected uint8 or uint16 (10-bit) sRGB levels, got {levels.dtype}")


def luminance(linear: np.ndarray) -> np.ndarray:
    """Relative luminance (Rec.709 weights) of `(..., 3)` linear values -> `(...)`."""
    return np.asarray(linear, np.float32) @ REC709_LUMA


def linear_from_lab(lightness: float, a: float, b: float) -> np.ndarray:
    """CIELAB under D65 -> linear Rec.709 `(3,)` float64, 1 the white; outside the gamut below 0 or above 1 (CIE 15 and
    IEC 61966-2-1)."""
    middle = (lightness + 16) / 116
    roots = np.array([middle + a / 500, middle, middle - b / 200])
    xyz = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29)) * (0.95047, 1.0, 1.08883)
    to_rgb = [[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556], [0.0556434, -0.2040259, 1.0572252]]
    return np.array(to_rgb) @ xyz


def rgb_from_kelvin(temperature_k: float) -> np.ndarray:
    """Linear Rec.709 colour `(3,)` float32 of a black body, luminance 1, for 1,667 to 25,000 K.

    The chromaticity follows the cubic approximation of the Planckian locus by Kim et al. (US patent 7,024,034 B2);
    6,500 K is close to white, below is orange, above is blue. Negative components are clipped before normalising.
    """
    t = float(temperature_k)
    if not 1667.0 <= t <= 25000.0:
        raise ValueError(f"colour temperature {t} K is outside 1667..25000 K")
    if t <= 4000.0:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
    if t <= 2222.0:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif t <= 4000.0:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    xyz = np.array([x / y, 1.0, (1.0 - x - y) / y])
    to_rgb = np.array(
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    )
    rgb = np.clip(to_rgb @ xyz, 0.0, None).astype(np.float32)
    return rgb / luminance(rgb)
