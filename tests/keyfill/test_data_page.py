"""The schema and the page of the data format: up to date, strict, one type per key."""

import copy
import json

import jsonschema
import pytest

from keyfill.data_page import DOCS, data_page
from keyfill.sample_schema import sample_schema
from pairs.members import MEMBERS

OPEN = {("Scene", "person"), ("Scene", "motion"), ("Scene", "subject_blend")}
"""Places of the record that have no shape of their own yet; a place that gets one leaves this list."""


def test_the_page_and_the_schema_are_those_of_the_code():
    again = "run: python -m keyfill.data_page"
    assert (DOCS / "data.md").read_text() == data_page(), again
    assert json.loads((DOCS / "sample.schema.json").read_text()) == sample_schema(), again


def test_the_page_names_every_member_and_every_key():
    page = data_page()
    assert all(f"`KEY.{member.file}`" in page for member in MEMBERS.values())
    assert all(f"| `{name}` |" in page for name in sample_schema()["properties"])


MIXED: set[str] = set()
"""Records that are lists of more than one type."""


def kinds(place, defs):
    """JSON types that a place allows, null apart; a whole number is a number too."""
    if "$ref" in place:
        return kinds(defs[place["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in place:
        return set().union(*(kinds(part, defs) for part in place["anyOf"]))
    if "const" in place or "enum" in place:
        return {type(choice).__name__ for choice in place.get("enum", [place.get("const")])}
    return {place.get("type", "any").replace("integer", "number")} - {"null"}


def places(schema):
    for record, part in {"": schema, **schema["$defs"]}.items():
        for name, place in part.get("properties", {}).items():
            yield record, name, place


def test_records_that_are_lists_have_one_type_but_for_those_that_are_known():
    defs = sample_schema()["$defs"]
    lists = {name: part["prefixItems"] for name, part in defs.items() if "prefixItems" in part}
    assert {name for name, items in lists.items() if len(set().union(*(kinds(i, defs) for i in items))) > 1} == MIXED


def test_every_key_has_one_type_and_every_list_one_type_of_items():
    schema = sample_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for record, name, place in places(schema):
        assert len(kinds(place, schema["$defs"])) == 1 and "any" not in kinds(place, schema["$defs"]), (record, name)
        for part in place.get("anyOf", [place]):
            items = part.get("prefixItems", [part["items"]] if "items" in part else [])
            assert len(set().union(*(kinds(item, schema["$defs"]) for item in items))) <= 1, (record, name)


def test_no_place_is_open_but_those_that_are_known():
    found = {
        (record, name)
        for record, name, place in places(sample_schema())
        if any(part.get("additionalProperties") for part in place.get("anyOf", [place]))
    }
    shapeless = {(name, "") for name, part in sample_schema()["$defs"].items() if part.get("additionalProperties")}
    assert found | shapeless == OPEN


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("fps",), "30", "'30' is not of type 'number'"),
        (("format",), "keyfill-sample-2", "'keyfill-sample-1' was expected"),
        (("lighting", "gel"), 1.0, "Additional properties are not allowed"),
        (("face_box",), [[1, 2, 3.5, 4]], "3.5 is not of type 'integer'"),
        (("scene", "camera", "hfov_rad"), None, "None is not of type 'number'"),
    ],
)
def test_another_type_is_refused(clean_info, path, value, said):
    jsonschema.validate(clean_info, sample_schema())
    bad = copy.deepcopy(clean_info)
    place = bad
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError, match=said):
        jsonschema.validate(bad, sample_schema())


@pytest.fixture(scope="module")
def clean_info():
    """A record as the renderer writes it, of a drawn scene; nothing is traced."""
    from dataclasses import asdict

    from pairs.record import FaceMean, SampleInfo, SamplesPerPixel
    from render.config import RenderConfig
    from scenes.config import ScenesConfig
    from scenes.draw import draw_scene

    scene = draw_scene(ScenesConfig(), 0, 0)
    info = SampleInfo(
        key=scene.lightings[0].key,
        clip=scene.clip,
        split=scene.split,
        lighting=asdict(scene.lightings[0]),
        scene=scene.to_json(),
        exposure={"source": 1.0, "target": 0.9},
        fps=scene.fps,
        frames=scene.frames,
        width=scene.width,
        height=scene.height,
        accumulated=0,
        samples=SamplesPerPixel(room=1, studio=1),
        render=RenderConfig().model_dump(mode="json", exclude={"device", "threads"}),
        assets=tuple(asdict(asset) for asset in scene.assets),
        face_box=(None,),
        face_mean=FaceMean(source=None, target=None),
    )
    return json.loads(json.dumps(info.to_json()))
