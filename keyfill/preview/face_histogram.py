"""How bright the face is: a histogram of luma over the frames of a clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from core import levels
from core.colour import luminance

BINS = 32


def face_histogram(frames: np.ndarray, boxes: Any, mask: np.ndarray | None) -> dict[str, Any]:
    """Share of face pixels in each of 32 bins of luma level 0-255, and their mean.

    `frames`: `(T, H, W, 3)` uint8 sRGB; `boxes`: per-frame `[x0, y0, x1, y1]` pixels or None (then the subject's mask,
    then the whole frame, stand in for the face).
    """
    luma: list[np.ndarray] = []
    for number, frame in enumerate(frames):
        keep = np.ones(frame.shape[:2], bool) if mask is None else levels.inside(mask[number])
        box = boxes[number] if boxes and number < len(boxes) else None
        if box is not None:
            x0, y0, x1, y1 = (max(0, round(v)) for v in box)
            inside = np.zeros_like(keep)
            inside[y0:y1, x0:x1] = True
            keep &= inside
        luma.append(luminance(frame[keep]))
    values = np.concatenate(luma) if luma else np.zeros(0)
    if values.size == 0:
        return {"bins": [0.0] * BINS, "mean": None}
    counts, _ = np.histogram(values, BINS, (0, 256))
    return {"bins": [round(float(c) / values.size, 5) for c in counts], "mean": round(float(values.mean()), 1)}
