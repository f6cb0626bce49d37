"""With the real renderer at 64x36: killed in mid-clip it goes on with the next frame; what changed alone is redone."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.config import validate
from core.errors import InputError
from core.files import write_text
from core.intent import Consent
from core.processes import module_command
from farm.config import FarmConfig
from farm.jobs import Stopped
from farm.placement import Placement
from farm.produce import produce
from keyfill.cli import main
from keyfill.clips import planned_clips
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from pairs.gate_config import GateConfig
from pairs.predicted import KEY_EVERY
from scenes.config import ScenesConfig
from scenes.rooms.source import find_rooms

pytestmark = pytest.mark.slow
FRAMES = 12
GATE_OFF = {"firefly_step": 0.0, "subject_share": 0.0, "face_frames": 0.0, "face_rule": False}
GATE_OFF |= {"identical_difference": 0.0, "blank_std": 0.0}
ROOT = Path(__file__).resolve().parents[2]
KEEP_STILL = """
import sys, time
from pathlib import Path
if "render.clip" in sys.orig_argv:
    from render.checkpoint import Checkpoint
    hold, save = Path(__file__).with_name("hold"), Checkpoint.save
    def wait_and_save(self, frame, lit):
        while hold.exists() and len(list(self.folder.glob("frame-*.npz"))) >= int(hold.read_text()):
            time.sleep(0.02)
        save(self, frame, lit)
    Checkpoint.save = wait_and_save
"""


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """Two rooms of our own, one a split, and a third picture to change one of them into."""
    folder = tmp_path_factory.mktemp("rooms")
    first, second, third = (room.path for room in find_rooms(ScenesConfig())[:3])
    (folder / "set").mkdir()
    shutil.copy(first, folder / "set" / "one.exr")
    shutil.copy(second, folder / "set" / "two.exr")
    shutil.copy(third, folder / "other.exr")
    return folder


def config_of(rooms, **changes):
    scenes = {"train_clips": 1, "test_clips": 1, "width": 64, "height": 36, "frames": FRAMES, "rooms": str(rooms)}
    plain = {"hair": {"buzz": 1.0}, "clothing": {"t_shirt": 1.0}, "glasses": 0.0, "headphones": 0.0, "beard": 0.0}
    scenes["people"] = plain
    render = {"rooms": "exact", "samples": 1, "studio_samples": 1, "bounces": 1, "threads": 1, "denoise": "off"}
    render["accumulate"] = 1  # frames are finished one after the other, not all at the clip's end
    record = {"seed": 3, "scenes": scenes, "render": render}
    for path, value in changes.items():
        section, key = path.split("__")
        record.setdefault(section, {})[key] = value
    return validate(record, RunConfig)


def sums(out):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("*.tar"))}


def make(rooms, out, **options):
    placement = Placement(options.pop("workers", 1), None, *options.pop("slice_of", (None, None)))
    farm, clips = FarmConfig(min_free_gb=0), planned_clips(config_of(rooms / "set"))
    return produce(clips, out, 1, {"config": {}}, placement=placement, farm=farm, **options)


@pytest.fixture(scope="module")
def whole(rooms, tmp_path_factory):
    """An undisturbed run with one worker."""
    out = tmp_path_factory.mktemp("whole")
    assert make(rooms, out).made == 2
    return out


@pytest.fixture
def hold(tmp_path_factory, monkeypatch):
    """`hold(frames)`: from now on a clip with so many frames keeps still, and a signal finds it at work, until the file
    that is returned is gone. Python runs `sitecustomize` at the start of every process."""
    folder = tmp_path_factory.mktemp("hold")
    (folder / "sitecustomize.py").write_text(KEEP_STILL)
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))

    def begin(frames):
        write_text(folder / "hold", str(frames))
        return folder / "hold"

    return begin


def renderers(out):
    """Processes that render a clip of this folder."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(str(out)) in b" ".join(words) and b"render.clip" in words and b"-I" not in words:
            found.append(int(name))
    return found


