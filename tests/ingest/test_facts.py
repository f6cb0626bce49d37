"""What is measured of a clip is what was put in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.rng import rng_for
from ingest.facts import ClipFacts, box_of, cast_of, lost_frames, noise_of, sharpness_of


@pytest.mark.parametrize("sigma", [1.0, 3.0, 8.0])
def test_noise_is_its_standard_deviation(sigma: float) -> None:
    rng = rng_for(0, "noise", "test")
    ramp = np.linspace(60, 180, 320, dtype=np.float32)[None] + np.linspace(0, 30, 200, dtype=np.float32)[:, None]
    assert noise_of(ramp + rng.normal(0, sigma, ramp.shape).astype(np.float32)) == pytest.approx(sigma, rel=0.08)
    assert noise_of(ramp) < 0.05


def test_an_edge_is_no_noise(carphone: list[np.ndarray]) -> None:
    assert noise_of(carphone[0].astype(np.float32).mean(-1)) < 3


def test_a_blurred_face_is_less_sharp_whatever_its_brightness(carphone: list[np.ndarray]) -> None:
    luma = carphone[0].astype(np.float32).mean(-1)
    face = np.zeros(luma.shape, bool)
    face[48:110, 58:110] = True
    sharp = sharpness_of(luma, face)
    assert sharpness_of(luma / 2 + 20, face) == pytest.approx(sharp, rel=1e-3)
    assert sharpness_of(cv2.GaussianBlur(luma, (0, 0), 1), face) < 0.8 * sharp
    assert sharpness_of(cv2.GaussianBlur(luma, (0, 0), 3), face) < 0.4 * sharp


def test_a_cast_is_in_stops_over_green() -> None:
    grey = np.full((90, 160, 3), 128, np.uint8)
    assert cast_of(grey) == (0, 0)
    red, blue = cast_of(grey + np.array([40, 0, 0], np.uint8))
    # 128 is 0.2159 of linear light, 168 is 0.3916
    assert red == pytest.approx(np.log2(0.3916 / 0.2159), abs=0.01) and blue == 0


def test_lost_frames_are_gaps_in_time() -> None:
    assert lost_frames([0, 0.04, 0.08, 0.2, 0.24], 25) == 2
    assert lost_frames([0, 0.041, 0.079, 0.12], 25) == 0
    assert lost_frames([0.0], 25) == 0


def test_facts_of_a_clip() -> None:
    facts = ClipFacts(every=1)
    frame = np.full((100, 100, 3), 50, np.uint8)
    frame[:, :10] = 255
    frame[:, 90:] = 0
    face, points = np.zeros((100, 100), bool), np.array([[20, 30], [60, 80]], np.float32)
    face[30:80, 20:60] = True
    for number in range(4):
        facts.add(frame, face if number else np.zeros_like(face), points if number else None, number)
    found = facts.result([0, 0.1, 0.2, 0.4], 10)
    assert found["face_found"] == 0.75 and found["faces"] == 3 and found["lost_frames"] == 1
    assert found["face_height"] == 0.5 and found["face_luma"] == pytest.approx(50, abs=0.01)
    assert found["frame_luma"] == pytest.approx(0.8 * 50 + 0.1 * 255, abs=0.01)
    assert found["clipped_bright"] == found["clipped_dark"] == pytest.approx(0.1)
    assert facts.boxes == [None, *[[20, 30, 60, 80]] * 3]


def test_facts_of_a_clip_without_a_face_are_numbers_too() -> None:
    facts, frame = ClipFacts(), np.full((100, 100, 3), 50, np.uint8)
    facts.add(frame, np.zeros((100, 100), bool), None)
    found = facts.result([0.0], 10)
    assert None not in found.values() and found["face_found"] == found["face_luma"] == 0
    with_face = ClipFacts()
    with_face.add(frame, np.ones((100, 100), bool), np.array([[20, 30], [60, 80]], np.float32), 1)
    assert {n: type(v) for n, v in with_face.result([0.0], 10).items()} == {n: type(v) for n, v in found.items()}


def test_a_face_outside_the_frame_has_no_box() -> None:
    assert box_of(np.array([[-30.0, 5.0], [-10.0, 20.0]]), 50, 50) is None
    assert box_of(np.array([[-30.0, 5.2], [10.5, 20.0]]), 50, 50) == [0, 5, 11, 20]
