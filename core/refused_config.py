"""What is wrong with a config, in words: a line for each value, with its place, its key and what was expected."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from core.yaml_config import Place, Places, dotted


def explain(error: ValidationError, data: Any, model: type[BaseModel], places: Places, name: str) -> list[str]:
    """A line for each value that is wrong; a union has an error for each of its kinds, of which the first is told."""
    lines: dict[tuple[Any, ...], str] = {}
    for found in error.errors(include_url=False):
        loc = tuple(found["loc"])
        value = loc if found["type"] in ("missing", "extra_forbidden") else _path_in(data, loc)
        if value in lines:
            continue
        place = places.get(_known_path(loc, places)) or Place(name, None)
        label = _label(model, loc)
        lines[value] = f"{place}: {label + ': ' if label else ''}{_message(found, model, loc)}"
    return list(lines.values())


def _path_in(data: Any, loc: tuple[Any, ...]) -> tuple[Any, ...]:
    """`loc` without the tags that unions add to it."""
    path: tuple[Any, ...] = ()
    for part in loc:
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data)
        ):
            path, data = (*path, part), data[part]
    return path


def _known_path(loc: tuple[Any, ...], places: Places) -> tuple[Any, ...]:
    """The longest path that the file has: unions add their tags to pydantic's `loc`, missing keys have no place."""

    def within(path: tuple[Any, ...]) -> bool:
        rest = iter(loc)
        return all(part in rest for part in path)

    return max(filter(within, places), key=len, default=())


def _message(first: Any, model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    kind, given = first["type"], first.get("input")
    if kind == "extra_forbidden":
        if len(loc) > 1 and loc[-1] in model.model_fields:
            return f"unknown key; {loc[-1]} stands at the top of the config, beside {loc[0]}"
        choices = _fields_at(model, loc[:-1])
        close = difflib.get_close_matches(str(loc[-1]), choices, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; expected one of {', '.join(choices)}" if choices else ""
        return f"unknown key{hint}"
    if kind == "missing" and isinstance(loc[-1], int):
        return f"missing; the list needs more than {loc[-1]} value{'s' if loc[-1] > 1 else ''}"
    if kind == "missing":
        return "missing; this key has no default"
    if kind == "union_tag_invalid":
        *others, last = first["ctx"]["expected_tags"].split(", ")
        return f"expected {', '.join(others)} or {last}, got {first['ctx']['tag']!r}"
    text = first["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = text.replace("Input should be", "expected").replace("a valid tuple", "a list")
    text = text.replace("a valid dictionary or object to extract fields from", "a mapping")
    if isinstance(given, (dict, BaseModel)):
        return text
    if isinstance(given, tuple):
        given = list(given)
    if given is None:
        return f"{text}, got nothing"
    return f"{text}, got {kind_of(given) + ' ' if 'type' in kind else ''}{given!r}"


def _fields_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    return list(getattr(_walk(model, loc)[0], "model_fields", {}))


def _label(model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    """The key as it is written: pydantic's `loc` without what unions add to it."""
    tags = _walk(model, loc)[1]
    return dotted(tuple(p for i, p in enumerate(loc) if not (isinstance(p, str) and ("[" in p or i in tags))))


def _walk(model: type[BaseModel], loc: tuple[Any, ...]) -> tuple[Any, set[int]]:
    """The section that `loc` leads to, None where it leads out of all, and the places of tags on the way."""
    current: Any = model
    tags: set[int] = set()
    choices: dict[Any, Any] = {}
    for place, part in enumerate(loc):
        fields = getattr(current, "model_fields", {})
        if part in choices:
            tags.add(place)
            current, choices = choices[part], {}
        elif part in fields:
            field = fields[part]
            current = _model_in(field.annotation, part)
            choices = _by_tag(field.annotation, field.discriminator) if isinstance(field.discriminator, str) else {}
        elif isinstance(part, str) and current is not None and not fields:
            current = None
    return current, tags


def _by_tag(annotation: Any, key: str) -> dict[Any, Any]:
    """The sections of a union that `key` tells apart, by its values."""
    models = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    return {tag: one for one in models for tag in get_args(one.model_fields[key].annotation)}


def _model_in(annotation: Any, part: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner, part)
        if found is not None:
            return found
    return None


def kind_of(value: Any) -> str:
    """A value's type in plain words."""
    names = {
        dict: "a mapping",
        list: "a list",
        tuple: "a list",
        str: "text",
        bool: "true/false",
        int: "a whole number",
        float: "a number",
        type(None): "nothing",
    }
    return names.get(type(value), type(value).__name__)
