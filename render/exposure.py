"""How bright: the webcam's exposure of the source, the studio's level in the target, and where the face is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.colour import srgb_from_linear
from render.camera import project
from render.config import RenderConfig
from scenes.spec import Camera, Lighting, Webcam

# The face as an ellipsoid about the point between the eyes, in the head's axes: centre and half axes, metres.
FACE_CENTRE_M = np.array([0.0, -0.01, -0.035])
FACE_HALF_M = np.array([0.062, 0.02, 0.085])
# What a fair face returns of the light that a white card returns; darker ones are metered towards it.
FAIR = 0.25


@dataclass(frozen=True)
class Exposure:
    """One number each for a lighting's whole clip: `source` multiplies the room's light (and the plate in both frames),
    `target` the studio's, which is 1 where a white card at the face shows 1. Where the room's light changes, the
    camera follows: `source_by_frame` takes the place of `source`, and `white_by_frame`, linear RGB, is its white
    balance; else both are empty."""

    source: float
    target: float
    source_by_frame: tuple[float, ...] = ()
    white_by_frame: tuple[tuple[float, float, float], ...] = ()

    def at(self, frame: int) -> np.ndarray:
        """`(3,)` float32: what the room's light is multiplied with in a frame."""
        if not self.source_by_frame:
            return np.full(3, self.source, np.float32)
        return np.float32(self.source_by_frame[frame]) * np.array(self.white_by_frame[frame], np.float32)


def frame_exposure(luma: np.ndarray, level: float) -> float:
    """The factor at which the whole frame `(H, W)`, linear luminance, has the mean sRGB luma `level` in (0, 1).

    Average metering, clipping included: bright windows in view pull the face down, as webcams do. Bisection, to 1e-4
    stops. A black frame gives 1.0.
    """
    mean = float(luma.mean())
    if mean <= 0.0:
        return 1.0
    low, high = -20.0, 20.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        if float(srgb_from_linear(luma * np.float32(2.0**middle / mean)).mean()) < level:
            low = middle
        else:
            high = middle
    return 2.0 ** ((low + high) / 2) / mean


def studio_level(card_luma: np.ndarray, face: np.ndarray, subject: np.ndarray, level: float, skin: float) -> float:
    """The factor on the studio's light. `card_luma` `(H, W)`: the lit subject, linear, in units of a white card at the
    face; `face`, `subject`: `(H, W)` bool.

    A photographer's incident metering puts the card at `level`. For a face darker than `FAIR` the level rises by the
    ratio to the power `skin`, as far as the brightest hundredth of the subject does not clip. No face: the card alone.
    """
    if not face.any() or skin == 0.0:
        return level
    reflected = max(float(card_luma[face].mean()), 1e-4)
    wanted = level * (FAIR / reflected) ** skin
    clips = 1.0 / max(float(np.percentile(card_luma[subject], 99)), 1e-4)
    return min(wanted, max(level, clips))


def webcam_of(lighting: Lighting, config: RenderConfig) -> Webcam:
    """The automatic exposure that a lighting has drawn, or else the `render` section's."""
    return lighting.webcam or Webcam(config.scene_level, config.face_weight, config.face_goal, config.face_limits)


def source_exposure(luma: np.ndarray, face: np.ndarray, face_target: float, ev: float, webcam: Webcam) -> float:
    """The camera's factor for a source frame `(H, W)`, linear luminance, plus `ev` drawn stops.

    Between the frame's exposure and the one that brings the face to `face_goal` of its luminance in the target (a mean
    of their logarithms, weight `face_weight`), within `face_limits`: so the target is never lit worse, whatever the
    skin. `face_target`: the mean linear luminance of the target's face. No face: the frame alone.
    """
    chosen = frame_exposure(luma, webcam.frame_level)
    light = float(luma[face].mean()) if face.any() else 0.0
    if light <= 0.0:
        return chosen * 2.0**ev
    at_target = face_target / light
    chosen = chosen ** (1 - webcam.face_weight) * (webcam.face_goal * at_target) ** webcam.face_weight * 2.0**ev
    low, high = webcam.face_limits
    return float(np.clip(chosen, low * at_target, high * at_target))


def face_ellipse(head: np.ndarray, camera: Camera, width: int, height: int) -> np.ndarray | None:
    """The face's outline in one frame, a closed polygon `(48, 2)` float64 of output pixels; None behind the camera.

    `head`: `(4, 4)` head to world. The outline is that of the ellipse facing the head's own front.
    """
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring = FACE_CENTRE_M + FACE_HALF_M * np.stack([np.cos(angle), np.zeros(48), np.sin(angle)], -1)
    pixels = project(camera, ring @ head[:3, :3].T + head[:3, 3], width, height)
    return None if np.isnan(pixels).any() else pixels


def face_box(polygon: np.ndarray | None, width: int, height: int) -> tuple[int, int, int, int] | None:
    """`(x0, y0, x1, y1)` in pixels, end exclusive, clipped to the frame; None when nothing of it is inside."""
    if polygon is None:
        return None
    low, high = np.floor(polygon.min(0)), np.ceil(polygon.max(0))
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(width, int(high[0])), min(height, int(high[1]))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def face_mask(polygon: np.ndarray | None, width: int, height: int) -> np.ndarray:
    """`(H, W)` bool: inside the face's outline."""
    import cv2

    mask = np.zeros((height, width), np.uint8)
    if polygon is not None:
        cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], (1,))
    return mask.astype(bool)
