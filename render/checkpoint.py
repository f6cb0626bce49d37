"""Finished frames on disk, so that a killed clip goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pairs.errors import WorkError
from pairs.video import decode, encode_lossless
from render.exposure import Exposure


@dataclass(frozen=True, eq=False)
class LitFrame:
    """One frame of every lighting: `source` `(K, H, W, 3)` uint16 10-bit sRGB, `target` the same uint8, `extras` by
    output name `(H, W, 3)` shared by all lightings, `face` `(K, 2)` float64 mean face level of source and target (NaN:
    no face in view)."""

    source: np.ndarray
    target: np.ndarray
    extras: dict[str, np.ndarray]
    face: np.ndarray


class Checkpoint:
    """A work folder bound to one fingerprint: anything in it that was made from other input is removed."""

    def __init__(self, folder: Path, fingerprint: Any):
        self.folder = folder
        digest = hashlib.sha256(json.dumps(fingerprint, sort_keys=True).encode()).hexdigest()
        mark = folder / "fingerprint.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not mark.is_file() or mark.read_text(encoding="utf-8") != digest:
                for path in [*folder.glob("frame-*.npz"), folder / "exposures.json"]:
                    path.unlink(missing_ok=True)
                mark.write_text(digest, encoding="utf-8")
        except OSError as error:
            raise WorkError(f"{folder}: cannot be used as a work folder: {error.strerror}") from error

    def _path(self, frame: int) -> Path:
        return self.folder / f"frame-{frame:05d}.npz"

    def save(self, frame: int, lit: LitFrame) -> None:
        """Write under a temporary name, read back, rename. Raises WorkError when the disk refuses."""
        arrays = {"face": lit.face}
        arrays["source"] = _packed(list(lit.source))
        arrays["target"] = _packed(list(lit.target))
        for name, image in lit.extras.items():
            arrays[f"extra.{name}"] = _packed([image])
        temporary = self.folder / f".{frame:05d}.part.npz"
        try:
            np.savez(temporary, **arrays)
            if _read(temporary) is None:
                raise WorkError(f"{temporary}: cannot be read back; is the disk full?")
            os.replace(temporary, self._path(frame))
        except OSError as error:
            raise WorkError(f"{self._path(frame)}: cannot be written: {error.strerror or error}") from error
        finally:
            temporary.unlink(missing_ok=True)

    def has(self, frame: int) -> bool:
        """Is this frame there and whole?"""
        return _read(self._path(frame)) is not None

    def load(self, frame: int) -> LitFrame:
        """A finished frame. Raises WorkError when it is not there or damaged."""
        arrays = _read(self._path(frame))
        if arrays is None:
            raise WorkError(f"{self._path(frame)}: damaged or gone; run the clip again")
        name = str(self._path(frame))
        extras = {key[6:]: decode(arrays[key].tobytes(), name)[0] for key in arrays if key.startswith("extra.")}
        return LitFrame(
            decode(arrays["source"].tobytes(), name), decode(arrays["target"].tobytes(), name), extras, arrays["face"]
        )

    def exposures(self) -> list[Exposure] | None:
        """The clip's exposures if they have been metered."""
        try:
            rows = json.loads((self.folder / "exposures.json").read_text(encoding="utf-8"))
            return [Exposure(**row) for row in rows]
        except (OSError, ValueError, TypeError):
            return None

    def save_exposures(self, values: list[Exposure]) -> None:
        """Keep the metered exposures, one a lighting: frames made after a resume must use the same."""
        temporary = self.folder / ".exposures.part"
        temporary.write_text(json.dumps([asdict(value) for value in values]), encoding="utf-8")
        os.replace(temporary, self.folder / "exposures.json")


def _packed(images: list[np.ndarray]) -> np.ndarray:
    return np.frombuffer(encode_lossless(images, 30.0), np.uint8)


def _read(path: Path) -> dict[str, np.ndarray] | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
