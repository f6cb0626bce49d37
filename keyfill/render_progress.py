"""Progress of rendering, counted in frames: a live table with a row per running clip, or plain lines off a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from keyfill.progress import Report, bars, lines

Event = dict[str, Any]
OVER = {"done", "retry", "quarantine"}


class Display(Protocol):
    """What shows the state: `overall(done, total, text)` in frames, `clip(key, done, total)`, `gone(key)`."""

    def overall(self, done: int, total: int, text: str) -> None: ...
    def clip(self, key: str, done: int, total: int) -> None: ...
    def gone(self, key: str) -> None: ...


class FrameCount:
    """Turns the farm's events into counts of frames. `frames`: frames of every clip."""

    def __init__(self, frames: int, display: Display):
        self.frames, self.display = frames, display
        self.clips = self.finished = 0
        self.running: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        """Take one event of `farm.produce`."""
        kind, key = event["event"], event.get("job", "")
        if kind == "begin":
            self.clips, self.finished = event["clips"], event["kept"]
        elif kind == "start":
            self.running[key] = 0
            self.display.clip(key, 0, self.frames)
        elif kind == "progress":
            self.running[key] = event["done"]
            self.display.clip(key, event["done"], event["total"])
        elif kind in OVER:
            self.running.pop(key, None)
            self.finished += kind != "retry"
            self.display.gone(key)
        if self.clips and kind in {"begin", "start", "progress", *OVER}:
            done = self.finished * self.frames + sum(self.running.values())
            text = f"{self.finished}/{self.clips} clips {' '.join(sorted(self.running))}"
            self.display.overall(done, self.clips * self.frames, text)


@contextmanager
def counting_frames(frames: int, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """An event listener for `farm.produce` that shows progress on standard error."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        with bars() as shown:
            yield FrameCount(frames, _Table(shown))
    else:
        yield FrameCount(frames, _Lines(lines("render")))


class _Table:
    def __init__(self, shown: Any):
        self.shown, self.rows = shown, {}
        self.all = shown.add_task("render", total=None, text="")

    def overall(self, done: int, total: int, text: str) -> None:
        self.shown.update(self.all, completed=done, total=total, text=text.split(" clips")[0] + " clips")

    def clip(self, key: str, done: int, total: int) -> None:
        if key not in self.rows:
            self.rows[key] = self.shown.add_task(f"  {key}", total=total, text="")
        self.shown.update(self.rows[key], completed=done, total=total)

    def gone(self, key: str) -> None:
        row = self.rows.pop(key, None)
        if row is not None:
            self.shown.remove_task(row)


class _Lines:
    def __init__(self, report: Report):
        self.overall = report

    def clip(self, key: str, done: int, total: int) -> None:
        pass

    def gone(self, key: str) -> None:
        pass
