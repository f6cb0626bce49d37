"""What is sewn to a neckline: ribbed band, shirt collar, blazer collar, hood and cords.

A piece is made in the seated rest and carries bone weights, so it moves as the cloth below it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from scenes.mesh.surface import Solid, unit, vertex_normals

ROUND = 160


@dataclass(frozen=True, eq=False)
class Piece:
    """One mesh of a garment in the seated rest: `points` `(N, 3)` metres, `faces` `(F, 4)`, bone `weights` `(N, B)`,
    `uv` `(F, 4, 2)` per corner in metres of cloth, and the name of its material."""

    name: str
    points: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    uv: np.ndarray
    material: str = "cloth"


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


def shirt_collar(line: Neckline, skin: Solid, stand_m: float, leaf_m: float, throat_z: float, material: str):
    """Stand and fall of a shirt's collar, two pieces; it ends where the neckline falls below `throat_z`."""
    order = _above(line, throat_z)
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


def hood(line: Neckline, skin: Solid, size_m: float, rng: np.random.Generator) -> Piece:
    """A hood that lies on the back: a soft bowl of double cloth, open in front, higher and longer behind."""
    order = _above(line, -1.0)
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


def cords(line: Neckline, length_m: float, rng: np.random.Generator) -> list[Piece]:
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


def _above(line: Neckline, z: float) -> np.ndarray:
    """Ring numbers from one side of the opening in front, round the nape, to the other, as long as they lie above."""
    low = np.flatnonzero((line.ring[:, 2] < z) | (np.abs(line.place) > 0.985))
    after, before = low[line.place[low] < 0].max(initial=-1), low[line.place[low] > 0].min(initial=ROUND)
    return np.arange(after + 1, before)


def swept(name: str, grid: np.ndarray, weights: np.ndarray, material: str, closed: bool = True) -> Piece:
    """Rows `(H, R, 3)` as a mesh, along `closed` or open columns; bone `weights` `(R, B)`."""
    rows, count = grid.shape[:2]
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(count if closed else count - 1), indexing="ij")
    k = (j + 1) % count
    faces = np.stack([i * count + j, i * count + k, (i + 1) * count + k, (i + 1) * count + j], -1).reshape(-1, 4)
    step = np.linalg.norm(np.diff(grid[rows // 2], axis=0, append=grid[rows // 2, :1]), axis=1).cumsum()
    along = np.concatenate([[0], step])
    across = np.concatenate([[0], np.linalg.norm(np.diff(grid.mean(1), axis=0), axis=1).cumsum()])
    places = [(along[j + dj], across[i + di]) for dj, di in ((0, 0), (1, 0), (1, 1), (0, 1))]
    uv = np.stack([np.stack(place, -1) for place in places], -2).reshape(-1, 4, 2)
    return Piece(name, grid.reshape(-1, 3), faces.astype(np.int32), np.tile(weights, (rows, 1)), uv, material)


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
