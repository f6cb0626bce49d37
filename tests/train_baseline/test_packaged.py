"""The checkpoint in the package: it loads, is small, and lights people it has not seen, in the pictures of our docs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from train_baseline import run_folder
from train_baseline.video.enhance import PACKAGED, packaged

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


def test_it_is_small_and_says_what_it_was_trained_on() -> None:
    assert (PACKAGED / run_folder.CHECKPOINT).stat().st_size < 1.5e6
    assert run_folder.load(packaged()).facts["steps"] > 0
    assert (PACKAGED / "CARD.md").exists()


def test_it_lights_people_and_makes_no_picture_worse(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    method = run_folder.load(packaged()).method
    left = [error(method.session(30.0).correct(source), target) for source, target in pairs]
    before = [error(source, target) for source, target in pairs]
    assert all(after < was for after, was in zip(left, before, strict=True))
    assert np.mean(left) < 0.7 * np.mean(before)
