"""Patterns: one repeat shows the drawn share of the second colour in the drawn direction, and tiles without a seam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.colour import linear_from_srgb
from core.rng import rng_for
from scenes.clothes.draw import draw_pattern, draw_print
from scenes.clothes.fabric import paint_pattern
from scenes.clothes.record import Pattern
from scenes.config import PeopleConfig, ScenesConfig
from scenes.draw import draw_scene

PLAIN = (0.1, 0.1, 0.1)
STRIPES = Pattern("stripes", upright=True, size_m=0.02, share=0.25, strength=1.0, other_linear=(0.5, 0.5, 0.5))


def painted(style: str, upright: bool = True) -> np.ndarray:
    return paint_pattern(replace(STRIPES, style=style, upright=upright), PLAIN, rng_for(1, style, "paint"))


def test_a_stripe_covers_its_share_and_runs_its_way() -> None:
    for upright in (True, False):
        image = linear_from_srgb(painted("stripes", upright) / 255.0)[..., 0]
        assert abs(np.mean((image - 0.1) / 0.4) - 0.25) < 0.02
        assert np.ptp(image, axis=0 if upright else 1).max() < 1e-6


def test_a_check_is_strongest_where_its_bands_cross() -> None:
    image = linear_from_srgb(painted("checks") / 255.0)[..., 0]
    middle, edge = image[64, 64], image[0, 64]
    assert abs(middle - 0.5) < 0.01 and abs(edge - 0.3) < 0.01 and abs(image[0, 0] - 0.1) < 0.01


def test_opposite_edges_meet() -> None:
    image = painted("checks").astype(int)
    assert np.abs(image[0] - image[-1]).max() <= 1 and np.abs(image[:, 0] - image[:, -1]).max() <= 1


def test_a_print_shows_its_colors_on_the_cloth() -> None:
    red, green = (0.5, 0.02, 0.02), (0.02, 0.5, 0.02)
    for style in ("dots", "blobs", "batik", "emblem"):
        print_ = replace(STRIPES, style=style, share=0.4, other_linear=red, third_linear=green)
        image = paint_pattern(print_, PLAIN, rng_for(3, style, "paint")).astype(int)
        linear = linear_from_srgb(image / 255.0)
        near = lambda color, linear=linear: np.mean(np.abs(linear - np.array(color)).max(-1) < 0.02)
        assert near(PLAIN) > 0.2 and near(red) > 0.003 and near(green) > 0.001
        if style in ("dots", "blobs", "batik"):
            assert 0.15 < 1 - near(PLAIN) < 0.65
        # What lies over one edge of a repeat goes on at the other.
        inner = np.abs(np.diff(image, axis=1)).sum(-1).mean(0)
        assert np.abs(image[:, 0] - image[:, -1]).sum(-1).mean() <= 1.5 * inner.max() + 1


def test_some_garments_are_dyed_and_printed_and_patterned_ones_keep_their_pattern() -> None:
    people = PeopleConfig()
    plain = draw_scene(ScenesConfig(), 1, 0).person.clothing
    plain = replace(plain, kind="t_shirt", pattern=None)
    drawn = [draw_print(plain, people.garments, people.fabric, rng_for(1, i, "print")) for i in range(300)]
    assert 0.3 < np.mean([one.pattern is not None for one in drawn]) < 0.5
    assert 0.08 < np.mean([one.color_linear != plain.color_linear for one in drawn]) < 0.25
    striped = replace(plain, pattern=STRIPES)
    assert draw_print(striped, people.garments, people.fabric, rng_for(1, 1, "print")).pattern == STRIPES


def test_only_some_garments_are_patterned() -> None:
    people = PeopleConfig()
    clothing = draw_scene(ScenesConfig(), 1, 0).person.clothing
    drawn = lambda kind, i: draw_pattern(
        replace(clothing, kind=kind), people.garments, people.fabric, rng_for(1, i, "pattern")
    )
    assert 0.35 < np.mean([drawn("shirt", i) is not None for i in range(200)]) < 0.55
    assert all(drawn("hoodie", i) is None for i in range(20))
