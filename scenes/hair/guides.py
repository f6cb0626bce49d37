"""Guides of scalp hair: curves that are combed from their roots, then dropped step by step over the head.

Degrees are azimuth from the front and elevation, seen from the skull's centre; lengths are metres on a head of average
size. All numbers were tuned by eye on rendered heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.hair.scalp import Skull, above_line
from scenes.hair.styles import STYLES, Style
from scenes.mesh.surface import Solid, unit
from scenes.person_record import Hair

_DOWN = np.array([0.0, 0.0, -1.0])

# Regions: where each begins and over how many degrees it becomes whole.
_TOP_DEG, _TOP_SOFT_DEG = 30, 26
_FRONT_DEG, _FRONT_SOFT_DEG = 70, 20
_FRONT_LOW_DEG, _FRONT_HIGH_DEG, _FRONT_EDGE_DEG = 15, 62, 15
_BANGS_WIDE_DEG, _BANGS_HIGH_DEG, _BANGS_MIXED_DEG = 44, 46, (8, 9)
_MASS_FROM_DEG, _MASS_OVER_DEG = 3, 34

# The parting: waves of its line, where it ends behind the skull's centre and how softly.
_PART_WAVE_M, _PART_WAVE_PER_M = 0.0014, 900
_PART_LEAST, _PART_END_M, _PART_SOFT_M = 0.4, 0.06, 0.05

# Long hair is what falls more than this. Its locks beside the face: places, how much shorter, how unevenly cut.
_LONG_FALL = 0.6
_LOCK_DOWN_PER_M, _LOCK_BACK_PER_M, _LOCK_PHASE = 310, 240, 5
_FRAME_DEG, _FRAME_SOFT_DEG = 105, 35
_FRAME_SHORTER, _FRAME_LOCKS, _UNEVEN = 0.18, 0.14, 0.1
# Of those, the ones that hang before the shoulders, on a side whose draw is above this.
_BEFORE_DEG, _BEFORE_LOCKS_DEG, _BEFORE_ABOVE = 96, 14, 0.95

# Curls at the forehead are shorter by this part. Bangs end this far over the eyes and bow by these.
_CURLS_SHORTER = 0.45
_BANGS_END_M, _BANGS_BOW, _BANGS_MORE_M = (0.016, 0.024), 1.08, 0.008
_BANGS_SPREAD, _BANGS_SIDE, _BANGS_DOWN = 4, 0.2, -0.3

# Combing: down, up at the forehead (with a mass beneath, without), back there, its unevenness.
_COMB_DOWN, _COMB_UP_MASS, _COMB_UP, _COMB_BACK, _COMB_SD = -0.45, 0.3, 0.6, 0.8, 0.06
# Lift of the roots: least part and spread of a draw, part of it at the sides, how much of the comb it takes.
_LIFT_LEAST, _LIFT_DRAWN, _LIFT_SIDES, _LIFT_COMB = 0.85, 0.3, 0.3, 0.6

# The layer in which a strand lies: height by elevation, parted and not; the narrow side of a parting; at the scalp.
_LAYER_DEG = [-35, 0, 30, 60, 90]
_LAYER_PARTED, _LAYER_ROUND = [0.4, 0.9, 1.0, 0.85, 0.7], [0.15, 0.5, 0.8, 1.0, 1.0]
_NARROW_FLATTER, _LAYER_LEAST_M, _LAYER_DRAWN = 0.5, 0.002, (0.8, 1.1)
# How much of the hollows of a head hair fills, tied and loose; the most that it fills.
_ROUNDED_TIED, _ROUNDED, _HOLLOW_M = 0.4, 0.9, 0.016
_EGG_M, _HOLLOW_SOFT_M = (0.08, 0.1), 0.03

# The head holds a strand within this height, and long hair less below this elevation: it hangs from the widest place.
_HELD_M, _HANGS, _HANGS_DEG, _HANGS_SOFT_DEG = 0.05, 0.9, 14, 18
# Tied: how much of the old direction and of the way to the tie; the longest step, as a part of that way.
_TIED_ON, _TIED_TO, _TIED_STEP = 0.7, 0.5, 0.5
# Gravity: its strength, from which length on (later at the forehead), over which, and the least.
_PULL, _PULL_FRONT_M, _PULL_OVER_M, _PULL_LEAST = 0.5, 0.03, 0.08, 0.05
# Below the chin: how far under the eyes, over which length, how strongly to the front and to the back.
_CHIN_M, _CHIN_SOFT_M, _TO_FRONT, _TO_BACK = 0.095, 0.05, -0.2, 0.45
# Settling into the layer: over which length, its least part, slopes down and up, the clearance of a strand.
_SETTLE_M, _SETTLE_LEAST, _SETTLE_DOWN, _SETTLE_UP, _CLEAR_M = 0.045, 0.2, -0.6, 0.9, 0.002

# The face as a column: half its width by how far below the eyes; where it ends behind; how far strands are moved.
_FACE_DOWN_M, _FACE_HALF_M = [-0.07, -0.045, 0.0, 0.06, 0.11], [0.0, 0.052, 0.071, 0.066, 0.056]
_FACE_END_M, _FACE_SOFT_M, _ASIDE_M, _ASIDE_TIP_M = 0.02, 0.03, 0.02, 0.05


@dataclass(frozen=True, eq=False)
class _Roots:
    """Where guides begin, `(G, 3)`, and the scalp's normals there; degrees, and shares 0..1 of `top` and `front`.
    `away`: the side to which they are parted, `bangs`: whether they fall over the forehead."""

    at: np.ndarray
    normal: np.ndarray
    azimuth: np.ndarray
    elevation: np.ndarray
    top: np.ndarray
    front: np.ndarray
    away: np.ndarray
    bangs: np.ndarray


def grow_guides(
    style: Style,
    roots: np.ndarray,
    normal: np.ndarray,
    skull: Skull,
    solid: Solid,
    hair: Hair,
    rng: np.random.Generator,
    goal: np.ndarray | None,
) -> np.ndarray:
    """Guide curves `(G, K, 3)` from `roots` `(G, 3)` on the scalp, gathered at a `goal` `(3,)` where there is one."""
    start = _placed(style, roots, normal, skull, hair)
    length, before = _lengths(style, start, skull, hair, rng)
    direction = _combed(style, start, skull, hair, rng)
    layer = _layers(style, start, hair, rng)
    return _dropped(style, start, length, before, direction, layer, skull, solid, goal)


def _placed(style: Style, roots: np.ndarray, normal: np.ndarray, skull: Skull, hair: Hair) -> _Roots:
    azimuth, elevation = skull.angles(roots)
    at = roots + normal * under_height(roots, skull, hair)[:, None]
    top = np.clip((elevation - _TOP_DEG) / _TOP_SOFT_DEG, 0, 1)
    front = (
        np.clip((_FRONT_DEG - azimuth) / _FRONT_SOFT_DEG, 0, 1)
        * np.clip(elevation / _FRONT_LOW_DEG, 0, 1)
        * np.clip((_FRONT_HIGH_DEG - elevation) / _FRONT_EDGE_DEG, 0, 1)
    )
    away, bangs = parting(style, at, skull, hair), _bangs(at, skull, hair)
    return _Roots(at, normal, azimuth, elevation, top, front, away, bangs)


def _lengths(
    style: Style, start: _Roots, skull: Skull, hair: Hair, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`(G,)` metres, and which guides hang before the shoulders."""
    count, unit_m, at = len(start.at), skull.unit_m, start.at
    drawn = lambda pair: pair[0] + (pair[1] - pair[0]) * rng.random(count)
    length = (drawn(style.top_m) * start.top + drawn(style.sides_m) * (1 - start.top)) * hair.length * unit_m
    before = np.zeros(count, bool)
    if style.fall > _LONG_FALL:
        # Cut in layers: the locks that frame the face are shorter than those behind.
        lock = np.sin(_LOCK_DOWN_PER_M * at[:, 2] / unit_m + _LOCK_PHASE * hair.wave)
        lock = lock * np.sin(_LOCK_BACK_PER_M * at[:, 1] / unit_m)
        frame = np.clip((_FRAME_DEG - start.azimuth) / _FRAME_SOFT_DEG, 0, 1)
        length *= 1 - frame * (_FRAME_SHORTER + _FRAME_LOCKS * lock) - _UNEVEN * rng.random(count) ** 2
        # Beside bangs too few would be left for a lock.
        before = (start.azimuth < _BEFORE_DEG + _BEFORE_LOCKS_DEG * lock) & ~start.bangs.any()
        before &= np.where(at[:, 0] > 0, hair.wave > _BEFORE_ABOVE, hair.volume > _BEFORE_ABOVE)
    if style.under_m:
        # Curls over the forehead are short ones: they stand rather than hang into the face.
        length *= 1 - _CURLS_SHORTER * start.front
    # Cut at the brows.
    drop = at[:, 2] - skull.eyes[2] - rng.uniform(*_BANGS_END_M, count) * unit_m
    return np.where(start.bangs, _BANGS_BOW * drop + _BANGS_MORE_M, length), before


