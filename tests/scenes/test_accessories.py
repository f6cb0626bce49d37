"""Glasses and headphones fit their head: nothing in the skin, eyes behind the lenses, cushions on the ears."""

from __future__ import annotations

import numpy as np
import pytest

from core.rng import rng_for
from scenes.accessories import build_accessories, draw_glasses, draw_headphones
from scenes.body.body import Body, build_body
from scenes.body.eyes import eye_ball
from scenes.config import PeopleConfig, ScenesConfig
from scenes.draw import draw_scene
from scenes.mesh.surface import Solid, triangles, vertex_normals
from scenes.person_record import Glasses

STILL = np.eye(3, 4)[None]


def worn_by(index: int) -> tuple[Body, Glasses, dict[str, np.ndarray]]:
    person = draw_scene(ScenesConfig(), 11, index).person
    people, rng = PeopleConfig(), rng_for(11, str(index), "things")
    glasses = draw_glasses(1.0, people.eyewear, 40, rng)
    headphones = draw_headphones(1.0, people.headwear, rng)
    body = build_body(person)
    meshes, _ = build_accessories(body, STILL, glasses, headphones)
    return body, glasses, {mesh.name: mesh.vertices[0].astype(float) for mesh in meshes}


@pytest.mark.parametrize("index", range(6))
def test_glasses_sit_before_the_eyes_and_off_the_skin(index: int) -> None:
    body, glasses, parts = worn_by(index)
    skin = body.part("body")
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[skin]
    face = Solid(body.rest[skin].astype(float), normals)
    for side in ("left", "right"):
        lens = parts[f"lens_{side}"]
        assert 0.042 < np.ptp(lens[:, 0]) < 0.061 and 0.03 < np.ptp(lens[:, 2]) < 0.05
        assert face.height(lens)[0].min() > 0.0 and face.height(parts[f"rim_{side}"])[0].min() > -0.0005
        eye, ball = eye_ball(body, side)
        # The pupil looks through the middle half of the lens, from 8 to 25 mm behind it.
        middle, half = lens.mean(0), np.ptp(lens, axis=0) / 2
        assert abs(eye[0] - middle[0]) < 0.4 * half[0] and -0.1 < (eye[2] - middle[2]) / half[2] < 0.5
        assert 0.008 < (eye[1] - ball) - middle[1] < 0.025
    assert glasses.color_linear != (1, 1, 1)


@pytest.mark.parametrize("index", range(6))
def test_cushions_cover_the_ears(index: int) -> None:
    body, _, parts = worn_by(index)
    ears = body.rest[body.model.masks["ears"] > 0.5]
    for side, sign in (("left", 1), ("right", -1)):
        ear, cushion = ears[sign * ears[:, 0] > 0.03], parts[f"cushion_{side}"]
        middle = ear.mean(0)
        assert np.linalg.norm((cushion.mean(0) - middle)[1:]) < 0.012
        assert np.ptp(cushion[:, 2]) > 0.85 * np.ptp(ear[:, 2])
        assert abs(np.abs(cushion[:, 0]).min() - np.abs(ear[:, 0]).min()) < 0.02
