"""Colour look-up tables: knots, application to pixels by trilinear interpolation, exact resampling to uniform knots.

A LUT here is `(B, 3, M, M, M)` float32, indexed `[b, channel, blue, green, red]` (red fastest, the order of `.cube`
files), with values in sRGB where 0 is black and 1 is white; values outside `[0, 1]` are legal inside and clipped after
interpolation. Knots lie on multiples of 1/35, closer together in the dark, where relighting bends colours most; a LUT
on any such knots is therefore exactly a uniform 36^3 LUT as well, which is also a Hald image of level 6 (216x216).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from train_baseline.methods.matte_edge import upsample_matte

CELLS = 35
DARK_KNOTS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 19, 22, 26, 30, 35)
"""17 knots in 35ths: dense in the dark."""
UNIFORM_KNOTS = tuple(range(CELLS + 1))
"""36 knots in 35ths."""

HALD_SIDE = 216
"""Lines and columns of a Hald image of level 6: 36^3 colours, red fastest."""


def knot_values(knots: tuple[int, ...]) -> torch.Tensor:
    """Knots in 35ths -> `(M,)` float32 sRGB values in `[0, 1]`."""
    return torch.tensor(knots, dtype=torch.float32) / CELLS


def identity(knots: tuple[int, ...]) -> torch.Tensor:
    """The LUT `(1, 3, M, M, M)` that changes nothing."""
    v = knot_values(knots)
    blue, green, red = torch.meshgrid(v, v, v, indexing="ij")
    return torch.stack([red, green, blue])[None]


def position(pixels: torch.Tensor, knots: tuple[int, ...]) -> torch.Tensor:
    """sRGB `[0, 1]` values -> fractional index of each among `knots`, `[0, M - 1]`, same shape."""
    scale, offset = _cells(knots, pixels.device)
    t = pixels.clamp(0.0, 1.0) * CELLS
    cell = t.long().clamp_(max=CELLS - 1)
    return t * scale[cell] + offset[cell]


def _cells(knots: tuple[int, ...], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Per 35th: how much of a knot interval it is, and what to add to get the index."""
    scale, offset = [], []
    for cell in range(CELLS):
        left = max(i for i, k in enumerate(knots) if k <= cell)
        width = knots[left + 1] - knots[left]
        scale.append(1 / width)
        offset.append(left - knots[left] / width)
    return torch.tensor(scale, device=device), torch.tensor(offset, device=device)


def apply_lut(lut: torch.Tensor, pixels: torch.Tensor, knots: tuple[int, ...]) -> torch.Tensor:
    """Trilinear interpolation: `pixels` `(B, 3, ...)` sRGB `[0, 1]` through `lut` -> the same shape, not clipped."""
    flat = position(pixels.reshape(pixels.shape[0], 3, -1), knots)
    grid = flat.transpose(1, 2)[:, None, None] * (2 / (len(knots) - 1)) - 1
    out = F.grid_sample(lut, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return out.reshape(pixels.shape)


def on_uniform_grid(lut: torch.Tensor, knots: tuple[int, ...]) -> torch.Tensor:
    """The same mapping on uniform knots: `(B, 3, 36, 36, 36)`, by linear interpolation along one axis after another."""
    if knots == UNIFORM_KNOTS:
        return lut
    at = position(knot_values(UNIFORM_KNOTS).to(lut.device), knots)[:, None]
    weights = (1 - (at - torch.arange(len(knots), device=lut.device)).abs()).clamp(min=0).T
    for axis in (2, 3, 4):
        lut = (lut.movedim(axis, -1) @ weights).movedim(-1, axis)
    return lut


def blend(source: torch.Tensor, corrected: torch.Tensor, matte: torch.Tensor | None) -> torch.Tensor:
    """Between `source` (matte 0) and `corrected` (matte 1); None is 1 everywhere."""
    return corrected if matte is None else source + matte * (corrected - source)


def apply_to_frame(
    lut: torch.Tensor, frame: np.ndarray, knots: tuple[int, ...], coefficients: np.ndarray | None = None
) -> np.ndarray:
    """One uint8 sRGB frame `(H, W, 3)` through one LUT `(3, M, M, M)` -> uint8, clipped and rounded to nearest.

    `coefficients`: `(2, h, w)` of any size, a matte as `train_baseline.methods.matte_edge` makes it; None is 1
    everywhere.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255
    matte = None if coefficients is None else upsample_matte(torch.from_numpy(coefficients)[None], pixels)
    out = blend(pixels, apply_lut(lut[None], pixels, knots).clamp(0, 1), matte)[0]
    return (out * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
