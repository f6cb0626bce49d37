"""Frames of a split, read a clip at a time from pair shards, or from clean shards degraded on the fly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from core.errors import InputError, WorkError
from core.levels import eight_bit
from core.rng import rng_for
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.stages.banding import BandingParams
from degrade.stages.colour import ColourParams
from degrade.stages.delivery import DeliveryParams
from degrade.stages.exposure import ExposureParams
from degrade.stages.rolling_shutter import RollingShutterParams
from degrade.stages.stage import Params
from degrade.stages.white_balance import WhiteBalanceParams
from pairs.dataset import Clip
from pairs.reader import Reader
from train_baseline.data.sway import Sway

STILL_FPS = 30.0
_PIXEL_BYTES = 3 + 3 + 1
"""Of a frame: source, target, mask. The clean source, where it is kept, is 3 more."""
_Members: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]
"""Source, target, mask and clean source of one frame."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a pair: `source`, `target` `(H, W, 3)` uint8 sRGB; `mask` `(H, W)` uint8, 255 on the subject.
    `group`: the traced clip it comes from. `following`: the next frame of its clip, None where none was read. `clean`:
    the source without its damage, of its shape, where `Clips` was asked for it."""

    key: str
    group: str
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    following: Frame | None = None
    clean: np.ndarray | None = None

    def run(self, count: int) -> list[Frame]:
        """This frame and those that follow it, `count` in all; the last is repeated where the clip ends."""
        found = [self]
        while len(found) < count:
            found.append(found[-1].following or found[-1])
        return found


@dataclass(frozen=True)
class Degrading:
    """How clean clips are degraded while training: config, seed, `variant`, which draws everything anew, and the share
    of clips that stay `clean`, as from a good webcam in good light. `still`: how often a still is shown, at 30 frames a
    second, so that its noise changes as in a video; where that is more than twice, it sways."""

    config: DegradeConfig
    seed: int
    variant: int = 0
    clean: float = 0.0
    still: int = 2

    def apply(self, clip: Clip) -> Clip:
        """A clean clip (10-bit source) -> the pair of this variant (8-bit source)."""
        return self._applied(clip, False)[0]

    def apply_beside(self, clip: Clip) -> tuple[Clip, np.ndarray]:
        """As `apply`, and the source as it would be undamaged: as the camera exposed it and at the moments that are
        shown, but with no lens, sensor, processor or coder between."""
        pair, clean = self._applied(clip, True)
        assert clean is not None
        return pair, clean

    def _applied(self, clip: Clip, beside: bool) -> tuple[Clip, np.ndarray | None]:
        fps = float(clip.info["fps"])
        key = f"{clip.key}-variant-{self.variant}"
        alone, sways = len(clip.source) == 1, self.still > 2
        if alone and sways:
            clip = Sway.draw(self.still, rng_for(self.seed, key, "train.sway")).apply(clip)
        if rng_for(self.seed, key, "train.clean").random() < self.clean:
            clip = replace(clip, source=eight_bit(clip.source))
            return clip, clip.source
        if alone:
            fps, clip = STILL_FPS, clip if sways else clip.at([0] * self.still)
        count, height, width = clip.source.shape[:3]
        params = draw_params(self.config, self.seed, key, count, width, height, fps)
        try:
            source = degrade_clip(clip.source, params)
        except WorkError:  # an encoder that was killed: once more gives the same bytes, and training goes on
            source = degrade_clip(clip.source, params)
        clean = degrade_clip(clip.source, params.where(keeps_the_picture)) if beside else None
        if params.delivery is not None and params.delivery.retime_target:
            clip = clip.at(params.delivery.shown, "target")
        return replace(clip, source=source), clean


def keeps_the_picture(stage: Params) -> bool:
    """Of what is drawn: light, colours and moments, which a restoration leaves as they are."""
    kept = (BandingParams, ColourParams, DeliveryParams, ExposureParams, RollingShutterParams, WhiteBalanceParams)
    return isinstance(stage, kept)


@dataclass(frozen=True)
class ListedClip:
    """A clip that is there to be read: its key, the traced clip it comes from, and its size."""

    key: str
    group: str
    count: int
    width: int
    height: int


class Clips:
    """The clips of a split in the order of their shards; `read` gives up to `wanted` frames of one, evenly spaced, each
    with those that follow it: runs of `window` frames that end in the clip, and `ahead` more where there are such.
    Frames are shrunk to at most `lines` lines. `clean`: each has its undamaged source beside it."""

    def __init__(
        self,
        folder: Path,
        split: str,
        wanted: int,
        lines: int,
        window: int = 1,
        ahead: int = 1,
        degrading: Degrading | None = None,
        clean: bool = False,
    ):
        self.wanted, self.lines, self.window, self.ahead, self.clean = wanted, lines, window, ahead, clean
        self.still = 2 if degrading is None else degrading.still
        self.listed: list[ListedClip] = []
        self._reader, self._lock = Reader(folder), threading.Lock()
        data = self._reader.data
        if data.manifest.kind == "real":
            raise InputError(f"{folder}: holds real shards, which have no target; give pair or clean shards")
        if degrading is not None and data.manifest.kind != "clean":
            raise InputError(f"{folder}: holds pair shards; only clean shards can be degraded on the fly")
        if clean and data.manifest.kind != "clean":
            raise InputError(
                f"{folder}: holds pair shards, whose undamaged sources are gone, and this method is taught by them; "
                "give clean shards and a config of a whole run"
            )
        for row in data.manifest.shards:
            for key in sorted(row.samples, key=lambda key: row.samples[key]["json"].offset):
                info = data.record(key)
                if split_of(info.split, key) == split:
                    self.listed.append(ListedClip(key, info.clip or key, info.frames, info.width, info.height))
        if not self.listed:
            raise InputError(f"{folder}: no clip of split {split!r}; render clips of that split first")

    def read(self, clip: ListedClip, degrading: Degrading | None = None) -> list[Frame]:
        """Frames of a clip of pair shards; of clean shards as `degrading` says, None: only rounded to 8 bits."""
        if degrading is not None:
            whole = self._reader.data.clip(clip.key)
            return self._of_whole(*(degrading.apply_beside(whole) if self.clean else (degrading.apply(whole), None)))
        with self._lock:  # the reader's decoder serves one thread at a time
            return self._of_shard(clip)

    def _of_shard(self, clip: ListedClip) -> list[Frame]:
        has_mask = "mask.mkv" in self._reader.data.place(clip.key)[1].samples[clip.key]

        def at(number: int) -> _Members:
            source, target = (self._reader.frame(clip.key, name, number) for name in ("source", "target"))
            mask = self._reader.frame(clip.key, "mask", number)[..., 0] if has_mask else None
            source = eight_bit(source)
            return source, target, mask, source if self.clean else None

        return self._linked(clip.key, clip.group, clip.count, at)

    def _of_whole(self, clip: Clip, clean: np.ndarray | None) -> list[Frame]:
        of = lambda frames, number: None if frames is None else frames[number]
        at = lambda number: (clip.source[number], clip.target[number], of(clip.mask, number), of(clean, number))
        return self._linked(clip.key, clip.record.clip or clip.key, len(clip.source), at)

    def _linked(self, key: str, group: str, count: int, at: Callable[[int], _Members]) -> list[Frame]:
        starts, needed = self._numbers(count)
        # In ascending order, in which a frame that is told from the one before is decoded once.
        read = {number: self._small(key, at(number)) for number in needed}
        frames: dict[int, Frame] = {}
        for number in reversed(needed):
            source, target, mask, clean = read[number]
            frames[number] = Frame(key, group, source, target, mask, frames.get(number + 1), clean)
        return [frames[number] for number in starts]

    def _small(self, key: str, members: _Members) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        """Shrunk; where there is no mask, one of nothing."""
        source, target, mask, clean = members
        if source.shape != target.shape:
            raise InputError(f"{key}: source {source.shape} and target {target.shape} differ in shape")
        shown = self._shrunk(source)
        mask = np.zeros(shown.shape[:2], np.uint8) if mask is None else self._shrunk(mask)
        return shown, self._shrunk(target), mask, None if clean is None else self._shrunk(clean)

    def _numbers(self, count: int) -> tuple[list[int], list[int]]:
        """Which frames to draw from, and all that must be read for them."""
        starts = chosen(max(1, count - self.window + 1), self.wanted)
        return starts, sorted({n for i in starts for n in range(i, min(count, i + self.window + self.ahead))})

    def _shrunk(self, image: np.ndarray) -> np.ndarray:
        h, w = image.shape[:2]
        return cv2.resize(image, shrunk_size(w, h, self.lines), interpolation=cv2.INTER_AREA)

    def bytes_of(self, clip: ListedClip) -> int:
        """Memory that the frames of a clip take."""
        width, height = shrunk_size(clip.width, clip.height, self.lines)
        return len(self._numbers(max(clip.count, self.still))[1]) * width * height * (_PIXEL_BYTES + 3 * self.clean)

    def frames_of(self, clip: ListedClip) -> int:
        """How many frames of a clip are drawn from."""
        return len(self._numbers(clip.count)[0])


def shrunk_size(width: int, height: int, lines: int) -> tuple[int, int]:
    """Columns and lines of a frame shrunk to at most `lines` lines."""
    return (width, height) if height <= lines else (max(1, round(width * lines / height)), lines)


def load_frames(
    folder: Path, split: str, frames: int, height: int, degrading: Degrading | None = None
) -> Iterator[Frame]:
    """Up to `frames` frames of every clip of a split, as `Clips` reads them, a clip at a time."""
    clips = Clips(folder, split, frames, height, degrading=degrading)
    for clip in clips.listed:
        yield from clips.read(clip, degrading)


def split_of(split: str, key: str) -> str:
    """ "train" or "test", as the sample's JSON says; InputError where it says neither."""
    if split not in ("train", "test"):
        raise InputError(f'{key}: its JSON has split {split!r}, expected "train" or "test"')
    return split


def chosen(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of `count` frame numbers, evenly spaced."""
    return sorted({int(i) for i in np.linspace(0, count - 1, min(count, wanted)).round()})
