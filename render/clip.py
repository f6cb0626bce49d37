"""One clip, whole: geometry -> traced layers -> lit frames -> clean samples; `python -m render.clip JOB.json`."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, WorkError
from core.files import write_json
from core.memory import keep_freed_memory
from core.progress import Progress, silent
from pairs.layers import FOLDER, kept_facts, load_layers
from pairs.shards import Sample, write_shard
from render.camera import Film
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.job import ClipJob, ClipShape, make_job, reach_of, subject_film
from render.layer_store import LayerStore
from render.mix import LayerMix
from render.relight import Relighter
from render.relit import relight_clip
from render.sample import FramePictures, clean_samples
from render.temporal import FrameWindow, trace_order
from render.tracer import Tracer
from scenes.spec import Geometry, Scene


def render_clip(
    scene: Scene,
    config: RenderConfig,
    rooms: dict[str, Path],
    work: Path,
    progress: Progress = silent,
    geometry: Geometry | None = None,
) -> list[Sample]:
    """Trace `scene` once and light it in every one of its lightings: one clean Sample each, in their order.

    `rooms`: HDRI path by name. `work`: folder of checkpoints; a clip that was killed goes on from its last frame.
    `geometry` takes the place of the body that `scenes` would build. `progress(done, total, text)` counts frames.
    Raises InputError (missing HDRI, missing device), WorkError (the renderer failed, the disk is full).
    """
    _check_rooms(scene, rooms)
    work = Path(work)
    checkpoint = Checkpoint(work, _fingerprint(scene, config, rooms, geometry))
    geometry = geometry or _geometry_of(scene)
    try:
        film = subject_film(scene.camera, geometry, scene.width, scene.height)
    except ValueError as error:
        raise InputError(f"{scene.clip}: {error}; move the camera or look_at_m") from None
    record = _trace(scene, config, rooms, geometry, film, checkpoint, progress)
    layers = load_layers(checkpoint.folder / FOLDER).info.identity if config.keep == "layers" else None
    return clean_samples(scene, geometry.head, FramePictures(checkpoint, scene), record, config, layers)


def _trace(
    scene: Scene,
    config: RenderConfig,
    rooms: dict[str, Path],
    geometry: Geometry,
    film: Film,
    checkpoint: Checkpoint,
    progress: Progress,
) -> dict[str, Any]:
    """Trace and compose what is missing; what was used and how long it took, kept beside the checkpoints."""
    record_path = checkpoint.folder / "record.json"
    reach = reach_of(config, ClipShape.of(scene))
    waiting = trace_order(scene.frames, reach)
    lights = Relighter(scene, config, rooms, geometry, film)
    store = LayerStore(checkpoint.folder, lights) if lights.keeps else None
    composer = lights if store is None else LayerMix(scene, config, rooms, store.info)
    if checkpoint.exposures() is not None:
        waiting = [frame for frame in waiting if not checkpoint.has(frame) or (store and not store.has(frame))]
        if not waiting and record_path.is_file() and (store is None or store.is_finished()):
            return json.loads(record_path.read_text(encoding="utf-8"))
    window = FrameWindow(checkpoint, geometry, scene, film, reach, waiting)
    # What was traced on is asked of the tracer, so one frame is traced even where all have been.
    missing = window.missing or [scene.frames // 2]
    worlds = lights.worlds(checkpoint.folder / "parts")
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, missing, worlds)
    started, spent = time.perf_counter(), time.process_time()
    done = scene.frames - len(waiting)
    progress(done, scene.frames, scene.clip)
    pattern = None if lights.stage is None else lights.stage.pattern
    with Tracer(job, geometry, pattern, checkpoint.folder) as tracer:
        for frame, paths in tracer.frames():
            window.add(frame, lights.sums(paths))
            for ready, sums in window.ready():
                if isinstance(composer, LayerMix) and store:
                    light = composer.light(store.save(ready, lights.planes(sums)))
                else:
                    light = lights.lit(sums)
                exposures = checkpoint.exposures()
                if exposures is None:
                    exposures = composer.meter(light, ready)
                    checkpoint.save_exposures(exposures)
                checkpoint.save(ready, composer.compose(light, ready, exposures))
                done += 1
                progress(done, scene.frames, scene.clip)
        if isinstance(composer, LayerMix) and store:
            store.finish(composer, checkpoint.exposures() or [], tracer.device, tracer.engine)
        record = {
            "device": tracer.device,
            "engine": tracer.engine,
            "seconds_per_frame": (time.perf_counter() - started) / len(missing),
            "core_seconds": tracer.core_seconds + time.process_time() - spent,
            "core_seconds_per_frame": (tracer.core_seconds + time.process_time() - spent) / len(missing),
            "seconds": {**tracer.seconds, **lights.seconds},
        }
    write_json(record_path, record)
    return record


def _geometry_of(scene: Scene) -> Geometry:
    """The drawn person, or the user's own character."""
    if scene.subject_blend:
        from render.subject import subject_geometry

        return subject_geometry(scene)
    from scenes.build import build_geometry

    return build_geometry(scene)


