"""A blazer: lapels, collar, breast pocket and one button, over a shirt with or without a tie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenes.clothes.collars import Neckline, shirt_collar
from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import LINING, Row, SleeveEnd
from scenes.clothes.cut import cut_cloth
from scenes.clothes.front import Front, button, placket
from scenes.clothes.garment import Fitting, Garment
from scenes.clothes.piece import Piece, swept
from scenes.mesh.surface import Solid, unit

_DEFAULTS = GarmentConfig(
    sleeve=(1.9, 1.95), ease_m=(0.018, 0.024), neck_out_m=(0.01, 0.014), neck_drop_m=(0.0, 0.01),
    vee_m=(0.24, 0.28), band_m=(0.0, 0.0), bending=(0.1, 0.2), fold_m=(0.0018, 0.0045), fold_wide_m=(0.014, 0.02),
    crease_m=(0.0, 0.0002), rib_m=(0.002, 0.002), weave_m=(0.0007, 0.001), sheen=(0.05, 0.2), lapel_m=(0.06, 0.08),
    patterned=0.2, stripes=0.55, repeat_m=(0.012, 0.03), line_share=(0.12, 0.12), line_strength=(0.35, 0.35),
)  # fmt: skip
# The cuff of the shirt below, which shows a little.
_UNDER: tuple[Row, ...] = (
    ("seam", -0.018, 0.0, 0.005), ("hem", -0.001, 0.0, 0.0055), ("hem", 0.0, 0.0, 0.0048), ("hem", -0.001, 0.0, 0.004),
    ("hem", -0.016, 0.0, 0.003), ("hem", -0.02, 0.0, -0.003),
)  # fmt: skip


def _shirt_and_front(fitting: Fitting) -> list[Piece]:
    """The shirt below, with a tie or a placket; lapels, collar, pocket and button."""
    clothing, cloth, skin, low = fitting.clothing, fitting.cloth, fitting.skin, fitting.low_z
    assert clothing.lapel_m is not None
    vee = 0.0 if clothing.tie else 0.05
    shirt = replace(clothing, ease_m=0.004, neck_out_m=0.003, neck_drop_m=0.003, vee_m=vee, sleeve=0.5, fold_m=0.0)
    inner = cut_cloth(fitting.body, shirt, fitting.rng, over=clothing)
    line, pit = inner.neckline, cloth.neck.pit
    front = Front(*inner.mesh[:3])
    pieces = [inner.piece("shirt", "cloth_inner", under=True)]
    pieces += shirt_collar(line, skin, 0.03, 0.042, pit[2] - 0.012, "cloth_inner")
    top = line.ring[np.argmin(line.ring[:, 2])]
    lowest = float(cloth.neckline.ring[:, 2].min())
    if clothing.tie:
        pieces += _tie(front, top, low, lowest - 0.01)
    else:
        pieces += placket(front, float(top[2]) - 0.004, low, "cloth_inner")
    front = Front(*cloth.mesh[:3])
    gorge_z = float(pit[2]) - 0.03
    pieces += _lapels(front, cloth.neckline, clothing.lapel_m, gorge_z)
    pieces += [_collar(cloth.neckline, skin, 0.042, gorge_z), _breast_pocket(front, pit)]
    return [*pieces, button(front, "button", 0.012, lowest - 0.012, 0.0095)]


def _lapels(front: Front, line: Neckline, wide_m: float, gorge_z: float) -> list[Piece]:
    """The turned-out edges of a blazer's front, from its button up to the notch under the collar."""
    pieces = []
    lowest = float(line.ring[:, 2].min())
    for name, sign in (("lapel_left", 1.0), ("lapel_right", -1.0)):
        side = np.flatnonzero((np.sign(line.ring[:, 0]) == sign) & (line.ring[:, 2] < gorge_z))
        side = side[np.argsort(line.ring[side, 2])]
        t = np.linspace(0, 1, 40)
        z = lowest + (gorge_z - lowest) * t
        x = np.interp(z, line.ring[side, 2], np.abs(line.ring[side, 0]))
        wide = wide_m * np.interp(t, [0, 0.25, 0.6, 0.93, 1.0], [0.12, 0.5, 0.85, 1.0, 1.02])
        u = np.concatenate([[-0.06, 0.0], np.linspace(0.04, 1, 14)])[None]
        # The roll at the break, flat outside; the notch's edge slopes down outwards.
        lift = 0.0045 + 0.007 * np.exp(-np.clip(u, 0, 1) * 7)
        lift = np.where(u < 0, -0.002, lift)
        points_x = x[:, None] + wide[:, None] * u
        points_z = z[:, None] - 0.022 * np.clip(u, 0, 1) * np.clip((t[:, None] - 0.6) / 0.4, 0, 1)
        grid, weights = front.at(sign * points_x, points_z, np.broadcast_to(lift, points_x.shape))
        # A turned edge all around: down to the cloth.
        edge, _ = front.at(sign * points_x[:, -1:], points_z[:, -1:], 0.0005)
        grid = np.concatenate([grid, edge], 1)
        top, _ = front.at(sign * points_x[-1:], points_z[-1:], 0.0005)
        grid = np.concatenate([grid, np.concatenate([top, edge[-1:]], 1)])
        weights = np.concatenate([weights, weights[:, -1:]], 1)
        weights = np.concatenate([weights, weights[-1:]])
        pieces.append(swept(name, grid, weights, "cloth", closed=False))
    return pieces


