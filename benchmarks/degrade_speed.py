"""Time per 1280x720 frame of the published chain, ours against a plain numpy/OpenCV chain with the same parameters.

    python benchmarks/degrade_speed.py [--draws 48] [--repeats 3]

One core, process CPU time, the two chains in turn in one run. The figure is the mean over clips drawn from
configs/degrade/realesrgan.yaml (the published distribution: sizes from 0.15 to 1.5, kernels, noises, qualities), of
each the best of the repeats; with its standard error over the draws. Then what each stage costs within these chains,
then each stage at full size against its floor. Prints tables and JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np

from core.config import load
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.stages import passes
from degrade.stages.blur import BlurParams
from degrade.stages.jpeg import JpegParams, jpeg
from degrade.stages.noise import NoiseParams
from degrade.stages.passes import PassParams, SecondPassParams
from degrade.stages.resize import ResizeParams, resize
from degrade.stages.stage import Apply, ApplyContext, Clip

PRESET = Path(__file__).parent.parent / "configs" / "degrade" / "realesrgan.yaml"
WIDTH, HEIGHT = 1280, 720
INTERPOLATION = {"area": cv2.INTER_AREA, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}


def picture() -> np.ndarray:
    """A 1280x720 BGR picture with the statistics of a photograph: a 1/f spectrum over the whole range of levels."""
    rng = np.random.default_rng(0)
    y, x = np.meshgrid(np.fft.fftfreq(HEIGHT), np.fft.rfftfreq(WIDTH), indexing="ij")
    amplitude = 1 / np.maximum(np.hypot(x, y), 1 / WIDTH)
    phases = np.exp(2j * np.pi * rng.random((3, HEIGHT, WIDTH // 2 + 1)))
    planes = np.fft.irfft2(amplitude * phases, s=(HEIGHT, WIDTH))
    spread = np.clip(128 + 50 * planes / planes.std(), 0, 255)
    return np.ascontiguousarray(np.rint(spread).astype(np.uint8).transpose(1, 2, 0))


def plain_pass(image: np.ndarray, order: PassParams, rng: np.random.Generator, last: bool) -> np.ndarray:
    """One pass as a first implementation would write it: float32, full kernels, numpy's noise. Same parameters."""
    if order.blur is not None:
        image = cv2.filter2D(image, -1, padded(order.blur.kernel()), borderType=cv2.BORDER_REFLECT_101)
    if order.resize is not None:
        image = cv2.resize(
            image, (order.resize.width, order.resize.height), interpolation=INTERPOLATION[order.resize.mode]
        )
    if order.noise is not None:
        image = plain_noise(image, order.noise, rng)
    second = isinstance(order, SecondPassParams)
    if second and order.sinc_first:
        return plain_jpeg(plain_end(image, order), order)
    image = plain_jpeg(image, order)
    return plain_end(image, order) if last else image


def padded(kernel: np.ndarray) -> np.ndarray:
    """The published chain pads every kernel to 21 x 21."""
    missing = max(0, (21 - kernel.shape[0]) // 2)
    return np.pad(kernel, missing)


def plain_noise(image: np.ndarray, noise: NoiseParams, rng: np.random.Generator) -> np.ndarray:
    shape = (*image.shape[:2], 1) if noise.grey else image.shape
    if noise.kind == "gaussian":
        return np.clip(image + rng.normal(0, noise.strength / 255, shape).astype(np.float32), 0, 1)
    base = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[..., None] if noise.grey else image
    base = np.clip(np.rint(base * 255), 0, 255) / 255
    levels = 2 ** np.ceil(np.log2(len(np.unique(base))))
    counts = rng.poisson(base * levels) / levels
    return np.clip(image + noise.strength * (counts - base), 0, 1).astype(np.float32)


def plain_jpeg(image: np.ndarray, order: PassParams) -> np.ndarray:
    if order.jpeg is None:
        return image
    levels = np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)
    data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, order.jpeg.quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255


def plain_end(image: np.ndarray, order: PassParams) -> np.ndarray:
    image = cv2.resize(image, (WIDTH, HEIGHT), interpolation=INTERPOLATION[order.back])
    sinc = getattr(order, "sinc", None)
    return image if sinc is None else cv2.filter2D(image, -1, padded(sinc.kernel()))


