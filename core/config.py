"""Strict YAML: a file -> a frozen pydantic model, or one line: file, line, column, key and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from core.errors import InputError
from core.refused_config import explain, kind_of
from core.yaml_config import Place, Places, parse, parse_text

__all__ = ["Places", "Section", "load", "override", "parse", "parse_text", "validate"]
SPELLINGS = {"color": "colour", "center": "centre"}
"""Also taken in a key for what some of ours are spelled like."""


class Section(BaseModel):
    """Base of every config section: frozen, no unknown keys, no silent conversion, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known, renamed = cls.model_fields, dict(data)
        for key in data:
            for other, ours in SPELLINGS.items():
                name = str(key).replace(other, ours)
                if key not in known and name in known and name not in renamed:
                    renamed = {name if one == key else one: value for one, value in renamed.items()}
        return renamed


Model = TypeVar("Model", bound=BaseModel)


def load(path: str | Path, model: type[Model], overrides: Sequence[str] = (), files: Sequence[str] = ()) -> Model:
    """Read `path` as `model`; `overrides` are `section.key=value` strings that win over the file.

    A section in `files` may be a text instead of a mapping: the path of a YAML file with it, relative to this one.

    Raises InputError with `file:line:col: key: what is wrong, what was expected`, a line for each mistake.
    """
    data, places = parse(path)
    if not isinstance(data, dict):
        raise InputError(f"{path}:1:1: expected a mapping of keys to values at the top, got {kind_of(data)}")
    for key in files:
        if isinstance(data.get(key), str):
            data[key] = _section_from(Path(path).parent / data[key], key, places)
    override(data, overrides, places)
    return validate(data, model, places, str(path))


def override(data: dict[str, Any], overrides: Sequence[str], places: Places) -> None:
    """Put `section.key=value` strings into `data`. Raises InputError with a line for each that is none."""
    wrong = []
    for text in overrides:
        try:
            _override(data, places, text)
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError("\n".join(wrong))


def validate(data: Any, model: type[Model], places: Places | None = None, name: str = "config") -> Model:
    """`data` as `model`, with errors that name the place. With `places`, which a person wrote, every mistake has a line
    of its own; without, as in records of a shard, the first is told and the others are counted."""
    try:
        return model.model_validate(_tuples(data))
    except ValidationError as error:
        lines = explain(error, data, model, places or {}, name)
    if places is None and len(lines) > 1:
        lines = [f"{lines[0]} (and {len(lines) - 1} more)"]
    raise InputError("\n".join(lines))


def _section_from(path: Path, key: str, places: Places) -> Any:
    if not path.is_file():
        raise InputError(f"{places[(key,)]}: {key}: {path}: no such file; give a path relative to this config")
    data, inner = parse(path)
    places.update({(key, *steps): place for steps, place in inner.items()})
    return data


def _override(data: dict[str, Any], places: Places, text: str) -> None:
    place = f"--set {text}"
    key, sign, value_text = text.partition("=")
    if not sign or not all(part for part in key.split(".")):
        raise InputError(f"{place}: expected section.key=value, e.g. --set render.samples=16")
    value, _ = parse_text(value_text, place)
    if value == {} and value_text.strip() != "{}":
        value = None
    *parents, last = key.split(".")
    target: Any = data
    for part in parents:
        if isinstance(target, list):
            target = _item(target, part, place)
        else:
            target = target.setdefault(part, {})
        if not isinstance(target, (dict, list)):
            raise InputError(f"{place}: {part} is a single value, not a section")
    if isinstance(target, list):
        _item(target, last, place)
        target[int(last)] = value
    else:
        target[last] = value
    steps = tuple(int(p) if p.isdigit() else p for p in key.split("."))
    for known in [k for k in places if k[: len(steps)] == steps]:
        del places[known]
    places[steps] = Place(place, None)


def _item(items: list, part: str, place: str) -> Any:
    if not part.isdigit() or int(part) >= len(items):
        raise InputError(f"{place}: {part} is not an index into a list of {len(items)}")
    return items[int(part)]


def _tuples(data: Any) -> Any:
    """YAML has lists only, frozen models hold tuples; strict validation tells them apart, so lists become tuples."""
    if isinstance(data, dict):
        return {k: _tuples(v) for k, v in data.items()}
    if isinstance(data, list):
        return tuple(_tuples(v) for v in data)
    return data
