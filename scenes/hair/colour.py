"""The colour of hair where no strand is told from the next."""

from __future__ import annotations

import numpy as np

from scenes.clothes.record import Color
from scenes.person_record import Hair
from scenes.records import triple


def hair_linear(hair: Hair) -> Color:
    """Linear colour of hair seen as a mass, greying included, for what is painted under strands."""
    light, red, grey = (1 - hair.melanin) ** 2, hair.redness, hair.grey
    own = np.array([0.012 + 0.35 * light, 0.008 + (0.26 - 0.1 * red) * light, 0.006 + (0.18 - 0.12 * red) * light])
    return triple(own * (1 - grey) + grey * np.array([0.24, 0.23, 0.22]))
