"""The main job from a set that grew to a checked Core ML package, run twice, then spoilt and asked again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from degrade.run import degrade_folder
from farm.placement import Placement
from keyfill.cli import main
from keyfill.clips import planned_clips, render_stage
from keyfill.run_config import load_run
from keyfill.run_intent import set_aside
from pairs.dataset import Dataset
from pairs.manifest import ROWS
from scenes.draw import draw_scene
from train_baseline.run_folder import data_hash
from train_baseline.train import train

CONFIG = Path(__file__).with_name("tiny.yaml")
STAGES = ("clean", "pairs", "train", "model.mlpackage", "model.json", "preview/index.html")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """What a run of one clip less has left, and stamps of what it made of its pairs. Its package is there in name
    alone: none reads it again."""
    out, config = tmp_path_factory.mktemp("whole") / "run", load_run(CONFIG, ["scenes.train_clips=1"])
    render_stage(config, planned_clips(config), out / "clean", Placement(), True, False)
    degrade_folder(out / "clean", config.degrade, config.seed, out / "pairs")
    train(out / "pairs", config.train, out / "train", seed=config.seed)
    (out / "model.mlpackage").mkdir()
    (out / "model.json").write_text("{}")
    return out, {name: (out / name).stat().st_mtime_ns for name in ("train/checkpoint.npz", "model.json")}


@pytest.fixture(scope="module")
def done(smaller: tuple[Path, dict[str, int]]) -> tuple[Path, str]:
    """A finished run and what it printed."""
    out, _ = smaller
    words = ["run", str(CONFIG), "--out", str(out), "--dry-run"]
    dry = subprocess.run([sys.executable, "-m", "keyfill", *words], capture_output=True, text=True, check=True)
    return out, f"{dry.stdout}{dry.stderr}{_run(out)}"


def _run(out: Path) -> str:
    command = [sys.executable, "-m", "keyfill", "run", str(CONFIG), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=800).stdout


def _stamps(out: Path) -> dict[str, int]:
    kept = [path for path in out.rglob("*") if path.is_file() and "events" not in path.name]
    return {str(path.relative_to(out)): path.stat().st_mtime_ns for path in kept}


def test_prints_the_table_and_every_place(done: tuple[Path, str]) -> None:
    out, printed = done
    for word in ("input", "global map", "model", "RMSE", "PSNR", "SSIM"):
        assert word in printed
    for place in ("clean", "pairs", "train", "model.mlpackage", "preview/index.html"):
        assert str(out / place) in printed.replace("\n", "")
        assert (out / place).exists()


def test_export_keeps_the_budget_and_matches_the_model(done: tuple[Path, str]) -> None:
    facts = json.loads((done[0] / "model.json").read_text())
    assert 0 < facts["macs"] <= 20.0e9


def test_pairs_are_aligned_drawn_and_split(done: tuple[Path, str]) -> None:
    clean, pairs = Dataset(done[0] / "clean"), Dataset(done[0] / "pairs")
    assert clean.keys() == pairs.keys() and len(pairs.keys()) == 4
    people, rooms = {"train": set(), "test": set()}, {"train": set(), "test": set()}
    for key in pairs.keys():
        clip = pairs.clip(key)
        assert clip.source.shape == clip.target.shape == (2, 36, 64, 3)
        assert not np.array_equal(clip.source, clip.target)
        info = clean.info(key)
        people[info["split"]].add(json.dumps(info["scene"]["person"], sort_keys=True))
        rooms[info["split"]].add(info["lighting"]["hdri"])
        assert pairs.info(key)["degrade"]
    assert not people["train"] & people["test"] and not rooms["train"] & rooms["test"]
    assert len(people["train"] | people["test"]) == 4


def test_second_run_does_nothing_again(done: tuple[Path, str]) -> None:
    out, _ = done
    before = _stamps(out)
    printed = _run(out)
    assert "0 clips rendered now, 4 kept" in printed
    changed = {name for name, stamp in _stamps(out).items() if before.get(name) != stamp}
    assert not {name for name in changed if name.endswith((".tar", ".mlpackage", ".mp4", ".pt", ".html"))}, changed


def test_another_config_is_refused_before_any_step(done: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    """All that would be lost on the way is told at once; a dry run of the same config finds nothing to do."""
    out, _ = done
    words, before = ["run", str(CONFIG), "--out", str(out)], _stamps(out)
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("nothing is to be made") == 5
    assert main([*words, "--set", "render.samples=5"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].removeprefix(f"{out}/") for line in lines] == ["clean", "pairs", "preview"]
    assert "4 clips (" in lines[0] and "render.samples (4, now 5)" in lines[0]
    assert all("would be made anew" in line and "--replace" in line for line in lines)
    assert main([*words, "--set", "train.steps=41"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].removeprefix(f"{out}/") for line in lines] == ["train", "model.mlpackage"]
    assert main([*words, "--set", "train.steps=41", "--dry-run", "--replace"]) == 0
    assert "train.steps (40, now 41)" in capsys.readouterr().err
    assert {name for name, stamp in _stamps(out).items() if before.get(name) != stamp} == set()


def test_a_damaged_shard_is_named_and_nothing_is_written(
    done: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "pairs"
    shutil.copytree(done[0] / "pairs", data)
    shard = next(data.rglob("*.tar"))
    shard.write_bytes(shard.read_bytes()[:-2000])
    out = tmp_path / "train"
    assert main(["train", str(data), "--config", str(CONFIG), "--out", str(out)]) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("keyfill: ") and shard.name in message
    assert not list(out.rglob("*.pt"))


def test_another_degradation_renders_nothing(done: tuple[Path, str]) -> None:
    """A clip's identity holds what its pixels depend on: the degradation and the training are not among it."""
    config = load_run(CONFIG)
    other = load_run(CONFIG, ["train.steps=41", "degrade.first.jpeg.quality=[10, 20]"])
    first, second = planned_clips(config), planned_clips(other)
    assert [clip.identity for clip in first] == [clip.identity for clip in second]
    brighter = planned_clips(load_run(CONFIG, ["render.samples=5"]))
    assert not {clip.identity for clip in first} & {clip.identity for clip in brighter}
    rows = sorted((done[0] / "clean" / ROWS).glob("*.json"))
    assert rows and draw_scene(config.scenes, config.seed, 0).clip in rows[0].read_text() + rows[-1].read_text()


