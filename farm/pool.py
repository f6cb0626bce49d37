"""Runs many jobs at once on this machine and keeps going whatever single jobs do."""

from __future__ import annotations

import dataclasses
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from farm.attempt import run_attempt
from farm.jobs import Attempt, Job, Outcome, Stopped

Event = dict[str, Any]
OnEvent = Callable[[Event], None]
NextAttempt = Callable[[Job, int, Attempt], Job | None]
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Executor(Protocol):
    """Where attempts run. `slots()`: how many may be out at once."""

    def slots(self) -> int: ...

    def submit(self, job: Job) -> None: ...

    def next(self, timeout_s: float) -> tuple[str, Job, Any] | None:
        """The next message: ("progress", job, line), ("end", job, Attempt), or None after `timeout_s`."""

    def stop(self) -> None:
        """Have everything that runs ended; ("end", job, Attempt) with state "stopped" follows for each."""

    def close(self) -> None: ...


class LocalPool:
    """`workers` attempts at a time on this machine; `gpus` are handed out in turn as CUDA_VISIBLE_DEVICES."""

    def __init__(self, workers: int = 1, gpus: Sequence[str] = ()):
        self._workers = max(1, workers)
        self._messages: queue.SimpleQueue[tuple[str, Job, Any]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._gpus: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        for i in range(self._workers):
            self._gpus.put({"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} if gpus else {})

    def slots(self) -> int:
        return self._workers

    def submit(self, job: Job) -> None:
        # One thread an attempt: the kernel's parent-death signal follows the thread that started the process.
        threading.Thread(target=self._attempt, args=(job,), name=f"job {job.key}", daemon=True).start()

    def _attempt(self, job: Job) -> None:
        gpu = self._gpus.get()
        placed = dataclasses.replace(job, env={**gpu, **job.env})
        try:
            attempt = run_attempt(placed, self._stop, lambda line: self._messages.put(("progress", job, line)))
        except Exception as error:
            attempt = Attempt("failed", 0.0, f"{type(error).__name__}: {error}")
        self._gpus.put(gpu)
        self._messages.put(("end", job, attempt))

    def next(self, timeout_s: float) -> tuple[str, Job, Any] | None:
        try:
            return self._messages.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def stop(self) -> None:
        self._stop.set()

    def close(self) -> None:
        self._stop.set()


def retry_or_give_up(job: Job, attempts: int, attempt: Attempt) -> Job | None:
    """The usual answer to a failed attempt: the same job until its tries are used up, unless that cannot help."""
    return job if attempt.state == "failed" and attempts < job.attempts else None


def run_on(
    executor: Executor,
    jobs: Iterable[Job],
    on_event: OnEvent | None = None,
    *,
    next_attempt: NextAttempt | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Run `jobs`, as many at a time as `executor` has slots; returns an `Outcome` for each in the order they ended.

    Jobs may be a generator: it is asked for the next one when a worker is free. A failed attempt is tried again up to
    `job.attempts` times, then the job is quarantined; the others go on. `next_attempt(job, attempts so far, attempt)`
    may answer otherwise: another job to run in its place, or None to give it up. `on_outcome` is called for each
    outcome as it comes, `on_event` with plain dictionaries (`event`: "start", "progress", "retry", "done",
    "quarantine", "stop"), both in the calling thread. On SIGINT, SIGTERM or SIGHUP, or when a callback raises, every
    process is ended first, within 10 s; then `Stopped` (or what the callback raised) is raised.
    """
    emit = on_event or (lambda event: None)
    next_attempt = next_attempt or retry_or_give_up
    waiting = iter(jobs)
    again: deque[Job] = deque()
    out: list[Outcome] = []
    tries: dict[str, int] = {}
    running: dict[str, Job] = {}
    with _Signals() as signals:
        try:
            exhausted = False
            while True:
                while not signals.got and len(running) < executor.slots():
                    job = again.popleft() if again else None if exhausted else next(waiting, None)
                    if job is None:
                        exhausted = True
                        break
                    running[job.key] = job
                    tries[job.key] = tries.get(job.key, 0) + 1
                    emit({"event": "start", "job": job.key, "attempt": tries[job.key]})
                    executor.submit(job)
                if signals.got:
                    emit({"event": "stop", "signal": signals.got, "running": sorted(running)})
                    for job, attempt in _drain(executor, running):
                        if attempt.state == "done" and on_outcome is not None:
                            on_outcome(Outcome(job, tries[job.key], attempt))
                    raise Stopped(
                        f"stopped by {signals.got}; what is finished is kept, run the same command again to go on"
                    )
                if not running:
                    return out
                message = executor.next(0.5)
                if message is None:
                    continue
                kind, job, content = message
                if kind == "progress":
                    emit({"event": "progress", "job": job.key, "done": content["done"], "total": content["total"]})
                    continue
                del running[job.key]
                facts = {"job": job.key, "attempt": tries[job.key], "seconds": round(content.seconds, 3)}
                if content.state == "done":
                    emit({"event": "done", **facts, "peak_bytes": content.peak_bytes})
                elif (next_job := next_attempt(job, tries[job.key], content)) is not None:
                    emit(
                        {
                            "event": "retry",
                            **facts,
                            "state": content.state,
                            "reason": content.reason,
                            "tail": content.tail,
                        }
                    )
                    again.append(next_job)
                    continue
                else:
                    emit(
                        {
                            "event": "quarantine",
                            **facts,
                            "state": content.state,
                            "reason": content.reason,
                            "tail": content.tail,
                        }
                    )
                outcome = Outcome(job, tries.pop(job.key), content)
                out.append(outcome)
                if on_outcome is not None:
                    on_outcome(outcome)
        finally:
            if running:
                _drain(executor, running)
            executor.close()


def _drain(executor: Executor, running: dict[str, Job]) -> list[tuple[Job, Attempt]]:
    """End everything that runs; what was just finishing may come back as done."""
    executor.stop()
    ended = []
    while running:
        message = executor.next(30.0)
        if message is None:
            break
        if message[0] == "end":
            running.pop(message[1].key, None)
            ended.append((message[1], message[2]))
    return ended


class _Signals:
    """Notes the first stop signal instead of dying of it; only the main thread can, elsewhere it does nothing."""

    def __init__(self) -> None:
        self.got = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in STOP_SIGNALS}
        return self

    def _note(self, number: int, _frame: Any) -> None:
        self.got = self.got or signal.Signals(number).name

    def __exit__(self, *_: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
