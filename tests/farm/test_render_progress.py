"""Lines off a terminal: one now and then even while nothing happens, an honest time left, the last one says all."""

import time

from keyfill import progress, render_progress


def test_lines_come_while_nothing_happens_and_the_last_says_all(monkeypatch, capsys):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.2)
    monkeypatch.setattr(render_progress, "TICK_S", 0.02)
    with render_progress.counting_frames(10, quiet=False) as tell:
        tell({"event": "begin", "clips": 2, "kept": 1})
        tell({"event": "start", "job": "clip-1"})
        tell({"event": "progress", "job": "clip-1", "done": 10, "total": 10})
        time.sleep(1.0)
        silent = capsys.readouterr().err.splitlines()
        tell({"event": "done", "job": "clip-1"})
    assert 3 <= len(silent) <= 6
    # all frames are there, but the clip is not judged yet
    assert all(line.startswith("render: 19/20") and line.endswith("1/2 clips clip-1") for line in silent)
    (last,) = capsys.readouterr().err.splitlines()
    assert last.startswith("render: 20/20 after ") and last.endswith("2/2 clips")


def test_what_was_there_before_does_not_count_as_speed(monkeypatch, capsys):
    clock = iter([0.0, 0.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    report = progress.lines("render")
    report(1000, 1100, "")
    report(1010, 1100, "")
    assert capsys.readouterr().err.splitlines()[1] == "render: 1010/1100 after 30 s, about 4:30 left"
