"""What one person wears, as it was drawn: typed records for the JSON of `person.clothing`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from scenes.records import ABSENT

PatternStyle = Literal["stripes", "checks", "dots", "blobs", "batik", "emblem"]
GarmentName = Literal["t_shirt", "shirt", "sweater", "hoodie", "blazer", "polo_shirt", "tank_top"]
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Pattern:
    """A pattern. `upright`: stripes run along the body; `size_m`: one repeat, metres; `share`: of it in the other
    color `other_linear`, which covers the first with `strength`; both in [0, 1]. `third_linear`: a print's other
    color."""

    style: PatternStyle
    upright: bool
    size_m: float
    share: float
    strength: float
    other_linear: Color
    third_linear: Color | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True, kw_only=True)
class Clothing:
    """One garment on one person. Up to `lapel_m` as `scenes.clothes.config.Cut` describes it (metres where a name ends
    so), None where the garment has no such part; `lower_linear`: of trousers; colors are linear Rec.709 in [0, 1];
    `tie`: whether one is worn."""

    kind: GarmentName
    sleeve: float
    ease_m: float
    neck_out_m: float
    neck_drop_m: float
    vee_m: float
    band_m: float
    leaf_m: float | None = field(default=None, metadata=ABSENT)
    bending: float
    fold_m: float
    fold_wide_m: float
    crease_m: float
    knit_m: float
    rib_m: float
    weave_m: float
    sheen: float
    hood_m: float | None = field(default=None, metadata=ABSENT)
    lapel_m: float | None = field(default=None, metadata=ABSENT)
    tie: bool
    tie_linear: Color
    cord_linear: Color
    button_linear: Color
    color_linear: Color
    inner_linear: Color
    pattern: Pattern | None = None
    lower_linear: Color | None = field(default=None, metadata=ABSENT)
