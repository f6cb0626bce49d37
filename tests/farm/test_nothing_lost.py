"""Nothing finished is removed or made anew unasked: each command says what and why, and stops with exit code 2; what it
says with --dry-run is what it does; a set that grows asks for nothing.
"""

from pathlib import Path

import pytest
import yaml

from core.errors import InputError
from core.intent import Consent, differences, in_words
from degrade.config import DegradeConfig
from degrade.run import degrade_folder, intended_pairs
from farm.config import FarmConfig
from farm.produce import produce
from keyfill.cli import main
from keyfill.clips import header_of
from keyfill.run_config import load_run
from pairs.convert import convert, intended_samples
from pairs.dataset import Dataset
from pairs.layouts import ChallengeLayout
from pairs.manifest import load_manifest
from render.panorama import room_identity
from render.room_folder import intended_rooms, make_rooms
from scenes.rooms.config import RoomsConfig
from scenes.rooms.draw import draw_room

ROOT = Path(__file__).resolve().parents[2]
CONFERENCE = str(ROOT / "configs" / "conference.yaml")
FAST = FarmConfig(min_free_gb=0)
CALM = DegradeConfig()


@pytest.fixture(scope="module")
def header():
    return header_of(load_run(Path(CONFERENCE)))


@pytest.fixture
def clean(tmp_path, stand_in, header):
    """Three clips in two shards, as `render conference.yaml` might have left them."""
    produce(stand_in.plan(3), tmp_path / "clean", 2, header, farm=FAST)
    return tmp_path / "clean"


@pytest.fixture
def call(capsys, tmp_path):
    """A command as a user calls it, and what it left: exit code, output, error, names of files that changed."""

    def run(*words):
        before = _stamps(tmp_path)
        code = main([str(word) for word in (*words, "--quiet")])
        after = _stamps(tmp_path)
        said = capsys.readouterr()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return code, said.out, said.err, changed

    return run


