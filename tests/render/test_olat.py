"""One light at a time: where the lights of a number or a list stand, what they fill, and that they light from there."""

import numpy as np
import pytest

from core.errors import InputError
from pairs.layers import FOLDER, load_layers
from render.camera import outward
from render.clip import render_clip
from render.config import OlatConfig, RenderConfig
from render.olat import build_olat, dealt, olat_directions, olat_weights
from scenes.spec import Camera

CAMERA, FACE = Camera((0.0, -0.7, 1.2), (0.0, 0.0, 1.15), np.radians(60.0)), np.array([0.0, 0.0, 1.2])
WHITE = (np.ones((32, 64, 3), np.float32), 1.0)


@pytest.mark.parametrize("count", [32, 80, 156])
def test_a_number_of_lights_is_spread_evenly_and_fills_the_sphere(count):
    stage = build_olat(OlatConfig(lights=count), CAMERA, FACE, [WHITE])
    assert len(stage.directions) == len(stage.regions) == count
    assert stage.solid_angles_sr.sum() == pytest.approx(4 * np.pi, rel=1e-6)
    cosine = stage.directions @ stage.directions.T - 2 * np.eye(count)
    apart = np.degrees(np.arccos(np.clip(cosine.max(1), -1, 1)))
    # a hexagonal packing of as many would be so far apart
    widest = np.degrees(np.sqrt(8 * np.pi / (np.sqrt(3) * count)))
    assert 0.8 * widest < apart.min() and apart.max() < 0.95 * widest
    assert stage.solid_angles_sr == pytest.approx(4 * np.pi / count, rel=0.07)
    assert stage.strength * stage.solid_angles_sr == pytest.approx(1)


def test_a_list_stands_where_it_says_and_is_as_wide():
    """Azimuth 0 is the camera's; a room's light is dealt out whole, however small the lights."""
    where = ((0.0, 0.0), (90.0, 0.0), (-90.0, 30.0), (180.0, -20.0))
    room = np.random.default_rng(1).random((64, 128, 3)).astype(np.float32)
    for diameter in (0.1, 30.0):
        stage = build_olat(OlatConfig(directions_deg=where, diameter_deg=diameter), CAMERA, FACE, [(room, 0.7)])
        for direction, (azimuth, elevation) in zip(stage.directions, where, strict=True):
            assert direction == pytest.approx(outward(np.radians(azimuth), np.radians(elevation), FACE, CAMERA))
        assert stage.directions[0] == pytest.approx([0, -1, 0]) and stage.directions[1] == pytest.approx([1, 0, 0])
        if diameter > 1:
            cap = 2 * np.pi * (1 - np.cos(np.radians(diameter / 2)))
            assert stage.solid_angles_sr == pytest.approx(cap, rel=0.05)
        whole = olat_weights(stage.directions[:1], room, 0.7)[0]
        assert stage.weights[0].sum(0) == pytest.approx(whole, rel=1e-5)


def test_a_white_room_weighs_what_each_light_fills():
    """Nearly: what lies between lights is dealt out among three; and nothing is lost."""
    stage = build_olat(OlatConfig(lights=20), CAMERA, FACE, [WHITE])
    assert stage.weights[0] == pytest.approx(np.repeat(stage.solid_angles_sr[:, None], 3, 1), rel=0.05)
    assert stage.weights[0].sum(0) == pytest.approx(4 * np.pi, rel=1e-5)


def test_light_from_between_the_lights_comes_from_where_it_came_from():
    """A lamp, wherever it is: the mean direction of what it weighs is its own."""
    directions = olat_directions(OlatConfig(lights=80), CAMERA, FACE)
    for row, column in ((9, 20), (30, 77), (33, 5), (50, 101)):
        lamp = np.zeros((64, 128, 3), np.float32)
        lamp[row, column] = 100.0
        mean = olat_weights(directions, lamp, 0.0)[:, 0] @ directions
        polar, azimuth = (row + 0.5) / 64 * np.pi, np.pi - (column + 0.5) / 64 * np.pi
        away = [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
        off = np.degrees(np.arccos(mean @ away / np.linalg.norm(mean)))
        assert off < 2.0  # the nearest light alone: 9 degrees in the mean


@pytest.mark.parametrize("count", [1, 2, 5])
def test_lights_on_one_circle_get_what_lies_nearest(count):
    """There is no triangle to deal light out in."""
    where = tuple((72.0 * index, 0.0) for index in range(count))
    labels, shares = dealt(olat_directions(OlatConfig(directions_deg=where), CAMERA, FACE))
    assert (shares[0] == 1).all() and not shares[1:].any()
    assert len(np.unique(labels[0])) == count


def test_what_is_no_list_of_directions_is_refused():
    for wrong in ({"directions_deg": []}, {"directions_deg": [[0.0, 91.0]]}, {"lights": 3}, {"diameter_deg": 0.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            OlatConfig(**{name: tuple(map(tuple, v)) if isinstance(v, list) else v for name, v in wrong.items()})


@pytest.mark.slow
def test_lights_of_a_list_light_from_where_they_stand(subject, quick, rooms, tmp_path):
    """Traced: the ball is bright on the side of each light; the record says where it stands."""
    config: RenderConfig = quick(
        rooms="olat", olat={"directions_deg": ((75.0, 0.0), (-75.0, 0.0)), "diameter_deg": 15.0}, keep="layers"
    )
    scene = subject.scene([subject.lighting(0, "grey")])
    render_clip(scene, config, rooms, tmp_path, geometry=subject.geometry(1))
    layers = load_layers(tmp_path / FOLDER)
    x0, y0, *_ = layers.info.box
    right, left = layers.frame(0).radiance[:2, 10 - y0 : 16 - y0].astype(float).mean((1, 3))
    middle = 32 - x0
    for lit, other, light, sign in ((right[middle:], right[:middle], 0, 1), (left[:middle], left[middle:], 1, -1)):
        assert lit.sum() > 3 * other.sum()
        assert sign * layers.info.lights[light].direction[0] == pytest.approx(np.sin(np.radians(75)))
    with pytest.raises(InputError, match="no lighting 'nobody'"):
        layers.background("nobody")
