"""Progress of long work: live bars with time left on a terminal, one plain line every 30 s off it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.progress import Progress, silent

if TYPE_CHECKING:
    import rich.progress

LINE_EVERY_S = 30.0


@contextmanager
def showing(title: str, quiet: bool = False) -> Iterator[Progress]:
    """A `progress(done, total, text)` for one piece of work; shown on standard error, so that output can be piped."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        with bars() as shown:
            task = shown.add_task(title, total=None, text="")

            def show(done: int, total: int, text: str = "") -> None:
                shown.update(task, completed=done, total=total, text=text)

            yield show
    else:
        yield Lines(title)


def bars() -> rich.progress.Progress:
    """Bars in the house's layout; every task has a `text` field."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Left(TimeRemainingColumn):
        """By the counts, or what a task's field `left` gives when it is called."""

        def render(self, task: Task) -> Text:
            if "left" not in task.fields:
                return super().render(task)
            left = task.fields["left"]()
            return Text("-:--:--" if left is None else clock(left), style="progress.remaining")

    return Progress(
        TextColumn("[bold]{task.description:<10}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        Left(),
        TextColumn("[dim]{task.fields[text]}"),
        console=Console(stderr=True),
    )


class Lines:
    """One plain line at the start, every 30 s, and at the end. What the first call has done took no time of ours; who
    knows the time left better than the counts do gives it to `tell`, None for not known."""

    def __init__(self, title: str):
        self.title, self.start = title, time.monotonic()
        self.last = self.start - LINE_EVERY_S
        self.over, self.found = False, -1

    def __call__(self, done: int, total: int, text: str = "") -> None:
        now = time.monotonic()
        self.found = done if self.found < 0 else self.found
        made = done - self.found
        left = (now - self.start) / made * (total - done) if made > 0 and done < total else None
        self._tell(now, done, total, text, left, total > 0 and done >= total)

    def tell(self, done: int, total: int, text: str, left: float | None, over: bool) -> None:
        """A line with this time left, if one is due; the last one always is."""
        self._tell(time.monotonic(), done, total, text, left, over)

    def _tell(self, now: float, done: int, total: int, text: str, left: float | None, over: bool) -> None:
        if (over and self.over) or (not over and now - self.last < LINE_EVERY_S):
            return
        self.last, self.over = now, over
        count = f"{done}/{total} after {clock(now - self.start)}" if done else f"{done}/{total}"
        said = "" if left is None else f", about {clock(left)} left"
        print(f"{self.title}: {count}{said}  {text}".rstrip(), file=sys.stderr, flush=True)


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
