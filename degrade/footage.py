"""A user's own picture or video as frames, for looking at what a config does to it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from core.errors import InputError
from core.footage import PICTURES, Footage

STILL_FRAMES = 8
LEAST = 16
"""Pixels a side: below, there is nothing to degrade."""


class Clipping(NamedTuple):
    """`frames` `(T, H, W, 3)` uint8 sRGB, frames a second, whether there are more than these, and what is odd about
    them, one line each."""

    frames: np.ndarray
    fps: float
    more: bool = False
    notes: tuple[str, ...] = ()


def read_footage(path: Path, most_frames: int, most_width: int) -> Clipping:
    """The first frames, with even sides (an odd one is cut by 1), at most `most_width` wide.

    `path`: a video, a picture, or a folder of pictures. A picture becomes a short still clip, so that stages over time
    have something to act on. Raises InputError for what cannot be read.
    """
    with Footage(path) as footage:
        pictures = iter(footage)
        frames = [_fitted(picture, most_width, path) for _, picture in islice(pictures, most_frames)]
        more = next(pictures, None) is not None
    if path.suffix.lower() in PICTURES and path.is_file():
        frames *= STILL_FRAMES
    return Clipping(np.stack(frames), footage.info.fps, more, footage.notes)


def require_size(path: Path, width: int, height: int) -> None:
    """InputError for a picture that is too small to degrade."""
    if min(height, width) < LEAST:
        least = f"give at least {LEAST}x{LEAST}"
        raise InputError(f"{path}: a picture of {width}x{height} is too small to degrade; {least}")


def _fitted(frame: np.ndarray, most_width: int, path: Path) -> np.ndarray:
    height, width = frame.shape[:2]
    if width > most_width:
        height, width = round(height * most_width / width), most_width
        frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    require_size(path, width, height)
    return np.ascontiguousarray(frame[: height // 2 * 2, : width // 2 * 2])
