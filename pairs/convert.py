"""A data set in another layout: a folder a sample, made under a temporary name and renamed; the index files last."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.errors import InputError, WorkError
from core.files import read_record, write_json
from core.identity import digest
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.pool import as_done
from core.progress import Progress, silent
from pairs.lock import FolderLock
from pairs.manifest import load_manifest
from pairs.shards import Sample, ShardRow, read_member

STATE, MARK = ".keyfill", "layout.json"


class Layout(Protocol):
    """How samples lie in another layout; plain picklable data.

    `name` and `options` tell it from others; `place(key, split)` is the sample's folder, relative to the output;
    `write` fills that folder; `index` writes what lists all samples (`records`: key -> facts of that sample, sorted).
    """

    name: str

    @property
    def options(self) -> dict[str, Any]: ...
    def place(self, key: str, split: str) -> str: ...
    def write(self, sample: Sample, info: dict[str, Any], folder: Path) -> None: ...
    def index(self, out: Path, records: dict[str, dict[str, Any]], source: Path) -> None: ...


@dataclass(frozen=True)
class Converted:
    """What a conversion did: samples written now, found as they should be, and old ones removed."""

    written: int
    unchanged: int
    removed: int


def convert(
    folder: Path,
    out: Path,
    layout: Layout,
    workers: int = 1,
    progress: Progress = silent,
    consent: Consent = UNASKED,
) -> Converted:
    """Write every sample of the shards in `folder` into `out` as `layout` says; every byte read is checked.

    Safe to run again after anything: a sample is skipped when it was converted from the same bytes in the same way and
    all its files are there with their sizes. With `consent` what was converted otherwise is converted anew, and what
    the data set no longer has is removed; nothing else in `out` is touched. Raises InputError on damaged shards, an
    `out` that holds something else, or samples that would be lost without consent; WorkError when a write fails.
    """
    rows = _rows(folder, out, layout)
    _intent(folder, Path(out), layout, rows).require(consent)
    state = _claim(Path(out), layout)
    with FolderLock(state):
        for part in state.glob("part-*"):
            shutil.rmtree(part)
        goals = {key: _goal(row, key, layout) for key, row in rows.items()}
        records = {key: record for key in rows if (record := _done(Path(out), state, key, goals[key])) is not None}
        to_do = [key for key in sorted(rows) if key not in records]
        progress(len(records), len(rows), f"{len(records)} of {len(rows)} samples are there")
        jobs = [(folder / rows[key].name, rows[key], key, layout, Path(out), goals[key]) for key in to_do]
        died = lambda _: f"{folder}: a converting process died; run the command again to go on"
        for _, record in as_done(convert_sample, jobs, workers, died):
            records[record["key"]] = record
            progress(len(records), len(rows), record["key"])
        removed = _remove_others(Path(out), state, records)
        layout.index(Path(out), dict(sorted(records.items())), folder)
        return Converted(len(to_do), len(rows) - len(to_do), removed)


def intended_samples(folder: Path, out: Path, layout: Layout) -> Intent:
    """What `convert` would do with the same arguments; changes nothing."""
    return _intent(folder, Path(out), layout, _rows(folder, out, layout))


def _rows(folder: Path, out: Path, layout: Layout) -> dict[str, ShardRow]:
    """Each sample's shard. InputError when there is none, or `out` cannot be the output."""
    manifest = load_manifest(folder)
    if Path(out).resolve() == Path(folder).resolve():
        raise InputError(f"--out {out}: is the data set itself; choose another folder")
    rows = {key: row for row in manifest.shards for key in row.samples}
    if not rows:
        raise InputError(f"{folder}: holds no sample yet")
    # of samples that come to stand in one place, as the lightings of a clip may, the first is written
    first = {layout.place(key, ""): key for key in sorted(rows, reverse=True)}
    rows = {key: rows[key] for key in sorted(first.values())}
    _check_held(Path(out), layout)
    return rows


