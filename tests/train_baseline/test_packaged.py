"""The checkpoints in the package: they load, are small, and light people of our pictures whom they have not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.colour import linear_from_srgb, quantise, srgb_from_linear
from train_baseline import run_folder
from train_baseline.packaged import DEFAULT, packaged, packaged_methods

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "light-pairs.webp"


@pytest.fixture(scope="module")
def pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    """Six of `(source, target)`, `(144, 256, 3)` uint8 each: rows of sources and of targets take turns."""
    sheet = np.asarray(Image.open(PICTURE).convert("RGB"))
    tiles = sheet.reshape(2, 2, 144, 3, 256, 3).transpose(0, 3, 1, 2, 4, 5).reshape(6, 2, 144, 256, 3)
    return [tuple(pair) for pair in tiles]


def error(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square difference in levels."""
    return float(np.sqrt(np.square(a.astype(np.float32) - b).mean()))


@pytest.mark.parametrize("name", packaged_methods())
def test_it_is_small_and_says_what_it_was_trained_on(name: str) -> None:
    run = packaged(name)
    assert (run / run_folder.CHECKPOINT).stat().st_size < 1.6e6
    loaded = run_folder.load(run)
    assert loaded.facts["steps"] > 0 and loaded.method.config.name == name
    assert (run / "CARD.md").exists()


def test_the_default_comes_first() -> None:
    assert packaged_methods()[0] == DEFAULT and packaged() == packaged(DEFAULT)


def test_it_lights_people_and_makes_no_picture_worse(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """The one that was taught such pictures whole, its own matte with them."""
    method = run_folder.load(packaged("curves")).method
    left = [error(method.session(30.0).correct(source), target) for source, target in pairs]
    before = [error(source, target) for source, target in pairs]
    assert all(after < was for after, was in zip(left, before, strict=True))
    assert np.mean(left) < 0.7 * np.mean(before)


def test_the_light_field_brings_a_darkened_face_back_and_leaves_a_good_one(pairs) -> None:
    """On the studio-lit pictures, which are in good light: as they are, and two stops darker as a whole."""
    method = run_folder.load(packaged("light_field")).method
    kept, back = [], []
    for _, target in pairs:
        dark = quantise(srgb_from_linear(linear_from_srgb(target / np.float32(255)) / 4))
        kept.append(error(method.session(30.0).correct(target), target))
        back.append(1 - error(method.session(30.0).correct(dark), target) / error(dark, target))
    assert np.mean(kept) < 5 and np.mean(back) > 0.2 and min(back) > 0
