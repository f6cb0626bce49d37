"""Where the time of `configs/degrade/webcam.yaml`, the default, goes: each stage against the least it could cost.

    python benchmarks/degrade_webcam.py [--draws 12] [--frames 24] [--slide]

One core, processor time of this process and of the codec's, clips of 1280x720 with 10 bits as clean shards have them.
A textured person's outline moves by three pixels a frame before a textured wall that stands still; `--slide` moves the
whole frame, which is the worst case for what follows motion. The figure is the mean over the draws with its standard
error. A floor is one library call that cannot be left out, or one pass over memory. Prints a table and JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.degrade_speed import HEIGHT, WIDTH, milliseconds, picture
from core.config import load
from core.memory import keep_freed_memory
from degrade import chain
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.stages import passes
from degrade.stages.codec import CodecParams, coded_frames
from degrade.stages.stage import Params

PRESET = Path(__file__).resolve().parents[1] / "configs" / "degrade" / "webcam.yaml"


def clip(frames: int, slide: bool) -> np.ndarray:
    """`(T, 720, 1280, 3)` uint16 with 10-bit levels: an ellipse over 30 % of the frame moves before what stands still;
    or all of it slides."""
    wall, person = picture(), picture()[:, ::-1]
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    shown = []
    for t in range(frames):
        moved = np.roll(person, 3 * t, 1)
        inside = ((x - WIDTH / 2 - 3 * t) / 330) ** 2 + ((y - 400) / 265) ** 2 < 1
        shown.append(moved if slide else np.where(inside[..., None], moved, wall))
    return np.stack(shown).astype(np.uint16) * 4


def spent_s() -> float:
    """Processor seconds of this process and of those it started that have ended."""
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + below.ru_utime + below.ru_stime


class Stopwatch:
    """Seconds and calls of whatever is wrapped by `timed`; what one wrapped call spends in another counts there."""

    def __init__(self) -> None:
        self.seconds, self.calls = Counter[str](), Counter[str]()
        self._open: list[tuple[str, float]] = []

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self._until_now()
            self._open.append((name, spent_s()))
            try:
                return work(*arguments, **named)
            finally:
                self._until_now()
                self._open.pop()
                self.calls[name] += 1
                if self._open:
                    self._open[-1] = (self._open[-1][0], spent_s())

        return call

    def _until_now(self) -> None:
        if self._open:
            name, since = self._open[-1]
            self.seconds[name] += spent_s() - since

    def watch_the_chain(self) -> None:
        """For the rest of this process: every stage that is prepared, and what the chain does between them."""
        for kind in _kinds(Params):
            if "prepare" in vars(kind):
                name, prepare = kind.__name__.removesuffix("Params"), kind.prepare
                kind.prepare = lambda params, context, name=name, prepare=prepare: self.timed(  # type: ignore[method-assign]
                    name, prepare(params, context)
                )
        for name in ("to_linear", "to_srgb8"):
            setattr(chain, name, self.timed(name, getattr(chain, name)))
        passes.resize = self.timed("Resize", passes.resize)
        chain.coded_frames = self._coded  # type: ignore[assignment]

    def _coded(self, frames: Any, count: int, codec: CodecParams, *rest: Any) -> Iterator[np.ndarray]:
        following = self.timed(f"codec {codec.kind}", lambda coming: next(coming, None))
        coming = coded_frames(frames, count, codec, *rest)
        while (frame := following(coming)) is not None:
            yield frame


def _kinds(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def floors(levels: np.ndarray) -> dict[str, tuple[float, str]]:
    """By stage: ms of the least that it could do to a whole frame, and what that is."""
    linear, row = levels.astype(np.float32) / 255, cv2.getGaussianKernel(13, 2)
    there = [np.array(side, np.float32) for side in np.meshgrid(np.arange(WIDTH) + 0.3, np.arange(HEIGHT) + 0.3)]
    move = np.array([[1.001, 0, 0], [0, 1.001, 0]])
    half, quality = (WIDTH // 2, HEIGHT // 2), [cv2.IMWRITE_JPEG_QUALITY, 75]
    table = np.arange(256, dtype=np.float32)
    work: dict[str, tuple[str, Callable[[int], Any]]] = {
        "MotionBlur": ("one remap", lambda _: cv2.remap(linear, *there, cv2.INTER_LINEAR)),
        "TemporalDenoise": ("one multiplication by float weights", lambda _: cv2.multiply(linear, linear)),
        "Sensor": ("its random words", lambda n: np.random.Philox(key=n).random_raw(levels.size // 4)),
        "Aberration": ("red and blue warped", lambda _: [cv2.warpAffine(linear[..., 0], move, (WIDTH, HEIGHT))] * 2),
        "Blur": ("a separable filter of 13 taps", lambda _: cv2.sepFilter2D(linear, -1, row, row)),
        "to_srgb8": ("one table of 8 bits", lambda _: cv2.LUT(levels, table)),
        "to_linear": ("one table of 8 bits", lambda _: cv2.LUT(levels, table)),
        "WhiteBalance": ("one multiplication", lambda _: linear * np.float32(1.1)),
        "Exposure": ("one multiplication", lambda _: linear * np.float32(1.1)),
        "Banding": ("one multiplication", lambda _: linear * np.float32(1.1)),
        "Sharpen": ("its Gaussian", lambda _: cv2.GaussianBlur(levels, (0, 0), 1.2)),
        "Colour": ("one matrix", lambda _: cv2.transform(levels, np.eye(3))),
        "Jpeg": ("itself", lambda _: cv2.imdecode(cv2.imencode(".jpg", levels, quality)[1], cv2.IMREAD_COLOR)),
        "Resize": ("one bilinear halving", lambda _: cv2.resize(levels, half)),
    }
    return {name: (milliseconds(call, 5), what) for name, (what, call) in work.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=12)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--slide", action="store_true", help="move the whole frame")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    keep_freed_memory()
    config, frames, watch = load(PRESET, DegradeConfig), clip(options.frames, options.slide), Stopwatch()
    watch.watch_the_chain()
    costs = []
    for number in range(options.draws):
        params = draw_params(config, 0, f"clip-{number:06d}", options.frames, WIDTH, HEIGHT, 30.0)
        began = spent_s()
        watch.timed("the rest", lambda p=params: [None for _ in chain.degrade_frames(frames.__getitem__, p)])()
        costs.append((spent_s() - began) * 1000 / options.frames)
    mean, error = float(np.mean(costs)), float(np.std(costs) / np.sqrt(len(costs)))
    print(f"1280x720, {options.draws} drawn clips of {options.frames} frames; load {os.getloadavg()[0]:.1f}\n")
    print(f"{mean:.1f} +- {error:.1f} ms a frame, codec included; clips {min(costs):.1f} to {max(costs):.1f}\n")
    print(f"{'stage':16} {'ms a frame':>11} {'ms a call':>10} {'floor':>6}")
    least, result = floors(picture()), {}
    for name, seconds in watch.seconds.most_common():
        each = seconds * 1000 / watch.calls[name]
        a_frame = seconds * 1000 / options.frames / options.draws
        floor, what = least.get(name, (None, ""))
        result[name] = {"ms_a_frame": a_frame, "ms_a_call": each, "floor_ms": floor}
        shown = "" if floor is None else f"{floor:6.1f} {what}"
        print(f"{name:16} {a_frame:11.1f} {'' if name == 'the rest' else f'{each:.1f}':>10} {shown}".rstrip())
    print("\n" + json.dumps({"ms": mean, "error_ms": error, "stages": result}, sort_keys=True))


if __name__ == "__main__":
    main()
