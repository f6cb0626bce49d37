"""What makes a cut of cloth a garment: collar band, collar leaf, hood and cords on its neckline, and second layers.

A piece is made in the seated rest and carries bone weights, so it moves as the cloth below it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.surface import Solid, smoothing, unit, vertex_normals

ROUND = 160


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh of a garment in the seated rest: `points` `(N, 3)` metres, `faces` `(F, 4)`, bone `weights` `(N, B)`,
    `uv` `(N, 2)` in metres of cloth, and the name of its material."""

    name: str
    points: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    uv: np.ndarray
    material: str = "cloth"


@dataclass(frozen=True, eq=False)
class Neckline:
    """A neck's border as `ROUND` even steps: `ring` `(R, 3)`, bone `weights` `(R, B)`, `front` `(R,)` 1 at the throat,
    0 at the nape, the `cloth` it borders, and that cloth's `normal` and `up` (along it, off its edge) `(R, 3)`."""

    ring: np.ndarray
    weights: np.ndarray
    normal: np.ndarray
    up: np.ndarray
    front: np.ndarray
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
    depth = ring[:, 1]
    front = 1 - (depth - depth.min()) / max(float(np.ptp(depth)), 1e-6)
    return Neckline(ring, band, normal, up, front, Solid(points, normals))


def collar_band(line: Neckline, wide_m: float, material: str = "cloth") -> Piece:
    """A band that overlaps the cloth a little and stands up along the neck."""
    rows = [
        (-0.003, 0.0005), (-0.0025, 0.0022), (0.15 * wide_m, 0.003), (0.55 * wide_m, 0.003), (0.92 * wide_m, 0.0024),
        (wide_m, 0.001), (0.92 * wide_m, -0.0006), (0.4 * wide_m, -0.001),
    ]  # fmt: skip
    grid = np.stack([line.ring + line.up * h + line.normal * o for h, o in rows])
    return _swept("band", grid, line.weights, material)


def collar_leaf(line: Neckline, band_m: float, leaf_m: float, gap: float, material: str = "cloth") -> Piece:
    """The folded part of a shirt's collar: over the band's top and down outside, longer at its two tips in front.

    `gap`: share of the round that stays open in front.
    """
    order, place = _opened(line, gap)
    ring, up, normal = line.ring[order], line.up[order], line.normal[order]
    tip = np.clip((np.abs(place) - 0.62) / 0.38, 0, 1) ** 2
    long = leaf_m * (1 + 0.55 * tip)
    top = ring + up * (band_m + 0.001)
    outward = unit(normal + np.array([0.0, 0.0, -0.25]))
    rows = [top - up * 0.004 - normal * 0.002, top + normal * 0.001, top + normal * 0.004 - up * 0.002]
    for share in (0.25, 0.5, 0.75, 1.0):
        drop = (long * share)[:, None]
        rows.append(top + outward * (0.005 + 0.35 * drop) + np.array([0.0, 0.0, -1.0]) * drop)
    # The leaf rests on the cloth below it.
    rows[3:] = [line.cloth.push_out(row, np.full(len(row), 0.0045)) for row in rows[3:]]
    rows.append(rows[-1] - outward * 0.0015)
    rows.append(line.cloth.push_out(rows[-2] - outward * 0.003 + up * 0.01, np.full(len(ring), 0.003)))
    return _swept("collar", np.stack(rows), line.weights[order], material, closed=False)


def hood(line: Neckline, size_m: float, rng: np.random.Generator) -> Piece:
    """A hood that lies on the back: a slack roll around the neck, thick behind, thin at the throat."""
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    back = 1 - line.front
    radius = size_m * (0.22 + 0.78 * back**1.2)
    lumps = 1 + 0.16 * np.sin(np.linspace(0, 2 * np.pi, ROUND, endpoint=False) * 5 + rng.uniform(0, 6))
    radius = radius * lumps
    middle = line.ring + line.normal * (radius * 0.75)[:, None] + np.array([0.0, 0.0, 1.0]) * (radius * 0.35)[:, None]
    rows = []
    for angle in around:
        flat = 0.72 if np.sin(angle) < 0 else 1.0
        out = line.normal * (np.cos(angle) * radius)[:, None] * 0.95
        rows.append(middle + out + np.array([0.0, 0.0, 1.0]) * (np.sin(angle) * radius * flat)[:, None])
    return _swept("hood", np.stack([*rows, rows[0]]), line.weights, "cloth")


