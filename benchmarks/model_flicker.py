"""How much the correction flickers on a still clip: nothing moves, only the webcam's noise and coding change.

    python benchmarks/model_flicker.py CLEAN --config CONFIG [--run RUN] [--clips 8] [--frames 30]

Takes frames of the test split of clean shards, shows each as a still clip at 30 frames a second, degrades it as the
config's `degrade` section says, and prints the mean change, in levels, of a frame's correction from one frame to the
next: with every frame on its own, and with the smoothing that `keyfill enhance` uses.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from degrade.config import DegradeConfig
from keyfill.run_config import load_part
from pairs.dataset import Clip, Dataset
from train_baseline import run_folder
from train_baseline.data.frames import Degrading, split_of
from train_baseline.methods.base import MapSession, Method
from train_baseline.packaged import packaged

FPS = 30
SMOOTHING_S = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--run", type=Path, default=packaged("curves"))
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--frames", type=int, default=30)
    args = parser.parse_args()
    degrade = load_part(args.config, "degrade", DegradeConfig, ())[0]
    method = run_folder.load(args.run).method
    data = Dataset(args.clean, "clean")
    keys = [key for key in data.keys() if split_of(data.record(key).split, key) == "test"]
    keys = [keys[i] for i in np.linspace(0, len(keys) - 1, min(args.clips, len(keys))).astype(int)]
    found = np.array([flicker(method, still(data.clip(key), args.frames), Degrading(degrade, 0)) for key in keys])
    for name, column in (("each frame alone", 0), ("smoothed, 0.5 s", 1)):
        print(
            f"{name:<17} {found[:, column].mean():.3f} levels a frame on average, {found[:, column].max():.3f} in the "
            f"worst of {len(found)} still clips"
        )


def still(clip: Clip, frames: int) -> Clip:
    """The clip's first frame, shown `frames` times at 30 frames a second."""
    twin = lambda video: None if video is None else np.repeat(video[:1], frames, axis=0)
    info = {**clip.info, "fps": FPS}
    return replace(clip, info=info, source=twin(clip.source), target=twin(clip.target), mask=twin(clip.mask))


@torch.no_grad()
def flicker(method: Method[Any], clip: Clip, degrading: Degrading) -> tuple[float, float]:
    """Mean change of the correction a frame, alone and smoothed, in levels."""
    source = degrading.apply(clip).source
    means = []
    for seconds in (0.0, SMOOTHING_S):
        session = method.session(FPS, seconds)
        assert isinstance(session, MapSession), "flicker of the correction alone is that of a map of colours"
        maps = [session.colour_map(frame, 1 / FPS) for frame in source]
        jumps = [
            np.abs(after(source[i]).astype(np.float32) - before(source[i])).mean()
            for i, (after, before) in enumerate(zip(maps[1:], maps[:-1], strict=True), 1)
        ]
        means.append(float(np.mean(jumps)))
    return means[0], means[1]


if __name__ == "__main__":
    main()
