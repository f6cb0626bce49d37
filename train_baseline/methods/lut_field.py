"""LUT and field in one method: the field brings the person's light, and a colour LUT, predicted from a thumbnail of
what came out, gives the tones that no light can, as far as the person goes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from train_baseline.config import CurvesConfig, LutFieldConfig
from train_baseline.methods.base import NO_PARTS, THUMBNAIL, Truth
from train_baseline.methods.convolution_form import ConvolutionForm
from train_baseline.methods.curves import Curves
from train_baseline.methods.field_session import FieldSession
from train_baseline.methods.light_field import FIELD_PARTS, LightField
from train_baseline.methods.light_gain import enlarged, grid_gain, relit
from train_baseline.methods.lut import apply_lut
from train_baseline.methods.lut_method import LUT_PARTS


class LutField(LightField):
    """See the module. Until it is taught otherwise the LUT changes nothing."""

    bakes_lut = True

    def __init__(self, config: LutFieldConfig):
        super().__init__(config)
        self.tone = Curves(CurvesConfig(matte=False, grid=config.grid))

    def initialise(self, seed: int) -> None:
        self.tone.initialise(seed)
        super().initialise(seed)

    def shown(self, frames: torch.Tensor, gain: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
        lit = relit(frames, gain, person)
        return self.toned(lit, person, self.tone(F.interpolate(lit, THUMBNAIL, mode="area")).weights)

    def toned(self, lit: torch.Tensor, person: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Frames whose light is right, through the LUT of `weights` as far as `person` goes."""
        after = apply_lut(self.tone.bake(weights), lit, self.tone.knots).clamp(0, 1)
        return lit + enlarged(person, int(lit.shape[2]), int(lit.shape[3])) * (after - lit)

    @torch.no_grad()
    def average_lut(self, thumbnails: np.ndarray) -> tuple[torch.Tensor, tuple[int, ...]]:
        frames = torch.from_numpy(thumbnails).permute(0, 3, 1, 2).float() / 255
        places = self.people(frames)
        lit = relit(frames, grid_gain(self.stops(frames, places)), places.person)
        return self.tone.bake(self.tone(lit).weights).mean(0), self.tone.knots

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        return LutFieldForm(self)

    def deployed_parts(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        form = LutFieldForm(self)
        form.gives = {**FIELD_PARTS, "lut": LUT_PARTS["lut"]}
        return form

    def session(self, fps: float, smoothing_s: float = 0.0) -> FieldSession:
        return LutFieldSession(self, smoothing_s)


class LutFieldSession(FieldSession):
    """The LUT is smoothed as the field is."""

    on_video = "frames"

    def __init__(self, method: LutField, smoothing_s: float):
        super().__init__(method, smoothing_s)
        self.both = method
        self._weights: torch.Tensor | None = None

    @torch.no_grad()
    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        lit, person = self.lit(frame, elapsed_s)
        weights = self.both.tone(F.interpolate(lit, THUMBNAIL, mode="area")).weights
        if self._weights is not None and self.smoothing_s and not self.cut:
            weights = torch.lerp(self._weights, weights, 1 - math.exp(-elapsed_s / self.smoothing_s))
        self._weights = weights
        return self.levels(self.both.toned(lit, person, weights))


class LutFieldForm(nn.Module):
    """In one graph, without sampling: `(1, 3, H, W)` sRGB in levels `[0, 255]` -> the same, corrected, and what `gives`
    names."""

    gives: Mapping[str, str] = NO_PARTS
    unsteady = ("matte",)

    def __init__(self, method: LutField):
        super().__init__()
        self.method, self.tone = method, ConvolutionForm(method.tone)
        self.tone.gives = LUT_PARTS

    def forward(self, frame: torch.Tensor) -> Any:
        x = frame * (1 / 255)
        places = self.method.people(x)
        gain = grid_gain(self.method.stops(x, places))
        lit = relit(x, gain, places.person).clamp(0, 1) * 255
        after, lut, _ = self.tone(lit)
        out = lit + enlarged(places.person, int(x.shape[2]), int(x.shape[3])) * (after - lit)
        return (out, gain, places.person, lut) if self.gives else out
