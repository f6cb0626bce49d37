"""Training: learns a known light, gives the same bytes again, goes on after a kill, refuses what it cannot use."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.colour import linear_from_srgb
from core.errors import InputError, WorkError
from core.intent import Consent
from degrade.config import DegradeConfig
from pairs.lock import FolderLock
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data import frames as data
from train_baseline.data.batches import draw_batch
from train_baseline.data.frames import Degrading, load_frames
from train_baseline.data.pool import Pool
from train_baseline.evaluation.evaluate import evaluate
from train_baseline.evaluation.summary import summary_table
from train_baseline.methods import lut_method
from train_baseline.methods.base import PixelBatch, Sees
from train_baseline.methods.make import make_method
from train_baseline.train import train
from train_baseline.trainer import Trainer

TINY = TrainConfig(steps=8, batch=4, pixels=256, check_every=3, grid=2, crop=0.0, exposure=0.0, balance=0.0)


PIXELS = Sees("pixels", 512)


def levels_of(batch: PixelBatch) -> SimpleNamespace:
    """The batch as uint8 levels, channels last."""
    level = lambda value: (value * 255).round().to(torch.uint8).numpy()
    last = lambda value: np.moveaxis(level(value), 1, -1)
    return SimpleNamespace(
        source=last(batch.source),
        target=last(batch.target),
        mask=level(batch.mask),
        thumbnails=last(batch.thumbnails),
    )


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    return run_folder.load(run).method.state_dict()


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["curves", "zeng"])
def test_learns_a_known_light_on_clips_it_has_not_seen(architecture: str, pairs_folder: Path, tmp_path: Path) -> None:
    config = TrainConfig(
        architecture=architecture, matte=False, steps=250, batch=4, pixels=512, average=0.98, exposure=0.0
    )
    train(pairs_folder, config, tmp_path)
    result = evaluate(tmp_path, pairs_folder)
    rows = result["rows"]
    assert rows["oracle"]["rmse"] < 3
    assert rows["model"]["rmse"] < 0.35 * rows["input"]["rmse"]
    assert rows["model"]["subject.rmse"] < 0.35 * rows["input"]["subject.rmse"]
    assert rows["global map"]["rmse"] < 0.2 * rows["input"]["rmse"], "one map undoes one light"
    assert [line[0] for line in summary_table(result)] == ["", "input", "global map", "autoadjust", "model", "oracle"]


def test_same_seed_gives_the_same_weights(pairs_folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        train(pairs_folder, TINY, tmp_path / name, seed=5)
    assert same(weights_of(tmp_path / "a"), weights_of(tmp_path / "b"))
    assert (tmp_path / "a" / "log.csv").read_bytes() == (tmp_path / "b" / "log.csv").read_bytes()


def test_resumes_exactly_after_a_kill(pairs_folder: Path, tmp_path: Path) -> None:
    train(pairs_folder, TINY, tmp_path / "whole")

    def killed(done: int, total: int, text: str) -> None:
        if text.startswith("training") and done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(pairs_folder, TINY, tmp_path / "cut", killed)
    assert (tmp_path / "cut" / "state.pt").exists() and not (tmp_path / "cut" / "checkpoint.npz").exists()
    with pytest.raises(InputError, match=r"state.pt\) would be made anew.*training that was begun"):
        train(pairs_folder, TINY, tmp_path / "cut", seed=9)
    steps = []
    note = lambda done, total, text: steps.append(done) if text.startswith("training") else None
    train(pairs_folder, TINY, tmp_path / "cut", note)
    assert steps[0] == 4, "goes on from the state saved at step 3"
    assert same(weights_of(tmp_path / "whole"), weights_of(tmp_path / "cut"))
    assert (tmp_path / "whole" / "log.csv").read_bytes() == (tmp_path / "cut" / "log.csv").read_bytes()
    assert not (tmp_path / "cut" / "state.pt").exists()


def test_finished_and_unchanged_is_left_alone(pairs_folder: Path, tmp_path: Path) -> None:
    facts = train(pairs_folder, TINY, tmp_path)
    before = (tmp_path / "checkpoint.npz").stat().st_mtime_ns
    calls = []
    assert train(pairs_folder, TINY, tmp_path, lambda *step: calls.append(step)) == facts
    assert not calls and (tmp_path / "checkpoint.npz").stat().st_mtime_ns == before
    longer = TINY.model_copy(update={"steps": 9})
    with pytest.raises(InputError, match=r"1 model \(checkpoint.npz\) would be made anew.*train.steps \(\d+, now 9\)"):
        train(pairs_folder, longer, tmp_path)
    with pytest.raises(InputError, match=r"seed \(0, now 1\); --replace"):
        train(pairs_folder, TINY, tmp_path, seed=1)
    with pytest.raises(InputError, match="is the folder of the shards"):
        train(pairs_folder, TINY, pairs_folder)
    assert (tmp_path / "checkpoint.npz").stat().st_mtime_ns == before
    train(pairs_folder, longer, tmp_path, consent=Consent(replace=True))
    assert (tmp_path / "checkpoint.npz").stat().st_mtime_ns != before


def test_one_training_a_folder(pairs_folder: Path, tmp_path: Path) -> None:
    """Two that write the same state would undo each other's steps."""
    with FolderLock(tmp_path), pytest.raises(InputError, match="is writing here; wait for it or choose another"):
        train(pairs_folder, TINY, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    train(pairs_folder, TINY, tmp_path)


def test_stops_early_and_keeps_the_best(pairs_folder: Path, tmp_path: Path) -> None:
    config = TINY.model_copy(
        update={"steps": 60, "check_every": 2, "patience": 2, "validation": 0.3, "learning_rate": 0.1}
    )
    facts = train(pairs_folder, config, tmp_path)
    with open(tmp_path / "log.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    errors = [float(row["validation"]) for row in rows]
    assert facts["validation_rmse"] == pytest.approx(min(errors))
    assert facts["stopped_early"] == (facts["steps"] < 60)


def test_a_step_without_a_finite_loss_changes_nothing(
    pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = list(load_frames(pairs_folder, "train", 1, 36))
    trainer = Trainer(make_method(TINY.method, 0), TINY, 0, lambda step: frames)
    before = {name: value.clone() for name, value in trainer.method.state_dict().items()}
    good = lut_method.total
    poisoned = lambda *given: {name: value * float("nan") for name, value in good(*given).items()}
    monkeypatch.setattr(lut_method, "total", poisoned)
    assert trainer.advance() == {} and trainer.skipped == 1
    assert same(before, trainer.method.state_dict())
    monkeypatch.setattr(lut_method, "total", good)
    trainer.advance()
    assert trainer.skipped == 1 and not same(before, trainer.method.state_dict())
    monkeypatch.setattr(lut_method, "total", poisoned)
    with pytest.raises(WorkError, match="lower learning_rate"):
        for _ in range(20):
            trainer.advance()


def test_bad_input_is_one_clear_line(pairs_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"manifest\.json"):
        train(tmp_path, TINY, tmp_path / "run")
    with pytest.raises(InputError, match=r"no checkpoint\.npz"):
        run_folder.load(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        train(pairs_folder, TINY, tmp_path / "file" / "run")
    (tmp_path / "checkpoint.npz").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="not a readable checkpoint"):
        run_folder.load(tmp_path)
    with pytest.raises(ValueError, match="validation"):
        TrainConfig(patience=3)


def test_clean_shards_are_degraded_anew_while_training(
    clean_folder: Path, pairs_folder: Path, tmp_path: Path, webcam: DegradeConfig
) -> None:
    config = TINY.model_copy(update={"renew_every": 3, "steps": 7, "validation": 0.34})
    with Pool(clean_folder, config, PIXELS, 0, webcam) as pool:
        first, same_again, later = pool.frames_at(0), pool.frames_at(2), pool.frames_at(3)
    assert first is same_again and [f.key for f in first] == [f.key for f in later]
    assert any((a.source != b.source).any() for a, b in zip(first, later, strict=True)), "other noise, other light"
    assert all((a.target == b.target).all() for a, b in zip(first, later, strict=True))
    with Pool(clean_folder, config, PIXELS, 0, webcam) as again:
        resumed = again.frames_at(3)
    assert all((a.source == b.source).all() for a, b in zip(later, resumed, strict=True))
    assert {f.group for f in pool.validation_frames}.isdisjoint({f.group for f in first})
    facts = train(clean_folder, config, tmp_path / "a", degrade=webcam)
    assert facts["steps"] == 7
    with pytest.raises(InputError, match="only clean shards"):
        Pool(pairs_folder, config, PIXELS, 0, webcam)


def test_an_encoder_that_dies_while_training_is_tried_once_more(
    clean_folder: Path, webcam: DegradeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = list(load_frames(clean_folder, "train", 2, 36, Degrading(webcam, 0)))
    real, failing = data.degrade_clip, [1]

    def dies(*arguments) -> np.ndarray:
        if failing and failing.pop():
            raise WorkError("clip: codec h264: encoding failed: ffmpeg exit -9")
        return real(*arguments)

    monkeypatch.setattr(data, "degrade_clip", dies)
    found = list(load_frames(clean_folder, "train", 2, 36, Degrading(webcam, 0)))
    assert all((a.source == b.source).all() for a, b in zip(wanted, found, strict=True)) and not failing
    failing += [1, 1]
    with pytest.raises(WorkError, match="clip: codec h264"):
        list(load_frames(clean_folder, "train", 2, 36, Degrading(webcam, 0)))


def test_a_still_is_shown_twice_with_other_noise(stills_folder: Path, webcam: DegradeConfig) -> None:
    frames = list(load_frames(stills_folder, "train", 4, 36, Degrading(webcam, 0)))
    moved = [np.abs(f.following.source.astype(int) - f.source).mean() for f in frames[::2]]
    assert max(moved) > 0.2, "noise differs between the two"


def test_augmentation_keeps_pairs_together(pairs_folder: Path, known_light: Callable[[np.ndarray], np.ndarray]) -> None:
    """The source of a batch is the target's colours darkened, wherever it was cropped or mirrored."""
    frames = list(load_frames(pairs_folder, "train", 1, 36))
    batch = levels_of(draw_batch(frames, TINY.model_copy(update={"crop": 0.4}), PIXELS, 0, 1))
    expected = known_light(batch.target / 255) * 255
    assert np.abs(batch.source - expected).max() < 3
    lit = TINY.model_copy(update={"crop": 0.4, "exposure": 0.7, "balance": 0.2})
    changed = levels_of(draw_batch(frames, lit, PIXELS, 0, 1))
    subject = batch.mask == 255
    assert 0.2 < subject.mean() < 0.8 and np.array_equal(changed.target[subject], batch.target[subject])
    assert np.abs(changed.target[~subject].astype(int) - batch.target[~subject]).mean() > 3, "the room is lit anew"
    linear = lambda levels: linear_from_srgb(levels / 255)
    for a, b, thumb, before in zip(changed.source, batch.source, changed.thumbnails, batch.thumbnails, strict=True):
        safe = (a > 40) & (a < 250) & (b > 40)
        ratios = [linear(a[:, c][safe[:, c]]) / linear(b[:, c][safe[:, c]]) for c in range(3)]
        gains = [np.median(ratio) for ratio in ratios]
        assert all(np.abs(r / g - 1).max() < 0.12 for r, g in zip(ratios, gains, strict=True)), "one gain a channel"
        moved = thumb.mean((0, 1)) - before.mean((0, 1))
        assert all(shift * (gain - 1) >= 0 for shift, gain in zip(moved, gains, strict=True)), "the thumbnail too"
