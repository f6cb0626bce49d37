"""A user's own picture or video as frames, for looking at what a config does to it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from core.errors import InputError
from core.footage import PICTURES, Footage

STILL_FRAMES = 8


def read_footage(path: Path, most_frames: int, most_width: int) -> tuple[np.ndarray, float]:
    """`(T, H, W, 3)` uint8 sRGB and frames a second; even sides (an odd one is cut by 1), at most `most_width` wide.

    `path`: a video, a picture, or a folder of pictures. A picture becomes a short still clip, so that stages over time
    have something to act on. Raises InputError for what cannot be read.
    """
    with Footage(path) as footage:
        frames = [_fitted(picture, most_width, path) for _, picture in islice(footage, most_frames)]
    if path.suffix.lower() in PICTURES and path.is_file():
        frames *= STILL_FRAMES
    return np.stack(frames), footage.info.fps


def _fitted(frame: np.ndarray, most_width: int, path: Path) -> np.ndarray:
    height, width = frame.shape[:2]
    if width > most_width:
        height, width = round(height * most_width / width), most_width
        frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    if min(height, width) < 16:
        raise InputError(f"{path}: a picture of {width}x{height} is too small to degrade; give at least 16x16")
    return np.ascontiguousarray(frame[: height // 2 * 2, : width // 2 * 2])
