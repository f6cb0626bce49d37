"""The example scripts run as they stand, from a folder that is not the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(name: str, *arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-P", str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_draw_and_render(tmp_path: Path) -> None:
    printed = run("draw_and_render", "frame.png", cwd=tmp_path)
    shown = cv2.imread(str(tmp_path / "frame.png"))
    assert shown.shape == (180, 640, 3) and "key to fill" in printed
    source, target = shown[:, :320].astype(float), shown[:, 320:].astype(float)
    assert np.abs(target - source)[40:, 100:220].mean() > 5  # the studio changes the subject
    assert np.abs(target - source)[:20].mean() < 5  # and not the room behind


def test_relight_and_degrade(tmp_path: Path) -> None:
    printed = run("relight_and_degrade", "strip.png", cwd=tmp_path)
    assert re.search(r"noise 0\.00\d+, JPEG quality \d+, (h264|h265|vp9|av1)", printed), printed
    shown = cv2.imread(str(tmp_path / "strip.png")).astype(float)
    assert shown.shape == (108, 4 * 192, 3)
    even, _, sided = (shown[:, 192 * n : 192 * (n + 1)] for n in (1, 2, 3))
    assert np.abs(even - sided)[30:].mean() > 0.5  # 1:1 and 9:1 do not light alike
    assert np.abs(even - sided)[:20].mean() < 0.6  # before the same room; rounding alone gives half a level


def test_train_your_own(tmp_path: Path) -> None:
    """On pairs whose target is the source, twice as bright: the loss falls to less than half."""
    write_header(tmp_path / "pairs", "pairs", {})
    samples = []
    for number in range(4):
        source = np.random.default_rng(number).integers(20, 120, (3, 24, 32, 3), np.uint8)
        info = {"key": f"clip-{number}", "split": "train", "fps": 10, "frames": 3, "width": 32, "height": 24}
        videos = {"source.mkv": encode_lossless(source, 10), "target.mkv": encode_lossless(2 * source, 10)}
        samples.append(Sample(f"clip-{number}", {"json": json.dumps(info).encode(), **videos}))
    write_row(tmp_path / "pairs", write_shard(tmp_path / "pairs" / "train-000000.tar", samples))
    printed = run("train_your_own", "pairs", "150", cwd=tmp_path)
    first, last = map(float, re.findall(r"mean error ([\d.]+)", printed))
    assert last < first / 2, printed
