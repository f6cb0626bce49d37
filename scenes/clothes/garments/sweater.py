"""A knitted sweater with a crew neck."""

from __future__ import annotations

from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import RIB, SleeveEnd
from scenes.clothes.garment import Garment

_DEFAULTS = GarmentConfig(
    sleeve=(1.9, 1.95), ease_m=(0.02, 0.03), neck_out_m=(0.014, 0.022), neck_drop_m=(0.008, 0.02),
    band_m=(0.02, 0.026), bending=(0.02, 0.05), fold_m=(0.0054, 0.0108), fold_wide_m=(0.017, 0.023),
    crease_m=(0.0002, 0.0005), knit_m=(0.0045, 0.007), rib_m=(0.004, 0.006), weave_m=(0.0015, 0.003),
    sheen=(0.25, 0.5), printed=0.2, patterned=0.2, repeat_m=(0.03, 0.06),
)  # fmt: skip

SWEATER = Garment("a knitted sweater with a crew neck", _DEFAULTS, (SleeveEnd("cuff", RIB, 0.05, "rib"),))
