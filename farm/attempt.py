"""One try at a job: start it under its supervisor, keep its last words, watch time and memory, judge what it left."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import psutil

from farm.jobs import Attempt, Job
from farm.pace import Pace

SUPERVISOR = Path(__file__).with_name("supervisor.py")
TAIL_BYTES = 8192
LAST_WORDS = 300
TICK_S = 0.25
GRACE_S = 4.0
EXIT_GRACE_S = 10.0

OnProgress = Callable[[dict[str, Any]], None]


def run_attempt(job: Job, stop: threading.Event | None = None, on_progress: OnProgress | None = None) -> Attempt:
    """Run `job` once and judge it; never raises for anything the job does.

    `stop` set: the processes are ended within `GRACE_S` seconds and the state is "stopped". `on_progress` gets each
    progress line while the job runs.
    """
    started = time.monotonic()
    job.result.unlink(missing_ok=True)
    run = _run(job, job.argv, stop, on_progress, job.result)

    def ended(state: str, reason: str = "", reasons: tuple[str, ...] = (), tail: str | None = None) -> Attempt:
        seconds = time.monotonic() - started
        return Attempt(
            state,
            seconds,
            reason,
            reasons,
            run.report,
            run.tail if tail is None else tail,
            run.peak_bytes,
            first_s=run.first_s,
        )

    reason = run.reason
    if not reason and not run.report:
        reason = "ended with exit code 0 but its last line is not a JSON report"
    if not reason and not (job.result.is_file() and job.result.stat().st_size):
        reason = f"exited successfully but wrote no {job.result.name}"
    if reason:
        return ended(run.state or "failed", reason)
    if not job.check:
        return ended("done")
    verdict = _run(job, job.check, stop, None, None)
    reason = verdict.reason or ("" if isinstance(verdict.report.get("ok"), bool) else "its check left no verdict")
    if reason:
        return ended(verdict.state or "failed", f"check: {reason}", tail=verdict.tail)
    if not verdict.report["ok"]:
        reasons = tuple(str(reason) for reason in verdict.report.get("reasons", ()))
        more = f"; and {len(reasons) - 2} more" if len(reasons) > 2 else ""
        return ended("rejected", "; ".join(reasons[:2]) + more, reasons)
    return replace(ended("done"), verdict=verdict.report)


class _Run:
    """What one process said and why it ended."""

    def __init__(self) -> None:
        self.state, self.reason, self.peak_bytes, self.first_s = "", "", 0, 0.0
        self.report: dict[str, Any] = {}
        self._out, self._err = b"", b""

    @property
    def tail(self) -> str:
        return self._err.decode("utf-8", "replace").strip()

    def read_stderr(self, data: bytes) -> None:
        self._err = (self._err + data)[-TAIL_BYTES:]

    def read_stdout(self, data: bytes, on_progress: OnProgress | None) -> None:
        *lines, rest = (self._out + data).split(b"\n")
        self._out = rest[-1_000_000:]
        for line in filter(bytes.strip, lines):
            said = _json(line)
            if "done" in said and "total" in said:
                self.report = {}
                if on_progress is not None:
                    on_progress(said)
                continue
            self.report = said
            if not said:
                self.read_stderr(line + b"\n")

    def close(self, on_progress: OnProgress | None) -> None:
        self.read_stdout(b"\n", on_progress)


def _json(line: bytes) -> dict[str, Any]:
    if not line.lstrip().startswith(b"{"):
        return {}
    try:
        data = json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _run(
    job: Job, argv: tuple[str, ...], stop: threading.Event | None, on_progress: OnProgress | None, result: Path | None
) -> _Run:
    run, started = _Run(), time.monotonic()
    command = [sys.executable, "-I", "-S", str(SUPERVISOR), str(os.getpid()), str(GRACE_S), *argv]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **job.env},
            cwd=job.folder,
            start_new_session=True,
        )
    except OSError as error:
        run.reason = f"could not be started: {error}"
        return run
    try:
        with selectors.DefaultSelector() as selector:
            ended = os.pidfd_open(process.pid)
            try:
                selector.register(ended, selectors.EVENT_READ)
                for pipe in _pipes(process):
                    os.set_blocking(pipe.fileno(), False)
                    selector.register(pipe, selectors.EVENT_READ)
                _listen(job, process, selector, ended, run, started, stop, on_progress, result)
            finally:
                os.close(ended)
    finally:
        _end(process)
    run.close(on_progress)
    if not run.reason and process.returncode:
        run.reason = _explain(process.returncode)
        if process.returncode < 128 and run.tail:
            run.reason += f": {run.tail.splitlines()[-1][:LAST_WORDS]}"
        run.state = "refused" if process.returncode == 2 else "failed"
    return run


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Standard output and error, both pipes of ours."""
    assert process.stdout is not None and process.stderr is not None
    return process.stdout, process.stderr


