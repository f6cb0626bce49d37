"""Progress of rendering, counted in frames: a live table with a row per running clip, or plain lines off a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from keyfill.progress import Lines, bars
from keyfill.time_left import TimeLeft

Event = dict[str, Any]
OVER = {"done", "retry", "quarantine"}
TICK_S = 0.5


class Display(Protocol):
    """What shows the state: `overall(done, total, text, running)` in frames, `clip(key, done, total)`, `gone(key)`; it
    asks `times`, which it is given first, for the time left whenever it shows that."""

    times: TimeLeft

    def overall(self, done: int, total: int, text: str, running: str) -> None: ...
    def clip(self, key: str, done: int, total: int) -> None: ...
    def gone(self, key: str) -> None: ...


class FrameCount:
    """Turns the farm's events into counts of frames. `frames`: frames of every clip."""

    def __init__(self, frames: int, display: Display):
        self.frames, self.display = frames, display
        self.clips = self.finished = self.aside = 0
        self.running: dict[str, int] = {}
        self.times = display.times = TimeLeft(frames)

    def __call__(self, event: Event) -> None:
        """Take one event of `farm.produce`. A clip that is given up is set aside; it never counts as done."""
        kind, key, now = event["event"], event.get("job", ""), time.monotonic()
        if kind == "begin":
            self.clips, self.finished = event["clips"], event["kept"]
            self.times.workers, self.times.waiting = event.get("workers", 1), event.get("to_do", 0)
        elif kind == "start":
            self.running[key] = 0
            self.times.start(key, now)
            self.display.clip(key, 0, self.frames)
        elif kind == "progress":
            self.running[key] = event["done"]
            self.times.progress(key, event["done"], now)
            self.display.clip(key, event["done"], event["total"])
        elif kind in OVER:
            self.running.pop(key, None)
            self.finished += kind == "done"
            self.aside += kind == "quarantine"
            self.times.over(key, now, kind == "done", kind == "retry")
            self.display.gone(key)
        if self.clips and kind in {"begin", "start", "progress", *OVER}:
            # A clip's last frame counts when the clip is whole, judged and kept.
            done = self.finished * self.frames + sum(min(one, self.frames - 1) for one in self.running.values())
            aside = f", {self.aside} set aside" if self.aside else ""
            text = f"{self.finished}/{self.clips} clips{aside}"
            self.display.overall(done, self.clips * self.frames, text, " ".join(sorted(self.running)))


@contextmanager
def counting_frames(frames: int, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """An event listener for `farm.produce` that shows progress on standard error."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        with bars() as shown:
            yield FrameCount(frames, _Table(shown))
    else:
        with _Lines(Lines("render")) as shown:
            yield FrameCount(frames, shown)


class _Table:
    def __init__(self, shown: Any):
        self.shown: Any = shown
        self.rows: dict[str, Any] = {}
        self.times = TimeLeft(1)
        left = lambda: self.times.all(time.monotonic())
        self.all = shown.add_task("render", total=None, text="", left=left)

    def overall(self, done: int, total: int, text: str, running: str) -> None:
        self.shown.update(self.all, completed=done, total=total, text=text)

    def clip(self, key: str, done: int, total: int) -> None:
        if key not in self.rows:
            left = lambda: self.times.of(key, time.monotonic())
            self.rows[key] = self.shown.add_task(f"  {key}", total=total, text="", left=left)
        self.shown.update(self.rows[key], completed=done, total=total)

    def gone(self, key: str) -> None:
        row = self.rows.pop(key, None)
        if row is not None:
            self.shown.remove_task(row)


class _Lines:
    """Tells the latest counts again and again, also while nothing happens; `lines` prints a line now and then."""

    def __init__(self, lines: Lines):
        self.lines, self.latest = lines, (0, 0, "")
        self.times = TimeLeft(1)
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
                done, total, text = self.latest
                left = None if ended else self.times.all(time.monotonic())
                self.lines.tell(done, total, text, left, ended or done >= total)

    def overall(self, done: int, total: int, text: str, running: str) -> None:
        self.latest = done, total, f"{text} {running}".rstrip()

    def clip(self, key: str, done: int, total: int) -> None:
        pass

    def gone(self, key: str) -> None:
        pass
