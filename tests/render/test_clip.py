"""A clip, whole: samples that read back, optional outputs that fit the picture, same bytes twice, resume, faults."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from core.errors import InputError, WorkError
from pairs.members import MEMBERS
from pairs.shards import read_shard, write_shard
from pairs.video import decode
from render import tracer
from render.clip import render_clip
from render.temporal import trace_order

pytestmark = pytest.mark.slow
FRAMES = 3


@pytest.fixture
def scene(subject):
    lightings = [subject.lighting(0, "window", rotation_rad=-1.0), subject.lighting(1, "sun", key_fill_ratio=3.0)]
    return subject.scene(lightings, frames=FRAMES)


@pytest.fixture
def geometry(subject):
    return subject.geometry(FRAMES, drift=0.02)


def test_a_clip_with_every_output_reads_back_from_its_shard(scene, geometry, rooms, quick, tmp_path, subject):
    config = quick(denoise="fast", outputs=("mask", "albedo", "normal", "depth"))
    seen = []
    samples = render_clip(scene, config, rooms, tmp_path / "work", lambda *row: seen.append(row), geometry)
    assert [sample.key for sample in samples] == [lighting.key for lighting in scene.lightings]
    assert seen[-1] == (FRAMES, FRAMES, scene.clip)

    row = write_shard(tmp_path / "clip.tar", samples)
    for sample, lighting in zip(read_shard(tmp_path / "clip.tar", row), scene.lightings, strict=True):
        names = {"source.mkv", "target.mkv", "mask.mkv", "albedo.mkv", "normal.mkv", "depth.mkv", "json"}
        assert set(sample.members) == names
        video = {name[:-4]: decode(sample.members[name]) for name in names if name != "json"}
        assert all(frames.shape == (FRAMES, 36, 64, 3) for frames in video.values())
        assert all(frames.dtype == MEMBERS[name].dtype("clean") for name, frames in video.items())
        values = {name: MEMBERS[name].values(MEMBERS[name].frames(frames)) for name, frames in video.items()}
        inside, depth, albedo = values["mask"] > 0.99, values["depth"], values["albedo"]
        ball = np.where(inside, depth, np.inf)[:, :14]
        assert ball.min() == pytest.approx(0.7 - subject.radius, rel=0.03)
        assert np.isinf(depth[values["mask"] == 0]).all()
        length = np.linalg.norm(values["normal"][inside], axis=-1)
        assert np.median(length) == pytest.approx(1.0, abs=0.01)
        middle = np.argmin(ball[0])
        assert albedo[0].reshape(-1, 3)[middle] == pytest.approx(0.5, abs=0.01)
        # the ball drifts to the right, 0.02 m a frame
        columns = [np.nonzero(part)[1].max() for part in inside[:, :14]]
        assert columns[0] < columns[2]

        info = json.loads(sample.members["json"])
        assert info["device"] and info["engine"].startswith("4.5")
        assert info["lighting"]["hdri"] == lighting.hdri
        assert info["exposure"]["source"] > 0 and info["exposure"]["target"] > 0
        assert info["seconds_per_frame"] > 0
        assert len(info["face_box"]) == FRAMES
        assert info["face_mean"]["target"] > info["face_mean"]["source"] + 10
        x0, y0, x1, y1 = info["face_box"][0]
        spot = (slice(0, 1), slice(y0 + 2, y1 - 2), slice(x0 + 2, x1 - 2))
        assert video["target"][spot].mean() > video["source"][spot].mean() / 4 + 10


def test_the_same_clip_twice_is_the_same_to_the_byte(scene, subject, rooms, quick, tmp_path):
    """Another folder, other threads, and one of the two resumed half way: every byte but the measured ones."""
    config, frames = quick(denoise="high", accumulate=1, threads=2), 5
    scene, geometry = dataclasses.replace(scene, frames=frames), subject.geometry(frames, drift=0.02)
    once = render_clip(scene, config.model_copy(update={"threads": 1}), rooms, tmp_path / "a", geometry=geometry)
    stopped = RuntimeError("stopped by the test")

    def stop_after_two(done, total, text):
        if done == 2:
            raise stopped

    with pytest.raises(RuntimeError):
        render_clip(scene, config, rooms, tmp_path / "b", stop_after_two, geometry)
    order = trace_order(frames, 1)
    assert (tmp_path / "b" / f"frame-{order[0]:05d}.npz").exists()
    assert not (tmp_path / "b" / f"frame-{order[-1]:05d}.npz").exists()
    assert not (tmp_path / "b" / f"traced-{order[-1]:05d}.npz").exists()
    assert list((tmp_path / "b").glob("traced-*.npz"))
    again = render_clip(scene, config, rooms, tmp_path / "b", geometry=geometry)
    for first, second in zip(once, again, strict=True):
        infos = [json.loads(sample.members.pop("json")) for sample in (first, second)]
        for info in infos:
            del info["seconds_per_frame"]
        assert infos[0] == infos[1]
        assert infos[0]["accumulated"] == 1
        assert infos[0]["samples"] == {"room": 16, "studio": 16}
        assert first.members == second.members


def test_another_seed_is_other_noise(scene, subject, rooms, quick, tmp_path):
    geometry = subject.geometry(1)
    still = dataclasses.replace(scene, frames=1)
    pictures = [
        render_clip(dataclasses.replace(still, seed=seed), quick(), rooms, tmp_path / str(seed), geometry=geometry)
        for seed in (1, 2)
    ]
    assert pictures[0][0].members["source.mkv"] != pictures[1][0].members["source.mkv"]


def test_target_ambient_lets_the_room_in(scene, subject, rooms, quick, tmp_path):
    """With no ambient the room does not touch the target's subject; with all of it target = studio + room."""
    geometry = subject.geometry(1)
    still = dataclasses.replace(scene, frames=1, lightings=scene.lightings[:1])
    lit = {}
    for share in (0.0, 1.0):
        lighting = dataclasses.replace(still.lightings[0], target_ambient=share)
        seen = subject.trace(
            dataclasses.replace(still, lightings=(lighting,)), quick(), rooms, geometry, tmp_path / str(share)
        )
        exposure = seen.lights.meter(seen.light, 0)[0]
        inside = seen.light.alpha == 1
        lit[share] = seen.lights.target(seen.light, 0, exposure, 0)[inside]
        room = seen.light.rooms[0][inside] * exposure.source
    assert lit[1.0] == pytest.approx(lit[0.0] + room, rel=1e-4, abs=1e-5)


