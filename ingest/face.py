"""Where the face is: boxes by a detector, 468 landmarks by a network that follows the face from frame to frame.

Both networks are MediaPipe's. The detector (BlazeFace, Bazarevsky et al. 2019, short range) sees the frame within
128x128 and finds faces up to some two metres away; the landmark network (Kartynnik et al. 2019) sees the face upright
within 192x192. While the face is seen, the next frame's place comes from the last one's landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np

from ingest.networks import run_network

DETECTOR_SIDE, LANDMARK_SIDE = 128, 192
SCORE, OVERLAP, PRESENCE = 0.5, 0.3, 0.5
WIDENED = 1.5
"""By how much the landmark network's view is larger than the face's box."""
MOST_STEPS, AT_REST = 4, 0.05
LOOK_CLOSER_EVERY = 10
"""Frames without a face between two closer looks, which take up to 20 times as long."""
MOST_LINES = 720
"""Larger frames are shrunk for the networks, so that neither sees single pixels far apart."""
RIGHT_EYE, LEFT_EYE = 33, 263
"""Landmarks at the outer corners, which tell how the face is turned."""


@dataclass(frozen=True)
class FaceBox:
    """A face found: `left`, `top`, `width`, `height` in pixels, `score` 0-1, `points` `(6, 2)` float32 pixels: right
    eye, left eye, nose, mouth, right ear, left ear (the person's own right)."""

    left: float
    top: float
    width: float
    height: float
    score: float
    points: np.ndarray

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class View:
    """A square of the frame that the landmark network looks at: middle and side in pixels, turned by `angle_rad`."""

    x: float
    y: float
    side: float
    angle_rad: float

    def to_network(self) -> np.ndarray:
        """Affine `(2, 3)` from pixels of the frame to pixels of 192x192."""
        scale = LANDMARK_SIDE / self.side
        turn = np.array(
            [[np.cos(self.angle_rad), np.sin(self.angle_rad)], [-np.sin(self.angle_rad), np.cos(self.angle_rad)]]
        )
        middle = np.array([self.x, self.y])
        return np.hstack([scale * turn, (LANDMARK_SIDE / 2 - scale * turn @ middle)[:, None]])


def detect_faces(frame: np.ndarray) -> list[FaceBox]:
    """Faces in `frame` `(H, W, 3)` uint8 sRGB, largest first. Boxes that overlap are averaged, weighted by score.

    The detector sees faces of a seventh of what it looks at and more; where the whole frame shows none, it looks at
    squares of the frame's shorter side, then of half of it.
    """
    small, shrunk = _shrunk(frame)
    found = next((faces for faces in _looks(small) if faces), [])
    return [_face(np.array([f.left, f.top, f.width, f.height]) / shrunk, f.score, f.points / shrunk) for f in found]


def _looks(frame: np.ndarray) -> Iterator[list[FaceBox]]:
    """What each closer look shows, largest first."""
    height, width = frame.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    squares = [[((width - longer) / 2, (height - longer) / 2, float(longer))]]
    for side in (shorter, shorter // 2):
        squares.append([(x, y, float(side)) for y in _starts(height, side) for x in _starts(width, side)])
    for look in squares:
        found = _merged([face for square in look for face in _faces_within(frame, *square)])
        yield sorted(found, key=lambda face: -face.area)


def _faces_within(frame: np.ndarray, left: float, top: float, side: float) -> list[FaceBox]:
    """Faces in a square of the frame, in pixels of the frame; black is what lies outside it."""
    scale, corner = DETECTOR_SIDE / side, np.array([left, top])
    matrix = np.hstack([scale * np.eye(2), -scale * corner[:, None]])
    seen = cv2.warpAffine(frame, _from_centres(matrix), (DETECTOR_SIDE, DETECTOR_SIDE), flags=cv2.INTER_AREA)
    raw, logits = run_network("face_box", seen.astype(np.float32) / 127.5 - 1)
    score = 1 / (1 + np.exp(-np.clip(logits[:, 0], -50, 50)))
    kept = score >= SCORE
    places = raw[kept].reshape(-1, 8, 2)
    where = [0, 2, 3, 4, 5, 6, 7]  # the second pair is the box's size
    places[:, where] += _anchors()[kept, None]
    places /= scale
    places[:, where] += corner
    boxes = np.hstack([places[:, 0] - places[:, 1] / 2, places[:, 1]])
    return [_face(box, sure, points) for box, sure, points in zip(boxes, score[kept], places[:, 2:], strict=True)]


def _starts(length: int, side: int) -> list[float]:
    """Where squares of `side` begin that cover `length`, overlapping by half and more."""
    count = 1 if length <= side else 1 + -(-(length - side) * 2 // side)
    return [float(start) for start in np.linspace(0, length - side, count)]


def landmarks_in(frame: np.ndarray, view: View) -> tuple[np.ndarray, float]:
    """468 landmarks `(468, 2)` float32 in pixels of `frame`, seen in `view`; how sure it is that there is a face."""
    matrix = view.to_network()
    size = (LANDMARK_SIDE, LANDMARK_SIDE)
    seen = cv2.warpAffine(frame, _from_centres(matrix), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    points, logit = run_network("face_landmarks", seen.astype(np.float32) / 255)
    back = cv2.invertAffineTransform(matrix)
    places = points.reshape(-1, 3)[:, :2] @ back[:, :2].T + back[:, 2]
    return places.astype(np.float32), float(1 / (1 + np.exp(-logit.reshape(()))))


class FaceTracker:
    """The largest face of a clip, frame after frame."""

    def __init__(self) -> None:
        self._view: View | None = None
        self._frames = 0

    def next(self, frame: np.ndarray) -> np.ndarray | None:
        """Landmarks `(468, 2)` float32 pixels of the next frame `(H, W, 3)` uint8, or None where no face is seen."""
        small, shrunk = _shrunk(frame)
        closer = self._view is not None or self._frames % LOOK_CLOSER_EVERY == 0
        self._frames += 1
        places = None if self._view is None else _seen_in(small, self._view)
        looks = _looks(small) if closer else islice(_looks(small), 1)
        for boxes in looks if places is None else ():
            tries = (_settled(small, _view_of(box)) for box in boxes)
            places = next((found for found in tries if found is not None), None)
            if places is not None:
                break
        self._view = None if places is None else _view_around(places)
        return None if places is None else places / np.float32(shrunk)


def _seen_in(frame: np.ndarray, view: View) -> np.ndarray | None:
    places, presence = landmarks_in(frame, view)
    return places if presence >= PRESENCE else None


def _settled(frame: np.ndarray, view: View) -> np.ndarray | None:
    """Landmarks after the view has come to rest on them: the detector's boxes of small faces are rough."""
    places = _seen_in(frame, view)
    for _ in range(MOST_STEPS):
        if places is None:
            return None
        before, view = view, _view_around(places)
        if abs(np.log(view.side / before.side)) < AT_REST:
            break
        places = _seen_in(frame, view)
    return places


def face_map(landmarks: np.ndarray | None, height: int, width: int) -> np.ndarray:
    """`(height, width)` uint8: 255 inside the convex hull of the landmarks, else 0; nothing but 0 without a face."""
    drawn = np.zeros((height, width), np.uint8)
    if landmarks is not None:
        cv2.fillConvexPoly(drawn, cv2.convexHull(np.rint(landmarks).astype(np.int32)), (255,))
    return drawn


def _shrunk(frame: np.ndarray) -> tuple[np.ndarray, float]:
    height, width = frame.shape[:2]
    scale = min(1.0, MOST_LINES / min(height, width))
    if scale == 1:
        return frame, 1.0
    return cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA), scale


def _from_centres(matrix: np.ndarray) -> np.ndarray:
    """The same map for OpenCV, which counts from the middle of the first pixel rather than from its corner."""
    return np.hstack([matrix[:, :2], matrix[:, 2:] + matrix[:, :2] @ [[0.5], [0.5]] - 0.5])


def _anchors() -> np.ndarray:
    """`(896, 2)` pixels of 128: the middles of 16x16 places, two faces each, then of 8x8 places, six each."""
    found = []
    for places, each in ((16, 2), (8, 6)):
        at = (np.arange(places) + 0.5) * DETECTOR_SIDE / places
        grid = np.stack(np.meshgrid(at, at), -1).reshape(-1, 2)
        found.append(np.repeat(grid, each, 0))
    return np.concatenate(found).astype(np.float32)


def _face(box: np.ndarray, score: float, points: np.ndarray) -> FaceBox:
    left, top, width, height = (float(value) for value in box)
    return FaceBox(left, top, width, height, float(score), points.astype(np.float32))


def _merged(found: list[FaceBox]) -> list[FaceBox]:
    left, merged = sorted(found, key=lambda face: -face.score), []
    while left:
        group = [face for face in left if _overlap(left[0], face) > OVERLAP] or left[:1]
        left = [face for face in left if all(face is not member for member in group)]
        weight = np.array([face.score for face in group])
        weight /= weight.sum()
        box = weight @ np.array([[face.left, face.top, face.width, face.height] for face in group])
        points = np.einsum("n,nij->ij", weight, np.stack([face.points for face in group]))
        merged.append(_face(box, group[0].score, points))
    return merged


def _overlap(a: FaceBox, b: FaceBox) -> float:
    width = min(a.left + a.width, b.left + b.width) - max(a.left, b.left)
    height = min(a.top + a.height, b.top + b.height) - max(a.top, b.top)
    both = max(width, 0) * max(height, 0)
    return both / (a.area + b.area - both) if both else 0.0


def _view_of(face: FaceBox) -> View:
    x, y = face.left + face.width / 2, face.top + face.height / 2
    return View(x, y, WIDENED * max(face.width, face.height), _angle(face.points[0], face.points[1]))


def _view_around(landmarks: np.ndarray) -> View:
    """The box around the landmarks along the face's own axes, widened."""
    angle = _angle(landmarks[RIGHT_EYE], landmarks[LEFT_EYE])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    own = landmarks @ turn.T
    low, high = own.min(0), own.max(0)
    x, y = (low + high) / 2 @ turn
    return View(float(x), float(y), WIDENED * float((high - low).max()), angle)


def _angle(right_eye: np.ndarray, left_eye: np.ndarray) -> float:
    across, down = left_eye - right_eye
    return float(np.arctan2(down, across))
