"""A hijab: a hood around the face whose edge passes under the chin, and the cloth that hangs from it over shoulders and
chest like a tent, in folds that swing from one side of the jaw to the other.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from scenes.body.body import Body
from scenes.hair.scalp import Skull
from scenes.head_hull import around, folded, reach, smoothed
from scenes.mesh.surface import unit
from scenes.person_record import Cover

_HOOD_ROWS, _CAPE_ROWS, _CAPE_COLUMNS = 22, 34, 112
_TOP_DEG, _TOP_M = [0, 40, 90, 140, 180], [0.012, 0.018, 0.05, 0.085, 0.09]
"""How far above the chin the cape begins, inside the hood, by azimuth from the front."""
_LONG_M = 0.26
"""From under the chin over the chest to the hem."""
_AXIS_M = 0.24
"""How far from the neck's axis shoulders still bear the cloth."""
_SWAG_M, _PITCH_M, _SWAG_HEIGHT = 0.085, 0.045, 4.2
"""How far a fold's middle hangs below its ends, from one to the next, and its height as a factor of the drawn depth."""


def hijab_nets(
    body: Body, skull: Skull, cover: Cover, scalp: np.ndarray, chest: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The hood `(R, 56, 3)` from the face to the back of the head, the cape `(S, 112, 3)` from under the chin to the
    hem, both in the seated rest, and how far down each of the cape's rows lies, 0 to 1. `scalp`: points of the head,
    `chest`: of trunk and garment."""
    cape = _cape(body, skull, cover, scalp, chest, rng)
    return _hood(skull, scalp, cover, rng), cape, np.clip(np.linspace(-0.12, 1, len(cape)), 0, 1)


def _hood(skull: Skull, scalp: np.ndarray, cover: Cover, rng: np.random.Generator) -> np.ndarray:
    """Rings about the axis of the gaze."""
    turn = around()  # 0: up, then to the person's left
    up = np.cos(turn)
    opening = np.radians(np.interp(up, [-1, -0.6, 0, 0.6, 1], [71, 66, 57, 36, 27]))
    share = np.linspace(0, 1, _HOOD_ROWS)[:, None] ** 1.25
    theta = opening + share * (np.radians(178) - opening)
    axis_up, ahead, left = np.array([0.0, 0.28, 0.96]), np.array([0.0, -0.96, 0.28]), np.array([1.0, 0.0, 0.0])
    across = np.cos(turn)[:, None] * axis_up + np.sin(turn)[:, None] * left
    along = np.cos(theta)[..., None] * ahead + np.sin(theta)[..., None] * across
    centre = skull.centre - np.array([0.0, 0.0, 0.03])
    far = smoothed(reach(along, scalp, centre), 1.2, 1.5)
    # Cloth is drawn around the face: folds run beside its edge, most where it turns under the jaw.
    fold_m = _fold_m(cover)
    beside = np.clip(0.55 - 0.75 * up, 0.1, 1.1)
    waves = _ridges(share * 4.2 + 0.12 * np.sin(turn + rng.uniform(0, 6)) + folded(theta.shape, 0.12, rng))
    off = cover.thick_m + 2.6 * fold_m * beside * waves * np.clip(1.3 - 1.3 * share, 0, 1)
    off = off + np.maximum(folded(theta.shape, 0.4 * cover.fold_m, rng), -0.002)
    # A rolled edge.
    off[:2] += 0.0025
    grid = centre + along * (far + off)[..., None]
    inner = centre + along[:1] * (far[:1] - 0.003)[..., None]
    return np.concatenate([inner, grid])


def _cape(
    body: Body, skull: Skull, cover: Cover, scalp: np.ndarray, chest: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    turn = around(_CAPE_COLUMNS)  # 0: ahead, then to the person's left
    chin = float(body.rest[body.model.masks["lips"] > 0.5, 2].min()) - 0.04 * skull.unit_m
    neck = body.bone_heads[body.model.bones.index("neck01")].astype(float)
    axis, side = np.array([neck[0], neck[1] - 0.01]), np.stack([np.sin(turn), -np.cos(turn)], -1)
    away = np.degrees(np.abs(np.arctan2(np.sin(turn), np.cos(turn))))
    top = chin + np.interp(away, _TOP_DEG, _TOP_M) * skull.unit_m
    below = chest[(chest[:, 2] < chin - 0.02) & (chest[:, 2] > chin - 0.4)]
    flat, jaw = below[:, :2] - axis, scalp[:, :2] - axis
    rows = np.zeros((_CAPE_ROWS, _CAPE_COLUMNS, 2))
    for column, way in enumerate(side):
        across = np.array([-way[1], way[0]])
        start = (jaw @ way)[(np.abs(jaw @ across) < 0.03) & (np.abs(scalp[:, 2] - top[column]) < 0.012)]
        # Inside the hood where it begins.
        at = float(start.max() if len(start) else 0.06) + 0.5 * cover.thick_m
        ahead, beside = flat @ way, np.abs(flat @ across)
        mine = (beside < 0.03) & (ahead > at + 0.004) & (ahead < _AXIS_M)
        line = np.stack([ahead[mine], below[mine, 2]], 1)
        rows[:, column] = _tent(np.array([at, top[column]]), line, cover.thick_m)
    # Cloth spans the hollows between what it lies on.
    rows[..., 0] = maximum_filter1d(rows[..., 0], 5, axis=1, mode="wrap")
    out, height = (smoothed(rows[..., part], 1.0, 2.4) for part in (0, 1))
    grid = np.concatenate([side * out[..., None] + axis, height[..., None]], -1)
    lift = _swags(turn, cover, rng)
    normal = unit(np.cross(np.roll(grid, -1, 1) - np.roll(grid, 1, 1), np.gradient(grid, axis=0)))
    normal *= np.sign((normal[..., :2] * side).sum(-1, keepdims=True) + normal[..., 2:])
    grid = grid + normal * lift[..., None]
    # Closed towards the neck, so that nobody looks in beside the jaw, and a hem that is turned in.
    middle = np.array([*axis, 0.0])
    inner = middle + (grid[:1] - middle) * [0.6, 0.6, 1.0]
    hem = grid[-1:] - normal[-1:] * 0.005 + np.array([0.0, 0.0, 0.004])
    return np.concatenate([inner, grid, hem])


def _tent(start: np.ndarray, line: np.ndarray, thick_m: float) -> np.ndarray:
    """`(34, 2)` distance from the axis and height of cloth that hangs from `start` over the points `line` `(N, 2)`,
    touching the outermost of them only, evenly spaced; beyond the last it hangs straight down."""
    line = line[np.argsort(line[:, 0])] + np.array([0.7 * thick_m, thick_m])
    hull = [start]
    for point in line:
        while len(hull) > 1 and _left_of(hull[-2], hull[-1], point):
            hull.pop()
        if point[1] < hull[-1][1]:
            hull.append(point)
    hull.append(hull[-1] - np.array([0.0, _LONG_M]))
    corners = np.array(hull)
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(corners, axis=0), axis=1).cumsum()])
    at = np.linspace(0, _LONG_M, _CAPE_ROWS)
    return np.stack([np.interp(at, along, corners[:, part]) for part in (0, 1)], 1)


def _left_of(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> bool:
    """Whether the way from `a` by `b` to `c` turns upwards at `b`."""
    return bool((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) >= 0)


def _swags(turn: np.ndarray, cover: Cover, rng: np.random.Generator) -> np.ndarray:
    """`(34, 112)` metres: before the throat folds that hang from side to side, one end thrown over, behind it upright
    ones."""
    down = np.linspace(0, _LONG_M, _CAPE_ROWS)[:, None]
    signed = (turn + np.pi) % (2 * np.pi) - np.pi
    thrown = rng.choice([-1, 1]) * rng.uniform(0.008, 0.022) * signed
    phase = (down - _SWAG_M * np.cos(signed / 1.25) * np.clip(down / 0.05, 0.3, 1) + thrown) / _PITCH_M
    shape = (len(down), len(turn))
    # No fold runs all the way with one depth.
    before = _ridges(phase + folded(shape, 0.22, rng, 3.0)) * np.clip(0.6 + folded(shape, 0.35, rng, 4.0), 0.1, 1.2)
    behind = _ridges(signed * 1.9 + folded(shape, 0.2, rng, 4.0))
    ahead = np.clip((2.1 - np.abs(signed)) / 0.6, 0, 1)
    grown = np.clip(down / 0.03, 0.25, 1)
    return _SWAG_HEIGHT * _fold_m(cover) * grown * (ahead * before + 0.6 * (1 - ahead) * behind)


def _fold_m(cover: Cover) -> float:
    """Depth of folds: hanging cloth is never smooth."""
    return 0.0012 + 0.6 * cover.fold_m


def _ridges(phase: np.ndarray) -> np.ndarray:
    """Folds at whole numbers of `phase`, in [0, 1]: round on top, narrow between."""
    return np.abs(np.cos(np.pi * phase)) ** 0.7
