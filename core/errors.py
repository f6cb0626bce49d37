"""The two ways a command can fail, each with its exit code."""

from __future__ import annotations

from typing import Any


class KeyfillError(Exception):
    """A failure with a message meant for the user: one line, no traceback."""

    exit_code = 1


class WorkError(KeyfillError):
    """The work itself failed (a render crashed, a disk is full): exit code 1."""

    exit_code = 1


class UnkeptError(WorkError):
    """The work is done, but its record could not be written; `result` is what it holds."""

    def __init__(self, message: str, result: Any):
        super().__init__(message)
        self.result = result


class InputError(KeyfillError):
    """What the user handed in is wrong (config, file, folder): exit code 2."""

    exit_code = 2
