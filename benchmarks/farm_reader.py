"""How fast the training reader is against the bare decoder: 1280x720 frames, random order, checks on.

    .venv/bin/python benchmarks/farm_reader.py [--frames 8] [--rounds 3]

Both decode the same frames, one decoding thread a process, in turns; the figures are medians of the rounds' ratios, and
the lowest and highest. First in one process; then two worker processes of torch's loader against two processes that
decode and do nothing else, all started before. In processor time, of all processes together, so that other work on the
machine does not count; for the two also by the clock.

Last, a call before a background that stands still, in either form that shards have: predicted (H.264) against FFV1, in
bytes and in the reader's speed, for single frames and windows at random and for all frames in their order.
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
from pairs.predicted import KEY_EVERY, encode_predicted
from pairs.reader import EpochSampler, Reader
from pairs.shards import Sample, write_shard
from pairs.video import array_from, encode_lossless

HEIGHT, WIDTH, CLIPS = 720, 1280, 2
WINDOWS = (1, 2, 8)


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


def call(frames: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Source and target of a clip in which a quarter of the frame moves, with grain, before smooth shapes that do not:
    both take about the bytes of a render."""
    rng = rng_for(1, "call", "benchmark")
    still, person = (
        cv2.resize(rng.uniform(60, 900, (9, 16, 3)).astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        + rng.normal(0, 0.4, (HEIGHT, WIDTH, 3))
        for _ in range(2)
    )
    shown = []
    for number in range(frames):
        frame, left = still.copy(), WIDTH // 3 + number % 16
        moved = person[HEIGHT // 4 :, : WIDTH // 3]
        frame[HEIGHT // 4 :, left : left + WIDTH // 3] = moved + rng.normal(0, 1.5, moved.shape)
        shown.append(np.clip(frame, 0, 1023).astype(np.uint16))
    return shown, [(frame >> 2).astype(np.uint8) for frame in shown]


def rendered(clean: Path, frames: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Source and target of the first sample of clean shards, to and fro until there are so many."""
    data = Dataset(clean, "clean")
    clip = data.clip(data.keys()[0])
    there_and_back = [*range(len(clip.source)), *range(len(clip.source) - 2, 0, -1)]
    order = [there_and_back[number % len(there_and_back)] for number in range(frames)]
    return list(clip.source[order]), list(clip.target[order])


def compare_forms(shown: tuple[list[np.ndarray], list[np.ndarray]], rounds: int) -> None:
    """Print a line for each way of reading."""
    videos, frames = dict(zip(("source.mkv", "target.mkv"), shown, strict=True)), len(shown[0])
    height, width = shown[0][0].shape[:2]
    info = {"key": "call", "frames": frames, "width": width, "height": height, "split": "train"}
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / "ffv1", Path(name) / "predicted"]
        for folder, encode in zip(folders, (encode_lossless, encode_predicted), strict=True):
            folder.mkdir()
            write_header(folder, "clean", {})
            members = {name: encode(shown, 30) for name, shown in videos.items()}
            sample = Sample("call", {"json": json.dumps(info).encode(), **members})
            write_row(folder, write_shard(folder / "all-000000.tar", [sample]))
        size = [(folder / "all-000000.tar").stat().st_size for folder in folders]
        print(f"a still background, a key frame every {KEY_EVERY}: {size[1] / size[0]:.2f} of the bytes of FFV1")
        for window in (*(window for window in WINDOWS if window < frames), frames):
            readers = [Reader(folder, window=window) for folder in folders]
            order = list(EpochSampler(len(readers[0]), seed=1))
            reads = [lambda r=reader, order=order: sum(len(r[i]["source"]) for i in order) for reader in readers]
            seen = np.array([[timed(read)[0] for read in reads] for _ in range(rounds)])
            ratio, low, high = (f"{share:.2f}" for share in np.quantile(seen[:, 1] / seen[:, 0], (0.5, 0, 1)))
            what = "all frames in order" if window == frames else f"windows of {window} at random"
            print(f"  {what}: {ratio} times the speed of FFV1 ({low} to {high}), processor time")


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
    parser.add_argument("--call-frames", type=int, default=60, help="of the clip before a still background; 0: none")
    parser.add_argument("--clean", type=Path, help="take that clip from these clean shards")
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
    if options.call_frames:
        shown = rendered(options.clean, options.call_frames) if options.clean else call(options.call_frames)
        compare_forms(shown, options.rounds)


def report(what: str, decoder: np.ndarray, reader: np.ndarray) -> None:
    """One line of `(rounds,)` speeds."""
    ratio, low, high = (f"{share:.2f}" for share in np.quantile(reader / decoder, (0.5, 0, 1)))
    speeds = f"reader {np.median(reader):.1f} frames/s, bare decoder {np.median(decoder):.1f}"
    print(f"{what}: {speeds}; ratio {ratio} ({low} to {high})")


if __name__ == "__main__":
    main()
