"""The technical half of DOVER: a video transformer of shifted windows whose biases tell fragments apart.

Swin (Liu et al., ICCV 2021) over tokens of 2 frames and 4x4 pixels, with the gated relative position bias of FAST-VQA
(Wu et al., ECCV 2022): tokens of the same fragment have one table of biases, others another. Tensors are named as in
the published checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

WINDOW = (8, 7, 7)
"""Tokens that attend to each other: frames, lines, columns."""
PATCH = (2, 4, 4)
FRAGMENTS = (1, 7, 7)
APART = -100.0
"""Added to the attention of tokens that only a shift has brought together."""


class Swin3d(nn.Module):
    """`(B, 3, 32, H, W)`, sides multiples of 32 -> `(B, 8 width, 16, H / 32, W / 32)`. `gated`: layers with two
    tables."""

    def __init__(
        self,
        width: int = 96,
        depths: Sequence[int] = (2, 2, 6, 2),
        heads: Sequence[int] = (3, 6, 12, 24),
        gated: Sequence[bool] = (True, True, True, False),
    ):
        super().__init__()
        self.patch_embed = _Patches(width)
        last = len(depths) - 1
        self.layers = nn.ModuleList(
            _Layer(width * 2**i, depth, heads[i], gated[i], merges=i < last) for i, depth in enumerate(depths)
        )
        self.norm = nn.LayerNorm(width * 2**last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patch_embed(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x).movedim(-1, 1)


class _Patches(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.proj = nn.Conv3d(3, width, PATCH, PATCH)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.proj(x).movedim(1, -1))


class _Layer(nn.Module):
    """Blocks, every second one of shifted windows; then half the lines and columns."""

    def __init__(self, width: int, depth: int, heads: int, gated: bool, merges: bool):
        super().__init__()
        self.blocks = nn.ModuleList(_Block(width, heads, gated, shifted=i % 2 == 1) for i in range(depth))
        if merges:
            self.downsample = _Merge(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        return self.downsample(x) if hasattr(self, "downsample") else x


class _Merge(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.pad(x, (0, 0, 0, x.shape[3] % 2, 0, x.shape[2] % 2))
        parts = [x[:, :, line::2, column::2] for column in (0, 1) for line in (0, 1)]
        return self.reduction(self.norm(torch.cat(parts, -1)))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, gated: bool, shifted: bool):
        super().__init__()
        self.shifted = shifted
        self.norm1 = nn.LayerNorm(width)
        self.attn = _Attention(width, heads, gated)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential()
        self.mlp.add_module("fc1", nn.Linear(width, 4 * width))
        self.mlp.add_module("act", nn.GELU())
        self.mlp.add_module("fc2", nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(B, D, H, W, C)`."""
        x = x + self._attended(self.norm1(x))
        return x + self.mlp(self.norm2(x))

    def _attended(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[1:4]
        window = tuple(min(side, most) for side, most in zip(size, WINDOW, strict=True))
        shift = tuple(most // 2 if self.shifted and side > most else 0 for side, most in zip(size, WINDOW, strict=True))
        over = [-side % part for side, part in zip(size, window, strict=True)]
        x = F.pad(x, (0, 0, 0, over[2], 0, over[1], 0, over[0]))
        padded = x.shape[1:4]
        back = tuple(-step for step in shift)
        tokens = _windows(torch.roll(x, back, (1, 2, 3)), window)
        where = torch.roll(_fragments(padded, x.device), back, (0, 1, 2))
        mask = _apart(padded, window, shift, x.device) if any(shift) else None
        tokens = self.attn(tokens, _windows(where[None], window), mask)
        x = torch.roll(_joined(tokens, window, x.shape), shift, (1, 2, 3))
        return x[:, : size[0], : size[1], : size[2]]


class _Attention(nn.Module):
    """Attention within windows. `fragment_position_bias_table` holds for tokens of one fragment."""

    def __init__(self, width: int, heads: int, gated: bool):
        super().__init__()
        self.heads = heads
        places = (2 * WINDOW[0] - 1) * (2 * WINDOW[1] - 1) * (2 * WINDOW[2] - 1)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(places, heads))
        if gated:
            self.fragment_position_bias_table = nn.Parameter(torch.zeros(places, heads))
        self.relative_position_index = nn.Buffer(relative_places())
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, where: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """`(B windows, N, C)`; `where` `(windows, N, 3)`: which fragment a token is of; `mask` `(windows, N, N)`."""
        count, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(count, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attention = (q * (width // self.heads) ** -0.5) @ k.transpose(-2, -1)
        bias = self._biases(self.relative_position_bias_table, tokens)[None]
        if hasattr(self, "fragment_position_bias_table"):
            gate = (where[:, None] - where[:, :, None]).abs().sum(-1)[:, None].to(x.dtype)
            bias = bias * gate + self._biases(self.fragment_position_bias_table, tokens) * (1 - gate)
        if mask is not None:
            bias = bias + mask[:, None]
        windows = len(bias)
        attention = attention.unflatten(0, (count // windows, windows)) + bias
        found = torch.softmax(attention.flatten(0, 1), -1) @ v
        return self.proj(found.transpose(1, 2).reshape(count, tokens, width))

    def _biases(self, table: torch.Tensor, tokens: int) -> torch.Tensor:
        places = self.relative_position_index[:tokens, :tokens]
        return table[places.reshape(-1)].reshape(tokens, tokens, -1).permute(2, 0, 1)


def relative_places(window: tuple[int, int, int] = WINDOW) -> torch.Tensor:
    """`(N, N)` int64: which row of a table of biases holds for two tokens of a window."""
    grid = torch.meshgrid(*(torch.arange(side) for side in window), indexing="ij")
    places = torch.stack(grid).flatten(1)
    gap = places[:, :, None] - places[:, None, :] + torch.tensor(window)[:, None, None] - 1
    return gap[0] * (2 * window[1] - 1) * (2 * window[2] - 1) + gap[1] * (2 * window[2] - 1) + gap[2]


def _windows(x: torch.Tensor, window: Sequence[int]) -> torch.Tensor:
    """`(B, D, H, W, C)` -> `(B windows, tokens of a window, C)`."""
    for axis, side in zip((1, 3, 5), window, strict=True):
        x = x.unflatten(axis, (-1, side))
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4, 6).flatten(0, 3)


def _joined(tokens: torch.Tensor, window: Sequence[int], shape: torch.Size) -> torch.Tensor:
    """The other way."""
    counts = [side // part for side, part in zip(shape[1:4], window, strict=True)]
    x = tokens.reshape(-1, *counts, *window, shape[-1])
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(-1, *shape[1:])


def _fragments(size: Sequence[int], device: torch.device) -> torch.Tensor:
    """`(D, H, W, 3)`: the fragment that a token is of."""
    sides = [torch.arange(side, device=device) * parts // side for side, parts in zip(size, FRAGMENTS, strict=True)]
    return torch.stack(torch.meshgrid(*sides, indexing="ij"), -1)


def _apart(size: Sequence[int], window: Sequence[int], shift: Sequence[int], device: torch.device) -> torch.Tensor:
    """`(windows, N, N)`: `APART` between tokens that were not neighbours before the shift."""
    region = torch.zeros(1, *size, 1, device=device)
    for axis, (side, part, step) in enumerate(zip(size, window, shift, strict=True), 1):
        place = torch.arange(side, device=device)
        part_of = (place >= side - part).long() + (place >= side - step).long() if step else torch.zeros_like(place)
        region = region * 3 + part_of.reshape([-1 if a == axis else 1 for a in range(5)])
    own = _windows(region, window)[..., 0]
    return torch.where(own[:, None] == own[:, :, None], 0.0, APART)
