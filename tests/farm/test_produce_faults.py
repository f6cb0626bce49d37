"""Kill the run anywhere: nothing lost, nothing half-written, nothing left running, the same bytes in the end."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from core.errors import InputError
from core.intent import Consent
from farm.config import FarmConfig
from farm.jobs import Stopped
from farm.placement import Placement
from farm.produce import intended, produce
from farm.status import status
from pairs.dataset import Dataset
from pairs.manifest import load_manifest
from pairs.verify import verify

CLIPS = 5


@pytest.fixture
def make(stand_in):
    def run(out, clips=CLIPS, **options):
        plan_options = {name: options.pop(name) for name in ("modes", "seed") if name in options}
        per_shard = options.pop("clips_per_shard", 2)
        placement = Placement(options.pop("workers", 1), None, *options.pop("slice_of", (None, None)))
        farm = FarmConfig(min_free_gb=0, attempts=options.pop("attempts", 3))
        plan = stand_in.plan(clips, **plan_options)
        return produce(plan, out, per_shard, {"config": {}}, placement=placement, farm=farm, **options)

    return run


@pytest.fixture(scope="session")
def whole(tmp_path_factory, stand_in):
    """The digests of an undisturbed run with one worker."""
    import hashlib

    out = tmp_path_factory.mktemp("whole")
    produce(stand_in.plan(CLIPS), out, 2, {"config": {}}, farm=FarmConfig(min_free_gb=0))
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(out.glob("*.tar"))}


def test_one_or_two_workers_and_any_order_give_the_same_bytes(make, tmp_path, shard_sums, whole):
    late_first = {0: ("slow", "0.8")}
    make(tmp_path / "two", workers=2, modes=late_first)
    assert shard_sums(tmp_path / "two") == whole
    assert len(whole) == 3


def test_a_run_when_all_is_done_does_nothing(make, tmp_path, shard_sums, whole):
    make(tmp_path, workers=2)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.tar")}
    report = make(tmp_path, modes=dict.fromkeys(range(CLIPS), "exit"))
    assert (report.made, report.kept) == (0, CLIPS)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.tar")} == before
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["mid-shard", "before-rename", "before-row", "before-work-removed"])
def test_kill_9_of_the_driver_at_an_exact_point(make, driver, gone, tmp_path, shard_sums, whole, fault):
    killed = driver(tmp_path, CLIPS, 2, fault)
    assert killed.wait(60) == -signal.SIGKILL
    gone()
    for row in load_manifest(tmp_path).shards:
        assert (tmp_path / row.name).stat().st_size == row.bytes
    report = make(tmp_path, workers=2)
    assert report.kept > 0
    assert shard_sums(tmp_path) == whole
    assert not list(tmp_path.rglob("*.part"))
    assert len(list(Dataset(tmp_path).clips())) == 2 * CLIPS


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_driver_leaves_no_process(driver, gone, running, tmp_path, number):
    process = driver(tmp_path, CLIPS, 2, "slow 1000")
    end = time.monotonic() + 30
    while len([1 for _, text in running() if b"slow" in text and b"stand_in.py clip" in text]) < 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(20)
    gone()
    if number != signal.SIGKILL:
        assert "run the same command again" in process.stderr.read()


@pytest.mark.slow
def test_ten_random_kills_give_the_same_bytes(make, driver, gone, tmp_path, shard_sums, whole):
    chance = random.Random(7)
    for _ in range(10):
        process = driver(tmp_path, CLIPS, 2, "last-slow 1000")
        time.sleep(chance.uniform(0.1, 1.2))
        assert process.poll() is None
        process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
        process.wait(20)
        gone()
    make(tmp_path, workers=2)
    assert shard_sums(tmp_path) == whole


def test_a_poison_clip_is_quarantined_with_its_last_words_and_healed_later(make, tmp_path, shard_sums, whole):
    report = make(tmp_path, workers=2, modes={1: "flood"}, attempts=2)
    assert list(report.quarantined) == ["clip-000001"]
    record = (tmp_path / "quarantine" / "clip-000001.json").read_text()
    assert "the last words" in record
    assert "exit code 1" in record
    assert "clip-000001-light-00" not in set(Dataset(tmp_path).keys())
    report = make(tmp_path)
    assert (report.made, report.kept, report.quarantined) == (1, CLIPS - 1, {})
    assert shard_sums(tmp_path) == whole
    assert not list((tmp_path / "quarantine").iterdir())


@pytest.mark.slow
def test_a_clip_that_came_back_cut_is_not_taken(make, tmp_path):
    report = make(tmp_path, modes={0: ("cut", "1024"), 1: ("cut", "10240")}, attempts=1)
    assert set(report.quarantined) == {"clip-000000", "clip-000001"}
    assert len(Dataset(tmp_path).keys()) == 2 * (CLIPS - 2)


@pytest.mark.slow
def test_when_nothing_works_the_run_gives_up(make, tmp_path):
    with pytest.raises(Stopped, match=r"first 5 clips all failed.*the last words"):
        make(tmp_path, clips=20, modes=dict.fromkeys(range(20), "flood"), attempts=1)


def test_a_changed_clip_is_made_again_and_only_that(make, stand_in, tmp_path):
    make(tmp_path)
    before = {row.name: row for row in load_manifest(tmp_path).shards}
    plan = stand_in.plan(CLIPS)
    plan[3] = stand_in.plan(CLIPS, seed=2)[3]
    with pytest.raises(InputError, match=r"1 clip \(clip-000003\) would be made anew.*--replace"):
        produce(plan, tmp_path, 2, {"config": {}}, farm=FarmConfig(min_free_gb=0))
    assert {row.name: row for row in load_manifest(tmp_path).shards} == before
    report = produce(plan, tmp_path, 2, {"config": {}}, farm=FarmConfig(min_free_gb=0), consent=Consent(replace=True))
    assert (report.made, report.kept) == (1, CLIPS - 1)
    after = {row.name: row for row in load_manifest(tmp_path).shards}
    assert after["train-000000.tar"] == before["train-000000.tar"]
    assert after["train-000002.tar"] == before["train-000002.tar"]
    key = "clip-000002-light-00"
    assert after["train-000001.tar"].samples[key] == before["train-000001.tar"].samples[key]
    assert after["train-000001.tar"].sha256 != before["train-000001.tar"].sha256


def test_fewer_clips_another_state_or_half_a_clip_lose_nothing_unasked(make, stand_in, tmp_path, shard_sums, whole):
    """Shards, clips that wait for theirs, and frames of a clip that was stopped; in whole runs and in slices."""
    make(tmp_path)
    stamps = lambda: {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.name != ".lock" and p.is_file()}
    before = stamps()
    fewer = {"config": {"scenes": {"train_clips": 3}}}
    for more in ({}, {"placement": Placement(1, None, 1, 3)}):  # the second slice would write over a fourth clip
        with pytest.raises(InputError, match=r"would be removed.*--prune"):
            produce(stand_in.plan(3), tmp_path, 2, fewer, farm=FarmConfig(min_free_gb=0), **more)
    told = intended(stand_in.plan(3, seed=2), tmp_path, 2, {})
    assert (len(told.anew), told.gone, told.kept) == (3, ("clip-000003", "clip-000004"), 0)
    assert {p: s for p, s in stamps().items() if ".lock" not in p.name} == before

    (tmp_path / "train-000002.tar").unlink()  # not finished any more: nothing is lost by making it again
    told = intended(stand_in.plan(CLIPS), tmp_path, 2, {})
    assert (told.new, told.anew, told.gone, told.kept) == (("clip-000004",), (), (), 4)
    make(tmp_path)

    frames = tmp_path / "work" / "clip-000005" / "draw-0" / "frame-00000.npz"
    frames.parent.mkdir(parents=True)
    frames.touch()
    state = frames.parents[1] / "state.json"
    state.write_text(json.dumps({"identity": stand_in.plan(6)[5].identity, "rejected": []}))
    assert intended(stand_in.plan(6), tmp_path, 2, {}).new == ("clip-000005",)
    assert intended(stand_in.plan(6, seed=2), tmp_path, 2, {}).anew[-1] == "clip-000005"
    with pytest.raises(InputError, match=r"1 clip \(clip-000005\) would be removed"):
        make(tmp_path)
    assert frames.exists() and shard_sums(tmp_path) == whole
    assert make(tmp_path, consent=Consent(prune=True)).made == 0 and not frames.exists()


def test_a_slice_that_grows_keeps_what_it_has(make, tmp_path):
    make(tmp_path, clips=3)
    report = make(tmp_path, slice_of=(1, 3), modes={2: "exit"})
    assert (report.made, report.kept) == (1, 1)


@pytest.mark.slow
def test_other_shard_sizes_and_back_make_nothing_again(make, tmp_path, shard_sums, whole):
    make(tmp_path)
    for size in (3, 1, 5, 2):
        report = make(tmp_path, clips_per_shard=size)
        assert (report.made, report.kept) == (0, CLIPS)
        assert len(Dataset(tmp_path).keys()) == 2 * CLIPS
    assert shard_sums(tmp_path) == whole


@pytest.mark.slow
def test_another_seed_by_mistake_loses_nothing_when_taken_back_at_once(make, tmp_path, shard_sums, whole):
    make(tmp_path)
    with pytest.raises(Stopped):
        consent = Consent(replace=True)
        make(tmp_path, seed=2, modes=dict.fromkeys(range(CLIPS), "exit"), attempts=1, consent=consent)
    assert load_manifest(tmp_path).shards == ()
    report = make(tmp_path)
    assert (report.made, report.kept) == (0, CLIPS)
    assert shard_sums(tmp_path) == whole


@pytest.mark.slow
def test_damaged_shards_are_found_and_made_again(make, tmp_path, shard_sums, whole):
    make(tmp_path)
    first = load_manifest(tmp_path).shards[0].samples["clip-000000-light-01"]["source.mkv"]
    with open(tmp_path / "train-000000.tar", "r+b") as file:
        file.seek(first.offset + 40)
        file.write(b"\xff\x00\xff")
    os.truncate(tmp_path / "train-000001.tar", 512)
    (tmp_path / "train-000002.tar").unlink()
    # all but the clip beside the damaged one in a shard that is otherwise whole
    assert make(tmp_path, recheck=True).made == CLIPS - 1
    assert shard_sums(tmp_path) == whole


@pytest.mark.slow
def test_of_a_shard_that_was_cut_the_whole_clips_are_kept(make, tmp_path, shard_sums, whole):
    make(tmp_path)
    last = load_manifest(tmp_path).shards[0].samples["clip-000001-light-01"]["target.mkv"]
    os.truncate(tmp_path / "train-000000.tar", last.offset + 10)
    assert make(tmp_path, modes={0: "exit"}).made == 1
    assert shard_sums(tmp_path) == whole


@pytest.mark.slow
def test_slices_together_make_what_one_run_makes(make, tmp_path, shard_sums, whole):
    for index in (1, 0):
        make(tmp_path, slice_of=(index, 2))
    assert shard_sums(tmp_path) == whole
    assert make(tmp_path).made == 0
    with pytest.raises(InputError, match="--shard-index 2: expected 0 to 1"):
        make(tmp_path, slice_of=(2, 2))


def test_two_writers_on_one_folder(make, driver, running, tmp_path):
    process = driver(tmp_path, CLIPS, 1, "slow 1000")
    end = time.monotonic() + 30
    while not any(b"stand_in.py clip" in text for _, text in running()):
        assert time.monotonic() < end
        time.sleep(0.05)
    with pytest.raises(InputError, match=f"process {process.pid} on .* is writing here"):
        make(tmp_path)
    with pytest.raises(InputError, match="is writing here"):
        make(tmp_path, slice_of=(0, 2))
    process.kill()
    process.wait()
    make(tmp_path)


def test_folders_that_cannot_be_written(make, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="choose another --out"):
        make(tmp_path / "file")
    with pytest.raises(InputError, match="choose another --out"):
        make(tmp_path / "file" / "deeper")


@pytest.mark.slow
def test_names_that_look_like_options_or_hold_a_colon(make, tmp_path, monkeypatch, shard_sums, whole):
    monkeypatch.chdir(tmp_path)
    out = Path("-o:ut --force")
    make(out, workers=2)
    assert shard_sums(tmp_path / out) == whole
    assert verify(out) == ()
    assert status(out).done == CLIPS
    assert make(out).made == 0


@pytest.mark.slow
def test_the_description_names_every_shard_with_its_sum(make, tmp_path, shard_sums):
    make(tmp_path)
    described = json.loads((tmp_path / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    for name in ("@context", "@type", "name", "description", "license", "url", "creator", "datePublished"):
        assert described[name], name
    files = {one["@id"]: one for one in described["distribution"] if one["@type"] == "cr:FileObject"}
    assert {name: one["sha256"] for name, one in files.items()} == shard_sums(tmp_path)
    sets = {one["@id"]: one for one in described["distribution"] if one["@type"] == "cr:FileSet"}
    assert {one["includes"] for one in sets.values()} == {"*.json", "*.source.mkv", "*.target.mkv", "*.mask.mkv"}
    for records in described["recordSet"]:
        assert {field["source"]["fileSet"]["@id"] for field in records["field"]} <= set(sets)
    assert described["license"] == ["https://spdx.org/licenses/CC0-1.0.html"]
    card = (tmp_path / "DATA_CARD.md").read_text()
    assert f"| train | {CLIPS} | {2 * CLIPS} | {2 * CLIPS * 3} | - |" in card
    assert "| noise | CC0-1.0 | - | - |" in card and "process " in card
    make(tmp_path, clips=CLIPS - 1, consent=Consent(prune=True))
    assert f"| train | {CLIPS - 1} |" in (tmp_path / "DATA_CARD.md").read_text()
