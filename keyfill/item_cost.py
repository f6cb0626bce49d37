"""What work other than rendering takes, from stored figures: for `plan`, and for the time that --dry-run tells."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pairs.dataset import Dataset
from scenes.rooms.config import PictureConfig, RoomsConfig
from train_baseline.config import TrainConfig

STORED = "STORED figures of another machine, rough"
DEGRADE = 0.18
"""Core seconds a megapixel: a frame decoded, put through configs/degrade/webcam.yaml and coded again."""
PAIR_BYTES = 0.85
"""Bytes of a pair, its source degraded, to those of the clean one."""
CONVERT = {"challenge": 0.3, "frames": 0.45, "hf": 0.001, "exr": 0.3, "olat": 3.0}
"""The same of `convert`, by layout."""
PREVIEW = 0.25
"""The same of a frame in the preview, with its two or three pictures."""
EXPORT_S = 60.0
ROOM_CORE_S = 70.0
"""Core seconds of a room of the default picture (docs/rooms.md)."""
ROOM_BYTES = 1.2
"""Bytes of a room's files, layers included, to the pixels of its sphere: 1.7 of 48 rooms 768 wide, 1.1 of one 2,048."""


def cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def sample_seconds(each: float, folder: Path, keys: Sequence[str], workers: int = 1) -> tuple[float, str]:
    """Seconds that work of `each` core seconds a megapixel takes on the samples `keys` of the shards in `folder`, as
    large as the first, in `workers` processes; and what that is known from."""
    data = Dataset(folder)
    first = next((key for key in keys if key in data), None)
    if first is None:
        return 0.0, STORED
    info = data.info(first)
    pixels = len(keys) * float(info["frames"]) * info["width"] * info["height"]
    return pixel_seconds(each, pixels, min(workers, len(keys))), STORED


def pixel_seconds(each: float, pixels: float, workers: int = 1) -> float:
    """Seconds that work of `each` core seconds a megapixel takes in `workers` processes."""
    return each * pixels / 1e6 / max(1, min(workers, cores_here()))


def room_seconds(config: RoomsConfig, rooms: int) -> tuple[float, str]:
    """Seconds for so many rooms, which share this machine's cores; and what that is known from."""
    share = _rays(config.picture) / _rays(PictureConfig())
    return rooms * ROOM_CORE_S * share / cores_here(), STORED


def room_bytes(picture: PictureConfig) -> int:
    """Bytes of a room's files, about."""
    return round(ROOM_BYTES * picture.width * picture.width / 2)


def _rays(picture: PictureConfig) -> int:
    from render.panorama import parts_of

    return sum((part.box[2] - part.box[0]) * (part.box[3] - part.box[1]) * part.samples for part in parts_of(picture))


def train_seconds(config: TrainConfig, out: Path) -> tuple[float | None, str]:
    """Seconds of training, from the time a step took in the run that is in `out`; None where that run is of another
    method or size, or there is none."""
    from core.errors import InputError
    from train_baseline.run_folder import CHECKPOINT, read_checkpoint

    try:
        found = read_checkpoint(out / CHECKPOINT)
    except InputError:
        found = None
    if found is None:
        return None, "nothing was trained here before; the first steps tell"
    before, facts = found[0]["config"], found[0]["facts"]
    now = config.model_dump(mode="json")
    if any(before.get(name) != now.get(name) for name in ("method", "batch")) or not facts.get("steps"):
        return None, f"the model in {out} is of another method or batch; the first steps tell"
    return config.steps * facts["seconds"] / facts["steps"], f"as the steps of the model in {out}"
