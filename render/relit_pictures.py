"""A relit clip's pictures, coded a group of frames at a time: no frame is coded twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import WorkError
from pairs.members import MEMBERS, Member
from pairs.predicted import Group, grouped, smaller_of_groups
from pairs.video import LosslessWriter, joined_lossless
from render.checkpoint import Checkpoint, ComposedFrame
from render.config import RenderConfig
from render.sample import exposures_of
from scenes.spec import Scene


class GroupPictures:
    """Up to `pairs.predicted.KEY_EVERY` frames in a row: `add` each, then `finished()` gives what to keep of them.

    Until then they lie as they are in `folder`: an encoder for each lighting would hold 85 MB at 1280x720. Raises
    WorkError when that cannot be written.
    """

    def __init__(self, scene: Scene, config: RenderConfig, folder: Path):
        self._scene, self._faces = scene, list[np.ndarray]()
        self._raw: dict[str, RawFrames] = {}
        self._writers = {str(name): LosslessWriter(scene.fps, MEMBERS[name].content) for name in config.outputs}
        for role in ("source", "target"):
            for index in range(len(scene.lightings)):
                if _predicted(MEMBERS[role], scene):
                    self._raw[f"{role}.{index}"] = RawFrames(folder / f"{role}.{index}.raw")
                else:
                    self._writers[f"{role}.{index}"] = LosslessWriter(scene.fps, MEMBERS[role].content)

    def add(self, lit: ComposedFrame) -> None:
        """The next frame."""
        self._faces.append(lit.face)
        pictures = dict(lit.passes)
        for role, images in (("source", lit.source), ("target", lit.target)):
            pictures |= {f"{role}.{index}": image for index, image in enumerate(images)}
        for name, picture in pictures.items():
            (self._raw.get(name) or self._writers[name]).add(picture)

    def finished(self) -> dict[str, np.ndarray]:
        """Faces and coded pictures by name. Raises WorkError when a level did not come back."""
        arrays = {"face": np.stack(self._faces)}
        for name, writer in self._writers.items():
            arrays[name] = np.frombuffer(writer.finished(), np.uint8)
        for name, frames in self._raw.items():
            (group,) = grouped(frames, self._scene.fps, f"{self._scene.clip}: {name}")
            arrays[name] = np.frombuffer(group.coded, np.uint8)
            arrays[f"{name}.plain_bytes"] = np.array(group.plain_bytes)
        return arrays


class RawFrames:
    """Frames of one shape and dtype as they are, in a file: `add` each, then iterate once, after which it is gone.
    Raises WorkError when it cannot be written, as on a full disk."""

    def __init__(self, path: Path):
        self._path, self._frames = path, 0
        self._path.unlink(missing_ok=True)

    def add(self, frame: np.ndarray) -> None:
        """The next frame."""
        try:
            with open(self._path, "ab") as file:
                file.write(np.ascontiguousarray(frame).data)
        except OSError as error:
            raise WorkError(f"{self._path}: cannot be written: {error.strerror}") from None
        self._frames, self._shape, self._dtype = self._frames + 1, frame.shape, frame.dtype

    def __iter__(self) -> Iterator[np.ndarray]:
        with open(self._path, "rb") as file:
            for _ in range(self._frames):
                yield np.fromfile(file, self._dtype, int(np.prod(self._shape))).reshape(self._shape)
        self._path.unlink()


class RelitPictures:
    """All `groups` of a clip, from its checkpoint: `render.sample.FinishedPictures`."""

    def __init__(self, checkpoint: Checkpoint, scene: Scene, groups: int):
        self._scene = scene
        self._of = lambda name: [checkpoint.of_group(number, name) for number in range(groups)]
        self.exposures = exposures_of(checkpoint)
        self.faces = np.concatenate(self._of("face"))

    def video(self, place: str, member: Member, name: str) -> bytes:
        """See `render.sample.FinishedPictures`."""
        parts = [coded.tobytes() for coded in self._of(place)]
        if not _predicted(member, self._scene):
            return joined_lossless(parts, self._scene.fps, member.content)
        plain = [int(count) for count in self._of(f"{place}.plain_bytes")]
        groups = [Group(*one) for one in zip(parts, plain, strict=True)]
        return smaller_of_groups(groups, self._scene.fps, name)


def _predicted(member: Member, scene: Scene) -> bool:
    return member.predicted and scene.frames > 1