def _collar(line: Neckline, skin: Solid, wide_m: float, gorge_z: float) -> Piece:
    """The collar above the lapels: flat on the chest at its two ends, standing and turned down around the nape."""
    low = line.ring[:, 2] < gorge_z
    after, before = np.flatnonzero(low & (line.place < 0)).max(), np.flatnonzero(low & (line.place > 0)).min()
    order = np.arange(after, before + 1)
    ring, out = line.ring[order], line.outward[order]
    ends = np.clip((np.abs(np.linspace(-1, 1, len(order)))[:, None] - 0.45) / 0.55, 0, 1)
    up = np.array([0.0, 0.0, 1.0])
    stand = 0.024 * (1 - ends) + 0.002
    top = ring + up * stand - out * 0.001
    way = unit(out * (0.75 + 0.5 * ends) - up * (1 - 0.15 * ends))
    rows = [ring - up * 0.003, ring + up * 0.5 * stand, top]
    rows = [skin.push_out(row, np.full(len(row), 0.007)) for row in rows]
    top = rows[-1]
    fall = [top + out * 0.003 + up * 0.002, top + out * 0.006 - up * 0.001]
    fall += [top + out * 0.006 + way * wide_m * share for share in (0.15, 0.35, 0.55, 0.75, 0.95, 1.0)]
    gaps = [0.006, 0.008, 0.009, 0.008, 0.0075, 0.007, 0.0065, 0.006]
    fall = [line.cloth.push_out(row, np.full(len(row), gap)) for row, gap in zip(fall, gaps, strict=True)]
    rows += [*fall, line.cloth.push_out(fall[-1] - out * 0.002, np.full(len(ring), 0.0005))]
    return swept("collar", np.stack(rows), line.weights[order], "cloth", closed=False)


def _breast_pocket(front: Front, pit: np.ndarray) -> Piece:
    """The welt of a blazer's breast pocket."""
    x, z = np.meshgrid(np.linspace(0.06, 0.15, 24), np.linspace(0, 0.022, 6))
    return front.strip("pocket", x, pit[2] - 0.16 + z + 0.12 * (x - 0.06), 0.003, "cloth")


def _tie(front: Front, top: np.ndarray, low_z: float, under_z: float) -> list[Piece]:
    """A knot under the throat and the blade below it, which would reach `low_z` but ends flat under the closed front
    at `under_z`, metres."""
    end = float(np.clip((top[2] - 0.032 - under_z) / (top[2] - low_z), 0, 1))
    t = np.linspace(0, end, 50)[:, None]
    u = np.linspace(-1, 1, 11)[None]
    z = top[2] - 0.032 - (top[2] - low_z) * t
    half = np.interp(t, [0, 0.08, 1], [0.013, 0.017, 0.041])
    lift = (0.006 + 0.006 * (1 - u**4) * (1 - 0.5 * t)) * np.interp(t, [end - 0.2, end - 0.03], [1, 0.08])
    grid, weights = front.at(half * u, z + 0 * u, lift)
    blade = swept("tie", grid, weights, "tie", closed=False)
    turn = np.linspace(0, 2 * np.pi, 25)
    rows = []
    for share in np.linspace(0, 1, 10):
        wide = 0.021 - 0.008 * share
        deep = 0.011 * np.sqrt(max(1 - (2 * share - 1) ** 4, 0.02))
        base, _ = front.at(wide * np.cos(turn), np.full(25, top[2] + 0.004 - 0.04 * share), 0.004)
        rows.append(base + np.array([0.0, 1.0, 0.0]) * (deep * np.sin(turn) - 0.006)[:, None])
    _, weights = front.at(np.zeros(25), np.full(25, top[2]), 0.0)
    return [blade, swept("knot", np.stack(rows), weights, "tie", closed=False)]


BLAZER = Garment(
    "a blazer over a shirt", _DEFAULTS, (LINING, SleeveEnd("cuff", _UNDER, 0.013, "cloth_inner", sewn=False)),
    _shirt_and_front, clearance_m=0.012, upright_stripes=True, may_have_tie=True, least_vee_m=0.1,
)  # fmt: skip