def test_a_clip_killed_midway_goes_on_with_its_next_frame_and_two_workers_give_the_same_bytes(
    rooms, whole, tmp_path, gone, hold
):
    told, kept, killed, held = [], {}, [], hold(2)

    def watch(event):
        told.append(event)
        if event["event"] == "progress" and event["done"] == 2 and not killed:
            killed.append(event["job"])
            for path in (tmp_path / "work" / event["job"]).rglob("frame-*.npz"):
                kept[path] = path.stat().st_mtime_ns
            for pid in renderers(tmp_path / "work" / event["job"]):
                os.kill(pid, signal.SIGKILL)
            held.unlink()
        if event["event"] == "progress" and event["job"] in killed and event["done"] == FRAMES:
            kept.update({path: (old, path.stat().st_mtime_ns) for path, old in kept.items() if path.exists()})

    report = make(rooms, tmp_path, workers=2, on_event=watch)
    assert (report.made, report.quarantined) == (2, {})
    assert [e["event"] for e in told if e.get("job") == killed[0] and e["event"] != "progress"] == [
        "start",
        "retry",
        "start",
        "done",
    ]
    again = max(number for number, e in enumerate(told) if e["event"] == "start" and e["job"] == killed[0])
    counts = [e["done"] for e in told[again:] if e["event"] == "progress" and e["job"] == killed[0]]
    assert 2 == len(kept) <= counts[0] < counts[-1] == FRAMES
    assert all(isinstance(times, int) or times[0] == times[1] for times in kept.values())
    assert sums(tmp_path) == sums(whole)
    gone()


def test_ctrl_c_on_the_command_ends_within_ten_seconds_and_says_how_to_go_on(rooms, whole, tmp_path, gone, hold):
    """The real command, a real SIGINT in the middle of a frame; run again it keeps the frames and ends the same."""
    config = config_of(rooms / "set", shards__clips_per_shard=1).model_dump(mode="json", exclude={"degrade", "train"})
    settings, out = tmp_path / "config.yaml", tmp_path / "out"
    settings.write_text(json.dumps({**config, "gate": GATE_OFF}))
    command = [sys.executable, "-m", "keyfill", "render", str(settings), "--out", str(out)]
    held = hold(1)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    end = time.monotonic() + 120
    while not list(out.glob("work/*/*/frame-*.npz")):
        assert time.monotonic() < end and process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert time.monotonic() - began < 10 + 5  # what it may take, and room for a busy machine
    assert process.returncode == 1
    assert "stopped by SIGINT" in said and "run the same command again to go on" in said
    gone()
    frames = {path: path.stat().st_mtime_ns for path in out.glob("work/*/*/frame-*.npz")}
    assert len(frames) == 1
    held.unlink()
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert sums(out) == sums(whole)
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert {"begin", "start", "progress", "stop", "failed", "done", "shard", "end"} <= {e["event"] for e in events}


def test_what_lies_in_the_current_folder_does_not_stand_in_for_our_modules(rooms, tmp_path):
    """The real command with its clip, tracer and gate processes, where a user keeps folders of the same names."""
    for name in ("pairs", "render", "scenes", "farm", "keyfill"):
        (tmp_path / "home" / name).mkdir(parents=True)
        (tmp_path / "home" / name / "__init__.py").write_text("raise ImportError('not keyfill')")
    config = config_of(rooms / "set", scenes__test_clips=0, scenes__frames=1)
    record = config.model_dump(mode="json", exclude={"degrade", "train"})
    (tmp_path / "config.yaml").write_text(json.dumps({**record, "gate": GATE_OFF}))
    command = module_command("keyfill", "render", tmp_path / "config.yaml", "--out", tmp_path / "out")
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path / "home", env=path)
    assert done.returncode == 0, done.stderr
    assert len(Dataset(tmp_path / "out").keys()) == 1


