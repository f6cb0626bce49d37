"""What one person wears, as it was drawn: typed records for the JSON of `person.clothing`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

GarmentName = Literal["t_shirt", "shirt", "sweater", "hoodie", "blazer", "polo_shirt"]
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Pattern:
    """A pattern. `upright`: stripes run along the body; `size_m`: one repeat, metres; `share`: of it in the other
    color `other_linear`, which covers the first with `strength`; both in [0, 1]."""

    style: Literal["stripes", "checks"]
    upright: bool
    size_m: float
    share: float
    strength: float
    other_linear: Color


@dataclass(frozen=True, kw_only=True)
class Clothing:
    """One garment on one person. Up to `lapel_m` as `scenes.clothes.config.Cut` describes it (metres where a name ends
    so), None where the garment has no such part; colors are linear Rec.709 in [0, 1]; `tie`: whether one is worn."""

    kind: GarmentName
    sleeve: float
    ease_m: float
    neck_out_m: float
    neck_drop_m: float
    vee_m: float
    band_m: float
    leaf_m: float | None = None
    bending: float
    fold_m: float
    fold_wide_m: float
    crease_m: float
    knit_m: float
    rib_m: float
    weave_m: float
    sheen: float
    hood_m: float | None = None
    lapel_m: float | None = None
    tie: bool
    tie_linear: Color
    cord_linear: Color
    button_linear: Color
    color_linear: Color
    inner_linear: Color
    pattern: Pattern | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data. A part that the garment does not have has no key; a plain cloth has a null `pattern`."""
        data = _plain(self)
        kept = {name: value for name, value in data.items() if value is not None}
        return {**kept, "pattern": None if self.pattern is None else _plain(self.pattern)}

    @staticmethod
    def from_json(data: dict[str, Any]) -> Clothing:
        """The inverse of `to_json`."""
        pattern = data.get("pattern")
        return Clothing(**{**_tupled(data), "pattern": None if pattern is None else Pattern(**_tupled(pattern))})


def _plain(record: Clothing | Pattern) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _tupled(data: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
