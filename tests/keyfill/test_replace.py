"""A command that writes a few files replaces none unasked: the same again is no loss, anything else needs --replace."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from cyclopts import App

from core.errors import InputError
from core.results import kept_results
from keyfill.app import Keeping, app
from keyfill.cli import main
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from score.preference.simulated_votes import Crowd, simulate_votes
from score.preference.votes import write_votes
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.methods.make import make_method

WEBCAM = str(Path(__file__).resolve().parents[2] / "configs" / "degrade" / "webcam.yaml")
LOOKS_ONLY = {"plan", "doctor"}
"""Their --out says which disk is asked about."""
WRITES = ("out", "plot", "supervised", "files")
OPTIONS = {
    "kernel_list": ["iso"], "kernel_prob": [1.0], "sinc_prob": 0.1, "blur_sigma": [0.2, 3], "betag_range": [0.5, 4],
    "betap_range": [1, 2], "resize_prob": [0.2, 0.7, 0.1], "resize_range": [0.15, 1.5], "gaussian_noise_prob": 0.5,
    "noise_range": [1, 30], "poisson_scale_range": [0.05, 3], "gray_noise_prob": 0.4, "jpeg_range": [30, 95],
}  # fmt: skip
CASES = {
    "enhance": ("enhance run clip.mkv better.mkv", "--smooth 0", False),
    "cube": ("cube run clip.mkv --out look.cube", "--size 17", True),
    "cube for OBS": ("cube clip.mkv --out look.png", "--frame 2", True),
    "evaluate": ("evaluate run pairs --no-vmaf", "--split train", True),
    "evaluate elsewhere": ("evaluate run pairs --no-vmaf --out figures", "--split train", True),
    "compare": ("compare clip.mkv other.mkv --no-vmaf --out scores", "--mask white.mkv", True),
    "supervised": ("compare clip.mkv other.mkv --no-vmaf --supervised m.csv", "", True),
    "rank": ("rank votes.csv --resamples 60 --out ranking", "--counting share", True),
    "plot": ("rank votes.csv --resamples 60 --plot rank.svg", "--counting share", True),
    "pdf": ("rank votes.csv --resamples 60 --plot rank.pdf", "--counting share", True),
    "study": ("study videos --out page --raters 3 --votes-per-rater 4", "--seed 7", True),
    "import": ("inspect import options.yml --out mine.yaml", "", True),
    "grid": (f"inspect preview clip.mkv {WEBCAM} --out grid --count 1", "--seed 7", True),
    "report": (f"inspect report {WEBCAM} --out report --count 1", "--seed 7", True),
    "older grid": (f"degrade clip.mkv --preview {WEBCAM} --out grid2 --count 1", "--seed 7", True),
}
"""Command, what makes it another, and whether the same again is known as the same."""


def commands(of: App = app, before: str = "") -> Iterator[tuple[str, inspect.Signature]]:
    for name in of:
        if not name.startswith("-"):
            one = of[name]
            if one.default_command is None:
                yield from commands(one, f"{name} ")
            else:
                yield before + name, inspect.signature(one.default_command)


def test_every_command_that_writes_is_under_the_rule() -> None:
    found = dict(commands())
    assert len(found) > 20
    for name, signature in found.items():
        writes = not LOOKS_ONLY & {name} and any(one in signature.parameters for one in WRITES)
        asks = any(one.name == "replace" or isinstance(one.default, Keeping) for one in signature.parameters.values())
        assert writes == asks, name


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that changes nothing, pairs, videos, votes, an option file."""
    here = tmp_path_factory.mktemp("bench")
    config = TrainConfig(grid=2, matte=False)
    (here / "run").mkdir()
    (here / "run" / "config.json").write_text("{}")
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {"steps": 0, "seconds": 0.0}}
    run_folder.save_checkpoint(here / "run" / "checkpoint.npz", record, make_method(config.method, 0).state_dict())
    ramp = np.linspace(0, 255, 3 * 36 * 64 * 3).astype(np.uint8).reshape(3, 36, 64, 3)
    video, other = encode_lossless(ramp, 30.0), encode_lossless(ramp // 2, 30.0)
    for name, data in (("clip", video), ("other", other), ("white", encode_lossless(np.full_like(ramp, 255), 30.0))):
        (here / f"{name}.mkv").write_bytes(data)
    samples = []
    for number in range(3):
        split = "test" if number == 2 else "train"
        info = {"key": f"c-{number}", "clip": f"c-{number}", "split": split, "fps": 30.0, "frames": 3}
        members = {"json": json.dumps(info | {"width": 64, "height": 36}).encode(), "source.mkv": other}
        samples.append(Sample(f"c-{number}", members | {"target.mkv": video}))
    write_header(here / "pairs", "pairs", {})
    write_row(here / "pairs", write_shard(here / "pairs" / "pairs-000000.tar", samples))
    write_votes(here / "votes.csv", simulate_votes({"a": 0.5, "b": 0.0, "c": -0.5}, Crowd(9, 10, 24), 0))
    for method in ("a", "b"):
        (here / "videos" / method).mkdir(parents=True)
        for clip in ("one.mp4", "two.mp4"):
            (here / "videos" / method / clip).write_bytes(video)
    (here / "options.yml").write_text(yaml.safe_dump(OPTIONS))
    return here


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_same_again_is_no_loss_and_another_needs_to_be_asked_for(
    name: str, bench: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(bench)
    command, other, known = CASES[name]
    words = [*command.split(), "--quiet"]
    assert main(words) == 0, capsys.readouterr().err
    before = contents(bench)
    assert main(words) == (0 if known else 2)
    assert contents(bench) == before
    another = [*words, *other.split()]
    if name == "import":
        (bench / "options.yml").write_text(yaml.safe_dump(OPTIONS | {"jpeg_range": [30, 80]}))
    if name == "supervised":
        another[2] = "clip.mkv"
    before = contents(bench)
    capsys.readouterr()
    assert main(another) == 2
    told = capsys.readouterr().err.splitlines()
    assert "--replace" in told[-1] and "would be made anew" in told[-1]
    assert len([line for line in told if "is now:" not in line]) == 1
    assert contents(bench) == before, "nothing is touched, and nothing left behind"
    assert main([*another, "--replace"]) == 0
    assert {name for name, data in contents(bench).items() if before.get(name) != data}
    assert not [path for path in contents(bench) if ".part" in path]


def test_a_record_of_a_model_that_is_gone_is_no_loss(bench: Path) -> None:
    place, now = bench / "old.json", {"runs": ["b"], "vmaf": True}
    place.write_text(json.dumps({"inputs": {"runs": ["a"], "vmaf": False}}))
    assert not run_folder.intended_report(place, now).anew
    place.write_text(json.dumps({"inputs": {"runs": ["b"], "vmaf": False}}))
    assert run_folder.intended_report(place, now).why_anew == "vmaf (false, now true)"


def test_results_follow_a_link_and_leave_other_files_alone(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "mine.txt").write_text("mine")

    def write(text: str, replace: bool = False) -> None:
        with kept_results(tmp_path / "link", replace) as aside:
            (aside / "deep").mkdir(parents=True)
            (aside / "deep" / "a.txt").write_text(text)

    write("1")
    write("1")
    with pytest.raises(InputError, match=r"1 file \(a.txt\) would be made anew"):
        write("2")
    write("3", replace=True)
    assert (tmp_path / "real" / "deep" / "a.txt").read_text() == "3"
    assert (tmp_path / "real" / "mine.txt").read_text() == "mine" and (tmp_path / "link").is_symlink()
    with pytest.raises(ZeroDivisionError), kept_results(tmp_path / "new" / "b.txt", False) as aside:
        aside.write_text(str(1 / 0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]
