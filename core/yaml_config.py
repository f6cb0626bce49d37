"""YAML as plain data and the place of each of its keys: no tags, no aliases, no key twice, every number finite."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import yaml

from core.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_INT = re.compile(r"[-+]?[0-9][0-9_]*\Z")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_NONFINITE = re.compile(r"[-+]?\.?(inf|nan|infinity)\Z", re.IGNORECASE)


class Place:
    """Where a value stands in the file: line and column of its key (or of the value itself) from 1."""

    def __init__(self, name: str, mark: Any):
        self.name = name
        self.mark: Any = mark

    def __str__(self) -> str:
        return self.name if self.mark is None else f"{self.name}:{self.mark.line + 1}:{self.mark.column + 1}"


Places = dict[tuple[Any, ...], Place]


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
        raise InputError(f"{Place(name, error.problem_mark)}: not valid YAML: {error.problem}") from None
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
            raise InputError(f"{Place(name, event.start_mark)}: nested more than {MAX_DEPTH} levels deep")
        if isinstance(event, yaml.AliasEvent):
            place = Place(name, event.start_mark)
            raise InputError(f"{place}: aliases (*{event.anchor}) are not allowed; write the value out")
    return yaml.compose(text, Loader=loader)


def _plain(node: yaml.Node, path: tuple[Any, ...], places: Places, name: str, wrong: list[str]) -> Any:
    place = Place(name, node.start_mark)
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
        key_place = Place(name, key_node.start_mark)
        if not isinstance(key_node, yaml.ScalarNode):
            wrong.append(f"{key_place}: a key must be a plain word")
            continue
        key = key_node.value
        if key in mapping:
            first = places[(*path, key)].mark.line + 1
            wrong.append(f"{key_place}: {dotted((*path, key))}: given twice; first at line {first}")
            continue
        places[(*path, key)] = key_place
        mapping[key] = _plain(value_node, (*path, key), places, name, wrong)
    return mapping


def _scalar(node: yaml.ScalarNode, place: Place, wrong: list[str]) -> Any:
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


def dotted(path: tuple[Any, ...]) -> str:
    """A key path as it is written: `scenes.people.monk`."""
    return ".".join(str(p) for p in path)
