"""Feeding: a set larger than its memory is read in windows, each frame in its turn, and a resumed run sees the same."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from pairs.dataset import Dataset
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data import frames as frames_module
from train_baseline.data.batches import all_of
from train_baseline.data.pool import Pool
from train_baseline.methods.base import Sees
from train_baseline.train import train

PIXELS = Sees("pixels", 64)
CLIP_GB = 2 * 36 * 64 * 7 / 1e9
"""Memory of a clip of the tiny set: two frames."""
WINDOWS = TrainConfig(
    steps=24, batch=2, renew_every=4, memory_gb=4.5 * CLIP_GB, check_every=5, method={"grid": 2, "pixels": 64}
)


class Alive:
    """Bytes of all frames that are alive, and the most there ever were."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def add(self, frame: frames_module.Frame) -> None:
        size = frame.source.nbytes + frame.target.nbytes + frame.mask.nbytes
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(frame, self._gone, size)

    def _gone(self, size: int) -> None:
        self.now -= size


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Alive:
    """Counts every frame that is made, by what it holds."""
    gc.collect()
    counter = Alive()
    real = frames_module.Frame.__init__

    def init(self, *arguments, **named) -> None:
        real(self, *arguments, **named)
        counter.add(self)

    monkeypatch.setattr(frames_module.Frame, "__init__", init)
    return counter


def test_memory_stays_within_the_budget(pairs_folder: Path, tmp_path: Path, alive: Alive) -> None:
    """Six clips to train on, memory for four and a half: two windows of two clips at a time."""
    train(pairs_folder, WINDOWS, tmp_path / "windows")
    assert 0 < alive.most <= WINDOWS.memory_gb * 1e9 + CLIP_GB * 1e9, "and the clip that is being read"
    alive.most = 0
    train(pairs_folder, WINDOWS.model_copy(update={"memory_gb": 4.0}), tmp_path / "whole")
    assert alive.most == pytest.approx(6 * CLIP_GB * 1e9), "the test means little if it would fit anyway"


def test_every_clip_has_its_turn_in_each_epoch(pairs_folder: Path) -> None:
    with Pool(pairs_folder, WINDOWS, PIXELS, 3, None) as pool:
        seen = [[frame.key for frame in pool.frames_at(step)] for step in range(0, 24, 4)]
        assert pool.facts() == {"frames": 12, "clips": 6, "samples": 6}
    assert all(len(set(keys)) == 2 for keys in seen)
    for epoch in (seen[:3], seen[3:]):
        assert len({key for keys in epoch for key in keys}) == 6
    with Pool(pairs_folder, WINDOWS, PIXELS, 3, None) as later:
        assert [frame.key for frame in later.frames_at(20)] == seen[5], "whatever was read before"


def test_resumes_exactly_in_the_middle_of_windows(pairs_folder: Path, tmp_path: Path) -> None:
    config = WINDOWS.model_copy(update={"validation": 0.17})

    def killed(done: int, total: int, text: str) -> None:
        if text.startswith("training") and done == 18:
            raise KeyboardInterrupt

    train(pairs_folder, config, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(pairs_folder, config, tmp_path / "cut", killed)
    train(pairs_folder, config, tmp_path / "cut")
    assert (tmp_path / "whole" / "log.csv").read_bytes() == (tmp_path / "cut" / "log.csv").read_bytes()
    whole, cut = (run_folder.load(tmp_path / name).method.state_dict() for name in ("whole", "cut"))
    assert all(bool((whole[name] == cut[name]).all()) for name in whole)


def test_clean_clips_are_degraded_in_windows(clean_folder: Path, webcam) -> None:
    config = WINDOWS.model_copy(update={"clean": 0.0})
    with Pool(clean_folder, config, PIXELS, 3, webcam) as pool:
        shown = {}
        for step in range(0, 24, 4):
            for frame in pool.frames_at(step):
                shown.setdefault(frame.key, []).append(frame.source)
    twice = [sources for sources in shown.values() if len(sources) >= 4]
    assert len(shown) == 6 and twice and all(np.any(sources[0] != sources[2]) for sources in twice), "each time anew"


def test_too_little_memory_is_one_clear_line(pairs_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"train\.memory_gb: 1e-05 cannot hold two windows of one clip"):
        train(pairs_folder, WINDOWS.model_copy(update={"memory_gb": 1e-5}), tmp_path)


def test_runs_of_frames_follow_each_other_and_end_in_the_clip(long_folder: Path, stills_folder: Path) -> None:
    sees = Sees("frame", window=3)
    with Pool(long_folder, TrainConfig(), sees, 0, None) as pool:
        frames = pool.frames_at(0)
    assert len(frames) == 3
    sources = [frame.source for frame in (*frames[0].run(3), *frames[2].run(3)[1:])]
    pictures = Dataset(long_folder).clip(frames[0].key).source
    assert all(np.array_equal(*pair) for pair in zip(sources, pictures, strict=True))
    batch = all_of(frames[:2], sees, 0)
    assert batch.source.shape == (2, 3, 3, 36, 64) and batch.mask.shape == (2, 3, 1, 36, 64)
    assert np.array_equal((batch.source[1, 2] * 255).round().byte().movedim(0, -1), pictures[3])
    with Pool(stills_folder, TrainConfig(), sees, 0, None) as pool:
        (first, *_) = pool.frames_at(0)
    assert all(frame is first for frame in first.run(3)), "a still stands still"
