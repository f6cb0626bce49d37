"""Which LUT each frame of a video gets: predicted from its thumbnail and smoothed over time, or AutoAdjust's curves."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from score.autoadjust import AutoAdjust
from train_baseline.methods.lut import CELLS, UNIFORM_KNOTS
from train_baseline.methods.network import Network, Seen

CUT = 0.12
"""Mean absolute change of the thumbnail, of 1, above which the picture has been cut and smoothing starts afresh."""
STILL, MOVED = 2 / 255, 8 / 255
"""Change around a place of the thumbnail, of 1, below which it stands still (its pixels are means of many, so noise is
less) and above which it has moved for sure."""


class Correction(NamedTuple):
    """What one frame gets: `lut` `(3, M, M, M)`, and `lines` `(2, 45, 80)` float32 of the matte, how much of the LUT's
    change each place gets (see `train_baseline.methods.matte_edge`), or None for all of it everywhere."""

    lut: torch.Tensor
    lines: np.ndarray | None = None


class Smoother:
    """What was predicted as an exponential average over time, so that noise in a frame does not pulse in colour: the
    weights as a whole, the matte wherever the picture stands still, for people move."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._mean: Seen | None = None
        self._thumbnail: torch.Tensor | None = None

    def add(self, seen: Seen, thumbnail: torch.Tensor, elapsed_s: float) -> Seen:
        """What is seen in `thumbnail` `(1, 3, 45, 80)` in `[0, 1]`, `elapsed_s` after the last -> what to use for it. A
        cut starts afresh."""
        if self._mean is None or self.seconds == 0 or float((thumbnail - self._thumbnail).abs().mean()) > CUT:
            self._mean, self._thumbnail = seen, thumbnail
            return seen
        share = 1 - math.exp(-max(elapsed_s, 0.0) / self.seconds)
        change = F.avg_pool2d((thumbnail - self._thumbnail).abs().amax(1, keepdim=True), 3, 1, 1)
        moved = share + (1 - share) * ((change - STILL) / (MOVED - STILL)).clamp(0, 1)
        matte = None if seen.matte is None else self._mean.matte + moved * (seen.matte - self._mean.matte)
        self._mean = Seen(self._mean.weights + share * (seen.weights - self._mean.weights), matte)
        self._thumbnail = self._thumbnail + moved * (thumbnail - self._thumbnail)
        return self._mean


class ModelLuts:
    """The network's LUT and matte for frame after frame, smoothed over `smoothing_s` seconds."""

    def __init__(self, network: Network, smoothing_s: float):
        self.network, self.smoother = network, Smoother(smoothing_s)
        self.knots = network.knots

    @torch.no_grad()
    def next(self, thumbnail: np.ndarray, elapsed_s: float) -> Correction:
        """`thumbnail` `(45, 80, 3)` uint8 sRGB -> what its frame gets."""
        image = torch.from_numpy(thumbnail).permute(2, 0, 1)[None].float() / 255
        seen = self.smoother.add(self.network(image), image, elapsed_s)
        lines = seen.lines(image)
        return Correction(self.network.bake(seen.weights)[0], None if lines is None else lines[0].numpy())


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
