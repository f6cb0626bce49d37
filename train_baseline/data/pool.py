"""The frames that training draws from: a whole set that fits into memory, else one window of clips after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path

from core.errors import InputError
from core.progress import Progress, silent
from core.rng import rng_for
from degrade.config import DegradeConfig
from pairs.reader import EpochSampler
from train_baseline.config import TrainConfig
from train_baseline.data.frames import Clips, Degrading, Frame, ListedClip
from train_baseline.methods.base import Sees


class Pool:
    """Frames by step. With a `degrade` config, `folder` holds clean shards: steps `k * renew_every` and on use variant
    k of every clip's degradation. Where all frames (of clean shards: twice, as the next variant is made meanwhile)
    take more than `memory_gb`, the same steps use window k: as many clips as fit into half of that, in the order of
    `pairs.reader.EpochSampler`, epoch after epoch. What comes next is read in a thread while the steps before run.
    Which frames a step sees depends on data, config and seed alone, so a resumed run sees what the first would have.

    `validation_frames`: of the clips held out, always of variant 0; in memory with all others or, where not all fit,
    read whenever they are asked for. A context manager: leaving it drops what is under way.
    """

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        sees: Sees,
        seed: int,
        degrade: DegradeConfig | None,
        progress: Progress = silent,
    ):
        self.config = config
        self.degrading = (
            None
            if degrade is None
            else Degrading(degrade, seed, clean=config.clean, still=max(sees.still, sees.window))
        )
        ahead = int(sees.kind == "pixels")
        self.clips = clips = Clips(
            folder, "train", config.frames, config.height, sees.window, ahead, self.degrading, sees.clean
        )
        held = validation_groups({clip.group for clip in clips.listed}, config.validation, seed)
        self.listed = [clip for clip in clips.listed if clip.group not in held]
        watched = [clip for clip in clips.listed if clip.group in held]
        sizes, budget = [clips.bytes_of(clip) for clip in self.listed], config.memory_gb * 1e9
        times = 1 if degrade is None else 2
        self.fits = times * sum(sizes) + sum(map(clips.bytes_of, watched)) <= budget
        if not self.fits and max(sizes) > budget / 2:
            raise InputError(
                f"train.memory_gb: {config.memory_gb:g} cannot hold two windows of one clip, "
                f"{2 * max(sizes) / 1e9:.2g} GB; raise it, or lower train.frames or train.height"
            )
        self._windows, self._packed = [self.listed] if self.fits else [], _packed(self.listed, sizes, budget / 2, seed)
        self._thread = ThreadPoolExecutor(1)
        self._next: tuple[int, Future[list[Frame]]] | None = None
        self._frames: list[Frame] = []
        self._at = -1
        self.validation_frames: Iterable[Frame] = _Read(clips, watched, self.degrading)
        if self.fits:
            self.validation_frames = list(self.validation_frames)
            self._frames, self._at = self._load(0, progress), 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def frames_at(self, step: int) -> list[Frame]:
        """What a step draws from; waits when that is not ready yet."""
        changes = not self.fits or self.degrading is not None
        window = step // self.config.renew_every if changes else 0
        if window != self._at:
            self._frames = []
            if self._next is None or self._next[0] != window:
                self._next = window, self._thread.submit(self._load, window)
            self._frames, self._at, self._next = self._next[1].result(), window, None
        if changes and self._next is None and (window + 1) * self.config.renew_every < self.config.steps:
            self._next = window + 1, self._thread.submit(self._load, window + 1)
        return self._frames

    def facts(self) -> dict[str, int]:
        """How much there is to train on."""
        return {
            "frames": sum(map(self.clips.frames_of, self.listed)),
            "clips": len({clip.group for clip in self.listed}),
            "samples": len(self.listed),
        }

    def _load(self, window: int, progress: Progress = silent) -> list[Frame]:
        degrading = None if self.degrading is None else replace(self.degrading, variant=window)
        while not self.fits and len(self._windows) <= window:
            self._windows.append(next(self._packed))
        listed, found = self._windows[0 if self.fits else window], list[Frame]()
        for number, clip in enumerate(listed, 1):
            found += self.clips.read(clip, degrading)
            progress(number, len(listed), f"reading {clip.key}")
        return found


class _Read:
    """Frames that are read again each time they are iterated over."""

    def __init__(self, clips: Clips, listed: Sequence[ListedClip], degrading: Degrading | None):
        self._clips, self._listed, self._degrading = clips, listed, degrading

    def __len__(self) -> int:
        return len(self._listed)

    def __iter__(self) -> Iterator[Frame]:
        return chain.from_iterable(self._clips.read(clip, self._degrading) for clip in self._listed)


def _packed(listed: Sequence[ListedClip], sizes: Sequence[int], limit: float, seed: int) -> Iterator[list[ListedClip]]:
    """Windows of clips without end: epoch after epoch in shuffled order, as many as fit, none twice in one window."""
    order = EpochSampler(len(listed), seed)
    window: list[int] = []
    while True:
        for number in order:
            if number in window or sum(sizes[i] for i in window) + sizes[number] > limit:
                yield [listed[i] for i in window]
                window = []
            window.append(number)


def validation_groups(groups: set[str], share: float, seed: int) -> set[str]:
    """Which traced clips watch for over-fitting. InputError when that leaves nothing to train on, or to watch."""
    count = round(share * len(groups))
    if share and (count == 0 or count == len(groups)):
        raise InputError(f"train.validation: {share} of {len(groups)} clips leaves one side empty; render more clips")
    order = rng_for(seed, "train", "validation").permutation(len(groups))
    names = sorted(groups)
    return {names[i] for i in order[:count]}
