"""What chairs, desks and what is on them cost in a trace: the same people with and without, in core seconds a frame.

    python benchmarks/people_things.py [--people 6] [--size 320x180] [--samples 12]

People sit as they do with things; only the things are left out. Core seconds are processor time over all threads, of
room and studio together, on the second of two frames, so that start-up is not in them. Printed for each person: both,
their ratio, and how many times as many pixels have something in them to be traced; then the ratio of the sums.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from render.config import RenderConfig
from render.job import make_job, subject_film
from render.relight import Relighter
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Scene


def traced(scene: Scene, config: RenderConfig) -> tuple[float, int]:
    """Core seconds of the second frame's traces, and how many pixels they have."""
    rooms = {room.name: Path(room.path) for room in find_rooms(ScenesConfig())}
    geometry = build_geometry(scene)
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, [0, 1])
    spent = [0.0]
    with (
        tempfile.TemporaryDirectory() as work,
        Tracer(job, geometry, lights.stage and lights.stage.pattern, Path(work)) as tracer,
    ):
        for _ in tracer.frames():
            spent.append(tracer.core_seconds)
    x0, y0, x1, y1 = film.box
    return spent[-1] - spent[-2], (x1 - x0) * (y1 - y0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--samples", type=int, default=RenderConfig().samples)
    parser.add_argument("--rooms", choices=("exact", "stage"), default="exact")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    config = RenderConfig(rooms=given.rooms, samples=given.samples, studio_samples=given.samples, outputs=())
    seat = {"drawn": 1.0, "chair": 1.0, "desk": 1.0}
    scenes = ScenesConfig(width=width, height=height, frames=2, seat=seat, company={"drawn": 0.0})
    sums = [0.0, 0.0]
    for index in range(given.people):
        whole = draw_scene(scenes, 2025, index)
        bare = replace(whole, seat=None if whole.seat is None else replace(whole.seat, chair=None, desk=None))
        (without, few), (spent, many) = traced(bare, config), traced(whole, config)
        sums = [sums[0] + without, sums[1] + spent]
        print(
            f"person {index}: {without:.2f} s, {spent:.2f} s, {spent / without:.2f}; pixels {many / few:.2f}",
            flush=True,
        )
    print(f"with chair and desk {sums[1] / sums[0]:.2f} times the core seconds of a trace without")


if __name__ == "__main__":
    main()
