"""How a module of ours is started in a process of its own, whatever folder we were called from."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

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
