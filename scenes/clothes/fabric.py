"""The look of cloth: one repeat of a pattern as colors, of knitting and ribbing as height."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from core.colour import srgb_from_linear
from scenes.clothes.record import Color, Pattern

_PIXELS = 128


def paint_pattern(pattern: Pattern, color_linear: Color, rng: np.random.Generator) -> np.ndarray:
    """One repeat, `(N, N, 3)` uint8 sRGB; columns run around the body, rows along it."""
    if pattern.style not in ("stripes", "checks"):
        shares = _PRINTS[pattern.style](pattern.share, rng)
        linear = np.array(color_linear) * np.ones((*shares[0].shape, 1))
        for share, color in zip(shares, (pattern.other_linear, pattern.third_linear or color_linear), strict=True):
            linear = linear + (np.array(color) - linear) * (pattern.strength * np.clip(share, 0, 1))[..., None]
        return _as_srgb(linear)
    along = np.abs((np.arange(_PIXELS) + 0.5) / _PIXELS - 0.5)
    line = np.clip((0.5 * pattern.share - along) * _PIXELS + 0.5, 0, 1)
    across, down = np.broadcast_to(line[None, :], (_PIXELS,) * 2), np.broadcast_to(line[:, None], (_PIXELS,) * 2)
    # In a check warp and weft show in turn: full where they cross, half elsewhere.
    shade = (across if pattern.upright else down) if pattern.style == "stripes" else 0.5 * (across + down)
    shade = (pattern.strength * shade)[..., None]
    return _as_srgb(np.array(color_linear) * (1 - shade) + np.array(pattern.other_linear) * shade)


def _as_srgb(linear: np.ndarray) -> np.ndarray:
    return np.clip(srgb_from_linear(linear.astype(np.float32)) * 255 + 0.5, 0, 255).astype(np.uint8)


def _dots(share: float, _: np.random.Generator) -> list[np.ndarray]:
    """Two dots a repeat, the second in the third color."""
    at = (np.arange(_PIXELS) + 0.5) / _PIXELS
    radius = np.sqrt(share / (2 * np.pi)) * 0.8
    ring = lambda x, y: np.clip((radius - np.hypot(*np.meshgrid(_apart(at, x), _apart(at, y)))) * _PIXELS + 0.5, 0, 1)
    return [ring(0.25, 0.25), ring(0.75, 0.75)]


def _apart(at: np.ndarray, place: float) -> np.ndarray:
    """Distance around a repeat."""
    return np.abs((at - place + 0.5) % 1 - 0.5)


def _blobs(share: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Petals and leaves: groups of ellipses around a middle, in either color."""
    pixels = 2 * _PIXELS
    at = (np.arange(pixels) + 0.5) / pixels
    found = [np.zeros((pixels, pixels)) for _ in range(2)]
    while np.mean(np.maximum(*found)) < share:
        number, (x, y), petals = rng.integers(2), rng.random(2), int(rng.integers(3, 7))
        size, turn = rng.uniform(0.04, 0.1), rng.uniform(0, 2 * np.pi)
        for angle in turn + 2 * np.pi * np.arange(petals) / petals:
            dx, dy = (
                ((at - middle + 0.5) % 1 - 0.5) for middle in (x + size * np.cos(angle), y + size * np.sin(angle))
            )
            u = np.cos(angle) * dx[None] + np.sin(angle) * dy[:, None]
            v = np.cos(angle) * dy[:, None] - np.sin(angle) * dx[None]
            inside = np.clip((1 - np.hypot(u / size, v / (0.45 * size))) * size * pixels / 2 + 0.5, 0, 1)
            found[number] = np.maximum(found[number], inside)
    return found


def _batik(share: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Stains that run into one another."""
    stains = [gaussian_filter(rng.normal(0, 1, (_PIXELS,) * 2), size, mode="wrap") for size in (12.0, 8.0)]
    # The second lies in a part of the first.
    edges = [np.quantile(one, 1 - part) for one, part in zip(stains, (share, 0.5 * share), strict=True)]
    return [(one - edge) / one.std() * 3 + 0.5 for one, edge in zip(stains, edges, strict=True)]


def _emblem(share: float, rng: np.random.Generator) -> list[np.ndarray]:
    """One mark below the throat, a disc, a bar or a shield, with lines as of writing under it."""
    pixels = 4 * _PIXELS
    at = (np.arange(pixels) + 0.5) / pixels
    x, y = np.meshgrid((at + 0.5) % 1 - 0.5, at - _CHEST)
    half, round_ = rng.uniform(0.05, 0.14), rng.uniform(1.2, 8)
    tall = half * rng.uniform(0.3, 1.0)
    soft = lambda reach: np.clip((1 - reach) * half * pixels / 2 + 0.5, 0, 1)
    mark = soft((np.abs(x / half) ** round_ + np.abs(y / tall) ** round_) ** (1 / round_))
    inner = soft(np.hypot(x - rng.uniform(-0.4, 0.4) * half, y - rng.uniform(-0.3, 0.3) * tall) / (share * half))
    for number in range(int(rng.integers(0, 4))):
        line, thick = y - tall - 0.03 - 0.035 * number, rng.uniform(0.006, 0.012)
        letters = np.sin(2 * np.pi * rng.uniform(18, 40) * x + rng.normal(0, 1, pixels).cumsum()[None] * 0.15) > -0.5
        mark = np.maximum(mark, (np.abs(line) < thick) & (np.abs(x) < rng.uniform(0.4, 1.0) * half) & letters)
    return [mark, inner * mark]


_CHEST = 0.2
"""How far down a repeat, which begins at the throat, the middle of an emblem lies."""
_PRINTS = {"dots": _dots, "blobs": _blobs, "batik": _batik, "emblem": _emblem}


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
