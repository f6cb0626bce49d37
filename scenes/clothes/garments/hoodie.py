"""A hoodie: the hood lies on the back, two cords hang from the throat."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from scenes.clothes.collars import ROUND, Neckline, columns_above
from scenes.clothes.config import GarmentConfig
from scenes.clothes.cuffs import RIB, SleeveEnd
from scenes.clothes.garment import Fitting, Garment
from scenes.clothes.piece import Piece, swept
from scenes.mesh.surface import Solid

_DEFAULTS = GarmentConfig(
    sleeve=(1.9, 1.95), ease_m=(0.024, 0.034), neck_out_m=(0.014, 0.02), neck_drop_m=(0.01, 0.02),
    band_m=(0.0, 0.0), bending=(0.03, 0.06), fold_m=(0.0072, 0.0126), fold_wide_m=(0.018, 0.025),
    crease_m=(0.0003, 0.0007), rib_m=(0.003, 0.004), weave_m=(0.001, 0.0015), sheen=(0.15, 0.3),
    hood_m=(0.046, 0.056), printed=0.3, patterned=0.0, repeat_m=(0.03, 0.06),
)  # fmt: skip


def _hood_and_cords(fitting: Fitting) -> list[Piece]:
    line, rng = fitting.cloth.neckline, fitting.rng
    assert fitting.clothing.hood_m is not None
    return [_hood(line, fitting.skin, fitting.clothing.hood_m, rng), *_cords(line, 0.17, rng)]


def _hood(line: Neckline, skin: Solid, size_m: float, rng: np.random.Generator) -> Piece:
    """A hood that lies on the back: a soft bowl of double cloth, open in front, higher and longer behind."""
    order = columns_above(line, -1.0)
    ring, out, weights = line.ring[order], line.outward[order], line.weights[order]
    place = np.linspace(-1, 1, len(order))[:, None]
    back = 1 - np.abs(place)
    up = np.array([0.0, 0.0, 1.0])
    wave = sum(
        a * np.sin(f * np.pi * place + rng.uniform(0, 6)) for f, a in ((1.0, 0.1), (2.3, 0.1), (4.1, 0.08), (6.7, 0.06))
    )
    soft = np.clip(back / 0.5, 0, 1) ** 0.8
    behind = np.clip((back - 0.55) / 0.45, 0, 1)
    pleat = 0.0045 * soft * np.sin(12 * np.pi * place + 3 * np.sin(7 * place) + rng.uniform(0, 6))
    high = size_m * (0.24 + 0.8 * soft + wave * soft)
    lean = size_m * (0.12 + 0.5 * soft + 0.6 * wave * soft)
    thick = 0.003 + 0.003 * soft
    long = size_m * (0.35 + 0.65 * soft + 1.3 * behind)
    inner = [ring - up * 0.004 - out * 0.002]
    inner += [ring + up * high * h + out * (lean * h**1.6 + pleat * h) for h in (0.15, 0.4, 0.7, 0.92)]
    inner = [skin.push_out(row, np.full(len(row), 0.006)) for row in inner]
    top = ring + up * (high + 0.3 * thick) + out * (lean + thick)
    outer = [top + out * thick - up * 0.5 * thick]
    for share in (0.2, 0.4, 0.6, 0.78, 0.92, 1.0):
        bulge = np.sin(np.pi * min(share * 1.1, 1)) * 0.12 * size_m * soft - 2 * pleat * share
        outer.append(top + out * (thick + bulge + 0.3 * long * share) - up * long * share)
    # Below it turns back under itself to the seam: a fold, not an edge.
    for share in (0.25, 0.6, 1.0):
        outer.append(outer[6] * (1 - 0.6 * share) + (ring + out * 0.01) * 0.6 * share - up * 0.004)
    gaps = [0.007] * 4 + [0.008, 0.01, 0.011, 0.007, 0.004, 0.002]
    outer = [line.cloth.push_out(row, np.full(len(row), gap)) for row, gap in zip(outer, gaps, strict=True)]
    last = outer.pop()
    return swept("hood", np.stack([*inner, top, *outer, last]), weights, "cloth", closed=False)


def _cords(line: Neckline, length_m: float, rng: np.random.Generator) -> list[Piece]:
    """A hoodie's two cords, hanging from the throat on the cloth."""
    pieces = []
    shown = line.cloth.points[line.cloth.normals[:, 1] < -0.15]
    front, faced = cKDTree(shown[:, [0, 2]]), shown[:, 1]
    for name, at in (("cord_left", 5), ("cord_right", ROUND - 5)):
        t = np.linspace(0, 1, 18)[:, None]
        long = length_m * rng.uniform(0.85, 1.15)
        path = line.ring[at] + line.normal[at] * 0.014 + np.array([0.0, 0.0, -long]) * t
        sway = rng.uniform(0.002, 0.006) * np.sin(rng.uniform(2, 5) * t + rng.uniform(0, 3))
        side = np.sign(line.ring[at, 0])
        path = path + np.array([1.0, 0, 0]) * (sway - sway[0] + 0.012 * side * t)
        # It hangs over what stands out most around it, bridging folds.
        _, near = front.query(path[:, [0, 2]], k=9)
        path[:, 1] = np.minimum(path[:, 1], faced[near].min(1) - 0.003)
        path[1:-1, 1] = np.minimum(path[1:-1, 1], (path[:-2, 1] + path[2:, 1]) / 2)
        angle = np.linspace(0, 2 * np.pi, 9)
        thick = np.where(np.arange(18) > 14, 0.0033, 0.0024)
        rings = np.stack([path + np.stack([np.cos(a) * thick, np.sin(a) * thick, 0 * thick], 1) for a in angle])
        pieces.append(swept(name, rings, np.repeat(line.weights[[at]], 18, 0), "cord", closed=False))
    return pieces


HOODIE = Garment("a hoodie", _DEFAULTS, (SleeveEnd("cuff", RIB, 0.055, "rib"),), _hood_and_cords)
