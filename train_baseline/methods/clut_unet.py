"""A compressed LUT for the frame, then a light U-Net: the kind of entry that people liked best (TMobileRestore, XTeam,
Meeting). CLUT-Net is as published (292,541 numbers); the U-Net has 21 convolutions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from train_baseline.method_config import ClutUnetConfig
from train_baseline.methods.blocks import UNet, convolution, padded, quiet
from train_baseline.methods.clut import CompressedLuts, Weigher, identity
from train_baseline.methods.lut_then_network import LutThenNetwork

LEVELS = 8
"""Sides of what the U-Net takes are multiples of this; others are padded."""


class ClutUnet(LutThenNetwork):
    """See the module."""

    def __init__(self, config: ClutUnetConfig):
        super().__init__(config)
        self.weigher = Weigher(config.luts)
        self.bank = CompressedLuts(config.luts, config.lines, config.columns)
        self.enter, self.leave = convolution(3, config.widths[0]), convolution(config.widths[0], 3)
        self.body = UNet(config.widths, down=(1, 0, 1, 2), up=(2, 1, 2))
        self.plain = nn.Buffer(identity(), persistent=False)

    def initialise(self, seed: int) -> None:
        """LUTs of zeros and a last layer of zeros: every frame stays."""
        quiet(self.leave)

    def weights(self, frames: torch.Tensor) -> torch.Tensor:
        return self.weigher(frames)

    def luts(self, weights: torch.Tensor) -> torch.Tensor:
        return self.plain + self.bank(weights)

    def mended(self, pictures: torch.Tensor) -> torch.Tensor:
        height, width = pictures.shape[2:]
        x = padded(pictures, LEVELS)
        x = x + self.leave(self.body(F.relu(self.enter(x))))
        return x[:, :, :height, :width]
