"""The stages of a run, each a function from a config and folders to folders; all safe to run again."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, WorkError
from core.files import write_json
from core.identity import digest, file_digest
from core.processes import module_command
from farm.produce import Report, produce
from farm.shard_plan import PlannedClip
from keyfill.progress import counted
from keyfill.render_progress import counting_frames
from keyfill.rendering_code import code_digest
from keyfill.run_config import RunConfig
from pairs.manifest import load_header
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms

VERSIONED = ("bpy", "anny", "numpy", "opencv-python-headless", "pyoidn", "av", "torch")


@dataclass(frozen=True)
class Where:
    """How clips are spread over processes and machines."""

    workers: int = 1
    ray: str | None = None
    shard_index: int | None = None
    num_shards: int | None = None

    def slice_of(self) -> tuple[int, int] | None:
        """The slice of an array job, or None for all."""
        return None if self.num_shards is None else (self.shard_index or 0, self.num_shards)


def versions(config: RunConfig) -> dict[str, str]:
    """Versions of what the pixels depend on; `code`: that of the rendering code, or the one that `farm.code` names."""
    own = {"keyfill": importlib.metadata.version("keyfill"), "code": config.farm.code or code_digest()}
    return own | {name: importlib.metadata.version(name) for name in VERSIONED}


def planned_clips(config: RunConfig) -> list[PlannedClip]:
    """Every clip of the run in plan order; a clip's identity holds all that its pixels depend on, and nothing else."""
    rooms = {room.name: Path(room.path) for room in find_rooms(config.scenes)}
    digests = {name: file_digest(path) for name, path in rooms.items()}
    count, made_with = config.scenes.train_clips + config.scenes.test_clips, versions(config)
    return [_planned(config, index, rooms, digests, made_with) for index in range(count)]


def _planned(
    config: RunConfig, index: int, rooms: dict[str, Path], digests: dict[str, str], made_with: dict[str, str]
) -> PlannedClip:
    scene = draw_scene(config.scenes, config.seed, index)
    used = sorted({lighting.hdri for lighting in scene.lightings})
    render = config.render.model_dump(mode="json")
    # one thread more or less, or another device, is the same clip
    pixels = {key: value for key, value in render.items() if key not in ("threads", "device")}
    record = {
        "scene": scene.to_json(),
        "render": pixels,
        "rooms": {name: digests[name] for name in used},
        "versions": made_with,
    }
    if scene.subject_blend:
        record["subject"] = file_digest(Path(scene.subject_blend.blend))

    def build(folder: Path, draw: int) -> list[str]:
        drawn = scene if draw == 0 else draw_scene(config.scenes, config.seed, index, redraw=draw)
        job = {
            "scene": drawn.to_json(),
            "render": render,
            "rooms": {light.hdri: str(rooms[light.hdri]) for light in drawn.lightings},
            "work": str(folder),
            "result": str(folder / "clip.tar"),
        }
        write_json(folder / "job.json", job)
        return module_command("render.clip", folder / "job.json")

    return PlannedClip(scene.clip, digest(json.loads(json.dumps(record))), build, split=scene.split)


def _tell_of_other_code(config: RunConfig, out: Path) -> None:
    """What is in `out` and made by other code is made anew; say so before, and how to keep it."""
    try:
        kind, header = load_header(out)
    except InputError:
        return  # nothing there, or nothing whole; what stands in the way is said before anything is written
    if kind != "clean":
        return  # the farm refuses it
    before, now = header.get("versions", {}).get("code"), versions(config)["code"]
    if before is not None and before != now:
        print(
            f"{out}: made by other rendering code ({before}, now {now}), so every clip is made anew; "
            # in quotes, as its digits may read as a number
            f"to go on with what is there: --set 'farm.code=\"{before}\"'",
            file=sys.stderr,
        )


def render_stage(config: RunConfig, out: Path, where: Where, quiet: bool = False, recheck: bool = False) -> Report:
    """Clean shards of every clip in `out`, with progress on standard error."""
    _tell_of_other_code(config, out)
    header: dict[str, Any] = {
        "config": config.model_dump(mode="json", exclude={"degrade", "train", "farm"}),
        "versions": versions(config),
    }
    with counting_frames(config.scenes.frames, quiet) as on_event:
        return produce(
            planned_clips(config),
            out,
            clips_per_shard=config.shards.clips_per_shard,
            header=header,
            kind="clean",
            workers=where.workers,
            ray=where.ray,
            slice_of=where.slice_of(),
            recheck=recheck,
            gate=config.gate,
            gpus=config.farm.gpus,
            gpu_share=config.farm.gpu_share,
            cpus=config.farm.cpus,
            attempts=config.farm.attempts,
            timeout_s=config.farm.timeout_minutes * 60,
            memory_bytes=int(config.farm.memory_gb * 1e9),
            min_free_bytes=int(config.farm.min_free_gb * 1e9),
            on_event=on_event,
        )


def look_at_quarantine(rendered: Report, clean: Path) -> None:
    """Clips that the gate refused are told and done without; clips that failed, which another run may mend, end it.

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
