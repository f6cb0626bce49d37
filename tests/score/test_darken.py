"""The darkening is the formula: a grey person under it has the light that the formula says."""

from __future__ import annotations

import numpy as np
import pytest

from core.colour import linear_from_srgb, srgb_from_linear
from core.errors import InputError
from score.darken import DARKENINGS, Darkening, darkened, darkened_clip, span_of

HEIGHT, WIDTH = 40, 200


def grey(level: int = 180) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def light_of(frame: np.ndarray) -> np.ndarray:
    return linear_from_srgb(frame.astype(np.float32) / 255)


def stops_between(frame: np.ndarray, before: np.ndarray) -> np.ndarray:
    return np.log2(light_of(frame) / light_of(before))


def test_dark_is_so_many_stops_on_the_person_and_none_beside() -> None:
    person = np.zeros((HEIGHT, WIDTH), np.uint8)
    person[:, 60:140] = 255
    found = darkened(grey(), person, (80, 120), DARKENINGS["dark"])
    assert np.abs(stops_between(found, grey())[:, 60:140] + 1.7).max() < 0.03
    assert (found[:, :60] == 180).all() and (found[:, 140:] == 180).all()


def test_side_light_rises_over_the_face_and_no_further_than_its_ends() -> None:
    person = np.full((HEIGHT, WIDTH), 255, np.uint8)
    found = stops_between(darkened(grey(), person, (80, 120), DARKENINGS["side"]), grey())[0, :, 1]
    assert found[80] == pytest.approx(-1.2 - 0.8, abs=0.06)
    assert found[99:101].mean() == pytest.approx(-1.2, abs=0.03)
    assert found[119] == pytest.approx(-1.2 + 0.8, abs=0.06)
    assert found[:60].mean() == pytest.approx(-1.2 - 1.6, abs=0.04)
    assert found[141:].mean() == pytest.approx(-1.2 + 1.6, abs=0.04)


def test_warm_light_sets_red_and_blue_apart_by_twice_its_stops() -> None:
    person = np.full((HEIGHT, WIDTH), 255, np.uint8)
    red, green, blue = stops_between(darkened(grey(), person, (80, 120), DARKENINGS["warm"]), grey())[0, 100]
    assert red - green == pytest.approx(0.35, abs=0.03) and green - blue == pytest.approx(0.35, abs=0.03)


def test_half_covered_pixels_are_half_darkened_in_linear_light() -> None:
    person = np.full((HEIGHT, WIDTH), 128, np.uint8)
    found = light_of(darkened(grey(), person, (0, WIDTH), Darkening(stops=-2)))[0, 0, 0]
    share = 128 / 255
    assert found == pytest.approx(light_of(grey())[0, 0, 0] * (share / 4 + 1 - share), rel=0.01)


def test_backlit_brightens_the_room_and_veils_black() -> None:
    frame, person = grey(60), np.zeros((HEIGHT, WIDTH), np.uint8)
    person[:, 60:140] = 255
    frame[:, 60:140] = 0
    found = darkened(frame, person, (80, 120), DARKENINGS["backlit"])
    room = 2 * light_of(grey(60))[0, 0, 0]
    assert light_of(found)[0, 0, 0] == pytest.approx(room * 1.04, rel=0.02)
    assert found[0, 100, 0] == pytest.approx(255 * srgb_from_linear(np.float32(0.04 * room)), abs=1)


def test_a_frame_without_a_face_takes_the_last_ones_columns() -> None:
    frames, person = [grey()] * 3, np.full((HEIGHT, WIDTH), 255, np.uint8)
    face, none = np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), bool)
    face[10:20, 80:120] = True
    first, second, third = darkened_clip(frames, [person] * 3, [none, face, none], DARKENINGS["side"])
    assert span_of(face) == (80, 120) and span_of(none) is None
    assert (third == second).all() and (first != second).any()


def test_a_map_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="person: expected uint8"):
        darkened(grey(), np.zeros((3, 3), np.uint8), (0, 1), DARKENINGS["dark"])
