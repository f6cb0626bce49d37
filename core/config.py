"""Strict YAML: a file -> a frozen pydantic model, or one line: file, line, column, key and what was expected."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_INT = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_NONFINITE = re.compile(r"[-+]?\.?(inf|nan|infinity)\Z", re.IGNORECASE)


class Section(BaseModel):
    """Base of every config section: frozen, no unknown keys, no silent conversion, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


class _Place:
    """Where a value stands in the file: line and column of its key (or of the value itself) from 1."""

    def __init__(self, name: str, mark: Any):
        self.name = name
        self.mark: Any = mark

    def __str__(self) -> str:
        return self.name if self.mark is None else f"{self.name}:{self.mark.line + 1}:{self.mark.column + 1}"


Places = dict[tuple[Any, ...], _Place]


def load(path: str | Path, model: type[Model], overrides: Sequence[str] = (), files: Sequence[str] = ()) -> Model:
    """Read `path` as `model`; `overrides` are `section.key=value` strings that win over the file.

    A section in `files` may be a text instead of a mapping: the path of a YAML file with it, relative to this one.

    Raises InputError with `file:line:col: key: what is wrong, what was expected`, a line for each mistake.
    """
    data, places = parse(path)
    if not isinstance(data, dict):
        raise InputError(f"{path}:1:1: expected a mapping of keys to values at the top, got {_kind(data)}")
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
        return model.model_validate(_tuples(data, model))
    except ValidationError as error:
        lines = _explain(error, data, model, places or {}, name)
    if places is None and len(lines) > 1:
        lines = [f"{lines[0]} (and {len(lines) - 1} more)"]
    raise InputError("\n".join(lines))


def parse(path: str | Path) -> tuple[Any, Places]:
    """Plain data (dict, list, str, int, float, bool, None) and the place of every key path in it. InputError has a line
    for each key or value that is wrong in itself; a file that is no YAML has one."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give the path of a YAML config, e.g. configs/quick.yaml") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path}: {len(raw):,} bytes; a config has at most {MAX_BYTES:,}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from None
    return parse_text(text, str(path))


def parse_text(text: str, name: str) -> tuple[Any, Places]:
    """As `parse`, from a string; `name` stands for the file in messages."""
    try:
        try:
            node = _composed(text, name, _QUICK)
        except yaml.YAMLError:
            node = _composed(text, name, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise InputError(f"{_Place(name, error.problem_mark)}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    places: Places = {}
    if node is None:
        return {}, places
    wrong: list[str] = []
    data = _plain(node, (), places, name, wrong)
    if wrong:
        raise InputError("\n".join(wrong))
    return data, places


_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as quick where libyaml is there; what is wrong is told in the words of the other."""


def _composed(text: str, name: str, loader: Any) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        # Refused before the tree is built: its time grows with the square of the depth.
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError(f"{_Place(name, event.start_mark)}: nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            place = _Place(name, event.start_mark)
            raise InputError(f"{place}: aliases (*{event.anchor}) are not allowed; write the value out")
    return yaml.compose(text, Loader=loader)


def _section_from(path: Path, key: str, places: Places) -> Any:
    if not path.is_file():
        raise InputError(f"{places[(key,)]}: {key}: {path}: no such file; give a path relative to this config")
    data, inner = parse(path)
    places.update({(key, *steps): place for steps, place in inner.items()})
    return data


def _plain(node: yaml.Node, path: tuple[Any, ...], places: Places, name: str, wrong: list[str]) -> Any:
    place = _Place(name, node.start_mark)
    places.setdefault(path, place)
    if len(path) > MAX_DEPTH:
        raise InputError(f"{place}: nested more than {MAX_DEPTH} levels deep")
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.startswith("tag:yaml.org,2002:python"):
        wrong.append(f"{place}: the tag {node.tag} is not allowed in a config; use plain values")
        return None
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, place, wrong)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), places, name, wrong) for i, child in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key_place = _Place(name, key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            wrong.append(f"{key_place}: a key must be a plain word")
            continue
        key = key_node.value
        if key in mapping:
            first = places[(*path, key)].mark.line + 1
            wrong.append(f"{key_place}: {_dotted((*path, key))}: given twice; first at line {first}")
            continue
        places[(*path, key)] = key_place
        mapping[key] = _plain(value_node, (*path, key), places, name, wrong)
    return mapping


def _scalar(node: yaml.ScalarNode, place: _Place, wrong: list[str]) -> Any:
    text = node.value
    if node.style in ("'", '"', "|", ">") or (node.tag.endswith(":str") and not _FLOAT.match(text)):
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _INT.match(text):
        return int(text.replace("_", ""))
    number = float(text.replace("_", "")) if _FLOAT.match(text) else None
    if _NONFINITE.match(text) or (number is not None and not math.isfinite(number)):
        wrong.append(f"{place}: {text} is not a finite number")
    return text if number is None else number


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
    places[steps] = _Place(place, None)


def _item(items: list, part: str, place: str) -> Any:
    if not part.isdigit() or int(part) >= len(items):
        raise InputError(f"{place}: {part} is not an index into a list of {len(items)}")
    return items[int(part)]


def _tuples(data: Any, model: type[BaseModel]) -> Any:
    """YAML has lists only, frozen models hold tuples; strict validation tells them apart, so lists become tuples."""
    if isinstance(data, dict):
        return {k: _tuples(v, model) for k, v in data.items()}
    if isinstance(data, list):
        return tuple(_tuples(v, model) for v in data)
    return data


def _explain(error: ValidationError, data: Any, model: type[BaseModel], places: Places, name: str) -> list[str]:
    """A line for each value that is wrong; a union has an error for each of its kinds, of which the first is told."""
    lines: dict[tuple[Any, ...], str] = {}
    for found in error.errors(include_url=False):
        loc = tuple(found["loc"])
        value = loc if found["type"] in ("missing", "extra_forbidden") else _path_in(data, loc)
        if value in lines:
            continue
        place = places.get(_known_path(loc, places)) or _Place(name, None)
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
    return f"{text}, got {_kind(given) + ' ' if 'type' in kind else ''}{given!r}"


def _fields_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    return list(getattr(_walk(model, loc)[0], "model_fields", {}))


def _label(model: type[BaseModel], loc: tuple[Any, ...]) -> str:
    """The key as it is written: pydantic's `loc` without what unions add to it."""
    tags = _walk(model, loc)[1]
    return _dotted(tuple(p for i, p in enumerate(loc) if not (isinstance(p, str) and ("[" in p or i in tags))))


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


def _kind(value: Any) -> str:
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


def _dotted(path: tuple[Any, ...]) -> str:
    return ".".join(str(p) for p in path)
