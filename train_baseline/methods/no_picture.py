"""Where a frame holds no picture: black bars at its edges, and frames of one tone. A network that learnt from people
alone sees one there, so it is not asked."""

from __future__ import annotations

import cv2
import numpy as np

BLACK = 5
"""Of 255: as bright as a bar may be, for coding leaves traces."""
FLAT, SHOWN = 6.0, 16.0
"""Levels of red, green or blue between the darkest and the brightest place of a thumbnail: up to the first there is
nothing to be seen, from the second on there is a picture."""


def share_of_picture(thumbnail: np.ndarray) -> float:
    """`(h, w, 3)` uint8 sRGB -> from 0, of one tone, to 1, a picture."""
    places = cv2.blur(thumbnail.astype(np.float32), (5, 5))  # noise is no picture
    return float(np.clip((np.ptp(places, axis=(0, 1)).max() - FLAT) / (SHOWN - FLAT), 0, 1))


def without_bars(levels: np.ndarray, black: int) -> tuple[slice, slice]:
    """The lines and columns of `levels`, `(H, W)`, between bars: from each edge inwards, those with no value above
    `black`. Nothing is left of a black frame."""
    height, width = levels.shape
    top, bottom, left, right = 0, height, 0, width
    while top < bottom and levels[top].max() <= black:
        top += 1
    while bottom > top and levels[bottom - 1].max() <= black:
        bottom -= 1
    while left < right and levels[top:bottom, left].max(initial=0) <= black:
        left += 1
    while right > left and levels[top:bottom, right - 1].max(initial=0) <= black:
        right -= 1
    return slice(top, bottom), slice(left, right)


def keep_bars(after: np.ndarray, before: np.ndarray, lines: slice, columns: slice) -> None:
    """Puts into `after`, outside of lines and columns, what `before` has there."""
    for edge in (
        np.s_[: lines.start],
        np.s_[lines.stop :],
        np.s_[:, : columns.start],
        np.s_[:, columns.stop :],
    ):
        after[edge] = before[edge]
