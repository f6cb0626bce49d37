"""Measures of one head: where its eyes stand, and the scale of all that is given for a head of average size."""

from __future__ import annotations

from scenes.body.body import Body
from scenes.body.eyes import eye_ball

AVERAGE_EYES_M = 0.063
"""The distance of the eyes on a head of average size, on which lengths of faces and things worn are given."""
AVERAGE_EYES_HAIR_M = 0.0632
"""The same for skull and hair, whose measures were found on a head a little wider."""


def head_scale(body: Body, average_m: float = AVERAGE_EYES_M) -> float:
    """How large a head is: one where its eyes are `average_m` metres apart."""
    left, right = (eye_ball(body, side)[0] for side in ("left", "right"))
    return float(left[0] - right[0]) / average_m
