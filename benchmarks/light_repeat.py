"""Is a clip the same when it is traced again? Frames whose passes differ from a first run's in any bit.

    python benchmarks/light_repeat.py [--runs 12] [--busy 2] [--rooms stage] [--clip 2]

Traces four frames of a moving subject (64x36, 8 samples), each run in a process of its own with another number of
threads and from another frame on, while `busy` other processes keep the processor's cores busy; compares every pass.
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
from render.relight import Relighter
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms

THREADS = (0, 1, 8)
Passes = dict[tuple[int, str, str], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--rooms", choices=("exact", "stage"), default="exact")
    parser.add_argument("--clip", type=int, default=2)
    parser.add_argument("--frames", type=int, default=4)
    args = parser.parse_args()
    config = ScenesConfig(train_clips=16, test_clips=0, width=64, height=36, frames=args.frames)
    scene = draw_scene(config, 7, args.clip)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    geometry = build_geometry(scene)
    render = RenderConfig(rooms=args.rooms, samples=8, studio_samples=8)
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, render, rooms, geometry, film)

    def traced(run: int) -> Passes:
        passes: Passes = {}
        settings = render.model_copy(update={"threads": THREADS[run % len(THREADS)]})
        order = np.roll(np.arange(args.frames), run).tolist()
        job = make_job(scene, settings, rooms, film, lights.face, lights.stage, order)
        pattern = lights.stage and lights.stage.pattern
        with tempfile.TemporaryDirectory() as work, Tracer(job, geometry, pattern, Path(work)) as tracer:
            for frame, paths in tracer.frames():
                for name, path in paths.items():
                    passes |= _planes(path, frame, name)
        return passes

    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(args.busy)]
    try:
        first = traced(0)
        differ = 0
        for run in range(1, args.runs + 1):
            again = traced(run)
            assert again.keys() == first.keys()
            differ += len({key[0] for key in first if not np.array_equal(first[key], again[key])})
    finally:
        for other in others:
            other.kill()
    print(f"{args.runs * args.frames} frames traced again: {differ} differ")


def _planes(path: Path, frame: int, name: str) -> Passes:
    import OpenEXR

    channels = OpenEXR.File(str(path), separate_channels=True).parts[0].channels
    return {(frame, name, key): np.array(channel.pixels) for key, channel in channels.items()}


if __name__ == "__main__":
    main()