def _listen(
    job: Job,
    process: subprocess.Popen[bytes],
    selector: selectors.BaseSelector,
    ended: int,
    run: _Run,
    started: float,
    stop: threading.Event | None,
    on_progress: OnProgress | None,
    result: Path | None,
) -> None:
    """Until the process has ended or has to be ended: collect its words, watch clock, pace and memory."""
    watched, done_since = started, None
    pace = Pace(started, job.silence_s if result is not None else 0.0, job.first_s)

    def heard(said: dict[str, Any]) -> None:
        pace.told(time.monotonic(), said)
        run.first_s = pace.first_s
        if on_progress is not None:
            on_progress(said)

    out, err = _pipes(process)
    while True:
        over = False
        for key, _ in selector.select(TICK_S):
            if key.fd == ended:
                over = True
            else:
                _read_pipe(out if key.fd == out.fileno() else err, process, selector, run, heard)
        if over:
            for pipe in (out, err):
                _read_pipe(pipe, process, selector, run, heard)
            return
        now = time.monotonic()
        if stop is not None and stop.is_set():
            run.state, run.reason = "stopped", "stopped"
            return
        if now - started > job.timeout_s:
            run.reason = f"timed out after {job.timeout_s:g} s"
            return
        if pace.is_hung(now) and not (run.report and result is not None and result.exists()):
            run.reason = f"hung: silent for {now - pace.last:.0f} s, far longer than its pace"
            return
        if now - watched > 1.0:
            watched = now
            run.peak_bytes = max(run.peak_bytes, _tree_bytes(process.pid))
            if job.memory_bytes and run.peak_bytes > job.memory_bytes:
                run.reason = _memory_reason(run.peak_bytes, job.memory_bytes)
                return
        # A process that has reported and left its result but does not exit (engines hang at exit) is done.
        if result is not None and run.report and result.exists():
            done_since = done_since or now
            if now - done_since > EXIT_GRACE_S:
                return _let_go(process)
        else:
            done_since = None


def _read_pipe(
    pipe: IO[bytes],
    process: subprocess.Popen[bytes],
    selector: selectors.BaseSelector,
    run: _Run,
    on_progress: OnProgress | None,
) -> None:
    while True:
        try:
            data = os.read(pipe.fileno(), 65536)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            data = b""
        if not data:
            if pipe.fileno() in selector.get_map():
                selector.unregister(pipe)
            return
        if pipe is process.stdout:
            run.read_stdout(data, on_progress)
        else:
            run.read_stderr(data)
        if len(data) < 65536:
            return


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """End a process that has done its work; its exit code no longer matters."""
    _end(process)
    process.returncode = 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """Tell the supervisor to end everything and wait for it; it leaves only when all are gone."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_S + 3.0)
        except subprocess.TimeoutExpired:
            for victim in psutil.Process(process.pid).children(recursive=True):
                victim.kill()
            process.kill()
            process.wait()
    for pipe in _pipes(process):
        pipe.close()


def _tree_bytes(pid: int) -> int:
    """Resident memory of a process and everything below it, in bytes."""
    total = 0
    try:
        for process in (root := psutil.Process(pid)), *root.children(recursive=True):
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        return total
    return total


def _memory_reason(used: int, allowed: int) -> str:
    return f"used {used / 2**20:.0f} MiB of memory, more than the {allowed / 2**20:.0f} MiB allowed"


def _explain(code: int) -> str:
    """An exit code in words."""
    number = code - 128 if code > 128 else -code
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"exit code {code}"
    hint = ", perhaps for want of memory" if number == signal.SIGKILL else ""
    return f"killed by {name}{hint}"
