"""One frame traced again and again with settings that differ, for `benchmarks/light_weigh.py`.

`python -m render.blender.weigh FOLDER PARENT`: as `render.blender.main`, but `job.json` also has `variants`:
`{"name", "samples", "seed", "frames", "cycles", "subsurface", "percent", "persistent"}`; `cycles` holds settings of the
engine by name, `percent` scales the film. Everything is put back after each. One JSON line a trace with its processor
seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from render.blender.main import light_by, main


def run(folder: Path, say: Callable[[dict[str, Any]], None]) -> None:
    """Trace all variants of the job in `folder`."""
    from scenes.spec import Geometry

    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    began = time.process_time()
    import bpy

    from render.blender.build import add_camera, add_soft_boxes, add_world
    from render.blender.cycles import add_layer, configure, trace
    from render.blender.geometry import add_geometry, set_frame

    bpy.ops.wm.read_factory_settings(use_empty=True)
    configure(job["cycles"])
    started = time.process_time()
    add_camera(job["camera"])
    lamps = add_soft_boxes(job["soft_boxes"])
    worlds = {row["name"]: add_world(row["path"], row["rotation_rad"], row["name"]) for row in job["worlds"]}
    dark = add_world(None, 0.0, "dark")
    handle = add_geometry(Geometry.load(folder / "geometry.npz"))
    for row in job["traces"]:
        add_layer(row["name"], row["groups"], job["rest"], handle.has_things)
    say({"start": started - began, "build": time.process_time() - started})
    for variant in job["variants"]:
        with _changed(variant):
            for frame in variant["frames"]:
                began = time.process_time()
                set_frame(handle, frame)
                moved = time.process_time() - began
                for row in job["traces"]:
                    began = time.process_time()
                    light_by(row, lamps, worlds, dark)
                    path = folder / f"{variant['name']}-{frame}-{row['name']}.exr"
                    trace(row["name"], str(path), variant["samples"], variant["seed"] + frame)
                    spent = time.process_time() - began
                    told = {"variant": variant["name"], "frame": frame, "trace": row["name"], "path": str(path)}
                    say({**told, "core_seconds": spent, "moved": moved})


@contextmanager
def _changed(variant: dict[str, Any]) -> Iterator[None]:
    """The engine set as `variant` says."""
    import bpy

    render, cycles = bpy.context.scene.render, bpy.context.scene.cycles
    wanted = [(cycles, name, value) for name, value in variant.get("cycles", {}).items()]
    wanted.append((render, "use_persistent_data", variant.get("persistent", False)))
    wanted.append((render, "resolution_percentage", variant.get("percent", 100)))
    if "subsurface" in variant:
        nodes = [node for material in bpy.data.materials if material.node_tree for node in material.node_tree.nodes]
        skins = [node for node in nodes if node.type == "BSDF_PRINCIPLED"]
        wanted += [(node, "subsurface_method", variant["subsurface"]) for node in skins]
    before = [(thing, name, getattr(thing, name)) for thing, name, _ in wanted]
    for rows in (wanted, before):
        for thing, name, value in rows:
            setattr(thing, name, value)
        if rows is wanted:
            yield


if __name__ == "__main__":
    main(run)
