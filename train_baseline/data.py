"""Training data: pair shards -> small frames in memory, and batches drawn by step number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pairs.dataset import Clip, Dataset
from pairs.errors import InputError
from pairs.rng import rng_for
from train_baseline.network import THUMBNAIL

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a pair: `source`, `target` `(H W, 3)` uint8 sRGB, `mask` `(H W,)` uint8 (255 on the subject),
    `thumbnail` and that of the next frame `following`, `(90, 160, 3)` uint8. `group`: the traced clip it comes from."""

    key: str
    group: str
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    thumbnail: np.ndarray
    following: np.ndarray


@dataclass(frozen=True, eq=False)
class Batch:
    """`thumbnails`, `following` `(B, 90, 160, 3)` uint8; `source`, `target` `(B, N, 3)` uint8; `mask` `(B, N)`."""

    thumbnails: np.ndarray
    following: np.ndarray
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """`(H, W, 3)` uint8 -> `(90, 160, 3)` uint8, each pixel the mean of the area it covers."""
    return cv2.resize(frame, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA)


def split_of(info: dict[str, Any], key: str) -> str:
    """ "train" or "test", as the sample's JSON says; InputError where it says neither."""
    split = info.get("split")
    if split not in ("train", "test"):
        raise InputError(f'{key}: its JSON has split {split!r}, expected "train" or "test"')
    return split


def load_frames(
    folder: Path, split: str, frames: int, height: int, progress: Progress | None = None
) -> list[Frame]:
    """Up to `frames` frames, evenly spaced, of every clip of a split, shrunk to at most `height` lines."""
    data = Dataset(folder, kind="pairs")
    total = len(data.keys())
    found: list[Frame] = []
    for number, clip in enumerate(data.clips()):
        if split_of(clip.info, clip.key) == split:
            found += _frames_of(clip, frames, height)
        if progress is not None:
            progress(number + 1, total, f"reading {clip.key}")
    if not found:
        raise InputError(f"{folder}: no clip of split {split!r}; render clips of that split first")
    return found


def chosen(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of `count` frame numbers, evenly spaced."""
    return sorted({int(i) for i in np.linspace(0, count - 1, min(count, wanted)).round()})


def _frames_of(clip: Clip, wanted: int, height: int) -> list[Frame]:
    count, h, w = clip.source.shape[:3]
    if clip.target.shape != clip.source.shape:
        raise InputError(f"{clip.key}: source {clip.source.shape} and target {clip.target.shape} differ in shape")
    size = (w, h) if h <= height else (max(1, round(w * height / h)), height)
    shrink = lambda image: cv2.resize(image, size, interpolation=cv2.INTER_AREA).reshape(size[0] * size[1], -1)
    frames = []
    for i in chosen(count, wanted):
        mask = np.zeros(size[0] * size[1], np.uint8) if clip.mask is None else shrink(clip.mask[i])[:, 0]
        following = thumbnail(clip.source[min(i + 1, count - 1)])
        frames.append(
            Frame(
                clip.key,
                clip.info.get("clip", clip.key),
                shrink(clip.source[i]),
                shrink(clip.target[i]),
                mask,
                thumbnail(clip.source[i]),
                following,
            )
        )
    return frames


def hold_out(frames: list[Frame], share: float, seed: int) -> tuple[list[Frame], list[Frame]]:
    """Train and validation frames; whole traced clips, drawn by seed, go to validation."""
    groups = sorted({frame.group for frame in frames})
    count = round(share * len(groups))
    if share and (count == 0 or count == len(groups)):
        raise InputError(f"train.validation: {share} of {len(groups)} clips leaves one side empty; render more clips")
    held = {groups[i] for i in rng_for(seed, "train", "validation").permutation(len(groups))[:count]}
    return [f for f in frames if f.group not in held], [f for f in frames if f.group in held]


def draw_batch(frames: list[Frame], size: int, pixels: int, seed: int, step: int) -> Batch:
    """The batch of a step: it depends on seed and step alone, so a resumed run draws what the first would have."""
    rng = rng_for(seed, "train", "batch", step)
    picks = [frames[i] for i in rng.integers(0, len(frames), size)]
    spots = [rng.integers(0, len(frame.source), pixels) for frame in picks]
    flips = rng.integers(0, 2, size)
    turn = lambda image, flip: image[:, ::-1] if flip else image
    return Batch(
        np.stack([turn(f.thumbnail, flip) for f, flip in zip(picks, flips, strict=True)]),
        np.stack([turn(f.following, flip) for f, flip in zip(picks, flips, strict=True)]),
        np.stack([f.source[s] for f, s in zip(picks, spots, strict=True)]),
        np.stack([f.target[s] for f, s in zip(picks, spots, strict=True)]),
        np.stack([f.mask[s] for f, s in zip(picks, spots, strict=True)]),
    )
