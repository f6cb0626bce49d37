"""The curves network as it runs on a phone's or laptop's accelerator: a frame in, a frame out, convolutions only.

Piecewise linear curves are sums of clipped ramps: with knots t_0 < ... < t_16, the ramp of interval i is
clip((x - t_i) / (t_i+1 - t_i), 0, 1), and any curve is its value at 0 plus a weighted sum of ramps. Products of three
such curves are exactly what trilinear interpolation makes of the baked LUT. Everything that depends on the frame
multiplies channels; all convolutions have constant weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from train_baseline.methods.base import HALVINGS, NO_PARTS
from train_baseline.methods.lut import CELLS, HALD_SIDE, UNIFORM_KNOTS, blend, identity
from train_baseline.methods.matte_edge import guided_coefficients, upsample_matte

if TYPE_CHECKING:
    from train_baseline.methods.curves import Curves


class ConvolutionForm(nn.Module):
    """`(1, 3, 720, 1280)` sRGB in levels `[0, 255]` -> the same, corrected, clipped, not rounded.

    Other sizes run too; the thumbnail is then a sixteenth of theirs. With `gives` set, LUT and matte come out as well
    (see `Method.deployed`): the LUT is what becomes of a Hald image.
    """

    gives: Mapping[str, str] = NO_PARTS

    def __init__(self, network: Curves):
        super().__init__()
        self.trunk, self.head, self.matte = network.trunk, network.head, network.matte
        n, rank = network.intervals, network.rank
        knots = torch.tensor(network.knots, dtype=torch.float32) / CELLS
        gaps = knots.diff()
        constant = lambda value: nn.Buffer(value, persistent=False)
        self.ramp_scale = constant((1 / gaps).repeat(3).reshape(3 * n, 1, 1, 1))
        self.ramp_offset = constant((-knots[:-1] / gaps).repeat(3))
        self.widths = constant(gaps.repeat(3).reshape(1, 3 * n, 1, 1))
        self.sum_ramps = constant(torch.ones(3, n, 1, 1))
        first, steps = network.factors.detach()[..., 0], network.factors.detach().diff(dim=-1)
        self.factor_weight = constant(steps.reshape(3 * rank, n, 1, 1))
        self.factor_offset = constant(first.reshape(3 * rank))
        self.sum_products = constant(torch.ones(3, rank, 1, 1))
        triple = torch.zeros(9, 3, 1, 1)
        gather = torch.zeros(3, 9, 1, 1)
        for out in range(3):
            for channel in range(3):
                triple[3 * out + channel, channel] = 1
                gather[out, 3 * out + channel] = 1
        self.triple = constant(triple)
        self.gather = constant(gather)
        self.eye = constant(torch.eye(3).reshape(1, 9, 1, 1))
        self.hald = constant(identity(UNIFORM_KNOTS).reshape(1, 3, HALD_SIDE, HALD_SIDE))
        self.intervals, self.rank = n, rank

    def forward(self, frame: torch.Tensor) -> Any:
        x = frame * (1 / 255)
        small = x
        for _ in range(HALVINGS):
            small = F.avg_pool2d(small, 2)
        thumbnail, small = small, small - 0.5
        if self.matte is not None:
            matte = self.matte(small)
            small = torch.cat([small, matte - 0.5], 1)
        weights = self.head(self.trunk(small).mean(dim=(2, 3), keepdim=True))
        corrected = self._colours(x, weights).clamp(0, 1)
        large = None if self.matte is None else upsample_matte(guided_coefficients(matte, thumbnail), x)
        corrected = blend(x, corrected, large) * 255
        if not self.gives:
            return corrected
        return corrected, self._colours(self.hald, weights) * 255, torch.ones_like(x[:, :1]) if large is None else large

    def _colours(self, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Colours `(1, 3, h, w)` in `[0, 1]` through the curves, matrix and residual of a frame, not clipped."""
        n = 3 * self.intervals
        rises = self.widths * (1 + weights[:, :n])
        matrix = self.eye + weights[:, n : n + 9]
        offset, residual = weights[:, n + 9 : n + 12], weights[:, n + 12 :]
        ramps = F.conv2d(x, self.ramp_scale, self.ramp_offset, groups=3).clamp(0, 1)
        curves = F.conv2d(ramps * rises, self.sum_ramps, groups=3)
        plain = F.conv2d(F.conv2d(curves, self.triple) * matrix, self.gather)
        factors = F.conv2d(ramps, self.factor_weight, self.factor_offset, groups=3)
        red, green, blue = factors[:, : self.rank], factors[:, self.rank : 2 * self.rank], factors[:, 2 * self.rank :]
        products = red * green * blue
        mixed = F.conv2d(torch.cat([products, products, products], 1) * residual, self.sum_products, groups=3)
        return plain + offset + mixed
