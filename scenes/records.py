"""Frozen records <-> JSON data. Reading is strict: what is damaged is named in one line by its key."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from collections.abc import Iterable
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from core.errors import InputError

ABSENT = {"absent": True}
"""`field(metadata=ABSENT)`: a key that JSON data does not have where the value is None."""
T = TypeVar("T")
_WORDS = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}


def triple(values: Iterable[float]) -> tuple[float, float, float]:
    """Three numbers of an array (a place, a colour) as a record holds them."""
    a, b, c = (float(x) for x in values)
    return a, b, c


def to_json(value: Any) -> Any:
    """Plain JSON data (dicts, lists, numbers, text, None) of a record and of all that is in it."""
    if dataclasses.is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: to_json(one) for field, one in pairs if one is not None or field.metadata != ABSENT}
    if isinstance(value, dict):
        return {name: to_json(one) for name, one in value.items()}
    return [to_json(one) for one in value] if isinstance(value, tuple) else value


def from_json(kind: type[T], data: Any, name: str) -> T:
    """The inverse of `to_json` for a record of a `kind` (a dataclass whose fields are records, named or plain tuples,
    dicts, Literals, numbers and text). InputError with the key under `name`: missing, unknown or of another kind.
    """
    return _read(kind, data, name)


def _read(kind: Any, data: Any, name: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if data is None and types.NoneType in inner:
            return None
        given = set(data) if isinstance(data, dict) else set()
        # Of several records the one that has most of the keys.
        kind = max((one for one in inner if one is not types.NoneType), key=lambda one: len(given & set(_hints(one))))
        return _read(kind, data, name)
    if dataclasses.is_dataclass(kind):
        return _read_record(kind, data, name)
    if origin is dict:
        return {key: _read(inner[1], one, f"{name}.{key}") for key, one in _expect(dict, data, name).items()}
    if origin is tuple or hasattr(kind, "_fields"):
        row = _expect(list, data, name)
        parts = list(_hints(kind).values()) if origin is None else inner[:1] * len(row) if inner[-1] is ... else inner
        if len(row) != len(parts):
            raise InputError(f"{name}: expected {len(parts)} values, got {len(row)}")
        read = tuple(_read(part, one, f"{name}.{i}") for i, (part, one) in enumerate(zip(parts, row, strict=True)))
        return kind(*read) if origin is None else read
    if origin is Literal:
        if data not in inner:
            raise InputError(f"{name}: expected one of {', '.join(map(str, inner))}, got {data!r}")
        return data
    fits = isinstance(data, (int, float) if kind is float else kind) and isinstance(data, bool) == (kind is bool)
    if not fits or (kind is float and not math.isfinite(data)):
        raise InputError(f"{name}: expected {_WORDS[kind]}, got {data!r}")
    return data


def _read_record(kind: Any, data: Any, name: str) -> Any:
    given, hints = _expect(dict, data, name), _hints(kind)
    if unknown := [key for key in given if key not in hints]:
        raise InputError(f"{name}.{unknown[0]}: unknown key; expected {', '.join(hints)}")
    for field in dataclasses.fields(kind):
        if field.name not in given and field.default is dataclasses.MISSING:
            raise InputError(f"{name}.{field.name}: missing; the file is damaged or of another version")
    return kind(**{key: _read(hints[key], one, f"{name}.{key}") for key, one in given.items()})


def _expect(kind: type, data: Any, name: str) -> Any:
    if not isinstance(data, kind):
        raise InputError(f"{name}: expected {'a JSON object' if kind is dict else 'a list'}, got {data!r}")
    return data


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind) if isinstance(kind, type) else {}
