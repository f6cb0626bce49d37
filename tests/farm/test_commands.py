"""The commands about a whole data set, as a user calls them: output, exit codes, running beside a writer."""

import dataclasses
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from farm.config import FarmConfig
from farm.produce import produce
from keyfill import plan as planning
from keyfill.cli import main
from keyfill.run_config import load_run
from pairs.dataset import Dataset
from pairs.manifest import load_manifest
from render.job import rays_per_frame
from scenes.config import ScenesConfig
from scenes.rooms.source import find_rooms

ROOT = Path(__file__).resolve().parents[2]
CONFERENCE = str(ROOT / "configs" / "conference.yaml")


@pytest.fixture(scope="module")
def made(tmp_path_factory, stand_in):
    """A run's folder: its clean shards, four clips of two lightings."""
    out = tmp_path_factory.mktemp("run")
    header = {"config": load_run(Path(CONFERENCE)).model_dump(mode="json", exclude={"degrade", "train", "farm"})}
    header["config"]["scenes"] |= {"width": 64, "height": 36, "lightings_per_clip": 2}
    produce(stand_in.plan(4), out / "clean", 2, header, farm=FarmConfig(min_free_gb=0))
    return out


def test_a_plan_counts_the_challenges_data_set(capsys):
    assert main(["plan", CONFERENCE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(s["split"], s["clips"], s["people"], s["frames"]) for s in found["splits"]] == [
        ("train", 1500, 1500, 225_000),
        ("test", 500, 500, 75_000),
    ]
    # 200 of the `rooms` section, which are yet to be made, and the 8 that come with bpy
    assert [split["rooms"] for split in found["splits"]] == [156, 52]
    assert found["rooms"]["to_make"] == 200 and found["rooms"]["seconds"] > 3600 and found["rooms"]["bytes"] > 1e8
    assert found["cost"]["frames"] == 300_000
    assert main(["plan", CONFERENCE, "--set", "scenes.room_light.over_time.changing=0", "--json"]) == 0
    steady = json.loads(capsys.readouterr().out)["cost"]["core_seconds"]
    # a fifth of the lightings have a room of about 2.25 parts on average, beside the studio's trace
    assert found["cost"]["core_seconds"] / steady == pytest.approx(1 + 0.2 * 1.25 / 2, abs=0.01)
    assert found["cost"]["shards"] == -(-1500 // 16) + -(-500 // 16)
    assert main(["plan", CONFERENCE, "--num-shards", "64"]) == 0
    said = capsys.readouterr().out
    assert "STORED figures of another machine" in said and "64 machines side by side" in said
    assert found["pairs"]["bytes"] > 0.3 * found["cost"]["bytes"] and found["pairs"]["core_seconds"] > 3600
    assert "GB more for degraded ones" in said and "core-hours, " in said
    assert "rooms:   200 rooms to make (keyfill rooms)" in said


def test_a_plan_prices_the_rooms_that_a_folder_lacks(tmp_path, capsys):
    """None of another's HDRIs; of rooms that have been begun the rest; by the size of their pictures."""
    words = ["plan", CONFERENCE, "--set", f"scenes.rooms={tmp_path}", "--set", "rooms.count=8", "--json"]

    def priced(*sets):
        assert main([*words, *(word for one in sets for word in ("--set", one))]) == 0
        found = json.loads(capsys.readouterr().out)
        return sum(split["rooms"] for split in found["splits"]), found["rooms"]

    for room in find_rooms(ScenesConfig())[:3]:
        shutil.copy(room.path, tmp_path)
    assert priced() == (3, {"to_make": 0, "seconds": 0.0, "bytes": 0})
    shutil.copy(room.path, tmp_path / "room-000001.exr")
    (tmp_path / "room-000001.yaml").write_text("licence: CC0-1.0\nroom: {kind: booth}\n")
    rooms, cost = priced()
    assert (rooms, cost["to_make"]) == (11, 7)
    _, small = priced("rooms.picture.width=1024")
    assert (
        cost["bytes"] == pytest.approx(4 * small["bytes"], rel=0.01) and 3.5 < cost["seconds"] / small["seconds"] < 4.5
    )


def test_a_plan_prices_light_layers_and_refuses_what_the_disk_has_no_room_for(tmp_path, capsys):
    """Also `render`, before it makes anything."""
    keep = ["--set", "scenes.rooms=bpy", "--set", "render.keep=layers", "--set", "render.rooms=olat"]
    huge = [f"scenes.{name}" for name in ("frames=3000", "width=4096", "height=2304", "train_clips=2", "test_clips=1")]
    for command in ("plan", "render"):
        sets = [*keep, *(word for one in huge for word in ("--set", one))]
        assert main([command, CONFERENCE, *sets, "--out", str(tmp_path / "out")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "render.keep: layers: 3 clips will take about" in line and "free; render fewer" in line
        assert not (tmp_path / "out").exists()
    few = [*keep, "--set", "scenes.train_clips=1", "--set", "scenes.test_clips=0", "--set", "scenes.frames=2"]
    sizes = []
    for lights in (40, 80):
        assert main(["plan", CONFERENCE, *few, "--set", f"render.olat.lights={lights}", "--json"]) == 0
        sizes.append(json.loads(capsys.readouterr().out)["layers"]["bytes"])
    assert 1.5 < sizes[1] / sizes[0] < 2
    assert main(["plan", CONFERENCE, *few]) == 0 and "of kept light layers" in capsys.readouterr().out


def test_a_plan_from_shards_that_are_there_is_what_they_took(made, capsys):
    """Planning just what the folder holds gives back its bytes and its seconds."""
    rows = load_manifest(made / "clean").shards
    shape = {"train_clips": 4, "test_clips": 0, "width": 64, "height": 36, "frames": 3, "lightings_per_clip": 2}
    sets = [word for name, value in shape.items() for word in ("--set", f"scenes.{name}={value}")]
    assert main(["plan", CONFERENCE, *sets, "--like", str(made / "clean"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cost"]["bytes"] == sum(row.bytes for row in rows)
    per_frame = found["basis"]["seconds_per_frame"]
    assert found["cost"]["core_seconds"] == pytest.approx(4 * (10 + 3 * 6.0))
    assert found["cost"]["seconds"] == pytest.approx(found["cost"]["core_seconds"] / len(os.sched_getaffinity(0)))
    said = [Dataset(made / "clean").info(key)["seconds_per_frame"] for key in Dataset(made / "clean").keys()]
    assert min(said) <= per_frame <= max(said)
    assert main(["plan", CONFERENCE, *sets, "--set", "scenes.frames=6", "--like", str(made / "clean"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"]["bytes"] == 2 * found["cost"]["bytes"]


def test_a_plan_says_core_hours_first_and_what_they_cost(made, capsys):
    """Processor time from the clips' own reports, whatever the clock said of a busy machine."""
    sets = ["--set", "scenes.train_clips=900", "--set", "scenes.test_clips=0", "--set", "scenes.frames=3"]
    sets += ["--set", "scenes.width=64", "--set", "scenes.height=36", "--set", "scenes.lightings_per_clip=2"]
    words = ["plan", CONFERENCE, *sets, "--like", str(made / "clean"), "--price", "0.5"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "work:    7.00 core-hours, 9.33 core-seconds per frame" in said
    assert "price:   3.50 at 0.5 a core-hour" in said and "by processor time" in said
    assert said.index("work:") < min(said.index("disk:"), said.index("time:"))
    assert main([*words, "--set", "render.threads=1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"]["seconds"] == pytest.approx(7 * 3600)
    assert main([*words, "--set", "render.device=cuda"]) == 2 and "do not pay for a GPU" in capsys.readouterr().err
    assert main(["plan", CONFERENCE, "--price", "-1"]) == 2 and "--price -1" in capsys.readouterr().err


def test_a_measurement_on_a_busy_machine_warns():
    """By the clock against processor time, and where a GPU's clock is all there is by the machine's load."""
    told = planning.STORED.calibration
    alone = dataclasses.replace(told, cores=2)
    assert planning.busy(alone, 9.0) == ""
    waited = dataclasses.replace(alone, seconds_per_frame=3 * told.seconds_per_frame)
    assert "took 3.0 times as long" in planning.busy(waited, 0.0)
    assert "load 500.0" in planning.busy(told, 500.0) and planning.busy(told, 0.1) == ""


def test_shards_without_processor_time_are_counted_by_the_clock(made, capsys, tmp_path):
    shutil.copytree(made / "clean", tmp_path / "old")
    for path in (tmp_path / "old" / "manifest").glob("*.json"):
        row = json.loads(path.read_text())
        for clip in row["clips"].values():
            del clip["core_start_s"], clip["core_seconds_per_frame"]
        path.write_text(json.dumps(row))
    words = ["plan", CONFERENCE, "--set", "scenes.rooms=bpy", "--like", str(tmp_path / "old")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "unknown in core-hours" in said and "by the clock" in said
    assert main([*words, "--price", "1"]) == 2 and "before processor time was kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ([], "train: 1500 clips share 6 rooms, 250 a room"),
        (["scenes.train_clips=60", "scenes.test_clips=20"], ""),
        (["scenes.train_clips=2", "scenes.test_clips=0"], "train: 6 rooms for 2 pairs"),
    ],
)
def test_a_set_out_of_balance_gets_one_remark(capsys, sets, said):
    sets = ["scenes.rooms=bpy", *sets]
    assert main(["plan", CONFERENCE, *[word for one in sets for word in ("--set", one)]]) == 0
    remarks = [line for line in capsys.readouterr().out.splitlines() if line.startswith("remark:")]
    assert len(remarks) == bool(said) and said in "".join(remarks)


def test_a_dry_run_lists_what_is_missing_and_makes_nothing(stand_in, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("keyfill.clips.planned_clips", lambda config, slice_of=None: stand_in.plan(5))
    out = tmp_path / "out"
    words = ["render", CONFERENCE, "--out", str(out), "--set", "shards.clips_per_shard=2", "--dry-run"]

    def listed(*more):
        assert main([*words, *more]) == 0
        said = capsys.readouterr()
        lines = said.out.splitlines()
        assert all(line.endswith(" new") for line in lines) and f"clips: {len(lines)} to make, " in said.err
        return [int(line.split()[0].removeprefix("clip-")) for line in lines]

    assert listed() == [0, 1, 2, 3, 4] and not out.exists()
    assert listed("--shard-index", "1", "--num-shards", "2") == [2, 3]
    produce(stand_in.plan(4), out, 2, {}, farm=FarmConfig(min_free_gb=0))
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    (out / "train-000001.tar").rename(tmp_path / "away.tar")
    assert listed() == [2, 3, 4]
    (tmp_path / "away.tar").rename(out / "train-000001.tar")
    assert listed() == [4]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_a_manifest_that_was_cut_is_mended_by_a_run_and_no_obstacle(stand_in, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("keyfill.clips.planned_clips", lambda config, slice_of=None: stand_in.plan(4))
    sets = ["--set", "shards.clips_per_shard=2", "--set", "gate.firefly_step=0", "--quiet"]
    words = ["render", CONFERENCE, "--out", str(tmp_path), *sets]
    assert main(words) == 0
    for name in ("manifest/train-000001.tar.json", "manifest.json"):
        os.truncate(tmp_path / name, 100)
        capsys.readouterr()
        assert main([*words, "--dry-run"]) == 0
        again = ["clip-000002", "clip-000003"] if "tar" in name else []
        assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == again
        assert main(words) == 0
        assert f"{len(again)} rendered now, {4 - len(again)} kept" in capsys.readouterr().out
        assert load_manifest(tmp_path).kind == "clean"


def test_rendering_goes_on_without_refused_clips_as_the_main_job_does(stand_in, monkeypatch, capsys, tmp_path):
    modes = {1: "dark"}
    monkeypatch.setattr("keyfill.clips.planned_clips", lambda config, slice_of=None: stand_in.plan(2, modes=modes))
    words = ["render", CONFERENCE, "--out", str(tmp_path), "--set", "gate.firefly_step=0", "--quiet"]
    for rendered in (1, 0):
        assert main(words) == 0
        said = capsys.readouterr()
        assert said.out == f"2 clips in 1 shard under {tmp_path}: {rendered} rendered now, {1 - rendered} kept\n"
        assert said.err.startswith("1 of 2 clips was refused by the gate; clip-000001: clip-000001-light-00: on the")
        assert said.err.endswith("; going on without\n")
        assert main([*words, "--dry-run"]) == 0
        said = capsys.readouterr()
        assert said.out == "" and "clips: 0 to make, 1 kept\ntime: none" in said.err
    modes[1], modes[0] = "bad-input", "bad-input"
    assert main([*words, "--set", "gate.face_gain=1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("keyfill: 1 of 2 clips failed; clip-000001: exit code 2") and said.count("\n") == 1


def test_what_a_frame_takes_whatever_its_size_is_not_scaled():
    """Two sizes of a clip of 1 s and 2 s a million paths give both back, and so what any other size takes."""
    took = lambda millions: dataclasses.replace(
        planning.STORED.calibration, core_seconds_per_frame=1 + 2 * millions, seconds_per_frame=(1 + 2 * millions) / 2
    )
    large = took(4.0)
    known = dataclasses.replace(large, fixed_share=planning.fixed_share(large, took(0.1), 40.0))
    assert known.fixed_share == pytest.approx(1 / 9)
    again = known.grown(rays=5.0, pixels=2.0)
    assert again.core_seconds_per_frame == pytest.approx(1 + 2 * 20)
    assert large.bytes_per_pair < again.bytes_per_pair < 2 * large.bytes_per_pair
    assert planning.mean_of([large, took(2.0)]).core_seconds_per_frame == pytest.approx(7.0)
    assert planning.spread(range(2000)) == [0, 1000, 1999] and planning.spread([5]) == [5]


def test_rays_follow_samples_lightings_and_size():
    samples = ["render.samples=48", "render.studio_samples=24"]
    exact = load_run(Path(CONFERENCE), ["scenes.lightings_per_clip=3", *samples])
    stage = load_run(Path(CONFERENCE), ["scenes.lightings_per_clip=3", "render.rooms=stage", *samples])
    still = load_run(Path(CONFERENCE), ["scenes.frames=1", "render.samples_alone=5", *samples])
    rays = lambda config: rays_per_frame(config.render, planning.shape_of(config))
    pixels = 1280 * 720
    assert rays(still) == pixels * 5 * (24 + 48)
    assert rays(exact) == pixels * (24 + 3 * 48)
    assert rays(stage) == pixels * (24 + 48)
    small = planning.smaller(exact).scenes
    assert (small.width, small.height, small.train_clips, small.frames) == (480, 270, exact.scenes.train_clips, 4)
    assert small.lightings_per_clip == 3
    doubled = planning.cost(
        load_run(Path(CONFERENCE), ["render.samples=96", "render.studio_samples=48"]), planning.STORED
    )
    start = 2000 * planning.STORED.calibration.start_s
    plain = planning.cost(load_run(Path(CONFERENCE), samples), planning.STORED)
    assert doubled.seconds - start == pytest.approx(2 * (plain.seconds - start))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", CONFERENCE, "--workers", "0"], "expected at least 1"),
        (["plan", CONFERENCE, "--measure", "--like", "x"], "give one of them"),
        (["plan", CONFERENCE, "--like", "nowhere"], "no manifest.json here"),
        (["verify", "nowhere"], "no manifest.json here"),
        (["verify", CONFERENCE], "no manifest.json here"),
        (["verify", "nowhere", "--workers", "0"], "--workers 0: expected at least 1"),
        (["status", "nowhere"], "no manifest.json here"),
        (["convert", "nowhere", "--to", "frames", "--out", "x"], "no manifest.json here"),
        (["convert", "nowhere", "--to", "frames", "--out", "x", "--quality", "0"], "--quality 0: expected 1 to 100"),
        (["convert", "nowhere", "--to", "zip", "--out", "x"], "challenge"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    message = capsys.readouterr().err
    assert said in message and message.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_verify_says_all_is_well_or_what_is_not(made, capsys, tmp_path):

    assert main(["verify", str(made), "--quiet"]) == 0
    assert "2 shards, nothing wrong" in capsys.readouterr().out
    shutil.copytree(made, tmp_path / "run")
    os.truncate(tmp_path / "run" / "clean" / "train-000001.tar", 2048)
    assert main(["verify", str(tmp_path / "run"), "--quiet", "--json"]) == 1
    said = capsys.readouterr()
    assert {problem["place"].split("/")[1] for problem in json.loads(said.out)["problems"]} == {"train-000001.tar"}
    assert "fault" in said.err and said.err.count("\n") == 1
    assert f"render CONFIG --out {tmp_path / 'run' / 'clean'} --recheck renders the damaged clips again" in said.err


def test_convert_gives_the_challenges_folders(made, capsys, tmp_path):
    assert main(["convert", str(made), "--to", "challenge", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "8 samples written, 0 unchanged" in capsys.readouterr().out
    assert len(list((tmp_path / "out").glob("train/supervised/synthetic/video_*/y/*.jpg"))) == 8 * 3


def test_status_in_words_and_as_json(made, capsys):
    assert main(["status", str(made)]) == 0
    said = capsys.readouterr().out
    assert "4 of 4 in 2 shards" in said and "idle (no writer)" in said
    assert main(["status", str(made), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out).values()
    assert (found["clips"], found["done"], found["left"], found["writer"]) == (4, 4, 0, "")


@pytest.mark.slow
def test_watching_a_run_ends_when_its_writer_does(driver, tmp_path, running):
    """On a real terminal: what runs is shown while it runs, and the command leaves when nobody writes any more."""
    (tmp_path / "hold").touch()
    process = driver(tmp_path, 3, 2, f"held {tmp_path / 'hold'}")
    end = time.monotonic() + 30
    while not (tmp_path / "events.jsonl").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    ours, theirs = pty.openpty()
    watcher = subprocess.Popen(
        [sys.executable, "-m", "keyfill", "status", str(tmp_path), "--watch"], stdout=theirs, stderr=theirs, cwd=ROOT
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
        if b"running" in shown:
            (tmp_path / "hold").unlink(missing_ok=True)
    assert watcher.wait(30) == 0
    assert process.wait(60) == 0
    assert b"is writing" in shown and b"running" in shown and b"3 of 3" in shown
    os.close(ours)


def test_watching_is_left_with_ctrl_c(driver, tmp_path):
    process = driver(tmp_path, 3, 1, "slow 1000")
    end = time.monotonic() + 30
    while not (tmp_path / "events.jsonl").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    watcher = subprocess.Popen(
        [sys.executable, "-m", "keyfill", "status", str(tmp_path), "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert "is writing" in watcher.stdout.readline()
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(20) == 130
    watcher.communicate()
    assert process.poll() is None