def test_a_set_that_grows_sets_its_model_aside_and_goes_on_to_the_end(
    smaller: tuple[Path, dict[str, int]], done: tuple[Path, str]
) -> None:
    (out, before), printed = smaller, " ".join(done[1].split())
    assert "checkpoint.npz new checkpoint.npz set aside model.mlpackage new model.mlpackage set aside" in printed
    assert f"1 to set aside (in {out}/earlier)" in printed and "its pairs have changed" in printed
    place = out / "earlier" / "001"
    assert before == {name: (place / name).stat().st_mtime_ns for name in before}
    assert (place / "model.mlpackage").is_dir() and len(list(place.parent.iterdir())) == 1
    record = json.loads((out / "train" / "evaluation.json").read_text())
    assert record["inputs"]["data"] == data_hash(out / "pairs")


def test_so_does_a_run_after_one_that_was_stopped_before_training(
    done: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then nothing but the pairs tells that the set has grown."""
    out = shutil.copytree(done[0], tmp_path / "run", copy_function=shutil.copy2)
    shutil.rmtree(out / "train")
    shutil.copytree(out / "earlier" / "001" / "train", out / "train")
    assert main(["run", str(CONFIG), "--out", str(out), "--dry-run"]) == 0
    assert "checkpoint.npz new\ncheckpoint.npz set aside\n" in capsys.readouterr().out
    assert set_aside(out).name == "002" and not (out / "train").exists() and not (out / "model.mlpackage").exists()
