"""The JSON Schema of a whole-run config or of one of its sections, from the classes that read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from core.config import Section
from core.errors import InputError
from keyfill.run_config import RunConfig

WHOLE = "run"
UNITS = {
    "m": "m", "mm": "mm", "deg": "degrees", "rad": "rad", "s": "s", "minutes": "minutes", "k": "K", "w": "W",
    "ev": "stops", "px": "pixels", "gb": "GB", "fps": "frames per second", "hz": "Hz", "years": "years",
    "kbps": "kbit/s",
}  # fmt: skip


def sections() -> dict[str, type[Section]]:
    """`run` and every section of it that is a mapping, by name."""
    found: dict[str, type[Section]] = {WHOLE: RunConfig}
    for name, field in RunConfig.model_fields.items():
        for model in models_in(field.annotation):
            found[name] = model
    return found


def schema_of(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a section: descriptions, limits, defaults, and `x-unit` where a key's name has a unit.

    Raises InputError for a name that is not a section.
    """
    known = sections()
    if name not in known:
        raise InputError(f"SECTION {name}: is not one of {', '.join(known)}")
    schema = known[name].model_json_schema()
    if name == WHOLE:
        # this section may stand in a file of its own, see `keyfill.run_config.load_run`
        file = {"type": "string", "description": "a YAML file that holds this section, beside the config"}
        properties = schema["properties"]
        properties["degrade"] = {"anyOf": [properties["degrade"], file]}
    for part in (schema, *schema.get("$defs", {}).values()):
        for key, value in part.get("properties", {}).items():
            if unit := unit_of(key):
                value["x-unit"] = unit
    return schema


def unit_of(key: str) -> str:
    """The unit that a key's name ends in (`distance_m`: m), or nothing."""
    found = re.search(r"(?:^|_)([a-z]+)\Z", key)
    return UNITS.get(found[1], "") if found else ""


def models_in(annotation: Any) -> list[type[Section]]:
    """The sections that a key's type speaks of: itself, or those inside a union, a list or a table."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation] if issubclass(annotation, Section) else []
    return [model for inner in get_args(annotation) for model in models_in(inner)]


def keys_of(model: type[Section], prefix: str = "") -> Iterator[tuple[str, type[Section], str]]:
    """Every key of a section and of the sections in it: dotted name, the class it is in, and its name there."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        yield path, model, name
        for inner in models_in(field.annotation):
            yield from keys_of(inner, f"{path}.")
