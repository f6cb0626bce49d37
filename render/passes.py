"""The optional outputs of a clip as video frames, and back: mask, albedo, normal, depth."""

from __future__ import annotations

import numpy as np

from core.colour import linear_from_srgb, quantise, srgb_from_linear, unit_from_levels
from render.compose import Lens
from render.layers import Surface

NEAREST_M = 0.2
"""The distance that the brightest level of a depth frame stands for."""


def extra_frame(name: str, surface: Surface, lens: Lens) -> np.ndarray:
    """One output as a frame `(H, W, 3)` for a lossless video.

    - "mask": coverage `[0, 1]`, uint8, three equal channels
    - "albedo": premultiplied surface colour, uint8 sRGB
    - "normal": unit normal in the world's axes, uint16 10 bit, level = (n + 1) / 2 x 1023; no surface: the level of 0
    - "depth": inverse of the distance along the view axis, uint16 10 bit grey, level = 0.2 m / z x 1023; no surface: 0
    """
    if name == "mask":
        return np.repeat(quantise(lens.place(surface.alpha), 8)[..., None], 3, -1)
    if name == "albedo":
        return quantise(srgb_from_linear(lens.place(surface.albedo)), 8)
    if name == "normal":
        return quantise(lens.place(surface.world_normal) / 2 + 0.5, 10)
    if name == "depth":
        depth = lens.place(surface.depth_m, nearest=True)
        near = np.where((depth > 0.01) & (depth < 100.0), NEAREST_M / np.maximum(depth, NEAREST_M), 0.0)
        return np.repeat(quantise(near, 10)[..., None], 3, -1)
    raise ValueError(f"no output named {name!r}; known: mask, albedo, normal, depth")


def extra_values(name: str, frame: np.ndarray) -> np.ndarray:
    """The inverse of `extra_frame` on decoded frames `(..., 3)`: float32 coverage `(...)`, linear albedo `(..., 3)`,
    normal `(..., 3)`, or depth in metres `(...)`, infinite where there is nothing."""
    unit = unit_from_levels(frame)
    if name == "mask":
        return unit[..., 0]
    if name == "albedo":
        return linear_from_srgb(unit)
    if name == "normal":
        return unit * 2 - 1
    if name == "depth":
        with np.errstate(divide="ignore"):
            return np.where(unit[..., 0] > 0, NEAREST_M / unit[..., 0], np.inf).astype(np.float32)
    raise ValueError(f"no output named {name!r}; known: mask, albedo, normal, depth")
