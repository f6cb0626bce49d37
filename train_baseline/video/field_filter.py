"""A field of light on whole video frames at speed: colours at half resolution, where 4:2:0 video has them, and fine
luma by the local gain (see `train_baseline.video.planes` for the same idea with a LUT)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import av
import cv2
import numpy as np
import torch
from av.video.reformatter import Interpolation

from core.colour import linear_from_srgb
from core.footage.orientation import orientation_of
from core.levels import LUMA
from train_baseline.methods.field_session import FieldCorrection, FieldSession
from train_baseline.methods.light_gain import DIMMEST, MOST_STOPS, brightened
from train_baseline.video.lut_filter import SHOWN, ColourTags, plane_values, shown_frame

_STEPS = 2048
_MOST = 2 ** (MOST_STOPS / 2)
"""Root of the largest factor of light. The root of a factor is told in `_STEPS` steps, a fifth of a level each."""
# BT.709 video range from levels of RGB: luma and the two colour differences, less what is added to them (16, 128, 128).
_YUV = np.array([LUMA, [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32)
_SPAN = np.array([219, 224, 224], np.float32)
_MATRIX = _YUV * _SPAN[:, None] / 255
_BACK = np.hstack([np.linalg.inv(_MATRIX), np.linalg.inv(_MATRIX) @ [[-16], [-128], [-128]]])
_OVER_LIGHT = 1 / np.maximum(linear_from_srgb(np.arange(256, dtype=np.float32) / 255), DIMMEST)
"""One over the linear light of each level."""
_STEEPEST = 2.5
"""Most that fine luma's contrast grows where a veil is taken off."""
_FLAGS = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True, eq=False)
class Looked:
    """A frame and what is to be done to it: its planes (`yuv420p` uint8, BT.709, video range), the same halved
    `(h, w, 3)` uint8 sRGB, both as they lie, and the light that it gets, which lies as they do."""

    frame: av.VideoFrame
    planes: list[np.ndarray]
    half: np.ndarray
    found: FieldCorrection


class FieldFilter:
    """YUV frames in, corrected `yuv420p` frames (BT.709, video range) out; only the person's box is worked on. In two
    steps, which may run in threads of their own: `look` sees frames in order, `light` changes one.

    `side_by_side` puts the input to the left of the result, twice as wide. A frame that is to be shown turned stays as
    it lies.
    """

    def __init__(self, session: FieldSession, side_by_side: bool = False):
        self.session, self.side_by_side = session, side_by_side

    def look(self, frame: av.VideoFrame, tags: ColourTags, elapsed_s: float) -> Looked:
        """The next frame, `elapsed_s` after the last."""
        plain = frame.reformat(
            format=SHOWN,
            src_colorspace=tags.scaler,
            src_color_range="JPEG" if tags.wide else "MPEG",
            dst_colorspace="ITU709",
            dst_color_range="MPEG",
            interpolation=_FLAGS,
        )
        planes = [plane_values(plane) for plane in plain.planes]
        half = halved(planes)
        turned = orientation_of(frame)
        found = self.session.next(np.ascontiguousarray(turned.upright(half)), elapsed_s)
        lying = FieldCorrection(*(np.ascontiguousarray(turned.lying(part)) for part in (found.gain, found.person)))
        return Looked(frame, planes, half, lying)

    def light(self, looked: Looked) -> av.VideoFrame:
        """That frame, corrected; `pts` and `time_base` are kept."""
        after = corrected_planes(looked.planes, looked.half, looked.found)
        return shown_frame(looked.frame, after, looked.planes if self.side_by_side else None)


def halved(planes: list[np.ndarray]) -> np.ndarray:
    """Planes of `yuv420p` uint8 (BT.709, video range) -> `(h, w, 3)` uint8 sRGB of half the sides, where the colours
    are."""
    luma = cv2.resize(planes[0], planes[1].shape[::-1], interpolation=cv2.INTER_AREA)
    levels = cv2.transform(cv2.merge([luma, *planes[1:]]).astype(np.float32), _BACK)
    return cv2.convertScaleAbs(np.maximum(levels, 0, out=levels))


