"""Levels of a picture."""

import numpy as np
import pytest

from core.colour import quantise
from core.errors import WorkError


def test_nan_never_becomes_a_level():
    """Videos hold whole numbers, so NaN has to be caught where pictures become those."""
    assert quantise(np.float32([0.0, 0.5, 1.0, 7.0, np.inf])).tolist() == [0, 128, 255, 255, 255]
    for bits in (8, 10):
        with pytest.raises(WorkError, match="2 values of a picture are NaN"):
            quantise(np.float32([[0.5, np.nan], [np.nan, 1.0]]), bits)
