"""How fast the training reader is against the bare decoder: 1280x720 frames, random order, checks on.

    .venv/bin/python benchmarks/farm_reader.py [--frames 8] [--rounds 3]

Both decode the same frames in one process with one decoding thread, in turns; the figure is the ratio of the median
speeds, in processor time so that other work on the machine does not count. A second figure gives the loader's with two
worker processes against two decoders side by side, by the clock.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np
from torch.utils.data import DataLoader

from pairs.dataset import Dataset
from pairs.manifest import write_header, write_row
from pairs.reader import Order, Reader
from pairs.rng import rng_for
from pairs.shards import Sample, write_shard
from pairs.video import array_from, encode_lossless

HEIGHT, WIDTH, CLIPS = 720, 1280, 2


def clip(key: str, frames: int) -> Sample:
    """A clip whose frames compress like renders: smooth shapes that move, and a little grain."""
    rng = rng_for(1, key, "benchmark")
    small = rng.uniform(60, 900, (9, 16, 3)).astype(np.float32)
    wide = cv2.resize(small, (WIDTH + 2 * frames, HEIGHT), interpolation=cv2.INTER_CUBIC)
    source = [
        np.clip(wide[:, 2 * i : 2 * i + WIDTH] + rng.normal(0, 3, (HEIGHT, WIDTH, 3)), 0, 1023).astype(np.uint16)
        for i in range(frames)
    ]
    target = [(frame >> 2).astype(np.uint8) for frame in source]
    info = {"key": key, "frames": frames, "width": WIDTH, "height": HEIGHT, "split": "train"}
    members = {"source.mkv": encode_lossless(source, 30), "target.mkv": encode_lossless(target, 30)}
    return Sample(key, {"json": json.dumps(info).encode(), **members})


def bare(videos: list[bytes]) -> int:
    """Decode videos from memory to arrays and nothing else; returns the frames."""
    count = 0
    for data in videos:
        with av.open(io.BytesIO(data)) as container:
            container.streams.video[0].thread_count = 1
            for frame in container.decode(video=0):
                array_from(frame)
                count += 1
    return count


def timed(work, clock=time.perf_counter) -> float:
    """Frames a second."""
    began = clock()
    return work() / (clock() - began)


def main() -> None:
    """Print both ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=8, help="frames a clip")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each; the medians are compared")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_header(folder, "clean", {})
        keys = [f"clip-{i}" for i in range(CLIPS)]
        write_row(folder, write_shard(folder / "all-000000.tar", (clip(key, options.frames) for key in keys)))
        data = Dataset(folder)
        videos = [data.member(key, f"{name}.mkv") for key in keys for name in ("source", "target")]
        reader = Reader(folder)
        order = Order(len(reader), seed=1)

        def one() -> int:
            return 2 * sum(len(reader[i]["source"]) for i in order)

        def loaded() -> int:
            loader = DataLoader(reader, batch_size=4, sampler=order, num_workers=2)
            return 2 * sum(len(batch["start"]) for batch in loader)

        one()
        cpu = time.process_time
        pairs = [(timed(lambda: bare(videos), cpu), timed(one, cpu)) for _ in range(options.rounds)]
        report("one process", *map(statistics.median, zip(*pairs, strict=True)))
        with ProcessPoolExecutor(2, get_context("fork")) as pool:

            def two_bare() -> int:
                return sum(pool.map(bare, [videos[:2], videos[2:]]))

            two_bare()
            pairs = [(timed(two_bare), timed(loaded)) for _ in range(options.rounds)]
        report("two processes, torch loader", *map(statistics.median, zip(*pairs, strict=True)))


def report(what: str, decoder: float, reader: float) -> None:
    """One line."""
    print(f"{what}: reader {reader:.1f} frames/s, bare decoder {decoder:.1f}; ratio {reader / decoder:.2f}")


if __name__ == "__main__":
    main()
