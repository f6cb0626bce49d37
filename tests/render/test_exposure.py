"""Exposure: the frame meets its level, the face its limits, dark skin is lifted, the outline is the face's."""

import dataclasses

import numpy as np
import pytest

from core.colour import srgb_from_linear
from core.errors import InputError
from render.config import RenderConfig
from render.exposure import (
    FACE_CENTRE_M,
    FACE_HALF_M,
    face_box,
    face_ellipse,
    face_mask,
    frame_exposure,
    source_exposure,
    studio_level,
    webcam_of,
)
from scenes.spec import Camera, Lighting, Webcam

CONFIG = RenderConfig()
LIGHTING = Lighting("clip-000000-light-00", "room", 0.0)
WEBCAM = webcam_of(LIGHTING, CONFIG)


@pytest.fixture
def frame():
    """A dim room with a window, `(H, W)` luminance, and the face's place."""
    luma = np.random.default_rng(0).uniform(0.02, 0.2, (60, 100)).astype(np.float32)
    luma[:20, :30] = 20.0
    face = np.zeros(luma.shape, bool)
    face[25:45, 45:60] = True
    return luma, face


@pytest.mark.parametrize("level", [0.1, 0.24, 0.5])
def test_the_whole_frame_reaches_the_level_clipping_included(frame, level):
    factor = frame_exposure(frame[0], level)
    assert srgb_from_linear(frame[0] * factor).mean() == pytest.approx(level, abs=1e-3)
    assert frame_exposure(frame[0] * 8, level) == pytest.approx(factor / 8, rel=1e-3)
    assert frame_exposure(np.zeros((4, 4)), level) == 1.0


@pytest.mark.parametrize("face_light", [1e-3, 0.03, 1.0, 40.0])
@pytest.mark.parametrize("ev", [-3.0, 0.0, 2.0])
def test_the_source_face_gets_less_light_than_the_targets_in_any_room(frame, face_light, ev):
    luma, face = frame
    luma[face] = face_light
    target = 0.25
    shown = luma[face].mean() * source_exposure(luma, face, target, ev, WEBCAM)
    low, high = CONFIG.face_limits
    assert low * target * 0.999 <= shown <= high * target * 1.001


def test_between_the_limits_drawn_stops_are_stops(frame):
    luma, face = frame
    luma[face] = 0.1
    free = dataclasses.replace(WEBCAM, face_limits=(0.0, 1.0))
    at = lambda ev: source_exposure(luma, face, 0.25, ev, free)
    assert at(0.5) / at(-0.5) == pytest.approx(2.0)


def test_weights_of_frame_and_face(frame):
    luma, face = frame
    luma[face] = 0.5
    free = lambda weight: dataclasses.replace(WEBCAM, face_weight=weight, face_limits=(0.0, 1.0))
    only = lambda weight: source_exposure(luma, face, 0.25, 0.0, free(weight))
    assert only(0.0) == pytest.approx(frame_exposure(luma, CONFIG.scene_level))
    assert only(1.0) * 0.5 == pytest.approx(CONFIG.face_goal * 0.25)
    assert only(0.5) == pytest.approx(np.sqrt(only(0.0) * only(1.0)))
    nobody = np.zeros_like(face)
    assert source_exposure(luma, nobody, 0.0, 1.0, WEBCAM) == pytest.approx(2 * only(0.0))


def test_a_lighting_that_has_drawn_a_webcam_is_metered_by_it(frame):
    """Of two drawn cameras before one window, the one that looks at the face shows it as bright as it aims."""
    luma, face = frame
    luma[face] = 0.1
    shown = {}
    for weight in (0.0, 1.0):
        drawn = Webcam(frame_level=0.4, face_weight=weight, face_goal=0.9, face_limits=(0.02, 1.0))
        webcam = webcam_of(dataclasses.replace(LIGHTING, webcam=drawn), CONFIG)
        shown[weight] = 0.1 * source_exposure(luma, face, 0.25, 0.0, webcam)
    assert shown[1.0] == pytest.approx(0.9 * 0.25)
    assert shown[0.0] == pytest.approx(0.1 * frame_exposure(luma, 0.4)) and shown[0.0] < 0.6 * shown[1.0]


def test_a_darker_face_is_lifted_half_way_but_a_white_shirt_never_burns():
    card = np.full((40, 40), 0.06, np.float32)
    face = np.zeros(card.shape, bool)
    face[:20] = True
    everything = np.ones_like(face)
    level = studio_level(card, face, everything, 0.9, 0.5)
    assert level == pytest.approx(0.9 * np.sqrt(0.25 / 0.06))
    assert studio_level(card, face, everything, 0.9, 0.0) == 0.9
    assert studio_level(card, face, everything, 0.9, 1.0) * 0.06 == pytest.approx(0.9 * 0.25)
    card[30:] = 0.8
    held = studio_level(card, face, everything, 0.9, 0.5)
    assert held * 0.8 == pytest.approx(1.0)
    card[30:] = 2.0
    assert studio_level(card, face, everything, 0.9, 0.5) == 0.9


def test_limits_out_of_order_are_refused():
    from core.config import validate

    with pytest.raises(InputError, match="face_limits"):
        validate({"face_limits": [0.5, 0.2]}, RenderConfig, name="render")


def test_the_outline_of_a_face_before_the_camera():
    """Seen head-on the outline has the ellipse's own axes in pixels; turned by 60 degrees it is half as wide."""
    camera = Camera((0.0, -0.7, 0.0), (0.0, 0.0, 0.0), np.radians(60.0))
    head = np.eye(4)
    width, height = 1280, 720
    per_metre = width / 2 / np.tan(np.radians(30)) / (0.7 + FACE_CENTRE_M[1])
    outline = face_ellipse(head, camera, width, height)
    assert np.ptp(outline, axis=0) == pytest.approx(2 * FACE_HALF_M[[0, 2]] * per_metre, rel=0.01)
    inside = face_mask(outline, width, height)
    assert inside.sum() == pytest.approx(np.pi * FACE_HALF_M[0] * FACE_HALF_M[2] * per_metre**2, rel=0.02)
    x0, y0, x1, y1 = face_box(outline, width, height)
    y, x = np.nonzero(inside)
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == pytest.approx((x0, y0, x1, y1), abs=2)
    c, s = 0.5, np.sqrt(0.75)
    head[:3, :3] = [[c, -s, 0], [s, c, 0], [0, 0, 1]]
    assert np.ptp(face_ellipse(head, camera, width, height)[:, 0]) == pytest.approx(FACE_HALF_M[0] * per_metre, rel=0.1)


def test_a_face_behind_the_camera_or_out_of_frame():
    camera = Camera((0.0, -0.7, 0.0), (0.0, 0.0, 0.0), np.radians(60.0))
    behind, aside = np.eye(4), np.eye(4)
    behind[1, 3], aside[0, 3] = -2.0, 5.0
    assert face_ellipse(behind, camera, 64, 36) is None
    assert face_box(face_ellipse(aside, camera, 64, 36), 64, 36) is None
    assert not face_mask(None, 64, 36).any()
