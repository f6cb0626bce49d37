"""The clips of a run: drawn once, as the farm takes them, and rendered into clean shards; safe to run again."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import WorkError
from core.identity import digest, file_digest
from core.intent import UNASKED, Consent, Intent
from core.processes import module_command
from farm.placement import HERE, Placement
from farm.produce import ProductionResult, intended, produce
from farm.shard_plan import lay_out
from keyfill.plan import require_room
from keyfill.progress import counted, size
from keyfill.render_progress import counting_frames
from keyfill.rendering_code import code_digest
from keyfill.run_config import RunConfig
from render.environment import judge_rooms
from render.exchange import MEMORY, most_needed_bytes, room_in_memory
from render.job import ClipJob, ClipShape
from scenes.draw import clip_keys, draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Scene

VERSIONED = ("bpy", "anny", "numpy", "opencv-python-headless", "pyoidn", "av", "torch")


def versions(config: RunConfig) -> dict[str, str]:
    """Versions of what the pixels depend on; `code`: that of the rendering code, or the one that `farm.code` names."""
    own = {"keyfill": importlib.metadata.version("keyfill"), "code": config.farm.code or code_digest()}
    return own | {name: importlib.metadata.version(name) for name in VERSIONED}


@dataclass(frozen=True)
class RenderPlan:
    """What all clips of a run share: the config, each room's file and its digest, and the versions that make pixels."""

    config: RunConfig
    rooms: dict[str, Path]
    digests: dict[str, str]
    made_with: dict[str, str]


@dataclass(frozen=True, eq=False)
class SceneClip:
    """One clip of the plan, as the farm takes it (`farm.shard_plan.PlannedClip`); drawn when first asked for, once."""

    plan: RenderPlan
    index: int
    key: str
    split: str

    @functools.cached_property
    def scene(self) -> Scene:
        """What was drawn for it. Raises InputError when it cannot be drawn."""
        return draw_scene(self.plan.config.scenes, self.plan.config.seed, self.index)

    @functools.cached_property
    def identity(self) -> str:
        """Digest of all that the clip's pixels depend on, and nothing else."""
        render = self.plan.config.render.model_dump(mode="json")
        record: dict[str, Any] = {
            "scene": self.scene.to_json(),
            # one thread more or less, or another device, is the same clip
            "render": {key: value for key, value in render.items() if key not in ("threads", "device")},
            "rooms": {light.hdri: self.plan.digests[light.hdri] for light in self.scene.lightings},
            "versions": self.plan.made_with,
        }
        if self.scene.subject_blend:
            record["subject"] = file_digest(Path(self.scene.subject_blend.blend))
        return digest(json.loads(json.dumps(record)))

    def build(self, folder: Path, draw: int) -> list[str]:
        """Write the job of its process (of drawing number `draw`) into `folder`; returns the command line."""
        config = self.plan.config
        scene = self.scene if draw == 0 else draw_scene(config.scenes, config.seed, self.index, redraw=draw)
        rooms = {light.hdri: self.plan.rooms[light.hdri] for light in scene.lightings}
        ClipJob(scene, config.render, rooms, folder, folder / "clip.tar").write(folder / "job.json")
        return module_command("render.clip", folder / "job.json")


def planned_clips(config: RunConfig, slice_of: tuple[int, int] | None = None) -> list[SceneClip]:
    """Every clip of the run in plan order; those of the slice (default: all) are drawn, here and only here.

    Which clip goes into which shard follows from keys and splits, so the others need not be drawn. Raises InputError
    when there are no rooms for a split, a room cannot be used, a clip cannot be drawn or the slice is not one.
    """
    rooms = {room.name: Path(room.path) for room in find_rooms(config.scenes)}
    judge_rooms([*rooms.values()])
    plan = RenderPlan(config, rooms, {name: file_digest(path) for name, path in rooms.items()}, versions(config))
    clips = [SceneClip(plan, index, key, split) for index, (key, split) in enumerate(clip_keys(config.scenes))]
    for shard in lay_out(clips, config.shards.clips_per_shard, slice_of):
        for clip in shard.clips:
            # all that can be wrong with a clip's input is said before anything is written
            _ = clip.identity
    return clips


def header_of(config: RunConfig) -> dict[str, Any]:
    """What the manifest of the clean shards says of how they were made."""
    return {
        "config": config.model_dump(mode="json", exclude={"degrade", "train", "farm", "judge"}),
        "versions": versions(config),
    }


def intended_clips(
    config: RunConfig,
    clips: Sequence[SceneClip],
    out: Path,
    slice_of: tuple[int, int] | None = None,
    recheck: bool = False,
) -> Intent:
    """What `render_stage` would do with the same arguments; changes nothing."""
    size = config.shards.clips_per_shard
    return intended(clips, out, size, header_of(config), slice_of, config.gate, recheck)


def _warn_little_memory(config: RunConfig, workers: int) -> None:
    """Say once, before the first clip, that traces may have to take the slower way; on a cluster nobody knows."""
    scenes = config.scenes
    shape = ClipShape(scenes.frames, scenes.width, scenes.height, scenes.lightings_per_clip)
    room, needed = room_in_memory(), workers * most_needed_bytes(config.render, shape)
    if room < needed:
        print(
            f"{MEMORY}: {size(room)} free, the traces of {counted(workers, 'clip')} take up to {size(needed)}; what "
            "does not fit goes through the work folder, which is slower (in Docker: --shm-size)",
            file=sys.stderr,
        )


def render_stage(
    config: RunConfig,
    clips: Sequence[SceneClip],
    out: Path,
    placement: Placement = HERE,
    quiet: bool = False,
    recheck: bool = False,
    consent: Consent = UNASKED,
) -> ProductionResult:
    """Clean shards of `clips`, the run's plan, in `out`, with progress on standard error. Raises InputError where it
    would make anew or remove what is finished, without `consent`, and for light layers that do not fit the disk."""
    if config.render.keep == "layers":
        require_room(config, len(intended_clips(config, clips, out, placement.slice_of, recheck).to_make), out)
    if placement.ray_address is None:
        _warn_little_memory(config, placement.workers)
    with counting_frames(config.scenes.frames, quiet) as on_event:
        return produce(
            clips,
            out,
            config.shards.clips_per_shard,
            header_of(config),
            placement=placement,
            farm=config.farm,
            gate=config.gate,
            recheck=recheck,
            consent=consent,
            on_event=on_event,
        )


def check_failures(rendered: ProductionResult, clean: Path) -> None:
    """Report clips that the gate refused and go on without; clips that failed, which another run may mend, end the run.

    Raises WorkError for those, and when nothing is left to go on with.
    """
    if not rendered.quarantined:
        return
    failed = {key: reason for key, reason in rendered.quarantined.items() if key not in rendered.refused}
    key, reason = next(iter((failed or rendered.quarantined).items()))
    count = len(failed or rendered.refused)
    what = "failed" if failed else f"{'was' if count == 1 else 'were'} refused by the gate"
    message = f"{count} of {counted(rendered.clips, 'clip')} {what}; {key}: {reason}; see {clean / 'quarantine'}"
    if failed or rendered.made + rendered.kept == 0:
        raise WorkError(message)
    print(f"{message}; going on without", file=sys.stderr)
