"""How `keyfill degrade` grows with the number of processes: frames a second with N processes over those with one.

    python benchmarks/degrade_workers.py [--workers 2] [--clips 8] [--size 640x360] [--frames 48] [--turns 3]

Writes clean shards of textured clips, degrades them with `configs/degrade/webcam.yaml` with one process and with N, in
turn, and prints the best runs and their ratio; starting the processes is part of it. On a machine that does other work
the ratio is that of the cores' time it got, so that stands beside, with the frames for each second of it, which say
what more processes cost, and the share of the process that reads and writes the shards, which is all that does not run
side by side.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from core.config import load
from core.rng import rng_for
from degrade.config import DegradeConfig
from degrade.run import degrade_folder
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

ROOT = Path(__file__).resolve().parents[1]
FPS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    cv2.setNumThreads(1)  # here as in the processes that are started
    config = load(ROOT / "configs" / "degrade" / "webcam.yaml", DegradeConfig)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_clean(work / "clean", args.clips, width, height, args.frames)
        runs = {1: [], args.workers: []}
        for turn in range(args.turns):
            for workers, taken in runs.items():
                began, own, others = time.monotonic(), time.process_time(), children_s()
                degrade_folder(work / "clean", config, 1, work / f"pairs-{workers}-{turn}", workers)
                for process in multiprocessing.active_children():
                    process.join()
                spent = (time.monotonic() - began, time.process_time() - own, children_s() - others)
                taken.append((*spent, os.getloadavg()[0]))
        same = all(
            path.read_bytes() == (work / f"pairs-{args.workers}-0" / path.name).read_bytes()
            for path in (work / "pairs-1-0").glob("*.tar")
        )
    frames = args.clips * args.frames
    best = {workers: min(taken) for workers, taken in runs.items()}
    for workers, (seconds, own, others, busy) in best.items():
        name, spent = f"{workers} process{'es' if workers > 1 else ''}", own + others
        print(
            f"{name:12} {frames / seconds:6.1f} frames/s of {args.size} on {spent / seconds:.2f} cores' time, "
            f"{frames / spent:.1f} frames per processor second; load {busy:.1f}"
        )
    cores = len(os.sched_getaffinity(0))
    print(f"ratio {best[1][0] / best[args.workers][0]:.2f} on {cores} cores; the same bytes: {'yes' if same else 'NO'}")
    _, own, others, _ = best[args.workers]
    print(f"{own / (own + others):.1%} of the work is done by one process alone, however many there are")


def children_s() -> float:
    """Processor seconds of all processes below this one that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


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
