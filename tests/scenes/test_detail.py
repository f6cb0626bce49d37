"""What makes one face unlike the next: drawn from a stream of its own, painted where it was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.rng import rng_for
from scenes.body.body import Body, build_body
from scenes.body.detail import BROWS, MIDDLE, PIXEL_M, paint_moles
from scenes.body.eyes import build_eyes, eye_ball
from scenes.body.skin import paint_skin
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.hair.strands import in_streaks
from scenes.person_record import Makeup, Mole, Person


def person_of(index: int = 0, **detail: object) -> Person:
    return draw_scene(ScenesConfig(people={"detail": detail}, frames=1), 6, index).person


def test_detail_moves_nothing_else() -> None:
    plain = {"mottled": 0.0, "made_up": 0.0, "shaven": 0.0, "streaked": 0.0}
    for index in range(6):
        one, other = person_of(index), person_of(index, **plain)
        assert (one.phenotype, one.clothing, one.eyes) == (other.phenotype, other.clothing, other.eyes)
        assert replace(one.skin, moles=(), makeup=None, stubble=0.0) == other.skin
        assert replace(one.hair, streaks=0.0, streak_melanin=0.0) == other.hair


def test_a_mole_is_where_and_as_large_as_drawn() -> None:
    size = 1024
    dark = paint_moles((Mole(0.02, 0.05, 0.0018, 0.7),), size)
    rows, columns = np.nonzero(dark > 0.35)
    assert dark.max() == pytest.approx(0.7, abs=0.07)
    assert columns.mean() == pytest.approx(2 * (BROWS + 0.05 / PIXEL_M), abs=0.7)
    assert rows.mean() == pytest.approx(2 * (MIDDLE + 0.02 / PIXEL_M), abs=0.7)
    assert np.sqrt(len(rows) / np.pi) / 2 * PIXEL_M == pytest.approx(0.0018, rel=0.25)


def near_eye(body: Body, up_m: float) -> np.ndarray:
    """The skin around a place above or below the middle of the left eye."""
    centre, ball = eye_ball(body, "left")
    place = centre + np.array([0.0, -ball, up_m])
    return np.linalg.norm(body.rest - place, axis=1) < 0.006


def test_make_up_is_on_lids_and_cheeks_alone() -> None:
    person = person_of(made_up=0.0)
    body, none = build_body(person), np.zeros(len(build_body(person).rest))
    bare = paint_skin(body, person.skin, none, none)["tone"]
    paint = Makeup(shadow=1.0, shadow_linear=(0.01, 0.02, 0.05), liner=0.0, blush=1.0)
    made = paint_skin(body, replace(person.skin, makeup=paint), none, none)["tone"]
    ratio = made / bare
    lids, brow = near_eye(body, 0.011), near_eye(body, 0.05)
    assert lids.any() and ratio[lids].min() < 0.5
    assert brow.any() and ratio[brow].min() > 0.9
    assert (ratio < 1.001).all() and (ratio[body.model.masks["face"] < 0.01] > 0.99).all()


def test_streaks_are_the_share_asked_for_and_lock_by_lock() -> None:
    rng = rng_for(1, "streaks", "test")
    roots = rng.uniform(-0.08, 0.08, (20_000, 3))
    assert in_streaks(roots, 0.3, rng).mean() == pytest.approx(0.3, abs=0.03)
    close = np.floor(roots / 0.007) * 0.007 + 0.003
    light = in_streaks(np.concatenate([close, close + 0.001]), 0.5, rng)
    assert (light[: len(close)] == light[len(close) :]).all()
    assert not in_streaks(roots, 0.0, rng).any()


def test_eyes_face_outwards_so_that_they_reflect_the_lamps() -> None:
    body = build_body(draw_scene(ScenesConfig(frames=1), 3, 0).person)
    still = np.eye(3, 4, dtype=np.float32)[None]
    for mesh in build_eyes(body, still, np.zeros((1, 2), np.float32)):
        corners = mesh.vertices[0][mesh.faces]
        normal = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        centre, _ = eye_ball(body, "left" if mesh.name.endswith("left") else "right")
        assert ((normal * (corners.mean(1) - centre)).sum(1) > 0).all()
