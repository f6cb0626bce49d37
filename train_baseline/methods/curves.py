"""Curves: each channel a curve, channels mixed by a 3x4 matrix, and a residual LUT in CP form.

The residual is a sum of products of three curves, which is exactly a trilinear LUT and needs only convolutions to run.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import nn

from train_baseline.config import CurvesConfig
from train_baseline.methods.convolution_form import ConvolutionForm
from train_baseline.methods.lut import CELLS, DARK_KNOTS
from train_baseline.methods.lut_method import ConvolutionalLut


class Curves(ConvolutionalLut):
    """Curves, 3x4 matrix, and a residual LUT as a sum of products of one learned curve a channel (CP form).

    The products begin as bumps around `grid`^3 colours (hat functions, closer together in the dark), and each frame has
    a colour for each of them; so in the beginning the residual is any LUT of `grid`^3 knots. Weights in this order:
    3 x 16 rises, 9 matrix, 3 offset, 3 x R residual.
    """

    knots = DARK_KNOTS
    intervals = len(DARK_KNOTS) - 1

    def __init__(self, config: CurvesConfig):
        self.rank, grid = config.grid**3, config.grid
        super().__init__(config, 3 * self.intervals + 12 + 3 * self.rank)
        hats = _hats(grid, len(self.knots))
        blue, green, red = np.meshgrid(*[np.arange(grid)] * 3, indexing="ij")
        self.factors = nn.Parameter(torch.stack([hats[axis.ravel()] for axis in (red, green, blue)]))
        widths = torch.tensor(np.diff(self.knots) / CELLS, dtype=torch.float32)
        self.widths = nn.Buffer(widths, persistent=False)

    def unpack(self, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """`(B, P)` -> rise per interval `(B, 3, 16)`, matrix `(B, 3, 3)`, offset `(B, 3)`, residual `(B, 3, R)`."""
        n = 3 * self.intervals
        rises = self.widths * (1 + weights[:, :n].reshape(-1, 3, self.intervals))
        matrix = torch.eye(3, device=weights.device) + weights[:, n : n + 9].reshape(-1, 3, 3)
        return rises, matrix, weights[:, n + 9 : n + 12], weights[:, n + 12 :].reshape(-1, 3, self.rank)

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        rises, matrix, offset, residual = self.unpack(weights)
        curves = torch.cat([torch.zeros_like(rises[..., :1]), rises.cumsum(-1)], -1)
        lines = matrix[..., None] * curves[:, None]
        plain = lines[:, :, 0, None, None, :] + lines[:, :, 1, None, :, None] + lines[:, :, 2, :, None, None]
        red, green, blue = self.factors
        products = torch.einsum("ri,rj,rk->rkji", red, green, blue)
        mixed = residual.flatten(0, 1) @ products.flatten(1)
        return plain + offset[..., None, None, None] + mixed.reshape(plain.shape)

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        return ConvolutionForm(self)


def _hats(count: int, knots: int) -> torch.Tensor:
    """`(count, knots)`: hat functions around evenly spaced knots, which add up to 1 everywhere."""
    distance = np.abs(np.arange(knots) - np.linspace(0, knots - 1, count)[:, None]) * (count - 1) / (knots - 1)
    return torch.tensor(np.maximum(0, 1 - distance), dtype=torch.float32)
