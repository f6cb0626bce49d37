"""The plan is drawn once: each clip once in a run, and by a slice of an array job no clip but its own."""

from collections import Counter
from pathlib import Path

import pytest

import scenes.draw
from farm.placement import Placement
from farm.produce import ProductionResult
from keyfill import clips as planning
from keyfill.cli import main
from keyfill.run_config import load_run

CONFERENCE = str(Path(__file__).resolve().parents[2] / "configs" / "conference.yaml")
SETS = ["scenes.rooms=bpy", "scenes.train_clips=5", "scenes.test_clips=3", "shards.clips_per_shard=2"]
TRAIN, TEST = [f"clip-{i:06d}" for i in range(5)], [f"clip-{i:06d}" for i in range(500_000, 500_003)]


@pytest.fixture
def drawn(monkeypatch):
    """How often each scene is drawn, by key."""
    count = Counter()

    def counting(config, seed, index, redraw=0):
        scene = scenes.draw.draw_scene(config, seed, index, redraw)
        count[scene.clip] += 1
        return scene

    monkeypatch.setattr(planning, "draw_scene", counting)
    return count


@pytest.fixture
def asked(monkeypatch):
    """What the farm is asked to make, in place of making it; the identity of every clip that it may look at is read."""
    from farm.shard_plan import lay_out, shard_identity

    seen = []

    def take(clips, out, clips_per_shard, header, *, placement, **options):
        shards = lay_out(clips, clips_per_shard, placement.slice_of)
        seen.append([shard_identity(shard.clips) for shard in shards])
        return ProductionResult(len(clips), len(clips), 0, {}, (), 0.0)

    monkeypatch.setattr(planning, "produce", take)
    return seen


def words(command, out, *more):
    sets = [word for one in SETS for word in ("--set", one)]
    return [command, CONFERENCE, "--out", str(out), *sets, "--quiet", *more]


def test_keys_and_splits_follow_from_the_counts_alone(drawn):
    config = load_run(Path(CONFERENCE), SETS)
    assert scenes.draw.clip_keys(config.scenes) == [(k, "train") for k in TRAIN] + [(k, "test") for k in TEST]
    clips = planning.planned_clips(config)
    assert [(clip.scene.clip, clip.scene.split) for clip in clips] == [(clip.key, clip.split) for clip in clips]
    assert drawn == dict.fromkeys(TRAIN + TEST, 1)


@pytest.mark.parametrize("command", ["render", "run"])
def test_a_command_draws_each_clip_once(drawn, asked, monkeypatch, tmp_path, command):
    def stop(*_):
        raise SystemExit

    if command == "run":
        monkeypatch.setattr("keyfill.run.check_failures", stop)
        with pytest.raises(SystemExit):
            main(words(command, tmp_path / "out"))
    else:
        assert main(words(command, tmp_path / "out")) == 0
    assert drawn == dict.fromkeys(TRAIN + TEST, 1) and len(asked[0]) == 5


def test_a_slice_draws_its_own_clips_only_and_the_slices_together_are_the_whole(drawn, asked, tmp_path):
    assert main(words("render", tmp_path / "whole")) == 0
    whole = asked.pop()
    drawn.clear()
    mine = {0: TRAIN[0:2] + TRAIN[4:5] + TEST[2:3], 1: TRAIN[2:4] + TEST[0:2]}
    for index, keys in mine.items():
        assert main(words("render", tmp_path / "out", "--shard-index", str(index), "--num-shards", "2")) == 0
        assert drawn == dict.fromkeys(keys, 1)
        assert asked.pop() == whole[index::2]
        drawn.clear()


def test_a_slice_of_a_run_renders_and_leaves_the_rest_to_a_run_over_all(asked, tmp_path, capsys):
    """Sixty-four tasks would train into one folder, each on its own slice."""
    assert main(words("run", tmp_path / "out", "--shard-index", "1", "--num-shards", "2")) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "slice 1 of 2" in said and "when all 2 are done, the same `keyfill run` without --shard-index" in said
    assert len(asked) == 1 and not (tmp_path / "out" / "pairs").exists()


def test_a_dry_run_of_a_slice_draws_its_own_clips_only(drawn, tmp_path, capsys):
    assert main(words("render", tmp_path / "out", "--dry-run", "--shard-index", "1", "--num-shards", "2")) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(drawn) == TRAIN[2:4] + TEST[0:2]


def test_what_is_wrong_with_a_clip_is_said_before_anything_is_written(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(words("render", out, "--set", f"scenes.subjects.blend={tmp_path / 'none.blend'}")) == 2
    assert "scenes.subjects" in capsys.readouterr().err and not out.exists()


def test_a_placement_says_which_slice():
    assert Placement(2, None, 3, 64).slice_of == (3, 64) and Placement(2).slice_of is None
