"""Necklines, and the collars that more than one garment has sewn to them: ribbed band, shirt collar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.clothes.piece import Piece, swept
from scenes.mesh.surface import Solid, unit, vertex_normals

ROUND = 160


@dataclass(frozen=True, eq=False)
class Neckline:
    """A neck's border as `ROUND` even steps: `ring` `(R, 3)`, bone `weights` `(R, B)`, the cloth's `normal` and `up`
    (along it, off its edge) `(R, 3)`, `place` `(R,)` from -1 (lowest point in front) over 0 (nape) to 1, the `cloth` it
    borders, and `outward` `(R, 3)`, level, away from the neck."""

    ring: np.ndarray
    weights: np.ndarray
    normal: np.ndarray
    up: np.ndarray
    place: np.ndarray
    outward: np.ndarray
    cloth: Solid


def neckline(points: np.ndarray, tris: np.ndarray, weights: np.ndarray, loop: np.ndarray) -> Neckline:
    """From the border `loop` of a cut cloth, smoothed."""
    normals = vertex_normals(points, tris)
    ring, values = _even(points[loop], np.concatenate([normals[loop], weights[loop]], 1))
    normal, band = values[:, :3], values[:, 3:]
    for _ in range(6):
        normal = (np.roll(normal, 1, 0) + normal + np.roll(normal, -1, 0)) / 3
        ring = (np.roll(ring, 1, 0) + 2 * ring + np.roll(ring, -1, 0)) / 4
    normal = unit(normal)
    up = unit(np.cross(normal, unit(np.roll(ring, -1, 0) - np.roll(ring, 1, 0))))
    if (up * (ring.mean(0) - ring)).sum() < 0:
        up = -up
    # Counted from the lowest point in front, so that no opened strip crosses its ends.
    low = int(np.argmin(ring[:, 2]))
    turn = lambda values: np.roll(values, -low, 0)
    ring, band, normal, up = turn(ring), turn(band), turn(normal), turn(up)
    middle = ring[(ring[:, 2] > np.median(ring[:, 2]) - 0.02)].mean(0)
    outward = (ring - middle) * np.array([1.0, 1.0, 0.0])
    place = np.linspace(-1, 1, ROUND, endpoint=False)
    return Neckline(ring, band, normal, up, place, unit(outward), Solid(points, normals))


def collar_band(line: Neckline, wide_m: float, material: str) -> Piece:
    """A band that overlaps the cloth a little and lies along the neck."""
    rows = [
        (-0.003, 0.0005), (-0.0025, 0.0022), (0.15 * wide_m, 0.003), (0.55 * wide_m, 0.003), (0.92 * wide_m, 0.0024),
        (wide_m, 0.001), (0.92 * wide_m, -0.0006), (0.4 * wide_m, -0.001),
    ]  # fmt: skip
    grid = np.stack([line.ring + line.up * h + line.normal * o for h, o in rows])
    return swept("band", grid, line.weights, material)


def shirt_collar(
    line: Neckline, skin: Solid, stand_m: float, leaf_m: float, throat_z: float, material: str
) -> list[Piece]:
    """Stand and fall of a shirt's collar, two pieces; it ends where the neckline falls below `throat_z`."""
    order = columns_above(line, throat_z)
    ring, out, weights = line.ring[order], line.outward[order], line.weights[order]
    place = np.linspace(-1, 1, len(order))[:, None]
    ends = np.clip((np.abs(place) - 0.55) / 0.45, 0, 1)
    down = np.array([0.0, 0.0, -1.0])
    rise = unit(-down + 0.1 * out)
    high = stand_m * (1 - 0.3 * ends)
    clear = lambda rows, over, gap: [over.push_out(row, np.full(len(row), gap)) for row in rows]
    stand = [ring - rise * 0.004, *(ring + rise * high * share for share in (0.1, 0.4, 0.7, 1.0))]
    stand = clear(stand, skin, 0.004)
    top = stand[-1]
    stand += [top + out * 0.0015, *[row + out * 0.002 for row in stand[-2:0:-1]]]
    # The fall: longer towards its points, which swing out from the throat.
    long = leaf_m * (1 + 0.55 * ends**1.5)
    swing = np.sign(ring[:, :1]) * np.array([1.0, 0.0, 0.0]) * 0.25 * ends
    way = unit(down + out * (0.62 - 0.42 * ends) + swing)
    fall = [top - out * 0.001 + rise * 0.0005, top + out * 0.003 + rise * 0.002, top + out * 0.0055]
    fall += [top + out * 0.006 + way * long * share for share in (0.12, 0.3, 0.5, 0.7, 0.85, 0.97, 1.0)]
    fall[3:] = clear(fall[3:], line.cloth, 0.0055)
    fall += [row - (out - 0.3 * down) * 0.0028 for row in fall[:3:-2]]
    return [
        swept("stand", np.stack(stand), weights, material, closed=False),
        swept("collar", np.stack(fall), weights, material, closed=False),
    ]


def columns_above(line: Neckline, z: float) -> np.ndarray:
    """Ring numbers from one side of the opening in front, round the nape, to the other, as long as they lie above."""
    low = np.flatnonzero((line.ring[:, 2] < z) | (np.abs(line.place) > 0.985))
    after, before = low[line.place[low] < 0].max(initial=-1), low[line.place[low] > 0].min(initial=ROUND)
    return np.arange(after + 1, before)


def _even(ring: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A closed line and values on it at `ROUND` even steps of length."""
    closed = np.concatenate([ring, ring[:1]])
    at = np.concatenate([[0], np.linalg.norm(np.diff(closed, axis=0), axis=1).cumsum()])
    step = np.linspace(0, at[-1], ROUND, endpoint=False)
    i = np.clip(np.searchsorted(at, step, side="right") - 1, 0, len(ring) - 1)
    share = ((step - at[i]) / np.maximum(at[i + 1] - at[i], 1e-9))[:, None]
    follow = (i + 1) % len(ring)
    mix: Callable[[Any], Any] = lambda a: a[i] * (1 - share) + a[follow] * share
    return mix(ring), mix(values)