def corrected_planes(before: list[np.ndarray], half: np.ndarray, found: FieldCorrection) -> list[np.ndarray]:
    """Planes of `yuv420p` uint8 and the same frame halved, `(h, w, 3)` uint8 sRGB -> corrected planes."""
    after = [plane.copy() for plane in before]
    lines, columns = half.shape[:2]
    person = cv2.resize(found.person, (columns, lines), interpolation=cv2.INTER_LINEAR)
    box = _box(person)
    if box is None:
        return after
    top, bottom, left, right = box
    gain = cv2.resize(found.gain, (columns, lines), interpolation=cv2.INTER_LINEAR)
    *gains, veil = cv2.split(gain[top:bottom, left:right])
    inside, share = half[top:bottom, left:right], person[top:bottom, left:right]
    left_over = [_less_veil(pixels, veil, share) for pixels in cv2.split(inside)] if veil.max() > 0 else [None] * 3
    parts = zip(cv2.split(inside), gains, left_over, strict=True)
    lit = cv2.merge([_relit(pixels, gain, share, rest) for pixels, gain, rest in parts])
    old, new = cv2.transform(inside.astype(np.float32), _MATRIX), cv2.transform(lit, _MATRIX)
    for plane, level in zip(after[1:], (1, 2), strict=True):
        part = plane[top:bottom, left:right]
        cv2.add(part, new[..., level] - old[..., level], dst=part, dtype=cv2.CV_8U)
    # fine luma: what the halved frame's luma became, and the rest times the local gain
    slope = (new[..., 0] + 4) / (old[..., 0] + 4)
    if left_over[1] is not None:  # under a veil a little more light is a larger share of the light that was there
        slope /= np.maximum(left_over[1], 1 / _STEEPEST)
    base = new[..., 0] + 16 - slope * (old[..., 0] + 16)
    part = after[0][2 * top : 2 * bottom, 2 * left : 2 * right]
    size = (part.shape[1], part.shape[0])
    fine = cv2.multiply(part, cv2.resize(slope, size), dtype=cv2.CV_32F)
    cv2.add(fine, cv2.resize(base, size), dst=part, dtype=cv2.CV_8U)
    return after


def _less_veil(pixels: np.ndarray, veil: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The share of the light of `(h, w)` uint8 that is no veil, `[0, 1]`."""
    off = cv2.multiply(cv2.multiply(veil, person), cv2.LUT(pixels, _OVER_LIGHT))
    return np.maximum(np.subtract(1, off, out=off), 0, out=off)


def _relit(pixels: np.ndarray, gain: np.ndarray, person: np.ndarray, left_over: np.ndarray | None) -> np.ndarray:
    """`methods.light_gain.relit` on one channel, `(h, w)` uint8 -> levels, float32."""
    # gain is at most 2^MOST_STOPS, so the place lies within the table
    root: np.ndarray = cv2.multiply(gain - 1, person, scale=(_STEPS / _MOST) ** 2)
    root += (_STEPS / _MOST) ** 2
    if left_over is not None:
        root *= left_over
    steps = np.add(cv2.sqrt(root, root), 0.5, out=root).astype(np.int32)
    place = np.add(np.left_shift(steps, 8, out=steps), pixels, out=steps)
    return np.take(_table(), place, mode="clip")


@functools.cache
def _table() -> np.ndarray:
    """Levels 0-255 by the root of the factor of light, 256 for each step, float32."""
    factors = np.square(np.arange(_STEPS + 1) * (_MOST / _STEPS)).astype(np.float32)[:, None]
    levels = torch.arange(256, dtype=torch.float32)[None] / 255
    return (255 * brightened(levels, torch.from_numpy(factors))).numpy().ravel()


def _box(person: np.ndarray) -> tuple[int, int, int, int] | None:
    lines, columns = np.flatnonzero(person.max(1) > 0), np.flatnonzero(person.max(0) > 0)
    return (lines[0], lines[-1] + 1, columns[0], columns[-1] + 1) if len(lines) else None
