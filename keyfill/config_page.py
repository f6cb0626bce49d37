"""`python -m keyfill.config_page > docs/config.md`: every key of every section, from the classes that read a config."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined, to_jsonable_python

from core.config import Section
from core.ranges import Spread
from keyfill.run_config import RunConfig
from keyfill.schema import models_in, sections, unit_of

HEAD = """# Every key of a config

*Written by `python -m keyfill.config_page > docs/config.md`; do not edit.*

A config is one YAML file with the sections below, each optional: a key that is not there has its default. The option
`--set scenes.width=640` overrides a key from the command line. A key that is unknown or out of its limits is refused
with file, line and column. `keyfill schema run > run.schema.json` prints the same as JSON Schema; an editor then
completes and checks keys in a config whose first line is `# yaml-language-server: $schema=run.schema.json`.

A *range* is `[low, high]`; a value is drawn from it, evenly unless the key says otherwise. One number stands for the
range that holds it alone. Other pairs are `[a, b]`, e.g. where an influence begins and where it is whole.
A *normal* is drawn from a normal distribution with `mean` and `sd`, and held within `low` and `high`. A *table* gives
each name its value; what is not named keeps its default, or in tables of probabilities has none. Units are in the
names: `_m` metres, `_deg` degrees, `_s` seconds, `_k` kelvin, `_ev` stops, `_px` pixels.
"""
MISSING = "(required)"


def page() -> str:
    """The whole page as Markdown."""
    parts = [HEAD, "| section | holds |", "|---|---|"]
    own = [name for name in RunConfig.model_fields if name not in sections()]
    parts += [f"| `{name}` | {_text(RunConfig.model_fields[name].description or '')} |" for name in own]
    named = {name: model for name, model in sections().items() if model is not RunConfig}
    parts += [f"| [`{name}`](#{name}) | {_first_sentence(model)} |" for name, model in named.items()]
    for name, model in named.items():
        parts += ["", *_section(name, model, getattr(RunConfig(), name), f"## {name}")]
    return "\n".join(parts) + "\n"


def _section(path: str, model: type[Section], values: Section | None, heading: str, as_kind: str = "") -> Iterator[str]:
    """Heading, prose and table of one section, then those of the sections in it. `values`: an instance, if it is on by
    default; otherwise the class's own defaults are shown. `as_kind`: which class of a union it is in, for headings."""
    yield heading
    yield ""
    if model.__doc__:
        yield _paragraph(model.__doc__)
        yield ""
    schema = model.model_json_schema()
    properties, definitions = schema.get("properties", {}), schema.get("$defs", {})
    rows, inner = [], []
    for name, field in model.model_fields.items():
        default = getattr(values, name) if values is not None else field.get_default(call_default_factory=True)
        below = [one for one in models_in(field.annotation) if not issubclass(one, Spread)]
        if below:
            kind = "section" if len(below) == 1 else "one of " + ", ".join(f"`{_tag(one)}`" for one in below)
            shown = "on" if isinstance(default, BaseModel) else "off" if default is None else _value(default)
            inner += [(name, one, default if isinstance(default, one) else None, len(below) > 1) for one in below]
        else:
            kind, shown = _kind(properties[name], definitions), _value(default)
        unit = unit_of(name)
        meaning = _text(properties[name].get("description", "") or (_first_sentence(below[0]) if below else ""))
        rows.append(f"| `{name}` | {kind}{f', {unit}' if unit and not below else ''} | {shown} | {meaning} |")
    if rows:
        yield from ("| key | type and limits | default | meaning |", "|---|---|---|---|", *rows)
    for name, one, value, tagged in inner:
        yield ""
        below_it, kind = f"{path}.{name}", f" as `{_tag(one)}`" if tagged else as_kind
        yield from _section(below_it, one, value, f"### `{below_it}`{kind}", kind)


def _tag(model: type[Section]) -> str:
    """The value that tells the classes of a union apart: that of the key which can have no other."""
    own = (
        get_args(field.annotation) for field in model.model_fields.values() if get_origin(field.annotation) is Literal
    )
    return str(next(choices[0] for choices in own if len(choices) == 1))


def _kind(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A type and its limits in words."""
    if "anyOf" in schema:
        pair = schema["anyOf"][0].get("prefixItems")
        if pair and schema["anyOf"][1:] == pair[:1]:
            return f"range of {pair[0]['type']}s{_limits(pair[0])}"
        parts = [_kind(one, definitions) for one in schema["anyOf"]]
        return " or ".join(part for part in parts if part != "null") + (", or null" if "null" in parts else "")
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        if set(target.get("properties", {})) == {"mean", "sd", "low", "high"}:
            return f"normal{_within(schema.get('x-within'))}"
        return _kind(target, definitions)
    if "const" in schema or "enum" in schema:
        return " / ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind in ("number", "integer"):
        return kind + _limits(schema)
    if kind == "boolean":
        return "true / false"
    if kind == "string":
        return f"text like `{schema['pattern']}`" if "pattern" in schema else "text"
    if kind == "array":
        return _list(schema, definitions)
    if kind == "object":
        names = schema.get("propertyNames", {})
        of = _kind(names, definitions) if "enum" in names or "$ref" in names else "names"
        return f"table: {of}: {_kind(schema.get('additionalProperties', {}), definitions)}"
    return str(kind or "any")


def _list(schema: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "prefixItems" not in schema:
        of = _kind(schema.get("items", {}), definitions)
        return f"list of {of}{_within(schema.get('x-within'))}"
    items = [_kind(item, definitions) for item in schema["prefixItems"]]
    if len(set(items)) == 1 and len(items) == 2:
        return f"[a, b], {items[0]}"
    return f"[{', '.join(items)}]"


def _limits(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    words = [
        f"{word} {schema[key]:g}"
        for key, word in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    return f", {' and '.join(words)}" if words else ""


def _within(limits: list[float | None] | None) -> str:
    if limits is None:
        return ""
    low, high = limits
    return f" within {low:g} and {high:g}" if high is not None else f" of at least {low:g}"


def _value(value: Any) -> str:
    if value is PydanticUndefined:
        return MISSING
    return f"`{_text(json.dumps(to_jsonable_python(value)))}`"


def _first_sentence(model: type[Section]) -> str:
    text = " ".join((model.__doc__ or "").split())
    return _text(text.split(". ")[0].rstrip("."))


def _text(text: str) -> str:
    """Text that may stand in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _paragraph(text: str) -> str:
    blocks = [" ".join(block.split()) for block in text.strip().split("\n\n")]
    return "\n\n".join(blocks)


if __name__ == "__main__":
    print(page(), end="")
