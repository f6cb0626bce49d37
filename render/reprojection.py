"""Where each pixel of a frame is seen in another frame of the clip, from the subject's own points."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from render.camera import Film, project
from scenes.spec import Camera, Geometry

NEAREST_POINTS = 4
_NEAR_M = 0.001
_FRINGE_PX = 3.0


@dataclass(frozen=True, eq=False)
class SurfaceBinding:
    """Which points of the subject a frame's pixels show: `inside` `(h, w)` bool, the pixels that show it or lie beside
    it; `points` `(n, 4)` int32 and `shares` `(n, 4)` float32: for each of them in turn the subject's nearest points and
    how much each counts, summing to 1."""

    inside: np.ndarray
    points: np.ndarray
    shares: np.ndarray


class Motion:
    """Where every vertex and strand point is seen in the film's box, frame by frame."""

    def __init__(self, geometry: Geometry, camera: Camera, film: Film):
        self.geometry, self.film = geometry, film
        self.pinhole = Camera(camera.position_m, camera.look_at_m, film.hfov_rad, camera.roll_rad)
        self.tree = cKDTree(self._points(0))
        self.seen: dict[int, np.ndarray] = {}

    def _points(self, frame: int) -> np.ndarray:
        meshes = [mesh.vertices[frame % len(mesh.vertices)] for mesh in self.geometry.meshes]
        return np.concatenate([*meshes, *(group.placed(frame).reshape(-1, 3) for group in self.geometry.strands)])

    def pixels(self, frame: int) -> np.ndarray:
        """`(P, 2)` float32: every point in pixels of the film's box, whole numbers at pixel centres."""
        if frame not in self.seen:
            film = self.film
            seen = project(self.pinhole, self._points(frame), film.width, film.height, distorted=False)
            self.seen[frame] = np.nan_to_num(seen - 0.5 - film.box[:2]).astype(np.float32)
        return self.seen[frame]

    def keep_only(self, keep: range) -> None:
        """Let go of every frame's pixels but these."""
        self.seen = {frame: pixels for frame, pixels in self.seen.items() if frame in keep}

    def bind(self, rest: np.ndarray) -> SurfaceBinding:
        """`rest` `(h, w, 4)`: where what a pixel shows stood in frame 0, times how often it was seen, and that number.

        Pixels up to three beside the subject go with the nearest that shows it.
        """
        seen = rest[..., 3] > 0
        if not seen.any():
            none = np.empty((0, NEAREST_POINTS))
            return SurfaceBinding(seen, none.astype(np.int32), none.astype(np.float32))
        distance, points = self.tree.query(rest[seen][:, :3] / rest[seen][:, 3:], k=NEAREST_POINTS)
        shares = 1 / (distance**2 + _NEAR_M**2)
        shares = (shares / shares.sum(-1, keepdims=True)).astype(np.float32)
        away, labels = cv2.distanceTransformWithLabels(
            (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        order = np.empty(labels.max() + 1, np.int32)
        order[labels[seen]] = np.arange(len(points))
        inside = away <= _FRINGE_PX
        rows = order[labels[inside]]
        return SurfaceBinding(inside, points[rows].astype(np.int32), shares[rows])

    def flow(self, binding: SurfaceBinding, frame: int, other: int) -> np.ndarray:
        """`(h, w, 2)` float32: how far, in pixels right and down, what a pixel of `frame` shows is moved in `other`."""
        out = np.zeros((*binding.inside.shape, 2), np.float32)
        out[binding.inside] = self.moved(binding, frame, other)
        return out

    def moved(self, binding: SurfaceBinding, frame: int, other: int) -> np.ndarray:
        """`(n, 2)`: the same of the pixels inside, one after the other."""
        moved = (self.pixels(other) - self.pixels(frame))[binding.points]
        return np.asarray((moved * binding.shares[..., None]).sum(1))
