"""The judge that comes with keyfill, on people that it was not taught on: each fault is told by its own factor."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.colour import linear_from_srgb, srgb_from_linear
from core.rng import rng_for
from score.learned.factors import NAMES
from score.learned.faults import Faults, delivered
from score.learned.judge_file import PACKAGED, read_judge
from score.learned.judging import compare_clips, view_of

SHEET = Path(__file__).resolve().parents[3] / "docs" / "people.jpg"
PEOPLE = ((0, 0), (0, 2), (1, 1), (1, 3), (2, 0), (2, 2), (3, 1), (3, 3))
"""Rows and columns of the sheet."""
DIM = 1.5
"""Stops."""


@pytest.fixture(scope="module")
def judge():
    return read_judge()


@pytest.fixture(scope="module")
def people() -> list[np.ndarray]:
    sheet = cv2.cvtColor(cv2.imread(str(SHEET)), cv2.COLOR_BGR2RGB)
    height, width = sheet.shape[0] // 4, sheet.shape[1] // 6
    tiles = (sheet[y * height : (y + 1) * height, x * width : (x + 1) * width] for y, x in PEOPLE)
    return [np.repeat(tile[None].astype(np.float32) / 255, 3, 0) for tile in tiles]


def faulty(clip: np.ndarray, cause: str, number: int) -> np.ndarray:
    if cause == "exposure":
        return srgb_from_linear(linear_from_srgb(clip) * np.float32(2**-DIM)).astype(np.float32)
    faults = {
        "noise": Faults(noise=8.0), "blocks": Faults(blocks=2.0), "sharpness": Faults(blur=2.0),
        "flicker": Faults(flicker=0.12),
    }[cause]  # fmt: skip
    masks = np.ones(clip.shape[:3], np.float32)
    return delivered(clip, masks, faults, rng_for(3, number, "judge"))


@pytest.mark.parametrize("cause", ["exposure", "noise", "blocks", "sharpness", "flicker"])
def test_a_fault_moves_its_own_factor_most_and_is_not_preferred(judge, people, cause):
    right, moved = 0, np.zeros(len(NAMES))
    for number, clip in enumerate(people):
        worse = faulty(clip, cause, number)
        right += compare_clips(judge, [clip], [worse]).p > 0.5
        with torch.no_grad():
            better, poorer = judge.network.between(view_of(judge, [clip]), view_of(judge, [worse]))
            moved += (poorer - better)[0].numpy() / len(people)
    own = NAMES.index(cause)
    assert right >= 7, right
    assert moved[own] > 0.05 and moved[own] == np.abs(moved).max(), dict(zip(NAMES, moved.round(2), strict=True))


def test_flat_light_and_casts_of_walls_move_their_factors(judge):
    """On people and rooms that it has not seen, as its record has it; both were silent before."""
    table = judge.record["held_out"]["moved"]
    assert table["key_fill"]["key_fill"] > 0.15 and table["background_cast"]["background_cast"] > 0.3


def test_its_card_says_what_its_record_says(judge):
    card = (PACKAGED / "CARD.md").read_text(encoding="utf-8")
    held = judge.record["held_out"]["accuracy"]["all"]
    assert f"{100 * held['right']:.1f}% of {held['count']}" in card
    assert f"{judge.record['parameters']:,} numbers" in card
