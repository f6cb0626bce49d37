"""Tied hair: where it is gathered on the head, and the bun or tail beyond the tie."""

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
