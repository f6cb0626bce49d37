"""What is known of a video, and one frame of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class FootageInfo:
    """What a video says of itself. `width`, `height` as its frames are given out: upright, and of square pixels if
    that was asked for; `fps` frames a second, on average; `duration_s` as the header has it, None where it has none.
    `orientation`: "as it lies", "turned 90", "mirrored, turned 270", ...; `found`: what is odd about it, one line each.
    """

    path: Path
    width: int
    height: int
    fps: float
    duration_s: float | None = None
    container: str = "pictures"
    codec: str = "pictures"
    pixel_format: str = "rgb24"
    matrix: str = "rgb"
    full_range: bool = True
    primaries: str = "bt709"
    transfer: str = "srgb"
    orientation: str = "as it lies"
    pixel_aspect: float = 1.0
    sound_tracks: int = 0
    found: tuple[str, ...] = ()


class TimedFrame(NamedTuple):
    """`picture` `(H, W, 3)` uint8 sRGB, and when it is shown, in seconds after the first; times always rise."""

    time_s: float
    picture: np.ndarray
