"""Applying a kernel to pictures in the fastest exact way: separable, direct, or Fourier transforms of tiles."""

from __future__ import annotations

import math

import cv2
import numpy as np

from degrade.kernels import crop_to_support, separate

_DIRECT_UP_TO = 7
# Tile sizes that measured best (benchmarks/degrade_speed.py): 128 wide stays in the second-level cache.
_WIDE = 128
_HIGH = (128, 192, 256, 384)


class Filter:
    """A kernel `(n, n)`, n odd, symmetric through its middle, ready to apply to any number of pictures.

    Tiles are transformed two at a time, their six channels as three complex pictures; a symmetric kernel's transform is
    real, so real and imaginary part do not mix.
    """

    def __init__(self, kernel: np.ndarray):
        self.kernel = crop_to_support(kernel)
        pairs = separate(self.kernel)
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
        half, depth = self.kernel.shape[0] // 2, cv2.CV_8U if picture.dtype == np.uint8 else cv2.CV_32F
        (high, wide), spectrum = self._planned(height, width)
        inner_high, inner_wide = high - 2 * half, wide - 2 * half
        rows, columns = math.ceil(height / inner_high), math.ceil(width / inner_wide)
        below, right = rows * inner_high - height, columns * inner_wide - width
        padded = cv2.copyMakeBorder(picture, half, half, half, half, cv2.BORDER_REFLECT_101)
        padded = cv2.copyMakeBorder(padded, 0, below, 0, right, cv2.BORDER_REPLICATE)
        result = np.empty((rows * inner_high, columns * inner_wide, 3), picture.dtype)
        corners = [(y * inner_high, x * inner_wide) for y in range(rows) for x in range(columns)]
        planes = [np.empty((high, wide, 2), np.float32) for _ in range(3)]
        out = [np.empty((high, wide, 3), np.float32) for _ in range(2)]
        order = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        for pair in range(0, len(corners), 2):
            two = corners[pair : pair + 2]
            tiles = [padded[y : y + high, x : x + wide].astype(np.float32) for y, x in (two[0], two[-1])]
            cv2.mixChannels(tiles, planes, order)
            for plane in planes:
                cv2.dft(plane, plane)
                cv2.multiply(plane, spectrum, plane)
                cv2.dft(plane, plane, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE)
            cv2.mixChannels(planes, out, order)
            for (y, x), tile in zip(two, out, strict=False):
                # The kernel sits at the transform's origin, so wrapped-round rows and columns are the tile's own rim.
                inner = tile[half : high - half, half : wide - half]
                result[y : y + inner_high, x : x + inner_wide] = cv2.add(inner, 0.0, dtype=depth)
        return np.ascontiguousarray(result[:height, :width])

    def _planned(self, height: int, width: int) -> tuple[tuple[int, int], np.ndarray]:
        """The tile's size and the kernel's transform at that size, made once for each size of picture."""
        if self._plan is None or self._plan[0] != (height, width):
            margin = self.kernel.shape[0] - 1
            high, wide = min(_HIGH, key=lambda tall: math.ceil(height / (tall - margin)) * tall), _WIDE
            at_origin = np.zeros((high, wide), np.float64)
            at_origin[: margin + 1, : margin + 1] = self.kernel
            at_origin = np.roll(at_origin, (-(margin // 2), -(margin // 2)), axis=(0, 1))
            spectrum = np.fft.fft2(at_origin).real.astype(np.float32)
            self._plan = ((height, width), (high, wide), np.repeat(spectrum[..., None], 2, axis=-1))
        return self._plan[1], self._plan[2]
