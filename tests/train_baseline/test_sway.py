"""A still that sways: the person goes where it was drawn, what is behind stays, and training gets its frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.rng import rng_for
from degrade.config import DegradeConfig
from pairs.dataset import Clip
from train_baseline.config import TrainConfig
from train_baseline.data.frames import Clips, Degrading
from train_baseline.data.pool import Pool
from train_baseline.data.sway import Sway
from train_baseline.methods.base import Sees


def still() -> Clip:
    """A soft bright spot, the person, in a picture that is else even, but for a bar at its left."""
    y, x = np.mgrid[:64, :96]
    spot = np.exp(-((x - 60.0) ** 2 + (y - 32.0) ** 2) / 30)
    picture = np.repeat((100 + 500 * spot)[..., None], 3, -1)
    picture[:, 4:8] = 900
    mask = (np.hypot(x - 60, y - 32) < 20).astype(np.uint8) * 255
    source = picture.astype(np.uint16)
    return Clip("still", {}, source[None], (picture / 4).astype(np.uint8)[None], mask[None])


def centre(frame: np.ndarray) -> np.ndarray:
    """Of the spot, columns and lines."""
    weight = np.maximum(frame[:, 30:, 0].astype(float) - 120, 0)
    y, x = np.mgrid[: weight.shape[0], 30 : 30 + weight.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


def test_the_person_goes_where_it_was_drawn_and_what_is_behind_stays():
    path = np.array([[0.0, 0.0], [1.5, 0.0], [2.5, -1.25]])
    moved = Sway(path, np.zeros((3, 2)), 1.0, (0.5, 0.5)).apply(still())
    assert moved.source.shape == (3, 64, 96, 3) and moved.source.dtype == np.uint16 and moved.source.max() < 1024
    assert moved.target.dtype == np.uint8 and moved.mask.shape == (3, 64, 96)
    for frame, target, by in zip(moved.source, moved.target, path, strict=True):
        assert np.abs(centre(frame) - centre(still().source[0]) - by).max() < 0.15
        assert np.abs(centre(target * 4.0) - centre(frame)).max() < 0.15, "source and target go together"
        assert np.array_equal(frame[:, :20], still().source[0][:, :20])


def test_a_camera_moves_everything_and_from_nearer_it_is_larger():
    shaken = Sway(np.zeros((2, 2)), np.array([[0.0, 0.0], [3.0, 0.0]]), 1.0, (0.5, 0.5)).apply(still()).source
    assert np.array_equal(shaken[1][:, 10:90], np.roll(still().source[0], 3, 1)[:, 10:90])
    near = Sway(np.zeros((1, 2)), np.zeros((1, 2)), 2.0, (0.625, 0.5)).apply(still()).source[0]
    bright = lambda frame: int((frame[:, 30:] > 200).sum())
    assert bright(near) == pytest.approx(4 * bright(still().source[0]), rel=0.1)


def test_some_stand_still_some_sway_and_all_come_from_the_draw_alone():
    draws = [Sway.draw(5, rng_for(1, number, "sway")) for number in range(200)]
    quiet = np.mean([not one.person.any() and not one.camera.any() for one in draws])
    assert 0.25 < quiet < 0.5 and all(1 <= one.nearer <= 2 for one in draws)
    assert max(np.abs(np.diff(one.person, axis=0)).max() for one in draws) > 1
    again = Sway.draw(5, rng_for(1, 7, "sway"))
    assert np.array_equal(again.person, draws[7].person) and again.nearer == draws[7].nearer


def test_a_method_that_remembers_gets_its_window_out_of_stills(stills_folder: Path, webcam: DegradeConfig):
    config = TrainConfig(frames=1, clean=0.0)
    with Pool(stills_folder, config, Sees("crop", 16, 4, clean=True), 0, webcam) as pool:
        frames = pool.frames_at(0)
    runs = [frame.run(4) for frame in frames]
    assert all(len({id(one) for one in run}) == 4 for run in runs)
    assert any(np.abs(run[0].clean.astype(int) - run[3].clean).max() > 2 for run in runs), "none of them sways"
    clips = Clips(stills_folder, "train", 1, 36, 4, 0, Degrading(webcam, 0, still=4), clean=True)
    assert clips.bytes_of(clips.listed[0]) == 4 * clips.listed[0].width * clips.listed[0].height * 10
