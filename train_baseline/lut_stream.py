"""Which LUT each frame of a video gets: predicted from its thumbnail and smoothed over time, or AutoAdjust's curves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch

from score.autoadjust import AutoAdjust
from train_baseline.lut import CELLS, UNIFORM_KNOTS
from train_baseline.network import Network

CUT = 0.12
"""Mean absolute change of the thumbnail, of 1, above which the picture has been cut and smoothing starts afresh."""


class Correction(NamedTuple):
    """What one frame gets: `lut` `(3, M, M, M)`, and `lines` `(2, 45, 80)` float32 of the matte, how much of the LUT's
    change each place gets (see `train_baseline.matte_edge`), or None for all of it everywhere."""

    lut: torch.Tensor
    lines: np.ndarray | None = None


class Smoother:
    """The predicted weights as an exponential average over time, so that noise in a frame does not pulse in colour."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._weights: torch.Tensor | None = None
        self._thumbnail: np.ndarray | None = None

    def add(self, weights: torch.Tensor, thumbnail: np.ndarray, elapsed_s: float) -> torch.Tensor:
        """The next frame's weights, `elapsed_s` after the last -> what to use for it. A cut starts afresh."""
        fresh = self._weights is None or self.seconds == 0
        fresh = fresh or float(np.abs(thumbnail.astype(np.int16) - self._thumbnail).mean()) > 255 * CUT
        self._thumbnail = thumbnail
        share = 1.0 if fresh else 1 - math.exp(-max(elapsed_s, 0.0) / self.seconds)
        self._weights = weights if fresh else self._weights + share * (weights - self._weights)
        return self._weights


class ModelLuts:
    """The network's LUT for frame after frame, its weights smoothed over `smoothing_s` seconds. The matte is that of
    the frame itself, for people move."""

    def __init__(self, network: Network, smoothing_s: float):
        self.network, self.smoother = network, Smoother(smoothing_s)
        self.knots = network.knots

    @torch.no_grad()
    def next(self, thumbnail: np.ndarray, elapsed_s: float) -> Correction:
        """`thumbnail` `(45, 80, 3)` uint8 sRGB -> what its frame gets."""
        image = torch.from_numpy(thumbnail).permute(2, 0, 1)[None].float() / 255
        seen = self.network(image)
        weights, lines = self.smoother.add(seen.weights, thumbnail, elapsed_s), seen.lines(image)
        return Correction(self.network.bake(weights)[0], None if lines is None else lines[0].numpy())


class AdjustLuts:
    """The AutoAdjust stand-in's curves as LUTs; on 36 knots the darkest 7 levels are straight lines."""

    def __init__(self, fps: float):
        self.adjust = AutoAdjust(fps)
        self.knots = UNIFORM_KNOTS

    def next(self, thumbnail: np.ndarray, elapsed_s: float) -> Correction:
        """As `ModelLuts.next`; the curves follow at the pace of frames, not of `elapsed_s`."""
        self.adjust(thumbnail)
        levels = np.arange(CELLS + 1) * (255 / CELLS)
        red, green, blue = (np.interp(levels, np.arange(256), self.adjust.curves[:, c]) / 255 for c in range(3))
        side = CELLS + 1
        out = np.empty((3, side, side, side), np.float32)
        out[0], out[1], out[2] = red, green[:, None], blue[:, None, None]
        return Correction(torch.from_numpy(out))
