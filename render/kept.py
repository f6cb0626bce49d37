"""A traced frame's layers, finished, for keeping: denoised one by one, their sum as good as the denoised sum."""

from __future__ import annotations

import numpy as np

from pairs.layers import SURFACE, THINGS
from render.compose import Lens, denoised, denoised_matte
from render.sums import TracedFrame

LOSSY_LEVEL: float | None = 45.0
"""How the lights of a frame are coded; `benchmarks/light_layers.py` measured the kinds."""
LARGEST = 65504.0
_MOST = 4.0
_SURFACE_M = 100.0
Planes = dict[str, np.ndarray]


def finished_planes(
    sums: TracedFrame, names: tuple[str, ...], reference: np.ndarray | None, lens: Lens, quality: str
) -> Planes:
    """The channels of a kept frame, `(h, w)` each over the subject's box of the output frame.

    `names`: of all lights, the room's first, then the studio's, as `sums` has them. `reference` `(R, 3)`: a lighting by
    the room's R layers. Single layers are noisier than their sum, so the layers, denoised each for itself, are scaled
    pixel by pixel such that the reference comes out as if it had been denoised as a sum; None leaves them as they are.
    R, G, B are the subject under the reference (without one, under the first layer), for viewers.
    """
    clean = np.stack([denoised(image, sums, quality) for image in (*sums.rooms, *sums.studio)])
    rooms = clean[: len(sums.rooms)]
    shown = rooms[0]
    if reference is not None:
        weighed = lambda layers: np.einsum("rhwc,rc->hwc", layers, reference.astype(np.float32))
        shown, before = denoised(weighed(sums.rooms), sums, quality), weighed(rooms)
        if quality != "off":
            least = np.float32(1e-4) * max(float(before.mean()), 1e-12)
            rooms *= np.clip((shown + least) / (before + least), 1 / _MOST, _MOST)
    x0, y0, x1, y1 = covered(lens, *clean.shape[1:3])
    window = np.s_[y0:y1, x0:x1]
    planes: Planes = {}
    for name, image in (("", shown), *zip(names, clean, strict=True)):
        placed = np.clip(lens.place(image)[window], 0.0, LARGEST)
        planes |= {f"{name}.{letter}".lstrip("."): placed[..., c] for c, letter in enumerate("RGB")}
    depth = lens.place(sums.depth_m, nearest=True)[window]
    surface = [
        lens.place(denoised_matte(sums.alpha, quality))[window],
        *np.moveaxis(lens.place(sums.albedo)[window], -1, 0),
        *np.moveaxis(lens.place(sums.world_normal)[window], -1, 0),
        np.where((depth > 0.01) & (depth < _SURFACE_M), depth, np.inf),
    ]
    if sums.things.any():
        planes[THINGS] = np.minimum(lens.place(denoised_matte(sums.things, quality))[window], surface[0])
    return planes | dict(zip(SURFACE, surface, strict=True))


def covered(lens: Lens, height: int, width: int) -> tuple[int, int, int, int]:
    """The box of the output frame, `[x0, y0, x1, y1]`, that a film's box of this size comes to lie in."""
    y, x = np.nonzero(lens.place(np.ones((height, width), np.float32)) > 0)
    return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1
