"""The measures on real faces give back what was put in."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.colour import linear_from_srgb, quantise, srgb_from_linear
from core.errors import InputError
from core.rng import rng_for
from score.darken import DARKENINGS, darkened, span_of
from score.real_faces import MEASURES, RealMeter, drawing_kept, over_clips, overlap, parts_moved, unevenness

SIZE = 160


def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A frame with structure, the person's coverage (an ellipse) and the face (another in it)."""
    noise = rng_for(0, "scene", "test").uniform(0, 1, (SIZE, SIZE, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    frame = np.rint(90 + 120 * smooth).astype(np.uint8)
    person, face = np.zeros((SIZE, SIZE), np.uint8), np.zeros((SIZE, SIZE), np.uint8)
    cv2.ellipse(person, (80, 100), (60, 80), 0, 0, 360, (255,), -1)
    cv2.ellipse(face, (80, 70), (30, 40), 0, 0, 360, (1,), -1)
    return frame, person, face > 0


def face_points() -> np.ndarray:
    """Landmarks whose lips, eyes, brows and cheeks are small squares at known places; the others lie at 0."""
    from score import real_faces as r

    points = np.zeros((468, 2), np.float32)
    places = {r._OUTER_LIPS: (80, 100, 14), r._INNER_LIPS: (80, 100, 3)}
    places |= dict(zip(r._EYES, ((65, 60, 6), (95, 60, 6)), strict=True))
    places |= dict(zip(r._BROWS, ((65, 45, 5), (95, 45, 5)), strict=True))
    places |= dict(zip(r._CHEEKS, ((58, 80, 6), (102, 80, 6)), strict=True))
    for indices, (x, y, radius) in places.items():
        turn = np.linspace(0, 2 * np.pi, len(indices), endpoint=False)
        points[list(indices)] = np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], -1)
    return points


def measured(given: np.ndarray, output: np.ndarray, **more: np.ndarray) -> dict[str, float]:
    frame, person, face = scene()
    meter = RealMeter()
    for _ in range(3):
        meter.add(given, output, frame, person, face, face_points(), **more)
    return meter.result()


def in_light(frame: np.ndarray, gain: np.ndarray | float) -> np.ndarray:
    return quantise(srgb_from_linear(linear_from_srgb(frame.astype(np.float32) / 255) * np.float32(gain)))


def test_nothing_done_to_good_light_is_no_harm() -> None:
    frame, person, _ = scene()
    found = measured(frame, frame, matte=person.astype(np.float32) / 255)
    zero = {name for name in MEASURES if not MEASURES[name].more_is_better}
    assert all(found[name] == 0 for name in zero)
    assert found["face.drawing"] == pytest.approx(1) and found["matte.overlap"] == 1
    assert "face.way_back" not in found and "person.way_back" not in found


@pytest.mark.parametrize("light", DARKENINGS)
def test_the_answer_is_the_whole_way_back_and_the_input_none_of_it(light: str) -> None:
    frame, person, face = scene()
    given = darkened(frame, person, span_of(face), DARKENINGS[light])
    back, stayed = measured(given, frame), measured(given, given)
    assert back["face.way_back"] == back["person.way_back"] == 1
    assert stayed["face.way_back"] == stayed["person.way_back"] == 0
    assert back["face.unevenness"] == 0 and stayed["spill"] == 0
    assert stayed["face.drawing"] == pytest.approx(1)


def test_half_the_error_is_half_the_way() -> None:
    frame, _, _ = scene()
    found = measured(frame - np.uint8(40), frame - np.uint8(20))
    assert found["face.way_back"] == pytest.approx(0.5) and found["face.rmse"] == 20


def test_a_ramp_that_is_left_over_is_its_standard_deviation_in_stops() -> None:
    frame, _, face = scene()
    flat = np.full_like(frame, 150)
    assert unevenness(flat, in_light(flat, 0.4), face) < 0.01
    left, right = span_of(face)
    across = (np.arange(SIZE) + 0.5 - left) / (right - left)
    found = unevenness(flat, in_light(flat, np.exp2(0.8 * (across - 0.5))[None, :, None]), face)
    spread = np.broadcast_to(0.8 * across, (SIZE, SIZE))[face].std()
    assert found == pytest.approx(spread, rel=0.05)


def test_drawing_ignores_brightness_and_sees_what_is_blurred_or_turned_over() -> None:
    frame, _, face = scene()
    assert drawing_kept(frame, frame // 2 + 60, face) > 0.998
    assert drawing_kept(frame, 255 - frame, face) == pytest.approx(-1, abs=1e-3)
    blurred = cv2.GaussianBlur(frame, (0, 0), 6)
    assert drawing_kept(frame, blurred, face) < 0.9
    other = np.ascontiguousarray(frame[::-1, ::-1])
    assert abs(drawing_kept(frame, other, face)) < 0.5
    assert np.isnan(drawing_kept(frame, np.full_like(frame, 9), face))


def test_lips_that_lose_their_red_moved_as_far_as_they_were_from_the_cheek() -> None:
    skin = np.full((SIZE, SIZE, 3), (200, 160, 140), np.uint8)
    answer = skin.copy()
    cv2.circle(answer, (80, 100), 16, (170, 70, 80), -1)
    from score.fidelity.measures import lab_from_srgb8

    apart = lab_from_srgb8(answer[100, 70]) - lab_from_srgb8(skin[0, 0])
    moved = parts_moved(answer, skin, face_points())
    assert moved["lips"] == pytest.approx(float(np.linalg.norm(apart)), rel=0.02)
    assert moved["eyes"] == moved["brows"] == 0
    # a face that lies outside the frame has no parts
    assert parts_moved(answer, skin, face_points() + 1000) == {}


def test_spill_is_what_changed_outside_the_person() -> None:
    frame, person, _ = scene()
    output = frame.copy()
    output[person == 0] += 7
    found = measured(frame, output)
    assert found["spill"] == 7 and found["face.rmse"] == 0
    inside = frame.copy()
    inside[person > 0] += 7
    assert measured(frame, inside)["spill"] == 0


def test_flicker_is_the_jump_that_the_answer_has_not() -> None:
    frame, person, face = scene()
    meter = RealMeter(every=2)
    for number in range(6):
        answer = frame + np.uint8(10 * (number % 3))
        meter.add(answer, answer + np.uint8(4 * (number % 2)), answer, person, face)
    assert meter.result()["face.flicker"] == pytest.approx(4)


def test_overlap() -> None:
    one, other = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert overlap(one, other) == 1
    one[:2], other[1:3] = True, True
    assert overlap(one, other) == pytest.approx(1 / 3)


def test_without_a_face_nothing_of_the_face_is_told() -> None:
    frame, person, face = scene()
    meter = RealMeter()
    meter.add(frame, frame, frame, person, np.zeros_like(face))
    assert {name.split(".")[0] for name in meter.result()} == {"person", "spill"}


def test_the_worst_clip_is_named_and_the_interval_holds_the_mean() -> None:
    rows = {f"c{i}": {"face.way_back": 0.1 * i, "spill": float(i)} for i in range(1, 6)}
    found = over_clips(rows)
    assert found["face.way_back"].worst_clip == "c1" and found["spill"].worst_clip == "c5"
    assert found["spill"].mean == 3 and found["spill"].low < 3 < found["spill"].high
    assert set(found) == {"face.way_back", "spill"}


def test_another_size_is_refused() -> None:
    frame, person, face = scene()
    with pytest.raises(InputError, match="output: expected uint8"):
        RealMeter().add(frame, frame[:-1], frame, person, face)
