"""Damage done to videos and shards, as more than one file of tests does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from pairs.manifest import load_manifest
from pairs.video import decode


def _require_told(data: bytes, frames: np.ndarray, every: int) -> None:
    """Flip a bit of every so manieth byte of a video: it is told, or a frame is gone (the count tells), but no pixel
    changes. What is left to go unnoticed is the container."""
    places, noticed = range(40, len(data), every), 0
    for at in places:
        changed = bytearray(data)
        changed[at] ^= 0x10
        try:
            back = decode(bytes(changed))
        except InputError:
            noticed += 1
            continue
        assert len(back) < len(frames) or np.array_equal(back, frames)
    assert noticed > 0.9 * len(places)


@pytest.fixture(scope="session")
def require_told() -> Callable[[bytes, np.ndarray, int], None]:
    return _require_told


@pytest.fixture(scope="session")
def copied() -> Callable[[Path, Path], None]:
    """The one shard of a data set and its manifest into another folder."""

    def copy(folder: Path, to: Path) -> None:
        row = load_manifest(folder).shards[0]
        (to / "manifest").mkdir()
        for name in ("manifest.json", f"manifest/{row.name}.json", row.name):
            (to / name).write_bytes((folder / name).read_bytes())

    return copy
