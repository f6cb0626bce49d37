"""A finished clip under one lighting as a clean sample: lossless videos and everything known about them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from core.errors import WorkError
from pairs.members import MEMBERS, Member
from pairs.predicted import smaller
from pairs.record import FaceMean, SampleInfo, SamplesPerPixel, sample_json
from pairs.shards import Sample
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.exposure import Exposure, face_box, face_ellipse
from render.job import ClipShape, reach_of, traced_samples
from scenes.records import to_json
from scenes.spec import Scene


class FinishedPictures(Protocol):
    """What a clip's frames became: `exposures` by lighting; `faces` `(T, K, 2)` float64: mean face level of source and
    target, NaN where no face is in view; `video`: a member coded as `pairs.members` has it, of the pictures "source.K"
    and "target.K" of lighting K, or of an output's name. Raises WorkError when a frame is damaged."""

    exposures: list[Exposure]
    faces: np.ndarray

    def video(self, place: str, member: Member, name: str) -> bytes: ...


class FramePictures:
    """Of a clip that was finished frame by frame."""

    def __init__(self, checkpoint: Checkpoint, scene: Scene):
        self._checkpoint, self._scene = checkpoint, scene
        self.exposures = exposures_of(checkpoint)
        self.faces = np.stack([checkpoint.face(frame) for frame in range(scene.frames)])

    def video(self, place: str, member: Member, name: str) -> bytes:
        """See `FinishedPictures`."""
        plain = self._checkpoint.video(self._scene.frames, place, self._scene.fps, member.content)
        # The camera stands still, and so does most of the room.
        return smaller(plain, self._scene.fps, name) if member.predicted else plain


def exposures_of(checkpoint: Checkpoint) -> list[Exposure]:
    """Those of a finished clip. Raises WorkError when they are gone."""
    exposures = checkpoint.exposures()
    if exposures is None:
        raise WorkError(f"{checkpoint.folder}: the exposures are gone; run the clip again")
    return exposures


def clean_samples(
    scene: Scene,
    head: np.ndarray,
    pictures: FinishedPictures,
    record: dict[str, Any],
    config: RenderConfig,
    layers: str | None = None,
) -> list[Sample]:
    """Every lighting of a clip whose `pictures` are all finished, in their order.

    `head`: `(T, 4, 4)` head to world; `record`: device, engine and seconds; `layers`: identity of the kept layers.
    Members: `json`, `source.mkv`, `target.mkv` and one video for each of `config.outputs`. Raises WorkError when a
    frame is damaged.
    """
    outlines = [face_ellipse(pose, scene.camera, scene.width, scene.height) for pose in head]
    boxes = tuple(face_box(outline, scene.width, scene.height) for outline in outlines)
    return [_sample(scene, index, boxes, pictures, record, config, layers) for index in range(len(scene.lightings))]


def _sample(
    scene: Scene,
    index: int,
    boxes: tuple[tuple[int, int, int, int] | None, ...],
    pictures: FinishedPictures,
    record: dict[str, Any],
    config: RenderConfig,
    layers: str | None,
) -> Sample:
    stored = {"source": f"source.{index}", "target": f"target.{index}", **{str(name): name for name in config.outputs}}
    members = {
        MEMBERS[name].file: pictures.video(place, MEMBERS[name], f"{scene.lightings[index].key}.{MEMBERS[name].file}")
        for name, place in stored.items()
    }
    faces = pictures.faces[:, index]
    seen = faces[~np.isnan(faces).any(1)]
    means = [None, None] if len(seen) == 0 else [round(float(v), 3) for v in seen.mean(0)]
    key = scene.lightings[index].key
    kept: dict[str, Any] = {} if layers is None else {"layers": layers}
    info = SampleInfo(
        key=key,
        clip=scene.clip,
        split=scene.split,
        lighting=to_json(scene.lightings[index]),
        scene=scene.to_json(),
        exposure=asdict(pictures.exposures[index]),
        fps=scene.fps,
        frames=scene.frames,
        width=scene.width,
        height=scene.height,
        device=tuple(record["device"]),
        engine=record["engine"],
        seconds_per_frame=record["seconds_per_frame"],
        accumulated=reach_of(config, ClipShape.of(scene)),
        samples=SamplesPerPixel(**traced_samples(config, ClipShape.of(scene))),
        render=config.model_dump(mode="json", exclude={"device", "threads"}),
        assets=tuple(asdict(asset) for asset in scene.assets),
        face_box=boxes,
        face_mean=FaceMean(source=means[0], target=means[1]),
        **kept,
    )
    members["json"] = sample_json(info.to_json())
    return Sample(key, members)
