"""How far a rendered picture's light is from the studio's of the same moment, in severities. numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.colour import luminance
from score.learned.factors import LIGHT, TOP

DARKEST = 0.01
"""Linear light that is added before a logarithm, so that noise in the dark counts little."""
DARKEST_COLOUR = 0.002
"""The same for one channel against another, where more would pass for a cast."""
ACROSS = 12.0**0.5
"""A ramp over the face has this many standard deviations from end to end."""
STUDIO_RAMP = (0.8, 2.0)
"""Stops from one end of the face to the other under our studios: eight of ten lie within. Flatter is flat, steeper is
uneven: how uneven its own studio was no picture tells."""
FLAT_PER_STOP = 2.5
"""Severity of light that changes by one stop less than flat light begins at: there is but that one stop to lose."""
PER_STOP = 3.0
"""Severity of a cast of one stop."""


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane that lies best through values over a place: `rise` from one end of it to the other, down and across,
    about its `middle`, row and column; `span`: how many pixels that is."""

    rise: np.ndarray
    middle: np.ndarray
    span: np.ndarray

    def over(self, shape: tuple[int, ...], reach: float) -> np.ndarray:
        """`(H, W)` float32: its values, 0 in the middle, going on to `reach` spans from there and level beyond."""
        sides = [
            rise * np.clip((np.arange(count, dtype=np.float32) - middle) / span, -reach, reach)
            for rise, middle, span, count in zip(self.rise, self.middle, self.span, shape, strict=True)
        ]
        return np.asarray(sides[0][:, None] + sides[1][None], np.float32)


def light_severities(
    picture_linear: np.ndarray, studio_linear: np.ndarray, face: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """`(5,)` float32, the severities of `factors.LIGHT`, of a picture against the studio's `(H, W, 3)` linear; `face`,
    `behind` `(H, W)` in `[0, 1]`: where the face is, and what is not the person."""
    here, there = np.log2(picture_linear + DARKEST_COLOUR), np.log2(studio_linear + DARKEST_COLOUR)
    lit, wanted = (np.log2(luminance(light) + DARKEST) for light in (picture_linear, studio_linear))
    ramp = float(np.hypot(*plane_of(lit, face).rise))
    found = {
        "exposure": abs(_mean(lit - wanted, face)),
        "evenness": max(ramp - STUDIO_RAMP[1], 0.0),
        "key_fill": FLAT_PER_STOP * max(STUDIO_RAMP[0] - ramp, 0.0),
        "skin_white": PER_STOP * cast_of(here - there, face),
        "background_cast": PER_STOP * cast_of(here - there, behind),
    }
    return np.clip([found[name] for name in LIGHT], 0, TOP).astype(np.float32)


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return float((values * where).sum() / max(float(where.sum()), 1e-3))


def plane_of(stops: np.ndarray, where: np.ndarray) -> Plane:
    """The plane through `stops` `(H, W)` over a place, `where` `(H, W)` in `[0, 1]`."""
    offs, middle, span = [], [], []
    for place in np.indices(stops.shape, np.float32):
        middle.append(_mean(place, where))
        span.append(max(ACROSS * _mean((place - middle[-1]) ** 2, where) ** 0.5, 1e-3))
        offs.append((place - middle[-1]) / span[-1])
    level = stops - _mean(stops, where)
    products = np.array([[_mean(one * other, where) for other in offs] for one in offs])
    rise = np.linalg.lstsq(products, np.array([_mean(level * off, where) for off in offs]), rcond=None)[0]
    return Plane(rise, np.array(middle), np.array(span))


def cast_of(stops: np.ndarray, where: np.ndarray) -> float:
    """Stops `(H, W, 3)` by which red and blue moved against green, as one length."""
    red, green, blue = (_mean(stops[..., channel], where) for channel in range(3))
    return float(np.hypot(red - green, blue - green))
