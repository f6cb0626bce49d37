"""The aesthetic half of DOVER: ConvNeXt tiny (Liu et al., CVPR 2022), inflated over time. Tensors are named as
published."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-6
OVER_TIME = (1, 3, 1)
"""Frames that the kernels of a stage's blocks reach over, in turn."""


class ConvNext3d(nn.Module):
    """`(B, 3, T, H, W)` -> `(B, widths[-1], T / 2, H / 32, W / 32)`."""

    def __init__(self, widths: Sequence[int] = (96, 192, 384, 768), depths: Sequence[int] = (3, 3, 9, 3)):
        super().__init__()
        stem = nn.Sequential(nn.Conv3d(3, widths[0], (2, 4, 4), (2, 4, 4)), _ChannelNorm(widths[0]))
        smaller = [
            nn.Sequential(_ChannelNorm(one), nn.Conv3d(one, other, (1, 2, 2), (1, 2, 2)))
            for one, other in pairwise(widths)
        ]
        self.downsample_layers = nn.ModuleList([stem, *smaller])
        self.stages = nn.ModuleList(
            nn.Sequential(*(_Block(width, OVER_TIME[i % 3]) for i in range(depth)))
            for width, depth in zip(widths, depths, strict=True)
        )
        self.norm = nn.LayerNorm(widths[-1], eps=EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for smaller, stage in zip(self.downsample_layers, self.stages, strict=True):
            x = stage(smaller(x))
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


class _ChannelNorm(nn.Module):
    """Layer norm over the channels, which come second."""

    def __init__(self, width: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.movedim(1, -1)
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, EPSILON).movedim(-1, 1)


class _Block(nn.Module):
    def __init__(self, width: int, over_time: int):
        super().__init__()
        self.dwconv = nn.Conv3d(width, width, (over_time, 7, 7), padding=(over_time // 2, 3, 3), groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.norm(self.dwconv(x).movedim(1, -1))
        return x + (self.gamma * self.pwconv2(F.gelu(self.pwconv1(found)))).movedim(-1, 1)
