"""A well-lit person as a bad room would light them, in linear light: the original is then the answer.

Nothing is drawn at random: each kind is one formula, so that everybody measures on the same pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from core.colour import levels_from_linear, linear_from_srgb, luminance
from core.errors import InputError
from core.levels import inside

_LINEAR_OF_LEVEL = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)


@dataclass(frozen=True)
class Darkening:
    """What happens to light. `stops` on the person, and `ramp_stops` more from the left edge of the face to its right;
    `warm_stops` red up and blue down; `room_stops` on all that is not the person; `glare`: share of the room's mean
    luminance that lies over everything as a veil, as in a lens that looks into a window."""

    stops: float
    ramp_stops: float = 0.0
    warm_stops: float = 0.0
    room_stops: float = 0.0
    glare: float = 0.0


DARKENINGS = {
    "dark": Darkening(stops=-1.7),
    "side": Darkening(stops=-1.2, ramp_stops=1.6),
    "warm": Darkening(stops=-1.2, ramp_stops=0.6, warm_stops=0.35),
    "backlit": Darkening(stops=-1.5, room_stops=1.0, glare=0.04),
}


def darkened(frame: np.ndarray, person: np.ndarray, span: tuple[float, float], how: Darkening) -> np.ndarray:
    """`frame` `(H, W, 3)` uint8 sRGB with the person under worse light -> the same, uint8.

    `person` `(H, W)` uint8, coverage 0-255; `span`: the columns of the face's left and right edge, in pixels. A pixel's
    linear light is multiplied by 2^(stops + ramp (x - 1/2)), x from 0 to 1 over the span and held within -1/2 and 3/2,
    the channels by 2^(warm (1, 0, -1)) as well, as far as the person covers it; the rest gets 2^room.
    """
    if person.shape != frame.shape[:2] or person.dtype != np.uint8:
        raise InputError(f"person: expected uint8 {frame.shape[:2]}, got {person.dtype} {person.shape}")
    left, right = span
    across = (np.arange(frame.shape[1], dtype=np.float32) + 0.5 - left) / max(right - left, 1.0)
    stops = how.stops + how.ramp_stops * (np.clip(across, -0.5, 1.5) - 0.5)
    gain = np.exp2(stops[:, None] + how.warm_stops * np.array([1, 0, -1], np.float32)).astype(np.float32)
    share = person.astype(np.float32)[..., None] / 255
    linear = _LINEAR_OF_LEVEL[frame]
    light = linear * (share * gain + (1 - share) * np.float32(2**how.room_stops))
    if how.glare:
        room = 1 - share[..., 0]
        light += how.glare * float((luminance(np.minimum(light, 1)) * room).sum() / max(room.sum(), 1.0))
    return levels_from_linear(light)


def darkened_clip(
    frames: Iterable[np.ndarray], people: Iterable[np.ndarray], faces: Iterable[np.ndarray], how: Darkening
) -> Iterator[np.ndarray]:
    """Frame after frame; `faces` `(H, W)` bool or uint8 say where the face is. A frame without one takes the columns of
    the last, or of the person at first."""
    last: tuple[float, float] | None = None
    for frame, person, face in zip(frames, people, faces, strict=True):
        last = span_of(face) or last
        yield darkened(frame, person, last or span_of(inside(person)) or (0.0, float(frame.shape[1])), how)


def span_of(face: np.ndarray) -> tuple[float, float] | None:
    """The columns of a map's left and right edge in pixels, or None where it is empty."""
    columns = np.flatnonzero(face.any(axis=0))
    return (float(columns[0]), float(columns[-1] + 1)) if len(columns) else None
