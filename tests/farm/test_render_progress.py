"""Lines off a terminal: one now and then even while nothing happens, an honest time left, the last one says all."""

import queue
import threading
from types import SimpleNamespace

import pytest

from keyfill import progress, render_progress
from keyfill.time_left import TimeLeft


class Ticks:
    """Stands in for the clock and for the event that the teller waits on: time passes when the test says so."""

    def __init__(self):
        self.now, self.due, self.awake = 0.0, queue.Queue(), False

    def wait(self, seconds):
        if self.awake:
            self.due.task_done()
        ended, self.awake = self.due.get(), True
        self.now += seconds
        return ended

    def set(self):
        self.due.put(True)

    def let_pass(self, seconds):
        """Returns when all that falls due in this time has been told."""
        for _ in range(round(seconds / render_progress.TICK_S)):
            self.due.put(False)
        self.due.join()


@pytest.fixture
def ticks(monkeypatch):
    ticks = Ticks()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: ticks.now))
    monkeypatch.setattr(render_progress, "threading", SimpleNamespace(Event=lambda: ticks, Thread=threading.Thread))
    return ticks


def test_lines_come_while_nothing_happens_and_the_last_says_all(ticks, capsys):
    with render_progress.counting_frames(10, quiet=False) as tell:
        tell({"event": "begin", "clips": 2, "kept": 1})
        tell({"event": "start", "job": "clip-1"})
        tell({"event": "progress", "job": "clip-1", "done": 10, "total": 10})
        ticks.let_pass(100)
        silent = capsys.readouterr().err.splitlines()
        tell({"event": "done", "job": "clip-1"})
    # at once, and every 30 s; all frames are there, but the clip is not judged yet
    assert [line.split(" after ")[1].split("  ")[0] for line in silent] == ["0 s", "30 s", "1:00", "1:30"]
    assert all(line.startswith("render: 19/20") and line.endswith("1/2 clips clip-1") for line in silent)
    (last,) = capsys.readouterr().err.splitlines()
    assert last.startswith("render: 20/20 after ") and last.endswith("2/2 clips")


def test_a_clip_that_is_given_up_never_counts_as_done(ticks, capsys):
    with render_progress.counting_frames(10, quiet=False) as tell:
        tell({"event": "begin", "clips": 2, "kept": 1, "to_do": 1})
        tell({"event": "start", "job": "clip-1"})
        tell({"event": "progress", "job": "clip-1", "done": 10, "total": 10})
        tell({"event": "quarantine", "job": "clip-1"})
    assert capsys.readouterr().err.splitlines()[-1] == "render: 10/20 after 0 s  1/2 clips, 1 set aside"


def test_the_time_left_is_honest_at_every_moment():
    """Two clips of four frames, 10 s before the first frame, 5 s a frame, 20 s to judge and keep: 50 s each."""
    left = TimeLeft(frames=4, workers=1, waiting=2)
    left.start("a", 0.0)
    assert left.all(9.0) is None, "nothing is known before the first frame: not 0"
    left.progress("a", 0, 10.0)
    assert left.all(14.0) is None
    left.progress("a", 1, 15.0)
    assert left.all(15.0) == pytest.approx(15 + 30), "what follows the last frame is not known yet"
    for done in (2, 3, 4):
        left.progress("a", done, 10.0 + 5 * done)
    assert left.all(40.0) is None, "not a few seconds, for 20 s"
    left.over("a", 50.0, done=True)
    left.start("b", 50.0)
    assert left.all(52.0) == pytest.approx(48), "through the first frame too"
    left.progress("b", 0, 60.0)
    left.progress("b", 4, 80.0)
    assert left.all(90.0) == pytest.approx(10), "after the last frame"
    assert left.all(101.0) is None, "longer than the one before: nobody knows"
    left.over("b", 105.0, done=False, again=True)
    assert (left.waiting, left.all(106.0)) == (1, None)


def test_what_was_there_before_does_not_count_as_speed(monkeypatch, capsys):
    clock = iter([0.0, 0.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told = progress.Lines("render")
    told(1000, 1100, "")
    told(1010, 1100, "")
    assert capsys.readouterr().err.splitlines()[1] == "render: 1010/1100 after 30 s, about 4:30 left"
