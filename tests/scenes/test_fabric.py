"""Patterns: one repeat shows the drawn share of the second colour in the drawn direction, and tiles without a seam."""

from __future__ import annotations

import numpy as np

from core.colour import linear_from_srgb
from core.rng import rng_for
from scenes.clothes.fabric import draw_pattern, paint_pattern
from scenes.config import PeopleConfig

PLAIN, OTHER = [0.1, 0.1, 0.1], [0.5, 0.5, 0.5]


def record(**changes):
    base = {"style": "stripes", "upright": True, "size_m": 0.02, "share": 0.25, "strength": 1.0, "other_linear": OTHER}
    return {**base, **changes}


def test_a_stripe_covers_its_share_and_runs_its_way() -> None:
    for upright in (True, False):
        image = linear_from_srgb(paint_pattern(record(upright=upright), PLAIN) / 255.0)[..., 0]
        assert abs(np.mean((image - 0.1) / 0.4) - 0.25) < 0.02
        assert np.ptp(image, axis=0 if upright else 1).max() < 1e-6


def test_a_check_is_strongest_where_its_bands_cross() -> None:
    image = linear_from_srgb(paint_pattern(record(style="checks"), PLAIN) / 255.0)[..., 0]
    middle, edge = image[64, 64], image[0, 64]
    assert abs(middle - 0.5) < 0.01 and abs(edge - 0.3) < 0.01 and abs(image[0, 0] - 0.1) < 0.01


def test_opposite_edges_meet() -> None:
    image = paint_pattern(record(style="checks"), PLAIN).astype(int)
    assert np.abs(image[0] - image[-1]).max() <= 1 and np.abs(image[:, 0] - image[:, -1]).max() <= 1


def test_only_some_garments_are_patterned() -> None:
    drawn = [draw_pattern(PeopleConfig(), "shirt", PLAIN, rng_for(1, i, "pattern")) for i in range(200)]
    assert 0.35 < np.mean([pattern is not None for pattern in drawn]) < 0.55
    assert all(draw_pattern(PeopleConfig(), "hoodie", PLAIN, rng_for(1, i, "pattern")) is None for i in range(20))
