"""A tiny pair data set whose target is a known colour mapping of its source."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pairs.manifest import write_header, write_row
from pairs.rng import rng_for
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

HEIGHT, WIDTH, FRAMES = 36, 64, 2


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tests run side by side; threads that wait for each other on a busy machine cost more than they gain."""
    torch.set_num_threads(1)


def darken(target: np.ndarray) -> np.ndarray:
    """The known light: sRGB `[0, 1]` -> what a dim, warm room makes of it. A colour map can undo it."""
    return np.clip(target**1.6 * np.array([0.9, 0.75, 0.6], np.float32), 0, 1)


def picture(seed: int, clip: int) -> np.ndarray:
    """`(36, 64, 3)` float32 `[0, 1]` of soft blotches."""
    small = rng_for(seed, clip, "picture").random((5, 8, 3), np.float32)
    return np.clip(cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), 0, 1)


def write_pairs(folder: Path, train: int = 6, test: int = 2) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write_header(folder, "pairs", {})
    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[8:, 16:48] = 255
    samples = []
    for clip in range(train + test):
        target = [np.roll(picture(7, clip), 2 * i, axis=1) for i in range(FRAMES)]
        levels = lambda frames: [np.rint(frame * 255).astype(np.uint8) for frame in frames]
        key = f"clip-{clip:06d}-light-00"
        info = {"key": key, "clip": f"clip-{clip:06d}", "split": "train" if clip < train else "test", "fps": 10.0}
        samples.append(
            Sample(
                key,
                {
                    "json": json.dumps(info, sort_keys=True).encode(),
                    "source.mkv": encode_lossless(levels([darken(t) for t in target]), 10),
                    "target.mkv": encode_lossless(levels(target), 10),
                    "mask.mkv": encode_lossless([mask] * FRAMES, 10),
                },
            )
        )
    write_row(folder, write_shard(folder / "pairs-000000.tar", samples))
    return folder


@pytest.fixture(scope="session")
def pairs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("model") / "pairs")
