"""Fewer and thicker hairs for a camera that sees them from afar: hairs far thinner than a pixel only flicker."""

from __future__ import annotations

import numpy as np


def coarser(thinnest_px: float, pixel_m: float, radius_m: float, most: float = 4.0) -> float:
    """How many times as thick and as few hairs of `radius_m` have to be, 1 to `most`, so that each is `thinnest_px`
    pixels wide where a pixel sees `pixel_m` metres.
    """
    return float(np.clip(thinnest_px * pixel_m / (2 * radius_m), 1.0, most))
