"""The terms of the training loss, each a function of tensors, and their weighted sum.

Sources: L1 and 1 - cosine after Zhang et al. (CLUT-Net, ACM MM 2022); smoothness and monotonicity of the LUT after
Zeng et al. (TPAMI 2020), equations 6-9; the subject's weight and the term between neighbouring frames are ours.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from train_baseline.config import LossConfig


def l1(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of `(B, 3, N)` sRGB `[0, 1]`, pixels weighted by `importance` `(B, N)`."""
    return ((corrected - target).abs().mean(1) * importance).sum() / importance.sum()


def rmse(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """Root mean square difference of a frame's `(3, N)` sRGB `[0, 1]`, pixels weighted; the mean over frames."""
    square = (corrected - target).square().mean(1)
    return ((square * importance).sum(1) / importance.sum(1) + 1e-8).sqrt().mean()


def cosine(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """1 - cosine of the angle between colours, `(B, 3, N)`: hue whatever the brightness; black counts nothing."""
    # the square root of a product of sums: `norm` over so short an axis takes five times as long
    lengths = (corrected.square().sum(1) * target.square().sum(1) + 1e-12).sqrt()
    angle = 1 - (corrected * target).sum(1) / lengths.clamp(min=1e-3)
    return (angle * importance * (lengths > 1e-3)).sum() / importance.sum()


def smoothness(lut: torch.Tensor, spacing: torch.Tensor) -> torch.Tensor:
    """Mean square of the change of slope at each knot along each axis of `(B, 3, M, M, M)`; `spacing`: `(M - 1,)`."""
    total = lut.new_zeros(())
    for axis in (2, 3, 4):
        slopes = lut.movedim(axis, -1).diff(dim=-1) / spacing
        total = total + slopes.diff(dim=-1).square().mean()
    return total


def monotonicity(lut: torch.Tensor) -> torch.Tensor:
    """Mean fall of each output channel along its own input axis: 0 for a LUT that never turns brighter into darker."""
    falls = [(-lut[:, channel].diff(dim=axis)).relu().mean() for channel, axis in ((0, 3), (1, 2), (2, 1))]
    return falls[0] + falls[1] + falls[2]


def matte(predicted: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy of the predicted matte `(B, 1, h, w)` against the subject's coverage, both `[0, 1]`."""
    return F.binary_cross_entropy(predicted.clamp(1e-4, 1 - 1e-4), mask)


def total(
    config: LossConfig,
    corrected: torch.Tensor,
    target: torch.Tensor,
    mask: torch.Tensor,
    luts: torch.Tensor,
    mattes: torch.Tensor | None,
    coverage: torch.Tensor,
    spacing: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Every term in use by name, unweighted, and their weighted sum as "loss".

    `corrected`, `target` `(B, 3, N)`; `mask` `(B, N)` and `coverage` `(B, 1, 45, 80)` in `[0, 1]`. `luts` and `mattes`
    hold B frames and then K more, those that follow the first K of them, K from 0 to B.
    """
    count = len(corrected)
    following = len(luts) - count
    importance = 1 + config.subject * mask
    terms = {}
    if config.l1:
        terms["l1"] = l1(corrected, target, importance)
    if config.rmse:
        terms["rmse"] = rmse(corrected, target, importance)
    if config.cosine:
        terms["cosine"] = cosine(corrected, target, importance)
    if config.smooth:
        terms["smooth"] = smoothness(luts[:count], spacing)
    if config.monotone:
        terms["monotone"] = monotonicity(luts[:count])
    if config.matte and mattes is not None:
        terms["matte"] = matte(mattes[:count], coverage)
    if config.temporal and following:
        terms["temporal"] = (luts[:following] - luts[count:]).abs().mean()
        if mattes is not None:
            terms["temporal"] = terms["temporal"] + (mattes[:following] - mattes[count:]).abs().mean()
    terms["loss"] = sum(getattr(config, name) * value for name, value in terms.items())
    return terms