def _combed(style: Style, start: _Roots, skull: Skull, hair: Hair, rng: np.random.Generator) -> np.ndarray:
    """`(G, 3)` directions in which guides leave the scalp."""
    comb, side = np.zeros_like(start.at), np.sign(hair.part_side)
    comb[:, 0] = style.side * start.away
    # At the forehead hair is combed out of the face.
    comb[:, 0] += style.sweep * side
    comb[:, 1] = style.back * (1 + _COMB_BACK * start.front) - style.forward
    comb[:, 2] = _COMB_DOWN + (_COMB_UP_MASS if style.under_m else _COMB_UP) * start.front
    x = (start.at[:, 0] - skull.centre[0]) / skull.unit_m
    bangs = np.stack([_BANGS_SPREAD * x + _BANGS_SIDE * side, -1 + 0 * x, _BANGS_DOWN + 0 * x], 1)
    comb[start.bangs] = bangs[start.bangs]
    comb += rng.normal(0, _COMB_SD, comb.shape)
    comb = unit(comb - start.normal * (comb * start.normal).sum(1, keepdims=True))
    lift = style.lift * (_LIFT_LEAST + _LIFT_DRAWN * rng.random(len(comb)))
    lift = lift * (_LIFT_SIDES + (1 - _LIFT_SIDES) * start.top)
    return unit(comb * (1 - _LIFT_COMB * lift[:, None]) + start.normal * lift[:, None])


