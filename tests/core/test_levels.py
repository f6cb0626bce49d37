"""Levels: every 10-bit level becomes the 8-bit level of the nearest brightness."""

import numpy as np

from core.levels import eight_bit, inside


def test_every_level_is_rounded_to_nearest():
    levels = np.arange(1024, dtype=np.uint16)
    assert eight_bit(levels).dtype == np.uint8
    assert (eight_bit(levels) == np.rint(levels * (255 / 1023))).all()


def test_eight_bits_come_back_as_they_are():
    levels = np.arange(256, dtype=np.uint8)
    assert eight_bit(levels) is levels


def test_a_pixel_is_inside_when_more_than_half_of_it_is():
    assert inside(np.array([0, 127, 128, 255], np.uint8)).tolist() == [False, False, True, True]
