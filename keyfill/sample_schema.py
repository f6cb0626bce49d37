"""The JSON Schema of a sample's `KEY.json`, put together from the records of the stages that write it."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args, get_type_hints

from pydantic import TypeAdapter

from degrade.params import DegradeParams
from pairs.record import FORMAT, MEASURED, SampleInfo
from render.config import RenderConfig
from render.exposure import Exposure
from scenes.spec import Asset, Lighting, Scene

SECTIONS: dict[str, Any] = {
    "scene": Scene,
    "lighting": Lighting,
    "exposure": Exposure,
    "render": RenderConfig,
    "degrade": DegradeParams,
}
"""Keys whose value is a record of another stage."""
NOT_PIXELS = ("device", "threads")
"""Keys of the `render` section that a sample does not repeat."""
ABSENT = (*MEASURED, "degrade", "degrade_versions")
"""Keys that not every sample has: the farm moves what was measured into the manifest; the rest is degradation's."""


def sample_schema() -> dict[str, Any]:
    """The schema, JSON Schema 2020-12, of what this version writes: every key, no others."""
    mode: Literal["serialization"] = "serialization"
    adapters = [(name, mode, TypeAdapter(kind)) for name, kind in {**SECTIONS, "": SampleInfo}.items()]
    found, shared = TypeAdapter.json_schemas(adapters, ref_template="#/$defs/{model}")
    defs = shared["$defs"]
    for name, kind in SECTIONS.items():
        defs.setdefault(kind.__name__, found[name, mode])
    whole = found["", mode]
    whole = defs.pop(SampleInfo.__name__) if "$ref" in whole else whole
    _close(whole)
    _close(defs)
    for name in (DegradeParams.__name__, *DegradeParams.model_json_schema(mode=mode)["$defs"]):
        # a stage that was not drawn is left out
        defs[name].pop("required", None)
    for kind in SECTIONS.values():
        for name, field in _left_out(kind):
            defs[name]["required"].remove(field)
    for name in NOT_PIXELS:
        del defs[RenderConfig.__name__]["properties"][name]
        defs[RenderConfig.__name__]["required"].remove(name)
    for name, kind in SECTIONS.items():
        place = whole["properties"][name]
        place.pop("additionalProperties", None)
        place |= {"$ref": f"#/$defs/{kind.__name__}"}
    for place in whole["properties"].values():
        # None stands for "absent" where records are read, and is never written
        place |= place.pop("anyOf", [{}])[0]
    whole["properties"]["assets"]["items"] = {"$ref": f"#/$defs/{Asset.__name__}"}
    whole["properties"]["format"]["const"] = FORMAT
    whole["required"] = [name for name in whole["required"] if name not in ABSENT]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "title": FORMAT, "$defs": defs}


def _left_out(kind: Any) -> set[tuple[str, str]]:
    """Record and field of everything in a record that is marked to be left out where it is None
    (`field(metadata={"absent": True})`)."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return set().union(*map(_left_out, get_args(kind)))
    hints = get_type_hints(kind)
    marked = {(kind.__name__, one.name) for one in dataclasses.fields(kind) if one.metadata.get("absent")}
    return marked.union(*map(_left_out, hints.values()))


def _close(schema: Any) -> None:
    """Every object with named keys has all of them and no others; a default would promise that one may be absent."""
    if isinstance(schema, list):
        for part in schema:
            _close(part)
    elif isinstance(schema, dict):
        schema.pop("default", None)
        if isinstance(schema.get("properties"), dict):
            schema["required"] = sorted(schema["properties"])
            schema["additionalProperties"] = False
        for part in schema.values():
            _close(part)
