"""The files of one clip: `KEY.mp4`, its first frame as `KEY.jpg`, and `KEY.js`, the record that the page reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.files import write_text
from core.footage.pictures import write_picture
from core.footage.writer import write_video
from core.identity import digest
from keyfill.preview.atlas import Atlas
from keyfill.preview.drawn_values import drawn, short_facts
from keyfill.preview.face_histogram import FaceHistogram
from keyfill.preview.facts import facts_of
from keyfill.preview.pictures import Moment, moments
from pairs.dataset import Dataset

LAYOUT = 1
"""Goes up when the files of a clip are to be made anew though its sample is the same."""
KEY_FRAME_EVERY = 15
"""Frames: a step back decodes no more than these."""
CALL = "keyfill.clip("
"""A page opened from a disk may not read files, but it may run scripts: a record is a call with its JSON."""


def clip_record(key: str, clean: Dataset | None, pairs: Dataset | None, media: Path) -> dict[str, Any]:
    """The record of a clip, whose files lie in `media` afterwards; those of an unchanged sample are left as they are.

    Raises InputError for a damaged sample, WorkError when ffmpeg fails or the disk refuses.
    """
    told = [data.rows(key) for data in (clean, pairs) if data is not None and key in data]
    made_from = digest(LAYOUT, [{name: row.sha256 for name, row in rows.items()} for rows in told])
    place = media / f"{key}.js"
    there = _read(place)
    if there is not None and there.get("made_from") == made_from and (media / f"{key}.mp4").exists():
        return there
    last = pairs or clean
    assert last is not None
    info = last.info(key)
    frames = moments(key, clean, pairs)
    first = next(frames, None)
    if first is None:
        raise InputError(f"{last.folder}: {key}: its videos hold no frames")
    names, (height, width) = tuple(first.pictures), next(iter(first.pictures.values())).shape[:2]
    atlas = Atlas.of(height, width, names, tuple(first.passes))
    measured = _Measured(info.get("face_box") or ())
    shown = (atlas.compose({**at.pictures, **at.passes}) for at in measured.watch(chain([first], frames)))
    fps = float(info.get("fps") or 30)
    write_video(media / f"{key}.mp4", shown, fps, crf=16, step=KEY_FRAME_EVERY)
    write_picture(media / f"{key}.jpg", atlas.compose({**first.pictures, **first.passes}))
    faces = {name: face.result() for name, face in measured.faces.items()}
    record = {
        "made_from": made_from,
        "facts": facts_of(info, {name: face["mean"] for name, face in faces.items()}, measured.change()),
        "fps": fps,
        "frames": measured.frames,
        "size": [width, height],
        "tiles": [[tile.name, tile.x, tile.y, tile.width, tile.height] for tile in atlas.tiles],
        "histograms": [{"name": name, **face} for name, face in faces.items()],
        "summary": short_facts(info),
        "drawn": drawn(info),
    }
    write_text(place, CALL + json.dumps(record, sort_keys=True, allow_nan=False) + ");\n")
    return record


class _Measured:
    """What is measured of the frames on their way to the video."""

    def __init__(self, boxes: Any) -> None:
        self.frames = 0
        self.faces: dict[str, FaceHistogram] = {}
        self._boxes = boxes
        self._squares: list[float] = []

    def watch(self, frames: Iterator[Moment]) -> Iterator[Moment]:
        for moment in frames:
            box = self._boxes[self.frames] if self.frames < len(self._boxes) else None
            for name in moment.lit:
                self.faces.setdefault(name, FaceHistogram()).add(moment.pictures[name], box, moment.mask)
            if {"source", "degraded source"} <= set(moment.lit):
                before, after = moment.pictures["source"], moment.pictures["degraded source"]
                self._squares.append(float(np.mean(np.subtract(before, after, dtype=np.float32) ** 2)))
            self.frames += 1
            yield moment

    def change(self) -> float | None:
        """Root mean square difference of degraded source and source, in levels; None where not both are there."""
        return round(float(np.sqrt(np.mean(self._squares))), 2) if self._squares else None


def _read(place: Path) -> dict[str, Any] | None:
    try:
        text = place.read_text(encoding="utf-8")
        found = json.loads(text.removeprefix(CALL).rstrip().removesuffix(");"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
