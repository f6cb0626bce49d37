"""What LUT methods share: a thumbnail -> a few weights -> one colour LUT, and a small matte that says where it applies.

The network sees a thumbnail of 80x45. The matte keeps the LUT on the person, because a wall of the person's colours
must stay as it is (a LUT with context, as in Liu et al., "4D LUT: learnable context-aware 4D lookup table for image
enhancement", TIP 2023, who feed the context in as a fourth axis).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from core.rng import rng_for
from train_baseline.config import LutConfig
from train_baseline.methods.base import HALVINGS, NO_PARTS, THUMBNAIL, Method, PixelBatch, Sees
from train_baseline.methods.convolution_form import ConvolutionForm
from train_baseline.methods.loss import total
from train_baseline.methods.lut import HALD_SIDE, apply_lut, blend, on_uniform_grid
from train_baseline.methods.lut_session import LutSession, SmoothedLuts
from train_baseline.methods.matte_edge import guided_coefficients, upsample_matte

WIDTHS = (24, 48, 96, 128)
MATTE_WIDTHS = (16, 24, 40, 64)
"""Channels of the matte at the thumbnail's size, its half, quarter and eighth (6x10)."""
LUT_PARTS = {
    "lut": "1x3x216x216, 0-255 and beyond, sRGB: what becomes of a Hald image of level 6 (36 x 36 x 36 colours, red "
    "fastest); interpolate, then clip",
    "matte": "1x1xHxW, 0-1: how much of the LUT's change each pixel gets",
}


class Prediction(NamedTuple):
    """What a network makes of thumbnails: `weights` `(B, P)`, which a session smooths over time, for `bake`; `matte`
    `(B, 1, 45, 80)` in `[0, 1]`, how much of the LUT's change each place gets, None: all of it everywhere."""

    weights: torch.Tensor
    matte: torch.Tensor | None

    def coefficients(self, thumbnail: torch.Tensor) -> torch.Tensor | None:
        """The matte as `methods.matte_edge` enlarges it, `(B, 2, 45, 80)`; `thumbnail` is what was seen."""
        return None if self.matte is None else guided_coefficients(self.matte.float(), thumbnail)


class Matte(nn.Module):
    """Where the person is: down to an eighth of the thumbnail, where a place sees the whole picture, and back up with
    what was seen on the way (a small U-Net, Ronneberger et al., MICCAI 2015, that adds where that one stacks)."""

    def __init__(self) -> None:
        super().__init__()
        block = lambda before, after, stride=1: nn.Sequential(
            nn.Conv2d(before, after, 3, stride=stride, padding=1), nn.LeakyReLU(0.1)
        )
        sizes = list(itertools.pairwise(MATTE_WIDTHS))
        self.enter = block(3, MATTE_WIDTHS[0])
        self.down = nn.ModuleList(nn.Sequential(block(wide, deep, 2), block(deep, deep)) for wide, deep in sizes)
        self.across = nn.ModuleList(nn.Conv2d(deep, wide, 1) for wide, deep in sizes)
        self.up = nn.ModuleList(block(wide, wide) for wide, _ in sizes)
        self.leave = nn.Conv2d(MATTE_WIDTHS[0], 1, 1)

    def forward(self, thumbnail: torch.Tensor) -> torch.Tensor:
        """`(B, 3, 45, 80)` sRGB less 0.5 -> `(B, 1, 45, 80)` in `[0, 1]`."""
        x = self.enter(thumbnail)
        passed = []
        for down in self.down:
            passed.append(x)
            x = down(x)
        for across, up, there in zip(reversed(self.across), reversed(self.up), reversed(passed), strict=True):
            x = F.interpolate(across(x), there.shape[2:], mode="bilinear", align_corners=False)
            x = up(x + there)
        return torch.sigmoid(self.leave(x))


