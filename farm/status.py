"""Where a data set stands, read from its files alone, also while others write them."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files import read_record
from pairs.manifest import load_manifest

TAIL_BYTES = 1 << 20
_PROGRESS = re.compile(rb'"event": "progress".*"job": "([^"]*)"')


@dataclass(frozen=True)
class Running:
    """A clip in the works: frames done and planned, which attempt, for how long."""

    done: int
    total: int
    attempt: int
    seconds: float


@dataclass(frozen=True)
class Status:
    """`clips` planned (0: the folder has no plan), `done` in shards, `waiting` finished but not yet in a shard, `begun`
    in the works before, whose frames are kept. Only shards whose file is there, of the announced size, count; `damaged`
    says of the others what is wrong.

    `dropped`: samples that the gate left out of clips that are done. `quarantined`: clip -> reason.
    `clips_per_hour` and `seconds_left` are None until a clip has been finished.
    `writer`: who writes here now, "" for nobody.
    """

    kind: str
    clips: int
    done: int
    waiting: int
    begun: int
    samples: int
    dropped: int
    shards: int
    bytes: int
    damaged: dict[str, str]
    running: dict[str, Running]
    quarantined: dict[str, str]
    retries: int
    clips_per_hour: float | None
    seconds_left: float | None
    writer: str

    @property
    def left(self) -> int:
        """Clips that are neither done, nor waiting, nor quarantined."""
        return max(0, self.clips - self.done - self.waiting - len(self.quarantined))


def status(folder: Path, now: float | None = None) -> Status:
    """The state of the data set in `folder`. Raises InputError when there is none. `now`: seconds since 1970."""
    manifest = load_manifest(folder)
    faults = {row.name: fault for row in manifest.shards if (fault := _fault(folder / row.name, row.bytes))}
    shards = [row for row in manifest.shards if row.name not in faults]
    now = time.time() if now is None else now
    in_shards = {clip for row in shards for clip in row.clips}
    waiting = {path.parent.name for path in (folder / "work").glob("*/state.json") if _has_done(path)} - in_shards
    refused = (folder / "quarantine").glob("*.json")
    quarantined = {path.stem: str(read_record(path).get("reason", "")) for path in refused}
    clips = manifest.header.get("plan", {}).get("clips", 0)
    writer = _writer(folder)
    running, retries, rate = _from_events(folder, now)
    begun = {path.parent.parent.name for path in (folder / "work").glob("*/draw-*/*.npz")} - in_shards - waiting
    left = max(0, clips - len(in_shards) - len(waiting) - len(quarantined))
    return Status(
        kind=manifest.kind,
        clips=clips,
        done=len(in_shards),
        waiting=len(waiting),
        begun=len(begun - (set(running) if writer else set())),
        samples=sum(len(row.samples) for row in shards),
        dropped=sum(len(clip.get("dropped", ())) for row in shards for clip in row.clips.values()),
        shards=len(shards),
        bytes=sum(row.bytes for row in shards),
        damaged=faults,
        running=running if writer else {},
        quarantined=dict(sorted(quarantined.items())),
        retries=retries,
        clips_per_hour=rate,
        seconds_left=0.0 if left == 0 else 3600.0 * left / rate if rate else None,
        writer=writer,
    )


def _fault(path: Path, announced: int) -> str:
    """What is wrong with a shard as far as its size tells, or ""."""
    try:
        there = path.stat().st_size
    except OSError:
        return "its file is gone"
    return "" if there == announced else f"{there} bytes of {announced}"


def _has_done(path: Path) -> bool:
    return "done" in read_record(path)


def _from_events(folder: Path, now: float) -> tuple[dict[str, Running], int, float | None]:
    """Clips in the works, retries, and finished clips an hour, over the last run of every log (one a slice)."""
    running: dict[str, Running] = {}
    retries, rate = 0, 0.0
    for path in sorted(folder.glob("events*.jsonl")):
        started: dict[str, tuple[float, int]] = {}
        frames: dict[str, tuple[int, int]] = {}
        finished, again = 0, 0
        since: float | None = None
        last: float | None = None
        for event in _events(path):
            kind, job, last = event.get("event"), str(event.get("job")), event["t"]
            if kind == "begin" or since is None:
                started.clear()
                finished, again, since = 0, 0, event["t"]
            if kind == "start":
                started[job] = (event["t"], event.get("attempt", 1))
                frames.pop(job, None)
            elif kind == "progress":
                frames[job] = (event.get("done", 0), event.get("total", 0))
            elif kind in ("done", "quarantine", "retry"):
                started.pop(job, None)
                finished += kind == "done"
                again += kind == "retry"
            elif kind in ("end", "failed", "stop"):
                started.clear()
        if last is None or since is None:
            continue
        retries += again
        end = now if started else last
        rate += 3600.0 * finished / max(end - since, 1e-3)
        running.update(
            {job: Running(*frames.get(job, (0, 0)), attempt, now - t) for job, (t, attempt) in started.items()}
        )
    return dict(sorted(running.items())), retries, rate or None


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """The events at the end of a log, of a clip's progress only the last; half a line at either end is passed over."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return
    progress = [_PROGRESS.search(line) for line in lines]
    latest = {told[1]: number for number, told in enumerate(progress) if told}
    for number, line in enumerate(lines):
        told = progress[number]
        # most of a log: parsing it all took longer than everything else; the first and last line have the times
        if told and latest[told[1]] != number and 1 < number < len(lines) - 2:
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("t"), (int, float)):
            yield event


def _writer(folder: Path) -> str:
    """Who holds the folder's lock; a shared lock (slices) counts. Takes no lock itself for longer than the question."""
    writers = []
    for path in [folder / ".lock", *sorted(folder.glob(".lock-*"))]:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = read_record(path)
            writers.append(f"process {holder.get('pid', '?')} on {holder.get('host', '?')}")
        finally:
            os.close(descriptor)
    return ", ".join(writers)
