"""Drawn motion keeps to what people do, is smooth, and keeps the gaze where it was drawn."""

from __future__ import annotations

import dataclasses
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.rng import rng_for
from scenes.config import MotionConfig
from scenes.motion.curves import lid_closure, motion_curves, saccade_s
from scenes.motion.draw import draw_motion
from scenes.motion.performance import ACTIONS
from scenes.motion.record import Blink, Fixation, Motion, Still, Sway, Wave
from scenes.motion.speech import mouth
from scenes.records import from_json, to_json

ROOT = Path(__file__).resolve().parents[2]
FPS = 30.0


def drawn(clip: int, frames: int = 150, **config) -> Motion:
    return draw_motion(MotionConfig(**config), frames, FPS, (0.0, 0.0), 0.0, rng_for(3, clip, "motion"))


@pytest.fixture(scope="module")
def measured() -> tuple[dict, dict]:
    spec = importlib.util.spec_from_file_location("people_motion", ROOT / "benchmarks/people_motion.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.RANGES, script.measure(48)


def test_medians_and_nine_tenths_of_clips_lie_in_published_ranges(measured) -> None:
    ranges, found = measured
    for name, (low, high, _) in ranges.items():
        assert len(found[name]) >= 5, name
        assert low <= np.median(found[name]) <= high, name
        assert np.mean((found[name] >= low) & (found[name] <= high)) >= 0.75, name


def test_talking_people_blink_more(measured) -> None:
    _, found = measured
    assert np.mean(found["blinks a minute, talking"]) > 1.2 * np.mean(found["blinks a minute, silent"])


def test_head_and_face_are_smooth_between_frames() -> None:
    """Twice the frame rate must find what lies between the frames close to their mean: nothing jumps but the eyes."""
    for clip in range(8):
        motion = drawn(clip)
        curves = motion_curves(motion, 300, 60.0, ACTIONS)
        head = curves.pose.head
        between = np.abs(head[1:-1] - 0.5 * (head[:-2] + head[2:])).max()
        assert between < np.radians(0.15)
        jaw = curves.actions[:, ACTIONS.index("jawOpen")]
        assert np.abs(np.diff(jaw)).max() < 0.15


def test_lids_close_faster_than_they_open_and_both_together() -> None:
    t = np.arange(0, 1, 0.001)
    lids = lid_closure(t, [[0.1, 0.09, 0.02, 0.2, 1.0]])
    assert lids.max() == 1.0
    assert abs(t[lids.argmax()] - 0.19) < 0.005
    assert abs(t[np.flatnonzero(lids > 0)[-1]] - 0.41) < 0.005
    motion = replace(drawn(1, talking=0.0), blinks=(Blink(1.0, 0.1, 0.02, 0.2, 0.95),))
    curves = motion_curves(motion, 600, 120.0, ACTIONS)
    left, right = (curves.actions[:, ACTIONS.index(f"eyeBlink{side}")] for side in ("Left", "Right"))
    assert left.max() > 0.85 and np.array_equal(left, right)


def test_a_large_saccade_takes_longer() -> None:
    """2.2 ms a degree and 21 ms: a shift of 10 degrees takes 43 ms."""
    assert saccade_s(np.radians(10)) == pytest.approx(0.043)


def test_eyes_make_up_for_the_head() -> None:
    """Head and eyes together stay on one fixation whatever the head does."""
    motion = replace(drawn(2, talking=0.0, nodding=1.0), gaze=(Fixation(-4.0, 0.05, -0.03),))
    curves = motion_curves(motion, 150, FPS, ACTIONS)
    pose = curves.pose
    assert np.ptp(pose.head[:, 2]) > 0.01
    aim = curves.gaze + np.stack([pose.head[:, 2] + pose.lean[:, 2], pose.head[:, 0] + pose.lean[:, 0]], 1)
    # The soft limit of the eyes' turn, 0.6 rad, takes 0.01 from a turn of 0.22.
    easy = np.abs(curves.gaze) < 0.2
    assert easy.mean() > 0.5 and np.abs(aim - [0.05, -0.03])[easy].max() < 0.01


def test_the_head_follows_a_large_shift_and_ignores_a_small_one() -> None:
    quiet = drawn(3, talking=0.0, nodding=0.0)
    quiet = replace(quiet, sway=Sway(*[(Wave(0.1, 0.0, 0.0),)] * 6), still=Still(0.0, 0.0, 0.0, 0.0))
    turn = {}
    for size in (0.1, 0.45):
        motion = replace(quiet, gaze=(Fixation(-4.0, 0.0, 0.0), Fixation(1.0, size, 0.0)))
        turn[size] = motion_curves(motion, 150, FPS, ACTIONS).pose.head[-1, 2]
    assert turn[0.1] == pytest.approx(0.0, abs=1e-6)
    assert 0.1 < turn[0.45] < 0.3


def test_neighbouring_sounds_shape_each_other_but_lips_still_close() -> None:
    """Coarticulation: an "oo" before it rounds a "t"; yet an "m" between two open vowels shuts the mouth."""
    t = np.array([0.15])
    alone = mouth(t, [[0.1, "lnt", 1.0, 0.1]])
    after = mouth(t, [[0.0, "oo", 1.0, 0.1], [0.1, "lnt", 1.0, 0.1], [0.2, "oo", 1.0, 0.1]])
    assert "mouthPucker" not in alone and after["mouthPucker"][0] > 0.1
    closed = mouth(t, [[0.0, "aa", 1.0, 0.1], [0.1, "mbp", 1.0, 0.1], [0.2, "aa", 1.0, 0.1]])
    wide = mouth(t, [[0.0, "aa", 1.0, 0.1], [0.1, "aa", 1.0, 0.1], [0.2, "aa", 1.0, 0.1]])
    assert closed["jawOpen"][0] < 0.45 * wide["jawOpen"][0]
    assert closed["mouthPress"][0] > 0.2


def test_same_identity_same_motion() -> None:
    assert drawn(5) == drawn(5) and drawn(5) != drawn(6)


def test_motion_survives_json() -> None:
    import json

    motion = drawn(7)
    assert from_json(Motion, json.loads(json.dumps(to_json(motion))), "motion") == motion
    assert dataclasses.is_dataclass(motion_curves(motion, 5, FPS, ACTIONS))
