"""How bright the face is: a histogram of luma over the frames of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import levels
from core.colour import luminance

BINS = 32


class FaceHistogram:
    """Share of face pixels in each of 32 bins of luma level 0-255, and their mean: `add` each frame, then `result`."""

    def __init__(self) -> None:
        self._counts = np.zeros(BINS)
        self._sum = 0.0

    def add(self, frame: np.ndarray, box: Sequence[float] | None, mask: np.ndarray | None) -> None:
        """`frame`: `(H, W, 3)` uint8 sRGB; `box`: the face's `[x0, y0, x1, y1]` in pixels, or zeros or None (then the
        subject's `mask`, `(H, W)` uint8, then the whole frame, stand in for the face)."""
        keep = np.ones(frame.shape[:2], bool) if mask is None else levels.inside(mask)
        if box is not None and any(box):
            x0, y0, x1, y1 = (max(0, round(v)) for v in box)
            inside = np.zeros_like(keep)
            inside[y0:y1, x0:x1] = True
            keep &= inside
        luma = luminance(frame[keep])
        self._counts += np.histogram(luma, BINS, (0, 256))[0]
        self._sum += float(luma.sum(dtype=np.float64))

    def result(self) -> dict[str, Any]:
        """`bins`: shares that add up to 1; `mean`: a level, None where no frame shows a face."""
        pixels = self._counts.sum()
        if not pixels:
            return {"bins": [0.0] * BINS, "mean": None}
        return {"bins": [round(float(c / pixels), 5) for c in self._counts], "mean": round(self._sum / pixels, 1)}
