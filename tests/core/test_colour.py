"""Levels of a picture."""

import numpy as np
import pytest

from core.colour import levels_from_linear, quantise, srgb_from_linear
from core.errors import WorkError


def test_nan_never_becomes_a_level():
    """Videos hold whole numbers, so NaN has to be caught where pictures become those."""
    assert quantise(np.float32([0.0, 0.5, 1.0, 7.0, np.inf])).tolist() == [0, 128, 255, 255, 255]
    for bits in (8, 10):
        with pytest.raises(WorkError, match="2 values of a picture are NaN"):
            quantise(np.float32([[0.5, np.nan], [np.nan, 1.0]]), bits)


@pytest.mark.parametrize("bits", (8, 10))
def test_levels_of_linear_light_are_those_of_the_formula(bits):
    """Over all of the range, on both sides of every step, and beyond the range; NaN of either sign is an error."""
    rng = np.random.default_rng(1)
    light = np.concatenate([rng.random(200_000) ** 3 * 1.1, 2.0 ** rng.uniform(-140, 3, 50_000), [-0.0, -1.0, np.inf]])
    light = light.astype(np.float32)
    levels = quantise(srgb_from_linear(light), bits)
    assert np.array_equal(levels_from_linear(light, bits), levels)
    assert levels_from_linear(light, bits).dtype == levels.dtype
    starts = np.sort(light)[1:][np.diff(levels[np.argsort(light)].astype(int)) > 0]
    for beside in (np.nextafter(starts, np.float32(-1)), np.nextafter(starts, np.float32(2))):
        assert np.array_equal(levels_from_linear(beside, bits), quantise(srgb_from_linear(beside), bits))
    for broken in np.array([0x7FC00000, 0xFFC00000], np.uint32).view(np.float32):
        with pytest.raises(WorkError, match="1 values of a picture are NaN"):
            levels_from_linear(np.float32([[0.5, broken]]), bits)
