"""Tied hair: where it is gathered on the head, and the bun, tail or braids beyond the tie."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from scenes.body.body import Body
from scenes.hair.scalp import Skull
from scenes.mesh.surface import Solid, unit
from scenes.person_record import Hair


def tie_place(body: Body, skull: Skull, kind: str, hair: Hair) -> tuple[np.ndarray, np.ndarray]:
    """Where hair is tied `(3,)`, a little over the scalp, and the direction out of the head there."""
    # Both sit high enough to be seen from the front.
    elevation = np.radians(np.interp(hair.length, [0.8, 1.2], [56, 70]) if kind == "bun" else 51)
    out = np.array([0.0, np.cos(elevation), np.sin(elevation)])
    ray = body.rest[body.part("body")] - skull.centre
    along = ray @ out
    surface = along[along > 0.97 * np.linalg.norm(ray, axis=1)].max()
    return skull.centre + out * (surface + 0.006), out


def braid_ties(body: Body, skull: Skull, kind: str) -> np.ndarray:
    """Where braids begin, `(N, 3)`: one at the nape, or one behind each ear, the person's left first."""
    places = [(180.0, -24.0)] if kind == "braid" else [(118.0, -30.0), (-118.0, -30.0)]
    ray = body.rest[body.part("body")] - skull.centre
    found = []
    for azimuth, elevation in np.radians(places):
        level = np.cos(elevation)
        out = np.array([np.sin(azimuth) * level, -np.cos(azimuth) * level, np.sin(elevation)])
        along = ray @ out
        surface = along[along > 0.97 * np.linalg.norm(ray, axis=1)].max()
        found.append(skull.centre + out * (surface + 0.008))
    return np.array(found)


def braid(
    at: np.ndarray,
    over: float,
    skull: Skull,
    solid: Solid,
    count: int,
    steps: int,
    hair: Hair,
    rng: np.random.Generator,
) -> np.ndarray:
    """Strands `(N, K, 3)` of a plait of three that runs from its tie `at` over one shoulder, `over` -1 or 1 (the
    person's left), onto the chest. Each hair shows for a part of the way."""
    middle = _braid_line(at, over, skull, solid, hair)
    m = skull.unit_m
    share = rng.uniform(-0.08, 0.9, count)[:, None] + _BRAID_SHOWN * np.linspace(0, 1, steps)
    tuft = np.clip((share - _BRAID_TIED) / (1 - _BRAID_TIED), 0, 1)
    share = np.clip(share, 0, 1)
    centre, along = middle(share), unit(middle(share, 1))
    side = unit(np.cross(along, np.array([0.0, -1.0, 0.2])))
    other = np.cross(along, side)
    wide = np.interp(
        share, [0, 0.06, 0.5, _BRAID_TIED - 0.03, _BRAID_TIED, 1], [0.006, 0.013, 0.012, 0.009, 0.004, 0.008]
    )
    wide = wide * m * hair.thickness
    turn = 2 * np.pi * (_BRAID_TURNS * share + rng.integers(0, 3, count)[:, None] / 3)
    angle, out = rng.uniform(0, 2 * np.pi, count)[:, None], np.sqrt(rng.random(count))[:, None]
    # Each of the three swings from side to side, before the others on the way there and behind them on the way back.
    woven = np.where(tuft > 0, 0.0, 1.0)
    u = wide * (woven * np.sin(turn) + (0.62 + 0.5 * tuft) * out * np.cos(angle))
    v = wide * (0.55 * woven * np.sin(2 * turn) + (0.62 + 0.3 * tuft) * out * np.sin(angle))
    stray = rng.normal(0, 0.0006, (count, 1)) * np.linspace(-1, 1, steps)
    points = centre + side * (u + stray)[..., None] + other * v[..., None]
    flat = points.reshape(-1, 3)
    return solid.push_out(flat, np.full(len(flat), 0.001)).reshape(points.shape)


_BRAID_SHOWN, _BRAID_TURNS, _BRAID_TIED = 0.2, 5.5, 0.9
"""The part of a braid along which one hair shows, how often each of its three goes from side to side and back, and
where it is tied again."""


