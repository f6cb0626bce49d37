"""The checkpoints that come with keyfill: a run folder for each method that has one."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputError
from train_baseline import run_folder

FOLDER = Path(__file__).parent / "checkpoints"
DEFAULT = "light_field"
"""What `keyfill enhance` uses when nothing is said: the one that does best on real faces (docs/real.md)."""


def packaged(method: str = DEFAULT) -> Path:
    """The run folder of `method` in the package. InputError where this copy of keyfill has none."""
    found = FOLDER / method
    if not (found / run_folder.CHECKPOINT).exists():
        raise InputError(
            f"this copy of keyfill comes without a checkpoint of {method}; train one and give its folder as RUN"
        )
    return found


def packaged_methods() -> list[str]:
    """Methods with a checkpoint in the package, the default first."""
    there = sorted(path.parent.name for path in FOLDER.glob(f"*/{run_folder.CHECKPOINT}"))
    return sorted(there, key=lambda name: name != DEFAULT)