def _layers(style: Style, start: _Roots, hair: Hair, rng: np.random.Generator) -> np.ndarray:
    """`(G,)` metres over the scalp at which each guide lies: hair from above lies over hair from below."""
    height = np.interp(start.elevation, _LAYER_DEG, _LAYER_PARTED if style.side else _LAYER_ROUND)
    # The narrow side of a parting lies flat.
    narrow = np.sign(start.away) * np.sign(hair.part_side) > 0
    height = height * np.where(narrow, 1 - _NARROW_FLATTER * abs(hair.part_side), 1.0)
    return _LAYER_LEAST_M + style.volume_m * hair.volume * height * rng.uniform(*_LAYER_DRAWN, len(height))


def _dropped(
    style: Style,
    start: _Roots,
    length: np.ndarray,
    before: np.ndarray,
    direction: np.ndarray,
    layer: np.ndarray,
    skull: Skull,
    solid: Solid,
    goal: np.ndarray | None,
) -> np.ndarray:
    """`(G, K, 3)`: the guides, step by step from their roots."""
    step, long = length / (style.points - 1), style.fall > _LONG_FALL
    away, front = np.sign(start.away), start.front * ~start.bangs
    rounded = _ROUNDED_TIED if style.gather else _ROUNDED
    points = np.empty((len(start.at), style.points, 3))
    points[:, 0] = start.at
    for k in range(1, style.points):
        here = points[:, k - 1]
        height, out = solid.height(here)
        held = np.exp(-((height / _HELD_M) ** 2)) * (1 - style.stiff)
        # Long hair hangs from the head's widest place; it does not follow jaw and neck.
        hangs = np.clip((_HANGS_DEG - skull.angles(here)[1]) / _HANGS_SOFT_DEG, 0, 1) if long else 0.0
        held = held * (1 - (_HANGS * hangs if long else 0.0))
        if goal is not None:
            direction = unit(direction * _TIED_ON + unit(goal - here) * _TIED_TO)
            stride = np.minimum(step, np.linalg.norm(goal - here, axis=1) * _TIED_STEP)
        else:
            direction, stride = _falling(style, direction, k * step, here, front, before, skull), step
        # Near the head a strand rises to its own layer and stays there; away from it, it hangs free.
        along = np.clip(k * step / _SETTLE_M, 0, 1)
        want = layer * np.maximum(along, _SETTLE_LEAST) + rounded * along * _hollow(here, height, skull)
        settle = np.clip((want - height) / np.maximum(stride, 1e-4), _SETTLE_DOWN, _SETTLE_UP) * held
        tangent = direction - out * ((direction * out).sum(1) * held)[:, None]
        direction = unit(unit(tangent) + out * settle[:, None])
        moved = here + direction * stride[:, None]
        if style.side:
            moved = beside_face(moved, away, skull, k / (style.points - 1))
        points[:, k] = solid.push_out(moved, np.minimum(want, _CLEAR_M))
        direction = unit(points[:, k] - here)
    return points


