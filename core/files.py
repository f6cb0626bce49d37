"""Files that are whole or not there: written under a temporary name in the same folder, made to last, then renamed."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import InputError, WorkError


@contextmanager
def replacing(path: Path, last: bool = True, ending: bool = True) -> Iterator[Path]:
    """A temporary path, which takes the place of `path` when the block ends well and is removed when it does not.

    `last`: reaches the disk before it counts. `ending`: it ends as `path` does, for libraries that go by that; without,
    what a killed process leaves is not taken for one of the files that are listed by their ending.

    Raises WorkError when the disk refuses.
    """
    suffix = path.suffix if ending else ""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part{suffix}")
    try:
        yield temporary
        if last:
            sync(temporary)
        os.replace(temporary, path)
        if last:
            sync(path.parent)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def why_unreadable(path: Path) -> str | None:
    """Why a file cannot be read, or None where it can; tried."""
    try:
        path.open("rb").close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def why_unwritable(folder: Path) -> str | None:
    """Why `folder` cannot be made or written, or None where it can. Tried, as permission bits say little of
    read-only disks. Leaves nothing behind: others may ask for the same folder at the same time."""
    try:
        place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        probe = place / f".keyfill-write-test-{os.getpid()}-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    return None


def scratch_folder() -> str:
    """The folder for temporary files. Raises InputError where none can be written, as with a read-only disk."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        raise InputError(
            "no folder for temporary files can be written; set TMPDIR to one that can (in Docker: --tmpfs /tmp)"
        ) from None


def write_bytes(path: Path, data: bytes) -> None:
    """See `replacing`."""
    with replacing(path, ending=False) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """UTF-8, line ends as they are; see `replacing`."""
    write_bytes(path, text.encode())


def write_json(path: Path, data: Any) -> None:
    """Sorted, indented JSON; raises ValueError for NaN or infinity. See `replacing`."""
    write_text(path, json.dumps(data, sort_keys=True, indent=1, allow_nan=False) + "\n")


def make_folder(folder: Path) -> None:
    """Make an output folder, and those that it is in. Raises InputError where it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}; choose another --out") from None


def read_record(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds; empty where there is no such file, it cannot be read, or it holds none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, has reached the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
