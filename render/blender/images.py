"""Pixels -> Blender images."""

from __future__ import annotations

import bpy
import numpy as np


def make_image(name: str, pixels: np.ndarray) -> bpy.types.Image:
    """A Blender image from `(H, W, 3)` uint8 sRGB or `(H, W)` uint8 data; row 0 is the top, as outside Blender."""
    data = pixels.ndim == 2
    rgb = (pixels[..., None] if data else pixels).astype(np.float32) / 255
    return _packed(name, rgb, data, "Non-Color" if data else "sRGB")


def float_image(name: str, linear: np.ndarray) -> bpy.types.Image:
    """A Blender image from `(H, W, 3)` float32, linear; row 0 is the top."""
    return _packed(name, linear, True, None)


def _packed(name: str, rgb: np.ndarray, data: bool, space: str | None) -> bpy.types.Image:
    height, width = rgb.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=space is None, is_data=data)
    if space is not None:
        image.colorspace_settings.name = space
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = rgb[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    image.pack()
    return image