def kill_one(out, tracer):
    """Kill -9 of one clip's process, or of the process that traces for it, as soon as there is one."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with contextlib.suppress(psutil.NoSuchProcess):
            for clip in map(psutil.Process, renderers(out)):
                for victim in clip.children() if tracer else [clip]:
                    return victim.kill()
        time.sleep(0.02)
    raise AssertionError("nothing to kill")


def test_a_run_killed_ten_times_at_random_gives_the_same_bytes(rooms, tmp_path, gone, hold):
    """Two workers; kill -9 of the command, of a clip's process or of its tracer, at ten random places of the work."""
    changes = {"scenes__frames": 24, "scenes__train_clips": 2, "scenes__test_clips": 0, "farm__attempts": 20}
    config = config_of(rooms / "set", render__denoise="high", render__threads=0, render__accumulate=8, **changes)
    produce(planned_clips(config), tmp_path / "whole", 2, {"config": {}}, farm=FarmConfig(min_free_gb=0))
    settings, out = tmp_path / "config.yaml", tmp_path / "out"
    record = config.model_dump(mode="json", exclude={"degrade", "train"})
    settings.write_text(json.dumps({**record, "gate": GATE_OFF, "shards": {"clips_per_shard": 2}}))
    command = [sys.executable, "-m", "keyfill", "render", str(settings), "--out", str(out), "--workers", "2"]
    chance, victims, held = random.Random(7), [], hold(20)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT)
    try:
        # the last kill, too, comes before the run is over: a clip has 24 frames and keeps still at 20
        for target in sorted(chance.choices(range(20), k=10)):
            if process.poll() is not None:
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT)
            end = time.monotonic() + 120
            while len(list(out.glob("work/*/*/frame-*.npz"))) < target or not renderers(out):
                assert time.monotonic() < end and process.poll() is None
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.5))
            victims.append(chance.choice(["command", "clip", "tracer"]))
            if victims[-1] == "command":
                process.kill()
                process.wait()
                gone()
            else:
                kill_one(out, victims[-1] == "tracer")
    finally:
        process.kill()
        process.wait()
    gone()
    assert set(victims) == {"command", "clip", "tracer"} and not list(out.glob("*.tar"))
    held.unlink()
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert sums(out) == sums(tmp_path / "whole")


@pytest.mark.parametrize("room", [20_000, 90_000])
def test_a_disk_that_fills_up_in_a_clip_is_told_and_costs_nothing(rooms, whole, small_disk, fill, gone, room):
    """Bytes for none and for some of what the clip keeps while it works; its last frames and its tar need more."""
    clip, told = planned_clips(config_of(rooms / "set"))[:1], []

    def watch(event):
        if event["event"] == "start":
            fill(small_disk, room)

    with pytest.raises(Stopped, match="the disk is full"):
        produce(clip, small_disk, 1, {"config": {}}, farm=FarmConfig(min_free_gb=0), on_event=watch)
    gone()
    finished = len(list(small_disk.glob("work/*/*/frame-*.npz")))
    assert not list(small_disk.rglob("*.part*")) and not list(small_disk.glob("*.tar"))
    assert not (small_disk / "quarantine").exists()
    (small_disk / "ballast").unlink()
    report = produce(clip, small_disk, 1, {"config": {}}, farm=FarmConfig(min_free_gb=0), on_event=told.append)
    assert (report.made, report.quarantined) == (1, {})
    assert next(event["done"] for event in told if event["event"] == "progress") == finished
    assert sums(small_disk) == {"train-000000.tar": sums(whole)["train-000000.tar"]}


