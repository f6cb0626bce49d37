"""What is read back of a trace: rounded so that the renderer's last bits do not matter."""

from __future__ import annotations

import numpy as np

from pairs.rng import rng_for
from render.layers import settled


def test_settled_values_are_near_and_exact_numbers_stay() -> None:
    values = rng_for(1, "values", "test").standard_normal((40, 50, 3)).astype(np.float32) * np.float32(300)
    assert np.abs(settled(values) / values - 1).max() < 2**-14 * 1.001
    exact = np.float32([[0.0, 1.0, -1.0], [0.5, 2.0**20, -0.25]])
    assert np.array_equal(settled(exact), exact)
    assert np.isinf(settled(np.float32([np.inf]))[0])


def test_the_last_bits_hardly_ever_matter() -> None:
    """One part in ten million more: of 100,000 values fewer than 300 are rounded otherwise."""
    values = rng_for(2, "values", "test").random(100_000, np.float32) + np.float32(0.01)
    assert not np.array_equal(values, values * np.float32(1 + 2e-7))
    assert (settled(values) != settled(values * np.float32(1 + 2e-7))).sum() < 300
