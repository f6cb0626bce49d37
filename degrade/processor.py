"""A webcam's image processor on sRGB levels: smear of temporal noise reduction, sharpening halos, colour."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from degrade.params import Colour, Processor, Sharpen, TemporalDenoise

_LUMA_BGR = np.array([0.0722, 0.7152, 0.2126])
_FORGOTTEN = 0.03
_LONGEST = 6


class ProcessorStage:
    """The processor of one clip. `captured(t)` gives picture t as the sensor handed it over, uint8 BGR."""

    def __init__(self, processor: Processor, captured: Callable[[int], np.ndarray]):
        self.processor, self.captured = processor, captured
        self.matrix = None if processor.colour is None else colour_matrix(processor.colour)

    def apply(self, frame: int) -> np.ndarray:
        """Frame number -> `(H, W, 3)` uint8 BGR."""
        picture = self.captured(frame)
        denoise = self.processor.temporal_denoise
        if denoise is not None:
            earlier = [self.captured(frame - back) for back in range(1, min(frame, reach(denoise)) + 1)]
            picture = smear(picture, earlier, denoise)
        if self.processor.sharpen is not None:
            picture = sharpen(picture, self.processor.sharpen)
        return picture if self.matrix is None else cv2.transform(picture, self.matrix)


def reach(denoise: TemporalDenoise) -> int:
    """How many earlier frames matter: until the weight is below 3 per cent, at most 6. Finite, so that any frame stands
    alone.
    """
    frames, weight = 0, denoise.strength
    while weight >= _FORGOTTEN and frames < _LONGEST:
        frames, weight = frames + 1, weight * denoise.strength
    return frames


def smear(picture: np.ndarray, earlier: list[np.ndarray], denoise: TemporalDenoise) -> np.ndarray:
    """Weighted mean with earlier frames, newest first: frame k back weighs strength^k where the difference is below the
    threshold.

    The weight falls with the difference d of the local mean as 1 - (d / threshold)^2, so faint texture smears while
    edges stay.
    """
    if not earlier:
        return picture
    here = cv2.blur(picture, (3, 3)).astype(np.float32)
    total, weights = picture.astype(np.float32), np.ones(picture.shape, np.float32)
    for back, old in enumerate(earlier, start=1):
        difference = (cv2.blur(old, (3, 3)) - here) * np.float32(1 / denoise.threshold)
        weight = np.maximum(1 - difference * difference, 0) * np.float32(denoise.strength**back)
        total += weight * old
        weights += weight
    return np.rint(total / weights).astype(np.uint8)


def sharpen(picture: np.ndarray, settings: Sharpen) -> np.ndarray:
    """Unsharp mask: picture + amount (picture - Gaussian of it), rounded and clipped."""
    soft = cv2.GaussianBlur(picture, (0, 0), settings.radius_px)
    return cv2.addWeighted(picture, 1 + settings.amount, soft, -settings.amount, 0)


def colour_matrix(colour: Colour) -> np.ndarray:
    """`(3, 4)` for BGR levels: saturation about the Rec.709 luma, then contrast about level 127.5."""
    saturate = colour.saturation * np.eye(3) + (1 - colour.saturation) * np.tile(_LUMA_BGR, (3, 1))
    shift = np.full((3, 1), 127.5 * (1 - colour.contrast))
    return np.hstack([colour.contrast * saturate, shift])
