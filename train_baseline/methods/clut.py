"""Compressed colour look-up tables and the network that weighs them (Zhang et al., "CLUT-Net: learning adaptively
compressed representations of 3DLUTs for lightweight image enhancement", ACM MM 2022)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

SIDE = 33
"""Knots an axis."""
SEEN = 256
"""Sides of the picture that is weighed."""
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, by which this kind of network takes its input."""


class CompressedLuts(nn.Module):
    """`count` LUTs as numbers of which few are needed: each colour's table is `shared` lines by `wide` columns, made
    larger by two matrices that all of them share. They begin as zeros: what is blended changes nothing."""

    def __init__(self, count: int, shared: int, wide: int):
        super().__init__()
        self.count, self.shared, self.wide = count, shared, wide
        self.tables = nn.Parameter(torch.zeros(count, 3, shared, wide))
        self.lines = nn.Parameter(torch.empty(SIDE, shared).uniform_(-0.1, 0.1))
        self.columns = nn.Parameter(torch.empty(wide, SIDE * SIDE).uniform_(-0.1, 0.1))

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        """`(B, count)` -> `(B, 3, 33, 33, 33)`, what is added to a colour; indexed blue, green, red."""
        small = torch.einsum("bn,ncsw->bcsw", weights, self.tables)
        cubes = (self.lines @ small @ self.columns).reshape(-1, 3, SIDE, SIDE, SIDE)
        # each colour is compressed least along its own axis
        red, green, blue = cubes.unbind(1)
        return torch.stack([red.permute(0, 2, 3, 1), green.permute(0, 2, 1, 3), blue], 1)


class Weigher(nn.Module):
    """A picture -> a few weights: five strided convolutions, instance norm on four, as Zeng et al. (TPAMI 2020)."""

    def __init__(self, outputs: int):
        super().__init__()
        widths, layers = (16, 32, 64, 128, 128), list[nn.Module]()
        for number, (before, after) in enumerate(zip((3, *widths), widths, strict=False)):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(0.2)]
            if number < 4:
                layers.append(nn.InstanceNorm2d(after, affine=True))
        self.trunk = nn.Sequential(*layers, nn.Dropout(0.5))
        self.head = nn.Sequential(nn.Linear(128, 128), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(128, outputs))
        self.mean, self.spread = (
            nn.Buffer(torch.tensor(values)[:, None, None], persistent=False) for values in (MEAN, SPREAD)
        )

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]` -> `(B, outputs)`."""
        small = F.interpolate(frames, (SEEN, SEEN), mode="bilinear", align_corners=False)
        return self.head(self.trunk((small - self.mean) / self.spread).mean((2, 3)))


def identity() -> torch.Tensor:
    """The LUT `(3, 33, 33, 33)` that changes nothing."""
    steps = torch.linspace(0, 1, SIDE)
    blue, green, red = torch.meshgrid(steps, steps, steps, indexing="ij")
    return torch.stack([red, green, blue])


def looked_up(luts: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """`frames` `(B, 3, H, W)` sRGB `[0, 1]` through `luts` `(B, 3, M, M, M)` on even knots, trilinear."""
    grid = frames.clamp(0, 1).permute(0, 2, 3, 1)[:, None] * 2 - 1
    return F.grid_sample(luts, grid, mode="bilinear", padding_mode="border", align_corners=True)[:, :, 0]


def roughness(luts: torch.Tensor) -> torch.Tensor:
    """Mean squared difference between neighbouring knots, over the three axes."""
    return torch.stack([luts.diff(dim=axis).square().mean() for axis in (2, 3, 4)]).sum()


def falls(luts: torch.Tensor) -> torch.Tensor:
    """By how much values fall where a colour rises: mean over knots, axes and outputs. 0 for a LUT that keeps order."""
    return torch.stack([F.relu(-luts.diff(dim=axis)).mean() for axis in (2, 3, 4)]).sum()
