"""What is particular to one garment, in one record; every file of `garments/` holds one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenes.body.body import Body
from scenes.clothes.collars import collar_band
from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import SleeveEnd
from scenes.clothes.cut import CLEARANCE_M, Cloth
from scenes.clothes.fabric import paint_stockinette
from scenes.clothes.hem_distance import LOW_M
from scenes.clothes.piece import Piece
from scenes.clothes.record import Clothing
from scenes.mesh.surface import Solid

_SHORTEST = 0.2
"""Of a sleeve, in the lengths of the upper arm."""


@dataclass(frozen=True, eq=False)
class Fitting:
    """A garment on its wearer, its cloth cut and hung: what collars and closures are sewn to. `skin`: in the rest."""

    body: Body
    clothing: Clothing
    cloth: Cloth
    skin: Solid
    rng: np.random.Generator

    @property
    def low_z(self) -> float:
        """Where cloth ends below, metres."""
        return float(self.cloth.neck.pit[2]) - LOW_M


def ribbed_neck(fitting: Fitting) -> list[Piece]:
    """A ribbed neckband and nothing else."""
    return [collar_band(fitting.cloth.neckline, fitting.clothing.band_m, "rib")]


@dataclass(frozen=True)
class Garment:
    """One garment: its config's defaults and what of its making no number of the config says.

    `sew` makes what is sewn to its cloth. `clearance_m`: kept between skin and cloth. `upright_stripes`: along the body
    and not around it. `white_buttons`: white unless the cloth is dark. `least_vee_m`: how far down it is open at least.
    `paint_knit`: one repeat of its stitches as height, `(128, 128)` uint8, where the config has it knitted.
    """

    description: str
    defaults: GarmentConfig
    sleeve_ends: tuple[SleeveEnd, ...]
    sew: Callable[[Fitting], list[Piece]] = ribbed_neck
    clearance_m: float = CLEARANCE_M
    upright_stripes: bool = False
    may_have_tie: bool = False
    white_buttons: bool = False
    least_vee_m: float = 0.0
    paint_knit: Callable[[], np.ndarray] = paint_stockinette

    @property
    def cuff_m(self) -> float:
        """Length of the cuff that is sewn to its sleeves, metres."""
        return sum(end.length_m for end in self.sleeve_ends if end.sewn)

    def check(self, config: GarmentConfig) -> GarmentConfig:
        """The same config, if it has the parts that this garment has; else ValueError."""
        for name in ("leaf_m", "hood_m", "lapel_m"):
            wanted = getattr(self.defaults, name) is not None
            if (getattr(config, name) is not None) != wanted:
                raise ValueError(f"{name}: " + ("expected a range" if wanted else "there is none on this garment"))
        low, high = config.sleeve
        if high and not self.sleeve_ends:
            raise ValueError("sleeve: expected 0: this garment has no sleeves")
        if self.sleeve_ends and low < _SHORTEST:
            raise ValueError(f"sleeve: expected a range of at least {_SHORTEST:g} on this garment")
        if config.vee_m[0] < self.least_vee_m:
            raise ValueError(f"vee_m: expected a range of at least {self.least_vee_m:g} on this garment")
        return config