def cords(line: Neckline, length_m: float) -> list[Piece]:
    """A hoodie's two cords, hanging from the throat on the cloth."""
    pieces = []
    start = int(np.argmax(line.front))
    for name, step in (("cord_left", 9), ("cord_right", -9)):
        at = (start + step) % ROUND
        t = np.linspace(0, 1, 14)[:, None]
        path = line.ring[at] + line.normal[at] * 0.012 + np.array([0.0, 0.0, -length_m]) * t
        path = path + np.array([0.004 * np.sign(step), 0, 0]) * np.sin(5 * t)
        path = line.cloth.push_out(path, np.full(len(path), 0.006))
        angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        thick = np.where(np.arange(14) > 11, 0.0034, 0.0026)
        rings = np.stack([path + np.stack([np.cos(a) * thick, np.sin(a) * thick, 0 * thick], 1) for a in [*angle, 0.0]])
        pieces.append(_swept(name, rings, np.repeat(line.weights[[at]], 14, 0), "cord", closed=False))
    return pieces


def overlay(
    name: str, points: np.ndarray, tris: np.ndarray, weights: np.ndarray, uv: np.ndarray, lift_m: float, turn_m: float
) -> Piece:
    """A second layer of cloth on a part of the first, `lift_m` above it, its edge turned in by `turn_m`."""
    normals = vertex_normals(points, tris)
    mean = smoothing(tris, len(points))
    lifted = points + normals * lift_m
    lifted = lifted + 0.3 * (mean @ lifted - lifted)
    return Piece(name, *rimmed(lifted, tris, weights, uv, turn_m))


def rimmed(points: np.ndarray, tris: np.ndarray, weights: np.ndarray, uv: np.ndarray, turn_m: float = 0.0022):
    """Cloth `(points, faces, weights, uv)` with its borders turned inwards, so that no edge looks like paper."""
    edges = borders(tris)
    rim, inverse = np.unique(edges, return_inverse=True)
    normals = vertex_normals(points, tris)[rim]
    turned = np.concatenate([points, points[rim] - normals * turn_m])
    a, b = edges[:, 0], edges[:, 1]
    inner = inverse.reshape(-1, 2) + len(points)
    quads = np.stack([b, a, inner[:, 0], inner[:, 1]], 1)
    flat = np.concatenate([tris, np.full((len(tris), 1), -1)], 1)
    faces = np.concatenate([flat, quads]).astype(np.int32)
    return turned, faces, np.concatenate([weights, weights[rim]]), np.concatenate([uv, uv[rim]])


def borders(tris: np.ndarray) -> np.ndarray:
    """Directed edges `(E, 2)` that belong to one triangle only."""
    edges = np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])
    _, inverse, counts = np.unique(np.sort(edges, 1), axis=0, return_inverse=True, return_counts=True)
    return edges[counts[inverse.ravel()] == 1]


def border_loop(points: np.ndarray, tris: np.ndarray, on: np.ndarray) -> np.ndarray | None:
    """The longest closed border through vertices in `on` `(N,)` bool, in order, or None."""
    after = {int(a): int(b) for a, b in borders(tris) if on[a] and on[b]}
    best: list[int] = []
    while after:
        start, here = next(iter(after.items()))
        line = [start]
        del after[start]
        while here in after:
            line.append(here)
            here = after.pop(here)
        if here == start and len(line) > len(best):
            best = line
    return np.array(best) if len(best) > 8 else None


def _opened(line: Neckline, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Ring numbers from one side of the opening in front, round the nape, to the other, and their place -1..1."""
    start = int(np.argmax(line.front))
    cut = max(1, round(gap * ROUND / 2))
    order = (start + np.arange(cut, ROUND - cut + 1)) % ROUND
    return order, np.linspace(-1, 1, len(order))


def _swept(name: str, grid: np.ndarray, weights: np.ndarray, material: str, closed: bool = True) -> Piece:
    """Rows `(H, R, 3)` as a mesh whose faces look outwards, along `closed` or open columns."""
    rows, count = grid.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(count if closed else count - 1), indexing="ij")
    k = (j + 1) % count
    faces = np.stack([i * count + j, i * count + k, (i + 1) * count + k, (i + 1) * count + j], -1).reshape(-1, 4)
    flat = grid.reshape(-1, 3)
    step = np.linalg.norm(np.diff(grid[rows // 2], axis=0, append=grid[rows // 2, :1]), axis=1).cumsum()
    across = np.concatenate([[0], np.linalg.norm(np.diff(grid.mean(1), axis=0), axis=1).cumsum()])
    uv = np.stack([np.tile(step, rows), np.repeat(across, count)], 1)
    return Piece(name, flat, faces.astype(np.int32), np.tile(weights, (rows, 1)), uv, material)


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
