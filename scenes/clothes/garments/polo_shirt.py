"""A polo shirt: pique, a soft knitted collar, a short placket with buttons, ribbed short sleeves."""

from __future__ import annotations

import numpy as np

from scenes.clothes.collars import shirt_collar
from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import Row, SleeveEnd
from scenes.clothes.fabric import as_height
from scenes.clothes.front import PLACKET_HALF_M, Front, placket
from scenes.clothes.garment import Fitting, Garment
from scenes.clothes.piece import Piece

_DEFAULTS = GarmentConfig(
    sleeve=(0.58, 0.72), ease_m=(0.014, 0.022), neck_out_m=(0.004, 0.007), neck_drop_m=(0.003, 0.008),
    vee_m=(0.03, 0.06), band_m=(0.022, 0.026), leaf_m=(0.032, 0.037), bending=(0.004, 0.01), fold_m=(0.0054, 0.0099),
    fold_wide_m=(0.012, 0.017), crease_m=(0.0003, 0.0007), knit_m=(0.0022, 0.0028), rib_m=(0.0018, 0.0024),
    weave_m=(0.0006, 0.0008), sheen=(0.05, 0.15), printed=0.1, patterned=0.25, stripes=1.0, repeat_m=(0.03, 0.06),
)  # fmt: skip
# Drawn in a little from the sleeve, and closed on the arm inside.
_CUFF: tuple[Row, ...] = (
    ("seam", 0.002, 0.95, 0.009), ("seam", 0.005, 0.86, 0.009), ("hem", -0.003, 0.8, 0.009), ("hem", 0.0, 0.78, 0.008),
    ("hem", -0.002, 0.74, 0.006), ("hem", -0.02, 0.74, 0.005), ("hem", -0.026, 0.0, -0.006),
)  # fmt: skip
_PLACKET_M, _BUTTONS = 0.1, 3


def _collar_and_placket(fitting: Fitting) -> list[Piece]:
    clothing, cloth = fitting.clothing, fitting.cloth
    assert clothing.leaf_m is not None
    throat_z = cloth.neck.pit[2] - 0.012
    collar = shirt_collar(cloth.neckline, fitting.skin, clothing.band_m, clothing.leaf_m, throat_z, "rib")
    front, ring = Front(*cloth.mesh[:3]), cloth.neckline.ring
    low_z = float(ring[:, 2].min()) + 0.003  # over the tip of the opening, which otherwise shows skin
    pieces = placket(front, low_z, low_z - _PLACKET_M, step_m=(_PLACKET_M - 0.014) / _BUTTONS)
    # Above its closed part the placket lies open along both edges of the neck.
    rise = np.linspace(low_z - 0.004, throat_z, 24)[:, None]
    across = PLACKET_HALF_M * np.array([0.0, 0.0, 0.1, 0.4, 0.7, 0.95, 1.0, 1.0])[None]
    for name, sign in (("open_left", 1), ("open_right", -1)):
        side = ring[(np.sign(ring[:, 0]) == sign) & (ring[:, 1] < cloth.neck.nape[1]) & (ring[:, 2] < throat_z + 0.01)]
        side = side[np.argsort(side[:, 2])]
        z = rise[::-sign]  # so that the outer side faces out
        x = sign * (np.interp(z, side[:, 2], np.abs(side[:, 0])) + across)
        pieces.append(front.strip(name, x, np.repeat(z, 8, 1), 0.0024, "cloth"))
    return collar + pieces


def paint_pique() -> np.ndarray:
    """One repeat of pique as height, `(128, 128)` uint8: two hollows within a net of diagonal ridges."""
    x, y = np.meshgrid(*[(np.arange(128) + 0.5) / 128] * 2)
    return as_height((1 - np.abs(np.cos(2 * np.pi * x) + np.cos(2 * np.pi * y)) / 2) ** 0.7)


POLO_SHIRT = Garment(
    "a polo shirt, its collar open", _DEFAULTS, (SleeveEnd("cuff", _CUFF, 0.022, "rib"),), _collar_and_placket,
    white_buttons=True, paint_knit=paint_pique,
)  # fmt: skip
