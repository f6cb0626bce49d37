"""Progress of rendering, counted in frames: a live table with a row per running clip, or plain lines off a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from keyfill.progress import Report, bars, lines

Event = dict[str, Any]
OVER = {"done", "retry", "quarantine"}
TICK_S = 0.5


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
            # A clip's last frame counts when the clip is whole, judged and kept.
            done = self.finished * self.frames + sum(min(one, self.frames - 1) for one in self.running.values())
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
        with _Lines(lines("render")) as shown:
            yield FrameCount(frames, shown)


class _Table:
    def __init__(self, shown: Any):
        self.shown: Any = shown
        self.rows: dict[str, Any] = {}
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
    """Tells the latest counts again and again, also while nothing happens; `report` prints a line now and then."""

    def __init__(self, report: Report):
        self.report, self.latest = report, (0, 0, "")
        self.over = threading.Event()
        self.teller = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> _Lines:
        self.teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.teller.join()

    def _tell(self) -> None:
        ended = False
        while not ended:
            ended = self.over.wait(TICK_S)
            if self.latest[1]:
                self.report(*self.latest)

    def overall(self, done: int, total: int, text: str) -> None:
        self.latest = done, total, text

    def clip(self, key: str, done: int, total: int) -> None:
        pass

    def gone(self, key: str) -> None:
        pass
