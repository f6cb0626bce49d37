"""How `keyfill degrade` grows with the number of processes: frames a second with N processes over those with one.

    python benchmarks/degrade_workers.py [--workers 2] [--clips 16] [--size 640x360] [--frames 12]

Writes clean shards of textured clips, degrades them with `configs/degrade/webcam.yaml` with one process and with N, in
turn and three times each, and prints the ratio of the best runs. Starting the processes is part of it. No more than
the machine's cores can be won.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from degrade.config import DegradeConfig
from degrade.run import degrade_folder
from pairs.config import load
from pairs.manifest import write_header, write_row
from pairs.rng import rng_for
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

ROOT = Path(__file__).resolve().parents[1]
FPS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--frames", type=int, default=12)
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    cv2.setNumThreads(1)  # here as in the processes that are started
    config = load(ROOT / "configs" / "degrade" / "webcam.yaml", DegradeConfig)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_clean(work / "clean", args.clips, width, height, args.frames)
        best = {1: float("inf"), args.workers: float("inf")}
        for turn in range(3):
            for workers in best:
                began = time.monotonic()
                degrade_folder(work / "clean", config, 1, work / f"pairs-{workers}-{turn}", workers)
                best[workers] = min(best[workers], time.monotonic() - began)
        same = all(
            path.read_bytes() == (work / f"pairs-{args.workers}-0" / path.name).read_bytes()
            for path in (work / "pairs-1-0").glob("*.tar")
        )
    frames = args.clips * args.frames
    for workers, seconds in best.items():
        print(f"{workers} process{'es' if workers > 1 else '':<3} {frames / seconds:6.1f} frames/s of {args.size}")
    cores = len(os.sched_getaffinity(0))
    print(f"ratio {best[1] / best[args.workers]:.2f} on {cores} cores; the same bytes: {'yes' if same else 'NO'}")


def write_clean(folder: Path, clips: int, width: int, height: int, frames: int) -> None:
    """Clean shards of four clips each: a soft texture that slides by two pixels a frame."""
    write_header(folder, "clean", {})
    for start in range(0, clips, 4):
        samples = []
        for number in range(start, min(start + 4, clips)):
            noise = rng_for(0, number, "bench").standard_normal((height, width + 2 * frames, 3), np.float32)
            wide = np.clip(128 + 400 * cv2.GaussianBlur(noise, (0, 0), 4), 0, 255).astype(np.uint8)
            video = encode_lossless([wide[:, 2 * t : 2 * t + width] for t in range(frames)], FPS)
            key = f"clip-{number:06d}"
            info = {"key": key, "fps": FPS, "frames": frames, "width": width, "height": height, "split": "train"}
            members = {"json": json.dumps(info).encode(), "source.mkv": video, "target.mkv": video}
            samples.append(Sample(key, members))
        write_row(folder, write_shard(folder / f"train-{start // 4:06d}.tar", samples))


if __name__ == "__main__":
    main()
