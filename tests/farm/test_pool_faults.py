"""Jobs that go wrong in every way: each is judged rightly, its neighbours go on, nothing is left running."""

import dataclasses
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from farm import attempt as attempts
from farm.jobs import Job, Outcome
from farm.pace import Pace
from farm.pool import LocalPool, run_on


def run_jobs(
    jobs: Iterable[Job], workers: int = 1, on_event: Any = None, gpus: Sequence[str] = (), on_outcome: Any = None
) -> list[Outcome]:
    return run_on(LocalPool(workers, gpus), jobs, on_event, on_outcome=on_outcome)


@pytest.fixture
def make_job(tmp_path, stand_in):
    def make(mode, argument="", key="clip-000000", **options):
        folder = tmp_path / key
        folder.mkdir()
        argv = (sys.executable, stand_in.__file__, "clip", str(folder), key, "1", mode, argument)
        return Job(key, argv, folder / "clip.tar", **options)

    return make


@pytest.mark.parametrize(
    ("mode", "state", "reason"),
    [
        ("segfault", "failed", "SIGSEGV"),
        ("exit", "failed", "exit code 3"),
        ("kill9-mid-write", "failed", "SIGKILL"),
        ("bad-input", "refused", "exit code 2: the room is missing"),
        ("wrote-nothing", "failed", "wrote no clip.tar"),
        ("said-nothing", "failed", "not a JSON report"),
        ("flood", "failed", "exit code 1"),
    ],
)
def test_a_bad_job_is_judged_and_leaves_nothing(make_job, gone, mode, state, reason):
    (outcome,) = run_jobs([make_job(mode, attempts=2)])
    assert outcome.state == state
    assert reason in outcome.last.reason
    assert outcome.attempts == (1 if state == "refused" else 2)
    gone()
    if mode == "flood":
        assert outcome.last.tail.endswith("the last words")
        assert len(outcome.last.tail) <= attempts.TAIL_BYTES


def test_an_endless_loop_ends_at_the_timeout(make_job, gone):
    (outcome,) = run_jobs([make_job("loop", attempts=1, timeout_s=0.5)])
    assert outcome.state == "failed"
    assert "timed out" in outcome.last.reason
    gone()


@pytest.mark.parametrize(("mode", "first_s"), [("hangs-between-frames", 0.0), ("slow", 0.01)], ids=["own", "others"])
def test_a_process_that_falls_silent_is_ended_long_before_the_timeout(make_job, gone, mode, first_s):
    """By its own pace; before its first frame by that of the clips before it."""
    (outcome,) = run_jobs([make_job(mode, "1000", attempts=1, silence_s=0.3, first_s=first_s)])
    assert outcome.state == "failed" and outcome.last.reason.startswith("hung: silent for")
    gone()


def test_silence_is_judged_by_the_pace():
    pace = Pace(100.0, 60.0)
    assert not pace.is_hung(1e6), "nothing is known yet: the timeout alone counts"
    pace.told(110.0, {"done": 0, "total": 3})
    pace.told(150.0, {"done": 1, "total": 3})
    assert pace.first_s == 50.0
    pace.told(155.0, {"done": 2, "total": 3})
    assert not pace.is_hung(155 + 400) and pace.is_hung(155 + 401), "ten times the slowest frame"
    pace.told(160.0, {"done": 3, "total": 3})
    assert not pace.is_hung(220) and pace.is_hung(221), "coding the clip may take as long as all before it"
    fast = Pace(0.0, 60.0, first_s=2.0)
    assert not fast.is_hung(60) and fast.is_hung(61)
    assert not Pace(0.0, 0.0, first_s=2.0).is_hung(1e6), "turned off"


def test_a_process_deaf_to_sigterm_is_killed(make_job, gone, monkeypatch):
    monkeypatch.setattr(attempts, "GRACE_S", 0.3)
    (outcome,) = run_jobs([make_job("deaf", attempts=1, timeout_s=0.5)])
    assert "timed out" in outcome.last.reason
    gone()


