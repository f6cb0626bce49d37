"""Every garment there is, and the config section that holds the ranges of each.

A new one is a file here, its import and line in `GARMENTS`, and its name in `scenes.clothes.record.GarmentName`. It is
worn where `people.clothing` names it; the default of that key is in `scenes.people_config`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, create_model

from core.ranges import Ranges
from scenes.clothes.config import GarmentConfig
from scenes.clothes.garment import Garment
from scenes.clothes.garments.blazer import BLAZER
from scenes.clothes.garments.hoodie import HOODIE
from scenes.clothes.garments.polo_shirt import POLO_SHIRT
from scenes.clothes.garments.shirt import SHIRT
from scenes.clothes.garments.sweater import SWEATER
from scenes.clothes.garments.t_shirt import T_SHIRT
from scenes.clothes.garments.tank_top import TANK_TOP
from scenes.clothes.record import GarmentName

GARMENTS: dict[GarmentName, Garment] = {
    "t_shirt": T_SHIRT,
    "shirt": SHIRT,
    "sweater": SWEATER,
    "hoodie": HOODIE,
    "blazer": BLAZER,
    "polo_shirt": POLO_SHIRT,
    "tank_top": TANK_TOP,
}
# A key a garment, typed so that a part which it does not have is refused.
_KEYS: Any = {
    name: (
        Annotated[GarmentConfig, AfterValidator(garment.check)],
        Field(garment.defaults, description=garment.description),
    )
    for name, garment in GARMENTS.items()
}
_Garments: Any = create_model("_Garments", __base__=Ranges, **_KEYS)


class GarmentsConfig(_Garments):
    """How each garment is cut, and how often it has a pattern."""
