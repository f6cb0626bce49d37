"""The optional outputs (render passes) of a clip as video frames; `pairs.members` says how they are read back."""

from __future__ import annotations

import numpy as np

from core.colour import quantise, srgb_from_linear
from pairs.members import MEMBERS, NEAREST_M
from render.compose import Lens
from render.layers import Surface


def pass_frame(name: str, surface: Surface, lens: Lens) -> np.ndarray:
    """One output as a frame `(H, W, 3)` for a lossless video: uint8, or uint16 `[0, 1023]`, coded as its entry in
    `pairs.members` says. ValueError for a name that is no output."""
    if name == "mask":
        unit = lens.place(surface.alpha)
    elif name == "albedo":
        unit = srgb_from_linear(lens.place(surface.albedo))
    elif name == "normal":
        unit = lens.place(surface.world_normal) / 2 + 0.5
    elif name == "depth":
        depth = lens.place(surface.depth_m, nearest=True)
        unit = np.where((depth > 0.01) & (depth < 100.0), NEAREST_M / np.maximum(depth, NEAREST_M), 0.0)
    else:
        raise ValueError(f"no output named {name!r}; known: mask, albedo, normal, depth")
    levels = quantise(unit, MEMBERS[name].bits)
    return np.repeat(levels[..., None], 3, -1) if MEMBERS[name].grey else levels
