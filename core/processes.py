"""How a module of ours is started in a process of its own, and how a process of ours ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.files import scratch_folder


def module_command(name: str, *arguments: str | os.PathLike[str]) -> list[str]:
    """The command line that runs module `name`. With -P the current folder is not searched for modules: a user's
    folder `pairs` or file `json.py` there would stand in for ours."""
    return [sys.executable, "-P", "-m", name, *(os.fspath(one) for one in arguments)]


def run_module(
    name: str, *arguments: str | os.PathLike[str], timeout_s: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs module `name` to its end and keeps what it said. Temporary files go to a folder that is removed then: the
    render engine ends without removing its own. Raises InputError where none can be made."""
    with tempfile.TemporaryDirectory(prefix="keyfill-", dir=scratch_folder()) as folder:
        return subprocess.run(
            module_command(name, *arguments),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env={**os.environ, "TMPDIR": folder},
        )


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Inside, SIGTERM raises KeyboardInterrupt, so that nothing half-written is left; at the end the process dies of it
    as it would have. Nothing changes where somebody else handles it, or in another thread than the main one."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    came = threading.Event()

    def stop(number: int, frame: object) -> None:
        came.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if came.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
