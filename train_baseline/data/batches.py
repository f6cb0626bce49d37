"""Training data: pair shards, or clean shards degraded on the fly -> small frames in memory, batches by step number."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import InputError, WorkError
from core.rng import rng_for
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from pairs.dataset import Clip, Dataset, decode_sample
from train_baseline.config import TrainConfig
from train_baseline.data.augment import Augmentation
from train_baseline.methods.network import THUMBNAIL

Progress = Callable[[int, int, str], None]
STILL_FPS = 30.0


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a pair: `source`, `target` and `following`, the source of the next frame (the last one's: itself),
    `(H, W, 3)` uint8 sRGB; `mask` `(H, W)` uint8, 255 on the subject. `group`: the traced clip it comes from."""

    key: str
    group: str
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    following: np.ndarray


@dataclass(frozen=True, eq=False)
class Batch:
    """`thumbnails` `(B, 45, 80, 3)` uint8 and those of the frames after the first K, `following` `(K, 45, 80, 3)`;
    `coverage` `(B, 45, 80)` uint8, the masks as small. Of N pixels of each frame: `places` `(B, N, 2)` float32, x and
    y from -1 to 1 between the frame's edges; `source`, `target` `(B, N, 3)` uint8; `mask` `(B, N)` uint8."""

    thumbnails: np.ndarray
    following: np.ndarray
    coverage: np.ndarray
    places: np.ndarray
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True)
class Degrading:
    """How clean clips are degraded while training: config, seed, `variant`, which draws everything anew, and the share
    of clips that stay `clean`, as from a good webcam in good light."""

    config: DegradeConfig
    seed: int
    variant: int = 0
    clean: float = 0.0

    def apply(self, clip: Clip) -> Clip:
        """A clean clip (10-bit source) -> the pair of this variant (8-bit source). A still is shown twice, at 30 frames
        a second, so that its noise changes between the two frames as it would in a video."""
        fps = float(clip.info["fps"])
        key = f"{clip.key}-variant-{self.variant}"
        if rng_for(self.seed, key, "train.clean").random() < self.clean:
            return eight_bit(clip)
        if len(clip.source) == 1:
            fps = STILL_FPS
            twice = lambda frames: None if frames is None else np.repeat(frames, 2, axis=0)
            clip = replace(clip, source=twice(clip.source), target=twice(clip.target), mask=twice(clip.mask))
        count, height, width = clip.source.shape[:3]
        params = draw_params(self.config, self.seed, key, count, width, height, fps)
        try:
            source = degrade_clip(clip.source, params)
        except WorkError:  # an encoder that was killed: once more gives the same bytes, and training goes on
            source = degrade_clip(clip.source, params)
        target, mask = clip.target, clip.mask
        if params.delivery is not None and params.delivery.retime_target:
            shown = list(params.delivery.shown)
            target, mask = target[shown], None if mask is None else mask[shown]
        return replace(clip, source=source, target=target, mask=mask)


def thumbnail(frame: np.ndarray) -> np.ndarray:
    """`(H, W, 3)` uint8 -> `(45, 80, 3)` uint8, each pixel the mean of the area it covers."""
    return cv2.resize(frame, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA)


def split_of(info: dict[str, Any], key: str) -> str:
    """ "train" or "test", as the sample's JSON says; InputError where it says neither."""
    split = info.get("split")
    if split not in ("train", "test"):
        raise InputError(f'{key}: its JSON has split {split!r}, expected "train" or "test"')
    return split


def eight_bit(clip: Clip) -> Clip:
    """The clip with a source of 8 bits: those of clean shards (10 bits) are rounded."""
    if clip.source.dtype == np.uint8:
        return clip
    return replace(clip, source=np.rint(clip.source * (255 / 1023)).astype(np.uint8))


