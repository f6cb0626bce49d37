"""A t-shirt: short sleeves that stand off the arm, a ribbed neckband."""

from __future__ import annotations

from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import LINING
from scenes.clothes.garment import Garment

_DEFAULTS = GarmentConfig(
    sleeve=(0.64, 0.8), ease_m=(0.014, 0.024), neck_out_m=(0.006, 0.015), neck_drop_m=(0.0, 0.015),
    band_m=(0.014, 0.018), bending=(0.002, 0.005), fold_m=(0.0054, 0.0099), fold_wide_m=(0.012, 0.017),
    crease_m=(0.0004, 0.0009), rib_m=(0.0016, 0.0022), weave_m=(0.0006, 0.0008), sheen=(0.05, 0.15),
    printed=0.4, patterned=0.25, repeat_m=(0.02, 0.05),
)  # fmt: skip

T_SHIRT = Garment("a t-shirt", _DEFAULTS, (LINING,))