def test_a_room_that_is_not_there_is_named(scene, geometry, rooms, quick, tmp_path):
    with pytest.raises(InputError, match="no room named 'window'"):
        render_clip(scene, quick(), {"grey": rooms["grey"]}, tmp_path, geometry=geometry)
    with pytest.raises(InputError, match="no such HDRI"):
        render_clip(scene, quick(), {**rooms, "sun": tmp_path / "gone.hdr"}, tmp_path, geometry=geometry)


def test_a_subject_out_of_view_is_an_input_error(scene, geometry, rooms, quick, tmp_path):
    away = dataclasses.replace(scene, camera=dataclasses.replace(scene.camera, look_at_m=(0.0, -9.0, 1.2)))
    with pytest.raises(InputError, match="outside the camera's view"):
        render_clip(away, quick(), rooms, tmp_path, geometry=geometry)


def test_a_renderer_that_dies_is_reported_and_leaves_nothing(scene, geometry, rooms, quick, tmp_path, monkeypatch):
    started = []

    class Doomed(tracer.Tracer):
        def __enter__(self):
            entered = super().__enter__()
            started.append(self.folder)
            self.process.kill()
            return entered

    monkeypatch.setattr("render.clip.Tracer", Doomed)
    with pytest.raises(WorkError, match="the renderer's process ended"):
        render_clip(scene, quick(), rooms, tmp_path / "work", geometry=geometry)
    assert started and not started[0].exists()


def test_the_job_files_door(tmp_path):
    """Exit codes and one line on standard error for a job that is wrong."""
    run = lambda *arguments: subprocess.run(
        [sys.executable, "-m", "render.clip", *arguments], capture_output=True, text=True
    )
    assert run().returncode == 2
    (tmp_path / "job.json").write_text('{"scene": 3}')
    failed = run(str(tmp_path / "job.json"))
    assert failed.returncode == 2
    assert "not a clip job" in failed.stderr and "Traceback" not in failed.stderr
