"""The measure of what our people teach: its lessons show picture and mask alike, and its figures are what they say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InputError
from core.rng import rng_for


@pytest.fixture(scope="module")
def transfer() -> Any:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "people_transfer.py"
    spec = importlib.util.spec_from_file_location("people_transfer", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["people_transfer"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def discs(transfer: Any) -> Any:
    """Light discs on a dark ground, each a person with a face."""
    rng, frames, masks, faces = rng_for(3, "discs", "test"), [], [], []
    y, x = np.mgrid[:90, :160]
    for _ in range(24):
        middle = rng.uniform([35, 60], [55, 100])
        inside = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < 30**2
        frames.append(np.where(inside[..., None], 190, 40).astype(np.uint8).repeat(3, -1))
        masks.append((255 * inside).astype(np.uint8))
        at = middle / [90, 160]
        faces.append([at[1] - 0.06, at[0] - 0.12, at[1] + 0.06, at[0] + 0.12])
    names = [(f"clip-{i}", 0) for i in range(24)]
    return transfer.Pictures(np.stack(frames), np.stack(masks), np.array(faces, "f4"), np.arange(24), names)


def test_lessons_cut_and_mirror_picture_and_mask_alike(transfer: Any, discs: Any) -> None:
    seen, answer = transfer.lesson(discs, np.arange(24), rng_for(1, "lesson", "test"))
    assert seen.shape == (24, 3, 128, 128) and answer.shape == (24, 1, 64, 64)
    small = seen.mean(1).reshape(24, 64, 2, 64, 2).mean((2, 4))
    for picture, mask in zip(small.numpy(), answer[:, 0].numpy(), strict=True):
        if 0.02 < mask.mean() < 0.98:
            assert np.corrcoef(picture.ravel(), mask.ravel())[0, 1] > 0.9


def test_a_few_steps_teach_it_to_find_discs(transfer: Any, discs: Any) -> None:
    network = transfer.taught(discs, 30, 0)
    held = discs.people % transfer.HELD_OUT == 0
    assert transfer.overlap(transfer.found(network, discs.frames[held]), discs.masks[held] > 127) > 0.8


def test_overlap_and_wander_are_what_they_say(transfer: Any) -> None:
    one, other = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    one[:2], other[1:3] = True, True
    assert transfer.overlap(one, other) == pytest.approx(1 / 3)
    boxes = [np.array([0.0, 0, 10, 10]), np.array([2.0, 0, 12, 10])]
    assert transfer._wander([boxes]) == pytest.approx(0.05)


def test_a_folder_without_maps_is_told(transfer: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no NAME\.mp4"):
        transfer.real_clips(tmp_path, 5)
