"""Where data sets stand, as a table, as lines and as plain data; once, or again and again."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from farm.status import Status, status
from keyfill.progress import LINE_EVERY_S, clock, counted, size

REFRESH_S = 2.0


def records(parts: Sequence[Path]) -> dict[str, Any]:
    """Folder name -> its status as plain data, with what is `left`."""
    return {str(part): {**dataclasses.asdict(found := status(part)), "left": found.left} for part in parts}


def is_finished(found: dict[str, Any]) -> bool:
    """Whether nothing is left to do, or nobody is doing it."""
    return all(not one["writer"] for one in found.values())


def status_lines(part: Path) -> list[str]:
    """A data set's status in lines of text."""
    found = status(part)
    planned = found.clips or found.done
    lines = [f"{part}: {found.kind} shards, {found.writer + ' is writing' if found.writer else 'idle (no writer)'}"]
    lines.append(f"  clips        {found.done} of {planned} in {counted(found.shards, 'shard')}, {size(found.bytes)}")
    if found.waiting:
        lines.append(f"  waiting      {found.waiting} finished, their shard is not full yet")
    if found.damaged:
        again = "the command that wrote them makes them again"
        lines.append(f"  damaged      {counted(len(found.damaged), 'shard')}, not counted; {again}")
        lines += [f"    {shard}: {fault}" for shard, fault in list(found.damaged.items())[:10]]
    if found.begun:
        lines.append(f"  begun        {found.begun}, their finished frames are kept")
    if found.left:
        lines.append(f"  left         {found.left}{_pace(found)}")
    for clip, running in found.running.items():
        again = f", attempt {running.attempt}" if running.attempt > 1 else ""
        lines.append(f"  running      {clip}: {running.done}/{running.total} frames, {clock(running.seconds)}{again}")
    if found.retries:
        lines.append(f"  retries      {found.retries}")
    if found.dropped:
        lines.append(f"  left out     {counted(found.dropped, 'lighting')} that the gate refused, of clips it took")
    if found.quarantined:
        lines.append(f"  quarantined  {len(found.quarantined)}, see {part / 'quarantine'}")
        lines += [f"    {clip}: {reason}" for clip, reason in list(found.quarantined.items())[:10]]
    return lines


def _pace(found: Status) -> str:
    if not found.clips_per_hour:
        return ""
    left = f", about {clock(found.seconds_left)} left" if found.seconds_left and found.writer else ""
    return f" at {found.clips_per_hour:.3g} clips per hour{left}"


def watch(parts: Sequence[Path]) -> None:
    """On a terminal the status again every two seconds, elsewhere every 30 s; until nobody writes any more."""
    if not sys.stdout.isatty():
        while True:
            print("\n".join(line for part in parts for line in status_lines(part)), flush=True)
            if is_finished(records(parts)):
                return
            time.sleep(LINE_EVERY_S)
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False) as live:
        while True:
            live.update(Text("\n".join(line for part in parts for line in status_lines(part))), refresh=True)
            if is_finished(records(parts)):
                return
            time.sleep(REFRESH_S)


def pause() -> None:
    """Between two records of `status --watch --json`."""
    time.sleep(LINE_EVERY_S)
