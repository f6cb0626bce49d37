"""The schema and the page of the data format: up to date, strict, one type per key."""

import copy
import json

import jsonschema
import pytest

from keyfill.data_page import DOCS, data_page
from keyfill.sample_schema import ABSENT, sample_schema
from pairs.members import MEMBERS
from pairs.one_shape import SCHEMA as SCHEMA_FILE
from pairs.one_shape import shaped
from pairs.record import FORMAT, SampleInfo

SCHEMA = sample_schema()


def test_the_page_and_the_schema_are_those_of_the_code():
    again = "run: python -m keyfill.data_page"
    assert (DOCS / "data.md").read_text() == data_page(), again
    assert json.loads(SCHEMA_FILE.read_text()) == SCHEMA, again
    assert json.loads((DOCS / "sample.schema.json").read_text()) == SCHEMA, "a link to the other"


def test_the_page_names_every_member_and_every_key():
    page = data_page()
    assert all(f"`KEY.{member.file}`" in page for member in MEMBERS.values())
    assert all(f"| `{name}` |" in page for name in SCHEMA["properties"])


def places(place, path="", optional=False):
    """Every place of the record below a part of the schema: its path, and the part."""
    optional = optional or "x-optional" in place
    if "$ref" in place:
        place = SCHEMA["$defs"][place["$ref"].rpartition("/")[2]]
    yield path, place, optional
    for name, part in place.get("properties", {}).items():
        yield from places(part, f"{path}.{name}", optional)
    for number, part in enumerate(place.get("prefixItems", ())):
        yield from places(part, f"{path}[{number}]", optional)
    if "items" in place:
        yield from places(place["items"], f"{path}[]", True)


def test_every_key_has_one_type_and_is_always_there():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    # a record may be there twice, once where it may be nothing: a second person
    may_be_nothing = {id(place) for _, place, optional in places(SCHEMA) if optional}
    for path, place, _ in places(SCHEMA):
        kind = place.get("type")
        assert kind in ("object", "array", "string", "number", "integer", "boolean"), path
        if kind == "object":
            assert place["additionalProperties"] is False, path
            left_out = set(place["properties"]) - set(place["required"])
            assert left_out == (set(ABSENT) if path == "" else set()), path
        elif kind == "array" and "prefixItems" in place:
            assert len({part["type"] for part in place["prefixItems"]}) == 1, path
        elif kind == "array":
            assert place["minItems"] == 1, path
        elif "enum" in place:
            assert ("none" in place["enum"]) == (id(place) in may_be_nothing), path


def test_what_is_left_out_and_what_the_format_before_had_is_filled_with_zeros():
    """A record of the format before: lists of names and numbers, nulls, missing stages."""
    wave = [0.1, 2, 3]
    old = {
        "format": "keyfill-sample-1",
        "fps": 30,
        "scene": {"motion": {"sounds": [[0.5, "aa", 1, 0.2]], "nods": [], "rest": {"eyeWide": 0.1}, "breath": wave}},
        "face_box": [None, [1, 2, 3, 4]],
        "face_mean": {"source": None, "target": 3.5},
        "take": "theirs",
    }
    new = shaped(old)
    assert (new["format"], new["take"], repr(new["fps"])) == (FORMAT, "theirs", "30.0")
    motion = new["scene"]["motion"]
    assert motion["sounds"] == [{"start_s": 0.5, "viseme": "aa", "stress": 1.0, "length_s": 0.2}]
    assert motion["nods"] == [{"start_s": 0.0, "size_rad": 0.0, "hertz": 0.0, "times": 0}]
    assert motion["rest"] == [{"name": "eyeWide", "value": 0.1}] and motion["breath"]["hertz"] == 0.1
    assert motion["gestures"][0]["kind"] == "none" and motion["performance"] == ""
    assert new["scene"]["person"]["beard"]["style"] == "none" and new["scene"]["lightings"][0]["hdri"] == ""
    assert new["face_box"] == [[0, 0, 0, 0], [1, 2, 3, 4]] and new["face_mean"] == {"source": 0.0, "target": 3.5}
    assert "degrade" not in new and "device" not in new
    assert shaped(new) == new and SampleInfo.from_json(old) == SampleInfo.from_json(new)
    assert SampleInfo.from_json(new).face_box == (None, (1, 2, 3, 4))
    assert shaped({"key": "theirs"}) == {"key": "theirs"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("fps",), "30", "'30' is not of type 'number'"),
        (("format",), "keyfill-sample-1", "'keyfill-sample-2' was expected"),
        (("lighting", "gel"), 1.0, "Additional properties are not allowed"),
        (("face_box",), [[1, 2, 3.5, 4]], "3.5 is not of type 'integer'"),
        (("scene", "camera", "hfov_rad"), None, "None is not of type 'number'"),
    ],
)
def test_another_type_is_refused(clean_info, path, value, said):
    jsonschema.validate(clean_info, SCHEMA)
    bad = copy.deepcopy(clean_info)
    place = bad
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError, match=said):
        jsonschema.validate(bad, SCHEMA)


@pytest.fixture(scope="module")
def clean_info():
    """A record as the renderer writes it, of a drawn scene; nothing is traced."""
    from dataclasses import asdict

    from pairs.record import FaceMean, SampleInfo, SamplesPerPixel, sample_json
    from render.config import RenderConfig
    from scenes.config import ScenesConfig
    from scenes.draw import draw_scene
    from scenes.records import to_json

    scene = draw_scene(ScenesConfig(), 0, 0)
    info = SampleInfo(
        key=scene.lightings[0].key,
        clip=scene.clip,
        split=scene.split,
        lighting=to_json(scene.lightings[0]),
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
    return json.loads(sample_json(info.to_json()))
