"""The folder of pairs beside the clean shards it was made from: complete or not, and never taken for another's."""

import json
from pathlib import Path

import pytest

from core.config import load
from degrade.config import DegradeConfig
from degrade.run import degrade_folder
from farm.config import FarmConfig
from farm.produce import produce
from farm.status import status
from keyfill.cli import main
from pairs.manifest import load_manifest
from pairs.verify import verify

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def degrade():
    config = load(
        ROOT / "configs" / "degrade" / "report.yaml", DegradeConfig, ["severity=0"]
    )  # noise is no match for blur
    return lambda clean, out: degrade_folder(clean, config, 3, out)


@pytest.fixture(scope="module")
def clean(stand_in, tmp_path_factory):
    """Four clips of five: one could not be rendered. No test changes them."""
    folder = tmp_path_factory.mktemp("rendered") / "clean"
    produce(stand_in.plan(5, modes={1: "bad-input"}), folder, 2, {"config": {}}, farm=FarmConfig(min_free_gb=0))
    return folder


def test_pairs_of_all_that_was_rendered_are_complete(clean, degrade, tmp_path):
    degrade(clean, tmp_path / "pairs")
    assert verify(tmp_path / "pairs") == ()
    seen = status(tmp_path / "pairs")
    assert (seen.kind, seen.clips, seen.done, seen.left) == ("pairs", 4, 4, 0)


def test_pairs_that_were_cut_off_are_not_complete(clean, degrade, tmp_path):
    degrade(clean, tmp_path / "pairs")
    (tmp_path / "pairs" / "manifest" / "train-000001.tar.json").unlink()
    (tmp_path / "pairs" / "train-000001.tar").unlink()
    assert "2 of 4 clips are not in the shards" in str(verify(tmp_path / "pairs")[-1])
    assert status(tmp_path / "pairs").left == 2
    assert degrade(clean, tmp_path / "pairs").written == 1
    assert verify(tmp_path / "pairs") == ()


def test_pairs_whose_manifest_is_of_an_earlier_state_are_brought_up_to_date(clean, degrade, tmp_path):
    degrade(clean, tmp_path / "pairs")
    for path in (tmp_path / "pairs" / "manifest").glob("*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "clips": {}}))
    assert degrade(clean, tmp_path / "pairs").written == 0
    assert verify(tmp_path / "pairs") == ()
    clips = {key: clip for row in load_manifest(tmp_path / "pairs").shards for key, clip in row.clips.items()}
    assert clips["clip-000000"]["samples"] == ["clip-000000-light-00", "clip-000000-light-01"]


def test_no_data_set_is_written_over_another_kind(clean, degrade, stand_in, tmp_path, capsys):
    other, pairs, mine = tmp_path / "other", tmp_path / "pairs", tmp_path / "mine"
    produce(stand_in.plan(1, seed=2), other, 2, {"config": {}}, farm=FarmConfig(min_free_gb=0))
    degrade(other, pairs)
    mine.mkdir()
    (mine / "manifest.json").write_text('{"name": "a web page"}')

    def files():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before, settings = files(), str(ROOT / "configs" / "quick.yaml")
    tries = [
        (["degrade", str(clean), "--config", settings, "--out", str(other)], f"--out {other}: holds clean shards"),
        (["degrade", str(clean), "--replay", str(pairs), "--out", str(other)], f"--out {other}: holds clean shards"),
        (["render", settings, "--out", str(pairs)], f"--out {pairs}: holds pair shards"),
        (["render", settings, "--out", str(mine)], f"--out {mine}: holds a manifest.json of something else"),
    ]
    for words, said in tries:
        assert main([*words, "--quiet"]) == 2
        assert capsys.readouterr().err == f"keyfill: {said}; choose another folder\n"
    assert files() == before
