"""LUT methods on a video: which LUT and matte each frame gets, smoothed over time so that noise does not pulse."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from train_baseline.methods.base import ColourMap, MapSession, Truth, thumbnail
from train_baseline.methods.lut import apply_to_frame, identity
from train_baseline.methods.matte_edge import upsample_matte
from train_baseline.methods.no_picture import BLACK, keep_bars, share_of_picture, without_bars

if TYPE_CHECKING:
    from train_baseline.methods.lut_method import LutMethod, Prediction

CUT = 0.12
"""Mean absolute change of the thumbnail, of 1, above which the picture has been cut and smoothing starts afresh."""
STILL, MOVED = 2 / 255, 8 / 255
"""Change around a place of the thumbnail, of 1, below which it stands still (its pixels are means of many, so noise is
less) and above which it has moved for sure."""


@dataclass(frozen=True, eq=False)
class Correction:
    """What one frame gets: `lut` `(3, M, M, M)` on `knots`, and `coefficients` `(2, 45, 80)` float32 of the matte, how
    much of the LUT's change each place gets (see `train_baseline.methods.matte_edge`), or None for all of it."""

    lut: torch.Tensor
    knots: tuple[int, ...]
    coefficients: np.ndarray | None = None

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """A frame `(H, W, 3)` uint8 sRGB -> the same, corrected exactly; black bars stay."""
        after = apply_to_frame(self.lut, frame, self.knots, self.coefficients)
        keep_bars(after, frame, *without_bars(frame.max(-1), BLACK))
        return after

    def fading(self, share: float) -> Correction:
        """This correction, `share` of it."""
        if self.coefficients is not None:
            return replace(self, coefficients=self.coefficients * np.float32(share))
        same = identity(self.knots)[0]
        return replace(self, lut=same + share * (self.lut - same))

    def matte(self, frame: np.ndarray) -> np.ndarray | None:
        """How far a frame `(H, W, 3)` uint8 is changed, `(H, W)` float32 `[0, 1]`; None: wholly everywhere."""
        if self.coefficients is None:
            return None
        picture = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255
        return upsample_matte(torch.from_numpy(self.coefficients)[None], picture)[0, 0].numpy()


class LutSession(MapSession):
    """A session that needs only thumbnails, so that the fast video filter can do the rest."""

    on_video = "lut"

    def next(self, small: np.ndarray, elapsed_s: float) -> Correction:
        """The next frame's thumbnail `(45, 80, 3)` uint8 sRGB, `elapsed_s` after the last -> what the frame gets."""
        raise NotImplementedError

    def colour_map(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> ColourMap:
        return self.next(thumbnail(frame), elapsed_s)

    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        correction = self.next(thumbnail(frame), elapsed_s)
        self.matte = correction.matte(frame)
        return correction(frame)


class SmoothedLuts(LutSession):
    """A method's LUT and matte for frame after frame, averaged over `smoothing_s` seconds (0: each frame's own)."""

    def __init__(self, method: LutMethod, smoothing_s: float):
        super().__init__(method)
        self.network, self.smoother = method, Smoother(smoothing_s)

    @torch.no_grad()
    def next(self, small: np.ndarray, elapsed_s: float) -> Correction:
        image = torch.from_numpy(small).permute(2, 0, 1)[None].float() / 255
        predicted = self.smoother.add(self.network(image), image, elapsed_s)
        coefficients = predicted.coefficients(image)
        shown = None if coefficients is None else coefficients[0].numpy()
        found = Correction(self.network.bake(predicted.weights)[0], self.network.knots, shown)
        share = share_of_picture(small)
        return found if share == 1 else found.fading(share)


class Smoother:
    """What was predicted as an exponential average over time, so that noise in a frame does not pulse in colour: the
    weights as a whole, the matte wherever the picture stands still, for people move."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._last: tuple[Prediction, torch.Tensor] | None = None

    def add(self, predicted: Prediction, image: torch.Tensor, elapsed_s: float) -> Prediction:
        """What is predicted from a thumbnail `(1, 3, 45, 80)` in `[0, 1]`, `elapsed_s` after the last -> what to use
        for it. A cut starts afresh."""
        if self._last is None or self.seconds == 0 or float((image - self._last[1]).abs().mean()) > CUT:
            self._last = predicted, image
            return predicted
        mean, before = self._last
        share = 1 - math.exp(-max(elapsed_s, 0.0) / self.seconds)
        change = F.avg_pool2d((image - before).abs().amax(1, keepdim=True), 3, 1, 1)
        moved = share + (1 - share) * ((change - STILL) / (MOVED - STILL)).clamp(0, 1)
        matte = None
        if predicted.matte is not None and mean.matte is not None:
            matte = mean.matte + moved * (predicted.matte - mean.matte)
        mean = predicted._replace(weights=mean.weights + share * (predicted.weights - mean.weights), matte=matte)
        self._last = mean, before + moved * (image - before)
        return mean
