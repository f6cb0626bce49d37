"""Every member of a clean sample comes through: videos follow the frames that arrive, all else stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.config import load
from core.errors import WorkError
from degrade.config import DegradeConfig
from degrade.report.charts import texture_chart
from degrade.run import degrade_folder
from pairs.dataset import Dataset
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import decode, encode_lossless

WEBCAM = Path(__file__).resolve().parents[2] / "configs" / "degrade" / "webcam.yaml"
COUNT = 8


def numbered(step: int, dtype: type[np.unsignedinteger] = np.uint8) -> np.ndarray:
    """Flat frames whose level tells their number."""
    level = (np.arange(COUNT) * step + 3).astype(dtype)
    return np.ones((COUNT, 90, 160, 3), dtype) * level[:, None, None, None]


def clean(folder: Path, **more: bytes) -> Path:
    picture = texture_chart(3)
    source = np.stack([picture[:90, t : t + 160] for t in range(COUNT)])
    info = {"key": "clip-a", "clip": "clip-a", "fps": 30.0, "frames": COUNT, "width": 160, "height": 90}
    members = {
        "json": json.dumps({**info, "split": "train"}).encode(),
        "source.mkv": encode_lossless(source, 30.0),
        "target.mkv": encode_lossless(numbered(20), 30.0),
        "mask.mkv": encode_lossless(numbered(10), 30.0),
        "albedo.mkv": encode_lossless(numbered(11), 30.0),
        "normal.mkv": encode_lossless(numbered(100, np.uint16), 30.0),
        "depth.mkv": encode_lossless(numbered(90, np.uint16), 30.0),
        "mine.mkv": encode_lossless(numbered(7), 30.0),
        "wav": b"sound",
        "landmarks.npz": b"points",
    }
    write_header(folder, "clean", {})
    write_row(folder, write_shard(folder / "train-000000.tar", [Sample("clip-a", members | more)]))
    return folder


def pairs(folder: Path, *overrides: str) -> Sample:
    config = load(WEBCAM, DegradeConfig, overrides)
    degrade_folder(folder / "clean", config, 3, folder / "pairs")
    return next(Dataset(folder / "pairs").samples())


@pytest.mark.parametrize("retimed", [True, False], ids=["retimed", "as rendered"])
def test_every_member_comes_through(tmp_path: Path, retimed: bool) -> None:
    before = next(Dataset(clean(tmp_path / "clean")).samples()).members
    late = ("delivery.drop.probability=1", "delivery.drop.share=[0.5, 0.5]")
    after = pairs(tmp_path, *late, f"delivery.retime_target={str(retimed).lower()}").members
    assert sorted(after) == sorted(before)
    shown = list(json.loads(after["json"])["degrade"]["delivery"]["shown"])
    assert len(set(shown)) < COUNT, "nothing was lost: the test shows nothing"
    for name in ("target.mkv", "mask.mkv", "albedo.mkv", "normal.mkv", "depth.mkv", "mine.mkv"):
        given = decode(before[name])
        assert np.array_equal(decode(after[name]), given[shown] if retimed else given), name
        assert decode(after[name]).dtype == given.dtype
    assert (after["wav"], after["landmarks.npz"]) == (b"sound", b"points")


def test_what_does_not_move_keeps_its_bytes(tmp_path: Path) -> None:
    before = next(Dataset(clean(tmp_path / "clean")).samples()).members
    after = pairs(tmp_path, "delivery=null").members
    assert all(after[name] == data for name, data in before.items() if name not in ("json", "source.mkv"))
    assert sorted(after) == sorted(before)


def test_a_video_of_another_length_is_named(tmp_path: Path) -> None:
    clean(tmp_path / "clean", **{"mine.mkv": encode_lossless(numbered(7)[:5], 30.0)})
    with pytest.raises(WorkError, match=r"clip-a: mine.mkv: 5 frames, expected 8"):
        pairs(tmp_path, "delivery.drop.probability=1", "delivery.drop.share=[0.5, 0.5]")
