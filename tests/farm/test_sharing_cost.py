"""The room that a plan counts for frames which share their samples is the room that the renderer's own records take."""

import io
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from keyfill import plan as planning
from keyfill.run_config import load_run
from render.memory import traced_bytes_of, window_bytes_of
from render.reprojection import Motion
from render.sums import TracedFrame
from render.temporal import WARPING_BYTES, FrameWindow, Neighbour, trace_order

CONFERENCE = Path(__file__).resolve().parents[2] / "configs" / "conference.yaml"
HEIGHT, WIDTH = 90, 160


def config_of(frames, reach, lightings=3):
    sets = {"scenes.frames": frames, "scenes.lightings_per_clip": lightings, "render.accumulate": reach}
    sets |= {"scenes.width": WIDTH, "scenes.height": HEIGHT}
    return load_run(CONFERENCE, [f"{name}={value}" for name, value in sets.items()])


def traced_bytes(config):
    return traced_bytes_of(config.render, planning.shape_of(config))


def neighbour_bytes(config):
    return window_bytes_of(config.render, planning.shape_of(config))


def sums_of(lightings):
    """A traced frame whose subject fills it."""
    rng = np.random.default_rng(1)
    plane = lambda *shape: rng.uniform(0.1, 1, shape).astype(np.float32)
    surface = {name: plane(HEIGHT, WIDTH, 3) for name in ("albedo", "normal", "world_normal")}
    light = {name: plane(lightings, HEIGHT, WIDTH, 3) for name in ("rooms", "studio")}
    alone = {name: plane(HEIGHT, WIDTH) for name in ("alpha", "things", "depth_m")} | {"rest": plane(HEIGHT, WIDTH, 4)}
    return TracedFrame(**surface, **light, **alone)


class Counting:
    """A checkpoint that counts the traced frames it holds."""

    def __init__(self):
        self.held, self.most = set(), 0

    def has_traced(self, frame):
        return False

    def save_traced(self, frame, sums):
        self.held.add(frame)
        self.most = max(self.most, len(self.held))

    def drop_traced(self, keep):
        self.held &= keep


@pytest.mark.parametrize(("frames", "reach"), [(150, 10), (60, 3), (20, 10), (12, 1), (2, 10)])
def test_as_many_traced_frames_wait_as_are_counted(monkeypatch, frames, reach):
    """The renderer's own gathering, asked frame by frame in its own order."""
    monkeypatch.setattr("render.temporal.Motion", lambda *_: True)
    monkeypatch.setattr(FrameWindow, "_sums", lambda self, frame: None)
    scene = type("Scene", (), {"frames": frames, "camera": None})
    folder = Counting()
    gathering = FrameWindow(folder, None, scene, None, reach, trace_order(frames, reach))
    for frame in list(gathering.missing):
        gathering.add(frame, None)
        for _ in gathering.ready():
            pass
    assert not gathering.waiting
    counted = traced_bytes(config_of(frames, reach)) / traced_bytes(config_of(2, reach)) * 2
    assert folder.most <= counted
    assert folder.most == counted or frames < 6 * reach  # in a short clip the windows overlap


def test_a_traced_frame_takes_the_bytes_that_are_counted():
    for lightings in (1, 4):
        file = io.BytesIO()
        np.savez(file, **sums_of(lightings).to_arrays())
        counted = traced_bytes(config_of(2, 10, lightings)) / 2
        assert counted <= len(file.getvalue()) <= counted + 8000  # names and heads of the arrays


def test_a_neighbour_takes_the_bytes_that_are_counted():
    """But for what is there only while it is moved."""
    motion = object.__new__(Motion)
    motion.tree = cKDTree(np.random.default_rng(2).uniform(0, 1, (500, 3)))
    for lightings in (1, 4):
        one = Neighbour.of(sums_of(lightings), motion)
        binding = (one.binding.inside, one.binding.points, one.binding.shares)
        arrays = [one.depth_m, one.rest, *one.features, *binding, *(part for part, _ in one.packed)]
        held = sum(array.nbytes for array in arrays)
        counted = neighbour_bytes(config_of(2, 10, lightings)) / 2
        assert counted - WARPING_BYTES * HEIGHT * WIDTH == held


def test_a_plan_tells_the_room_for_frames_that_share():
    shared, alone = config_of(150, 10), config_of(150, 0)
    with_it, without = (planning.cost(config, planning.STORED, 2, 8).work_bytes for config in (shared, alone))
    assert with_it - without == 8 * traced_bytes(shared) > 0
    assert planning.record(shared, planning.STORED, 1)["memory"]["more"] == neighbour_bytes(shared)
    assert planning.record(alone, planning.STORED, 1)["memory"]["more"] == 0
    known = planning.Basis(planning.STORED.calibration, planning.STORED.rays, "", neighbour_bytes(shared))
    assert planning.record(shared, known, 1)["memory"]["more"] == 0
