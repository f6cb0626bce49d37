"""Parts of networks from picture to picture, all of operations that every engine has."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn


def convolution(before: int, after: int, stride: int = 1, side: int = 3, gain: float = 1.0) -> nn.Conv2d:
    """3x3, padded with zeros. Drawn so that what a rectifier leaves stays as strong from layer to layer (He et al.,
    ICCV 2015), times `gain`: torch's own draw halves it each time, and behind ten layers biases are all there is."""
    layer = nn.Conv2d(before, after, side, stride, side // 2)
    nn.init.normal_(layer.weight, std=gain * (2 / (side * side * before)) ** 0.5)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def rectified(x: torch.Tensor, slope: float) -> torch.Tensor:
    """What is below 0 times `slope`."""
    return F.leaky_relu(x, slope) if slope else F.relu(x)


class Residual(nn.Module):
    """Two convolutions whose result is added. `slope`: of the rectifier below 0."""

    def __init__(self, width: int, slope: float = 0.0):
        super().__init__()
        self.slope = slope
        self.first, self.second = convolution(width, width), convolution(width, width, gain=0.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(rectified(self.first(x), self.slope))


class UNet(nn.Module):
    """Down by strided convolutions and up by bilinear enlargement, adding what was seen on the way (Ronneberger et al.,
    MICCAI 2015, where it is stacked). `down` and `up`: residual blocks and plain convolutions at each level, finest
    first. 1x1 convolutions come before enlarging, where they are cheapest. `slope`: of its rectifiers below 0."""

    def __init__(self, widths: Sequence[int], down: Sequence[int], up: Sequence[int], slope: float = 0.0):
        super().__init__()
        self.slope = slope
        rectifier = lambda: nn.LeakyReLU(slope) if slope else nn.ReLU()
        levels = range(len(widths) - 1)
        self.down = nn.ModuleList(
            nn.Sequential(*(Residual(w, slope) for _ in range(n))) for w, n in zip(widths, down, strict=True)
        )
        self.shrink = nn.ModuleList(convolution(widths[i], widths[i + 1], 2) for i in levels)
        self.across = nn.ModuleList(convolution(widths[i + 1], widths[i], side=1) for i in levels)
        self.up = nn.ModuleList(
            nn.Sequential(*(layer for _ in range(up[i]) for layer in (convolution(widths[i], widths[i]), rectifier())))
            for i in levels
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, widths[0], H, W)`, sides multiples of 2 for each level but the first -> the same shape."""
        passed = []
        for i, shrink in enumerate(self.shrink):
            x = self.down[i](x)
            passed.append(x)
            x = rectified(shrink(x), self.slope)
        x = self.down[-1](x)
        for i in reversed(range(len(passed))):
            x = F.interpolate(self.across[i](x), scale_factor=2, mode="bilinear", align_corners=False)
            x = self.up[i](rectified(x + passed[i], self.slope))
        return x


def quiet(layer: nn.Module) -> None:
    """A layer that says nothing at first."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def padded(frames: torch.Tensor, multiple: int) -> torch.Tensor:
    """`(B, C, H, W)` -> the same with edges repeated to the right and below, up to sides that are multiples."""
    down, across = (-int(side) % multiple for side in frames.shape[2:])
    return F.pad(frames, (0, across, 0, down), mode="replicate") if down or across else frames