def _stamps(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def test_render_names_the_key_and_the_clips(clean, stand_in, monkeypatch, call):
    """A forgotten --set, fewer clips, and both; then a set that grows."""
    plan = lambda *arguments, **options: monkeypatch.setattr(
        "keyfill.clips.planned_clips", lambda config, slice_of=None: stand_in.plan(*arguments, **options)
    )
    sets = ["--set", "shards.clips_per_shard=2", "--set", "gate.firefly_step=0"]
    words = ["render", CONFERENCE, "--out", clean, *sets]
    plan(3, seed=2)
    for dry in ([], ["--dry-run"]):
        code, out, err, changed = call(*words, "--set", "render.samples=7", *dry)
        assert (code, changed) == (2, set())
        assert "3 clips (clip-000000, clip-000001, clip-000002) would be made anew" in err
        assert sum(line.startswith("keyfill: ") for line in err.splitlines()) == 1
        assert "render.samples (" in err and ", now 7)" in err and "--replace" in err and "clips_per_shard" not in err
        assert ("clip-000002 anew" in out) is bool(dry)
    plan(2)
    code, _, err, changed = call(*words, "--set", "scenes.train_clips=2", "--replace")
    assert (code, changed) == (2, set()) and "1 clip (clip-000002) would be removed" in err
    assert "scenes.train_clips (1500, now 2)" in err and "--prune" in err
    code, out, err, changed = call(*words, "--prune", "--dry-run")
    assert (code, out, changed) == (0, "clip-000002 removed\n", set())
    assert "clips: 0 to make, 1 to remove (" in err and "2 kept" in err
    code, _, _, changed = call(*words, "--prune")
    assert code == 0 and "clean/train-000001.tar" in changed and len(load_manifest(clean).shards) == 1
    plan(4)
    code, out, err, changed = call(*words, "--dry-run")
    assert (code, out, changed) == (0, "clip-000002 new\nclip-000003 new\n", set()) and "\ntime: about " in err
    code, out, _, _ = call(*words)
    assert code == 0 and "2 rendered now, 2 kept" in out


def test_run_hands_both_flags_on_and_looks_before_it_begins(clean, stand_in, monkeypatch, call):
    monkeypatch.setattr("keyfill.clips.planned_clips", lambda config, slice_of=None: stand_in.plan(2, seed=2))
    handed = []
    monkeypatch.setattr("keyfill.run.render_stage", lambda *arguments: handed.append(arguments[-1]) or 1 / 0)
    words = ["run", CONFERENCE, "--out", clean.parent]
    for flags, lines in (([], 2), (["--replace"], 1), (["--prune"], 1)):
        code, _, err, changed = call(*words, *flags)
        assert (code, changed, err.count("\n"), handed) == (2, set(), lines, [])
    assert call(*words, "--replace", "--prune")[0] == 1
    assert (handed[0].replace, handed[0].prune) == (True, True)
    code, out, err, changed = call(*words, "--replace", "--prune", "--dry-run")
    assert (code, changed) == (0, set()) and len(handed) == 1
    assert [line.split(":")[1].strip() for line in err.splitlines() if line.endswith(" kept")] == [
        "clips", "samples", "models", "packages", "clips"
    ]  # fmt: skip
    assert "clip-000001-light-01 new" in out and "clip-000002-light-01 new" not in out
    assert err.splitlines()[-1].startswith("all: ")


def test_degrade_compares_recipes_and_clips(clean, stand_in, header, call):
    pairs = clean.parent / "pairs"
    degrade_folder(clean, CALM, 3, pairs)
    before = _stamps(pairs)
    (clean.parent / "other.yaml").write_text("first: {jpeg: {quality: [40, 90]}}\n")
    words = ["degrade", clean, "--config", clean.parent / "other.yaml", "--out", pairs]
    code, _, err, changed = call(*words, "--seed", "3")
    assert (code, changed) == (2, set())
    assert "6 samples (clip-000000-light-00, " in err and "first (null, now {" in err and "--replace" in err
    code, _, err, changed = call(*words, "--seed", "3", "--replace", "--dry-run")
    assert (code, changed) == (0, set()) and "samples: 0 to make, 6 to make anew (first (null, now {" in err
    # more clips, in a shard that is there and in a new one: free, and the same samples come out
    produce(stand_in.plan(5), clean, 2, header, farm=FAST)
    told = intended_pairs(clean, CALM, 3, pairs)
    assert (len(told.new), told.anew, told.gone, told.kept) == (6, (), (), 4)
    assert degrade_folder(clean, CALM, 3, pairs).samples == 6
    assert _stamps(pairs)["train-000000.tar"] == before["train-000000.tar"]
    # clips made anew, and fewer
    produce(stand_in.plan(4, seed=2), clean, 2, header, farm=FAST, consent=Consent(True, True))
    told = intended_pairs(clean, CALM, 3, pairs)
    assert (len(told.anew), told.gone) == (8, ("clip-000004-light-00", "clip-000004-light-01"))
    with pytest.raises(InputError, match=r"made anew.*are others(?s:.*)removed.*--prune"):
        degrade_folder(clean, CALM, 3, pairs)
    degrade_folder(clean, CALM, 3, pairs, consent=Consent(True, True))
    assert not intended_pairs(clean, CALM, 3, pairs).to_make and len(Dataset(pairs).keys()) == 8


def test_convert_names_the_option(clean, call):
    out = clean.parent / "out"
    words = ["convert", clean, "--to", "challenge", "--out", out]
    code, _, err, changed = call(*words, "--dry-run")
    assert (code, changed) == (0, set()) and "samples: 6 to make, 0 kept" in err and "time: about " in err
    assert call(*words)[0] == 0
    code, _, err, changed = call(*words, "--quality", "50")
    assert (code, changed) == (2, set()) and "6 samples (" in err and "quality (95, now 50)" in err
    (clean / "manifest" / "train-000001.tar.json").unlink()
    code, _, err, changed = call(*words)
    assert (code, changed) == (2, set()) and "2 samples (" in err and "would be removed" in err
    assert intended_samples(clean, out, ChallengeLayout(50)).kept == 0
    assert convert(clean, out, ChallengeLayout(50), consent=Consent(True, True)).removed == 2


def test_a_preview_eats_neither_its_input_nor_another_page(clean, stand_in, header, call):
    page = clean.parent / "page"
    code, _, err, changed = call("preview", clean, "--out", clean)
    assert (code, changed) == (2, set()) and "is the folder of the data" in err
    words = ["preview", clean, "--out", page]
    assert call(*words, "--limit", "2")[0] == 0
    assert call(*words, "--limit", "3")[0] == 0  # it grows
    code, _, err, changed = call(*words, "--limit", "1")
    assert (code, changed) == (2, set()) and "2 clips (" in err and "--limit 1" in err and "--prune" in err
    assert call(*words, "--limit", "1", "--prune")[0] == 0
    assert {path.stem for path in (page / "media").iterdir()} == {"clip-000000-light-00"}
    produce(stand_in.plan(3, seed=2), clean, 2, header, farm=FAST, consent=Consent(replace=True))
    code, out, err, changed = call(*words, "--limit", "1", "--dry-run")
    assert (code, changed) == (2, set()) and "clip-000000-light-00 anew" in out and "--replace" in err
    mine = clean.parent / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("a page of mine")
    code, _, err, changed = call("preview", clean, "--out", mine)
    assert (code, changed) == (2, set()) and "index.html" in err


def test_rooms_of_another_seed_and_ones_own_pictures_stay(tmp_path):
    config = RoomsConfig(count=2)
    room = draw_room(config, 4, 0)
    told = {"room": {"identity": room_identity(room, config.picture), "seed": 4}}
    told["room"]["picture"] = config.picture.model_dump(mode="json")
    for name in ("room-000000", "room-000007"):
        (tmp_path / f"{name}.exr").touch()
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(told))
    (tmp_path / "attic.exr").touch()
    found = intended_rooms(config, 4, tmp_path)
    assert (found.new, found.anew, found.gone, found.kept) == (("room-000001",), (), (), 1)
    before = _stamps(tmp_path)
    with pytest.raises(InputError, match=r"1 room \(room-000000\) would be made anew.*seed \(4, now 5\); --replace"):
        make_rooms(config, 5, tmp_path, 1, lambda *_: None)
    finer = config.model_copy(update={"picture": config.picture.model_copy(update={"samples": 9})})
    assert intended_rooms(finer, 4, tmp_path).why_anew == "picture.samples (6, now 9)"
    assert _stamps(tmp_path) == before
    one = config.model_copy(update={"count": 1})
    assert intended_rooms(one, 4, tmp_path, prune=True).gone == ("room-000007",)
    make_rooms(one, 4, tmp_path, 1, lambda *_: None, Consent(prune=True))
    assert sorted(path.name for path in tmp_path.glob("*.exr")) == ["attic.exr", "room-000000.exr"]
    (tmp_path / "room-000000.yaml").unlink()
    assert intended_rooms(one, 4, tmp_path).why_anew == "they are not rooms of this command"


def test_differences_are_told_by_key():
    before = {"a": {"b": 1, "c": [1, 2]}, "d": {}, "e": 1.0}
    assert differences(before, before) == {}
    now = {"a": {"b": 2, "c": [1, 2]}, "d": {"x": 1}, "e": 1.0}
    assert differences(before, now) == {"a.b": "1, now 2", "d.x": "not there, now 1"}
    assert in_words({str(key): "0, now 1" for key in range(5)}).endswith("2 (0, now 1) and 2 more")
