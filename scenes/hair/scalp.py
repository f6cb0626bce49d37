"""Where hair grows on a head: landmarks of the skull and the hairline, soft as grown hairlines are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.body.body import Body
from scenes.body.eyes import eye_ball
from scenes.body.landmarks import AVERAGE_EYES_HAIR_M, head_scale
from scenes.person_record import Hair

# Degrees of elevation above the skull's centre at which hair begins, by azimuth from the front; then how far the line
# of an ageing man steps back there (the corners most).
_AZIMUTH = [0, 14, 26, 38, 48, 57, 66, 75, 82, 92, 104, 118, 140, 180]
_LINE = [26.5, 26.5, 27.5, 29, 25, 17, 7, -6, -16, 4, -4, -26, -38, -42]
_RECEDE = [0.7, 0.75, 1.1, 1.5, 1.3, 0.6, 0.2, 0, 0, 0, 0, 0, 0, 0]
_SOFT_DEG = 4.0


@dataclass(frozen=True, eq=False)
class Skull:
    """Landmarks of one head in the seated rest: directions for everything that grows on it."""

    centre: np.ndarray
    eyes: np.ndarray
    unit_m: float
    top: float

    @staticmethod
    def of(body: Body) -> Skull:
        left, _ = eye_ball(body, "left")
        right, _ = eye_ball(body, "right")
        eyes = (left + right) / 2
        scale = head_scale(body, AVERAGE_EYES_HAIR_M)
        skin = body.rest[body.part("body")]
        crown = skin[skin[:, 2] > eyes[2] + 0.02 * scale]
        middle = (crown[:, 1].min() + crown[:, 1].max()) / 2
        return Skull(np.array([0.0, middle + 0.005, eyes[2] + 0.018 * scale]), eyes, scale, float(crown[:, 2].max()))

    def angles(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Azimuth from the front `[0, 180]` and elevation, in degrees, seen from the skull's centre."""
        d = points - self.centre
        azimuth = np.arctan2(np.abs(d[:, 0]), -d[:, 1])
        return np.degrees(azimuth), np.degrees(np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1])))


def above_line(points: np.ndarray, skull: Skull, hair: Hair) -> np.ndarray:
    """`(N,)` degrees by which places on the head lie above the hairline, negative below it."""
    azimuth, elevation = skull.angles(points)
    line = np.interp(azimuth, _AZIMUTH, np.array(_LINE) + np.array(_RECEDE) * hair.recede_deg)
    # No hairline is drawn with a compass.
    x = (points[:, 0] - skull.centre[0]) / skull.unit_m
    return elevation - line - 0.8 * np.sin(310 * x + 7 * hair.part_side) - 0.5 * np.sin(730 * x + 3)


def hairline(points: np.ndarray, skull: Skull, hair: Hair, bald: bool) -> np.ndarray:
    """`(N,)` in [0, 1]: how densely hair grows at places on the head, by the hairline alone; `bald` leaves a fringe."""
    density = np.clip(above_line(points, skull, hair) / _SOFT_DEG + 0.35, 0, 1)
    if bald:
        azimuth, elevation = skull.angles(points)
        density = density * np.clip((42 - elevation) / 14, 0, 1) * np.clip((azimuth - 54) / 16, 0, 1)
    return density


def scalp_density(body: Body, skull: Skull, hair: Hair, bald: bool) -> np.ndarray:
    """`(V,)` in [0, 1]: where scalp hair grows; soft at the hairline."""
    model = body.model
    density = hairline(body.rest, skull, hair, bald)
    near = [i for i, b in enumerate(model.bones) if b.startswith(("head", "neck", "special", "temporalis", "oculi"))]
    density *= np.clip(model.weights[:, near].sum(1) * 2 - 0.4, 0, 1)
    density *= 1 - np.clip(model.masks["ears"] * 2, 0, 1)
    shown = np.zeros(len(density), bool)
    shown[body.part("body")] = True
    return np.where(shown, density, 0).astype(np.float32)
