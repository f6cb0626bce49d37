"""What is worn on head and neck: caps, knitted hats, headbands, hijabs, scarves; drawn, and fitted to one head.

Each is a net laid over the head from a hull of it: how far the skin reaches in each direction from the skull's centre,
or from the neck's axis at each height.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from core.ranges import Chances, Range, Ranges, Share, choice, uniform, within
from scenes.body.body import Body
from scenes.clothes.fabric import paint_rib
from scenes.clothes.piece import Piece, swept
from scenes.hair.scalp import Skull
from scenes.head_hull import COLUMNS, around, folded, reach, smoothed
from scenes.hijab import hijab_nets
from scenes.person_record import Cover, CoverName
from scenes.seat.config import PaintConfig
from scenes.seat.draw import draw_paint
from scenes.spec import Material

_KINDS: dict[CoverName, float] = {"cap": 0.34, "beanie": 0.3, "headband": 0.14, "hijab": 0.22}
_AZIMUTH = [0, 35, 70, 95, 130, 180]
# Elevations in degrees above the skull's centre at which each begins, by azimuth from the front.
_LOWEST: dict[CoverName, list[float]] = {
    "cap": [27, 26, 22, 16, -2, -10],
    "beanie": [25, 23, 8, -2, -18, -26],
    "headband": [27, 25, 15, 6, -10, -16],
}
_BAND_DEG, _BRIM_M, _BRIM_RAD = 15.0, 0.068, 1.05


class CoversConfig(Ranges):
    """What is worn on head and neck by the share `people.covered`; with headphones nothing is."""

    kinds: Chances[CoverName] = Field(_KINDS, description="probabilities of each; a hijab is for women, men wear a hat")
    thick_m: Annotated[Range, within(0.001, 0.05)] = Field(
        (0.004, 0.011), description="how far it stands off the head, metres"
    )
    loose: Share = Field(0.5, description="share of knitted hats that fall back")
    fold_m: Annotated[Range, within(0, 0.02)] = Field((0.001, 0.004), description="depth of its folds, metres")
    paint: PaintConfig = Field(PaintConfig(grey=0.4), description="its color")


def draw_cover(config: CoversConfig, share: float, female: bool, rng: np.random.Generator) -> Cover | None:
    """What is worn, or None; `share`: of the people who wear anything of the kind."""
    if rng.random() >= share:
        return None
    kind = choice(rng, config.kinds)
    return Cover(
        kind="beanie" if kind == "hijab" and not female else kind,
        thick_m=round(uniform(rng, config.thick_m), 5),
        loose=bool(rng.random() < config.loose),
        fold_m=round(uniform(rng, config.fold_m), 5),
        color_linear=draw_paint(config.paint, rng),
    )


def build_cover(
    body: Body, skull: Skull, cover: Cover, worn: np.ndarray, rng: np.random.Generator
) -> tuple[list[Piece], dict[str, Material], dict[str, np.ndarray]]:
    """Pieces in the seated rest, their material and its texture. `worn`: points `(P, 3)` of the garment, which a scarf
    lies on."""
    head = body.model.bones.index("head")
    skin = body.part("body")
    near = body.model.weights[skin][:, [head]].sum(1) > 0.3
    ears = body.model.masks["ears"][skin] > 0.4
    scalp = body.rest[skin[near & ~ears]].astype(float)
    weights = np.zeros(len(body.model.bones), np.float32)
    weights[head] = 1
    chest = np.concatenate([body.rest[skin][:, :3], worn]).astype(float)
    if cover.kind == "hijab":
        hood, cape, share = hijab_nets(body, skull, cover, body.rest[skin[near]].astype(float), chest, rng)
        pieces = [
            swept("cover_neck", cape, _from_head_to_chest(body, share, cape.shape[1]), "cover"),
            swept("cover_head", hood, np.tile(weights, (COLUMNS, 1)), "cover"),
        ]
    elif cover.kind == "scarf":
        grid, share = _round_neck(body, skull, cover, chest, rng)
        pieces = [swept("cover_neck", grid, _from_head_to_chest(body, share), "cover")]
    else:
        grid = _cap(skull, scalp, cover, rng)
        pieces = [swept("cover_head", grid, np.tile(weights, (COLUMNS, 1)), "cover")]
        if cover.kind == "cap":
            brim = _brim(grid[0], skull)
            pieces.append(swept("cover_brim", brim, np.tile(weights, (brim.shape[1], 1)), "cover", closed=False))
    knitted = cover.kind in ("beanie", "headband", "scarf")
    params = {"color": cover.color_linear, "sheen": 0.2, "weave_m": 0.0007, "crease_m": 0.0006}
    textures = {"bump": "cover_rib"} if knitted else {}
    if knitted:
        params |= {"bump_m": 0.012, "bump_depth_m": 0.0016}
    return pieces, {"cover": Material("cloth", params, textures)}, {"cover_rib": paint_rib()} if knitted else {}


def _cap(skull: Skull, scalp: np.ndarray, cover: Cover, rng: np.random.Generator) -> np.ndarray:
    """Rows from the rim to the crown, `(R, 56, 3)`; a headband ends below it."""
    turn = around()
    away = np.degrees(np.abs(np.arctan2(np.sin(turn), np.cos(turn))))
    low = np.interp(away, _AZIMUTH, _LOWEST[cover.kind])
    top = low + _BAND_DEG if cover.kind == "headband" else np.full(COLUMNS, 89.0)
    rows = 7 if cover.kind == "headband" else 18
    lift = np.linspace(0, 1, rows)[:, None]
    up = np.radians(low + lift * (top - low))
    along = np.stack([np.cos(up) * np.sin(turn), -np.cos(up) * np.cos(turn), np.sin(up)], -1)
    far = smoothed(reach(along, scalp, skull.centre), 1.0, 1.5)
    off = cover.thick_m + folded(far.shape, cover.fold_m, rng) * (0.3 if cover.kind == "cap" else 0.6)
    if cover.kind == "beanie":
        off = off + 0.005 * (lift < 0.2) + (0.022 if cover.loose else 0.006) * np.clip(lift - 0.45, 0, 1) * (away > 90)
    if cover.kind == "cap":
        off = off + 0.012 * np.sin(np.pi * np.clip(lift, 0, 1)) * (away < 100)
    grid = skull.centre + along * (far + off)[..., None]
    if cover.kind == "headband":
        return _closed_band(grid, skull.centre, cover.thick_m)
    return np.concatenate([skull.centre + along[:1] * (far[:1] - 0.002)[..., None], grid])


def _closed_band(grid: np.ndarray, centre: np.ndarray, thick_m: float) -> np.ndarray:
    """With an edge above and below that goes down to the head."""
    inward = lambda row: row + (centre - row) * (thick_m + 0.003) / np.linalg.norm(centre - row, axis=-1, keepdims=True)
    return np.concatenate([inward(grid[:1]), grid, inward(grid[-1:])])


def _brim(rim: np.ndarray, skull: Skull) -> np.ndarray:
    """A peak over the eyes, from the rim's front `(56, 3)` forwards and a little down."""
    turn = around()
    angle = np.arctan2(np.sin(turn), np.cos(turn))
    order = np.argsort(angle)
    front = order[np.abs(angle[order]) < _BRIM_RAD]
    wide = np.cos(angle[front] / _BRIM_RAD * np.pi / 2) ** 0.6
    steps = np.linspace(-0.05, 1, 7)[:, None]
    out = np.zeros((7, len(front), 3))
    out[..., 1] = -_BRIM_M * skull.unit_m * steps * wide
    out[..., 2] = -0.016 * steps**2 - 0.008 * steps * (angle[front] / _BRIM_RAD) ** 2
    return rim[front] + out


