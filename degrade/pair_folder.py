"""The folder of pair shards: what it holds and from which recipe, so that a run does only what is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import read_record, write_json
from core.intent import Intent, differences, in_words
from pairs.manifest import ROWS, Manifest, load_header, read_row, write_row
from pairs.shards import ShardRow

INPUTS = "inputs"


class PairFolder:
    """Pair shards in `out` over the clean ones that `clean` announces, by a recipe: `made_by`, all that pairs depend on
    but the clean shards. `rows`: the clean row of each pair shard that is wanted, by the pair shard's name."""

    def __init__(self, out: Path, clean: Manifest, made_by: dict[str, Any]):
        self.out, self.made_by = out, made_by
        self.rows = {_pair_name(row.name): row for row in clean.shards}
        self.digest = hashlib.sha256(json.dumps(made_by, sort_keys=True).encode()).hexdigest()

    @property
    def recipe(self) -> dict[str, Any]:
        """What the manifest says of how the pairs were made."""
        return {name: value for name, value in self.made_by.items() if name != "replay"}

    def intent(self, clean: Path) -> Intent:
        """What a run over the clean shards in `clean` would do, by sample; changes nothing. Samples that come out the
        same, because their shard grew or has another name now, count as new where they are written again."""
        clean_of = {key: row for row in self.rows.values() for key in row.samples}
        unchanged = {name for name in self.rows if self.is_unchanged(name)}
        pending = [key for name, row in self.rows.items() if name not in unchanged for key in row.samples]
        changed, gone = set(), []
        for pair_row in self._finished():
            if pair_row.name in unchanged:
                continue
            made_of = self._recorded(pair_row.name)
            for key in pair_row.samples:
                if key not in clean_of:
                    gone.append(key)
                    continue
                of_clip = made_of.get("clean_sha256") == clean_of[key].sha256 or _is_same(key, pair_row, clean_of[key])
                if made_of.get("recipe_sha256") != self.digest or not of_clip:
                    changed.add(key)
        before = _header_of(self.out).get("degrade") or self.recipe
        differing = {key.removeprefix("config."): said for key, said in differences(before, self.recipe).items()}
        return Intent(
            self.out,
            "sample",
            new=tuple(key for key in pending if key not in changed),
            anew=tuple(key for key in pending if key in changed),
            gone=tuple(gone),
            kept=sum(len(self.rows[name].samples) for name in unchanged),
            why_anew=in_words(differing, f"the clips in {clean} are others"),
            why_gone=f"{clean} does not hold them",
        )

    def _finished(self) -> Iterator[ShardRow]:
        """Pair shards that are there whole, of those that a run would write over or remove."""
        for path in sorted((self.out / ROWS).glob("*.json")):
            name = path.name.removesuffix(".json")
            if name not in self.rows and not (self.out / INPUTS / path.name).exists():
                continue
            try:
                row = read_row(path)
                if (self.out / name).stat().st_size == row.bytes:
                    yield row
            except (OSError, InputError):
                continue

    def _inputs(self, row: ShardRow) -> dict[str, Any]:
        return {"clean": row.name, "clean_sha256": row.sha256, "recipe_sha256": self.digest}

    def _recorded(self, name: str) -> dict[str, Any]:
        """The inputs that a pair shard was made from, as recorded. Of one with failures older versions recorded none,
        but the header says what the last run was."""
        if found := read_record(self.out / INPUTS / f"{name}.json"):
            return found
        same = name in self.rows and _header_of(self.out).get("degrade") == self.recipe
        return self._inputs(self.rows[name]) if same and "replay" not in self.made_by else {}

    def is_unchanged(self, name: str) -> bool:
        """Whether this pair shard is there as a run would write it."""
        row, recorded = self.rows[name], read_record(self.out / INPUTS / f"{name}.json")
        try:
            pair_row = read_row(self.out / ROWS / f"{name}.json")
            if recorded != self._inputs(row) or (self.out / name).stat().st_size != pair_row.bytes:
                return False
        except (OSError, InputError):
            return False
        return _members(pair_row) == _members(row)  # written before every member was carried along: not

    def update_row(self, name: str) -> None:
        """The same bytes, but what the manifest says of the clips may be of an earlier state."""
        pair_row = read_row(self.out / ROWS / f"{name}.json")
        if pair_row.clips != (clips := _clips(self.rows[name], pair_row)):
            write_row(self.out, replace(pair_row, clips=clips))

    def begin(self, name: str) -> None:
        """A pair shard is about to be written: it counts no more."""
        (self.out / ROWS / f"{name}.json").unlink(missing_ok=True)

    def announce(self, written: ShardRow, whole: bool) -> None:
        """It is written; `whole`: none of its samples failed, so that it need not be tried again."""
        inputs, row = self.out / INPUTS / f"{written.name}.json", self.rows[written.name]
        inputs.parent.mkdir(exist_ok=True)
        write_json(inputs, self._inputs(row) | ({} if whole else {"failed": True}))
        write_row(self.out, replace(written, clips=_clips(row, written)))

    def forget_strangers(self) -> None:
        """Drop pair shards whose clean shard is gone (rendered anew with other shard sizes): their clips would stand
        twice.
        """
        for path in (self.out / INPUTS).glob("*.json"):
            if path.stem not in self.rows:
                (self.out / ROWS / path.name).unlink(missing_ok=True)
                (self.out / path.stem).unlink(missing_ok=True)
                path.unlink()


def _header_of(folder: Path) -> dict[str, Any]:
    try:
        return load_header(folder)[1]
    except InputError:
        return {}


def _is_same(key: str, pairs: ShardRow, clean: ShardRow) -> bool:
    """Whether a sample's clip is the one that its pair was made from: by its identity, or where none is known by the
    bytes of its target."""
    identity = lambda row: next((clip.get("identity") for clip in row.clips.values() if key in clip["samples"]), None)
    if (before := identity(pairs)) is not None:
        return before == identity(clean)
    target = lambda row: row.samples[key].get("target.mkv")
    return target(pairs) is not None and target(pairs).sha256 == target(clean).sha256


def _members(row: ShardRow) -> dict[str, set[str]]:
    return {key: set(members) for key, members in row.samples.items()}


def _clips(clean: ShardRow, pairs: ShardRow) -> dict[str, dict[str, Any]]:
    """The clips whose samples all came through, as the manifest keeps them; what rendering took is not repeated."""
    whole = {key: clip for key, clip in clean.clips.items() if set(clip["samples"]) <= set(pairs.samples)}
    told = ("identity", "samples", "dropped")
    return {key: {name: clip[name] for name in told if name in clip} | {"measured": {}} for key, clip in whole.items()}


def _pair_name(clean: str) -> str:
    return clean.replace("clean", "pairs", 1) if clean.startswith("clean") else clean