def test_a_hang_at_exit_after_the_work_counts_as_done(make_job, gone, monkeypatch):
    monkeypatch.setattr(attempts, "EXIT_GRACE_S", 0.3)
    (outcome,) = run_jobs([make_job("hang-at-exit")])
    assert outcome.state == "done"
    assert outcome.attempts == 1
    gone()


def test_grandchildren_in_sessions_of_their_own_are_ended(make_job, gone):
    (outcome,) = run_jobs([make_job("orphan")])
    assert outcome.state == "done"
    gone()


def test_memory_over_the_limit_ends_the_job(make_job, gone):
    (outcome,) = run_jobs([make_job("hog", str(400 * 2**20), attempts=1, memory_bytes=200 * 2**20)])
    assert outcome.state == "failed"
    assert "MiB of memory" in outcome.last.reason
    assert outcome.last.peak_bytes > 200 * 2**20
    gone()


def test_a_command_that_cannot_start_is_told(tmp_path):
    (outcome,) = run_jobs([Job("a", ("/no/such/program",), tmp_path / "x", attempts=1)])
    assert outcome.state == "failed"
    assert "cannot be started" in outcome.last.tail


def test_one_poison_job_among_good_ones(make_job, gone):
    modes = {2: "segfault"}
    jobs = [make_job(modes.get(i, "ok"), key=f"clip-{i:06d}", attempts=2) for i in range(5)]
    events = []
    outcomes = {o.job.key: o for o in run_jobs(jobs, 2, events.append)}
    assert {key for key, o in outcomes.items() if o.state != "done"} == {"clip-000002"}
    assert [e["event"] for e in events if e["job"] == "clip-000002"] == [
        "start",
        "progress",
        "retry",
        "start",
        "progress",
        "quarantine",
    ]
    gone()


def test_a_failure_that_passes_is_tried_again(make_job):
    (outcome,) = run_jobs([make_job("fail-once")])
    assert outcome.state == "done"
    assert outcome.attempts == 2


def test_a_check_that_says_no_rejects_the_result(make_job, tmp_path):
    verdict = "import json; print(json.dumps({'ok': False, 'reasons': ['blank', 'NaN']}))"
    job = dataclasses.replace(make_job("ok"), check=(sys.executable, "-c", verdict))
    (outcome,) = run_jobs([job])
    assert (outcome.state, outcome.attempts) == ("rejected", 1)
    assert outcome.last.reasons == ("blank", "NaN")
    crash = dataclasses.replace(job, check=(sys.executable, "-c", "import os; os.abort()"), attempts=1)
    (outcome,) = run_jobs([crash])
    assert outcome.state == "failed"
    assert outcome.last.reason == "check: killed by SIGABRT"


def test_a_callback_that_raises_ends_every_process(make_job, gone):
    jobs = [make_job("ok"), make_job("slow", "1000", key="clip-000001")]

    def full_disk(outcome):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run_jobs(jobs, 2, on_outcome=full_disk)
    gone()


def test_jobs_are_asked_for_only_when_a_worker_is_free(make_job):
    asked = []

    def jobs():
        for i in range(4):
            asked.append(i)
            yield make_job("ok", key=f"clip-{i:06d}")

    most = []
    run_jobs(jobs(), 1, on_outcome=lambda outcome: most.append(len(asked)))
    assert most == [1, 2, 3, 4]


def test_workers_get_a_gpu_each(tmp_path):
    """Two jobs at a time: each ends only when the other one has begun."""
    say = """
import os, sys, time
mine, other = sys.argv[1:]
open(mine, "w").write(os.environ["CUDA_VISIBLE_DEVICES"])
while not os.path.exists(other):
    time.sleep(0.02)
print('{"x": 1}')
"""
    paths = [tmp_path / str(i) for i in range(4)]
    pairs = zip(paths, (paths[i] for i in (1, 0, 3, 2)), strict=True)
    jobs = [Job(mine.name, (sys.executable, "-c", say, str(mine), str(other)), mine) for mine, other in pairs]
    assert all(o.state == "done" for o in run_jobs(jobs, 2, gpus=("4", "7")))
    said = [path.read_text() for path in paths]
    assert [sorted(said[:2]), sorted(said[2:])] == [["4", "7"]] * 2
