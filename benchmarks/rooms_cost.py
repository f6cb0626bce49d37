"""What a room costs: seconds and core seconds of each part of its panorama, layers and files included.

    python benchmarks/rooms_cost.py [--width 2048] [--rooms 2] [--seed 7] [--kind home_office]

Prints a line a room: start (building, the view outside, the sun's patches), the two parts, composing (denoising each
layer and the sum), writing, all; and the core seconds of the renderer.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from render.panorama import trace_panorama
from render.panorama_file import write_panorama
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room


def spent() -> float:
    """Core seconds of this process and of children that have ended."""
    return sum(
        use.ru_utime + use.ru_stime
        for use in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--rooms", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kind", default=None)
    options = parser.parse_args()
    picture = PictureConfig(width=options.width)
    config = RoomsConfig(kind=options.kind, picture=picture)
    for number in range(options.rooms):
        room = draw_room(config, options.seed, number)
        began, cores = time.perf_counter(), spent()
        panorama = trace_panorama(room, picture)
        with tempfile.TemporaryDirectory() as folder:
            traced = time.perf_counter()
            write_panorama(panorama, room, picture, Path(folder))
            size = sum(path.stat().st_size for path in Path(folder).rglob("*.exr")) / 1e6
        parts = "  ".join(f"{name} {seconds:.1f}" for name, seconds in panorama.facts["seconds"].items())
        print(
            f"{room.kind}, {len(panorama.layers)} layers: {time.perf_counter() - began:.1f} s ({parts}, writing "
            f"{time.perf_counter() - traced:.1f}), {spent() - cores:.1f} core seconds, {size:.1f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
