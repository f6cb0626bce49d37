"""The log of a run: one JSON line an event, appended, readable while the run goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class EventLog:
    """Appends events to `path` with the time (`t`, seconds since 1970) and hands each to `then`.

    A full disk must not be what stops a run that could still finish frames elsewhere, so a line that cannot be written
    is counted in `lost`, not raised; the shards and the manifest never go through here.
    """

    def __init__(self, path: Path, then: Callable[[dict[str, Any]], None] | None = None):
        self._file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - open for the whole run
        self._then = then
        self.lost = 0

    def __call__(self, event: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps({"t": round(time.time(), 3), **event}, sort_keys=True, default=str) + "\n")
        except OSError:
            self.lost += 1
        if self._then is not None:
            self._then(event)

    def close(self) -> None:
        try:
            self._file.close()
        except OSError:
            self.lost += 1
