"""A relighting's clips, as the farm takes them: kept layers, under lightings drawn by a config or given by hand."""

from __future__ import annotations

import copy
import functools
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import Places, load, override, validate
from core.errors import InputError
from core.identity import digest, file_digest
from core.intent import UNASKED, Consent, Intent
from core.processes import module_command
from farm.placement import HERE, Placement
from farm.produce import ProductionResult, intended, produce
from keyfill.render_progress import counting_frames
from keyfill.rendering_code import code_digest
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from pairs.layers import FOLDER, KeptLayers, load_layers
from render.environment import judge_rooms
from render.hand_config import HandLightings
from render.job import ClipJob
from render.mix import require_traced
from render.relit import composed_with, relit_scene
from scenes.draw import draw_lightings
from scenes.rooms.source import Room, find_rooms
from scenes.spec import Scene

VERSIONED = ("numpy", "opencv-python-headless", "av", "OpenEXR")


def relit_versions() -> dict[str, str]:
    """Versions of what the pixels depend on beside the layers."""
    own = {"keyfill": importlib.metadata.version("keyfill"), "code": code_digest()}
    return own | {name: importlib.metadata.version(name) for name in VERSIONED}


@dataclass(frozen=True)
class RelitPlan:
    """What all clips share: the config, the lightings by hand (None: drawn, with so many `targets` for each source),
    rooms and their digests by name."""

    config: RunConfig
    by_hand: HandLightings | None
    targets: int
    rooms: dict[str, Room]
    digests: dict[str, str]
    made_with: dict[str, str]


@dataclass(frozen=True, eq=False)
class RelitClip:
    """One clip's kept layers under new lights, as the farm takes it (`farm.shard_plan.PlannedClip`)."""

    plan: RelitPlan
    layers: KeptLayers
    key: str
    split: str

    @functools.cached_property
    def scene(self) -> Scene:
        """The clip under its new lightings. Raises InputError for a room that is not there."""
        return self._drawn(0)

    def _drawn(self, draw: int) -> Scene:
        kept, plan = Scene.from_json(self.layers.info.scene), self.plan
        if plan.by_hand is None:
            number = int(self.key.rpartition("-")[2])
            lightings, _ = draw_lightings(plan.config.scenes, plan.config.seed, self.split, number, draw, plan.targets)
        else:
            lightings = plan.by_hand.on(kept.lightings[0], self.key)
        used = sorted({lighting.hdri for lighting in lightings})
        for name in used:
            if name not in plan.rooms:
                known = ", ".join(sorted(plan.rooms))
                places = ", ".join(plan.config.scenes.room_places)
                raise InputError(f"{self.key}: scenes.rooms: {places}: no room {name!r}; it has {known}")
        return relit_scene(kept, lightings, tuple(plan.rooms[name].asset() for name in used))

    @functools.cached_property
    def render(self) -> Any:
        """The settings of the layers, with those of the plan that composition goes by."""
        return composed_with(self.layers.info.render, self.plan.config.render)

    @functools.cached_property
    def identity(self) -> str:
        """Digest of all that the clip's pixels depend on."""
        record = {
            "layers": self.layers.info.identity,
            "scene": self.scene.to_json(),
            "render": self.render.model_dump(mode="json", exclude={"threads", "device"}),
            "rooms": {light.hdri: self.plan.digests[light.hdri] for light in self.scene.lightings},
            "versions": self.plan.made_with,
        }
        return digest("relit-1", json.loads(json.dumps(record)))

    def build(self, folder: Path, draw: int) -> list[str]:
        """Write the job of its process into `folder`; returns the command line."""
        scene = self._drawn(draw)
        rooms = {light.hdri: self.plan.rooms[light.hdri].path for light in scene.lightings}
        job = ClipJob(scene, self.render, rooms, folder, folder / "clip.tar", self.layers.folder.resolve())
        job.write(folder / "job.json")
        return module_command("render.clip", folder / "job.json")


def relit_config(clean: Path, path: Path | None, overrides: Sequence[str]) -> RunConfig:
    """The config that lightings are drawn by: the one at `path`, or the one that `clean` was rendered by."""
    if path is not None:
        return load(path, RunConfig, overrides, files=("degrade",))
    header = Dataset(clean, "clean").manifest.header.get("config")
    if not isinstance(header, dict):
        raise InputError(f"{clean}: its manifest names no config; give one with --config")
    places: Places = {}
    data = copy.deepcopy(header)
    override(data, overrides, places)
    return validate(data, RunConfig, places, f"{clean}: config")


def hand_lightings(path: Path) -> HandLightings:
    """Lightings given by hand in a YAML file. Raises InputError with file, line and key."""
    return load(path, HandLightings)


def relit_clips(
    clean: Path, config: RunConfig, by_hand: HandLightings | None = None, targets: int = 1
) -> list[RelitClip]:
    """Every clip of the clean shards in `clean`, in their order. Raises InputError naming the first clip that has no
    layers, and for rooms that are not there or cannot be used."""
    data = Dataset(clean, "clean")
    found = {room.name: room for room in find_rooms(config.scenes)}
    judge_rooms([room.path for room in found.values()])
    digests = {name: file_digest(room.path) for name, room in found.items()}
    plan = RelitPlan(config, by_hand, targets, found, digests, relit_versions())
    clips = []
    for row in data.manifest.shards:
        for key, facts in row.clips.items():
            if "layers" not in facts:
                raise InputError(
                    f"{clean}: {key} was rendered without its layers (render.keep: layers); render it again with them"
                )
            info = data.info(facts["samples"][0])
            clips.append(RelitClip(plan, load_layers(clean / FOLDER / key, info.get("layers")), key, info["split"]))
    if not clips:
        raise InputError(f"{clean}: holds no clip yet")
    for clip in clips:
        _ = clip.identity  # what can be wrong with it is said before anything is written
        require_traced(clip.scene, clip.layers.info)
    return clips


def relit_header(plan: RelitPlan) -> dict[str, Any]:
    """What the manifest of relit shards says of how they were made."""
    config = plan.config.model_dump(mode="json", exclude={"degrade", "train", "farm", "judge"})
    by_hand = {} if plan.by_hand is None else {"lights": plan.by_hand.model_dump(mode="json")}
    return {"config": {**config, **by_hand}, "versions": plan.made_with}


def intended_relights(clips: Sequence[RelitClip], out: Path, slice_of: tuple[int, int] | None = None) -> Intent:
    """What `relight_stage` would do with the same arguments; changes nothing."""
    plan = clips[0].plan
    size = plan.config.shards.clips_per_shard
    return intended(clips, out, size, relit_header(plan), slice_of, plan.config.gate)


def relight_stage(
    clips: Sequence[RelitClip],
    out: Path,
    placement: Placement = HERE,
    quiet: bool = False,
    consent: Consent = UNASKED,
) -> ProductionResult:
    """Clean shards of `clips` in `out`, with progress on standard error. Raises InputError where it would make anew or
    remove what is finished, without `consent`."""
    config = clips[0].plan.config
    with counting_frames(clips[0].layers.info.scene["frames"], quiet) as on_event:
        return produce(
            clips,
            out,
            config.shards.clips_per_shard,
            relit_header(clips[0].plan),
            placement=placement,
            farm=config.farm,
            gate=config.gate,
            consent=consent,
            on_event=on_event,
        )
