"""A relit clip's pictures, coded as they come, a group of frames at a time: no frame is coded twice."""

from __future__ import annotations

import numpy as np

from pairs.members import MEMBERS, Member
from pairs.predicted import Group, GroupWriter, smaller_of_groups
from pairs.video import LosslessWriter, joined_lossless
from render.checkpoint import Checkpoint, ComposedFrame
from render.config import RenderConfig
from render.sample import exposures_of
from scenes.spec import Scene


class GroupPictures:
    """Up to `pairs.predicted.KEY_EVERY` frames in a row: `add` each, then `finished()` gives what to keep of them."""

    def __init__(self, scene: Scene, config: RenderConfig):
        self._faces = list[np.ndarray]()
        self._writers: dict[str, GroupWriter | LosslessWriter] = {}
        for role in ("source", "target"):
            for index, lighting in enumerate(scene.lightings):
                name = f"{lighting.key}.{MEMBERS[role].file}"
                predicted = _predicted(MEMBERS[role], scene)
                self._writers[f"{role}.{index}"] = (
                    GroupWriter(scene.fps, name) if predicted else LosslessWriter(scene.fps, MEMBERS[role].content)
                )
        for name in map(str, config.outputs):
            self._writers[name] = LosslessWriter(scene.fps, MEMBERS[name].content)

    def add(self, lit: ComposedFrame) -> None:
        """The next frame."""
        self._faces.append(lit.face)
        for index in range(len(lit.source)):
            self._writers[f"source.{index}"].add(lit.source[index])
            self._writers[f"target.{index}"].add(lit.target[index])
        for name, picture in lit.passes.items():
            self._writers[name].add(picture)

    def finished(self) -> dict[str, np.ndarray]:
        """Faces and coded pictures by name. Raises WorkError when a level did not come back."""
        arrays = {"face": np.stack(self._faces)}
        for name, writer in self._writers.items():
            done = writer.finished()
            if isinstance(done, Group):
                arrays[f"{name}.plain_bytes"] = np.array(done.plain_bytes)
                done = done.coded
            arrays[name] = np.frombuffer(done, np.uint8)
        return arrays


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
