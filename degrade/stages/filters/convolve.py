"""Applying a kernel to pictures in the fastest exact way: separable, direct, or Fourier transforms of tiles."""

from __future__ import annotations

import math

import cv2
import numpy as np

from degrade.stages.filters.kernels import crop_to_support, separate

_DIRECT_UP_TO = 5
# Tile sizes that measured best; a pair of tiles stays in the caches.
_TILES = [(high, wide) for high in (128, 160, 192, 384) for wide in (128, 160, 192)]


class Filter:
    """A kernel `(n, n)`, n odd, symmetric through its middle, ready to apply to any number of pictures.

    Tiles are transformed two at a time, as real and imaginary part; a symmetric kernel's transform is real, so they do
    not mix. A row is taken as it lies in memory, B G R B G R: the kernel, spread out to every third place, meets one
    channel only.
    """

    def __init__(self, kernel: np.ndarray):
        self.kernel = crop_to_support(kernel)
        pairs = separate(self.kernel)
        self.undershoots = bool(self.kernel.min() < 0)
        self.factors = pairs[0] if len(pairs) == 1 else None
        self._plan: tuple[tuple[int, int], tuple[int, int], np.ndarray] | None = None

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """`(H, W, 3)` uint8 or float32 -> the same; borders are mirrored, uint8 is rounded and clipped."""
        size = self.kernel.shape[0]
        if size == 1:
            return picture
        if self.factors is not None:
            column, row = self.factors
            return cv2.sepFilter2D(picture, -1, row, column, borderType=cv2.BORDER_REFLECT_101)
        if size <= _DIRECT_UP_TO or min(picture.shape[:2]) <= size:
            return cv2.filter2D(picture, -1, self.kernel, borderType=cv2.BORDER_REFLECT_101)
        return self._transform(picture)

    def _transform(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        half = self.kernel.shape[0] // 2
        (high, wide), spectrum = self._planned(height, width)
        inner_high, inner_wide = high - 2 * half, wide - 2 * half
        rows, columns = math.ceil(height / inner_high), math.ceil(width / inner_wide)
        below, right = rows * inner_high - height, columns * inner_wide - width
        padded = cv2.copyMakeBorder(picture, half, half, half, half, cv2.BORDER_REFLECT_101)
        padded = cv2.copyMakeBorder(padded, 0, below, 0, right, cv2.BORDER_REPLICATE)
        padded = padded.reshape(len(padded), -1)
        result = np.empty((rows * inner_high, columns * inner_wide * 3), picture.dtype)
        corners = [(y * inner_high, x * inner_wide * 3) for y in range(rows) for x in range(columns)]
        plane = np.empty((high, wide * 3, 2), np.float32)
        # The kernel sits at the transform's origin, so wrapped-round rows and columns are the tile's own rim.
        inner = plane[half : high - half, half * 3 : (wide - half) * 3]
        for pair in range(0, len(corners), 2):
            two = corners[pair : pair + 2]
            plane[:] = cv2.merge([padded[y : y + high, x : x + wide * 3] for y, x in (two[0], two[-1])])
            cv2.dft(plane, plane)
            cv2.multiply(plane, spectrum, plane)
            cv2.dft(plane, plane, flags=cv2.DFT_INVERSE)
            if picture.dtype == np.uint8 and self.undershoots:
                np.maximum(plane, 0.0, out=plane)
            done = cv2.convertScaleAbs(inner) if picture.dtype == np.uint8 else inner
            for (y, x), tile in zip(two, cv2.split(done), strict=False):
                result[y : y + inner_high, x : x + inner_wide * 3] = tile
        return np.ascontiguousarray(result[:height, : width * 3]).reshape(picture.shape)

    def _planned(self, height: int, width: int) -> tuple[tuple[int, int], np.ndarray]:
        """The tile's size and the kernel's transform at that size, made once for each size of picture."""
        if self._plan is None or self._plan[0] != (height, width):
            margin = self.kernel.shape[0] - 1
            tiles = lambda side, tile: math.ceil(side / (tile - margin))
            area = lambda tile: tiles(height, tile[0]) * tiles(width, tile[1]) * tile[0] * tile[1]
            high, wide = min(_TILES, key=area)
            at_origin = np.zeros((high, wide), np.float64)
            at_origin[: margin + 1, : margin + 1] = self.kernel
            at_origin = np.roll(at_origin, (-(margin // 2), -(margin // 2)), axis=(0, 1))
            spectrum = np.tile(np.fft.fft2(at_origin).real / (high * wide * 3), (1, 3)).astype(np.float32)
            self._plan = ((height, width), (high, wide), np.repeat(spectrum[..., None], 2, axis=-1))
        return self._plan[1], self._plan[2]
