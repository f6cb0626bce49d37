"""The optional outputs (render passes) of a clip as video frames, coded as `pairs.members` says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pairs.members import MEMBERS
from render.compose import Lens
from render.layers import Surface

_VALUES: dict[str, Callable[[Surface, Lens], np.ndarray]] = {
    "mask": lambda surface, lens: lens.place(surface.person),
    "albedo": lambda surface, lens: lens.place(surface.of_person(surface.albedo)),
    "normal": lambda surface, lens: lens.place(surface.of_person(surface.world_normal)),
    "depth": lambda surface, lens: lens.place(_depth(surface), nearest=True),
}


def _depth(surface: Surface) -> np.ndarray:
    """Where a pixel shows more of a thing than of the person there is no person's surface."""
    return np.where(2 * surface.things > surface.alpha, np.float32(1e10), surface.depth_m)


def pass_frame(name: str, surface: Surface, lens: Lens) -> np.ndarray:
    """One output as a frame `(H, W, 3)` for a lossless video: uint8, or uint16 `[0, 1023]`, coded as its entry in
    `pairs.members` says. ValueError for a name that is no output."""
    if name not in _VALUES:
        raise ValueError(f"no output named {name!r}; known: {', '.join(_VALUES)}")
    return MEMBERS[name].levels(_VALUES[name](surface, lens))
