"""A shirt: collar with stand and fall, placket with buttons, buttoned cuffs."""

from __future__ import annotations

from scenes.clothes.collars import shirt_collar
from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import Row, SleeveEnd
from scenes.clothes.front import Front, placket
from scenes.clothes.garment import Fitting, Garment
from scenes.clothes.piece import Piece

_DEFAULTS = GarmentConfig(
    sleeve=(1.9, 1.95), ease_m=(0.014, 0.022), neck_out_m=(0.003, 0.006), neck_drop_m=(0.002, 0.006),
    vee_m=(0.03, 0.07), band_m=(0.028, 0.032), leaf_m=(0.037, 0.043), bending=(0.004, 0.01),
    fold_m=(0.0054, 0.0099), fold_wide_m=(0.009, 0.013), crease_m=(0.0006, 0.0014), rib_m=(0.002, 0.002),
    weave_m=(0.0005, 0.0007), sheen=(0.0, 0.05), printed=0.2, patterned=0.45, stripes=0.55, repeat_m=(0.008, 0.03),
)  # fmt: skip
_CUFF: tuple[Row, ...] = (
    ("seam", 0.003, 0.85, 0.009), ("seam", 0.004, 0.4, 0.009), ("seam", 0.002, 0.1, 0.0085),
    ("seam", 0.003, 0.0, 0.009), ("seam", 0.006, 0.0, 0.0093), ("hem", -0.004, 0.0, 0.009),
    ("hem", -0.001, 0.0, 0.0088), ("hem", 0.0, 0.0, 0.0078), ("hem", -0.001, 0.0, 0.0068),
    ("hem", -0.016, 0.0, 0.006), ("hem", -0.022, 0.0, -0.003),
)  # fmt: skip


def _collar_and_placket(fitting: Fitting) -> list[Piece]:
    clothing, cloth = fitting.clothing, fitting.cloth
    assert clothing.leaf_m is not None
    throat_z = cloth.neck.pit[2] - 0.012
    collar = shirt_collar(cloth.neckline, fitting.skin, clothing.band_m, clothing.leaf_m, throat_z, "cloth")
    top_z = float(cloth.neckline.ring[:, 2].min()) - 0.004
    return collar + placket(Front(*cloth.mesh[:3]), top_z, fitting.low_z)


SHIRT = Garment(
    "a shirt, its collar open", _DEFAULTS, (SleeveEnd("cuff", _CUFF, 0.055),), _collar_and_placket,
    upright_stripes=True, white_buttons=True,
)  # fmt: skip
