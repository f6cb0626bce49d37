"""What a restoration does where it is known what it should do: a still wall, a slanted edge, clean frames.

    python benchmarks/restore_check.py --restore RUN [--light RUN] [--config configs/degrade/webcam.yaml] [--clips 8]
    python benchmarks/restore_check.py --restore RUN --real FOLDER [--config configs/degrade/webcam.yaml] [--clips 2]

A still scene of 640x360, a soft wall with a slanted dark bar in it, goes through the degradation as `--clips` clips of
12 frames. Printed, for the input, for the colour method alone (by default the packaged light) and with the restoration
behind it: noise of single pixels on the wall (standard deviation of what a 5x5 mean leaves), its change from frame to
frame, and MTF50 of the bar's edge (slanted edge, cycles a pixel: higher is sharper), each a mean over clips of the last
6 frames. Noise of the undamaged scene is 0. And, with nothing to mend, the PSNR of the result against that of the
colour method alone, with and without a sensor's faint grain.

With `--real`: 24 frames of each MP4 of FOLDER go through `--clips` degradations and the restoration alone. Printed of
each video, means over these: PSNR of the degraded against the undamaged frames, what the restoration adds to it, and
flicker (how far changes from frame to frame are from the undamaged ones', in levels) before and after; and, of the
video as it is, PSNR of the restored against it and the share of its fine detail (mean Laplacian) that is kept.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch

from core.footage import Footage
from core.levels import eight_bit
from core.rng import rng_for
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from ingest.pieces import fitted
from keyfill.run_config import load_part
from train_baseline import run_folder
from train_baseline.data.frames import keeps_the_picture
from train_baseline.methods.base import Method
from train_baseline.packaged import packaged

WIDTH, HEIGHT, FRAMES, FPS = 640, 360, 12, 30.0
WALL = (slice(40, 320), slice(40, 280))
EDGE = (slice(130, 230), slice(400, 480))
"""Where there is nothing but wall, and one side of the bar."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--restore", type=Path, required=True)
    parser.add_argument("--light", type=Path, default=packaged(), help="the colour method's run, to stand in front")
    parser.add_argument("--config", type=Path, default=Path("configs/degrade/webcam.yaml"))
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--real", type=Path, default=None, help="a folder of videos of real people")
    args = parser.parse_args()
    torch.set_num_threads(1)
    config = load_part(args.config, "degrade", DegradeConfig)[0]
    if args.real is not None:
        on_real(run_folder.load(args.restore).method.placed(), args.real, config, args.clips)
        return
    light = run_folder.load(args.light).method.placed()
    both = run_folder.with_restoration(light, args.restore, "light").placed()
    ways: dict[str, Method | None] = {"input": None, "light": light, "light + restore": both}
    clean = np.repeat(scene()[None], FRAMES, 0)
    found: dict[str, list[list[float]]] = {name: [] for name in ways}
    for number in range(args.clips):
        params = draw_params(config, 0, f"check-{number}", FRAMES, WIDTH, HEIGHT, FPS)
        damaged = degrade_clip(clean, params)
        for name, method in ways.items():
            found[name].append(measures(through(method, damaged)))
    print(f"{'':<18}{'noise':>8}{'change':>8}{'MTF50':>8}")
    for name, rows in found.items():
        noise, change, sharp = np.mean(rows, 0)
        print(f"{name:<18}{noise:8.2f}{change:8.2f}{sharp:8.3f}")
    for name, sigma in (("nothing to mend", 0.0), ("grain of half a level", 0.5)):
        given = eight_bit(clean) + sigma * rng_for(0, "restore check", "grain").standard_normal(clean.shape)
        given = np.rint(given.clip(0, 255)).astype(np.uint8)
        error = float(np.square(through(light, given).astype(float) - through(both, given)).mean())
        print(f"{name}: PSNR {10 * np.log10(255**2 / max(error, 1e-9)):.1f} dB against the light alone")


