"""A tank top: no sleeves, straps over bare shoulders, a low round neck."""

from __future__ import annotations

from scenes.clothes.config import GarmentConfig
from scenes.clothes.garment import Garment

_DEFAULTS = GarmentConfig(
    sleeve=(0.0, 0.0), ease_m=(0.008, 0.016), neck_out_m=(0.012, 0.034), neck_drop_m=(0.02, 0.06),
    band_m=(0.006, 0.01), bending=(0.002, 0.005), fold_m=(0.003, 0.006), fold_wide_m=(0.012, 0.017),
    crease_m=(0.0003, 0.0007), rib_m=(0.0016, 0.0022), weave_m=(0.0006, 0.0008), sheen=(0.05, 0.15),
    printed=0.25, patterned=0.15, repeat_m=(0.02, 0.05),
)  # fmt: skip

TANK_TOP = Garment("a tank top, which leaves the shoulders bare", _DEFAULTS, (), clearance_m=0.0045)
