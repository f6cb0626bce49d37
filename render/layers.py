"""Light layers of one traced frame, read back from the renderer's file and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import WorkError
from render.camera import Film


@dataclass(frozen=True, eq=False, kw_only=True)
class Surface:
    """What a frame shows whatever the light, over the film's box of h x w pixels, premultiplied where it has colour.

    `alpha`: `(h, w)` float32 `[0, 1]`, coverage by person and things; `things`: `(h, w)`, of that by things around the
    person, which stay in the room's light; `albedo`: `(h, w, 3)`; `normal`: `(h, w, 3)`, the denoiser's guide;
    `world_normal`: `(h, w, 3)`; `depth_m`: `(h, w)`, metres along the view axis, very large where nothing was hit;
    `rest`: `(h, w, 4)`, where that point of the subject stood in frame 0 (metres in the world) times how often it was
    seen, and that number; None where it was not traced.
    """

    alpha: np.ndarray
    things: np.ndarray
    albedo: np.ndarray
    normal: np.ndarray
    world_normal: np.ndarray
    depth_m: np.ndarray
    rest: np.ndarray | None = None

    @property
    def person(self) -> np.ndarray:
        """`(h, w)`: coverage by the person alone."""
        return self.alpha - np.minimum(self.things, self.alpha)

    def of_person(self, values: np.ndarray) -> np.ndarray:
        """`(h, w[, C])` premultiplied by coverage -> the same of the person alone."""
        if not self.things.any():
            return values
        share = self.person / np.maximum(self.alpha, 1e-6)
        return values * (share if values.ndim == 2 else share[..., None])


CHANNELS = {"alpha": 1, "things": 1, "albedo": 3, "normal": 3, "world_normal": 3, "depth_m": 1, "rest": 4}
"""Numbers per pixel of each field of `Surface`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LightLayers(Surface):
    """One frame under several lights.

    `groups`: names; `radiance`: `(G, h, w, 3)` float32 linear Rec.709, premultiplied, one per group in that order;
    `combined`: `(h, w, 3)`, the renderer's own sum.
    """

    groups: tuple[str, ...]
    radiance: np.ndarray
    combined: np.ndarray


def read_layers(path: Path, groups: tuple[str, ...], film: Film) -> LightLayers:
    """Read a multilayer EXR written by the tracing child. Raises WorkError when it is cut, not of the film's box, or
    holds NaN or infinite radiance.

    The renderer says FINISHED on a full disk, so what counts is what can be read back.
    """
    import OpenEXR

    width, height = film.box_width, film.box_height

    try:
        planes = {
            name.partition(".")[2]: channel.pixels
            for name, channel in OpenEXR.File(str(path), separate_channels=True).parts[0].channels.items()
        }
    except Exception as error:
        raise WorkError(
            f"{path}: the traced frame cannot be read back ({error}); is the disk or memory full?"
        ) from None

    def plane(name: str) -> np.ndarray:
        if name not in planes:
            raise WorkError(f"{path}: the traced frame lacks {name}; it has {', '.join(sorted(planes))}")
        values = planes[name]
        if values.shape != (height, width):
            raise WorkError(f"{path}: {name} is {values.shape[1]}x{values.shape[0]}, expected {width}x{height}")
        return values

    def colour(name: str, letters: str = "RGB") -> np.ndarray:
        return np.stack([plane(f"{name}.{letter}") for letter in letters], -1).astype(np.float32, copy=False)

    radiance = np.empty((len(groups), height, width, 3), np.float32)
    for index, name in enumerate(groups):
        for channel, letter in enumerate("RGB"):
            radiance[index, :, :, channel] = plane(f"Combined_{name}.{letter}")
    if lost := int((~np.isfinite(radiance)).any((0, 3)).sum()):
        raise WorkError(f"{path}: the light of {lost} pixels is NaN or infinite; no picture can be made of it")
    return LightLayers(
        groups=groups,
        radiance=radiance,
        combined=colour("Combined"),
        alpha=np.clip(plane("Combined.A"), 0.0, 1.0),
        things=np.clip(plane("things.R"), 0.0, 1.0) if "things.R" in planes else np.zeros((height, width), np.float32),
        albedo=colour("Denoising Albedo"),
        normal=colour("Denoising Normal", "XYZ"),
        world_normal=colour("Normal", "XYZ"),
        depth_m=plane("Depth.Z"),
        rest=colour("rest", "RGBA") if "rest.A" in planes else None,
    )
