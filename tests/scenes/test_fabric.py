"""Patterns: one repeat shows the drawn share of the second colour in the drawn direction, and tiles without a seam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.colour import linear_from_srgb
from core.rng import rng_for
from scenes.clothes.draw import draw_pattern
from scenes.clothes.fabric import paint_pattern
from scenes.clothes.record import Pattern
from scenes.config import PeopleConfig, ScenesConfig
from scenes.draw import draw_scene

PLAIN = (0.1, 0.1, 0.1)
STRIPES = Pattern("stripes", upright=True, size_m=0.02, share=0.25, strength=1.0, other_linear=(0.5, 0.5, 0.5))


def test_a_stripe_covers_its_share_and_runs_its_way() -> None:
    for upright in (True, False):
        image = linear_from_srgb(paint_pattern(replace(STRIPES, upright=upright), PLAIN) / 255.0)[..., 0]
        assert abs(np.mean((image - 0.1) / 0.4) - 0.25) < 0.02
        assert np.ptp(image, axis=0 if upright else 1).max() < 1e-6


def test_a_check_is_strongest_where_its_bands_cross() -> None:
    image = linear_from_srgb(paint_pattern(replace(STRIPES, style="checks"), PLAIN) / 255.0)[..., 0]
    middle, edge = image[64, 64], image[0, 64]
    assert abs(middle - 0.5) < 0.01 and abs(edge - 0.3) < 0.01 and abs(image[0, 0] - 0.1) < 0.01


def test_opposite_edges_meet() -> None:
    image = paint_pattern(replace(STRIPES, style="checks"), PLAIN).astype(int)
    assert np.abs(image[0] - image[-1]).max() <= 1 and np.abs(image[:, 0] - image[:, -1]).max() <= 1


def test_only_some_garments_are_patterned() -> None:
    people = PeopleConfig()
    clothing = draw_scene(ScenesConfig(), 1, 0).person.clothing
    drawn = lambda kind, i: draw_pattern(
        replace(clothing, kind=kind), people.garments, people.fabric, rng_for(1, i, "pattern")
    )
    assert 0.35 < np.mean([drawn("shirt", i) is not None for i in range(200)]) < 0.55
    assert all(drawn("hoodie", i) is None for i in range(20))
