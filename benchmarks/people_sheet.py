"""Renders a contact sheet: one target frame of each of the first people of a seed, side by side.

    python benchmarks/people_sheet.py [OUT.jpg] [--people 24] [--seed 2025] [--width 320] [--samples 96] [--keep FOLDER]

Tiles that lie in the --keep folder are not rendered again.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from pairs.video import iter_frames
from render.clip import render_clip
from render.config import RenderConfig
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Scene

COLUMNS = 6


def portrait(seed: int, index: int, width: int, height: int) -> Scene:
    """Person `index` in the first frame of their clip, with the lids open; their camera, but head and shoulders fill
    the picture."""
    config = ScenesConfig(train_clips=index + 1, test_clips=0, width=width, height=height, frames=1)
    scene = draw_scene(config, seed, index)
    camera = replace(scene.camera, look_at_m=(0.0, 0.0, 1.14), hfov_rad=2 * math.atan(0.25 / scene.camera.focus_m))
    return replace(scene, camera=camera, motion=replace(scene.motion, blinks=()))


def tile(scene: Scene, samples: int) -> np.ndarray:
    """`(H, W, 3)` uint8 sRGB: the target."""
    rooms = {room.name: Path(room.path) for room in find_rooms(ScenesConfig())}
    config = RenderConfig(rooms="exact", samples=2, studio_samples=samples, accumulate=0, outputs=())
    with tempfile.TemporaryDirectory() as work:
        sample = render_clip(scene, config, rooms, Path(work))[0]
    return np.asarray(next(iter(iter_frames(sample.members["target.mkv"]))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", default="docs/people.jpg")
    parser.add_argument("--people", type=int, default=24)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--samples", type=int, default=96)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    height, tiles = given.width, []
    for index in range(given.first, given.first + given.people):
        kept = given.keep / f"{given.seed}-{index:03d}-{given.width}.png" if given.keep else None
        if kept is None or not kept.exists():
            picture = tile(portrait(given.seed, index, given.width, height), given.samples)
            print(f"person {index - given.first + 1} of {given.people}", flush=True)
            if kept is not None:
                given.keep.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(kept), picture[..., ::-1])
        else:
            picture = cv2.imread(str(kept))[..., ::-1]
        tiles.append(picture)
    while len(tiles) % COLUMNS:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.concatenate(tiles[i : i + COLUMNS], 1) for i in range(0, len(tiles), COLUMNS)]
    out = Path(given.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), np.concatenate(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
