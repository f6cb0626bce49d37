"""Which clip goes into which shard, and what of that a folder has already."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.errors import InputError
from core.files import write_json
from core.identity import digest, file_digest
from pairs.manifest import ROWS, read_row
from pairs.shards import KEY, ShardRow

STALE = "stale"


class PlannedClip(Protocol):
    """One clip to make. Key and split are known without drawing it, so that a slice need draw no clip but its own.

    `identity`: `core.identity.digest` of all that the clip depends on. `build(folder, draw)` writes what the process
    needs into `folder` (the clip's own work folder, made already; checkpoints there survive a kill) and returns the
    command line; `draw` is 0, and 1, 2, ... when the gate refused a clip and `gate.redraws` allows another.
    """

    @property
    def key(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def identity(self) -> str: ...
    def build(self, folder: Path, draw: int) -> Sequence[str]: ...


@dataclass(frozen=True)
class PlannedShard:
    """A shard's file name and its clips in order."""

    name: str
    clips: tuple[PlannedClip, ...]


def lay_out(
    clips: Sequence[PlannedClip], clips_per_shard: int, slice_of: tuple[int, int] | None = None
) -> list[PlannedShard]:
    """Shards in plan order, by split: `train-000000.tar` holds the first `clips_per_shard` clips of split "train".

    `slice_of=(index, number)` keeps every number-th shard from index on. Raises InputError on a bad slice, key or
    count.
    """
    if clips_per_shard < 1:
        raise InputError(f"clips_per_shard: {clips_per_shard}, expected at least 1")
    if slice_of is not None and not 0 <= slice_of[0] < slice_of[1]:
        raise InputError(
            f"--shard-index {slice_of[0]}: expected 0 to {slice_of[1] - 1} with --num-shards {slice_of[1]}"
        )
    if len({clip.key for clip in clips}) != len(clips):
        raise InputError("two clips of the plan have the same key")
    by_split: dict[str, list[PlannedClip]] = {}
    for clip in clips:
        if not KEY.match(clip.key) or (clip.split and not KEY.match(clip.split)):
            raise InputError(f"clip {clip.key!r} of split {clip.split!r}: expected lower-case letters, digits, - and _")
        by_split.setdefault(clip.split, []).append(clip)
    shards = [
        PlannedShard(
            f"{split or 'shard'}-{start // clips_per_shard:06d}.tar", tuple(members[start : start + clips_per_shard])
        )
        for split, members in by_split.items()
        for start in range(0, len(members), clips_per_shard)
    ]
    return shards if slice_of is None else shards[slice_of[0] :: slice_of[1]]


def shard_identity(clips: Sequence[PlannedClip]) -> str:
    """What a shard with these clips is made from."""
    return digest("shard-1", [[clip.key, clip.identity] for clip in clips])


@dataclass(frozen=True)
class Compared:
    """The rows of a folder against a plan: `valid` ones by name; `aside`, those that are not as planned and whose file
    is here, whole or not, which holds finished clips all the same; and where the row files of all of them are."""

    valid: dict[str, ShardRow]
    aside: list[ShardRow]
    valid_paths: list[Path]
    aside_paths: list[Path]
    unreadable: list[Path]


class ShardFolder:
    """The shards of one data set on disk: those of the present plan, and stale ones kept until their name is needed."""

    def __init__(self, out: Path):
        self.out, self.rows, self.stale = out, out / ROWS, out / ROWS / STALE

    def compare(self, planned: Sequence[PlannedShard], all_names: set[str], sliced: bool, recheck: bool) -> Compared:
        """Which rows belong to the plan and which do not; changes nothing.

        A row belongs when its clips are planned ones for that shard, in order, with the same identities, though some
        may be missing (quarantined), and its file is there with the right size (`recheck`: and the right sha256).
        """
        plan = {shard.name: shard for shard in planned}
        valid: dict[str, tuple[Path, ShardRow]] = {}
        aside: list[tuple[Path, ShardRow | None]] = []
        for folder in (self.rows, self.stale):
            for path in sorted(folder.glob("*.json")):
                name = path.name.removesuffix(".json")
                if name not in plan and (sliced or name in all_names):
                    continue
                row = self._readable(path)
                if row is not None and name in plan and name not in valid and self._belongs(row, plan[name], recheck):
                    valid[name] = path, row
                else:
                    aside.append((path, row))
        return Compared(
            {name: row for name, (_, row) in valid.items()},
            [row for _, row in aside if row is not None and self.is_here(row)],
            [path for path, _ in valid.values()],
            [path for path, row in aside if row is not None],
            [path for path, row in aside if row is None],
        )

    def settle(self, compared: Compared) -> None:
        """Move rows that do not belong to the plan aside, and rows that do (again) back."""
        self.stale.mkdir(parents=True, exist_ok=True)
        for path in compared.valid_paths:
            self._move(path, self.rows)
        for path in compared.aside_paths:
            self._move(path, self.stale)
        for path in compared.unreadable:
            path.unlink()

    def _readable(self, path: Path) -> ShardRow | None:
        try:
            return read_row(path)
        except InputError:
            return None

    def _belongs(self, row: ShardRow, shard: PlannedShard, recheck: bool) -> bool:
        present = [clip for clip in shard.clips if clip.key in row.clips]
        if len(present) != len(row.clips) or not present:
            return False
        if row.identity != shard_identity(present) or any(
            row.clips[c.key].get("identity") != c.identity for c in present
        ):
            return False
        return self.whole(row, recheck)

    def whole(self, row: ShardRow, recheck: bool = True) -> bool:
        """Whether the shard's file is there, of the right size and, with `recheck`, the right bytes."""
        path = self.out / row.name
        try:
            return path.stat().st_size == row.bytes and (not recheck or file_digest(path) == row.sha256)
        except OSError:
            return False

    def is_here(self, row: ShardRow) -> bool:
        """Whether the shard's file is there at all: also of one that was cut, whole clips can be read."""
        return (self.out / row.name).is_file()

    def _move(self, path: Path, folder: Path) -> None:
        if path.parent != folder:
            os.replace(path, folder / path.name)

    def stale_rows(self) -> list[ShardRow]:
        """Rows set aside whose files are still here."""
        rows = [self._readable(path) for path in sorted(self.stale.glob("*.json"))]
        return [row for row in rows if row is not None and self.is_here(row)]

    def rows_named(self, name: str) -> list[ShardRow]:
        """What is announced under this name, current and set aside, where its file is still here."""
        current = self.rows / f"{name}.json"
        rows = [self._readable(current)] if current.exists() else []
        rows += [row for row in self.stale_rows() if row.name == name]
        return [row for row in rows if row is not None and self.is_here(row)]

    def unpublish(self, name: str) -> None:
        """Take a shard out of the manifest, but keep it until all that is planned is done."""
        if (path := self.rows / f"{name}.json").exists():
            self._move(path, self.stale)

    def drop_row(self, name: str) -> None:
        """Take a shard out of the manifest, current or stale; its file may then be replaced."""
        for folder in (self.rows, self.stale):
            (folder / f"{name}.json").unlink(missing_ok=True)

    def publish(self, row: ShardRow) -> None:
        """The shard is finished: its row, last of all."""
        write_json(self.rows / f"{row.name}.json", dataclasses.asdict(row))

    def remove_stale(self) -> None:
        """Everything planned is done: what was set aside goes."""
        for row in self.stale_rows():
            if not (self.rows / f"{row.name}.json").exists():
                (self.out / row.name).unlink(missing_ok=True)
            (self.stale / f"{row.name}.json").unlink()

    def remove_parts(self) -> None:
        """Half-written files that a killed run left under temporary names. Only under a whole-folder lock."""
        for folder in (self.out, self.rows):
            for path in folder.glob(".*.part*"):
                path.unlink(missing_ok=True)