def plain_chain(
    levels: np.ndarray, first: PassParams, second: SecondPassParams | None, rng: np.random.Generator
) -> np.ndarray:
    """uint8 -> float -> one or two passes -> uint8."""
    image = plain_pass(levels.astype(np.float32) / 255, first, rng, second is None)
    if second is not None:
        image = plain_pass(image, second, rng, True)
    return np.clip(np.rint(image * 255), 0, 255).astype(np.uint8)


def milliseconds(work: Callable[[int], object], repeats: int) -> float:
    """The best of `repeats` runs after one to warm up, process CPU milliseconds."""
    work(0)
    best = float("inf")
    for number in range(repeats):
        start = time.process_time()
        work(number + 1)
        best = min(best, time.process_time() - start)
    return best * 1000


def context(key: str, name: str = "") -> ApplyContext:
    """What stages are prepared with that look at nothing but the picture they are given."""
    clip = Clip(seed=0, key=key, frames=4, width=WIDTH, height=HEIGHT, fps=30.0)
    nothing = lambda frame: np.empty(0)
    return ApplyContext(clip, name, nothing, nothing, lambda frame: 1.0)


@contextmanager
def stages_timed(spent: Counter[str]) -> Iterator[None]:
    """While open, the seconds spent in each kind of stage that is prepared in it are added to `spent`."""

    def timed(name: str, work: Callable) -> Callable:
        def call(*arguments):
            start = time.process_time()
            result = work(*arguments)
            spent[name] += time.process_time() - start
            return result

        return call

    def prepared(name: str, prepare: Callable[..., Apply]) -> Callable[..., Apply]:
        return lambda params, context: timed(name, prepare(params, context))

    kinds = ((BlurParams, "filters"), (NoiseParams, "noise"), (ResizeParams, "resize"), (JpegParams, "JPEG"))
    with ExitStack() as stack:
        for kind, name in kinds:
            stack.enter_context(mock.patch.object(kind, "prepare", prepared(name, kind.prepare)))
        stack.enter_context(mock.patch.object(passes, "resize", timed("resize", passes.resize)))
        yield


def compare(image: np.ndarray, order: str, draws: int, repeats: int) -> dict[str, Any]:
    """Mean times of both chains over the same draws of the published distribution."""
    config, rng = load(PRESET, DegradeConfig), np.random.default_rng(1)
    ours, plain, prepare, spent = [], [], [], Counter()
    for number in range(draws):
        params = draw_params(config, 0, f"clip-{number:06d}", 1, WIDTH, HEIGHT, 30.0)
        first, second = params.first, params.second if order == "second" else None

        def prepared(first=first, second=second, key=params.key) -> Callable[[int], np.ndarray]:
            one = first.prepare(context(key, "first"), last=second is None)
            two = (lambda picture, _: picture) if second is None else second.prepare(context(key, "second"), last=True)
            return lambda frame: two(one(image, frame), frame)

        start = time.process_time()
        fast = prepared()
        prepare.append((time.process_time() - start) * 1000)
        ours.append(milliseconds(fast, repeats))
        with stages_timed(spent):
            prepared()(1)
        plain.append(milliseconds(lambda _, f=first, s=second: plain_chain(image, f, s, rng), repeats))
    return {
        "ours_ms": float(np.mean(ours)),
        "ours_error_ms": float(np.std(ours) / np.sqrt(draws)),
        "of_which_ms": {name: seconds * 1000 / draws for name, seconds in spent.most_common()},
        "plain_ms": float(np.mean(plain)),
        "faster": float(np.mean(plain) / np.mean(ours)),
        "ours_worst_ms": float(np.max(ours)),
        "prepare_ms_per_clip": float(np.mean(prepare)),
    }


