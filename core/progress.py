"""How long work tells how far it is: one signature everywhere, so that any display fits any work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int, str], None]
"""`progress(done, total, text)`: counts in the work's own unit; `text` names what is under way."""


def silent(done: int, total: int, text: str) -> None:
    """The progress of work that nobody watches."""
