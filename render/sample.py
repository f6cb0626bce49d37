"""A finished clip under one lighting as a clean sample: lossless videos and everything known about them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from core.errors import WorkError
from pairs.members import MEMBERS, Member
from pairs.record import FaceMean, SampleInfo, SamplesPerPixel, sample_json
from pairs.shards import Sample
from pairs.video import encode_lossless
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.exposure import face_box, face_ellipse
from render.job import ClipShape, reach_of, traced_samples
from scenes.spec import Geometry, Scene


def clean_sample(
    scene: Scene, index: int, geometry: Geometry, checkpoint: Checkpoint, record: dict[str, Any], config: RenderConfig
) -> Sample:
    """Lighting number `index` of a clip whose frames are all in `checkpoint`; `record`: device, engine and seconds.

    Members: `json`, `source.mkv`, `target.mkv` and one video for each of `config.outputs`; how they are coded:
    `pairs.members`. Raises WorkError when a frame is damaged.
    """
    lighting, exposures = scene.lightings[index], checkpoint.exposures()
    if exposures is None:
        raise WorkError(f"{checkpoint.folder}: the exposures are gone; run the clip again")

    def video(member: Member, place: str) -> bytes:
        frames = (checkpoint.image(frame, place) for frame in range(scene.frames))
        return encode_lossless(frames, scene.fps, member.content)

    stored = {"source": f"source.{index}", "target": f"target.{index}", **{str(name): name for name in config.outputs}}
    members = {MEMBERS[name].file: video(MEMBERS[name], place) for name, place in stored.items()}
    faces = np.array([checkpoint.face(frame)[index] for frame in range(scene.frames)])
    seen = faces[~np.isnan(faces).any(1)]
    means = [None, None] if len(seen) == 0 else [round(float(v), 3) for v in seen.mean(0)]
    key = lighting.key
    boxes = [
        face_box(face_ellipse(head, scene.camera, scene.width, scene.height), scene.width, scene.height)
        for head in geometry.head
    ]
    info = SampleInfo(
        key=key,
        clip=scene.clip,
        split=scene.split,
        lighting=asdict(lighting),
        scene=scene.to_json(),
        exposure=asdict(exposures[index]),
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
        face_box=tuple(boxes),
        face_mean=FaceMean(source=means[0], target=means[1]),
    )
    members["json"] = sample_json(info.to_json())
    return Sample(key, members)
