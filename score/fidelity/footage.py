"""Where the frames of a video come from: a video file, a folder of pictures, or a member of a shard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import footage
from core.errors import InputError
from core.footage import PICTURES, VIDEOS
from core.footage.pictures import pictures_in
from core.levels import eight_bit
from pairs.dataset import Dataset
from pairs.video import iter_frames


@dataclass(frozen=True)
class Footage:
    """A video by its place. `path`: a file or a folder of pictures; with `key` and `member`, a sample of a data set."""

    path: Path
    key: str = ""
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.key}.{self.member}" if self.key else str(self.path)

    def frames(self) -> Iterator[np.ndarray]:
        """Frames `(H, W, 3)` uint8 sRGB in order; 10-bit ones are rounded to 8. Raises InputError naming the video."""
        count = 0
        for count, frame in enumerate(self._decoded(), 1):  # noqa: B007
            yield eight_bit(frame)
        if count == 0:
            raise InputError(f"{self}: holds no frames")

    def digest(self) -> str:
        """sha256 of what is there, so that a result can be told to belong to it."""
        if self.key:
            return hashlib.sha256(Dataset(self.path).member(self.key, self.member)).hexdigest()
        found = hashlib.sha256()
        for file in pictures_in(self.path) if self.path.is_dir() else [self.path]:
            found.update(file.name.encode() + b"\0")
            try:
                with open(file, "rb") as opened:
                    found.update(hashlib.file_digest(opened, "sha256").digest())
            except OSError as error:
                raise InputError(f"{file}: cannot be read: {error.strerror}") from None
        return found.hexdigest()

    def _decoded(self) -> Iterator[np.ndarray]:
        if self.key:
            yield from iter_frames(Dataset(self.path).member(self.key, self.member), str(self))
            return
        with footage.Footage(self.path) as opened:
            for _, picture in opened:
                yield picture
        if opened.cut or opened.damaged:
            raise InputError(f"{self.path}: {opened.notes[-1]}; give whole videos")


def videos_in(folder: Path) -> dict[str, Footage]:
    """The videos of a folder by name: files by their stem, and folders of pictures (in them, or in `x` or `y`)."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    found: dict[str, Footage] = {}
    for entry in sorted(folder.iterdir()):
        video = None
        if entry.is_file() and entry.suffix.lower() in VIDEOS:
            video = Footage(entry)
        elif entry.is_dir():
            holder = next((f for f in (entry, entry / "x", entry / "y") if f.is_dir() and _has_pictures(f)), None)
            video = Footage(holder) if holder else None
        if video is None:
            continue
        if entry.stem in found:
            raise InputError(f"{folder}: {entry.name} and {found[entry.stem].path.name} have the same name; keep one")
        found[entry.stem] = video
    if not found:
        raise InputError(f"{folder}: holds no videos ({', '.join(VIDEOS)}) and no folders of pictures")
    return found


def _has_pictures(folder: Path) -> bool:
    return any(file.suffix.lower() in PICTURES for file in folder.iterdir())
