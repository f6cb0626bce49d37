"""A field of light on whole video frames at speed: colours at half resolution, where 4:2:0 video has them, and fine
luma by the local gain (see `train_baseline.video.planes` for the same idea with a LUT)."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation

from core.colour import linear_from_srgb, srgb_from_linear
from core.footage.orientation import orientation_of
from core.levels import LUMA
from train_baseline.methods.field_session import FieldCorrection, FieldSession
from train_baseline.methods.light_gain import SHOULDER
from train_baseline.video.lut_filter import SHOWN, ColourTags, plane_values, shown_frame

_LINEAR = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)
_STEPS = 4095
_SRGB = srgb_from_linear(np.square(np.arange(_STEPS + 1, dtype=np.float32) / _STEPS))
"""sRGB of linear light, by the root of it: dark tones need the finer steps."""
# BT.709 video range from RGB 0-1: luma, blue and red difference, and what is added to them.
_YUV = np.array([LUMA, [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32)
_SPAN, _BASE = np.array([219, 224, 224], np.float32), np.array([16, 128, 128], np.float32)
_MATRIX = np.hstack([_YUV * _SPAN[:, None], _BASE[:, None]])
_FLAGS = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


class FieldFilter:
    """YUV frames in, corrected `yuv420p` frames (BT.709, video range) out; only the person's box is worked on.

    `side_by_side` puts the input to the left of the result, twice as wide. A frame that is to be shown turned stays as
    it lies.
    """

    def __init__(self, session: FieldSession, side_by_side: bool = False):
        self.session, self.side_by_side = session, side_by_side

    def apply(self, frame: av.VideoFrame, tags: ColourTags, elapsed_s: float) -> av.VideoFrame:
        """The next frame, `elapsed_s` after the last; `pts` and `time_base` are kept."""
        source: dict[str, Any] = {
            "src_colorspace": tags.scaler,
            "src_color_range": "JPEG" if tags.wide else "MPEG",
            "interpolation": _FLAGS,
        }
        plain = frame.reformat(format=SHOWN, dst_colorspace="ITU709", dst_color_range="MPEG", **source)
        half = frame.reformat(
            -(-frame.width // 2), -(-frame.height // 2), "rgb24", dst_color_range="JPEG", threads=1, **source
        ).to_ndarray()
        turned = orientation_of(frame)
        found = self.session.next(np.ascontiguousarray(turned.upright(half)), elapsed_s)
        lying = (np.ascontiguousarray(turned.lying(part)) for part in (found.gain, found.person))
        before = [plane_values(plane) for plane in plain.planes]
        after = corrected_planes(before, half, FieldCorrection(*lying))
        return shown_frame(frame, after, before if self.side_by_side else None)


def corrected_planes(before: list[np.ndarray], half: np.ndarray, found: FieldCorrection) -> list[np.ndarray]:
    """Planes of `yuv420p` uint8 and the same frame halved, `(h, w, 3)` uint8 sRGB -> corrected planes."""
    after = [plane.copy() for plane in before]
    lines, columns = half.shape[:2]
    person = cv2.resize(found.person, (columns, lines), interpolation=cv2.INTER_LINEAR)
    box = _box(person)
    if box is None:
        return after
    top, bottom, left, right = box
    gain = cv2.resize(found.gain, (columns, lines), interpolation=cv2.INTER_LINEAR)[top:bottom, left:right]
    inside, share = half[top:bottom, left:right], person[top:bottom, left:right]
    yuv = cv2.transform(_relit(inside, gain, share), _MATRIX)
    for plane, level in zip(after[1:], (1, 2), strict=True):
        old = cv2.transform(inside.astype(np.float32) / 255, _MATRIX[level : level + 1])
        part = plane[top:bottom, left:right]
        cv2.add(part, yuv[..., level] - old, dst=part, dtype=cv2.CV_8U)
    # fine luma: what the halved frame's luma became, and the rest times the local gain
    luma = cv2.transform(inside.astype(np.float32) / 255, _MATRIX[:1])
    slope = (yuv[..., 0] - 12) / (luma - 12)
    base = yuv[..., 0] - slope * luma
    part = after[0][2 * top : 2 * bottom, 2 * left : 2 * right]
    size = (part.shape[1], part.shape[0])
    fine = cv2.multiply(part, cv2.resize(slope, size), dtype=cv2.CV_32F)
    cv2.add(fine, cv2.resize(base, size), dst=part, dtype=cv2.CV_8U)
    return after


def _relit(pixels: np.ndarray, gain: np.ndarray, person: np.ndarray) -> np.ndarray:
    """`methods.light_field.relit` on `(h, w, 3)` uint8 -> float32 sRGB `[0, 1]`."""
    factor = gain - 1
    factor *= person[..., None]
    asked = np.clip(4 * cv2.max(cv2.max(factor[..., 0], factor[..., 1]), factor[..., 2]), 0, 1)
    factor += 1
    light: np.ndarray = cv2.multiply(cv2.LUT(pixels, _LINEAR), factor)
    over = np.maximum(light - SHOULDER, 0, out=factor)
    over *= 1 / (1 - SHOULDER)
    light -= (1 - SHOULDER) * asked[..., None] * (over - cv2.divide(over, over + 1))
    root: np.ndarray = cv2.sqrt(light)
    root *= _STEPS
    root += 0.5
    return _SRGB[np.minimum(root, _STEPS, out=root).astype(np.uint16)]


def _box(person: np.ndarray) -> tuple[int, int, int, int] | None:
    lines, columns = np.flatnonzero(person.max(1) > 0), np.flatnonzero(person.max(0) > 0)
    return (lines[0], lines[-1] + 1, columns[0], columns[-1] + 1) if len(lines) else None
