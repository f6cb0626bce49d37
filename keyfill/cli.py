"""The command line: a failure is one line and an exit code; a config with several mistakes has a line for each."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import CycloptsError

from core.errors import KeyfillError
from core.memory import keep_freed_memory
from keyfill.app import app
from keyfill.commands import (  # noqa: F401  (registers the commands)
    dataset,
    degrade,
    evaluate,
    ingest,
    inspect,
    judge,
    methods,
    model,
    pipeline,
    rooms,
    score,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    failure: BaseException
    keep_freed_memory()
    try:
        app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        # whoever reads, `head` for one, has seen enough; what is left must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as error:
        code, message, failure = 130, "stopped; run the same command again to go on where it stopped", error
    except Exception as error:
        code, message, failure = *_told(error), error
    if debug:
        traceback.print_exception(failure)
    for line in message.split("\n"):
        print(f"keyfill: {line}", file=sys.stderr)
    return code


def _told(error: Exception) -> tuple[int, str]:
    """The exit code of a failure and the line that tells the user."""
    if isinstance(error, KeyfillError):
        return error.exit_code, str(error)
    if isinstance(error, CycloptsError):
        return 2, " ".join(str(error).split())
    if isinstance(error, OSError):
        return 1, f"{error.filename or 'file'}: {error.strerror or error}"
    return 1, f"unexpected {type(error).__name__}: {error}; run again with --debug for the traceback"
