"""The small matte made to follow the outlines of the large frame: a guided filter with the frame's luma as its guide.

Around each place of the thumbnail the matte is taken as a line in luma, slope x luma + base, fitted to the 3x3 places
there (He, Sun and Tang, "Guided image filtering", TPAMI 2013, equations 5-8). Slope and base are enlarged bilinearly,
luma is the large frame's own (He and Sun, "Fast guided filter", 2015). So the matte changes where the picture does.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from core.levels import LUMA

FLATNESS = 3e-4
"""Variance of luma, of 1, below which the matte is rather smoothed than fitted."""


def luma_of(picture: torch.Tensor) -> torch.Tensor:
    """`(B, 3, ...)` sRGB `[0, 1]` -> `(B, 1, ...)` luma `[0, 1]`."""
    red, green, blue = LUMA
    return red * picture[:, :1] + green * picture[:, 1:2] + blue * picture[:, 2:]


def guided_coefficients(matte: torch.Tensor, thumbnail: torch.Tensor) -> torch.Tensor:
    """`matte` `(B, 1, h, w)` and `thumbnail` `(B, 3, h, w)` -> slope and base `(B, 2, h, w)`.

    Variance and covariance are those of differences to the window's middle, which fp16 can tell apart.
    """
    luma = luma_of(thumbnail)
    step, rise = _differences(luma), _differences(matte)
    mean_step, mean_rise = step.sum(1, keepdim=True) / 9, rise.sum(1, keepdim=True) / 9
    variance = (step * step).sum(1, keepdim=True) / 9 - mean_step * mean_step
    covariance = (step * rise).sum(1, keepdim=True) / 9 - mean_step * mean_rise
    slope = covariance / (variance + FLATNESS)
    base = matte + mean_rise - slope * (luma + mean_step)
    coefficients = torch.cat([slope, base], 1)
    return F.avg_pool2d(F.pad(coefficients, (1, 1, 1, 1), mode="replicate"), 3, 1)


def matte_at(coefficients: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    """Coefficients `(B, 2, ...)`, enlarged, and luma `(B, 1, ...)` there -> the matte, `[0, 1]`."""
    return (coefficients[:, :1] * luma + coefficients[:, 1:]).clamp(0, 1)


def upsample_matte(coefficients: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """The same for a whole picture `(B, 3, H, W)` sRGB `[0, 1]`, coefficients enlarged bilinearly -> `(B, 1, H, W)`."""
    large = F.interpolate(coefficients, picture.shape[2:], mode="bilinear", align_corners=False)
    return matte_at(large, luma_of(picture))


def _differences(image: torch.Tensor) -> torch.Tensor:
    """`(B, 1, h, w)` -> `(B, 8, h, w)`: each neighbour less the middle; beyond the edge lies the edge."""
    kernels = np.delete(np.eye(9, dtype=np.float32), 4, axis=0)
    kernels[:, 4] = -1
    weight = torch.from_numpy(kernels.reshape(8, 1, 3, 3)).to(image.device)
    return F.conv2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), weight)