def load_frames(
    folder: Path,
    split: str,
    frames: int,
    height: int,
    progress: Progress | None = None,
    degrading: Degrading | None = None,
) -> list[Frame]:
    """Up to `frames` frames, evenly spaced, of every clip of a split, shrunk to at most `height` lines.

    `folder` holds pair shards, or clean shards, whose sources are degraded as `degrading` says (None: not at all).
    """
    data = Dataset(folder)
    if degrading is not None and data.manifest.kind != "clean":
        raise InputError(f"{folder}: holds {data.manifest.kind} shards; only clean shards can be degraded on the fly")
    total = len(data.keys())
    found: list[Frame] = []
    for number, sample in enumerate(data.samples()):
        if split_of(json.loads(sample.members["json"]), sample.key) == split:
            clip = decode_sample(sample)
            found += _frames_of(eight_bit(clip) if degrading is None else degrading.apply(clip), frames, height)
        if progress is not None:
            progress(number + 1, total, f"reading {sample.key}")
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
    shrink = lambda image: cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    frames = []
    for i in chosen(count, wanted):
        source = shrink(clip.source[i])
        mask = np.zeros(source.shape[:2], np.uint8) if clip.mask is None else shrink(clip.mask[i])
        following = source if i + 1 == count else shrink(clip.source[i + 1])
        frames.append(Frame(clip.key, clip.info.get("clip", clip.key), source, shrink(clip.target[i]), mask, following))
    return frames


def hold_out(frames: list[Frame], share: float, seed: int) -> tuple[list[Frame], list[Frame]]:
    """Train and validation frames; whole traced clips, drawn by seed, go to validation."""
    held = held_groups({frame.group for frame in frames}, share, seed)
    return [f for f in frames if f.group not in held], [f for f in frames if f.group in held]


def held_groups(groups: set[str], share: float, seed: int) -> set[str]:
    """Which traced clips watch for over-fitting. InputError when that leaves nothing to train on, or to watch."""
    count = round(share * len(groups))
    if share and (count == 0 or count == len(groups)):
        raise InputError(f"train.validation: {share} of {len(groups)} clips leaves one side empty; render more clips")
    order = rng_for(seed, "train", "validation").permutation(len(groups))
    names = sorted(groups)
    return {names[i] for i in order[:count]}


def draw_batch(frames: list[Frame], config: TrainConfig, seed: int, step: int) -> Batch:
    """The batch of a step: it depends on seed and step alone, so a resumed run draws what the first would have.

    A quarter of it has its following frame: neighbours cost as much as other frames in the network.
    """
    rng = rng_for(seed, "train", "batch", step)
    pairs = -(-config.batch // 4)
    parts: list[list[np.ndarray]] = [[] for _ in range(7)]
    for place, i in enumerate(rng.integers(0, len(frames), config.batch)):
        frame, change = frames[i], Augmentation.draw(config, rng)
        source, target, mask = (change.crop(image) for image in (frame.source, frame.target, frame.mask))
        # by row and column, because a window is no contiguous array and would be copied whole
        spots = np.divmod(rng.integers(0, mask.size, config.pixels), mask.shape[1])
        inside = mask[spots]
        parts[0].append(change.light(thumbnail(source)))
        if place < pairs:
            parts[1].append(change.light(thumbnail(change.crop(frame.following))))
        parts[2].append(thumbnail(mask))
        parts[3].append(_places(spots, mask.shape))
        parts[4].append(change.light(source[spots]))
        parts[5].append(change.light_outside(target[spots], inside))
        parts[6].append(inside)
    return Batch(*(np.stack(part) for part in parts))


def _places(spots: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Rows and columns -> `(N, 2)` float32, where the pixels' centres lie between the frame's edges at -1 and 1."""
    rows, columns = spots
    return np.stack([(2 * columns + 1) / shape[1] - 1, (2 * rows + 1) / shape[0] - 1], -1).astype(np.float32)


def all_of(frames: list[Frame], pixels: int) -> Batch:
    """All of `frames` as a batch, unchanged, with `pixels` evenly spaced pixels of each."""
    spots = [np.divmod(np.linspace(0, f.mask.size - 1, pixels).astype(np.int64), f.mask.shape[1]) for f in frames]
    return Batch(
        np.stack([thumbnail(f.source) for f in frames]),
        np.stack([thumbnail(f.following) for f in frames]),
        np.stack([thumbnail(f.mask) for f in frames]),
        np.stack([_places(s, f.mask.shape) for f, s in zip(frames, spots, strict=True)]),
        np.stack([f.source[s] for f, s in zip(frames, spots, strict=True)]),
        np.stack([f.target[s] for f, s in zip(frames, spots, strict=True)]),
        np.stack([f.mask[s] for f, s in zip(frames, spots, strict=True)]),
    )
