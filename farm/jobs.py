"""What the farm runs: a job is one command line that must leave one file; an outcome says what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import WorkError


@dataclass(frozen=True)
class Job:
    """One process to run.

    `argv` is the command (no shell); it succeeds when it exits 0, its last line on standard output is a JSON object
    (the report), and `result` is a non-empty file. Lines of the form `{"done": 3, "total": 150, ...}` before the last
    are passed on as events. `check`, when given, is a second command run after a success, under the same rules but
    without a result: its report must hold `"ok": true`, or `"ok": false` with `"reasons": [...]`, which rejects the
    result. `timeout_s` is for each of the two; `memory_bytes` limits the resident memory of the process and all its
    children together (0: no limit); `attempts` is how often the job is tried before it is quarantined. `silence_s`,
    `first_s`: when silence between progress lines is a hang, see `farm.pace.Pace`.
    """

    key: str
    argv: tuple[str, ...]
    result: Path
    check: tuple[str, ...] = ()
    timeout_s: float = 6 * 3600.0
    attempts: int = 3
    memory_bytes: int = 0
    env: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    gpu_share: float = 0.0
    cpus: float = 1.0
    silence_s: float = 0.0
    first_s: float = 0.0


@dataclass(frozen=True)
class Attempt:
    """One try at a job. `state`: "done", "failed" (worth another try), "rejected" (the check said no), "refused" (exit
    code 2: bad input, another try would say the same) or "stopped" (the farm was told to stop). `report` is the job's
    last line, `verdict` its check's. `first_s`: from the start to the first frame, where it told of one."""

    state: str
    seconds: float
    reason: str = ""
    reasons: tuple[str, ...] = ()
    report: dict[str, Any] = field(default_factory=dict)
    tail: str = ""
    peak_bytes: int = 0
    verdict: dict[str, Any] = field(default_factory=dict)
    first_s: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of a job after all its tries: `last` is the try that decided; `state` as in `Attempt`."""

    job: Job
    attempts: int
    last: Attempt

    @property
    def state(self) -> str:
        return self.last.state


class Stopped(WorkError):
    """The farm was stopped (Ctrl-C, SIGTERM, a full disk) with work left; nothing finished is lost."""
