"""A sample's JSON in its one shape: every key is there, each has one type; zeros stand where there is nothing.

Arrow, and what is built on it, takes the types of a column from the first few samples: a null or an empty list there
says nothing of what comes later, and a list of a name and a number has no type at all. So nothing is null or empty:
numbers that are not there are 0, texts "", choices "none", a record that is not there is one of those, and an empty
list holds one item like that.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("sample.schema.json")
"""Written by `python -m keyfill.data_page` from the records of all stages."""
NONE = "none"
"""A choice where there is nothing."""
BEFORE = "keyfill-sample-1"
"""The format before this shape; what is read is brought into it."""

Place = dict[str, Any]
"""A part of the schema."""


def shaped(info: Any) -> Any:
    """The record of a sample in the one shape, from one that leaves things out, or of the format before.

    What does not say that it is ours, by its `format`, stays as it is; so do keys that are not ours, and values of
    another type than the schema's.
    """
    whole = _schema()
    now = whole["properties"]["format"]["const"]
    return _object(whole, {**info, "format": now}) if _format(info) in (BEFORE, now) else info


def read(info: Any) -> Any:
    """A record as it was read: one of the format before in the one shape, any other as it is."""
    return shaped(info) if _format(info) == BEFORE else info


def section_shaped(name: str, data: Any) -> Any:
    """One key's value, e.g. that of "degrade", in the one shape."""
    return _shaped(_schema()["properties"][name], data)


@functools.cache
def _schema() -> Place:
    schema: Place = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def _format(info: Any) -> Any:
    return info.get("format") if isinstance(info, dict) else None


def _resolved(place: Place) -> Place:
    return _schema()["$defs"][place["$ref"].rpartition("/")[2]] if "$ref" in place else place


def _shaped(place: Place, data: Any) -> Any:
    place = _resolved(place)
    if data is None:
        return _nothing(place)
    kind = place.get("type")
    if kind == "object":
        return _object(place, data)
    if kind == "array":
        return _list(place, data)
    return float(data) if kind == "number" and isinstance(data, int) and not isinstance(data, bool) else data


def _object(place: Place, data: Any) -> Any:
    if isinstance(data, list):
        # In the format before, events were lists; `required` has the keys in that order.
        if len(data) != len(place["required"]):
            return data
        data = dict(zip(place["required"], data, strict=True))
    if not isinstance(data, dict):
        return data
    known = place["properties"]
    given = {name: _shaped(known[name], value) if name in known else value for name, value in data.items()}
    return {**{name: _nothing(known[name]) for name in place["required"] if name not in given}, **given}


def _list(place: Place, data: Any) -> Any:
    if isinstance(data, dict):
        data = [{"name": name, "value": value} for name, value in data.items()]
    if not isinstance(data, (list, tuple)):
        return data
    fixed = place.get("prefixItems")
    if fixed is None:
        return [_shaped(place["items"], one) for one in data] or _nothing(place)
    return [_shaped(part, one) for part, one in zip(fixed, data, strict=True)] if len(fixed) == len(data) else data


def _nothing(place: Place) -> Any:
    place = _resolved(place)
    if place.get("type") == "object":
        return {name: _nothing(place["properties"][name]) for name in place["required"]}
    if place.get("type") == "array":
        return [_nothing(part) for part in place.get("prefixItems", [place.get("items")])]
    if NONE in place.get("enum", ()):
        return NONE
    return {"number": 0.0, "integer": 0, "boolean": False}.get(place["type"], "")