def on_real(method: Method, folder: Path, config: DegradeConfig, draws: int) -> None:
    """Prints a row of each video, and of all together."""
    print(f"{'':<18}{'PSNR':>7}{'gain':>7}{'flicker':>9}{'after':>7}{'as is':>7}{'detail':>8}")
    rows = []
    for path in sorted(folder.glob("*.mp4")):
        with Footage(path, square=True) as footage:
            frames = np.stack([fitted(picture, 720) for _, picture in islice(footage, 24)])
        height, width = (side // 2 * 2 for side in frames.shape[1:3])
        frames, found = np.ascontiguousarray(frames[:, :height, :width]), []
        for number in range(draws):
            params = draw_params(config, 77, f"{path.stem}-{number}", len(frames), width, height, footage.info.fps)
            damaged, whole = degrade_clip(frames, params), degrade_clip(frames, params.where(keeps_the_picture))
            mended = through(method, damaged)
            before = psnr(damaged, whole)
            found.append([before, psnr(mended, whole) - before, flicker(damaged, whole), flicker(mended, whole)])
        same = through(method, frames)
        rows.append([*np.mean(found, 0), psnr(same, frames), detail(same) / detail(frames)])
        print(row_of(path.stem, rows[-1]), flush=True)
    print(row_of("mean", np.mean(rows, 0)))


def row_of(name: str, row: Sequence[float] | np.ndarray) -> str:
    level, gain, flickers, after, same, kept = row
    return f"{name:<18}{level:7.2f}{gain:7.2f}{flickers:9.2f}{after:7.2f}{same:7.1f}{kept:8.0%}"


def psnr(frames: np.ndarray, answer: np.ndarray) -> float:
    """Of all frames together, at most 90 dB."""
    error = float(np.square(frames.astype(np.float32) - answer).mean())
    return float(10 * np.log10(255**2 / max(error, 6.5e-5)))


def flicker(frames: np.ndarray, answer: np.ndarray) -> float:
    """How far changes from frame to frame are from the answer's, levels."""
    return float(np.abs(np.diff(frames.astype(np.int16), axis=0) - np.diff(answer.astype(np.int16), axis=0)).mean())


def detail(frames: np.ndarray) -> float:
    """Mean absolute Laplacian of the last frame, levels."""
    return float(np.abs(cv2.Laplacian(frames[-1].astype(np.float32), cv2.CV_32F)).mean())


def scene() -> np.ndarray:
    """`(360, 640, 3)` uint8 sRGB: a wall of soft colours, and a dark bar that stands 5 degrees off upright."""
    rng = rng_for(0, "restore check", "wall")
    small = rng.uniform(100, 160, (4, 6, 1)) + rng.uniform(-10, 10, (4, 6, 3))
    wall = cv2.resize(small.astype(np.float32), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    from_edge = (x - 440) + np.tan(np.radians(5)) * (y - HEIGHT / 2)
    cover = np.clip(from_edge + 0.5, 0, 1) * np.clip(80.5 - from_edge, 0, 1)
    return np.rint(wall * (1 - cover[..., None]) + 40 * cover[..., None]).astype(np.uint8)


def through(method: Method | None, frames: np.ndarray) -> np.ndarray:
    """Frames `(T, H, W, 3)` uint8 through a session of a method, None: as they are."""
    if method is None:
        return frames
    session = method.session(FPS, 0.5)
    return np.stack([session.correct(frame, 1 / FPS if i else 0.0) for i, frame in enumerate(frames)])


def measures(frames: np.ndarray) -> list[float]:
    """Noise of single pixels on the wall, its change between frames, MTF50 of the edge, over the last half."""
    late = frames[len(frames) // 2 :].astype(np.float32)
    wall = late[:, WALL[0], WALL[1]]
    fine = [float((part - cv2.blur(part, (5, 5))).std()) for part in wall]
    edges = [mtf50(frame[EDGE].mean(-1)) for frame in late]
    return [float(np.mean(fine)), float(np.abs(np.diff(wall, axis=0)).mean()), float(np.mean(edges))]


def mtf50(edge: np.ndarray) -> float:
    """Cycles a pixel at which contrast has fallen to a half, of a nearly upright edge `(h, w)` (after ISO 12233): each
    line's edge is found, a straight line laid through these, and all pixels sorted by their distance from it."""
    slopes = np.abs(np.diff(edge, axis=1))
    slopes = np.where(slopes > 0.3 * slopes.max(1, keepdims=True), slopes, 0)
    places = (slopes * (np.arange(slopes.shape[1]) + 0.5)).sum(1) / slopes.sum(1)
    lines = np.arange(len(edge))
    tilt, start = np.polyfit(lines, places, 1)
    distance = np.arange(edge.shape[1])[None] - (tilt * lines + start)[:, None]
    bins = np.round(distance * 4).astype(int)
    near = np.abs(bins) <= 48
    counts = np.bincount(bins[near] + 48, minlength=97)
    profile = np.bincount(bins[near] + 48, edge[near], 97) / np.maximum(counts, 1)
    spread = np.diff(profile) * np.hanning(96)
    contrast = np.abs(np.fft.rfft(spread, 4096))
    contrast /= contrast[0]
    below = int(np.argmax(contrast < 0.5))
    return below / 4096 * 4


if __name__ == "__main__":
    main()