def _falling(
    style: Style,
    direction: np.ndarray,
    grown: np.ndarray,
    here: np.ndarray,
    front: np.ndarray,
    before: np.ndarray,
    skull: Skull,
) -> np.ndarray:
    """Directions after gravity; `grown`: the length so far. Gravity tells more the longer a strand is; short hair keeps
    its comb."""
    pull = _PULL * style.fall * np.clip((grown - _PULL_FRONT_M * front) / _PULL_OVER_M, _PULL_LEAST, 1)
    direction = unit(direction * (1 - pull[:, None]) + _DOWN * pull[:, None])
    # Below the chin long hair is behind the shoulders, some of it before them.
    low = np.clip((skull.eyes[2] - _CHIN_M * skull.unit_m - here[:, 2]) / _CHIN_SOFT_M, 0, 1) * style.fall
    direction[:, 1] += low * np.where(before, _TO_FRONT, _TO_BACK)
    return unit(direction)


def under_height(points: np.ndarray, skull: Skull, hair: Hair) -> np.ndarray:
    """`(N,)` metres by which the mass beneath the strands stands over the scalp at `points` of it."""
    inside = np.clip((above_line(points, skull, hair) - _MASS_FROM_DEG) / _MASS_OVER_DEG, 0, 1)
    return STYLES[hair.style].under_m * hair.volume * skull.unit_m * inside * (2 - inside)


def parting(style: Style, roots: np.ndarray, skull: Skull, hair: Hair) -> np.ndarray:
    """`(N,)` -1 to 1: the side of the parting on which roots stand; 0 where nothing is parted."""
    if not style.side:
        return np.zeros(len(roots))
    share = _PART_LEAST + (1 - _PART_LEAST) * abs(hair.part_side)
    at = np.sign(hair.part_side) * share * style.part_m * skull.unit_m
    at = at + _PART_WAVE_M * np.sin(_PART_WAVE_PER_M * roots[:, 1])
    # The parting ends at the crown.
    end = skull.centre[1] + _PART_END_M * skull.unit_m
    behind = np.clip((end - roots[:, 1]) / (_PART_SOFT_M * skull.unit_m), 0, 1)
    return np.where(roots[:, 0] - skull.centre[0] > at, 1.0, -1.0) * behind * ~_bangs(roots, skull, hair)


def _bangs(roots: np.ndarray, skull: Skull, hair: Hair) -> np.ndarray:
    """`(N,)` which roots are cut to fall over the forehead."""
    azimuth, elevation = skull.angles(roots)
    # A strip in which neighbours go either way, so that no bare line shows.
    mixed = np.sin(4000 * roots[:, 0]) * np.sin(3700 * roots[:, 1])
    wide, high = _BANGS_MIXED_DEG
    return hair.bangs & (azimuth + wide * mixed < _BANGS_WIDE_DEG) & (elevation + high * mixed < _BANGS_HIGH_DEG)


def _hollow(places: np.ndarray, height: np.ndarray, skull: Skull) -> np.ndarray:
    """`(N,)` metres, at most 16 mm, by which the scalp under places at `height` over it lies within the egg that hair
    rounds a head to.
    """
    ray = places - skull.centre
    far = np.linalg.norm(ray, axis=1)
    half = np.array([_EGG_M[0] * skull.unit_m, _EGG_M[1] * skull.unit_m, skull.top - skull.centre[2]])
    egg = 1 / np.linalg.norm(ray / far[:, None] / half, axis=1)
    return np.clip(egg - far + height, 0, _HOLLOW_M) * np.clip(ray[:, 2] / _HOLLOW_SOFT_M, 0, 1)


def beside_face(points: np.ndarray, side: np.ndarray, skull: Skull, share: float) -> np.ndarray:
    """Places `(N, 3)` moved sideways out of the face, to the `side` -1 or 1 to which each strand is combed; 0 stays.
    `share`: how far along the strand they lie, 0 to 1; tips may be moved further.

    The face is a column in front of the ears, from the brows down, as wide as the cheekbones and narrower at the chin.
    """
    unit_m = skull.unit_m
    half = np.interp((skull.eyes[2] - points[:, 2]) / unit_m, _FACE_DOWN_M, _FACE_HALF_M) * unit_m
    front = np.clip((skull.centre[1] - _FACE_END_M * unit_m - points[:, 1]) / (_FACE_SOFT_M * unit_m), 0, 1)
    reach = side * (points[:, 0] - skull.centre[0])
    out = points.copy()
    out[:, 0] += side * np.clip(half - reach, 0, _ASIDE_M + _ASIDE_TIP_M * share) * front
    return out