class LutMethod(Method[PixelBatch]):
    """A thumbnail -> weights -> a LUT, and perhaps a matte. A subclass has `knots`, `forward`, `bake`, a loss."""

    bakes_lut = True
    knots: tuple[int, ...]

    def forward(self, thumbnail: torch.Tensor) -> Prediction:
        """`(B, 3, 45, 80)` sRGB `[0, 1]` -> weights `(B, P)` and the matte."""
        raise NotImplementedError

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        """`(B, P)` -> `(B, 3, M, M, M)` on `self.knots`."""
        raise NotImplementedError

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        return self.through_lut(frames, F.interpolate(frames, THUMBNAIL, mode="area"))

    def through_lut(self, frames: torch.Tensor, thumbnails: torch.Tensor) -> torch.Tensor:
        """`frames` `(B, 3, H, W)` sRGB `[0, 1]` through the baked LUTs and mattes of their `thumbnails`."""
        predicted = self(thumbnails)
        coefficients = predicted.coefficients(thumbnails)
        matte = None if coefficients is None else upsample_matte(coefficients, frames)
        return blend(frames, apply_lut(self.bake(predicted.weights), frames, self.knots).clamp(0, 1), matte)

    def corrected(self, batch: PixelBatch) -> torch.Tensor:
        return self._at_places(*self._predicted(batch.thumbnails), batch)

    def _predicted(self, thumbnails: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        with self.autocast():
            weights, mattes = self(thumbnails)
        return self.bake(weights.float()), None if mattes is None else mattes.float()

    def _at_places(self, luts: torch.Tensor, mattes: torch.Tensor | None, batch: PixelBatch) -> torch.Tensor:
        """The batch's pixels through each frame's LUT, as far as its matte, enlarged bilinearly, goes there."""
        matte = None
        if mattes is not None:
            grid = batch.places[:, None]
            matte = F.grid_sample(mattes[: len(grid)], grid, padding_mode="border", align_corners=False)[:, :, 0]
        return blend(batch.source, apply_lut(luts, batch.source, self.knots), matte)

    @torch.no_grad()
    def average_lut(self, thumbnails: np.ndarray) -> tuple[torch.Tensor, tuple[int, ...]]:
        images = torch.from_numpy(thumbnails).permute(0, 3, 1, 2).float() / 255
        return self.bake(self(images).weights).mean(0), self.knots

    def placed(self) -> Self:
        return self  # thumbnails are too small for a GPU to pay

    def session(self, fps: float, smoothing_s: float = 0.0) -> LutSession:
        return SmoothedLuts(self, smoothing_s)

    def deployed_parts(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        form = self.deployed(target)
        assert isinstance(form, (ConvolutionForm, SampledForm))
        form.gives = LUT_PARTS
        return form

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        if target == "coreml":
            raise InputError(
                f"method {self.config.name} has no convolution-only form, which Core ML needs; export it to .onnx, or "
                "train with method curves"
            )
        return SampledForm(self)


class ConvolutionalLut(LutMethod):
    """Trunk, head and, where asked for, a matte, which the trunk sees as a fourth channel. A subclass has `knots`, the
    number of `outputs` of its head, and `bake`."""

    terms = ("rmse", "matte", "temporal")

    def __init__(self, config: LutConfig, outputs: int):
        super().__init__(config)
        self.sees, self.weighting = Sees("pixels", config.pixels), config.loss
        self.matte = Matte() if config.matte else None
        layers: list[nn.Module] = []
        for before, after in zip((4 if config.matte else 3, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.LeakyReLU(0.1)]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Conv2d(WIDTHS[-1], outputs, 1)

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """Convolutions as in He et al. (ICCV 2015) without biases; head and matte say nothing at first."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d):
                assert module.bias is not None
                drawn = rng_for(seed, f"{name}.weight", "init").standard_normal(module.weight.shape, np.float32)
                spread = math.sqrt(2 / module.weight[0].numel())
                module.weight.copy_(torch.from_numpy(drawn * np.float32(spread)))
                module.bias.zero_()
        for quiet in (self.head, *([] if self.matte is None else [self.matte.leave])):
            quiet.weight.zero_()

    def forward(self, thumbnail: torch.Tensor) -> Prediction:
        """`(B, 3, 45, 80)` sRGB `[0, 1]` -> weights `(B, P)` and the matte."""
        x, matte = thumbnail - 0.5, None
        if self.matte is not None:
            matte = self.matte(x)
            x = torch.cat([x, matte - 0.5], 1)
        features = self.trunk(x).mean(dim=(2, 3), keepdim=True)
        return Prediction(self.head(features).flatten(1), matte)

    def loss(self, batch: PixelBatch) -> dict[str, torch.Tensor]:
        with_next = [batch.thumbnails, batch.following] if self.weighting.temporal else [batch.thumbnails]
        luts, mattes = self._predicted(torch.cat(with_next))
        corrected = self._at_places(luts[: len(batch.source)], mattes, batch)
        return total(self.weighting, corrected, batch.target, batch.mask, luts, mattes, batch.coverage)


class SampledForm(nn.Module):
    """A LUT method whose LUT is baked inside the graph and sampled.

    `(1, 3, H, W)` sRGB in levels `[0, 255]`, sides multiples of 16 -> the same, corrected, clipped, not rounded; with
    `gives` set, LUT and matte as well.
    """

    gives: Mapping[str, str] = NO_PARTS

    def __init__(self, method: LutMethod):
        super().__init__()
        self.method = method

    def forward(self, frame: torch.Tensor) -> Any:
        x = frame * (1 / 255)
        small = x
        for _ in range(HALVINGS):
            small = F.avg_pool2d(small, 2)
        predicted = self.method(small)
        lut, coefficients = (
            on_uniform_grid(self.method.bake(predicted.weights), self.method.knots),
            predicted.coefficients(small),
        )
        grid = x.permute(0, 2, 3, 1)[:, None] * 2 - 1
        out = F.grid_sample(lut, grid, mode="bilinear", padding_mode="border", align_corners=True)
        matte = None if coefficients is None else upsample_matte(coefficients, x)
        out = blend(x, out[:, :, 0].clamp(0, 1), matte) * 255
        if not self.gives:
            return out
        hald = lut.reshape(1, 3, HALD_SIDE, HALD_SIDE) * 255
        return out, hald, torch.ones_like(x[:, :1]) if matte is None else matte
