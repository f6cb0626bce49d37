"""The records of a person and their motion come back from JSON as they were; what is damaged is told by its key."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from core.config import Section
from core.errors import InputError
from core.ranges import Spread
from scenes.accessories import _CUPS, _METALS, FRAME_COLOURS
from scenes.clothes.config import Acetate, Metal, Plastic
from scenes.config import PeopleConfig, ScenesConfig
from scenes.draw import draw_scene
from scenes.hair.beard import _PARTS
from scenes.hair.config import BeardsConfig, HairCutConfig
from scenes.hair.styles import STYLES
from scenes.motion.config import GesturesConfig, MoodsConfig, SpeechConfig
from scenes.motion.expressions import EXPRESSIONS
from scenes.motion.gestures import SHAPES
from scenes.motion.record import Consonant, Gesturing, HandShape, Mood, Vowel
from scenes.motion.speech import VISEMES
from scenes.person import _IRIS
from scenes.person_record import BeardStyle, HairStyle, Iris
from scenes.spec import Scene

RICH = ScenesConfig(people={"hands": 1.0, "beard": 1.0, "female": 0.0, "glasses": 1.0, "headphones": 1.0}, frames=60)


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return json.loads(json.dumps(draw_scene(RICH, 7, 0).to_json()))


@pytest.mark.parametrize("index", range(12))
def test_a_scene_comes_back_as_it_was(index: int) -> None:
    scene = draw_scene(RICH, 7, index)
    told = scene.to_json()
    assert Scene.from_json(json.loads(json.dumps(told))) == scene and json.loads(json.dumps(told)) == told


def test_a_record_cannot_be_amended() -> None:
    scene = draw_scene(RICH, 7, 0)
    for record in (scene, scene.person, scene.person.skin, scene.person.clothing, scene.motion):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, dataclasses.fields(record)[0].name, None)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths to every key of a JSON object in `value`."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(value, dict):
            yield (*path, key)
        yield from places(inner, (*path, key))


# Keys that may be absent, and names of a table that are free.
FREE = {
    "desk_lamp",
    "subject_blend",
    "assets",
    "redraw",
    "grain",
    "fuzz",
    "leaf_m",
    "hood_m",
    "lapel_m",
    "shape",
    "rest",
    "pattern",
    "lower_linear",
    "cover",
    "moles",
    "makeup",
    "streaks",
    "streak_melanin",
}


def test_every_key_of_person_and_motion_is_missed_by_name(data: dict[str, Any]) -> None:
    told = 0
    for path in [path for path in places(data) if path[0] in ("person", "motion") and not FREE & set(path)]:
        damaged = copy.deepcopy(data)
        inner = damaged
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        with pytest.raises(InputError) as caught:
            Scene.from_json(damaged)
        assert str(caught.value).startswith("scene." + ".".join(map(str, path)) + ": missing"), path
        told += 1
    assert told > 100


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("person", None, "scene.person: expected a JSON object, got None"),
        ("person.skin.monk", "5", "scene.person.skin.monk: expected a number, got '5'"),
        ("person.skin.monk", True, "scene.person.skin.monk: expected a number, got True"),
        ("person.skin.monk", float("nan"), "scene.person.skin.monk: expected a number, got nan"),
        ("person.skin.tan", 0.5, "scene.person.skin.tan: unknown key; expected monk, undertone"),
        ("person.skin.lip_linear", [0.1, 0.2], "scene.person.skin.lip_linear: expected 3 values, got 2"),
        ("person.skin.maps.0", ["young"], "scene.person.skin.maps.0: expected 2 values, got 1"),
        ("person.hair.style", "mohawk", "scene.person.hair.style: expected one of buzz, short"),
        ("person.hair.brow_count", 900.5, "scene.person.hair.brow_count: expected a whole number, got 900.5"),
        ("person.hair.bangs", 1, "scene.person.hair.bangs: expected true or false, got 1"),
        ("person.shape.nose-hump-incr", [1], "scene.person.shape.nose-hump-incr: expected a number, got [1]"),
        ("person.clothing.kind", "toga", "scene.person.clothing.kind: expected one of t_shirt"),
        ("motion.gaze.0.1", "left", "scene.motion.gaze.0.1: expected a number, got 'left'"),
        ("motion.gestures.0.shape", "fist", "scene.motion.gestures.0.shape: expected one of open"),
        ("camera.hfov_rad", None, "scene.camera.hfov_rad: expected a number, got None"),
        ("frames", "60", "scene.frames: expected a whole number, got '60'"),
    ],
)
def test_damage_is_one_line_that_names_the_key(data: dict[str, Any], path: str, value: Any, told: str) -> None:
    damaged = inner = copy.deepcopy(data)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(InputError) as caught:
        Scene.from_json(damaged)
    assert str(caught.value).startswith(told) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("names", "tables"),
    [
        (HairStyle, (STYLES, PeopleConfig().hair, HairCutConfig().women, HairCutConfig().men)),
        (BeardStyle, (_PARTS, BeardsConfig().kinds, set(BeardsConfig.model_fields) - {"kinds"})),
        (Iris, (_IRIS, {**PeopleConfig().eyes.dark, **PeopleConfig().eyes.fair})),
        (Mood, (EXPRESSIONS, MoodsConfig().kinds)),
        (Vowel, (SpeechConfig().vowels,)),
        (Consonant, (SpeechConfig().consonants, set(VISEMES) - set(get_args(Vowel)))),
        (Gesturing, (GesturesConfig().kinds,)),
        (HandShape, (SHAPES,)),
        (Acetate, (FRAME_COLOURS,)),
        (Metal, (_METALS,)),
        (Plastic, (_CUPS,)),
    ],
)
def test_every_name_is_in_every_table_of_its_kind(names: Any, tables: tuple[Any, ...]) -> None:
    """A name in a config that has no numbers would end in each rendering process."""
    for table in tables:
        assert set(table) == set(get_args(names))


def test_groups_of_styles_are_styles() -> None:
    assert set(HairCutConfig().by_tone) <= set(STYLES)
    assert all(style.top_m[1] > 0.2 for style in STYLES.values() if style.cut == "long" or style.bangs)


@pytest.mark.parametrize("style", get_args(HairStyle))
def test_every_style_is_drawn_where_it_is_asked_for(style: str) -> None:
    config = ScenesConfig(people={"hair": {style: 1.0}}, frames=1)
    assert {draw_scene(config, 3, i).person.hair.style for i in range(5)} == {style}


def test_every_key_of_the_config_says_what_it_is() -> None:
    silent, seen = [], 0
    waiting: list[type] = [ScenesConfig]
    while waiting:
        section = waiting.pop()
        for name, field in section.model_fields.items():
            seen += 1
            if not field.description:
                silent.append(f"{section.__name__}.{name}")
            kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
            waiting += [kind for kind in kinds if issubclass(kind, Section) and kind is not Spread]
    assert seen > 280 and not silent, silent