def _check_rooms(scene: Scene, rooms: dict[str, Path]) -> None:
    for lighting in scene.lightings:
        if lighting.hdri not in rooms:
            raise InputError(
                f"{scene.clip}: {lighting.key}: no room named {lighting.hdri!r}; known: {', '.join(sorted(rooms))}"
            )
        if not Path(rooms[lighting.hdri]).is_file():
            raise InputError(f"{rooms[lighting.hdri]}: no such HDRI (room {lighting.hdri} of {scene.clip})")


def _fingerprint(scene: Scene, config: RenderConfig, rooms: dict[str, Path], geometry: Geometry | None) -> Any:
    used = sorted({lighting.hdri for lighting in scene.lightings})
    given = None if geometry is None else [float(np.abs(mesh.vertices).sum()) for mesh in geometry.meshes]
    return [
        scene.to_json(),
        # one thread more or less, or another device, is the same clip
        config.model_dump(mode="json", exclude={"threads", "device"}),
        {name: Path(rooms[name]).stat().st_size for name in used},
        given,
    ]


def run_job(path: Path) -> dict[str, Any]:
    """Do the `ClipJob` at `path`: write the samples as one tar at its `result` and the tar's shard row at `result` +
    ".row.json"; returns what is printed. Raises as `render_clip` and `relight_clip` do."""
    job = ClipJob.read(Path(path))

    def tell(done: int, total: int, text: str) -> None:
        print(json.dumps({"done": done, "total": total, "clip": text}), flush=True)

    started = time.perf_counter()
    if job.layers is None:
        samples = render_clip(job.scene, job.render, job.rooms, job.work, tell)
    else:
        samples = relight_clip(job.scene, job.render, job.rooms, load_layers(job.layers), job.work, tell)
    row = write_shard(job.result, samples)
    write_json(job.result.with_name(job.result.name + ".row.json"), asdict(row))
    record = json.loads((job.work / "record.json").read_text(encoding="utf-8"))
    in_frames = record.pop("core_seconds", 0.0)  # what is left is start-up, in every try at a clip
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "core_start_s": max(0.0, sum(one.ru_utime + one.ru_stime for one in used) - in_frames),
        "clip": job.scene.clip,
        "result": str(job.result),
        "row": str(job.result) + ".row.json",
        "wall": time.perf_counter() - started,
        **({"layers": kept_facts(job.work / FOLDER)} if job.render.keep == "layers" and job.layers is None else {}),
        **record,
    }


def main(arguments: list[str]) -> int:
    """0 done, 1 the work failed, 2 the job is wrong; the last line on standard output is the result as JSON."""
    if len(arguments) != 1:
        print("usage: python -m render.clip JOB.json", file=sys.stderr)
        return 2
    keep_freed_memory()
    try:
        print(json.dumps(run_job(Path(arguments[0])), sort_keys=True), flush=True)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except WorkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
