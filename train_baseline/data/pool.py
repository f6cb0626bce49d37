"""The frames that training draws from: read once from pair shards, or clean ones degraded anew every so many steps."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from degrade.config import DegradeConfig
from train_baseline.config import TrainConfig
from train_baseline.data.batches import Degrading, Frame, Progress, held_groups, hold_out, load_frames


class Pool:
    """Frames by step. With a `degrade` config, `folder` holds clean shards: steps `k * renew_every` and on use variant
    k of every clip's degradation, made in a thread while the steps before run. Which frames a step sees depends on
    data, config and seed alone, so a resumed run sees what the first would have.

    `held`: the validation frames, always of variant 0. A context manager: leaving it drops what is under way.
    """

    def __init__(
        self, folder: Path, config: TrainConfig, seed: int, degrade: DegradeConfig | None, progress: Progress | None
    ):
        self.folder, self.config, self.seed = folder, config, seed
        self.degrading = None if degrade is None else Degrading(degrade, seed, clean=config.clean)
        self._thread = ThreadPoolExecutor(1)
        self._next: tuple[int, Future[list[Frame]]] | None = None
        first = load_frames(folder, "train", config.frames, config.height, progress, self.degrading)
        self._frames, self.held = hold_out(first, config.validation, seed)
        self._held_groups = held_groups({frame.group for frame in first}, config.validation, seed)
        self._variant = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def frames_at(self, step: int) -> list[Frame]:
        """What a step draws from; waits when the next variant is not ready."""
        if self.degrading is None:
            return self._frames
        variant = step // self.config.renew_every
        if variant != self._variant:
            if self._next is None or self._next[0] != variant:
                self._next = variant, self._thread.submit(self._load, variant)
            self._frames, self._variant, self._next = self._next[1].result(), variant, None
        following = self._variant + 1
        if self._next is None and following * self.config.renew_every < self.config.steps:
            self._next = following, self._thread.submit(self._load, following)
        return self._frames

    def _load(self, variant: int) -> list[Frame]:
        degrading = replace(self.degrading, variant=variant)
        frames = load_frames(self.folder, "train", self.config.frames, self.config.height, None, degrading)
        return [frame for frame in frames if frame.group not in self._held_groups]
