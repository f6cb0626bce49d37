"""The challenge's quality model: which of two pictures people prefer, and eleven auxiliary scores of each.

The shape is that of varunj/cvpr-vqe: an encoder of five levels (1x1 and depthwise 3x3 convolutions, a gate of channels
after each level, pooling between), its mean over the picture, a technical score beside it, and two heads. The weights
are not ours to pass on: whoever has them gives a file. Tensors are named as in the published checkpoints.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from score.learned.given_weights import fitted, read_weights

WIDTHS = ((32, 32), (64, 64), (128, 128, 128), (256, 256, 256), (512, 512, 512))
"""Channels of the convolutions at each level; a gate has twice as many as the level's last."""
AUXILIARY = 11
EPSILON = 1e-3
"""Of the batch norms."""
MIDDLE = 128.0
"""Pictures are `(level - 128) / 128`, channels blue, green, red."""


class Judgement(NamedTuple):
    """`p` `(B,)` in `[0, 1]`: that the first is preferred; `first`, `second` `(B, 11)` in `[-1, 1]`: auxiliary scores,
    which have no names (the fourth is worse when higher)."""

    p: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor


class Vqa(nn.Module):
    """See the module. Not symmetric: `p` of (a, b) and of (b, a) need not add up to 1."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = nn.ModuleList()
        before = 3
        for widths in WIDTHS:
            blocks: list[nn.Module] = []
            for width in widths:
                blocks.append(nn.Sequential(_Normed(before, width, 1), _Normed(width, width, 3)))
                before = width
            self._encoder.append(nn.Sequential(*blocks, _Gate(before, 2 * before)))
        seen = before + 1
        steps = (2 * seen, 512, 256, 128, 64, 1)
        layers: list[nn.Module] = []
        for one, other in pairwise(steps):
            layers += [nn.Identity(), nn.Linear(one, other), nn.ReLU()]  # published with a dropout of share 0
        self.main_head = nn.Sequential(*layers[:-1])
        self.aux_head = nn.Sequential(nn.Linear(seen, 128), nn.ReLU(), nn.Linear(128, AUXILIARY))

    def forward(self, one: torch.Tensor, other: torch.Tensor, d1: torch.Tensor, d2: torch.Tensor) -> Judgement:
        """Pictures `(B, 3, H, W)` as `given_to_vqa` makes them, of any size from 16 pixels; `d1`, `d2` `(B, 1)` in
        `[0, 1]`: the technical score of each (`score.learned.dover`)."""
        return self.judged(torch.cat([self.seen(one), d1], 1), torch.cat([self.seen(other), d2], 1))

    def judged(self, one: torch.Tensor, other: torch.Tensor) -> Judgement:
        """From what is seen of both, `(B, 513)`, so that both orders cost one pass of the encoder."""
        p = self.main_head(torch.cat([one, other], 1))[:, 0].clamp(0, 1)
        return Judgement(p, self.aux_head(one).clamp(-1, 1), self.aux_head(other).clamp(-1, 1))

    def seen(self, pictures: torch.Tensor) -> torch.Tensor:
        """`(B, 512)`: the mean of the last level."""
        x = pictures
        for number, level in enumerate(self._encoder):
            x = level(F.avg_pool2d(x, 2) if number else x)
        return x.mean((2, 3))


class _Normed(nn.Module):
    """A 1x1 convolution, or a 3x3 one of each channel, with batch norm and ReLU6."""

    def __init__(self, before: int, after: int, side: int):
        super().__init__()
        convolution = nn.Conv2d(before, after, side, padding=side // 2, groups=before if side > 1 else 1, bias=False)
        self._ops = nn.ModuleList([nn.Sequential(convolution, nn.BatchNorm2d(after, eps=EPSILON))])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu6(self._ops[0](x))


class _Gate(nn.Module):
    """Channels weighed by what their means say (squeeze and excite), by 0 to 6."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self._excitation = nn.Sequential(
            nn.Conv2d(width, inner, 1, bias=False),
            nn.BatchNorm2d(inner, eps=EPSILON),
            nn.ReLU6(),
            nn.Conv2d(inner, width, 1, bias=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * F.relu6(self._excitation(x.mean((2, 3), keepdim=True)))


def given_to_vqa(srgb: torch.Tensor) -> torch.Tensor:
    """RGB `(B, 3, H, W)` sRGB `[0, 1]` -> what the network is given: blue first, (level - 128) / 128."""
    return (srgb.flip(1) * 255 - MIDDLE) / MIDDLE


def load_vqa(path: Path | str, key: str = "--weights") -> Vqa:
    """The network with the weights in a file, frozen, in evaluation. Raises InputError in one line, naming `key`: no
    such file, more than tensors in it, a tensor that is missing, of another shape or of another network; never is it
    left with weights of chance."""
    weights = {name.removeprefix("_model."): value for name, value in read_weights(str(path), key).items()}
    with torch.device("meta"):
        network = Vqa()
    fitted(network, weights, f"{key}: {path}", "the challenge's quality model")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError(f"{key}: {path}: holds weights that are no numbers; get the file again")
    return network.requires_grad_(False).eval()
