"""How a module of ours is started in a process of its own, whatever folder we were called from."""

from __future__ import annotations

import os
import sys


def module_command(name: str, *arguments: str | os.PathLike[str]) -> list[str]:
    """The command line that runs module `name`. With -P the current folder is not searched for modules: a user's
    folder `pairs` or file `json.py` there would stand in for ours."""
    return [sys.executable, "-P", "-m", name, *map(os.fspath, arguments)]
