"""Every key of every section says what it means; new ones spell color as the programs around us do."""

from __future__ import annotations

import re

import pytest

from keyfill.sample_schema import sample_schema
from keyfill.schema import keys_of, models_in, sections

KEYS = {(model.__name__, name): (path, model) for path, model, name in keys_of(sections()["run"])}


@pytest.mark.parametrize(("model", "name"), sorted(KEYS), ids=".".join)
def test_every_key_has_a_description(model: str, name: str) -> None:
    """Its own, or, for a key that holds a section, that of the section's class."""
    path, owner = KEYS[model, name]
    field = owner.model_fields[name]
    inner = models_in(field.annotation)
    said = field.description or ""
    enough = said or inner[0].__doc__ if inner else len(said.split()) >= 2
    assert enough, f"{path}: {owner.__module__}.{model}.{name} needs Field(description=...)"


def test_a_new_key_is_spelled_color() -> None:
    """As Blender, libav and every library spell it. What is there with a u stays: shards and configs have it."""
    spelled = lambda text: set(re.findall(r"'(\w*colour\w*)': ", text))
    assert spelled(str(sample_schema())) == {"colour", "lip_colour"}
    assert {name for _, name in KEYS if "colour" in name} == {
        "colour", "colours", "colour_loss", "colour_steps", "hair_colour", "lip_colour", "thick_colours", "thin_colours"
    }  # fmt: skip
