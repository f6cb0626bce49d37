"""Composition: sums, denoising, lens, over, optional outputs and their inverse; on arrays, nothing traced."""

import numpy as np
import pytest

from pairs.members import MEMBERS
from render.camera import Film, whole_film
from render.compose import Lens, composite_over, denoised, weighted_sum
from render.layers import LightLayers
from render.passes import pass_frame
from scenes.spec import Camera

RNG = np.random.default_rng(0)


def layers(height=36, width=64, **planes):
    usual = {
        "groups": ("key",),
        "radiance": np.zeros((1, height, width, 3), np.float32),
        "combined": np.zeros((height, width, 3), np.float32),
        "alpha": np.ones((height, width), np.float32),
        "things": np.zeros((height, width), np.float32),
        "albedo": np.full((height, width, 3), 0.5, np.float32),
        "normal": np.tile(np.array([0, 0, 1], np.float32), (height, width, 1)),
        "world_normal": np.tile(np.array([0, -1, 0], np.float32), (height, width, 1)),
        "depth_m": np.full((height, width), 0.8, np.float32),
    }
    return LightLayers(**{**usual, **planes})


def test_the_product_is_the_sum_over_lights():
    radiance, weights = RNG.random((5, 6, 7, 3), np.float32), RNG.random((3, 5, 3), np.float32)
    expected = np.zeros((3, 6, 7, 3))
    for k in range(3):
        for g in range(5):
            expected[k] += weights[k, g] * radiance[g]
    assert weighted_sum(radiance, weights) == pytest.approx(expected, rel=1e-5)


def test_denoising_recovers_a_noisy_ramp_and_scales_with_the_light():
    ramp = np.tile(np.linspace(0.05, 0.6, 64, dtype=np.float32)[None, :, None], (36, 1, 3))
    noisy = ramp * RNG.gamma(2.0, 0.5, (36, 64, 1)).astype(np.float32)
    before, after = (np.sqrt(np.mean((x - ramp) ** 2)) for x in (noisy, denoised(noisy, layers(), "high")))
    assert after < before / 4
    brighter = denoised(noisy * 1000, layers(), "high") / 1000
    assert brighter == pytest.approx(denoised(noisy, layers(), "high"), rel=1e-3, abs=1e-4)
    assert denoised(noisy, layers(), "off") is noisy
    assert denoised(np.zeros_like(noisy), layers(), "high").max() == 0.0


def test_over_is_premultiplied():
    plate = np.full((2, 2, 3), 0.4, np.float32)
    subject = np.full((2, 2, 3), 0.3, np.float32)
    alpha = np.array([[0.0, 0.5], [1.0, 0.25]], np.float32)
    assert composite_over(subject, alpha, plate)[..., 0] == pytest.approx(0.3 + (1 - alpha) * 0.4)


def test_without_distortion_the_box_is_placed_bit_for_bit():
    camera = Camera((0, -1, 0), (0, 0, 0), 1.0)
    image = RNG.random((5, 9, 3), np.float32)
    placed = Lens.of(camera, Film(64, 36, 1.0, (10, 20, 19, 25)), 64, 36).place(image)
    assert np.array_equal(placed[20:25, 10:19], image)
    assert placed.sum() == pytest.approx(image.sum())


def test_distortion_moves_what_it_should():
    """A grid of pinhole coordinates, sent through the lens, reads r_d = r (1 + k r^2) at every output pixel."""
    camera = Camera((0, -1, 0), (0, 0, 0), 1.0, distortion_k1=-0.08)
    width, height = 160, 90
    film = whole_film(camera, width, height)
    x, y = np.meshgrid(np.arange(film.width) + 0.5, np.arange(film.height) + 0.5)
    pinhole = np.stack([(x - film.width / 2) / (width / 2), (film.height / 2 - y) / (width / 2)], -1)
    seen = Lens.of(camera, film, width, height).place(pinhole.astype(np.float32))
    bent = seen * (1 - 0.08 * (seen**2).sum(-1, keepdims=True))
    u, v = np.meshgrid((np.arange(width) + 0.5) / width * 2 - 1, (height - 2 * np.arange(height) - 1) / width)
    assert bent == pytest.approx(np.stack([u, v], -1), abs=1e-3)


def test_optional_outputs_read_back_as_what_they_stand_for():
    alpha = RNG.random((36, 64), np.float32)
    normal = RNG.normal(size=(36, 64, 3)).astype(np.float32)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    depth = RNG.uniform(0.3, 3.0, (36, 64)).astype(np.float32)
    depth[0] = 1e10
    albedo = RNG.random((36, 64, 3), np.float32)
    made = layers(alpha=alpha, world_normal=normal, depth_m=depth, albedo=albedo)
    lens = Lens.of(Camera((0, -1, 0), (0, 0, 0), 1.0), Film(64, 36, 1.0, (0, 0, 64, 36)), 64, 36)
    read = lambda name: MEMBERS[name].values(MEMBERS[name].frames(pass_frame(name, made, lens)))
    assert read("mask") == pytest.approx(alpha, abs=0.5 / 255 + 1e-6)
    assert read("albedo") == pytest.approx(albedo, abs=0.006)
    assert read("normal") == pytest.approx(normal, abs=1.1 / 1023)
    assert np.isinf(read("depth")[0]).all()
    assert 1 / read("depth")[1:] == pytest.approx(1 / depth[1:], abs=0.55 / 1023 / 0.2)
    with pytest.raises(ValueError, match="mask, albedo, normal, depth"):
        pass_frame("motion", made, lens)
