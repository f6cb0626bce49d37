"""The terms of the training loss, each a function of tensors, and their weighted sum.

The subject's weight and the term between neighbouring frames are ours. What else the literature uses was measured and
left out (docs/model.md).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from train_baseline.config import LossConfig


def rmse(corrected: torch.Tensor, target: torch.Tensor, importance: torch.Tensor) -> torch.Tensor:
    """Root mean square difference of a frame's `(3, N)` sRGB `[0, 1]`, pixels weighted; the mean over frames."""
    square = (corrected - target).square().mean(1)
    return ((square * importance).sum(1) / importance.sum(1) + 1e-8).sqrt().mean()


def black(corrected: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Share of pictures `(B, 3, H, W)` sRGB `[0, 1]` that came out black though their targets are not."""
    found, wanted = (part.detach().mean((1, 2, 3)) for part in (corrected, target))
    return ((found < 0.01) & (wanted > 0.05)).float().mean()


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
) -> dict[str, torch.Tensor]:
    """Every term in use by name, unweighted, and their weighted sum as "loss".

    `corrected`, `target` `(B, 3, N)`; `mask` `(B, N)` and `coverage` `(B, 1, 45, 80)` in `[0, 1]`. `luts` and `mattes`
    hold B frames and then K more, those that follow the first K of them, K from 0 to B.
    """
    count = len(corrected)
    following = len(luts) - count
    importance = 1 + config.subject * mask
    terms = {"rmse": rmse(corrected, target, importance)}
    if config.matte and mattes is not None:
        terms["matte"] = matte(mattes[:count], coverage)
    if config.temporal and following:
        terms["temporal"] = (luts[:following] - luts[count:]).abs().mean()
        if mattes is not None:
            terms["temporal"] = terms["temporal"] + (mattes[:following] - mattes[count:]).abs().mean()
    terms["loss"] = terms["rmse"] + sum(getattr(config, name) * terms[name] for name in terms if name != "rmse")
    return terms
