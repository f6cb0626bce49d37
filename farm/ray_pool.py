"""Attempts on a Ray cluster: Ray finds a machine and its GPU share, our own supervised process does the clip."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import threading
import time
from collections import deque
from typing import Any

from core.errors import InputError, WorkError
from farm.attempt import run_attempt
from farm.jobs import Attempt, Job

POLL_S = 0.5


def require_ray() -> None:
    """Raise InputError when Ray is not installed, with what to do."""
    if importlib.util.find_spec("ray") is None:
        raise InputError('--ray: Ray is not installed; run: pip install -c constraints.txt -e ".[farm]"')


def _probe(address: str) -> None:
    """See at once whether somebody answers at host:port; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from None


def _unreachable(address: str, said: str) -> InputError:
    return InputError(f"--ray {address}: {said}; start a cluster with: ray start --head, or give --ray local")


class RayPool:
    """An executor on Ray. `address`: "local" starts a cluster here, "auto" or an address joins a running one.

    Each clip takes `job.cpus` CPUs and `job.gpu_share` GPUs (a half: two clips share one); as many run as fit. All
    machines must see the output folder and this installation under the same paths. Raises InputError when Ray is
    missing or nobody answers at the address.
    """

    def __init__(self, address: str):
        require_ray()
        _probe(address)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray

        self._ray = ray
        self._mine = not ray.is_initialized()
        try:
            if self._mine:
                where = None if address == "local" else address
                ray.init(address=where, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError, OSError) as error:
            said = (str(error).strip().splitlines() or ["no answer"])[0]
            raise InputError(
                f"--ray {address}: {said}; start one with: ray start --head, or give --ray local"
            ) from None
        self._mailbox: Any = ray.remote(num_cpus=0)(_Mailbox).remote()
        self._attempt: Any = ray.remote(max_retries=0, max_calls=1)(_attempt)
        self._running: dict[Any, Job] = {}
        self._waiting: deque[tuple[str, Job, Any]] = deque()
        self._threads = os.environ.get("OMP_NUM_THREADS", "")
        self._share = (1.0, 0.0)

    def slots(self) -> int:
        """How many clips fit on the cluster as it is now; at least one, so that a cluster still growing is used."""
        have = self._ray.cluster_resources()
        cpus, gpus = self._share
        fits = [have.get(name, 0.0) // share for name, share in (("CPU", cpus), ("GPU", gpus)) if share > 0]
        return max(1, int(min(fits, default=1)))

    def submit(self, job: Job) -> None:
        self._share = (job.cpus, job.gpu_share)
        if job.gpu_share and not self._ray.cluster_resources().get("GPU"):
            raise WorkError("farm.gpu_share: the Ray cluster has no GPU; set it to 0 to render on CPUs")
        task = self._attempt.options(num_cpus=job.cpus, num_gpus=job.gpu_share, name=job.key)
        self._running[task.remote(job, self._mailbox, self._threads)] = job

    def next(self, timeout_s: float) -> tuple[str, Job, Any] | None:
        deadline = time.monotonic() + timeout_s
        while not self._waiting:
            ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=0.1) if self._running else ([], [])
            by_key = {job.key: job for job in self._running.values()}
            for key, line in self._ask(self._mailbox.take.remote(), []):
                if key in by_key:
                    self._waiting.append(("progress", by_key[key], line))
            for done in ready:
                self._waiting.append(("end", self._running.pop(done), self._verdict(done)))
            if not self._waiting and time.monotonic() >= deadline:
                return None
            time.sleep(0 if self._waiting else 0.05)
        return self._waiting.popleft()

    def _verdict(self, done: Any) -> Attempt:
        """What a task came back with; the death of a worker or of a machine is a failed attempt like any other."""
        try:
            return self._ray.get(done)
        except self._ray.exceptions.RayError as error:
            said = (str(error).strip().splitlines() or [""])[0]
            return Attempt("failed", 0.0, f"Ray: {type(error).__name__}: {said}")

    def _ask(self, question: Any, otherwise: Any) -> Any:
        try:
            return self._ray.get(question, timeout=10)
        except self._ray.exceptions.RayError:
            return otherwise

    def stop(self) -> None:
        self._ask(self._mailbox.stop.remote(), None)
        for task in list(self._running):
            # Tasks that wait for a place are withdrawn; running ones read the mailbox and end their process themselves.
            if self._running[task].key not in self._ask(self._mailbox.seen.remote(), set()):
                self._ray.cancel(task)

    def close(self) -> None:
        if self._mine and self._ray.is_initialized():
            self._ray.shutdown()


class _Mailbox:
    """The actor through which running clips tell their progress and learn that they are to stop."""

    def __init__(self) -> None:
        self._said: list[tuple[str, dict[str, Any]]] = []
        self._seen: set[str] = set()
        self._stop = False

    def tell(self, key: str, lines: list[dict[str, Any]]) -> bool:
        """Take a clip's progress; says whether it is to stop."""
        self._seen.add(key)
        self._said += [(key, line) for line in lines]
        return self._stop

    def take(self) -> list[tuple[str, dict[str, Any]]]:
        taken, self._said = self._said, []
        return taken

    def seen(self) -> set[str]:
        return self._seen

    def stop(self) -> None:
        self._stop = True


def _attempt(job: Job, mailbox: Any, threads: str) -> Attempt:
    """In a Ray worker: one attempt. Ray's limit of one thread a CPU is lifted: the renderer counts its own."""
    import ray

    os.environ.pop("OMP_NUM_THREADS", None)
    if threads:
        os.environ["OMP_NUM_THREADS"] = threads
    stop, over = threading.Event(), threading.Event()
    said: deque[dict[str, Any]] = deque()

    def talk() -> None:
        last = False
        while True:
            lines = [said.popleft() for _ in range(len(said))]
            try:
                if ray.get(mailbox.tell.remote(job.key, lines), timeout=30):
                    stop.set()
            except ray.exceptions.RayError:
                stop.set()  # whoever asked for the clip is gone
            if last:
                return
            last = over.wait(POLL_S)  # what was said up to the end is told too, before the task is seen to end

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    try:
        return run_attempt(job, stop, said.append)
    finally:
        over.set()
        talker.join()
