"""The look of cloth: one repeat of a pattern as colors, of knitting and ribbing as height."""

from __future__ import annotations

import numpy as np

from core.colour import srgb_from_linear
from scenes.clothes.record import Color, Pattern

_PIXELS = 128


def paint_pattern(pattern: Pattern, color_linear: Color) -> np.ndarray:
    """One repeat, `(128, 128, 3)` uint8 sRGB; columns run around the body, rows along it."""
    along = np.abs((np.arange(_PIXELS) + 0.5) / _PIXELS - 0.5)
    line = np.clip((0.5 * pattern.share - along) * _PIXELS + 0.5, 0, 1)
    across, down = np.broadcast_to(line[None, :], (_PIXELS,) * 2), np.broadcast_to(line[:, None], (_PIXELS,) * 2)
    # In a check warp and weft show in turn: full where they cross, half elsewhere.
    shade = (across if pattern.upright else down) if pattern.style == "stripes" else 0.5 * (across + down)
    shade = (pattern.strength * shade)[..., None]
    linear = np.array(color_linear) * (1 - shade) + np.array(pattern.other_linear) * shade
    return np.clip(srgb_from_linear(linear.astype(np.float32)) * 255 + 0.5, 0, 255).astype(np.uint8)


def paint_rib() -> np.ndarray:
    """One repeat of ribbing as height, `(128, 128)` uint8: a round wale and a narrow valley, across the columns."""
    across = (np.arange(_PIXELS) + 0.5) / _PIXELS
    return np.repeat(as_height(np.abs(np.sin(np.pi * across)) ** 0.6)[None], _PIXELS, 0)


def paint_stockinette() -> np.ndarray:
    """One repeat of stockinette as height, `(128, 128)` uint8: two legs of yarn that meet in a V."""
    x, y = np.meshgrid(*[(np.arange(_PIXELS) + 0.5) / _PIXELS] * 2)
    leg = 2 * x % 1
    slant = np.where(x < 0.5, leg, 1 - leg)
    yarn = np.abs(np.sin(np.pi * (y + 0.8 * slant))) ** 0.7
    return as_height(yarn * np.sin(np.pi * leg) ** 0.5)


def as_height(share: np.ndarray) -> np.ndarray:
    """Heights in [0, 1] as uint8."""
    return np.round(255 * np.clip(share, 0, 1)).astype(np.uint8)
