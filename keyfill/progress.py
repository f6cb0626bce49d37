"""Progress of long work: live bars with time left on a terminal, one plain line every 30 s off it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.progress import Progress as Report
from core.progress import silent

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_EVERY_S = 30.0


@contextmanager
def reporting(title: str, quiet: bool = False) -> Iterator[Report]:
    """A `report(done, total, text)` for one piece of work; shown on standard error, so that output can be piped."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        with bars() as shown:
            task = shown.add_task(title, total=None, text="")

            def show(done: int, total: int, text: str = "") -> None:
                shown.update(task, completed=done, total=total, text=text)

            yield show
    else:
        yield lines(title)


def bars() -> Progress:
    """Bars in the house's layout; every task has a `text` field."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("[bold]{task.description:<10}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[text]}"),
        console=Console(stderr=True),
    )


def lines(title: str) -> Report:
    """One plain line at the start, every 30 s, and at the end. What the first call has done took no time of ours."""
    start = time.monotonic()
    last = start - LINE_EVERY_S
    printed_last, found = False, None

    def show(done: int, total: int, text: str = "") -> None:
        nonlocal last, printed_last, found
        found = done if found is None else found
        now = time.monotonic()
        finished = total > 0 and done >= total
        if (finished and printed_last) or (not finished and now - last < LINE_EVERY_S):
            return
        last, printed_last = now, finished
        spent = now - start
        left = f", about {clock(spent / (done - found) * (total - done))} left" if found < done < total else ""
        count = f"{done}/{total} after {clock(spent)}" if done else f"{done}/{total}"
        print(f"{title}: {count}{left}  {text}".rstrip(), file=sys.stderr, flush=True)

    return show


def counted(number: int, what: str) -> str:
    """`1 clip`, `2 clips`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def clock(seconds: float) -> str:
    """Seconds as a person reads them: `8 s`, `4:05`, `2:10:00`, `3 d 4 h`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 86400:
        hours, rest = divmod(seconds, 3600)
        return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
    return f"{seconds // 86400} d {seconds % 86400 // 3600} h"


def size(count: float) -> str:
    """Bytes as a person reads them, in powers of 1000: `512 B`, `1.4 MB`, `2.3 TB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
