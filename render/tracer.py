"""The parent's side of the tracing child: start it, hand it frames, take its files, explain its failures."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError, WorkError
from core.processes import module_command
from render.exchange import AHEAD, MEMORY, PREFIX, claimed_folder, needed_bytes, room_in_memory
from render.job import TraceJob
from scenes.spec import Geometry

_NOTE = "exchange.txt"


class Tracer:
    """A context that owns one child process and its exchange folder (in memory where that has room for it, otherwise in
    the work folder).

    `frames()` yields `(frame, {trace: path})` as they come; a frame's files are removed when the next is asked for.
    """

    def __init__(self, job: TraceJob, geometry: Geometry, pattern: np.ndarray | None, work: Path):
        self.job, self.geometry, self.pattern, self.work = job, geometry, pattern, work
        self.device: list[str] = []
        self.engine = ""
        self.seconds: dict[str, float] = {}
        self.core_seconds = 0.0

    def __enter__(self) -> Tracer:
        self._sweep()
        needed = needed_bytes(self.job, self.geometry)
        try:
            try:
                self._hand_over(MEMORY if room_in_memory() >= needed else self.work, needed)
            except OSError:  # what others put there since
                self._hand_over(self.work, needed)
        except OSError as error:
            raise WorkError(f"{self.work}: no room to hand the clip to the renderer: {error.strerror}") from error
        self.process = subprocess.Popen(
            module_command("render.blender.main", self.folder, str(os.getpid())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder)},  # where the engine keeps a folder of its own
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        return self

    def _hand_over(self, place: Path, needed: int) -> None:
        """All that the child reads, in a new folder in `place`; when it does not fit, nothing."""
        self.folder, self.claim = claimed_folder(place, needed)
        try:
            (self.work / _NOTE).write_text(str(self.folder), encoding="utf-8")
            (self.folder / "job.json").write_text(json.dumps(self.job.to_json()), encoding="utf-8")
            self.geometry.save(self.folder / "geometry.npz")
            if self.pattern is not None:
                np.save(self.folder / "stage.npy", self.pattern)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.work / _NOTE).unlink(missing_ok=True)
        self.claim.close()

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()
        self._let_go()

    def _sweep(self) -> None:
        """Remove the exchange folder that this clip's work folder names: one left by a killed run."""
        note = self.work / _NOTE
        if note.is_file():
            folder = Path(note.read_text(encoding="utf-8"))
            if folder.name.startswith(PREFIX):
                shutil.rmtree(folder, ignore_errors=True)
            note.unlink(missing_ok=True)

    def frames(self) -> Iterator[tuple[int, dict[str, Path]]]:
        """Traced frames in the job's order. Raises InputError for a missing device, WorkError when the child fails."""
        ready = self._read()
        self.device, self.engine = ready["device"], ready["engine"]
        self._count("start", ready["seconds"])
        for _ in range(AHEAD):
            self._ask()
        for row in self.job.frames:
            paths = {}
            for trace in self.job.traces:
                record = self._read()
                paths[trace.name] = Path(record["path"])
                self._count(trace.name, record["seconds"])
                self.core_seconds += record["core_seconds"]
            self._count("move", record["moved"])
            yield row.frame, paths
            for path in paths.values():
                path.unlink(missing_ok=True)
            self._ask()

    def _count(self, name: str, seconds: float) -> None:
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def _ask(self) -> None:
        try:
            self.stdin.write("next\n")
            self.stdin.flush()
        except BrokenPipeError:
            # The child is gone or done; if it failed, reading says why.
            return

    def _read(self) -> dict[str, Any]:
        line = self.stdout.readline()
        record = (
            json.loads(line) if line.endswith("\n") else {"error": "died", "message": "the renderer's process ended"}
        )
        if "error" not in record:
            return record
        if record["error"] == "device":
            raise InputError(f"render.device: {record['message']}; set render.device to one of these or cpu")
        code = self.process.wait() if record["error"] == "died" else None
        status = f" (exit status {code})" if code is not None else ""
        raise WorkError(f"{self.job.clip}: {record['message']}{status}\n{self._log()}")

    def _log(self) -> str:
        try:
            text = (self.folder / "engine.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-30:])
