"""Motion between neighbouring frames, found on small grey pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from degrade.stages.stage import remember

_FLOW_WIDTH = 320


def motion_of(
    clean: Callable[[int], np.ndarray], count: int, preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST
) -> Callable[[int], np.ndarray | None]:
    """Frame number -> `(h, w, 2)` float32: how things in it move to the next frame, in pixels of a picture `w` wide;
    the mean of the way from the frame before and the way to the one after, at the clip's ends of one of them. None for
    a clip of one frame. `clean(t)` gives picture t of `count`, `(H, W, 3)` BGR, uint8 or uint16 (10 bit); `preset`: how
    finely OpenCV's dense inverse search looks.
    """
    grey = remember(lambda frame: _small_grey(clean(frame)), 3)

    def motion_at(frame: int) -> np.ndarray | None:
        before = None if frame == 0 else _flow(grey(frame), grey(frame - 1), preset)
        after = None if frame == count - 1 else _flow(grey(frame), grey(frame + 1), preset)
        if before is None:
            return after
        return -before if after is None else np.asarray((after - before) / 2)

    return motion_at


def enlarged(motion: np.ndarray, width: int, height: int) -> np.ndarray:
    """Motion in pixels of a picture of that size."""
    return cv2.resize(motion, (width, height), interpolation=cv2.INTER_LINEAR) * np.float32(width / motion.shape[1])


def _small_grey(picture: np.ndarray) -> np.ndarray:
    height = max(16, round(_FLOW_WIDTH * picture.shape[0] / picture.shape[1]))
    small = np.asarray(cv2.resize(picture, (_FLOW_WIDTH, height), interpolation=cv2.INTER_AREA))
    if small.dtype == np.uint16:
        small = np.right_shift(small, 2).astype(np.uint8)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))


def _flow(a: np.ndarray, b: np.ndarray, preset: int) -> np.ndarray:
    """Motion `(h, w, 2)` in pixels from a to b, by dense inverse search."""
    return np.asarray(cv2.DISOpticalFlow.create(preset).calc(a, b, None))  # type: ignore[call-overload]
