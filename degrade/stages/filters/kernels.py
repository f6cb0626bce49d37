"""Blur kernels by the published formulas: Gaussian, generalised Gaussian, plateau, sinc; and what makes them fast."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import j1

Kind = Literal["iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso", "sinc"]


def make_kernel(
    kind: Kind, size: int, sigma_x: float, sigma_y: float, rotation_rad: float, beta: float, cutoff_rad: float
) -> np.ndarray:
    """`(size, size)` float64, sum 1. Sigmas in pixels along axes rotated by `rotation_rad`; cutoff in radians a pixel.

    With q = x' S^-1 x: Gaussian exp(-q / 2), generalised exp(-q^beta / 2) (Liu et al., "Estimating Generalized Gaussian
    Blur Kernels for Out-of-Focus Image Deblurring", TCSVT 2020), plateau 1 / (1 + q^beta); sinc cutoff J1(cutoff r) /
    (2 pi r) with cutoff^2 / 4 pi in the middle (Wang et al., "Real-ESRGAN", ICCVW 2021, eq. 4 and 6).
    """
    half = size // 2
    x, y = np.meshgrid(np.arange(-half, half + 1, dtype=np.float64), np.arange(-half, half + 1, dtype=np.float64))
    if kind == "sinc":
        values = _sinc(np.hypot(x, y), cutoff_rad)
    else:
        q = _squared_distance(x, y, sigma_x, sigma_y, rotation_rad)
        if kind in ("iso", "aniso"):
            values = np.exp(-0.5 * q)
        elif kind.startswith("generalized"):
            values = np.exp(-0.5 * q**beta)
        else:
            values = 1.0 / (1.0 + q**beta)
    return values / values.sum()


def _squared_distance(x: np.ndarray, y: np.ndarray, sigma_x: float, sigma_y: float, rotation_rad: float) -> np.ndarray:
    """q = x' S^-1 x for S = R diag(sigma_x^2, sigma_y^2) R', R a rotation by `rotation_rad`."""
    smallest = 1e-3
    along = x * math.cos(rotation_rad) + y * math.sin(rotation_rad)
    across = -x * math.sin(rotation_rad) + y * math.cos(rotation_rad)
    return (along / max(sigma_x, smallest)) ** 2 + (across / max(sigma_y, smallest)) ** 2


def _sinc(r: np.ndarray, cutoff_rad: float) -> np.ndarray:
    safe = np.where(r == 0, 1.0, r)
    return np.where(r == 0, cutoff_rad**2 / (4 * math.pi), cutoff_rad * j1(cutoff_rad * safe) / (2 * math.pi * safe))


def crop_to_support(kernel: np.ndarray, lost: float = 2e-4) -> np.ndarray:
    """The kernel without the outer rings whose absolute weights add up to at most `lost` (0.05 of 255 levels);
    sum 1.
    """
    half = kernel.shape[0] // 2
    for radius in range(half + 1):
        inner = kernel[half - radius : half + radius + 1, half - radius : half + radius + 1]
        if np.abs(kernel).sum() - np.abs(inner).sum() <= lost:
            return inner / inner.sum()
    return kernel


def separate(kernel: np.ndarray, error: float = 1e-3) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (column, row), float32, whose outer products add up to `kernel` within `error` in absolute sum."""
    u, s, vt = np.linalg.svd(kernel)
    pairs, rest = [], kernel.copy()
    for i in range(len(s)):
        if np.abs(rest).sum() <= error:
            break
        column, row = u[:, i] * math.sqrt(s[i]), vt[i] * math.sqrt(s[i])
        pairs.append((column.astype(np.float32), row.astype(np.float32)))
        rest = rest - np.outer(column, row)
    return pairs
