"""HVI-CIDNet (Yan et al., CVPR 2025): two U-Nets side by side in the colour space HVI, for light and for colour,
that attend to each other. Made anew from the paper and the sizes of the published network.

With `dead_block` it is as published, with a block whose result nothing takes: 70,960 of its 1,975,569 numbers, which
nothing trains, and 4 of its 115 GMACs at 1280x720. Halving is by means of four pixels and enlarging by half-pixel
centres, which leaves pictures where they are; published, corners are aligned. The last layers begin as zeros, so that
training starts from the frame itself and not, as has been reported, from black ones.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from train_baseline.method_config import CidnetConfig, CidnetShape, QCidnetConfig
from train_baseline.methods.base import FrameBatch, Method, Sees
from train_baseline.methods.blocks import padded, quiet
from train_baseline.methods.hvi import hvi_of, srgb_of
from train_baseline.methods.loss import black
from train_baseline.methods.picture_loss import PictureLoss

LEVELS = 8
"""Sides of what the network takes are multiples of this; others are padded."""
WIDENING = 2.66
EPSILON = 1e-6


def plain(before: int, after: int, side: int, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias, padded to the same size."""
    return nn.Conv2d(before, after, side, padding=side // 2, groups=groups, bias=False)


class ChannelNorm(nn.Module):
    """Each pixel's channels to mean 0 and variance 1, then scaled and moved."""

    def __init__(self, width: int):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width, 1, 1)), nn.Parameter(torch.zeros(width, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        apart = x - x.mean(1, keepdim=True)
        return apart * torch.rsqrt((apart * apart).mean(1, keepdim=True) + EPSILON) * self.scale + self.shift


class CrossAttention(nn.Module):
    """One path asks, the other answers; channels attend to channels, over all pixels."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.temperature = heads, nn.Parameter(torch.ones(heads, 1, 1))
        self.ask = nn.Sequential(plain(width, width, 1), plain(width, width, 3, width))
        self.tell = nn.Sequential(plain(width, 2 * width, 1), plain(2 * width, 2 * width, 3, 2 * width))
        self.out = plain(width, width, 1)

    def forward(self, own: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        keys, values = _halves(self.tell(other))
        by_head = lambda x: x.unflatten(1, (self.heads, -1)).flatten(3)
        asked, keys, values = by_head(self.ask(own)), by_head(keys), by_head(values)
        likeness = _unit(asked) @ _unit(keys).transpose(-2, -1) * self.temperature
        return self.out((torch.softmax(likeness, -1) @ values).reshape(own.shape))


def _halves(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The first half of the channels, and the second."""
    middle = x.shape[1] // 2
    return x[:, :middle], x[:, middle:]


def _unit(x: torch.Tensor) -> torch.Tensor:
    """Each channel over its pixels, `(..., N)`, to length 1. By way of the mean square and N / 4096, which half
    precision bears; N is counted, so that a graph holds for every size."""
    mean, many = (x * x).mean(-1, keepdim=True) + EPSILON, (x[:, :1, :1] * 0 + 1 / 4096).sum(-1, keepdim=True)
    return x * torch.rsqrt(mean * many) * (1 / 64)


class Enhancer(nn.Module):
    """Two halves of wider channels, each bent a little by itself, multiplied."""

    def __init__(self, width: int):
        super().__init__()
        wide = int(width * WIDENING)
        self.enter = nn.Sequential(plain(width, 2 * wide, 1), plain(2 * wide, 2 * wide, 3, 2 * wide))
        self.first, self.second = plain(wide, wide, 3, wide), plain(wide, wide, 3, wide)
        self.leave = plain(wide, width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one, other = _halves(self.enter(x))
        return self.leave((torch.tanh(self.first(one)) + one) * (torch.tanh(self.second(other)) + other))


class Cross(nn.Module):
    """Attention to the other path, then the enhancer, whose result the path of light adds and that of colour takes."""

    def __init__(self, width: int, heads: int, adds: bool):
        super().__init__()
        self.adds, self.norm = adds, ChannelNorm(width)
        self.attention, self.enhancer = CrossAttention(width, heads), Enhancer(width)

    def forward(self, own: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        own = own + self.attention(self.norm(own), self.norm(other))
        found = self.enhancer(self.norm(own))
        return own + found if self.adds else found


class Down(nn.Module):
    """To half the sides."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.layer, self.bend = plain(before, after, 3), nn.PReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.bend(F.avg_pool2d(self.layer(x), 2))


class Up(nn.Module):
    """To twice the sides, beside what was there on the way down."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.layer, self.join, self.bend = plain(before, after, 3), plain(2 * after, after, 1), nn.PReLU()

    def forward(self, x: torch.Tensor, passed: torch.Tensor) -> torch.Tensor:
        x = F.interpolate(self.layer(x), scale_factor=2, mode="bilinear", align_corners=False)
        return self.bend(self.join(torch.cat([x, passed], 1)))


class Path(nn.Module):
    """One of the two U-Nets; the six blocks that look across stand at 1/2, 1/4, 1/8, 1/8, 1/4, 1/2."""

    def __init__(self, channels: int, outputs: int, config: CidnetShape, adds: bool):
        super().__init__()
        full, *deeper = config.widths
        steps = list(zip(config.widths, deeper, strict=False))
        self.enter = nn.Sequential(nn.ReplicationPad2d(1), nn.Conv2d(channels, full, 3, bias=False))
        self.down = nn.ModuleList(Down(before, after) for before, after in steps)
        self.up = nn.ModuleList(Up(after, before) for before, after in steps)
        levels = (0, 1, 2, 2, 1, 0)
        self.cross = nn.ModuleList(
            nn.Identity()
            if place == DEAD and adds and not config.dead_block
            else Cross(deeper[level], config.heads[level], adds)
            for place, level in enumerate(levels)
        )
        self.leave = nn.Sequential(nn.ReplicationPad2d(1), nn.Conv2d(full, outputs, 3, bias=False))


DEAD = 4
"""The block of the path of light whose result is not taken."""


class Cidnet(Method[FrameBatch]):
    """See the module."""

    terms: tuple[str, ...] = ("rgb", "hvi")

    def __init__(self, config: CidnetConfig | QCidnetConfig):
        super().__init__(config)
        self.sees = Sees("crop", config.crop)
        self.density = nn.Parameter(torch.tensor([0.2]))
        self.light, self.colour = Path(1, 1, config, adds=True), Path(3, 2, config, adds=False)
        self.picture_loss = PictureLoss(config.loss, f"train.method ({config.name}).loss")

    def initialise(self, seed: int) -> None:
        """The last layers say nothing: every frame stays."""
        for path in (self.light, self.colour):
            quiet(path.leave)

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        whole = padded(frames, LEVELS)
        found = srgb_of(self.in_hvi(hvi_of(whole, self.density)), self.density)
        return found[:, :, : frames.shape[2], : frames.shape[3]]

    def in_hvi(self, hvi: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` HVI, sides multiples of 8 -> the same, corrected."""
        light, colour = self.light, self.colour
        cross = lambda place, i, hv: (light.cross[place](i, hv), colour.cross[place](hv, i))
        full = light.enter(hvi[:, 2:]), colour.enter(hvi)
        half = cross(0, light.down[0](full[0]), colour.down[0](full[1]))
        quarter = light.down[1](half[0]), colour.down[1](half[1])
        crossed = cross(1, *quarter)  # taken on the way up alone
        eighth = cross(3, *cross(2, light.down[2](quarter[0]), colour.down[2](quarter[1])))
        i, hv = light.up[2](eighth[0], crossed[0]), colour.up[2](eighth[1], crossed[1])
        if self.config.dead_block:
            light.cross[DEAD](i, hv)
        hv = colour.cross[DEAD](hv, i)
        i, hv = cross(5, light.up[1](i, half[0]), colour.up[1](hv, half[1]))
        i, hv = light.up[0](i, full[0]), colour.up[0](hv, full[1])
        return hvi + torch.cat([colour.leave(hv), light.leave(i)], 1)

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        return self.asked(batch)[0]

    def asked(self, batch: FrameBatch) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """The terms of the loss, and the frames that they are of, `(B T, 3, H, W)`."""
        source, target = batch.source.flatten(0, 1), batch.target.flatten(0, 1)
        with self.autocast():
            found = self.in_hvi(hvi_of(source, self.density)).float()
        out = srgb_of(found, self.density)
        terms = {
            "rgb": self.picture_loss(out, target),
            "hvi": self.config.hvi_loss * self.picture_loss(found, hvi_of(target, self.density)),
        }
        return {**terms, "loss": terms["rgb"] + terms["hvi"], "black": black(out, target)}, out
