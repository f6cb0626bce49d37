"""A frame's corrected YUV planes, from its own planes and the halved frame after the LUT.

4:2:0 video keeps its colours at half resolution, so the halved frame's chroma is the answer as it is. The corrected
luma of a pixel is the LUT's curve for greys at that pixel's own luma, and to it comes, enlarged, by how much the LUT
departs from that curve in the halved frame. So the finest detail in luma gets the contrast that the LUT has for greys;
everything coarser is exact. All levels are BT.709 in video range.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from core.levels import LUMA
from train_baseline.methods.lut import CELLS

_QUARTERS = np.arange(4 * 255 + 1, dtype=np.float32) / 4
"""Luma in quarters of a level: the mean of four pixels is a whole number of them."""
_LEVEL = np.float32(1 / 256)
"""Of a 16-bit plane."""


class Planes:
    """Corrected planes of frames of one size. Its arrays are made once: memory that is new for every frame costs more
    time than all of the arithmetic."""

    def __init__(self, width: int, height: int):
        half = -(-height // 2), -(-width // 2)
        self._size, self._half = (width, height), half[::-1]
        self._fourfold = np.empty((height, width), np.uint16)
        self._change, self._enlarged, self._base = (np.empty((height, width), np.float32) for _ in range(3))
        self._halved, self._halved_matte = np.empty(half, np.float32), np.empty(half, np.float32)
        self._out = [np.empty(shape, np.uint8) for shape in ((height, width), half, half)]

    def corrected(
        self, before: list[np.ndarray], halved: list[np.ndarray], lut: torch.Tensor, coefficients: np.ndarray | None
    ) -> list[np.ndarray]:
        """Planes of `yuv420p` before and, `uint16` of half the size, after the uniform `lut` -> corrected planes,
        uint8, which the next call overwrites.

        `coefficients`: `(2, h, w)` of any size, a matte as `train_baseline.methods.matte_edge` makes it; None is 1
        everywhere.
        """
        luma, curve = before[0], grey_curve(lut, _QUARTERS)
        np.left_shift(luma, 2, out=self._fourfold, dtype=np.uint16)
        quarters = cv2.resize(self._fourfold, self._half, interpolation=cv2.INTER_AREA)
        departure = np.multiply(halved[0], _LEVEL, out=self._halved)
        departure -= curve[quarters]
        cv2.LUT(luma, curve[::4] - _QUARTERS[::4], dst=self._change)
        cv2.add(self._change, cv2.resize(departure, self._size, dst=self._enlarged), dst=self._change)
        if coefficients is not None:
            matte = self._matte(coefficients, luma)
            cv2.multiply(self._change, matte, dst=self._change)
            cv2.resize(matte, self._half, dst=self._halved_matte, interpolation=cv2.INTER_AREA)
        cv2.add(luma, self._change, dst=self._out[0], dtype=cv2.CV_8U)
        for old, new, out in zip(before[1:], halved[1:], self._out[1:], strict=True):
            change = np.multiply(new, _LEVEL, out=self._halved)
            change -= old
            if coefficients is not None:
                change *= self._halved_matte
            cv2.add(old, change, dst=out, dtype=cv2.CV_8U)
        return self._out

    def _matte(self, coefficients: np.ndarray, luma: np.ndarray) -> np.ndarray:
        """As `train_baseline.methods.matte_edge.upsample_matte`, for luma in video range."""
        slope, base = coefficients
        matte = cv2.resize(slope / 219, self._size, dst=self._enlarged)
        cv2.multiply(matte, luma, dst=matte, dtype=cv2.CV_32F)
        cv2.add(matte, cv2.resize(base - slope * (16 / 219), self._size, dst=self._base), dst=matte)
        return np.clip(matte, 0, 1, out=matte)


def grey_curve(lut: torch.Tensor, luma: np.ndarray) -> np.ndarray:
    """What the uniform LUT makes of greys: luma -> luma, float32."""
    knots = np.arange(CELLS + 1)
    greys = lut.numpy()[:, knots, knots, knots]
    shown = np.clip([np.interp((luma - 16) / 219, knots / CELLS, channel) for channel in greys], 0, 1)
    return (16 + 219 * (np.array(LUMA) @ shown)).astype(np.float32)
