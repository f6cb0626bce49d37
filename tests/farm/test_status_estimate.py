"""Status of a folder that others write, of one with 2,000 clips, and the cost of a plan."""

import dataclasses
import json
import os
import time

import pytest

from core.errors import InputError, WorkError
from farm.config import FarmConfig
from farm.estimate import Calibration, estimate, measure_cost
from farm.produce import produce
from farm.status import status
from keyfill.farm_status import status_lines
from pairs.lock import FolderLock
from pairs.manifest import write_header, write_row
from pairs.shards import MemberRow, ShardRow


def test_status_while_a_run_is_going(driver, tmp_path, stand_in):
    process = driver(tmp_path, 5, 2, "slow 1000")
    end = time.monotonic() + 30
    while not (tmp_path / "manifest.json").exists() or len(status(tmp_path).running) < 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    seen = status(tmp_path)
    assert (seen.clips, seen.done, seen.left, seen.clips_per_hour) == (5, 0, 5, None)
    assert set(seen.running) == {"clip-000000", "clip-000001"}
    assert seen.writer.startswith(f"process {process.pid} on ")
    process.kill()
    process.wait()
    end = time.monotonic() + 30
    # A child that was on its way when the writer died lets go of the lock as it becomes a program of its own.
    while (after := status(tmp_path)).writer:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert after.running == {}


def test_status_of_a_finished_run_with_a_quarantined_clip(stand_in, tmp_path):
    produce(stand_in.plan(5, modes={1: "exit"}), tmp_path, 2, {}, farm=FarmConfig(min_free_gb=0, attempts=2))
    seen = status(tmp_path)
    assert (seen.kind, seen.clips, seen.done, seen.left, seen.retries) == ("clean", 5, 4, 0, 1)
    assert seen.samples == 8
    assert seen.bytes == sum(p.stat().st_size for p in tmp_path.glob("*.tar"))
    assert "exit code 3" in seen.quarantined["clip-000001"]
    assert seen.clips_per_hour > 0
    with pytest.raises(InputError, match=r"no manifest\.json here"):
        status(tmp_path / "nowhere")


def test_what_is_gone_or_cut_is_not_counted(stand_in, tmp_path):
    """The manifest says six clips in three shards; one file is deleted, one cut, and one clip was stopped half-way."""
    produce(stand_in.plan(6), tmp_path, 2, {}, farm=FarmConfig(min_free_gb=0))
    whole, gone, cut = sorted(tmp_path.glob("*.tar"))
    assert (status(tmp_path).done, status(tmp_path).damaged, status(tmp_path).begun) == (6, {}, 0)
    gone.unlink()
    full = cut.stat().st_size
    os.truncate(cut, 1024)
    (tmp_path / "work" / "clip-000002" / "draw-0").mkdir(parents=True)
    (tmp_path / "work" / "clip-000002" / "draw-0" / "frame-00001.npz").write_bytes(b"kept")
    seen = status(tmp_path)
    assert (seen.clips, seen.done, seen.left, seen.samples, seen.shards, seen.begun) == (6, 2, 4, 4, 1, 1)
    assert seen.bytes == whole.stat().st_size
    assert seen.damaged == {gone.name: "its file is gone", cut.name: f"1024 bytes of {full}"}
    said = "\n".join(status_lines(tmp_path))
    assert "2 of 6 in 1 shard" in said and f"{gone.name}: its file is gone" in said and "begun        1" in said


