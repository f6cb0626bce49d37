"""A tiny pair data set whose target is a known colour mapping of its source."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.config import load
from core.rng import rng_for
from degrade.config import DegradeConfig
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from train_baseline.export import onnx_model

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


def write_pairs(
    folder: Path, train: int = 6, test: int = 2, kind: str = "pairs", frames: int = FRAMES, subject_only: bool = False
) -> Path:
    """Pair shards (8-bit sources), or clean ones (10-bit sources) with the same colours. `subject_only`: source and
    target are the same outside the mask."""
    folder.mkdir(parents=True, exist_ok=True)
    write_header(folder, kind, {})
    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[8:, 16:48] = 255
    samples = []
    for clip in range(train + test):
        target = [np.roll(picture(7, clip), 2 * i, axis=1) for i in range(frames)]
        levels = lambda pictures: [np.rint(picture * 255).astype(np.uint8) for picture in pictures]
        deep = lambda pictures: [np.rint(picture * 1023).astype(np.uint16) for picture in pictures]
        key = f"clip-{clip:06d}-light-00"
        info = {"key": key, "clip": f"clip-{clip:06d}", "split": "train" if clip < train else "test", "fps": 10.0}
        info |= {"frames": frames, "width": WIDTH, "height": HEIGHT}
        dark = [np.where(mask == 255, darken(t), t) if subject_only else darken(t) for t in target]
        source = (deep if kind == "clean" else levels)(dark)
        samples.append(
            Sample(
                key,
                {
                    "json": json.dumps(info, sort_keys=True).encode(),
                    "source.mkv": encode_lossless(source, 10),
                    "target.mkv": encode_lossless(levels(target), 10),
                    "mask.mkv": encode_lossless([mask] * frames, 10),
                },
            )
        )
    write_row(folder, write_shard(folder / f"{kind}-000000.tar", samples))
    return folder


@pytest.fixture
def small_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX exports are made and checked at 256x144: what a graph computes is the same at any size."""
    monkeypatch.setattr(onnx_model, "SIZE", (256, 144))


@pytest.fixture(scope="session")
def pairs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("model") / "pairs")


@pytest.fixture(scope="session")
def clean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("model") / "clean", kind="clean")


@pytest.fixture
def subject_pairs(tmp_path: Path) -> Path:
    """Pairs that are relit inside the mask only."""
    return write_pairs(tmp_path / "subject", subject_only=True)


@pytest.fixture(scope="session")
def known_light() -> Callable[[np.ndarray], np.ndarray]:
    return darken


@pytest.fixture
def long_folder(tmp_path: Path) -> Path:
    return write_pairs(tmp_path / "long", train=1, frames=5)


@pytest.fixture
def stills_folder(tmp_path: Path) -> Path:
    return write_pairs(tmp_path / "stills", kind="clean", frames=1)


@pytest.fixture(scope="session")
def webcam() -> DegradeConfig:
    """Without the call's codec: a bit rate for so few pixels is below what an encoder takes."""
    path = Path(__file__).parents[2] / "configs" / "degrade" / "webcam.yaml"
    return load(path, DegradeConfig).model_copy(update={"codec": None})
