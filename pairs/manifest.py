"""The manifest: what a folder of shards holds. A header for the data set, one row file a shard, the row always last."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import make_folder, write_json
from pairs.shards import MemberRow, ShardRow

HEADER = "manifest.json"
ROWS = "manifest"
SHARD_NAME = re.compile(r"[a-z0-9_-]+\.tar\Z")


@dataclass(frozen=True)
class Manifest:
    """`kind` is "clean" or "pairs"; `header` holds config, versions, device, asset ledger; `shards` sorted by name."""

    kind: str
    header: dict[str, Any]
    shards: tuple[ShardRow, ...]


def write_header(folder: Path, kind: str, header: dict[str, Any]) -> None:
    """Create or replace the header of a data set in `folder` (made if need be)."""
    make_folder(folder)
    make_folder(folder / ROWS)
    write_json(folder / HEADER, {"format": "keyfill-1", "kind": kind, **header})


def write_row(folder: Path, row: ShardRow) -> None:
    """Announce a finished shard; from here on it counts."""
    write_json(folder / ROWS / f"{row.name}.json", dataclasses.asdict(row))


def load_manifest(folder: Path) -> Manifest:
    """Read header and rows. Raises InputError when `folder` is not a data set of ours or a row is damaged."""
    kind, header = load_header(folder)
    return Manifest(kind, header, tuple(read_row(path) for path in sorted((folder / ROWS).glob("*.json"))))


def load_header(folder: Path) -> tuple[str, dict[str, Any]]:
    """Kind and header alone. Raises InputError when `folder` is not a data set of ours."""
    header = _read_json(
        folder / HEADER,
        f"{folder}: no {HEADER} here; give a folder written by keyfill render, degrade or ingest",
        "run the command that wrote it again",
    )
    if header.get("format") != "keyfill-1":
        raise InputError(f"{folder / HEADER}: format is {header.get('format')!r}, expected 'keyfill-1'")
    kind = header.get("kind")
    if not isinstance(kind, str):
        raise InputError(f'{folder / HEADER}: kind is {kind!r}, expected "clean" or "pairs"')
    return kind, header


def require_kind(folder: Path, kind: str) -> None:
    """Refuse to write a data set over one of another kind, or over a manifest that is not ours. Raises InputError.

    A header that is missing or damaged is no obstacle: it is replaced.
    """
    try:
        header = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    ours = isinstance(header, dict) and header.get("format") == "keyfill-1"
    if not ours or header.get("kind") != kind:
        held = f"{str(header.get('kind')).removesuffix('s')} shards" if ours else f"a {HEADER} of something else"
        raise InputError(f"--out {folder}: holds {held}; choose another folder")


def read_row(path: Path) -> ShardRow:
    """One row file -> `ShardRow`. Raises InputError when it is not what `write_row` writes."""
    advice = "remove it together with its shard and run the command that wrote it again"
    data = _read_json(path, f"{path}: was deleted while being read", advice)
    try:
        row = row_from_json(data)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise InputError(f"{path}: not a shard row; {advice}") from None
    if f"{row.name}.json" != path.name:
        raise InputError(f"{path}: names a different shard, {row.name!r}; remove it and run the command again")
    return row


def row_from_json(data: dict[str, Any]) -> ShardRow:
    """The inverse of `dataclasses.asdict(row)`; KeyError, TypeError, AttributeError or ValueError on anything else."""
    if not SHARD_NAME.match(data["name"]) or not isinstance(data["bytes"], int):
        raise ValueError("not a shard's name and size")
    samples = {
        key: {name: MemberRow(**member) for name, member in files.items()} for key, files in data["samples"].items()
    }
    return ShardRow(
        data["name"],
        data["bytes"],
        data["sha256"],
        samples,
        data["identity"],
        dict(data["clips"]),
        list(data["assets"]),
    )


def _read_json(path: Path, missing: str, advice: str) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(missing) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged, not JSON ({error}); {advice}") from None
    if not isinstance(data, dict):
        raise InputError(f"{path}: damaged, expected a JSON object; {advice}")
    return data