def _intent(folder: Path, out: Path, layout: Layout, rows: dict[str, ShardRow]) -> Intent:
    state = out / STATE
    there = {path.stem: record for path in sorted(state.glob("*.json")) if "place" in (record := read_record(path))}
    kept = {key for key, row in rows.items() if _done(out, state, key, _goal(row, key, layout)) is not None}
    changed = {
        key for key in rows.keys() - kept if key in there and there[key]["goal"] != _goal(rows[key], key, layout)
    }
    options = read_record(state / MARK).get("options")
    differing = {} if options is None else differences(options, json.loads(json.dumps(layout.options)))
    return Intent(
        out,
        "sample",
        new=tuple(key for key in sorted(rows) if key not in kept | changed),
        anew=tuple(sorted(changed)),
        gone=tuple(key for key in there if key not in rows),
        kept=len(kept),
        why_anew=in_words(differing, f"their shards in {folder} are others"),
        why_gone=f"{folder} does not hold them",
    )


def convert_sample(path: Path, row: ShardRow, key: str, layout: Layout, out: Path, goal: str) -> dict[str, Any]:
    """One sample: its folder complete and in place, then its record, which is returned."""
    sample = Sample(key, {name: read_member(path, row, key, name) for name in row.samples[key]})
    info = json.loads(sample.members["json"])
    split = str(info.get("split") or "train")
    place = out / layout.place(key, split)
    part = out / STATE / f"part-{key}"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        layout.write(sample, info, part)
        files = {str(file.relative_to(part)): file.stat().st_size for file in sorted(part.rglob("*")) if file.is_file()}
        # The record goes first when a folder is replaced, so that a kill in between means "not done".
        before = read_record(out / STATE / f"{key}.json").get("place")
        (out / STATE / f"{key}.json").unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        if isinstance(before, str) and ".." not in Path(before).parts:  # it may have stood in another split
            shutil.rmtree(out / before, ignore_errors=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, place)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise WorkError(f"{place}: cannot be written: {error.strerror or error}") from error
    facts = {name: info.get(name) for name in ("frames", "width", "height", "fps", "clip")}
    record = {"key": key, "goal": goal, "split": split, "place": layout.place(key, split), "files": files, **facts}
    write_json(out / STATE / f"{key}.json", record)
    return record


def _check_held(out: Path, layout: Layout) -> None:
    """InputError when `out` is another layout's, or somebody's."""
    state = out / STATE
    try:
        if (state / MARK).exists():
            held = json.loads((state / MARK).read_text(encoding="utf-8")).get("layout")
            if held != layout.name:
                raise InputError(f"--out {out}: holds the layout {held}, not {layout.name}; choose another folder")
        elif out.is_dir() and any(out.iterdir()) and not state.is_dir():
            raise InputError(f"--out {out}: is not empty and not a conversion of ours; choose another folder")
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"--out {out}: cannot be used: {error}; choose another folder") from None


def _claim(out: Path, layout: Layout) -> Path:
    """The folder of records in `out`, made."""
    state = out / STATE
    try:
        state.mkdir(parents=True, exist_ok=True)
        write_json(state / MARK, {"layout": layout.name, "options": layout.options})
    except (OSError, WorkError) as error:
        raise InputError(f"--out {out}: cannot be used: {error}; choose another folder") from None
    return state


def _goal(row: ShardRow, key: str, layout: Layout) -> str:
    """Digest of what a converted sample depends on."""
    members = {name: member.sha256 for name, member in row.samples[key].items()}
    return digest("convert-2", layout.name, layout.options, members)


def _done(out: Path, state: Path, key: str, goal: str) -> dict[str, Any] | None:
    record = read_record(state / f"{key}.json")
    if record.get("goal") != goal:
        return None
    place = out / record["place"]
    try:
        whole = all((place / name).stat().st_size == size for name, size in record["files"].items())
    except OSError:
        return None
    return record if whole else None


def _remove_others(out: Path, state: Path, records: dict[str, dict[str, Any]]) -> int:
    """Samples of an earlier conversion that the data set does not have any more."""
    kept, removed = {record["place"] for record in records.values()}, 0
    for path in state.glob("*.json"):
        record = read_record(path)
        if path.stem in records or "place" not in record:
            continue
        if record["place"] not in kept and ".." not in Path(record["place"]).parts:
            shutil.rmtree(out / record["place"], ignore_errors=True)
        path.unlink()
        removed += 1
    return removed
