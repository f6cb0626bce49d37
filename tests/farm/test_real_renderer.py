"""With the real renderer at 64x36: killed in mid-clip it goes on with the next frame; what changed alone is redone."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest

from farm.produce import produce
from keyfill.cli import main
from keyfill.config import RunConfig
from keyfill.stages import planned_clips
from pairs.dataset import Dataset
from pairs.limits import GateConfig
from pairs.video import decode
from scenes.config import ScenesConfig
from scenes.rooms import find_rooms

pytestmark = pytest.mark.slow
FRAMES = 3
ROOT = Path(__file__).resolve().parents[2]


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
    record = {"seed": 3, "scenes": scenes, "render": render}
    for path, value in changes.items():
        section, key = path.split("__")
        record.setdefault(section, {})[key] = value
    return RunConfig.model_validate_json(json.dumps(record))


def sums(out):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("*.tar"))}


def assert_alike(out, whole):
    """The same shards, samples and records; pictures equal but for a rounding step in one pixel of a thousand.

    On a busy machine the renderer's parallel set-up now and then moves a value across a rounding edge. That bytes are
    equal whatever happens on the way is tested with a renderer that is exact.
    """
    assert sums(out).keys() == sums(whole).keys()
    for path in sorted(out.glob("*.tar")):
        ours, theirs = (
            {m.name: t.extractfile(m).read() for m in t} for t in map(tarfile.open, (path, whole / path.name))
        )
        assert ours.keys() == theirs.keys()
        for name, data in ours.items():
            if data != theirs[name]:
                assert name.endswith(".mkv"), name
                a, b = (decode(video, name).astype(int) for video in (data, theirs[name]))
                assert a.shape == b.shape and np.abs(a - b).max() <= 1 and (a != b).mean() <= 1e-3, name


def make(rooms, out, **options):
    return produce(planned_clips(config_of(rooms / "set")), out, 1, {"config": {}}, min_free_bytes=0, **options)


@pytest.fixture(scope="module")
def whole(rooms, tmp_path_factory):
    """An undisturbed run with one worker."""
    out = tmp_path_factory.mktemp("whole")
    assert make(rooms, out).made == 2
    return out


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
    rooms, whole, tmp_path, gone
):
    told, kept, killed = [], {}, []

    def watch(event):
        told.append(event)
        if event["event"] == "progress" and event["done"] == 2 and not killed:
            killed.append(event["job"])
            for path in (tmp_path / "work" / event["job"]).rglob("frame-*.npz"):
                kept[path] = path.stat().st_mtime_ns
            for pid in renderers(tmp_path / "work" / event["job"]):
                os.kill(pid, signal.SIGKILL)
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
    assert counts[0] == 2 and counts[-1] == FRAMES
    assert len(kept) == 2
    assert all(isinstance(times, int) or times[0] == times[1] for times in kept.values())
    assert_alike(tmp_path, whole)
    gone()


def test_ctrl_c_on_the_command_ends_within_ten_seconds_and_says_how_to_go_on(rooms, whole, tmp_path, gone):
    """The real command, a real SIGINT in the middle of a frame; run again it keeps the frames and ends the same."""
    off = {"firefly_step": 0.0, "subject_share": 0.0, "face_frames": 0.0, "face_rule": False}
    off |= {"identical_difference": 0.0, "blank_std": 0.0}
    config = config_of(rooms / "set", shards__clips_per_shard=1).model_dump(mode="json", exclude={"degrade", "train"})
    settings, out = tmp_path / "config.yaml", tmp_path / "out"
    settings.write_text(json.dumps({**config, "gate": off}))
    command = [sys.executable, "-m", "keyfill", "render", str(settings), "--out", str(out)]
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
    assert frames
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert_alike(out, whole)
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert {"begin", "start", "progress", "stop", "failed", "done", "shard", "end"} <= {e["event"] for e in events}


def test_a_changed_room_renders_its_own_clips_anew_and_no_other(rooms, whole, tmp_path):
    mine, out = tmp_path / "rooms", tmp_path / "out"
    shutil.copytree(whole, out)
    shutil.copytree(rooms / "set", mine / "set")
    before = {key: Dataset(out).info(key)["lighting"]["hdri"] for key in Dataset(out).keys()}
    assert sorted(before.values()) == ["one", "two"]
    assert make(mine, out).made == 0  # the same pictures in another folder are the same rooms
    shutil.copy(rooms / "other.exr", mine / "set" / "two.exr")
    report = make(mine, out)
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
    report = produce(clips, tmp_path / "out", 1, {}, gate=gate, min_free_bytes=0)
    assert list(report.quarantined) == [clips[0].key]
    assert "the subject covers" in report.quarantined[clips[0].key]


def test_a_plan_measured_now_counts_from_a_real_frame(rooms, tmp_path, capsys):
    config = config_of(rooms / "set").model_dump(mode="json", exclude={"degrade", "train"})
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    assert main(["plan", str(tmp_path / "config.yaml"), "--measure", "--quiet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    basis = found["basis"]
    assert basis["words"].startswith("measured now: 2 frames of 64x36 on ")
    assert (basis["width"], basis["height"], basis["lightings"]) == (64, 36, 1)
    assert basis["seconds_per_frame"] > 0 and basis["peak_bytes"] > 50_000_000
    seconds = 2 * (basis["start_s"] + FRAMES * basis["seconds_per_frame"])
    assert found["cost"]["seconds"] == pytest.approx(seconds)
    assert found["cost"]["bytes"] == round(2 * FRAMES * basis["bytes_per_pair"])
