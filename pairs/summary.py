"""What a data set holds in numbers, gathered from its manifest and the JSON of every sample; decodes no picture."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.identity import digest
from pairs.dataset import Dataset
from pairs.manifest import Manifest


@dataclass(frozen=True)
class Split:
    """Totals of one split: traced clips, samples (a lighting of a clip each), frames of samples, rooms by name."""

    clips: int
    samples: int
    frames: int
    rooms: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """`sizes`: (width, height, frames per second) that occur; `devices`: name -> (samples, median seconds per frame);
    `tones`: samples by place on the Monk Skin Tone scale; `finished`: date of the newest shard, YYYY-MM-DD (UTC)."""

    kind: str
    splits: dict[str, Split]
    sizes: tuple[tuple[int, int, float], ...]
    bytes: int
    shards: int
    members: tuple[str, ...]
    assets: tuple[dict[str, Any], ...]
    versions: dict[str, Any]
    devices: dict[str, tuple[int, float]]
    tones: dict[int, int]
    dropped: int
    quarantined: int
    finished: str


def summarise(folder: Path) -> tuple[Manifest, Summary]:
    """Manifest and numbers of the data set in `folder`. Raises InputError when it is none, or a sample is damaged."""
    data = Dataset(folder)
    clips: dict[str, set[str]] = defaultdict(set)
    rooms: dict[str, set[str]] = defaultdict(set)
    samples: Counter[str] = Counter()
    frames: Counter[str] = Counter()
    tones: Counter[int] = Counter()
    sizes: set[tuple[int, int, float]] = set()
    members: set[str] = set()
    assets: dict[str, dict[str, Any]] = {}
    seconds: dict[str, list[float]] = defaultdict(list)
    for row in data.manifest.shards:
        for key, files in row.samples.items():
            info = data.record(key)
            split = info.split or "all"
            clips[split].add(info.clip or key)
            samples[split] += 1
            frames[split] += info.frames
            sizes.add((info.width, info.height, info.fps))
            members.update(files)
            for asset in info.assets:
                assets[digest(asset)] = asset
            if info.room is not None:
                rooms[split].add(info.room)
            if info.skin_tone is not None:
                tones[round(info.skin_tone)] += 1
            if info.seconds_per_frame:
                seconds[", ".join(info.device) or "unknown"].append(info.seconds_per_frame)
    newest = max((_written(folder / row.name) for row in data.manifest.shards), default=0.0)
    summary = Summary(
        kind=data.manifest.kind,
        splits={
            name: Split(len(clips[name]), samples[name], frames[name], tuple(sorted(rooms[name])))
            for name in sorted(samples)
        },
        sizes=tuple(sorted(sizes)),
        bytes=sum(row.bytes for row in data.manifest.shards),
        shards=len(data.manifest.shards),
        members=tuple(sorted(members)),
        assets=tuple(sorted(assets.values(), key=lambda asset: (str(asset.get("name")), digest(asset)))),
        versions=dict(data.manifest.header.get("versions", {})),
        devices={name: (len(values), statistics.median(values)) for name, values in sorted(seconds.items())},
        tones=dict(sorted(tones.items())),
        dropped=sum(len(clip.get("dropped", ())) for row in data.manifest.shards for clip in row.clips.values()),
        quarantined=len(list((folder / "quarantine").glob("*.json"))),
        finished=datetime.fromtimestamp(newest, UTC).strftime("%Y-%m-%d"),
    )
    return data.manifest, summary


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; run the command that wrote it again") from None
