"""Five 3-D LUTs blended by a network of seven blocks, then seven residual blocks: the entries of Summer and Velta.

The blocks work at half the frame's sides, pixels folded into channels: 15.4e9 MACs leave 22 channels there where full
size leaves 11, and they take a quarter of the memory.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.rng import rng_for
from train_baseline.method_config import LutsResidualConfig
from train_baseline.methods.blocks import Residual, convolution, padded, quiet
from train_baseline.methods.clut import SEEN, identity
from train_baseline.methods.lut_then_network import LutThenNetwork

WIDTHS = (16, 32, 64, 64, 128, 128, 128)
"""Channels after each of the seven blocks that weigh; all but the first and the last halve the sides."""


class LutsResidual(LutThenNetwork):
    """See the module. The first LUT is the identity at first, the others nothing."""

    def __init__(self, config: LutsResidualConfig):
        super().__init__(config)
        layers = list[nn.Module]()
        for place, (before, after) in enumerate(zip((3, *WIDTHS), WIDTHS, strict=False)):
            stride = 1 if place == len(WIDTHS) - 1 else 2
            layers += [convolution(before, after, stride), nn.ReLU()]
        self.weigher = nn.Sequential(*layers)
        self.head = nn.Linear(WIDTHS[-1], config.luts)
        first = identity()
        self.bases = nn.Parameter(torch.cat([first[None], torch.zeros(config.luts - 1, *first.shape)]))
        self.enter, self.leave = convolution(12, config.width), convolution(config.width, 12)
        self.blocks = nn.Sequential(*(Residual(config.width) for _ in range(config.blocks)))
        first_alone = torch.zeros(config.luts)
        first_alone[0] = 1
        self.first_alone = nn.Buffer(first_alone, persistent=False)

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """The first LUT alone, others of zeros, and a last layer of zeros: every frame stays."""
        quiet(self.leave)
        drawn = rng_for(seed, "luts_residual.head", "init").standard_normal(self.head.weight.shape, np.float32)
        self.head.weight.copy_(torch.from_numpy(drawn * np.float32(0.02)))
        self.head.weight[0] = 0
        nn.init.zeros_(self.head.bias)

    def weights(self, frames: torch.Tensor) -> torch.Tensor:
        small = F.interpolate(frames, (SEEN, SEEN), mode="bilinear", align_corners=False)
        return self.first_alone + self.head(self.weigher(small - 0.5).mean((2, 3)))

    def luts(self, weights: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bn,nckji->bckji", weights, self.bases)

    def mended(self, pictures: torch.Tensor) -> torch.Tensor:
        height, width = pictures.shape[2:]
        x = F.pixel_unshuffle(padded(pictures, 2), 2)
        x = F.pixel_shuffle(x + self.leave(self.blocks(F.relu(self.enter(x)))), 2)
        return x[:, :, :height, :width]
