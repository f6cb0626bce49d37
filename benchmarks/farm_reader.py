"""How fast the training reader is against the bare decoder: 1280x720 frames, random order, checks on.

    .venv/bin/python benchmarks/farm_reader.py [--frames 8] [--rounds 3]

Both decode the same frames, one decoding thread a process, in turns; the figures are medians of the rounds' ratios, and
the lowest and highest. First in one process; then two worker processes of torch's loader against two processes that
decode and do nothing else, all started before. In processor time, of all processes together, so that other work on the
machine does not count; for the two also by the clock.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
from torch.utils.data import DataLoader

from core.rng import rng_for
from pairs.dataset import Dataset
from pairs.manifest import write_header, write_row
from pairs.reader import EpochSampler, Reader
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


def clocks() -> tuple[float, float]:
    """Processor seconds of this process and its children so far, and the clock's seconds."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children())]
    return sum(spent.user + spent.system for spent in times), time.perf_counter()


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Frames a processor second and a second."""
    began = clocks()
    frames = work()
    ended = clocks()
    return frames / (ended[0] - began[0]), frames / (ended[1] - began[1])


def main() -> None:
    """Print the ratios."""
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
        order = EpochSampler(len(reader), seed=1)

        loader = DataLoader(reader, batch_size=4, sampler=order, num_workers=2, persistent_workers=True)
        with ProcessPoolExecutor(2, get_context("fork")) as pool:

            def one() -> int:
                return 2 * sum(len(reader[i]["source"]) for i in order)

            def two_bare() -> int:
                return sum(pool.map(bare, [videos[:2], videos[2:]]))

            def loaded() -> int:
                return 2 * sum(len(batch["start"]) for batch in loader)

            works = (lambda: bare(videos), one, two_bare, loaded)
            for work in works:
                work()
            seen = np.array([[timed(work) for work in works] for _ in range(options.rounds)])
        report("one process, processor time", seen[:, 0, 0], seen[:, 1, 0])
        report("two processes, torch's loader, processor time", seen[:, 2, 0], seen[:, 3, 0])
        report("two processes, torch's loader, by the clock", seen[:, 2, 1], seen[:, 3, 1])


def report(what: str, decoder: np.ndarray, reader: np.ndarray) -> None:
    """One line of `(rounds,)` speeds."""
    ratio, low, high = (f"{share:.2f}" for share in np.quantile(reader / decoder, (0.5, 0, 1)))
    speeds = f"reader {np.median(reader):.1f} frames/s, bare decoder {np.median(decoder):.1f}"
    print(f"{what}: {speeds}; ratio {ratio} ({low} to {high})")


if __name__ == "__main__":
    main()