def test_a_changed_room_renders_its_own_clips_anew_and_no_other(rooms, whole, tmp_path):
    mine, out = tmp_path / "rooms", tmp_path / "out"
    shutil.copytree(whole, out)
    shutil.copytree(rooms / "set", mine / "set")
    before = {key: Dataset(out).info(key)["lighting"]["hdri"] for key in Dataset(out).keys()}
    assert sorted(before.values()) == ["one", "two"]
    assert make(mine, out).made == 0  # the same pictures in another folder are the same rooms
    shutil.copy(rooms / "other.exr", mine / "set" / "two.exr")
    with pytest.raises(InputError, match=r"1 clip .* would be made anew.*of the files that it names"):
        make(mine, out)
    report = make(mine, out, consent=Consent(replace=True))
    assert (report.made, report.kept) == (1, 1)
    changed = {name for name, digest in sums(out).items() if sums(whole)[name] != digest}
    touched = next(key for key, room in before.items() if room == "two")
    assert changed == {Dataset(out).place(touched)[0].name}


def test_identity_follows_what_the_pixels_depend_on_and_nothing_else(rooms):
    def identities(**changes):
        return [clip.identity for clip in planned_clips(config_of(rooms / "set", **changes))]

    base = identities()
    same = {
        "degrade__severity": 0.5,
        "train__steps": 7,
        "farm__attempts": 9,
        "gate__redraws": 2,
        "shards__clips_per_shard": 7,
        "render__threads": 2,
    }
    for path, value in same.items():
        assert identities(**{path: value}) == base, path
    for path, value in {"render__samples": 2, "render__bounces": 2, "scenes__fps": 25.0, "scenes__frames": 4}.items():
        assert not set(identities(**{path: value})) & set(base), path
    grown = identities(scenes__test_clips=3)
    assert grown[:2] == base and len(set(grown)) == 4
    grown = identities(scenes__train_clips=3)
    assert [grown[0], grown[-1]] == base and len(set(grown)) == 4
    seeded = config_of(rooms / "set").model_copy(update={"seed": 4})
    assert not {clip.identity for clip in planned_clips(seeded)} & set(base)


def test_the_gate_sets_a_real_render_aside_with_its_reasons(rooms, whole, tmp_path):
    shutil.copytree(whole, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").unlink()
    shutil.rmtree(tmp_path / "out" / "manifest")
    for tar in (tmp_path / "out").glob("*.tar"):
        tar.unlink()
    clips = planned_clips(config_of(rooms / "set"))[:1]
    gate = GateConfig(subject_share=1.0, firefly_step=0, face_frames=0, face_rule=False)
    report = produce(clips, tmp_path / "out", 1, {}, gate=gate, farm=FarmConfig(min_free_gb=0))
    assert list(report.quarantined) == [clips[0].key]
    assert "the subject covers" in report.quarantined[clips[0].key]


def test_a_plan_measured_now_counts_from_a_real_frame(rooms, tmp_path, capsys):
    config = config_of(rooms / "set").model_dump(mode="json", exclude={"degrade", "train"})
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    assert main(["plan", str(tmp_path / "config.yaml"), "--measure", "--quiet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    basis = found["basis"]
    assert basis["words"].startswith("measured now: 2 clips, ")
    assert (basis["width"], basis["height"], basis["lightings"]) == (64, 36, 1)
    assert basis["seconds_per_frame"] > 0 and basis["peak_bytes"] > 50_000_000
    core_seconds = 2 * (basis["core_start_s"] + FRAMES * basis["core_seconds_per_frame"])
    assert found["cost"]["core_seconds"] == pytest.approx(core_seconds)
    assert found["cost"]["seconds"] == pytest.approx(core_seconds / basis["cores"])
    # something, and no more than all cores could have given meanwhile
    cores = len(os.sched_getaffinity(0))
    assert 0 < basis["core_seconds_per_frame"] < 1.1 * cores * basis["seconds_per_frame"]
    assert 1 < basis["core_start_s"] < 1.1 * cores * basis["start_s"]
    assert basis["key_bytes"] >= 0 and FRAMES <= KEY_EVERY and basis["frames"] <= KEY_EVERY  # one key frame in each
    others = basis["bytes_per_pair"] - basis["key_bytes"] / basis["frames"]
    assert found["cost"]["bytes"] == round(2 * (FRAMES * others + basis["key_bytes"]))
