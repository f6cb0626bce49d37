"""Kept frames at the size that the page shows: every `by` x `by` pixels are one, in linear light."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pairs.layers import LayersInfo
from render.camera import pixel_rays
from scenes.spec import Camera

WIDEST = 480
"""Pixels that a picture of the page is wide at most."""


@dataclass(frozen=True)
class Shrunk:
    """What is shown of a frame `of` (width, height): `size` pixels, each the mean of `by` x `by`, from the upper left;
    `box`: [x0, y0, x1, y1] of them where the layers are, whose pixels in the frame are `full`."""

    of: tuple[int, int]
    by: int
    size: tuple[int, int]
    box: tuple[int, int, int, int]
    full: tuple[int, int, int, int]

    @staticmethod
    def fitting(info: LayersInfo, widest: int = WIDEST) -> Shrunk:
        """As little as brings the frame to `widest` pixels."""
        by = math.ceil(info.width / widest)
        size = (max(1, info.width // by), max(1, info.height // by))
        x0, y0, x1, y1 = info.box
        x0, y0, x1, y1 = x0 // by, y0 // by, min(math.ceil(x1 / by), size[0]), min(math.ceil(y1 / by), size[1])
        return Shrunk((info.width, info.height), by, size, (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)), info.box)

    def layers(self, planes: np.ndarray) -> np.ndarray:
        """`(..., h, w)` over the layers' box -> float16 over the shown box."""
        if self.by == 1:
            return planes
        x0, y0, x1, y1 = (self.by * side for side in self.box)
        whole = np.zeros((*planes.shape[:-2], y1 - y0, x1 - x0), np.float32)
        left, top = self.full[0] - x0, self.full[1] - y0
        part = planes[..., : y1 - y0 - top, : x1 - x0 - left]
        whole[..., top : top + part.shape[-2], left : left + part.shape[-1]] = part
        return self._means(whole, -2).astype(np.float16)

    def picture(self, image: np.ndarray) -> np.ndarray:
        """`(H, W, 3)` over the frame, float32 -> over what is shown."""
        if self.by == 1:
            return image
        width, height = (self.by * side for side in self.size)
        return self._means(np.asarray(image[:height, :width], np.float32), 0)

    def rays(self, camera: Camera) -> np.ndarray:
        """`(h, w, 3)` float32 unit direction in the world of each shown pixel."""
        if self.by == 1:
            return pixel_rays(camera, *self.of)
        rays = self.picture(pixel_rays(camera, *self.of))
        return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True), np.float32)

    def _means(self, values: np.ndarray, axis: int) -> np.ndarray:
        """Of `by` x `by` along two axes from `axis` on."""
        at = axis % values.ndim
        rows, columns = values.shape[at] // self.by, values.shape[at + 1] // self.by
        shape = (*values.shape[:at], rows, self.by, columns, self.by, *values.shape[at + 2 :])
        return np.asarray(values.reshape(shape).mean((at + 1, at + 3)))