def test_status_of_2000_clips_reads_every_row(tmp_path):
    member = MemberRow(123456, "0" * 64, 512)
    files = dict.fromkeys(("json", "source.mkv", "target.mkv", "mask.mkv"), member)
    write_header(tmp_path, "clean", {"plan": {"clips": 2100}})
    for shard in range(100):
        keys = [f"clip-{shard * 20 + i:06d}" for i in range(20)]
        samples = {f"{key}-light-{light:02d}": files for key in keys for light in range(4)}
        clips = {key: {"identity": "0" * 64, "samples": [], "measured": {}} for key in keys}
        write_row(tmp_path, ShardRow(f"train-{shard:06d}.tar", 1000, "0" * 64, samples, "x", clips))
        (tmp_path / f"train-{shard:06d}.tar").write_bytes(bytes(1000))
    for i in range(2000, 2010):
        folder = tmp_path / "work" / f"clip-{i:06d}"
        folder.mkdir(parents=True)
        (folder / "state.json").write_text(json.dumps({"done": {}} if i % 2 else {}))
    with open(tmp_path / "events.jsonl", "w") as file:
        for i in range(20_000):
            file.write(json.dumps({"t": i, "event": "progress", "job": "clip-000001", "done": 1, "total": 2}) + "\n")
        file.write('{"t": 12')
    seen = status(tmp_path)
    assert (seen.done, seen.waiting, seen.left, seen.samples, seen.bytes) == (2000, 5, 95, 8000, 100_000)


def test_the_last_progress_of_each_clip_is_told(tmp_path):
    write_header(tmp_path, "clean", {"plan": {"clips": 5}})
    told = [{"event": "begin"}]
    for job, frames in (("clip-1", 40), ("clip-2", 30), ("clip-1", 0)):
        told.append({"event": "start", "job": job, "attempt": 1 + (frames == 0)})
        told += [{"event": "progress", "job": job, "done": done, "total": 60} for done in range(1, frames + 1)]
        told += [{"event": "retry", "job": job}] * (job == "clip-1" and frames > 0)
    told.append({"event": "start", "job": "clip-3", "attempt": 1})
    lines = [json.dumps({"t": 100 + 0.5 * k, **event}, sort_keys=True) + "\n" for k, event in enumerate(told)]
    (tmp_path / "events.jsonl").write_text("".join(lines))
    with FolderLock(tmp_path):
        seen = status(tmp_path, now=200.0)
    assert {clip: (r.done, r.total, r.attempt) for clip, r in seen.running.items()} == {
        "clip-1": (0, 0, 2),
        "clip-2": (30, 60, 1),
        "clip-3": (0, 0, 1),
    }
    assert seen.retries == 1


def test_asking_does_not_keep_a_writer_out(tmp_path):
    write_header(tmp_path, "clean", {})
    with FolderLock(tmp_path, (0, 2)), FolderLock(tmp_path, (1, 2)):
        assert status(tmp_path).writer.count("process") == 2
        with pytest.raises(InputError, match="is writing here"), FolderLock(tmp_path, (1, 2)):
            pass
    with FolderLock(tmp_path):
        assert status(tmp_path).writer.count("process") == 1
    assert status(tmp_path).writer == ""


def test_an_estimate_from_a_measured_clip(stand_in):
    measured = measure_cost(stand_in.plan(1)[0])
    assert (measured.frames, measured.lightings, measured.width, measured.height) == (3, 2, 64, 36)
    assert measured.bytes_per_pair > 64 * 36
    with pytest.raises(WorkError, match="calibration clip failed: exit code 3"):
        measure_cost(stand_in.plan(1, modes={0: "exit"})[0])


def test_the_arithmetic_of_a_plan():
    one = Calibration(4, 2, 1280, 720, start_s=10, seconds_per_frame=2, bytes_per_pair=1000, peak_bytes=0, device="CPU")
    plan = estimate(one, clips=2000, frames=150, lightings=4, clips_per_shard=32, workers=8)
    assert (plan.frames, plan.pairs, plan.shards) == (300_000, 1_200_000, 63)
    assert plan.bytes == 1_200_000_000
    keyed = estimate(dataclasses.replace(one, key_bytes=400), 2000, 150, 4, 32)
    assert keyed.bytes == 2000 * 4 * (150 * 900 + 10 * 400)  # the four frames that were measured had one key frame
    assert plan.seconds == 2000 * (10 + 150 * 2)
    assert plan.wall_s == plan.seconds / 8
    assert dataclasses.asdict(estimate(one, 1, 150, 4, 32, workers=8))["wall_s"] == 310
