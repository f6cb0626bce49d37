"""The tracing child: one clip, one process. Reads a job folder, answers in JSON lines, leaves one EXR per trace.

`python -m render.blender.main FOLDER`: FOLDER holds `job.json` and `geometry.npz`. For every line on standard input the
child traces one more frame and writes `{"frame", "trace", "path", "seconds"}` lines; what the engine prints goes
to `engine.log` in FOLDER.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1


def run(folder: Path, say: Callable[[dict[str, Any]], None]) -> None:
    """Trace every frame of the job in `folder`; `say` sends one record to the parent."""
    from scenes.spec import Geometry

    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    started = time.perf_counter()
    import bpy

    from render.blender.cycles import add_layer, configure, trace
    from render.blender.devices import DeviceMissing, use_device

    bpy.ops.wm.read_factory_settings(use_empty=True)
    configure(job["cycles"])
    try:
        names = use_device(job["device"], bpy.context.scene, bpy.context.preferences.addons["cycles"].preferences)
    except DeviceMissing as error:
        say({"error": "device", "message": str(error)})
        return
    import numpy as np

    from render.blender.build import add_camera, add_soft_boxes, add_world
    from render.blender.emitters import add_stage
    from render.blender.geometry import add_geometry, set_frame

    add_camera(job["camera"])
    lamps = add_soft_boxes(job["soft_boxes"])
    worlds = {row["name"]: add_world(row["path"], row["rotation_rad"], row["name"]) for row in job["worlds"]}
    dark = add_world(None, 0.0, "dark")
    if job["stage"]:
        lamps = [*lamps, *add_stage(job["stage"], np.load(folder / "stage.npy", allow_pickle=False))]
    handle = add_geometry(Geometry.load(folder / "geometry.npz"))
    for trace_row in job["traces"]:
        add_layer(trace_row["name"], trace_row["groups"], job["rest"], handle.has_things)
    say({"ready": True, "device": names, "engine": bpy.app.version_string, "seconds": time.perf_counter() - started})
    for row in job["frames"]:
        if not sys.stdin.readline():
            return
        began, spent = time.perf_counter(), time.process_time()
        set_frame(handle, row["frame"])
        moved = time.perf_counter() - began
        for trace_row in job["traces"]:
            began = time.perf_counter()
            light_by(trace_row, lamps, worlds, dark)
            path = folder / f"{row['frame']:05d}-{trace_row['name']}.exr"
            trace(trace_row["name"], str(path), trace_row["samples"], row["seed"])
            say(
                {
                    "frame": row["frame"],
                    "trace": trace_row["name"],
                    "path": str(path),
                    "seconds": time.perf_counter() - began,
                    "core_seconds": time.process_time() - spent,
                    "moved": moved,
                }
            )
            spent = time.process_time()


def light_by(row: dict[str, Any], lamps: list[Any], worlds: dict[str, Any], dark: Any) -> None:
    """Leave on what a trace is lit by: its lamps, and its world or none."""
    import bpy

    for thing in lamps:
        thing.hide_render = thing.lightgroup not in row["groups"]
    bpy.context.scene.world = worlds[row["world"]] if row["world"] else dark


def main(work: Callable[[Path, Callable[[dict[str, Any]], None]], None] = run) -> None:
    """Silence the engine at file-descriptor level, tie this life to the parent's, run, leave without teardown."""
    folder = Path(sys.argv[1])
    parent = int(sys.argv[2])
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(folder / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)

    def say(record: dict[str, Any]) -> None:
        channel.write(json.dumps(record) + "\n")
        channel.flush()

    code = 0
    try:
        work(folder, say)
    except BaseException as error:
        traceback.print_exc()
        say({"error": "failed", "message": f"{type(error).__name__}: {error}"})
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # The engine can hang while the interpreter shuts down.
    os._exit(code)


if __name__ == "__main__":
    main()
