"""Every key of every section says what it means; to go into tests/keyfill/test_schema.py."""

from __future__ import annotations

import pytest

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
