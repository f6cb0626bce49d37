"""What is measured of a real clip: the face, light, colour cast, noise, sharpness, what is clipped, frames lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from core.colour import REC709_LUMA, linear_from_srgb

BRIGHT, DARK = 253, 2
"""Levels from which, and down to which, a channel counts as clipped."""
MEDIANS = (
    *("face_height", "face_luma", "face_clipped_bright", "face_sharpness"),
    *("frame_luma", "noise_levels", "cast_red_stops", "cast_blue_stops", "clipped_bright", "clipped_dark"),
)
FLAT = 0.1
"""Share of the pixels, those with the weakest edges, on which noise is measured."""
_LINEAR_OF_LEVEL = linear_from_srgb(np.arange(256, dtype=np.float32) / 255)
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


class ClipFacts:
    """Facts of a clip that arrives frame by frame: `add` each, then `result()`. Pictures are measured at every
    `every`-th frame, where the face is at all."""

    def __init__(self, every: int = 5):
        self.every = every
        self.frames = 0
        self.boxes: list[list[int] | None] = []
        self._lists: dict[str, list[float]] = {}
        self._most_faces = 0

    def add(self, frame: np.ndarray, face: np.ndarray, landmarks: np.ndarray | None, faces: int | None = None) -> None:
        """`frame` `(H, W, 3)` uint8 sRGB, `face` `(H, W)` bool, `landmarks` `(468, 2)` pixels or None; `faces`: how
        many were counted in this frame, if they were."""
        self.boxes.append(None if landmarks is None else box_of(landmarks, *frame.shape[:2]))
        self._most_faces = max(self._most_faces, faces or 0)
        if landmarks is not None:
            self._put("face_height", float(np.ptp(landmarks[:, 1])) / frame.shape[0])
        self.frames += 1
        if (self.frames - 1) % self.every:
            return
        luma = frame.astype(np.float32) @ REC709_LUMA
        self._put("frame_luma", float(luma.mean()))
        self._put("noise_levels", noise_of(luma))
        red, blue = cast_of(frame)
        self._put("cast_red_stops", red)
        self._put("cast_blue_stops", blue)
        self._put("clipped_bright", float((frame >= BRIGHT).all(-1).mean()))
        self._put("clipped_dark", float((frame <= DARK).all(-1).mean()))
        if face.any():
            self._put("face_luma", float(luma[face].mean()))
            self._put("face_clipped_bright", float((frame[face] >= BRIGHT).any(-1).mean()))
            self._put("face_sharpness", sharpness_of(luma, face))

    def result(self, times_s: Sequence[float], fps: float) -> dict[str, Any]:
        """All facts, always the same names: medians over frames; those of a face are 0 where no frame shows one, as
        `face_found` is then. `times_s`: of the frames, rising."""
        found = {name: round(float(np.median(values)), 6) for name, values in self._lists.items()}
        return {
            **{name: found.get(name, 0.0) for name in MEDIANS},
            "face_found": round(sum(box is not None for box in self.boxes) / max(1, self.frames), 6),
            "faces": self._most_faces,
            "lost_frames": lost_frames(times_s, fps),
        }

    def _put(self, name: str, value: float) -> None:
        if math.isfinite(value):
            self._lists.setdefault(name, []).append(value)


def box_of(landmarks: np.ndarray, height: int, width: int) -> list[int] | None:
    """`[x0, y0, x1, y1]` around the landmarks in whole pixels within the frame, end exclusive; None if outside."""
    x0, y0 = np.floor(landmarks.min(0)).astype(int)
    x1, y1 = np.ceil(landmarks.max(0)).astype(int)
    box = [max(0, int(x0)), max(0, int(y0)), min(width, int(x1)), min(height, int(y1))]
    return box if box[0] < box[2] and box[1] < box[3] else None


def noise_of(luma: np.ndarray) -> float:
    """Standard deviation of the noise in `luma` `(H, W)` float32, in its levels, on its flattest places.

    The Laplacian of a Laplacian after Immerkaer ("Fast noise variance estimation", CVIU 1996): blind to planes and
    edges along the axes, 36 times the noise's variance. Video coding takes noise away, so a stream's is small.
    """
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, _NOISE_KERNEL))[1:-1, 1:-1]
    soft = cv2.GaussianBlur(luma, (0, 0), 2)
    edge = cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))[1:-1, 1:-1]
    flat = edge <= np.quantile(edge, FLAT)
    return float(math.sqrt(math.pi / 2) * response[flat].mean() / 6)


def sharpness_of(luma: np.ndarray, inside: np.ndarray) -> float:
    """How sharp the lines of a face are, 0 to about 1: the part of its local contrast that is finer than 1.5 pixels of
    a face 128 pixels wide. Independent of contrast and brightness; noise counts as sharp."""
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    cut = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = (128, max(8, round(128 * (rows[-1] + 1 - rows[0]) / (columns[-1] + 1 - columns[0]))))
    shrink = columns[-1] + 1 - columns[0] > side[0]
    face = cv2.resize(luma[cut], side, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
    within = cv2.resize(inside[cut].astype(np.uint8), side, interpolation=cv2.INTER_NEAREST) > 0
    local = (face - cv2.GaussianBlur(face, (0, 0), 6))[within]
    fine = (face - cv2.GaussianBlur(face, (0, 0), 1.5))[within]
    return float(fine.std() / max(float(local.std()), 1e-6))


def cast_of(frame: np.ndarray) -> tuple[float, float]:
    """The light's colour cast in stops, red and blue over green: shades of grey (Finlayson and Trezzi 2004, Minkowski
    norm 6) of linear light; 0, 0 for white light."""
    small = cv2.resize(frame, (96, 54), interpolation=cv2.INTER_AREA)
    strong = ((_LINEAR_OF_LEVEL[small].reshape(-1, 3).astype(np.float64) ** 6).mean(0)) ** (1 / 6)
    red, green, blue = np.maximum(strong, 1e-4)
    return float(np.log2(red / green)), float(np.log2(blue / green))


def lost_frames(times_s: Sequence[float], fps: float) -> int:
    """How many frames are missing between those that came, by their times."""
    gaps = np.diff(np.asarray(times_s, np.float64)) * fps
    return int(np.maximum(np.rint(gaps) - 1, 0).sum())
