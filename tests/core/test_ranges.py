"""Types of ranges: what they take, what they refuse and how, and what their schema says."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from core.config import Section, parse_text, validate
from core.errors import InputError
from core.ranges import Chances, Choices, Curve, IntRange, Range, Spread, Weighted, named, within

CALM = {"calm": 1.0}
PARTS = {"nose": 0.3, "chin": 0.2}


class Drawn(Section):
    shutter: Annotated[Range, within(0.0, 1.0)] = (0.1, 0.8)
    quality: Annotated[IntRange, within(1, 100)] = (30, 95)
    age: Annotated[Spread, within(0)] = Spread(mean=0.5, sd=0.1, low=0.0, high=1.0)
    by_age: Annotated[Curve, within(0)] = ((18.0, 0.7), (40.0, 1.0))
    mood: Chances[Literal["calm", "glad"]] = CALM
    light: Weighted[float] = ((0.2, 0.5), (0.4, 0.5))
    frame: Choices[Literal["thin", "thick"]] = ("thin",)
    parts: Annotated[dict[str, Annotated[float, Field(ge=0)]], named(PARTS)] = PARTS


def drawn(text: str) -> Drawn:
    data, places = parse_text(text, "mine.yaml")
    return validate(data, Drawn, places, "mine.yaml")


def test_a_number_is_a_range_of_one():
    assert drawn("{quality: 50, shutter: 0.5}") == drawn("{quality: [50, 50], shutter: [0.5, 0.5]}")


def test_a_table_keeps_the_defaults_that_it_does_not_name_in_their_order():
    assert list(drawn("parts: {chin: 0.9}").parts.items()) == [("nose", 0.3), ("chin", 0.9)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("shutter: [0.9, 0.1]", "shutter: empty range, expected [low, high] with low <= high, got [0.9, 0.1]"),
        ("shutter: [0, 2]", "shutter: expected a range within [0, 1], got [0, 2]"),
        ("quality: 0", "quality: expected a range within [1, 100], got 0"),
        ("quality: [1.5, 3]", "quality.0: expected a valid integer"),
        ("age: {mean: 0.5, sd: 0.1, low: -1, high: 1}", "age: expected low and high of at least 0"),
        ("by_age: [[18, -1]]", "by_age: expected y of at least 0"),
        ("by_age: [[18, 1], [18, 2]]", "by_age: expected points [x, y] with rising x"),
        ("mood: {calm: 0.5}", "mood: expected probabilities that add to 1 (they add to 0.5)"),
        ("light: [[0.2, 0.7]]", "light: expected probabilities that add to 1 (they add to 0.7)"),
        ("frame: []", "frame: expected at least one"),
        ("parts: {nase: 0.1}", "parts.nase: unknown name; did you mean nose?"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_key(text, told):
    with pytest.raises(InputError) as caught:
        drawn(text)
    assert str(caught.value).startswith("mine.yaml:1:") and told in str(caught.value)


def test_the_schema_says_the_limits():
    keys = Drawn.model_json_schema()["properties"]
    pair, number = keys["shutter"]["anyOf"]
    assert [(item["minimum"], item["maximum"]) for item in (*pair["prefixItems"], number)] == [(0.0, 1.0)] * 3
    assert keys["by_age"]["x-within"] == [0, None]
