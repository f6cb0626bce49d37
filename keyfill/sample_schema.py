"""The JSON Schema of a sample's `KEY.json`, put together from the records of the stages that write it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter

from degrade.params import DegradeRecord
from pairs.one_shape import NONE
from pairs.record import FORMAT, MEASURED, SampleInfo
from render.config import RenderConfig
from render.exposure import Exposure
from scenes.spec import Asset, Lighting, Scene

SECTIONS: dict[str, Any] = {
    "scene": Scene,
    "lighting": Lighting,
    "exposure": Exposure,
    "render": RenderConfig,
    "degrade": DegradeRecord,
}
"""Keys whose value is a record of another stage."""
NOT_PIXELS = ("device", "threads")
"""Keys of the `render` section that a sample does not repeat."""
NAMED = {
    "description": "A number by its name.",
    "properties": {"name": {"type": "string"}, "value": {"type": "number"}},
    "title": "Named",
    "type": "object",
}
OPTIONAL = "x-optional"
"""Marks a place where zeros say that there is nothing."""
ABSENT = (*MEASURED, "degrade", "degrade_versions")
"""Keys that not every sample has: the farm moves what was measured into the manifest; the rest is degradation's."""


def sample_schema() -> dict[str, Any]:
    """The schema, JSON Schema 2020-12, of what this version writes: every key, no others, one type each."""
    mode: Literal["serialization"] = "serialization"
    adapters = [(name, mode, TypeAdapter(kind)) for name, kind in {**SECTIONS, "": SampleInfo}.items()]
    found, shared = TypeAdapter.json_schemas(adapters, ref_template="#/$defs/{model}")
    defs = shared["$defs"]
    for name, kind in SECTIONS.items():
        defs.setdefault(kind.__name__, found[name, mode])
    whole = found["", mode]
    whole = defs.pop(SampleInfo.__name__) if "$ref" in whole else whole
    for name in NOT_PIXELS:
        del defs[RenderConfig.__name__]["properties"][name]
    for name, kind in SECTIONS.items():
        place = whole["properties"][name]
        place.pop("additionalProperties", None)
        place |= {"$ref": f"#/$defs/{kind.__name__}"}
    whole["properties"]["assets"]["items"] = {"$ref": f"#/$defs/{Asset.__name__}"}
    _merge_kinds(defs)
    defs["Named"] = NAMED
    whole, defs = _one_type(whole), {name: _one_type(part) for name, part in defs.items()}
    _allow_nothing(whole, defs, False, set())
    whole["properties"]["format"]["const"] = FORMAT
    whole["required"] = [name for name in whole["required"] if name not in ABSENT]
    used = _used(whole, defs, set())
    defs = {name: part for name, part in sorted(defs.items()) if name in used}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "title": FORMAT, "$defs": defs}


def _merge_kinds(defs: dict[str, Any]) -> None:
    """Where a key holds one of several records, the first gets the keys of the others, and is the one."""
    for record in defs.values():
        for place in record.get("properties", {}).values():
            names = [part["$ref"].rpartition("/")[2] for part in place.get("anyOf", ()) if "$ref" in part]
            if len(names) < 2:
                continue
            parts = [defs[name] for name in reversed(names)]
            fields = {name: field for part in parts for name, field in part["properties"].items()}
            said = " Or: ".join(defs[name]["description"] for name in names)
            defs[names[0]] |= {"description": said, "properties": fields}
            del place["anyOf"]
            place["$ref"] = f"#/$defs/{names[0]}"


def _one_type(place: Any) -> Any:
    """A part of pydantic's schema with one type: what may be null is marked, a record that is a list gets its keys
    back, free keys become a list of name and value; every object has all its keys and no others, no list is empty."""
    if not isinstance(place, dict):
        return place
    place = {name: part for name, part in place.items() if name != "default"}  # it would promise that one may be absent
    if "anyOf" in place:
        (kind,) = (part for part in place.pop("anyOf") if part.get("type") != "null")
        return _one_type({**kind, **place, OPTIONAL: True})
    if all("title" in part for part in place.get("prefixItems", [{}])):
        parts = place.pop("prefixItems")
        names = [part["title"].lower().replace(" ", "_") for part in parts]
        del place["minItems"], place["maxItems"]
        # in the order that the list had: `pairs.one_shape` reads those
        place |= {"type": "object", "properties": dict(zip(names, parts, strict=True)), "required": names}
    if place.get("additionalProperties") == {"type": "number"}:
        del place["additionalProperties"]
        place |= {"type": "array", "items": {"$ref": "#/$defs/Named"}}
    if "properties" in place:
        place["properties"] = {name: _one_type(part) for name, part in place["properties"].items()}
        place["additionalProperties"] = False
        if set(place.get("required", ())) != set(place["properties"]):
            place["required"] = sorted(place["properties"])
    if "prefixItems" in place:
        place["prefixItems"] = [_one_type(part) for part in place["prefixItems"]]
    elif place.get("type") == "array":
        place |= {"items": _one_type(place["items"]), "minItems": 1}
    return place


def _allow_nothing(place: Any, defs: dict[str, Any], may_be_nothing: bool, seen: set[tuple[str, bool]]) -> None:
    """Within what may be nothing a choice may be `none`, and a number 0."""
    may_be_nothing |= bool(place.get(OPTIONAL)) or (place.get("type") == "array" and "items" in place)
    if "$ref" in place:
        name = place["$ref"].rpartition("/")[2]
        if (name, may_be_nothing) not in seen:
            seen.add((name, may_be_nothing))
            _allow_nothing(defs[name], defs, may_be_nothing, seen)
    if may_be_nothing:
        if NONE not in place.get("enum", [NONE]):
            place["enum"] = [*place["enum"], NONE]
        if "exclusiveMinimum" in place or place.get("minimum", 0) > 0:
            place.pop("exclusiveMinimum", None)
            place["minimum"] = 0
    for part in [*place.get("properties", {}).values(), *place.get("prefixItems", ()), place.get("items")]:
        if part:
            _allow_nothing(part, defs, may_be_nothing, seen)


def _used(place: Any, defs: dict[str, Any], found: set[str]) -> set[str]:
    """Names of the records that a part of the schema leads to."""
    if isinstance(place, dict):
        name = str(place.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _used(defs[name], defs, found)
        for part in place.values():
            _used(part, defs, found)
    elif isinstance(place, list):
        for part in place:
            _used(part, defs, found)
    return found
