"""A still shown as some frames of a video: the person sways, now and then the camera as well, by parts of pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pairs.dataset import Clip

QUIET, SHAKEN, NEARER = 0.35, 0.25, 0.75
"""Shares of clips in which nothing moves, in which the camera moves as well, and that are seen from nearer, as a larger
picture shows fewer details a pixel."""
FASTEST_PX, CAMERA_PX, NEAREST = 2.5, 1.0, 2.0
"""Most that a person, and half of what a camera, moves from frame to frame; most that a picture is enlarged."""
_NO_MAP = np.empty(0, np.float32)  # for OpenCV: both coordinates are in the first map


@dataclass(frozen=True, eq=False)
class Sway:
    """Where the person and the camera are in each frame, `(T, 2)` pixels across and down, and how near: 1 or more,
    about `middle` (shares of width and height)."""

    person: np.ndarray
    camera: np.ndarray
    nearer: float
    middle: tuple[float, float]

    @classmethod
    def draw(cls, count: int, rng: np.random.Generator) -> Sway:
        """Of a clip of `count` frames; begins in place."""
        quiet, shaken, nearer = rng.random(3)
        speed, turn = FASTEST_PX * rng.random() ** 2 * (quiet >= QUIET), 2 * np.pi * rng.random()
        steps = speed * (np.array([np.cos(turn), np.sin(turn)]) + 0.3 * rng.standard_normal((count, 2)))
        shake = CAMERA_PX * rng.random() * (shaken < SHAKEN) * (quiet >= QUIET) * rng.standard_normal((count, 2))
        nearer = 1 + (NEAREST - 1) * max(0.0, 1 - nearer / NEARER)
        middle = (float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.25, 0.6)))
        from_start = lambda moves: np.cumsum(np.concatenate([np.zeros((1, 2)), moves[1:]]), 0)
        return cls(from_start(steps), from_start(shake), nearer, middle)

    def apply(self, clip: Clip) -> Clip:
        """A clip of one frame -> of as many as were drawn; what is behind the person gives way at the edge."""
        height, width = clip.source.shape[1:3]
        mask = np.zeros((height, width), np.uint8) if clip.mask is None else clip.mask[0].reshape(height, width)
        share = cv2.GaussianBlur(mask, (0, 0), 3).astype(np.float32)[..., None] / 255
        spots = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
        middle = np.array(self.middle, np.float32) * np.array([width, height], np.float32)
        spots = ((spots - middle) / self.nearer + middle).astype(np.float32)
        nearer = np.asarray(cv2.remap(share, spots, _NO_MAP, cv2.INTER_LINEAR), np.float32)[..., None]
        paths = [
            (spots - camera - nearer * person).astype(np.float32)
            for person, camera in zip(self.person, self.camera, strict=True)
        ]

        def moved(picture: np.ndarray, limit: int) -> np.ndarray:
            how, edge = cv2.INTER_LANCZOS4, cv2.BORDER_REFLECT
            seen = [cv2.remap(picture, path, _NO_MAP, how, borderMode=edge) for path in paths]
            return np.minimum(np.stack(seen), limit)

        return replace(
            clip,
            source=moved(clip.source[0], 1023 if clip.source.dtype == np.uint16 else 255),
            target=moved(clip.target[0], 255),
            mask=None if clip.mask is None else moved(mask, 255).reshape(len(paths), *clip.mask.shape[1:]),
        )
