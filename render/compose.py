"""Light layers x weights -> lit frames: weighted sum, denoising, the lens, the plate behind. All of it linear light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.camera import Film, pinhole_plane
from render.denoiser import denoise
from render.layers import Surface
from scenes.spec import Camera

_MARGIN = 32


def weighted_sum(radiance: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`radiance` `(G, h, w, 3)`, `weights` `(K, G, 3)` -> `(K, h, w, 3)` float32: all K lightings as one matrix product
    per colour channel."""
    count, height, width, _ = radiance.shape
    flat = radiance.reshape(count, height * width, 3)
    out = np.empty((len(weights), height * width, 3), np.float32)
    for channel in range(3):
        out[:, :, channel] = weights[:, :, channel].astype(np.float32) @ flat[:, :, channel]
    return out.reshape(len(weights), height, width, 3)


def denoised(radiance: np.ndarray, surface: Surface, quality: str) -> np.ndarray:
    """`(h, w, 3)` linear -> the same, by Open Image Denoise with albedo and normal as guides; "off" changes nothing.

    The radiance is scaled to a mean of 0.2 first, so that the filter's own exposure estimate sees every lighting alike.
    """
    if quality == "off":
        return radiance
    mean = float(radiance.mean())
    if mean <= 0.0:
        return radiance
    scale = np.float32(0.2 / mean)
    clean, box = np.zeros_like(radiance), _around(surface.alpha)
    cut = lambda image: np.ascontiguousarray(image[box], np.float32)
    guides = np.clip(cut(surface.albedo), 0, 1), cut(surface.normal)
    clean[box] = denoise(cut(radiance) * scale, *guides, hdr=True, quality=quality)
    return np.maximum(clean, 0.0) / scale


def denoised_matte(alpha: np.ndarray, quality: str) -> np.ndarray:
    """Coverage `(h, w)` in [0, 1] -> the same without the stipple that few samples leave at single strands.

    Where a pixel and its neighbours are all inside or all outside nothing changes, to the bit.
    """
    if quality == "off":
        return alpha
    clean, box = alpha.copy(), _around(alpha)
    clean[box] = denoise(np.repeat(alpha[box][..., None], 3, -1), hdr=False, quality=quality)[..., 0]
    edge = cv2.dilate(alpha, np.ones((3, 3), np.uint8)) != cv2.erode(alpha, np.ones((3, 3), np.uint8))
    return np.where(edge, np.clip(clean, 0.0, 1.0), alpha).astype(np.float32)


def _around(alpha: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the box around what is covered, and a margin as wide as the filter looks: the film has room
    for the whole clip's motion, most of which one frame leaves empty."""
    rows, columns = (np.flatnonzero(alpha.any(axis)) for axis in (1, 0))
    if not rows.size:
        return slice(None), slice(None)
    near = lambda places: slice(max(0, int(places[0]) - _MARGIN), int(places[-1]) + 1 + _MARGIN)
    return near(rows), near(columns)


@dataclass(frozen=True, eq=False)
class Lens:
    """From the film's box to output pixels: places each output pixel's value, distortion included."""

    map_x: np.ndarray
    map_y: np.ndarray
    shift: tuple[int, int] | None
    shape: tuple[int, int]

    @staticmethod
    def of(camera: Camera, film: Film, width: int, height: int) -> Lens:
        """Without distortion the film's box is only placed, bit for bit; with it, resampled (bilinear)."""
        x0, y0 = film.box[:2]
        if camera.distortion_k1 == 0.0:
            return Lens(np.empty(0), np.empty(0), (x0, y0), (height, width))
        plane = pinhole_plane(camera, width, height)
        map_x = film.width / 2 + plane[..., 0] * width / 2 - 0.5 - x0
        map_y = film.height / 2 - plane[..., 1] * width / 2 - 0.5 - y0
        return Lens(map_x.astype(np.float32), map_y.astype(np.float32), None, (height, width))

    def place(self, image: np.ndarray, nearest: bool = False) -> np.ndarray:
        """`(h, w[, C])` over the film's box -> `(H, W[, C])` over the output frame, 0 outside the box."""
        if self.shift is not None:
            out = np.zeros((*self.shape, *image.shape[2:]), image.dtype)
            x, y = self.shift
            out[y : y + image.shape[0], x : x + image.shape[1]] = image
            return out
        method = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        return cv2.remap(image, self.map_x, self.map_y, method, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,))


def composite_over(radiance: np.ndarray, alpha: np.ndarray, plate: np.ndarray) -> np.ndarray:
    """Premultiplied `(H, W, 3)` over the plate, linear."""
    return radiance + (1.0 - alpha)[..., None] * plate
