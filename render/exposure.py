"""How bright: the camera's automatic exposure, the card that sets the studio's level, and where the face is."""

from __future__ import annotations

import numpy as np

from pairs.colour import luminance, srgb_from_linear
from render.blender.view import project
from scenes.spec import Camera

# The face as an ellipsoid about the point between the eyes, in the head's axes: centre and half axes, metres.
FACE_CENTRE_M = np.array([0.0, -0.01, -0.035])
FACE_HALF_M = np.array([0.062, 0.02, 0.085])


def automatic_exposure(source_linear: np.ndarray, level: float, highlight: float) -> float:
    """The factor at which a webcam would show the whole frame `(H, W, 3)`.

    Average metering: the mean sRGB luma is `level` in (0, 1), clipping included, so bright windows in view pull the face
    down; but never so bright that the 98th percentile of linear luminance exceeds `highlight`. Bisection, to 1e-4 stops.
    A black frame gives 1.0.
    """
    luma = luminance(source_linear)
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
    bright = max(float(np.percentile(luma, 98)), 1e-12)
    return min(2.0 ** ((low + high) / 2) / mean, highlight / bright)


def face_ellipse(head: np.ndarray, camera: Camera, width: int, height: int) -> np.ndarray | None:
    """The face's outline in one frame as a closed polygon `(48, 2)` float64 of output pixels; None when behind the camera.

    `head`: `(4, 4)` head to world. The outline is that of the ellipse facing the head's own front.
    """
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring = FACE_CENTRE_M + FACE_HALF_M * np.stack([np.cos(angle), np.zeros(48), np.sin(angle)], -1)
    pixels = project(camera, ring @ head[:3, :3].T + head[:3, 3], width, height)
    return None if np.isnan(pixels).any() else pixels


def face_box(polygon: np.ndarray | None, width: int, height: int) -> list[int] | None:
    """`[x0, y0, x1, y1]` in pixels, end exclusive, clipped to the frame; None when nothing of it is inside."""
    if polygon is None:
        return None
    low, high = np.floor(polygon.min(0)), np.ceil(polygon.max(0))
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    x1, y1 = min(width, int(high[0])), min(height, int(high[1]))
    return [x0, y0, x1, y1] if x0 < x1 and y0 < y1 else None


def face_mask(polygon: np.ndarray | None, width: int, height: int) -> np.ndarray:
    """`(H, W)` bool: inside the face's outline."""
    import cv2

    mask = np.zeros((height, width), np.uint8)
    if polygon is not None:
        cv2.fillPoly(mask, [np.rint(polygon).astype(np.int32)], 1)
    return mask.astype(bool)
