"""The networks: a frame's thumbnail -> a few weights -> one colour LUT, and a small matte that says where it applies.

Both see a thumbnail of 80x45 through the same trunk. The matte keeps the LUT on the person, because a wall of the
person's colours must stay as it is (a LUT with context, as in Liu et al., "4D LUT: learnable context-aware 4D lookup
table for image enhancement", TIP 2023, who feed the context in as a fourth axis). `Curves` corrects each channel with a
curve, mixes channels with a 3x4 matrix and adds a residual LUT in CP form, a sum of products of three curves, which is
exactly a trilinear LUT and needs only convolutions to run. `Zeng` blends three learned LUTs (Zeng et al., "Learning
image-adaptive 3D lookup tables for high performance photo enhancement in real-time", TPAMI 2020, section 3).
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.rng import rng_for
from train_baseline.config import TrainConfig
from train_baseline.methods.lut import CELLS, DARK_KNOTS, UNIFORM_KNOTS, identity
from train_baseline.methods.matte_edge import lines_of

THUMBNAIL = (45, 80)
"""Lines and columns of what the network sees: 1280x720 halved four times."""
WIDTHS = (24, 48, 96, 128)


MATTE_WIDTHS = (16, 24, 40, 64)
"""Channels of the matte at the thumbnail's size, its half, quarter and eighth (6x10)."""


class Seen(NamedTuple):
    """What a network makes of thumbnails: `weights` `(B, P)`, which a caller may smooth over time, for `bake`; `matte`
    `(B, 1, 45, 80)` in `[0, 1]`, how much of the LUT's change each place gets, None: all of it everywhere."""

    weights: torch.Tensor
    matte: torch.Tensor | None

    def lines(self, thumbnail: torch.Tensor) -> torch.Tensor | None:
        """The matte as `methods.matte_edge` enlarges it, `(B, 2, 45, 80)`; `thumbnail` is what was seen."""
        return None if self.matte is None else lines_of(self.matte.float(), thumbnail)


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


class Network(nn.Module):
    """Trunk, head and, where asked for, a matte, which the trunk sees as a fourth channel. `bake` -> LUTs."""

    knots: tuple[int, ...]

    def __init__(self, outputs: int, matte: bool):
        super().__init__()
        self.matte = Matte() if matte else None
        layers: list[nn.Module] = []
        for before, after in zip((4 if matte else 3, *WIDTHS), WIDTHS, strict=False):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.LeakyReLU(0.1)]
        self.trunk = nn.Sequential(*layers)
        self.head = nn.Conv2d(WIDTHS[-1], outputs, 1)

    def forward(self, thumbnail: torch.Tensor) -> Seen:
        """`(B, 3, 45, 80)` sRGB `[0, 1]` -> weights `(B, P)` and the matte."""
        x, matte = thumbnail - 0.5, None
        if self.matte is not None:
            matte = self.matte(x)
            x = torch.cat([x, matte - 0.5], 1)
        features = self.trunk(x).mean(dim=(2, 3), keepdim=True)
        return Seen(self.head(features).flatten(1), matte)

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        """`(B, P)` -> `(B, 3, M, M, M)` on `self.knots`."""
        raise TypeError("a Network is one of Curves and Zeng")


class Curves(Network):
    """Curves, 3x4 matrix, and a residual LUT as a sum of products of one learned curve a channel (CP form).

    The products begin as bumps around `grid`^3 colours (hat functions, closer together in the dark), and each frame has
    a colour for each of them; so in the beginning the residual is any LUT of `grid`^3 knots. Weights in this order:
    3 x 16 rises, 9 matrix, 3 offset, 3 x R residual.
    """

    def __init__(self, grid: int, matte: bool):
        self.knots = DARK_KNOTS
        self.rank = grid**3
        self.intervals = len(self.knots) - 1
        super().__init__(3 * self.intervals + 12 + 3 * self.rank, matte)
        hats = _hats(grid, len(self.knots))
        blue, green, red = np.meshgrid(*[np.arange(grid)] * 3, indexing="ij")
        self.factors = nn.Parameter(torch.stack([hats[axis.ravel()] for axis in (red, green, blue)]))
        widths = torch.tensor(np.diff(self.knots) / CELLS, dtype=torch.float32)
        self.register_buffer("widths", widths, persistent=False)

    def split(self, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """`(B, P)` -> rise per interval `(B, 3, 16)`, matrix `(B, 3, 3)`, offset `(B, 3)`, residual `(B, 3, R)`."""
        n = 3 * self.intervals
        rises = self.widths * (1 + weights[:, :n].reshape(-1, 3, self.intervals))
        matrix = torch.eye(3, device=weights.device) + weights[:, n : n + 9].reshape(-1, 3, 3)
        return rises, matrix, weights[:, n + 9 : n + 12], weights[:, n + 12 :].reshape(-1, 3, self.rank)

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        rises, matrix, offset, residual = self.split(weights)
        curves = torch.cat([torch.zeros_like(rises[..., :1]), rises.cumsum(-1)], -1)
        lines = matrix[..., None] * curves[:, None]
        plain = lines[:, :, 0, None, None, :] + lines[:, :, 1, None, :, None] + lines[:, :, 2, :, None, None]
        red, green, blue = self.factors
        products = torch.einsum("ri,rj,rk->rkji", red, green, blue)
        mixed = residual.flatten(0, 1) @ products.flatten(1)
        return plain + offset[..., None, None, None] + mixed.reshape(plain.shape)


def _hats(count: int, knots: int) -> torch.Tensor:
    """`(count, knots)`: hat functions around evenly spaced knots, which add up to 1 everywhere."""
    distance = np.abs(np.arange(knots) - np.linspace(0, knots - 1, count)[:, None]) * (count - 1) / (knots - 1)
    return torch.tensor(np.maximum(0, 1 - distance), dtype=torch.float32)


class Zeng(Network):
    """Three learned 36^3 LUTs (33^3 in the paper), the first the identity at first, blended by predicted weights."""

    def __init__(self, matte: bool):
        self.knots = UNIFORM_KNOTS
        super().__init__(3, matte)
        self.bases = nn.Parameter(torch.cat([identity(self.knots), torch.zeros(2, *identity(self.knots).shape[1:])]))

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        first = torch.tensor([1.0, 0.0, 0.0], device=weights.device)
        return torch.einsum("bn,nckji->bckji", weights + first, self.bases)


def make_network(config: TrainConfig, seed: int) -> Network:
    """The network of `config.architecture`, initialised from the seed; at the start it changes nothing."""
    network = Curves(config.grid, config.matte) if config.architecture == "curves" else Zeng(config.matte)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            rng = rng_for(seed, name, "init")
            if name.startswith(("trunk", "matte")) and parameter.ndim == 4 and name != "matte.leave.weight":
                spread = math.sqrt(2 / parameter[0].numel())
            else:
                spread = 0.02 if name == "head.weight" and isinstance(network, Zeng) else 0.0
            if spread:
                parameter.copy_(torch.from_numpy(rng.standard_normal(parameter.shape, np.float32) * np.float32(spread)))
            elif not name.startswith(("bases", "factors")):
                parameter.zero_()
    return network
