"""Batches by step number, and all of some frames as a batch: tensors on a device, as `methods.base` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from core.errors import InputError
from core.rng import rng_for
from train_baseline.config import TrainConfig
from train_baseline.data.augment import Augmentation
from train_baseline.data.frames import Frame
from train_baseline.methods.base import FrameBatch, PixelBatch, Sees, thumbnail

CPU = torch.device("cpu")
_Spots = tuple[np.ndarray, np.ndarray]
"""Rows and columns of pixels."""


def draw_batch(
    frames: Sequence[Frame], config: TrainConfig, sees: Sees, seed: int, step: int, device: torch.device = CPU
) -> Any:
    """The batch of a step, a `PixelBatch` or `FrameBatch` as `sees` says: it depends on seed and step alone, so a
    resumed run draws what the first would have.

    A quarter of a `PixelBatch` has its following frame: neighbours cost as much as other frames in the network.
    """
    rng = rng_for(seed, "train", "batch", step)
    rows, pairs = [], -(-config.batch // 4)
    for place, i in enumerate(rng.integers(0, len(frames), config.batch)):
        change = Augmentation.draw(config, rng)
        if sees.kind != "pixels":
            rows.append(_whole(frames[i], sees, change))
            continue
        mask = change.crop(frames[i].mask)
        # by row and column, because a window is no contiguous array and would be copied whole
        spots = np.divmod(rng.integers(0, mask.size, sees.size), mask.shape[1])
        rows.append(_pixels(frames[i], spots, change, with_next=place < pairs))
    return _batch(rows, sees, device)


def all_of(frames: Sequence[Frame], sees: Sees, pixels: int, device: torch.device = CPU) -> Any:
    """All of `frames` as a batch, unchanged and uncut; where `sees` is of pixels, with `pixels` evenly spaced ones."""
    change, rows = Augmentation.none(), []
    for frame in frames:
        if sees.kind == "pixels":
            spots = np.divmod(np.linspace(0, frame.mask.size - 1, pixels).astype(np.int64), frame.mask.shape[1])
            rows.append(_pixels(frame, spots, change, with_next=True))
        else:
            rows.append(_whole(frame, replace(sees, kind="frame"), change))
    return _batch(rows, sees, device)


def _pixels(frame: Frame, spots: _Spots, change: Augmentation, with_next: bool) -> dict[str, np.ndarray]:
    source, target, mask = (change.crop(image) for image in (frame.source, frame.target, frame.mask))
    row = {
        "source": change.light(source[spots]),
        "target": change.light_outside(target[spots], mask[spots]),
        "mask": mask[spots],
        "places": _places(spots, mask.shape),
        "thumbnails": change.light(thumbnail(source)),
        "coverage": thumbnail(mask),
    }
    if frame.clean is not None:
        clean = change.crop(frame.clean)
        row |= {"clean": change.light(clean[spots]), "clean_thumbnails": change.light(thumbnail(clean))}
    if with_next:
        row["following"] = change.light(thumbnail(change.crop(frame.run(2)[1].source)))
    return row


def _whole(frame: Frame, sees: Sees, change: Augmentation) -> dict[str, np.ndarray]:
    if sees.kind == "crop" and min(frame.mask.shape) < sees.size:
        height, width = frame.mask.shape
        raise InputError(
            f"{frame.key}: {width}x{height} pixels are fewer than the method's crops of {sees.size}; raise "
            "train.height or lower the crop"
        )
    height, width = (sees.size, sees.size) if sees.kind == "crop" else frame.mask.shape
    part, run = lambda image: change.window_of(image, height, width), frame.run(sees.window)
    clean = [change.light(part(one.clean)) for one in run if one.clean is not None]
    return {
        **({"clean": np.stack(clean)} if clean else {}),
        "source": np.stack([change.light(part(one.source)) for one in run]),
        "target": np.stack([change.light_outside(part(one.target), part(one.mask)) for one in run]),
        "mask": np.stack([part(one.mask)[..., None] for one in run]),
    }


def _batch(rows: Sequence[dict[str, np.ndarray]], sees: Sees, device: torch.device) -> Any:
    shapes = {row["source"].shape for row in rows}
    if len(shapes) > 1:
        raise InputError(f"frames of {len(shapes)} sizes in one batch; this method needs videos of one size and shape")
    columns = {name: np.stack([row[name] for row in rows if name in row]) for name in rows[0]}

    def unit(name: str, channels: int = -1) -> torch.Tensor:
        """Levels, channels last -> float32 `[0, 1]`, channels moved where they belong."""
        return torch.from_numpy(columns[name]).to(device).movedim(-1, channels).float() / 255

    if sees.kind != "pixels":
        return FrameBatch(**{name: unit(name, 2) for name in columns})
    return PixelBatch(
        mask=unit("mask"),
        places=torch.from_numpy(columns["places"]).to(device),
        coverage=unit("coverage")[:, None],
        **{name: unit(name, 1) for name in columns if name not in ("mask", "places", "coverage")},
    )


def _places(spots: _Spots, shape: tuple[int, ...]) -> np.ndarray:
    """Rows and columns -> `(N, 2)` float32, where the pixels' centres lie between the frame's edges at -1 and 1."""
    rows, columns = spots
    return np.stack([(2 * columns + 1) / shape[1] - 1, (2 * rows + 1) / shape[0] - 1], -1).astype(np.float32)
