"""Reading a folder of shards by key: samples, clips, frames; every byte checked against the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from pairs.manifest import load_manifest
from pairs.members import REQUIRED, member_of
from pairs.one_shape import read
from pairs.record import SampleInfo
from pairs.shards import MemberRow, Sample, ShardRow, read_member, read_shard
from pairs.video import decode


@dataclass(frozen=True, eq=False)
class Clip:
    """A decoded pair. `source`: `(T, H, W, 3)` sRGB, uint16 `[0, 1023]` in clean shards, uint8 in pair shards;
    `target`: `(T, H, W, 3)` uint8 sRGB; `mask`: `(T, H, W)` uint8, 255 on the subject, or None. `info`: the sample's
    JSON. `passes`: other members that were asked for, by name, as `Member.frames` has them."""

    key: str
    info: dict[str, Any]
    source: np.ndarray
    target: np.ndarray
    mask: np.ndarray | None
    passes: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def record(self) -> SampleInfo:
        """The sample's JSON, typed. Raises InputError when it is not of the types of the record."""
        return SampleInfo.from_json(self.info, self.key)

    def at(self, frames: Sequence[int], follows: str = "") -> Clip:
        """The clip with these of its frames, in this order; with `follows`, only in the members that follow that."""

        def shown(name: str, video: np.ndarray) -> np.ndarray:
            return video[list(frames)] if follows in ("", member_of(f"{name}.mkv").follows) else video

        mask = None if self.mask is None else shown("mask", self.mask)
        passes = {name: shown(name, video) for name, video in self.passes.items()}
        source, target = shown("source", self.source), shown("target", self.target)
        return replace(self, source=source, target=target, mask=mask, passes=passes)


class Dataset:
    """A folder written by `keyfill render` (kind "clean") or `keyfill degrade` (kind "pairs")."""

    def __init__(self, folder: str | Path, kind: str | None = None):
        self.folder = Path(folder)
        self.manifest = load_manifest(self.folder)
        if kind is not None and self.manifest.kind != kind:
            raise InputError(f"{folder}: holds {self.manifest.kind} shards, expected {kind} shards")
        self._row_of: dict[str, ShardRow] = {key: row for row in self.manifest.shards for key in row.samples}

    def keys(self) -> list[str]:
        """All sample keys, sorted."""
        return sorted(self._row_of)

    def __contains__(self, key: str) -> bool:
        """Whether there is a sample of this key."""
        return key in self._row_of

    def rows(self, key: str) -> dict[str, MemberRow]:
        """What the manifest says of a sample's members, by file name."""
        return self._row(key).samples[key]

    def samples(self) -> Iterator[Sample]:
        """Every sample once, shard by shard."""
        for row in self.manifest.shards:
            yield from read_shard(self.folder / row.name, row)

    def sample(self, key: str) -> Sample:
        """One sample by key, every member checked."""
        return Sample(key, {name: self.member(key, name) for name in self._row(key).samples[key]})

    def member(self, key: str, name: str) -> bytes:
        """One member of one sample, e.g. "json" or "source.mkv", checked, without reading the others."""
        row = self._row(key)
        return read_member(self.folder / row.name, row, key, name)

    def info(self, key: str) -> dict[str, Any]:
        """The sample's JSON record, with what was measured while it was made (device, seconds per frame)."""
        row = self._row(key)
        found = (clip["measured"].get(key, {}) for clip in row.clips.values() if key in clip["samples"])
        measured: dict[str, Any] = next(found, {})
        return {**read(json.loads(self.member(key, "json"))), **measured}

    def record(self, key: str) -> SampleInfo:
        """What `info` has, typed. Raises InputError when it is not of the types of the record."""
        return SampleInfo.from_json(self.info(key), f"{self.folder}: {key}")

    def place(self, key: str) -> tuple[Path, ShardRow]:
        """The shard that holds a sample, and its manifest row."""
        row = self._row(key)
        return self.folder / row.name, row

    def _row(self, key: str) -> ShardRow:
        try:
            return self._row_of[key]
        except KeyError:
            raise InputError(f"{self.folder}: no sample {key!r}") from None

    def clip(self, key: str, passes: tuple[str, ...] = ()) -> Clip:
        """One decoded pair by key; `passes`: other members to decode too, e.g. "depth"."""
        return decode_sample(self.sample(key), passes)

    def clips(self) -> Iterator[Clip]:
        """Every decoded pair once, shard by shard."""
        return map(decode_sample, self.samples())


def decode_sample(sample: Sample, passes: tuple[str, ...] = ()) -> Clip:
    """A sample's bytes -> `Clip`; InputError when a needed member is missing or cannot be decoded."""
    for file in (*REQUIRED, *(f"{name}.mkv" for name in passes)):
        if file not in sample.members:
            raise InputError(f"{sample.key}: no member {file}")

    def frames(name: str) -> np.ndarray:
        file = f"{name}.mkv"
        return member_of(file).frames(decode(sample.members[file], f"{sample.key}.{file}"))

    return Clip(
        sample.key,
        read(json.loads(sample.members["json"])),
        frames("source"),
        frames("target"),
        frames("mask") if "mask.mkv" in sample.members else None,
        {name: frames(name) for name in passes},
    )
