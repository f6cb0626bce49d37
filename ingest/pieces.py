"""A video cut into pieces, each a sample of kind "real": frames, maps of person and face, and what is known of it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.footage import Footage, FootageInfo
from ingest.face import FaceTracker, detect_faces, face_map
from ingest.facts import ClipFacts
from ingest.giver import Given
from ingest.person import person_coverage
from pairs.members import MEMBERS
from pairs.real import VIDEOS
from pairs.shards import Sample
from pairs.video import LosslessWriter

KIND = "real"
NOWHERE = [0, 0, 0, 0]
"""The box of a face that is not there: as in all samples, no key is ever null and no list empty (`pairs.one_shape`)."""
LEAST_S = 1.0
"""A rest shorter than this, and than half a piece, is left out, unless it is all there is."""
TEST_SHARE = 5
"""One giver in so many is kept for testing."""


@dataclass(frozen=True)
class Cutting:
    """`seconds` of a piece; frames of more than `lines` lines are shrunk to it."""

    seconds: float = 10.0
    lines: int = 720


@dataclass
class Taken:
    """What a video turned out to be, once all of it was read."""

    notes: tuple[str, ...] = ()
    cut: bool = False
    pieces: int = 0
    frames: int = 0


@dataclass
class _Piece:
    """A piece in the making."""

    start_s: float
    fps: float
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.videos = {name: LosslessWriter(self.fps, MEMBERS[name].content) for name in VIDEOS}
        self.facts = ClipFacts()

    def add(self, time_s: float, frame: np.ndarray, tracker: FaceTracker) -> None:
        """One more frame, with what the networks see in it."""
        landmarks = tracker.next(frame)
        face = face_map(landmarks, *frame.shape[:2])
        counted = len(detect_faces(frame)) if len(self.times) % max(1, round(self.fps)) == 0 else None
        self.facts.add(frame, face > 0, landmarks, counted)
        for name, picture in (("source", frame), ("person", person_coverage(frame)), ("face", face)):
            self.videos[name].add(picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=-1))
        self.times.append(time_s)
        self.height, self.width = frame.shape[:2]


def key_of(video: Path, digest: str) -> str:
    """A sample's key up to its piece: of the file's name in plain letters, and of its content."""
    plain = unicodedata.normalize("NFKD", video.stem).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "video"
    return f"{words}-{digest[:8]}"


def split_of(giver: str) -> str:
    """ "train" or "test", by who gave it, so that nobody is in both."""
    return "test" if hashlib.sha256(giver.encode()).digest()[0] % TEST_SHARE == 0 else "train"


def samples_of(video: Path, digest: str, given: Given, cutting: Cutting, taken: Taken) -> Iterator[Sample]:
    """The pieces of a video as samples, in order; fills `taken` when the last was read.

    Raises InputError for what is no video, ValueError never. Frames are upright, of square pixels and even sides.
    """
    with Footage(video, square=True) as footage:
        tracker, piece, number = FaceTracker(), None, 0
        for time_s, picture in footage:
            if piece is not None and time_s - piece.start_s >= cutting.seconds - 0.5 / footage.info.fps:
                yield _sample(piece, number, video, digest, given, footage.info)
                taken.pieces, taken.frames = taken.pieces + 1, taken.frames + len(piece.times)
                piece, number = None, number + 1
            if piece is None:
                piece = _Piece(time_s, footage.info.fps)
            piece.add(time_s, fitted(picture, cutting.lines), tracker)
        if piece is not None and (number == 0 or len(piece.times) / piece.fps >= min(LEAST_S, cutting.seconds / 2)):
            yield _sample(piece, number, video, digest, given, footage.info)
            taken.pieces, taken.frames = taken.pieces + 1, taken.frames + len(piece.times)
        taken.notes, taken.cut = footage.notes, footage.cut


def fitted(frame: np.ndarray, lines: int) -> np.ndarray:
    """At most `lines` on the shorter side, even sides."""
    height, width = frame.shape[:2]
    if min(height, width) > lines:
        scale = lines / min(height, width)
        frame = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])


def _sample(piece: _Piece, number: int, video: Path, digest: str, given: Given, info: FootageInfo) -> Sample:
    clip = key_of(video, digest)
    key = f"{clip}-{number:03d}"
    times = [round(time - piece.start_s, 6) for time in piece.times]
    record: dict[str, Any] = {
        "kind": KIND,
        "key": key,
        "clip": clip,
        "split": split_of(given.giver),
        "fps": float(piece.fps),
        "frames": len(times),
        "width": piece.width,
        "height": piece.height,
        "face_box": [box or NOWHERE for box in piece.facts.boxes],
        "assets": [
            {
                "kind": "video",
                "name": video.name,
                "licence": given.licence,
                "author": given.giver,
                "source": given.source,
                "sha256": digest,
            }
        ],
        "real": {
            "giver": given.giver,
            "licence": given.licence,
            "source": given.source,
            "note": given.note,
            "start_s": round(piece.start_s, 6),
            "times_s": times,
            "came": _came(info),
            "facts": piece.facts.result(times, piece.fps),
        },
    }
    members = {f"{name}.mkv": writer.finished() for name, writer in piece.videos.items()}
    members["json"] = (json.dumps(record, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()
    return Sample(key, members)


def _came(info: FootageInfo) -> dict[str, Any]:
    """How the video came, as plain JSON."""
    return {
        "container": info.container,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "pixel_format": info.pixel_format,
        "matrix": info.matrix,
        "full_range": info.full_range,
        "primaries": info.primaries,
        "transfer": info.transfer,
        "orientation": info.orientation,
        "pixel_aspect": round(float(info.pixel_aspect), 6),
        "sound_tracks": info.sound_tracks,
        "found": list(info.found) or [""],
    }
