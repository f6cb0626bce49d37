"""Kept layers under other lights: frames summed, composed and written as the renderer would have; nothing is traced."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

from core.config import validate
from core.errors import InputError
from core.files import write_json
from core.identity import file_digest
from core.progress import Progress, silent
from pairs.layers import KeptLayers
from pairs.predicted import KEY_EVERY
from pairs.shards import Sample
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.mix import LayerMix
from render.relit_pictures import GroupPictures, RelitPictures
from render.sample import clean_samples, exposures_of
from render.temporal import metering_frame
from scenes.over_time import layers_of
from scenes.spec import Asset, Lighting, Scene

COMPOSED = ("scene_level", "face_weight", "face_goal", "face_limits", "target_level", "target_skin", "outputs")
"""Keys of the `render` section that may differ from those that the layers were traced with."""


def relight_clip(
    scene: Scene,
    config: RenderConfig,
    rooms: dict[str, Path],
    layers: KeptLayers,
    work: Path,
    progress: Progress = silent,
) -> list[Sample]:
    """Light the kept `layers` in every lighting of `scene`: one clean Sample each, in their order.

    The same bytes as a render of `scene` with `render.keep: layers` gives, where that traces the same layers. `work`:
    folder of checkpoints; what was killed goes on from its last group of frames. Raises InputError: a layer file that
    is missing or damaged, a light that was not traced.
    """
    started = time.perf_counter()
    checkpoint = Checkpoint(work, _fingerprint(scene, config, rooms, layers))
    groups = [range(first, min(first + KEY_EVERY, scene.frames)) for first in range(0, scene.frames, KEY_EVERY)]
    missing = [number for number in range(len(groups)) if not checkpoint.has_group(number)]
    frames = sum(len(groups[number]) for number in missing)
    count = lambda waiting: progress(scene.frames - waiting, scene.frames, scene.clip)
    count(frames)
    if missing:
        mix = LayerMix(scene, config, rooms, layers.info)
        if checkpoint.exposures() is None:
            middle = metering_frame(scene.frames)
            checkpoint.save_exposures(mix.meter(mix.light(layers.frame(middle)), middle))
        exposures, waiting = exposures_of(checkpoint), frames
        for number in missing:
            group = GroupPictures(scene, config, work)
            for frame in groups[number]:
                group.add(mix.compose(mix.light(layers.frame(frame)), frame, exposures))
                waiting -= 1
                count(waiting)
            checkpoint.save_group(number, group.finished())
    record = {
        "device": layers.info.device,
        "engine": layers.info.engine,
        "seconds_per_frame": (time.perf_counter() - started) / max(1, frames),
    }
    write_json(work / "record.json", record)
    pictures = RelitPictures(checkpoint, scene, len(groups))
    return clean_samples(scene, layers.info.head_poses, pictures, record, config, layers.info.identity)


def composed_with(traced: dict[str, Any], wanted: RenderConfig) -> RenderConfig:
    """The settings of the layers, with those of `wanted` that composition alone goes by."""
    chosen = {name: value for name, value in wanted.model_dump(mode="json").items() if name in COMPOSED}
    return validate({**traced, **chosen}, RenderConfig, name="layers.json: render")


def relit_scene(scene: Scene, lightings: tuple[Lighting, ...], assets: tuple[Asset, ...]) -> Scene:
    """The kept clip under other lightings; `assets` of their rooms take the place of those of the old ones."""
    others = tuple(asset for asset in scene.assets if not asset.name.startswith("room "))
    return dataclasses.replace(scene, lightings=lightings, assets=(*assets, *others))


def _fingerprint(scene: Scene, config: RenderConfig, rooms: dict[str, Path], layers: KeptLayers) -> Any:
    used = sorted({lighting.hdri for lighting in scene.lightings})
    for name in used:
        if name not in rooms or not Path(rooms[name]).is_file():
            raise InputError(f"{scene.clip}: no room named {name!r}; known: {', '.join(sorted(rooms))}")
    digests = {name: file_digest(Path(rooms[name])) for name in used}
    changing = sorted({lighting.hdri for lighting in scene.lightings if lighting.over_time})
    digests |= {f"layers/{name}": file_digest(layers_of(Path(rooms[name]))) for name in changing}
    return ["relit-2", scene.to_json(), config.model_dump(mode="json"), digests, layers.info.identity]
