"""Evaluation: figures that can be worked out by hand, intervals, skin tones, clean sources, the picture sheet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from keyfill.cli import main
from pairs.dataset import Clip, Dataset
from train_baseline.config import TrainConfig
from train_baseline.evaluation import summary as evaluation_summary
from train_baseline.evaluation.evaluate import evaluate, measure_row
from train_baseline.evaluation.rows import OneMap, rows_of
from train_baseline.evaluation.sheet import chosen_clips
from train_baseline.methods.base import MapSession, Truth
from train_baseline.methods.lut import DARK_KNOTS, identity
from train_baseline.methods.make import make_method
from train_baseline.train import train


def flat_clip(levels: list[int], target: int) -> Clip:
    """Frames of one level each, against a flat target; the subject is the left half."""
    source = np.stack([np.full((36, 64, 3), level, np.uint8) for level in levels])
    mask = np.zeros(source.shape[:3], np.uint8)
    mask[:, :, :32] = 255
    return Clip("clip-a", {"fps": 10.0}, source, np.full_like(source, target), mask)


class Adding(MapSession):
    """Adds so many levels to one frame after another."""

    def __init__(self, *amounts: int):
        super().__init__(OneMap(lambda frame: frame))
        self.left = list(amounts)

    def colour_map(self, frame, elapsed_s=0.0, truth=None):
        amount = self.left.pop(0)
        return lambda other: other + np.uint8(amount)


def test_measures_of_a_flat_clip() -> None:
    clip = flat_clip([100, 100, 100], 110)
    found = measure_row(clip, Adding(0, 4, 4), vmaf=False)
    assert found["rmse"] == pytest.approx((10 + 6 + 6) / 3)
    assert found["rmse_challenge"] == pytest.approx(found["rmse"] / 128)
    assert found["subject.rmse"] == pytest.approx(found["rmse"])
    assert found["flicker"] == pytest.approx(2.0), "a jump of 4 levels, then none"
    perfect = measure_row(clip, Adding(10, 10, 10), vmaf=True)
    assert perfect["psnr"] == 100 and perfect["ciede2000"] == 0 and perfect["vmaf"] > 95


def test_oracle_is_perfect_where_one_map_can_be() -> None:
    clip = flat_clip([60, 90], 140)
    rows = rows_of({"model": make_method(TrainConfig(grid=2).method, 0)}, identity(DARK_KNOTS)[0])
    assert list(rows) == ["input", "global map", "autoadjust", "model", "oracle"]
    oracle, same = rows["oracle"].session(10.0), rows["global map"].session(10.0)
    for source, target in zip(clip.source, clip.target, strict=True):
        assert np.abs(oracle.correct(source, 0.1, Truth(target, None)).astype(int) - 140).max() <= 1
        assert np.array_equal(same.correct(source), source)


def record(key: str, clip: str, monk: float, model: float, plain: float = 40.0) -> dict:
    row = lambda value: {"rmse": value, "subject.rmse": value, "subject.ciede2000": value / 2}
    rows = {"input": row(plain), "global map": row(30.0), "model": row(model), "oracle": row(10.0)}
    return {"key": key, "clip": clip, "monk": monk, "frames": 1, "rows": rows}


def test_summary_closes_leads_and_tones() -> None:
    clips = [
        record(f"{c}-{k}", f"{c}", monk, model)
        for c, monk, model in (("a", 2.0, 20.0), ("b", 5.0, 22.0), ("c", 9.5, 18.0))
        for k in range(4)
    ]
    found = evaluation_summary.summarised(clips)
    assert found["closed"]["rmse"] == pytest.approx((40 - 20) / (40 - 10))
    lead = found["lead_over_global_map"]["rmse"]
    assert lead["mean"] == pytest.approx(10) and lead["clips"] == 3
    assert 8 <= lead["low"] < 9 and 11 < lead["high"] <= 12, "means of three draws from 8, 10 and 12"
    assert [(t["people"], t["samples"]) for t in found["tones"]] == [(1, 4)] * 3
    assert found["tones"][2]["rows"]["model"]["subject.ciede2000"] == pytest.approx(9)
    assert "67%" in evaluation_summary.sentences(found)[0]
    assert evaluation_summary.tone_table(found)[1][0] == "1-3 light"


def test_best_median_and_worst() -> None:
    clips = [record(name, name, 5.0, error) for name, error in (("a", 30.0), ("b", 12.0), ("c", 50.0))]
    assert [measured["key"] for _, measured in chosen_clips(clips)] == ["b", "a", "c"]


def test_pairs_clean_and_sheet(pairs_folder: Path, clean_folder: Path, tmp_path: Path) -> None:
    train(pairs_folder, TrainConfig(steps=2, batch=2, pixels=64, grid=2), tmp_path)
    pairs = evaluate(tmp_path, pairs_folder)
    clean = evaluate(tmp_path, clean_folder)
    assert pairs["kind"] == "pairs" and clean["kind"] == "clean"
    assert pairs["rows"]["model"]["vmaf"] > 0
    for name in ("evaluation.jpg", "evaluation-clean.jpg"):
        sheet = cv2.imread(str(tmp_path / name))
        assert sheet.shape[0] == 3 * (180 + 2 * 22) and sheet.shape[1] == 6 * 320
    # the clean source is the pair's before degradation; here both hold the same colours
    assert clean["rows"]["input"]["rmse"] == pytest.approx(pairs["rows"]["input"]["rmse"], abs=0.3)
    before = (tmp_path / "evaluation.json").stat().st_mtime_ns
    again = evaluate(tmp_path, pairs_folder)
    assert again == pairs
    names = [line[0] for line in evaluation_summary.summary_table(again)]
    assert names == ["", "input", "global map", "autoadjust", "model", "oracle"]
    assert (tmp_path / "evaluation.json").stat().st_mtime_ns == before
    assert Dataset(clean_folder).manifest.kind == "clean"


@pytest.mark.slow
def test_figures_are_printed_where_they_cannot_be_kept(
    pairs_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """In a folder that cannot be written, which is said before the work; and where writing fails after it."""
    train(pairs_folder, TrainConfig(steps=1, batch=2, pixels=64, grid=2), tmp_path / "a")
    command = ["evaluate", str(tmp_path / "a"), str(pairs_folder), "--no-vmaf", "--quiet"]
    locked = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    shell = ["unshare", "-rm", "sh", "-c", locked, tmp_path / "a", sys.executable, "-m", "keyfill", *command]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=100)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 0 and "autoadjust" in done.stdout, done.stderr
    assert line.startswith(f"keyfill: {tmp_path / 'a'}: cannot be written: Read-only file system")
    (tmp_path / "a" / "evaluation.jpg").mkdir()
    assert main(command) == 1
    shown = capsys.readouterr()
    assert "autoadjust" in shown.out and "evaluation.jpg: cannot be written" in shown.err
    assert not (tmp_path / "a" / "evaluation.json").exists()


def test_command_prints_the_table(pairs_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    train(pairs_folder, TrainConfig(steps=2, batch=2, pixels=64, grid=2), tmp_path / "a")
    train(pairs_folder, TrainConfig(steps=1, batch=2, pixels=64, method={"name": "zeng"}), tmp_path / "zeng")
    against = ["--against", str(tmp_path / "zeng"), "--no-vmaf", "--quiet"]
    assert main(["evaluate", str(tmp_path / "a"), str(pairs_folder), *against]) == 0
    shown = capsys.readouterr().out
    for word in ("input", "autoadjust", "zeng", "model", "oracle", "of the way"):
        assert word in shown
    assert main(["evaluate", str(tmp_path / "none"), str(pairs_folder), "--quiet"]) == 2
