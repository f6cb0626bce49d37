"""Prints how long building a subject takes after the first: whole clips, no rendering.

python benchmarks/people_build.py [--people 5] [--frames 150]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--frames", type=int, default=ScenesConfig().frames)
    given = parser.parse_args()
    config, wall, used = ScenesConfig(frames=given.frames), [], []
    for index in range(given.people + 1):
        began, spent = time.perf_counter(), time.process_time()
        build_geometry(draw_scene(config, 2025, index))
        wall.append(time.perf_counter() - began)
        used.append(time.process_time() - spent)
    print(f"first subject: {wall[0]:.1f} s")
    print(f"later subjects: median {np.median(wall[1:]):.1f} s, {np.median(used[1:]):.1f} CPU s")


if __name__ == "__main__":
    main()
