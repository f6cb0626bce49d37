"""What a good pair is: each rule looks at the frames of one sample as they are decoded and says what it found wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import cv2
import numpy as np

from core.errors import InputError
from core.levels import eight_bit, inside
from pairs.gate_config import GateConfig
from pairs.members import REQUIRED, member_of
from pairs.shards import Sample
from pairs.video import iter_frames

LUMA8 = np.array([54, 183, 19], np.float32) / 256
MISALIGNED_PX = 1.5
SURE_ENOUGH = 0.1
BETTER_BY = 0.05
JUDGED = ("source", "target", "mask")
"""Videos whose frames the rules look at together; of the others only number and size."""


@dataclass
class _Seen:
    """Sums over the frames of a clip."""

    frames: int = 0
    difference: float = 0.0
    faces: int = 0
    gain: float = 0.0


def judge(sample: Sample, config: GateConfig | None = None) -> list[str]:
    """Decode every frame of `sample` and return what is wrong with it; an empty list is a good pair.

    Always: the JSON is an object without NaN, all videos decode, have the size and number of frames that the JSON says,
    and no frame of source or target is blank, source and target show the same picture at the same place and are not
    equal. With `config` its limits take the place of the usual ones and the gate's own rules come in: fireflies,
    subject and face in the frame, target brighter than source on the face. Never raises for what a sample holds.
    """
    limits = config or GateConfig(firefly_step=0, subject_share=0, face_frames=0, face_rule=False)
    try:
        info = _info(sample)
        missing = [name for name in REQUIRED if name not in sample.members]
        if missing:
            return [f"no member {missing[0]}"]
        return _judge_frames(sample, info, limits) + _judge_others(sample, info)
    except InputError as error:
        return [str(error)]


def _info(sample: Sample) -> dict[str, Any]:
    def refuse(text: str) -> float:
        raise InputError(f"its JSON holds {text}")

    if "json" not in sample.members:
        raise InputError("no member json")
    try:
        info = json.loads(sample.members["json"], parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"its JSON cannot be read: {error}") from None
    if not isinstance(info, dict):
        raise InputError("its JSON is not a JSON object")
    if info.get("key", sample.key) != sample.key:
        raise InputError(f"its JSON is that of {info['key']!r}")
    for name in ("frames", "width", "height"):
        if not isinstance(info.get(name), int) or info[name] < 1:
            raise InputError(f"its JSON lacks the whole number {name!r}")
    return info


def _judge_frames(sample: Sample, info: dict[str, Any], limits: GateConfig) -> list[str]:
    wrong: dict[str, str] = {}
    seen = _Seen()
    shifts: dict[int, tuple[float, float] | None] = {}
    names = [name for name in JUDGED if f"{name}.mkv" in sample.members]
    streams = [_frames(sample, f"{name}.mkv") for name in names]
    shape = (info["height"], info["width"])
    for number, frames in enumerate(zip_longest(*streams)):
        if any(frame is None for frame in frames):
            count = [name for name, frame in zip(names, frames, strict=True) if frame is None]
            wrong.setdefault("count", f"{' and '.join(count)} ended after {number} frames, the others go on")
            break
        for name, frame in zip(names, frames, strict=True):
            if frame.shape[:2] != shape:
                was, should = f"{frame.shape[1]}x{frame.shape[0]}", f"{shape[1]}x{shape[0]}"
                return [f"frame {number} of {name} is {was}, its JSON says {should}"]
        source, target = eight_bit(frames[0]), eight_bit(frames[1])
        mask = inside(frames[2][..., 0]) if len(frames) > 2 else None
        _judge_frame(number, source, target, mask, limits, wrong)
        _add_up(seen, source, target, mask, _box(info, number, shape))
        if number in (0, info["frames"] // 2, info["frames"] - 1):
            shifts[number] = _shift_of(source, target)
    if "count" not in wrong and seen.frames != info["frames"]:
        wrong["count"] = f"{seen.frames} frames, its JSON says {info['frames']}"
    _judge_alignment(shifts, wrong)
    if seen.frames:
        _judge_clip(seen, limits, wrong, "face_box" in info)
    return list(wrong.values())


def _judge_frame(
    number: int,
    source: np.ndarray,
    target: np.ndarray,
    mask: np.ndarray | None,
    limits: GateConfig,
    wrong: dict[str, str],
) -> None:
    for name, frame in (("source", source), ("target", target)):
        spread = float(frame.std())
        if spread < limits.blank_std:
            text = f"frame {number} of {name} is blank (standard deviation {spread:.2f} of 255)"
            wrong.setdefault(f"blank {name}", text)
        if limits.firefly_step and limits.firefly_share:
            count = _fireflies(frame, mask, limits.firefly_step)
            most = max(8, round(limits.firefly_share * frame.shape[0] * frame.shape[1]))
            if count > most:
                wrong.setdefault(
                    f"fireflies {name}", f"frame {number} of {name} has {count} fireflies (at most {most})"
                )
    if mask is not None and limits.subject_share:
        share = float(mask.mean())
        if share < limits.subject_share:
            wrong.setdefault(
                "subject", f"frame {number}: the subject covers {share:.1%} (at least {limits.subject_share:.1%})"
            )


def _fireflies(frame: np.ndarray, mask: np.ndarray | None, step: float) -> int:
    """Pixels of the subject that stand out alone: brighter than the median of their 3x3 by more than `step` levels."""
    grey = (frame.astype(np.float32) @ LUMA8).astype(np.uint8)
    lone = cv2.subtract(grey, cv2.medianBlur(grey, 3)) > step
    return int(np.count_nonzero(lone if mask is None else lone & mask))


def _add_up(
    seen: _Seen,
    source: np.ndarray,
    target: np.ndarray,
    mask: np.ndarray | None,
    box: tuple[int, int, int, int] | None,
) -> None:
    seen.frames += 1
    difference = cv2.absdiff(source, target)
    subject = mask if mask is not None and mask.any() else np.ones(source.shape[:2], bool)
    seen.difference += float(difference[subject].mean())
    if box is None:
        return
    seen.faces += 1
    window = np.s_[box[1] : box[3], box[0] : box[2]]
    on_face = subject[window] if subject[window].any() else np.ones_like(subject[window])
    gain = (target[window][on_face].astype(np.float32) - source[window][on_face]) @ LUMA8
    seen.gain += float(gain.mean())


def _judge_clip(seen: _Seen, limits: GateConfig, wrong: dict[str, str], faces_known: bool) -> None:
    difference = seen.difference / seen.frames
    if difference < limits.identical_difference:
        wrong["identical"] = f"source and target are the same (mean difference {difference:.2f} of 255)"
    if not faces_known:
        return
    if seen.faces < limits.face_frames * seen.frames:
        wrong["face"] = f"the face is inside {seen.faces} of {seen.frames} frames (at least {limits.face_frames:.0%})"
    if limits.face_rule and seen.faces and seen.gain / seen.faces < limits.face_gain:
        gain = seen.gain / seen.faces
        wrong["darker"] = (
            f"on the face the target is {gain:+.1f} of 255 over the source (at least {limits.face_gain:+.1f})"
        )


def _shift_of(source: np.ndarray, target: np.ndarray) -> tuple[float, float] | None:
    """Where the edges of one frame lie in the other, by phase correlation; background and outlines are in both.

    None when nothing speaks for a shift: in small noisy frames the peak may lie anywhere, so it must also make the
    edges agree better than no shift does.
    """
    edges, other = (_edges(frame) for frame in (source, target))
    window = cv2.createHanningWindow(edges.shape[::-1], cv2.CV_32F) if min(edges.shape) > 2 else np.ones_like(edges)
    (x, y), sure = cv2.phaseCorrelate(edges, other, window)
    if sure <= SURE_ENOUGH or max(abs(x), abs(y)) <= MISALIGNED_PX:
        return None
    back = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
    moved = cv2.warpAffine(other, back, other.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    better = _agreement(edges, moved, window) - _agreement(edges, other, window)
    return (x, y) if better > BETTER_BY else None


def _judge_alignment(shifts: dict[int, tuple[float, float] | None], wrong: dict[str, str]) -> None:
    """A pair is shifted when most of the frames looked at are, all by the same."""
    found = {number: shift for number, shift in shifts.items() if shift is not None}
    if not found or len(found) * 2 <= len(shifts) or np.ptp(list(found.values()), axis=0).max() > MISALIGNED_PX:
        return
    number, (x, y) = next(iter(found.items()))
    wrong["aligned"] = f"frame {number}: the target lies {x:+.1f}, {y:+.1f} pixels off the source"


def _agreement(one: np.ndarray, other: np.ndarray, window: np.ndarray) -> float:
    """Normalised correlation of two pictures under a window, -1 to 1; 0 where one of them is flat."""
    one, other = (one - one.mean()) * window, (other - other.mean()) * window
    return float((one * other).sum() / max(np.sqrt((one**2).sum() * (other**2).sum()), 1e-12))


def _edges(frame: np.ndarray) -> np.ndarray:
    grey = np.log1p(frame.astype(np.float32) @ LUMA8)
    return cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))


def _box(info: dict[str, Any], number: int, shape: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The face's box in a frame, cut to the frame; None where the face is outside or nobody knows."""
    boxes = info.get("face_box")
    if not isinstance(boxes, list) or number >= len(boxes) or boxes[number] is None:
        return None
    x0, y0, x1, y1 = (round(float(v)) for v in boxes[number])
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(shape[1], x1), min(shape[0], y1)
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _judge_others(sample: Sample, info: dict[str, Any]) -> list[str]:
    """Every other video: whole, and as many frames of the same size."""
    wrong = []
    for name in sorted(sample.members):
        if not member_of(name).video or member_of(name).name in JUDGED:
            continue
        sizes = [frame.shape[:2] for frame in _frames(sample, name)]
        if len(sizes) != info["frames"] or any(size != (info["height"], info["width"]) for size in sizes):
            wrong.append(f"{name} does not have the frames its JSON says")
    return wrong


def _frames(sample: Sample, name: str) -> Iterator[np.ndarray]:
    return iter_frames(sample.members[name], name)