def _round_neck(
    body: Body, skull: Skull, cover: Cover, chest: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows `(R, 56, 3)` around the neck from below the chin to the chest, and how far down each lies, 0 to 1."""
    chin = float(body.rest[body.model.masks["lips"] > 0.5, 2].min()) - 0.048 * skull.unit_m
    neck = body.bone_heads[body.model.bones.index("neck01")].astype(float)
    turn = around()
    share = np.linspace(0, 1, 15)
    bottom, top = neck[2] - 0.05, chin - 0.012
    height = top + share * (bottom - top)
    side = np.stack([np.sin(turn), -np.cos(turn)], -1)
    axis = np.stack([np.interp(height, [neck[2], chin], [neck[1], skull.centre[1] - 0.012]), height], -1)
    out = np.zeros((15, COLUMNS))
    for row, (y, z) in enumerate(axis):
        level = chest[np.abs(chest[:, 2] - z) < 0.018]
        flat = level[:, :2] - np.array([0.0, y])
        flat = flat[np.hypot(*flat.T) < 0.2]
        for column, way in enumerate(side):
            ahead = flat @ way
            beside = np.abs(flat @ np.array([-way[1], way[0]]))
            mine = ahead[(beside < 0.02) & (ahead > 0)]
            out[row, column] = mine.max() if len(mine) else np.nan
    out = np.where(np.isnan(out), np.nanmedian(out, 1, keepdims=True), out)
    # Cloth hangs: no row lies closer to the neck than the one above it, and none further than shoulders reach.
    out = np.minimum(np.maximum.accumulate(out, 0), 0.19)
    bulge = 0.026 * np.sin(np.pi * np.clip(share, 0, 1))[:, None] ** 0.7
    out = smoothed(out, 1.2, 1.4) + cover.thick_m + bulge
    out = out + np.maximum(folded(out.shape, cover.fold_m, rng, 0.8) * 2.0, -0.002)
    grid = np.concatenate([side * out[..., None], np.zeros((*out.shape, 1))], -1)
    grid[..., 1] += axis[:, :1]
    grid[..., 2] += axis[:, 1:]
    # Rolled in above and below.
    ends = [grid[end] + (np.array([0, axis[end, 0], axis[end, 1]]) - grid[end]) * 0.3 for end in (0, -1)]
    return np.concatenate([ends[:1], grid, ends[1:]]), np.concatenate([[0.0], share, [1.0]])


def _from_head_to_chest(body: Body, share: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Bone weights `(R, columns, B)` by row: below the chin with head and neck, further down with the trunk."""
    bones, out = body.model.bones, np.zeros((len(share), columns, len(body.model.bones)), np.float32)
    along = ("head", "neck03", "neck02", "neck01", "spine01")
    for row, at in enumerate(np.clip(share * 1.6, 0, 1) * (len(along) - 1)):
        low = min(int(at), len(along) - 2)
        out[row, :, bones.index(along[low])] = 1 - (at - low)
        out[row, :, bones.index(along[low + 1])] += at - low
    return out
