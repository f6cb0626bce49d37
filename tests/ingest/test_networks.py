"""The bundled networks are those of the ledger, and find a man in a car and nobody in a picture of nothing."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from ingest.face import LEFT_EYE, RIGHT_EYE, FaceTracker, detect_faces, face_map
from ingest.networks import MODELS
from ingest.person import person_coverage


def test_the_files_are_the_ledgers() -> None:
    files = sorted(MODELS.glob("*.onnx"))
    assert [file.stem for file in files] == ["face_box", "face_landmarks", "person"]
    ledger = (MODELS / "LEDGER.md").read_text(encoding="utf-8")
    for file in files:
        assert f"| `{hashlib.sha256(file.read_bytes()).hexdigest()}` |" in ledger
    assert sum(file.stat().st_size for file in files) < 2_000_000


def test_the_man_covers_what_he_covers(carphone: list[np.ndarray]) -> None:
    """He fills the lower middle; the window on the right and the roof are not he."""
    for frame in carphone:
        coverage = person_coverage(frame)
        assert coverage.shape == (144, 176) and coverage.dtype == np.uint8
        assert coverage[100:140, 70:100].min() > 200
        assert coverage[:30, 150:].max() < 50
        assert 0.3 < (coverage >= 128).mean() < 0.55


def test_the_face_is_found_followed_and_upright(carphone: list[np.ndarray]) -> None:
    tracker = FaceTracker()
    for frame in carphone:
        (face,) = detect_faces(frame)
        landmarks = tracker.next(frame)
        assert landmarks is not None and landmarks.shape == (468, 2)
        eyes = np.stack([landmarks[RIGHT_EYE], landmarks[LEFT_EYE]])
        assert eyes[0, 0] < eyes[1, 0], "his right eye is on our left"
        middle = landmarks.mean(0)
        assert face.left < middle[0] < face.left + face.width and face.top < middle[1] < face.top + face.height
        # the detector's points and the landmarks are two networks' words on the same eyes
        assert np.abs(eyes.mean(0) - face.points[:2].mean(0)).max() < 0.1 * face.width


@pytest.mark.parametrize("turned", [-40, 25, 60])
def test_a_turned_head_gives_turned_landmarks(carphone: list[np.ndarray], turned: int) -> None:
    frame = cv2.resize(carphone[0], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    upright = FaceTracker().next(frame)
    middle = tuple(map(float, upright.mean(0)))
    matrix = cv2.getRotationMatrix2D(middle, turned, 1)
    found = FaceTracker().next(cv2.warpAffine(frame, matrix, frame.shape[1::-1], borderMode=cv2.BORDER_REFLECT))
    expected = upright @ matrix[:, :2].T + matrix[:, 2]
    assert found is not None
    assert np.abs(found - expected).mean() < 0.05 * np.ptp(upright[:, 0])


@pytest.mark.parametrize("share", [0.4, 0.2, 0.1, 0.06])
def test_small_faces_are_found_by_a_closer_look(carphone: list[np.ndarray], share: float) -> None:
    upright = FaceTracker().next(carphone[0])
    scale = share * 720 / np.ptp(upright[:, 1])
    small = cv2.resize(carphone[0], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:700]
    frame = np.full((720, 1280, 3), 120, np.uint8)
    frame[10 : 10 + small.shape[0], 800 - small.shape[1] // 2 :][:, : small.shape[1]] = small
    found = FaceTracker().next(frame)
    assert found is not None
    assert np.abs(found - (upright * scale + [800 - small.shape[1] // 2, 10])).mean() < 0.1 * share * 720


def test_mirrored_the_maps_are_mirrored(carphone: list[np.ndarray]) -> None:
    frame = carphone[3]
    there = person_coverage(frame) >= 128
    back = person_coverage(np.ascontiguousarray(frame[:, ::-1]))[:, ::-1] >= 128
    assert (there & back).sum() / (there | back).sum() > 0.95


def test_nobody() -> None:
    noise = np.random.default_rng(1).integers(90, 110, (180, 320, 3)).astype(np.uint8)
    assert detect_faces(noise) == []
    assert FaceTracker().next(noise) is None
    assert not face_map(None, 180, 320).any()
    assert (person_coverage(noise) >= 128).mean() < 0.02
    # a small picture and an odd one are as good as any
    assert person_coverage(noise[:17, :33]).shape == (17, 33)
