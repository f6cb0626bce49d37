"""Is a clip the same when it is traced again? Frames whose layers differ from a first run's, raw and as we read them.

    python benchmarks/light_repeat.py [--runs 12] [--busy 2]

Traces four frames of a moving subject (64x36, 8 samples), each run in a process of its own, while `busy` other
processes keep the processor's cores busy; compares every pass to the bit.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from render.config import RenderConfig
from render.job import make_job, subject_film
from render.layers import LightLayers, read_layers
from render.lighting import Lights
from render.tracer import Tracer
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.geometry import build_geometry
from scenes.rooms import find_rooms

FRAMES = 4
Passes = dict[tuple[int, str, str], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--busy", type=int, default=2)
    args = parser.parse_args()
    config = ScenesConfig(train_clips=16, test_clips=0, width=64, height=36, frames=FRAMES)
    scene = draw_scene(config, 7, 2)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    geometry = build_geometry(scene)
    render = RenderConfig(rooms="exact", samples=8, studio_samples=8)
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Lights(scene, render, rooms, geometry, film)
    job = make_job(scene, render, rooms, film, lights.face, lights.stage, list(range(FRAMES)))

    def traced() -> tuple[Passes, Passes]:
        raw, read = {}, {}
        with tempfile.TemporaryDirectory() as work, Tracer(job, geometry, None, Path(work)) as tracer:
            for frame, paths in tracer.frames():
                for name, path in paths.items():
                    groups = tuple(lights.groups) if name == "studio" else (name,)
                    raw |= _planes(path, frame, name)
                    read |= _layers(read_layers(path, groups, film), frame, name)
        return raw, read

    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(args.busy)]
    try:
        first = traced()
        differ = np.zeros(2, int)
        for _ in range(args.runs):
            again = traced()
            for kind in range(2):
                same = {key: np.array_equal(again[kind][key], value) for key, value in first[kind].items()}
                differ[kind] += len({key[0] for key, equal in same.items() if not equal})
    finally:
        for other in others:
            other.kill()
    count = args.runs * FRAMES
    print(f"{count} frames traced again: {differ[0]} differ as the renderer writes them, {differ[1]} as we read them")


def _planes(path: Path, frame: int, name: str) -> Passes:
    import OpenEXR

    channels = OpenEXR.File(str(path), separate_channels=True).parts[0].channels
    return {(frame, name, key): np.array(channel.pixels) for key, channel in channels.items()}


def _layers(layers: LightLayers, frame: int, name: str) -> Passes:
    used = ("radiance", "alpha", "albedo", "normal", "world_normal", "depth_m")
    return {(frame, name, key): getattr(layers, key) for key in used}


if __name__ == "__main__":
    main()
