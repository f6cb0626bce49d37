"""The AutoAdjust stand-in (`score.autoadjust`) as a method: nothing to train."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from score.autoadjust import AutoAdjust
from train_baseline.methods.base import ColourMap, FrameBatch, Method, Truth
from train_baseline.methods.lut import CELLS, UNIFORM_KNOTS
from train_baseline.methods.lut_session import Correction, LutSession


class AdjustMethod(Method[FrameBatch]):
    """Curves estimated from each frame; they follow at the pace of frames, not of seconds."""

    def session(self, fps: float, smoothing_s: float = 0.0) -> AdjustSession:
        return AdjustSession(self, fps)


class AdjustSession(LutSession):
    """Exact on whole frames, where it may be told where the person is; on a video's thumbnails it gives LUTs, where on
    36 knots the darkest 7 levels are straight lines."""

    def __init__(self, method: AdjustMethod, fps: float):
        super().__init__(method)
        self.adjust = AutoAdjust(fps)

    def colour_map(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> ColourMap:
        self.adjust(frame, None if truth is None else truth.mask)
        curves = np.rint(self._curves()).astype(np.uint8)[None]
        return lambda other: cv2.LUT(other, curves)

    def next(self, small: np.ndarray, elapsed_s: float) -> Correction:
        self.adjust(small)
        levels = np.arange(CELLS + 1) * (255 / CELLS)
        red, green, blue = (np.interp(levels, np.arange(256), self._curves()[:, c]) / 255 for c in range(3))
        side = CELLS + 1
        out = np.empty((3, side, side, side), np.float32)
        out[0], out[1], out[2] = red, green[:, None], blue[:, None, None]
        return Correction(torch.from_numpy(out), UNIFORM_KNOTS)

    def _curves(self) -> np.ndarray:
        assert self.adjust.curves is not None, "there are curves after the first frame"
        return self.adjust.curves
