"""Stored levels: 10 bits to 8, and what a mask's level means. Integers in, integers out."""

from __future__ import annotations

import cv2
import numpy as np

from core.colour import REC709_LUMA

TOP_10_BIT = 1023
LUMA = tuple(round(float(weight), 4) for weight in REC709_LUMA)
"""Weights of red, green and blue in BT.709's luma, of sRGB levels: those of luminance, as the standard writes them."""


def eight_bit(frames: np.ndarray) -> np.ndarray:
    """Levels of any shape, uint16 `[0, 1023]` -> uint8 `[0, 255]`, rounded to nearest; uint8 comes back as it is."""
    if frames.dtype == np.uint8:
        return frames
    rows = frames.reshape(len(frames), -1)
    return np.asarray(cv2.convertScaleAbs(rows, alpha=255 / TOP_10_BIT), np.uint8).reshape(frames.shape)


def inside(mask: np.ndarray) -> np.ndarray:
    """Coverage uint8 `[0, 255]` -> bool: more than half."""
    return mask > 127
