"""How far a rendered picture's light is from the studio's of the same moment, in severities. numpy."""

from __future__ import annotations

import numpy as np

from core.colour import luminance
from score.learned.factors import LIGHT, TOP

DARKEST = 0.01
"""Linear light that is added before a logarithm, so that noise in the dark counts little."""
DARKEST_COLOUR = 0.002
"""The same for one channel against another, where more would pass for a cast."""
ACROSS = 12.0**0.5
"""A ramp over the face has this many standard deviations from end to end."""
STUDIO_RAMP = (1.0, 1.7)
"""Stops from one end of the face to the other under our studios: half of them lie within (lower and upper quartile of
200 drawn moments). Flatter is flat, steeper is uneven: how uneven its own studio was no picture tells."""
PER_STOP = 3.0
"""Severity of a cast of one stop."""


def light_severities(
    picture_linear: np.ndarray, studio_linear: np.ndarray, face: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """`(5,)` float32, the severities of `factors.LIGHT`, of a picture against the studio's `(H, W, 3)` linear; `face`,
    `behind` `(H, W)` in `[0, 1]`: where the face is, and what is not the person."""
    here, there = np.log2(picture_linear + DARKEST_COLOUR), np.log2(studio_linear + DARKEST_COLOUR)
    lit, wanted = (np.log2(luminance(light) + DARKEST) for light in (picture_linear, studio_linear))
    ramp = _ramp(lit, face)
    found = {
        "exposure": abs(_mean(lit - wanted, face)),
        "evenness": max(ramp - STUDIO_RAMP[1], 0.0),
        "key_fill": max(STUDIO_RAMP[0] - ramp, 0.0),
        "skin_white": PER_STOP * _cast(here - there, face),
        "background_cast": PER_STOP * _cast(here - there, behind),
    }
    return np.clip([found[name] for name in LIGHT], 0, TOP).astype(np.float32)


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return float((values * where).sum() / max(float(where.sum()), 1e-3))


def _ramp(stops: np.ndarray, where: np.ndarray) -> float:
    """The plane that lies best through values over a place: how far it rises from one end of the place to the other."""
    rows, columns = np.indices(stops.shape, np.float32)
    sides = []
    for place in (rows, columns):
        off = place - _mean(place, where)
        sides.append(off / max(ACROSS * _mean(off**2, where) ** 0.5, 1e-3))
    level = stops - _mean(stops, where)
    products = np.array([[_mean(one * other, where) for other in sides] for one in sides])
    slopes = np.linalg.lstsq(products, np.array([_mean(level * side, where) for side in sides]), rcond=None)[0]
    return float(np.hypot(*slopes))


def _cast(stops: np.ndarray, where: np.ndarray) -> float:
    """Stops `(H, W, 3)` by which red and blue moved against green, as one length."""
    red, green, blue = (_mean(stops[..., channel], where) for channel in range(3))
    return float(np.hypot(red - green, blue - green))
