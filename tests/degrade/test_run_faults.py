"""`degrade_folder` when things go wrong for real: a killed process, a dying encoder, damaged input; others go on."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.config import load
from core.errors import WorkError
from degrade.config import DegradeConfig
from degrade.report.charts import texture_chart
from degrade.run import degrade_folder
from degrade.workers import in_order
from keyfill.cli import main
from pairs.card import CARD
from pairs.dataset import Dataset
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

ROOT = Path(__file__).resolve().parents[2]
KEYS = tuple(f"clip-{letter}" for letter in "abcdef")


def preset(name: str, *overrides: str) -> DegradeConfig:
    return load(ROOT / "configs" / "degrade" / f"{name}.yaml", DegradeConfig, overrides)


def frames(count: int = 8) -> np.ndarray:
    wide = texture_chart(3)
    return np.stack([wide[:90, t : t + 160] for t in range(count)])


def shards(folder: Path, spoiled: dict[str, bytes] | None = None, per_shard: int = 3, count: int = 8) -> Path:
    """Two clean shards of three clips of `count` frames; `spoiled` gives the source of some."""
    video = encode_lossless(frames(count), 30.0)
    write_header(folder, "clean", {})
    for start in range(0, len(KEYS), per_shard):
        samples = []
        for key in KEYS[start : start + per_shard]:
            info = {"key": key, "clip": key, "fps": 30.0, "frames": count, "width": 160, "height": 90, "split": "train"}
            source = (spoiled or {}).get(key, video)
            members = {"json": json.dumps(info).encode(), "source.mkv": source, "target.mkv": video}
            samples.append(Sample(key, members))
        write_row(folder, write_shard(folder / f"train-{start // per_shard:06d}.tar", samples))
    return folder


@contextmanager
def killing(name: str, most: int, busy_s: float = 0.0) -> Iterator[list[int]]:
    """Up to `most` processes below this one with `name` in their command line are killed, after `busy_s` of work."""
    killed: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set() and len(killed) < most:
            for child in psutil.Process().children(recursive=True):
                try:
                    busy = child.cpu_times().user >= busy_s
                    if busy and child.pid not in killed and name in " ".join(child.cmdline()):
                        os.kill(child.pid, signal.SIGKILL)
                        killed.append(child.pid)
                        break
                except (psutil.Error, ProcessLookupError):
                    continue
            time.sleep(0.002)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield killed
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_a_killed_process_costs_no_sample(tmp_path: Path) -> None:
    clean = shards(tmp_path / "clean", count=60)
    degrade_folder(clean, preset("webcam"), 3, tmp_path / "calm", workers=1)
    with killing("spawn_main", 1, 0.5) as killed:
        degrade_folder(clean, preset("webcam"), 3, tmp_path / "pairs", workers=2)
    assert killed, "nothing was killed: the test shows nothing"
    for name in ("train-000000.tar", "train-000001.tar"):
        assert (tmp_path / "pairs" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()


def poison(sample: Sample) -> tuple[Sample | None, str]:
    """Work whose process is killed at one sample, each time."""
    if sample.key == "clip-c":
        os.kill(os.getpid(), signal.SIGKILL)
    return sample, ""


@pytest.mark.slow
def test_a_sample_that_kills_its_process_is_named_and_alone() -> None:
    tasks = [Sample(key, {}) for key in KEYS]
    found = list(in_order([*tasks[:5], "clip-e2: reading: damaged", tasks[5]], poison, 2))
    keys = [sample.key if sample else failure.split(":")[0] for sample, failure in found]
    assert keys == ["clip-a", "clip-b", "clip-c", "clip-d", "clip-e", "clip-e2", "clip-f"], "in order, all there"
    failures = [failure for sample, failure in found if sample is None]
    assert failures[0].startswith("clip-c: degrade: its process died twice") and len(failures) == 2


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_damaged_videos_are_named_with_their_stage(tmp_path: Path, workers: int) -> None:
    """Cut, empty, noise, and a video of no frames that agrees with its JSON: four samples fail, two are written."""
    good = encode_lossless(frames(), 30.0)
    spoiled = {
        "clip-a": good[: len(good) // 2],
        "clip-b": b"",
        "clip-d": os.urandom(4000),
        "clip-f": encode_lossless(frames(3), 30.0),
    }
    clean = shards(tmp_path / "clean", spoiled)
    with pytest.raises(WorkError, match="4 of 6 samples failed, the others are written; first: clip-a: source"):
        degrade_folder(clean, preset("report"), 3, tmp_path / "pairs", workers=workers)
    assert sorted(Dataset(tmp_path / "pairs").keys()) == ["clip-c", "clip-e"]
    assert (tmp_path / "pairs" / CARD).is_file(), "what was written is described"
    told = json.loads((tmp_path / "pairs" / "failures.json").read_text())
    assert sorted(told) == ["clip-a", "clip-b", "clip-d", "clip-f"]
    assert all(text.startswith(key) and "source.mkv" in text for key, text in told.items()), told
    with pytest.raises(WorkError, match="4 of 6"):  # and tried again
        degrade_folder(clean, preset("report"), 3, tmp_path / "pairs", workers=workers)


def test_a_shard_of_failures_only_is_no_trap(tmp_path: Path) -> None:
    clean = shards(tmp_path / "clean", dict.fromkeys(KEYS[:3], b"nothing"))
    with pytest.raises(WorkError, match="3 of 6"):
        degrade_folder(clean, preset("report"), 3, tmp_path / "pairs")
    assert sorted(Dataset(tmp_path / "pairs").keys()) == ["clip-d", "clip-e", "clip-f"]


def test_an_encoder_that_dies_costs_its_own_sample_only(tmp_path: Path) -> None:
    clean = shards(tmp_path / "clean")
    config = preset("webcam", "codec.probability=1", "codec.kinds={h264: 0, h265: 0, vp9: 0, av1: 1.0}")
    with (
        killing("av1", 1) as killed,
        pytest.raises(WorkError, match=r"[12] of 6 samples failed.*first: clip-\w: codec"),
    ):
        degrade_folder(clean, config, 3, tmp_path / "pairs")
    assert killed and len(Dataset(tmp_path / "pairs").keys()) >= 4
    degrade_folder(clean, config, 3, tmp_path / "pairs")
    assert len(Dataset(tmp_path / "pairs").keys()) == 6, "a further run does what was missing"
    assert not (tmp_path / "pairs" / "failures.json").exists()


@pytest.mark.parametrize("text", ["", "{}", "codec:\n", "seed: 1\n", "severity: 0\nfirst: {jpeg: {}}\n"])
def test_a_config_that_degrades_nothing_says_so_and_changes_nothing(tmp_path, capsys, text):
    clean, config = shards(tmp_path / "clean", count=2), tmp_path / "none.yaml"
    config.write_text(text)
    assert main(["degrade", str(clean), "--config", str(config), "--out", str(tmp_path / "pairs"), "--quiet"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"keyfill: {config}: nothing will be degraded: ") and "webcam.yaml" in line
    for key in KEYS:
        before, after = (Dataset(tmp_path / name).clip(key).source for name in ("clean", "pairs"))
        assert np.array_equal(np.stack(list(before)), np.stack(list(after)))


def test_a_config_that_degrades_says_nothing(tmp_path, capsys):
    clean, config = shards(tmp_path / "clean", count=2), ROOT / "tests" / "keyfill" / "tiny.yaml"
    assert main(["degrade", str(clean), "--config", str(config), "--out", str(tmp_path / "pairs"), "--quiet"]) == 0
    assert not capsys.readouterr().err
