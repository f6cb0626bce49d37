"""The command line: every failure is one line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import CycloptsError

from core.errors import KeyfillError
from keyfill.app import app
from keyfill.commands import (  # noqa: F401  (registers the commands)
    dataset,
    degrade,
    inspect,
    model,
    pipeline,
    rooms,
    score,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    try:
        app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
        return 0
    except BrokenPipeError:
        # whoever reads, `head` for one, has seen enough; what is left must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyfillError as error:
        code, message = error.exit_code, str(error)
    except CycloptsError as error:
        code, message = 2, " ".join(str(error).split())
    except KeyboardInterrupt:
        code, message = 130, "stopped; run the same command again to go on where it stopped"
    except OSError as error:
        code, message = 1, f"{error.filename or 'file'}: {error.strerror or error}"
    except Exception as error:
        code, message = 1, f"unexpected {type(error).__name__}: {error}; run again with --debug for the traceback"
    if debug:
        traceback.print_exc()
    print(f"keyfill: {message}", file=sys.stderr)
    return code