def _braid_line(at: np.ndarray, over: float, skull: Skull, solid: Solid, hair: Hair) -> CubicSpline:
    """The plait's middle, over 0 to 1."""
    m, chin = skull.unit_m, skull.eyes[2] - 0.1 * skull.unit_m
    y, reach = skull.centre[1], 0.2 + 0.12 * (hair.length - 0.8)
    from_nape = abs(at[0] - skull.centre[0]) < 0.03 * m
    start = [at, at + np.array([(0.04 if from_nape else 0.012) * over, 0.004, -0.02]) * m]
    if from_nape:
        start.append(np.array([0.085 * over * m, y + 0.045 * m, chin - 0.03 * m]))
    rest = [(0.098, 0.0, -0.055), (0.1, -0.075, -0.1), (0.092, -0.1, -0.1 - 0.5 * reach), (0.085, -0.1, -0.1 - reach)]
    knots = np.array([*start, *[(x * over * m, y + dy * m, chin + dz * m) for x, dy, dz in rest]])
    share = np.linspace(0, 1, 40)
    length = np.concatenate([[0.0], np.linalg.norm(np.diff(knots, axis=0), axis=1).cumsum()])
    line = CubicSpline(length / length[-1], knots)(share)
    for _ in range(3):
        line[3:] = solid.push_out(line[3:], np.full(len(line) - 3, 0.014 * m))
        line[3:-1] = (line[2:-2] + line[3:-1] + line[4:]) / 3
    return CubicSpline(share, line)


def bun(at: np.ndarray, out: np.ndarray, count: int, steps: int, size_m: float, rng: np.random.Generator) -> np.ndarray:
    """Strands `(N, K, 3)` wound into a flattened ball of `size_m` radius that stands on `at`."""
    side = np.array([1.0, 0.0, 0.0])
    up = np.cross(out, side)
    t = np.linspace(0, 1, steps)
    # Four thick coils, each a bundle of strands that run together.
    coil = rng.integers(0, 4, count)
    latitude = (np.array([-0.45, 0.15, 0.6, 1.05])[coil] + rng.normal(0, 0.13, count))[:, None] + 0.3 * t
    turn = rng.uniform(0, 2 * np.pi, count)[:, None] + (3.2 + 0.5 * rng.random(count))[:, None] * t
    reach = size_m * (1 - 0.1 * rng.random(count) ** 2)[:, None] * (1 + 0.07 * np.cos(7 * latitude - 0.4))
    flat = np.cos(latitude) * reach
    ball = side * (np.cos(turn) * flat)[..., None] + up * (np.sin(turn) * flat)[..., None]
    return at + out * 0.55 * size_m + ball + out * (0.8 * np.sin(latitude) * reach)[..., None]


def tail(
    at: np.ndarray, skull: Skull, solid: Solid, count: int, steps: int, hair: Hair, rng: np.random.Generator
) -> np.ndarray:
    """Strands `(N, K, 3)` of a tail that falls from `at` behind the neck, to one side of it, onto the back."""
    m, over = skull.unit_m, float(np.sign(hair.part_side))
    chin, behind = skull.eyes[2] - 0.1 * m, skull.centre[1]
    knots = np.array(
        [
            at,
            at + np.array([0.018 * over, 0.026, 0.03]) * m,
            [0.07 * over * m, behind + 0.115 * m, 0.6 * at[2] + 0.4 * chin],
            [0.108 * over * m, behind + 0.085 * m, chin + 0.01 * m],
            [0.114 * over * m, behind + 0.085 * m, chin - 0.065 * m],
            [0.106 * over * m, behind + 0.1 * m, chin - (0.17 + 0.1 * (hair.length - 1)) * m],
        ]
    )
    middle = CubicSpline(np.linspace(0, 1, len(knots)), knots)
    share = np.linspace(0, 1, steps) * (1 - 0.22 * rng.random(count) ** 2)[:, None]
    centre = middle(share)
    along = unit(middle(share, 1))
    side = unit(np.cross(along, np.array([0.0, -1.0, 0.2])))
    other = np.cross(along, side)
    wide = np.interp(share, [0, 0.08, 0.4, 0.75, 1], [0.008, 0.016, 0.026, 0.024, 0.006]) * m
    angle, out = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.random(count))
    u = (np.cos(angle) * out)[:, None] * wide + 0.0025 * np.sin(14 * share + 6 * rng.random(count)[:, None])
    v = (np.sin(angle) * out)[:, None] * wide
    points = centre + side * u[..., None] + other * v[..., None]
    flat = points.reshape(-1, 3)
    # What lies deeper in the tail lies closer to the shoulder.
    clear = 0.004 + (v - v.min(0)).reshape(-1) * 0.5
    return solid.push_out(flat, clear).reshape(points.shape)
