"""What scripts of your own may import: `from keyfill import api`. These names and what they promise stay.

    api.load_config    a config from a YAML file or a mapping
    api.draw_scene     who, where, how they move: one clip drawn from a seed
    api.relit          the same clip under other lights
    api.render         the clip's pairs, traced once, lit as often as it has lightings
    api.draw_degradation, api.degrade   what a webcam and a call do to a clip, drawn; and done
    api.Dataset        a folder of clean or pair shards, by key
    api.Reader, api.EpochSampler   frames at random for a training loop, checked, resumable
    api.load_layers    a clip's kept light layers, a frame at a time
    api.Clip, api.Scene, api.Lighting, api.RunConfig, api.DegradeParams   the records that these hand out
    api.InputError, api.WorkError   bad input; failed work

`import keyfill.api` is quick: what a name needs is loaded when it is first used, and the renderer always runs in a
process of its own.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from degrade.params import DegradeParams
    from keyfill.run_config import RunConfig
    from pairs.dataset import Clip
    from scenes.spec import Scene

_HOME = {
    "Clip": "pairs.dataset",
    "Dataset": "pairs.dataset",
    "DegradeParams": "degrade.params",
    "EpochSampler": "pairs.reader",
    "InputError": "core.errors",
    "Lighting": "scenes.spec",
    "Reader": "pairs.reader",
    "RunConfig": "keyfill.run_config",
    "Scene": "scenes.spec",
    "WorkError": "core.errors",
    "load_layers": "pairs.layers",
}
__all__ = sorted([*_HOME, "degrade", "draw_degradation", "draw_scene", "load_config", "relit", "render"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no name {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__


def load_config(source: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> RunConfig:
    """A whole-run config: a YAML file with `overrides` (`"scenes.width=640"`), or a mapping of sections as in the file.

    Raises InputError naming the key. Every key: docs/config.md.
    """
    from core.config import validate
    from keyfill.run_config import RunConfig, load_run

    if isinstance(source, Mapping):
        return validate(dict(source), RunConfig, places={})
    return load_run(Path(source), overrides)


def draw_scene(config: RunConfig, index: int = 0) -> Scene:
    """Clip `index` of the config: person, motion, camera, studio and lightings, drawn from `config.seed`.

    The same index gives the same clip, whatever else is drawn. Train clips come first, then test clips. Raises
    InputError for an index beyond them, or when the rooms are missing.
    """
    from scenes import draw

    return draw.draw_scene(config.scenes, config.seed, index)


def relit(scene: Scene, *changes: Mapping[str, Any]) -> Scene:
    """The same clip under other lights: one lighting for each of `changes`, which name fields of `Lighting`.

    For example `relit(scene, {"key_fill_ratio": 1.5}, {"key_fill_ratio": 4.0, "rotation_rad": 1.0})`. What is not
    named stays as the first lighting of `scene` has it. Raises InputError for an unknown field.
    """
    import dataclasses

    from core.errors import InputError
    from scenes.spec import Lighting

    known = [field.name for field in dataclasses.fields(Lighting) if field.name != "key"]
    lightings = []
    for number, change in enumerate(changes):
        for name in change:
            if name not in known:
                raise InputError(f"lighting {number}: {name} is not one of {', '.join(known)}")
        key = f"{scene.clip}-light-{number:02d}"
        lightings.append(dataclasses.replace(scene.lightings[0], key=key, **change))
    return dataclasses.replace(scene, lightings=tuple(lightings))


def render(scene: Scene, config: RunConfig, work: str | Path | None = None) -> list[Clip]:
    """One pair for each of the scene's lightings: traced once, in a process of its own, and lit as often as need be.

    `Clip.source` is `(T, H, W, 3)` uint16 10-bit sRGB, `Clip.target` uint8 sRGB, `Clip.mask` `(T, H, W)` uint8. With a
    folder `work`, a render that was cut off goes on from its last frame; without, nothing is kept. Raises InputError
    (no such room, no such device) or WorkError (the renderer failed, the disk is full).
    """
    from pairs.dataset import decode_sample
    from render.clip import render_clip
    from scenes.rooms.source import find_rooms

    rooms = {room.name: Path(room.path) for room in find_rooms(config.scenes)}
    if work is not None:
        return [decode_sample(sample) for sample in render_clip(scene, config.render, rooms, Path(work))]
    with tempfile.TemporaryDirectory(prefix="keyfill-render-") as folder:
        return [decode_sample(sample) for sample in render_clip(scene, config.render, rooms, Path(folder))]


def draw_degradation(config: RunConfig, key: str, frames: np.ndarray, fps: float) -> DegradeParams:
    """What `config.degrade` does to a clip: every number drawn from the seed and `key`, none from the pixels.

    `frames`: `(T, H, W, 3)`, for its size and length alone. The record can be printed, kept as JSON and used again.
    """
    from degrade.draw import draw_params

    count, height, width = frames.shape[:3]
    return draw_params(config.degrade, config.seed, key, count, width, height, fps)


def degrade(frames: np.ndarray, params: DegradeParams) -> np.ndarray:
    """The degraded clip, `(T, H, W, 3)` uint8 sRGB, of frames `(T, H, W, 3)` uint8 or uint16 10-bit sRGB.

    Raises InputError when the frames are not of the size and length that `params` was drawn for.
    """
    from degrade.chain import degrade_clip

    return degrade_clip(frames, params)
