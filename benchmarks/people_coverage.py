"""Prints what the scenes of a config cover, counted over drawn scenes, no rendering.

python benchmarks/people_coverage.py [--scenes 500] [--seed 2025]
"""

from __future__ import annotations

import argparse

from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.scene_stats import lines, scene_stats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2025)
    given = parser.parse_args()
    config = ScenesConfig()
    print("\n".join(lines(scene_stats(draw_scene(config, given.seed, i) for i in range(given.scenes)))))


if __name__ == "__main__":
    main()
