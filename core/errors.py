"""The two ways a command can fail, each with its exit code."""

from __future__ import annotations


class KeyfillError(Exception):
    """A failure with a message meant for the user: one line, no traceback."""

    exit_code = 1


class WorkError(KeyfillError):
    """The work itself failed (a render crashed, a disk is full): exit code 1."""

    exit_code = 1


class InputError(KeyfillError):
    """What the user handed in is wrong (config, file, folder): exit code 2."""

    exit_code = 2
