"""Strict CSV: the rows of a file with their places, or one line that says what is wrong with it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, WorkError
from core.files import write_text

MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Row:
    """One line of a table: where it stands (`file:line`) and its values by column, as written."""

    place: str
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def number(self, column: str, low: float, high: float, what: str) -> float:
        """The finite number in `column`, from `low` to `high`; `what` says in a word what was expected."""
        text = self.values[column].strip()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if text == "":
            raise InputError(f"{self.place}: {column}: no value; expected {what}")
        if not math.isfinite(value):
            raise InputError(f"{self.place}: {column}: {text!r} is not a finite number; expected {what}")
        if not low <= value <= high:
            raise InputError(f"{self.place}: {column}: {text} is out of range; expected {what}")
        return value


def read_table(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """The rows of a CSV with a header line. Columns may stand in any order; unknown ones are refused by name."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: more than {MAX_BYTES:,} bytes; split the file")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save it as CSV in UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, required, optional)
        for values in reader:
            if not values:
                continue
            place = f"{path}:{reader.line_num}"
            if len(values) != len(header):
                raise InputError(f"{place}: {len(values)} values, but the header names {len(header)} columns")
            rows.append(Row(place, dict(zip(header, values, strict=True))))
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: not valid CSV: {error}") from None
    return rows


def table_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV as text; floats with `repr`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV under a temporary name, then rename it. Raises WorkError."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror or error}") from error
    write_text(path, table_text(header, rows))


def _check_header(path: Path, header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    known = (*required, *optional)
    for name in required:
        if name not in header:
            raise InputError(f"{path}:1: no column {name!r}; expected {','.join(known)}")
    for name in header:
        if name not in known:
            raise InputError(f"{path}:1: unknown column {name!r}; expected {','.join(known)}")
    if len(set(header)) != len(header):
        raise InputError(f"{path}:1: a column is named twice")
