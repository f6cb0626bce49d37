"""A finished clip under one lighting as a clean sample: lossless videos and everything known about them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from core.errors import WorkError
from pairs.members import MEMBERS
from pairs.predicted import smaller
from pairs.record import FaceMean, SampleInfo, SamplesPerPixel, sample_json
from pairs.shards import Sample
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.exposure import Exposure, face_box, face_ellipse
from render.job import ClipShape, reach_of, traced_samples
from scenes.records import to_json
from scenes.spec import Scene


def clean_samples(
    scene: Scene,
    head: np.ndarray,
    checkpoint: Checkpoint,
    record: dict[str, Any],
    config: RenderConfig,
    layers: str | None = None,
) -> list[Sample]:
    """Every lighting of a clip whose frames are all in `checkpoint`, in their order.

    `head`: `(T, 4, 4)` head to world; `record`: device, engine and seconds; `layers`: identity of the kept layers.
    Members: `json`, `source.mkv`, `target.mkv` and one video for each of `config.outputs`; how they are coded:
    `pairs.members`; source and target as `pairs.predicted` where that is smaller. Raises WorkError when a frame is
    damaged.
    """
    exposures = checkpoint.exposures()
    if exposures is None:
        raise WorkError(f"{checkpoint.folder}: the exposures are gone; run the clip again")
    outlines = [face_ellipse(pose, scene.camera, scene.width, scene.height) for pose in head]
    boxes = tuple(face_box(outline, scene.width, scene.height) for outline in outlines)
    return [
        _sample(scene, index, boxes, exposures[index], checkpoint, record, config, layers)
        for index in range(len(scene.lightings))
    ]


def _sample(
    scene: Scene,
    index: int,
    boxes: tuple[tuple[int, int, int, int] | None, ...],
    exposure: Exposure,
    checkpoint: Checkpoint,
    record: dict[str, Any],
    config: RenderConfig,
    layers: str | None,
) -> Sample:
    stored = {"source": f"source.{index}", "target": f"target.{index}", **{str(name): name for name in config.outputs}}
    members = {
        MEMBERS[name].file: checkpoint.video(scene.frames, place, scene.fps, MEMBERS[name].content)
        for name, place in stored.items()
    }
    # The camera stands still, and so does most of the room.
    for file in (MEMBERS[name].file for name in stored if MEMBERS[name].predicted):
        members[file] = smaller(members[file], scene.fps, f"{scene.lightings[index].key}.{file}")
    faces = np.array([checkpoint.face(frame)[index] for frame in range(scene.frames)])
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
        exposure=asdict(exposure),
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
