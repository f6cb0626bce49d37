"""A command's results as files: made aside, then put in place; one that is there and differs stays, unless asked."""

from __future__ import annotations

import filecmp
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkError
from core.intent import Consent, Intent

THERE = "it is there already"


def require_new(out: Path, replace: bool) -> None:
    """Before long work: InputError where the file `out` is there, unless `replace`."""
    if out.exists():
        Intent(out, "file", anew=(out.name,), why_anew=THERE).require(Consent(replace=replace))


@contextmanager
def kept_results(out: Path, replace: bool) -> Iterator[Path]:
    """A path to write in place of `out`, a file or a folder of files, which follow to `out` when the block ends well.
    A link is followed; what is there already byte for byte is left alone, and so is all else in a folder.

    Raises InputError, and changes nothing, where a file is there that differs, unless `replace`; WorkError when the
    disk refuses.
    """
    place = out.resolve()
    there = next(folder for folder in place.parents if folder.is_dir())  # no folder is made for what fails
    aside = there / f".{place.stem}.{os.getpid()}.{secrets.token_hex(4)}.part{place.suffix}"
    try:
        yield aside
        made = sorted(path for path in aside.rglob("*") if path.is_file()) if aside.is_dir() else [aside]
        moves = {path: place / path.relative_to(aside) for path in made}
        moves = {path: to for path, to in moves.items() if not (to.is_file() and filecmp.cmp(path, to, shallow=False))}
        anew = tuple(to.name for to in moves.values() if to.exists())
        Intent(out, "file", anew=anew, why_anew="what is there differs").require(Consent(replace=replace))
        for path, to in moves.items():
            to.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, to)
    except OSError as error:
        raise WorkError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside) if aside.is_dir() else aside.unlink(missing_ok=True)