def stages(image: np.ndarray, repeats: int) -> list[tuple[str, float, str, float]]:
    """(stage, ms, floor, floor ms): what each stage costs at full size beside the least it could cost."""
    memory = milliseconds(lambda _: image.astype(np.float32).astype(np.uint8), repeats)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 75]
    trip = milliseconds(lambda _: cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR), repeats)
    word = milliseconds(lambda n: np.random.Philox(key=n).random_raw(image.size // 4), repeats)
    half = milliseconds(lambda _: cv2.resize(image, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_LINEAR), repeats)
    row = cv2.getGaussianKernel(21, 3)
    separable = milliseconds(lambda _: cv2.sepFilter2D(image, -1, row, row), repeats)
    found = []
    kernels = {
        "blur iso 21": BlurParams(kind="iso", size=21, sigma_x=3, sigma_y=3),
        "blur aniso 21": BlurParams(kind="aniso", size=21, sigma_x=3, sigma_y=1, rotation_rad=0.6),
        "blur generalized_iso 21, beta 3": BlurParams(kind="generalized_iso", size=21, sigma_x=2, sigma_y=2, beta=3),
        "blur generalized_iso 21, beta 0.6": BlurParams(
            kind="generalized_iso", size=21, sigma_x=2, sigma_y=2, beta=0.6
        ),
        "blur plateau_iso 21": BlurParams(kind="plateau_iso", size=21, sigma_x=2, sigma_y=2, beta=1.5),
        "blur sinc 21": BlurParams(kind="sinc", size=21, cutoff_rad=1.5),
    }
    for name, blur in kernels.items():
        stage = blur.prepare(context("k"))
        cost = milliseconds(lambda n, s=stage: s(image, n), repeats)
        found.append((name, cost, "separable 21 tap filter", separable))
    for kind in ("gaussian", "poisson"):
        for grey in (False, True):
            strength = 15.0 if kind == "gaussian" else 1.5
            stage = NoiseParams(kind=kind, strength=strength, grey=grey).prepare(context("k", "s"))
            cost = milliseconds(lambda n, s=stage: s(image, n), repeats)
            found.append((f"noise {kind} {'grey' if grey else 'colour'}", cost, "16-bit Philox words", word))
    for mode in INTERPOLATION:
        cost = milliseconds(lambda _, m=mode: resize(resize(image, 640, 360, m), WIDTH, HEIGHT, m), repeats)
        found.append((f"resize {mode} to half and back", cost, "one bilinear halving", half))
    found.append(("jpeg 75", milliseconds(lambda _: jpeg(image, 75), repeats), "JPEG round trip", trip))
    found.append(("memory pass", memory, "itself", memory))
    return found


def machine(image: np.ndarray, repeats: int) -> dict[str, float]:
    """How many times slower than where the aims were set (ms there: constants), by library calls without our code."""
    row = cv2.getGaussianKernel(21, 3)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 75]
    work = {
        "separable 21 taps to float": (4.6, lambda _: cv2.sepFilter2D(image, cv2.CV_32F, row, row)),
        "JPEG round trip": (3.2, lambda _: cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)),
        "16-bit Philox words": (2.1, lambda n: np.random.Philox(key=n).random_raw(image.size // 4)),
    }
    return {name: milliseconds(task, repeats) / there for name, (there, task) in work.items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    image, result = picture(), {}
    print(f"1280x720, mean over {options.draws} drawn clips; load of this machine {os.getloadavg()[0]:.1f}\n")
    head = f"{'chain':8} {'ours ms':>14} {'plain ms':>9} {'faster':>8} {'aim':>16} {'worst ms':>9}"
    print(f"{head} {'prepare ms/clip':>16}")
    for order, aim in (("first", "4 x, 25 ms"), ("second", "3 x, 45 ms")):
        row = result[order] = compare(image, order, options.draws, options.repeats)
        ours = f"{row['ours_ms']:.1f} +- {row['ours_error_ms']:.1f}"
        print(
            f"{order:8} {ours:>14} {row['plain_ms']:9.1f} {row['faster']:7.1f}x {aim:>16} "
            f"{row['ours_worst_ms']:9.1f} {row['prepare_ms_per_clip']:16.1f}"
        )
    for order in ("first", "second"):
        parts = ", ".join(f"{name} {ms:.1f}" for name, ms in result[order]["of_which_ms"].items())
        print(f"{order} order, one frame, of which: {parts}")
    print(f"\n{'stage':36} {'ms':>7} {'floor ms':>9} {'ratio':>7}  floor")
    result["stages"] = {}
    for name, cost, floor_name, floor in stages(image, options.repeats):
        result["stages"][name] = {"ms": cost, "floor": floor_name, "floor_ms": floor}
        print(f"{name:36} {cost:7.1f} {floor:9.1f} {cost / floor:6.1f}x  {floor_name}")
    result["machine"] = machine(image, options.repeats)
    words = ", ".join(f"{name} {factor:.2f}" for name, factor in result["machine"].items())
    print(f"\ntime here over time where the aims were set: {words}")
    print("\n" + json.dumps(result, sort_keys=True))


if __name__ == "__main__":
    main()
