"""The renderer used the ordinary way: one render per picture, its own denoiser. Our way is measured against it.

`python -m render.blender.reference FOLDER`: FOLDER holds `job.json` as the tracing child gets it and `geometry.npz`;
the job has `pictures`: `{"path", "frame", "world", "lights", "samples", "plain", "seed"}`. `world` names the
room, `lights` the soft boxes with their linear RGB weights; with lights the room is only seen and does not light.
`plain` leaves out adaptive sampling, clamping and the denoiser, for references. Prints one JSON line a picture with its
seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import bpy

from render.blender.build import add_camera, add_soft_boxes, add_world
from render.blender.geometry import add_geometry, set_frame
from scenes.spec import Geometry


def configure(bounces: int) -> None:
    """Defaults of a new file, a full opaque frame, linear floats out."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.use_persistent_data = True
    scene.render.use_border = False
    scene.render.film_transparent = False
    scene.cycles.max_bounces = bounces
    scene.cycles.transparent_max_bounces = 16
    image = scene.render.image_settings
    image.file_format, image.color_depth = "OPEN_EXR", "32"


def light(picture: dict[str, Any], boxes: list[bpy.types.Object], worlds: dict[str, bpy.types.World]) -> None:
    """Room light, or soft boxes before a room that is only seen."""
    for box in boxes:
        weight = picture["lights"].get(box.name)
        box.hide_render = weight is None
        box.data.color = weight or (0.0, 0.0, 0.0)
    world = worlds[picture["world"]]
    seen_only = bool(picture["lights"])
    for kind in ("diffuse", "glossy", "transmission", "scatter"):
        setattr(world.cycles_visibility, kind, not seen_only)
    world.cycles.sampling_method = "NONE" if seen_only else "AUTOMATIC"
    bpy.context.scene.world = world


def render(picture: dict[str, Any]) -> None:
    """One picture to one EXR."""
    scene, cycles = bpy.context.scene, bpy.context.scene.cycles
    cycles.samples, cycles.seed = picture["samples"], picture["seed"]
    cycles.use_adaptive_sampling = cycles.use_denoising = not picture["plain"]
    cycles.sample_clamp_indirect = 0.0 if picture["plain"] else 10.0
    scene.render.filepath = picture["path"]
    bpy.ops.render.render(write_still=True)


def main() -> None:
    """See the module's docstring; the engine's own words go to `engine.log`."""
    folder = Path(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(folder / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    add_camera(job["camera"])
    boxes = add_soft_boxes(job["soft_boxes"])
    worlds = {row["name"]: add_world(row["path"], row["rotation_rad"], row["name"]) for row in job["worlds"]}
    handle = add_geometry(Geometry.load(folder / "geometry.npz"))
    configure(job["cycles"]["bounces"])
    for picture in job["pictures"]:
        light(picture, boxes, worlds)
        # What is done once a clip (importance map, shaders) is not counted, what is done at every frame is.
        set_frame(handle, picture["frame"] - 1)
        render({**picture, "samples": 1})
        wall, cpu = time.perf_counter(), time.process_time()
        set_frame(handle, picture["frame"])
        render(picture)
        seconds = {"seconds": time.perf_counter() - wall, "core_seconds": time.process_time() - cpu}
        print(json.dumps({"path": picture["path"], **seconds}), file=answers, flush=True)
    # The engine can hang while the interpreter shuts down.
    os._exit(0)


if __name__ == "__main__":
    main()
