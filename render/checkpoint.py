"""Traced and finished frames on disk, so that a killed clip goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, WorkError
from core.files import replacing, write_json
from pairs.layers import FOLDER
from pairs.members import MEMBERS, Content
from pairs.video import encode_lossless, joined_lossless
from render.exposure import Exposure
from render.sums import TracedFrame

_FORMAT = 2
"""Goes up when what is kept of a frame changes."""
_DAMAGED = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class ComposedFrame:
    """One frame of every lighting: `source` `(K, H, W, 3)` uint16 10-bit sRGB, `target` the same uint8, `passes` by
    output name `(H, W, 3)` shared by all lightings, `face` `(K, 2)` float64 mean face level of source and target (NaN:
    no face in view)."""

    source: np.ndarray
    target: np.ndarray
    passes: dict[str, np.ndarray]
    face: np.ndarray


class Checkpoint:
    """A work folder bound to one fingerprint: anything in it that was made from other input is removed."""

    def __init__(self, folder: Path, fingerprint: Any):
        self.folder = folder
        digest = hashlib.sha256(json.dumps([_FORMAT, fingerprint], sort_keys=True).encode()).hexdigest()
        mark = folder / "fingerprint.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not mark.is_file() or mark.read_text(encoding="utf-8") != digest:
                for path in [*folder.glob("*.npz"), folder / "exposures.json"]:
                    path.unlink(missing_ok=True)
                shutil.rmtree(folder / FOLDER, ignore_errors=True)
                mark.write_text(digest, encoding="utf-8")
        except OSError as error:
            raise WorkError(f"{folder}: cannot be used as a work folder: {error.strerror}") from error

    def _path(self, frame: int) -> Path:
        return self.folder / f"frame-{frame:05d}.npz"

    def save(self, frame: int, lit: ComposedFrame) -> None:
        """Write under a temporary name, read back, rename. Raises WorkError when a write fails."""
        arrays = {"face": lit.face}
        for role, images in (("source", lit.source), ("target", lit.target)):
            arrays |= {f"{role}.{index}": _packed(image) for index, image in enumerate(images)}
        arrays |= {name: _packed(image, MEMBERS[name].content) for name, image in lit.passes.items()}
        self._write(self._path(frame), arrays)

    def _write(self, path: Path, arrays: dict[str, np.ndarray]) -> None:
        with replacing(path, last=False) as temporary:
            np.savez(temporary, **arrays)
            if not _is_whole(temporary):
                raise WorkError(f"{temporary}: cannot be read back; is the disk full?")

    def has(self, frame: int) -> bool:
        """Is this frame there and whole?"""
        return _is_whole(self._path(frame))

    def coded(self, frame: int, name: str) -> bytes:
        """One picture of a finished frame as a lossless video of it: "source.K", "target.K" for lighting K, or an
        output's name. Raises WorkError when it is not there."""
        return _member(self._path(frame), name).tobytes()

    def video(self, frames: int, name: str, fps: float, content: Content) -> bytes:
        """The lossless video of a picture of the first `frames` finished frames. Raises WorkError when one of them is
        not there or damaged."""
        try:
            return joined_lossless((self.coded(frame, name) for frame in range(frames)), fps, content)
        except InputError as error:
            raise WorkError(f"{self.folder}: {name}, {error}; remove the folder and run the clip again") from None

    def face(self, frame: int) -> np.ndarray:
        """`(K, 2)` mean face levels of a finished frame; see `ComposedFrame`."""
        return _member(self._path(frame), "face")

    def _group(self, number: int) -> Path:
        return self.folder / f"group-{number:05d}.npz"

    def save_group(self, number: int, arrays: dict[str, np.ndarray]) -> None:
        """Keep a group of finished frames that are coded together, as `render.relit` has them."""
        self._write(self._group(number), arrays)

    def has_group(self, number: int) -> bool:
        """Is this group there and whole?"""
        return _is_whole(self._group(number))

    def of_group(self, number: int, name: str) -> np.ndarray:
        """What was kept of a group by this name. Raises WorkError when it is not there or damaged."""
        return _member(self._group(number), name)

    def _traced(self, frame: int) -> Path:
        return self.folder / f"traced-{frame:05d}.npz"

    def save_traced(self, frame: int, sums: TracedFrame) -> None:
        """Keep a traced frame until every frame that it counts for is finished."""
        self._write(self._traced(frame), sums.to_arrays())

    def has_traced(self, frame: int) -> bool:
        """Is this traced frame there and whole?"""
        return _is_whole(self._traced(frame))

    def traced(self, frame: int) -> TracedFrame:
        """A traced frame, as its file has it. Raises WorkError when it is not there or damaged."""
        try:
            with np.load(self._traced(frame), allow_pickle=False) as arrays:
                return TracedFrame.from_arrays(arrays)
        except _DAMAGED:
            raise _gone(self._traced(frame)) from None

    def drop_traced(self, keep: set[int]) -> None:
        """Remove the traced frames that no unfinished frame needs."""
        for path in self.folder.glob("traced-*.npz"):
            if int(path.stem.removeprefix("traced-")) not in keep:
                path.unlink()

    def exposures(self) -> list[Exposure] | None:
        """The clip's exposures if they have been metered."""
        try:
            rows = json.loads((self.folder / "exposures.json").read_text(encoding="utf-8"))
            return [Exposure(**row) for row in rows]
        except (OSError, ValueError, TypeError):
            return None

    def save_exposures(self, values: list[Exposure]) -> None:
        """Keep the metered exposures, one a lighting: frames made after a resume must use the same."""
        write_json(self.folder / "exposures.json", [asdict(value) for value in values])


def _packed(image: np.ndarray, content: Content = "picture") -> np.ndarray:
    return np.frombuffer(encode_lossless([image], 30.0, content), np.uint8)


def _member(path: Path, name: str) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return arrays[name]
    except _DAMAGED:
        raise _gone(path) from None


def _gone(path: Path) -> WorkError:
    return WorkError(f"{path}: damaged or gone; run the clip again")


def _is_whole(path: Path) -> bool:
    """Every member read back; the archive has a checksum of each."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return all(arrays[name].size for name in arrays.files)
    except _DAMAGED:
        return False
