"""Shapes that furniture is made of: boxes, soft boxes, turned solids, tubes, sheets, leaves; each a `Piece`."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

WHITE = (1.0, 1.0, 1.0)
ORIGIN = (0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Piece:
    """A mesh of one material. `vertices`: `(V, 3)` metres; `faces`: `(F, 4)` int, the fourth -1 in triangles; `local`:
    `(V, 3)` metres in the thing's own axes, by which the material lays its pattern (X along the grain; for pictures
    0 to 1); `tint`: `(3,)` or `(V, 3)`, multiplies the material's colour. `group`: "outside" for what is seen through
    windows."""

    material: str
    vertices: np.ndarray
    faces: np.ndarray
    local: np.ndarray
    tint: Any = WHITE
    smooth: bool = False
    group: str = ""


def placed(pieces: Iterable[Piece], at: Sequence[float] = (0.0, 0.0, 0.0), turn_rad: float = 0.0) -> list[Piece]:
    """The pieces turned about Z and then moved to `at`; patterns go along."""
    c, s = np.cos(turn_rad), np.sin(turn_rad)
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return [replace(piece, vertices=piece.vertices @ turn + np.asarray(at, float)) for piece in pieces]


def tilted(pieces: Iterable[Piece], axis: int, angle_rad: float) -> list[Piece]:
    """The pieces turned about the X (0) or Y (1) axis."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    turn = np.array([[1, 0, 0], [0, c, s], [0, -s, c]]) if axis == 0 else np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    return [replace(piece, vertices=piece.vertices @ turn) for piece in pieces]


def corners(x: float, y: float) -> tuple[tuple[float, float], ...]:
    """The four places `x` and `y` to either side of the origin: where legs stand."""
    return (-x, -y), (-x, y), (x, -y), (x, y)


_CUBE = np.array([[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]])
_SIGNS = np.array([[x, y, z] for z in (-1, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))], float)
"""The corners of a cube: which side of each axis."""


def box(
    material: str, size: Sequence[float], at: Sequence[float], tint: Any = WHITE, edge: float = 0.0, grain: int = 0
) -> Piece:
    """A box of `size` whose bottom's middle is at `at`, its edges chamfered by `edge`; `grain`: the axis that the
    pattern's X runs along."""
    half = np.asarray(size, float) / 2
    edge = min(edge, 0.45 * float(min(size)))
    if edge <= 0:
        points, faces = _SIGNS * half, _CUBE
    else:
        points = np.concatenate([_SIGNS * (half - edge * (np.arange(3) != axis)) for axis in range(3)])
        faces = _chamfered_faces()
    local = np.roll(points, -grain, axis=1) if grain else points
    shift = np.asarray(at, float) + np.array([0.0, 0.0, half[2]])
    return Piece(material, points + shift, faces, local + _offset(shift), tint)


def _offset(shift: np.ndarray) -> np.ndarray:
    """Where a thing takes its pattern from, so that two boards next to each other are not cut from one place."""
    return np.modf(np.abs(shift) * (7.13, 3.71, 5.97) + (0.3, 0.7, 0.1))[0] * 4.0


@functools.cache
def _chamfered_faces() -> np.ndarray:
    """Of 24 points, three a corner (one on each of its faces): 6 sides, 12 edges, 8 corners."""
    number = {tuple(row): i for i, row in enumerate(_SIGNS.astype(int).tolist())}
    faces: list[list[int]] = []
    for face in _CUBE:
        axis = int(np.argmax(np.ptp(_SIGNS[face], axis=0) == 0))
        faces.append([axis * 8 + i for i in face])
    for axis, sa, sb in itertools.product(range(3), (-1, 1), (-1, 1)):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        ends = []
        for s in (-1, 1):
            corner = [0, 0, 0]
            corner[axis], corner[a], corner[b] = s, sa, sb
            ends.append(number[tuple(corner)])
        quad = [a * 8 + ends[0], a * 8 + ends[1], b * 8 + ends[1], b * 8 + ends[0]]
        faces.append(quad if sa * sb > 0 else quad[::-1])
    for i, sign in enumerate(_SIGNS):
        corner = [i, 8 + i, 16 + i]
        faces.append([*(corner if np.prod(sign) > 0 else corner[::-1]), -1])
    return np.array(faces)


def soft_box(
    material: str,
    size: Sequence[float],
    at: Sequence[float],
    radius: float,
    tint: Any = WHITE,
    puff: float = 0.0,
    bend: float = 0.0,
    dents: float = 0.0,
    rng: np.random.Generator | None = None,
    steps: int = 10,
    creases: float = 0.0,
) -> Piece:
    """A cushion: a box with round edges of `radius`, large sides swollen by `puff`, bent backwards by `bend` (metres
    at its sides, along Y), uneven by `dents` metres, its cloth in folds of `creases` metres."""
    half = np.asarray(size, float) / 2
    radius = min(radius, 0.999 * float(half.min()))
    points, faces = _cube_grid(steps)
    spread = points * half
    core = np.clip(spread, -(half - radius), half - radius)
    away = spread - core
    outward = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    solid = core + outward * radius
    if puff:
        thin = int(np.argmin(half))
        a, b = [axis for axis in range(3) if axis != thin]
        bulge = (1 - (solid[:, a] / half[a]) ** 2) * (1 - (solid[:, b] / half[b]) ** 2)
        solid[:, thin] += np.sign(solid[:, thin]) * puff * np.clip(bulge, 0, 1) * (np.abs(solid[:, thin]) > 1e-6)
    if dents and rng is not None:
        for _ in range(6):
            wave, phase = rng.normal(0, 1, 3) / np.maximum(2 * half, 0.05) * 3.0, rng.uniform(0, 6.3, 3)
            solid += outward * (dents / 6 * np.sin(solid @ wave + phase[0]))[:, None]
    if creases and rng is not None:
        for _ in range(5):
            # ridges a hand wide that wander, stronger in some places than in others
            way, across = rng.normal(0, 1, (2, 3))
            way, across = (v / np.linalg.norm(v) for v in (way, across))
            run, phase = solid @ way * rng.uniform(16, 34), rng.uniform(0, 6.3, 3)
            run = run + 1.6 * np.sin(solid @ across * rng.uniform(4, 9) + phase[0]) + phase[1]
            where = np.clip(np.sin(solid @ across * rng.uniform(3, 8) + phase[2]), 0, 1)
            solid += outward * (creases * where * (1 - np.abs(np.sin(run))) ** 2)[:, None]
    local = solid.copy()
    solid[:, 1] += bend * (solid[:, 0] / half[0]) ** 2
    shift = np.asarray(at, float) + np.array([0.0, 0.0, half[2]])
    return Piece(material, solid + shift, faces, local + _offset(shift), tint, smooth=True)


def _cube_grid(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The surface of the cube [-1, 1]^3 in n x n quads a side, corners shared; denser towards the edges."""
    line = np.sin(np.linspace(-1, 1, n + 1) * np.pi / 2)
    a, b = np.meshgrid(line, line, indexing="ij")
    corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    quad = np.stack([corner, corner + n + 1, corner + n + 2, corner + 1], -1)
    sides: list[np.ndarray] = []
    faces: list[np.ndarray] = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            side = np.empty((a.size, 3))
            side[:, axis], side[:, (axis + 1) % 3], side[:, (axis + 2) % 3] = sign, a.ravel(), b.ravel()
            faces.append((quad if sign > 0 else quad[:, ::-1]) + len(sides) * a.size)
            sides.append(side)
    points = np.concatenate(sides)
    _, first, inverse = np.unique(points.round(9), axis=0, return_index=True, return_inverse=True)
    return points[first], inverse.ravel()[np.concatenate(faces)]


def turned(
    material: str,
    profile: Sequence[tuple[float, float]],
    at: Sequence[float] = (0, 0, 0),
    tint: Any = WHITE,
    sides: int = 20,
) -> Piece:
    """A solid of revolution about Z: `profile` of (radius, height) from bottom to top."""
    rows = np.asarray(profile, float)
    angle = np.arange(sides) / sides * 2 * np.pi
    ring = np.stack([np.cos(angle), np.sin(angle)], -1)
    points = np.concatenate(
        [rows[:, None, :1] * ring[None], np.broadcast_to(rows[:, None, 1:], (len(rows), sides, 1))], -1
    ).reshape(-1, 3)
    here = np.arange(len(rows) - 1)[:, None] * sides
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    faces = np.stack([here + i, here + j, here + sides + j, here + sides + i], -1).reshape(-1, 4)
    return Piece(
        material, points + np.asarray(at, float), faces, points + _offset(np.asarray(at, float)), tint, smooth=True
    )


def cylinder(material: str, radius: float, height: float, at: Sequence[float], tint: Any = WHITE) -> Piece:
    """An upright cylinder with closed ends, standing on `at`; its edges are a little rounded."""
    r = min(0.1 * radius, 0.004)
    profile = [(0, 0), (radius - r, 0), (radius, r), (radius, height - r), (radius - r, height), (0, height)]
    return turned(material, profile, at, tint, 24)


def tube(
    material: str, path: Sequence[Sequence[float]] | np.ndarray, radius: float, tint: Any = WHITE, sides: int = 8
) -> Piece:
    """A round bar along `path` `(N, 3)`."""
    points = np.asarray(path, float)
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(along[:, 2:3]) > 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    a = np.cross(along, helper)
    a /= np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-9)
    b = np.cross(along, a)
    angle = np.arange(sides) / sides * 2 * np.pi
    ring = points[:, None] + radius * (
        np.cos(angle)[None, :, None] * a[:, None] + np.sin(angle)[None, :, None] * b[:, None]
    )
    here = np.arange(len(points) - 1)[:, None] * sides
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    faces = np.stack([here + i, here + j, here + sides + j, here + sides + i], -1).reshape(-1, 4)
    flat = ring.reshape(-1, 3)
    return Piece(material, flat, faces, flat, tint, smooth=True)


def sheet(material: str, grid: np.ndarray, local: np.ndarray) -> Piece:
    """A thin surface through `grid` `(R, C, 3)`, seen from both sides; `local` `(R, C, 3)`."""
    rows, columns = grid.shape[:2]
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    faces = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], -1)
    return Piece(material, grid.reshape(-1, 3), faces, local.reshape(-1, 3), smooth=True)


def flat(
    material: str, corner: Sequence[float], u: Sequence[float], v: Sequence[float], local: Any = None, tint: Any = WHITE
) -> Piece:
    """A rectangle from `corner` along the vectors `u` and `v`; `local` `(4, 3)`, else 0 to 1 along u and v."""
    p, a, b = (np.asarray(x, float) for x in (corner, u, v))
    points = np.stack([p, p + a, p + a + b, p + b])
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    return Piece(material, points, np.array([[0, 1, 2, 3]]), square if local is None else np.asarray(local), tint)


def leaves(
    base: np.ndarray,
    toward: np.ndarray,
    length: np.ndarray,
    width: np.ndarray,
    droop: np.ndarray,
    tint: np.ndarray,
) -> Piece:
    """N leaves from `base` along unit `toward`, `(N, 3)` each; `length`, `width`, `droop` `(N,)` m; `tint` `(N, 3)`."""
    s = np.linspace(0, 1, 6)
    profile = np.sin(np.pi * np.clip(s, 0.02, 0.985) ** 0.75)
    side = np.cross(toward, [0.0, 0.0, 1.0])
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    up = np.cross(side, toward)
    middle = base[:, None] + toward[:, None] * (s[None, :, None] * length[:, None, None])
    middle[..., 2] -= droop[:, None] * s[None] ** 2
    across = np.array([-1.0, 0.0, 1.0])
    reach = 0.5 * width[:, None, None] * profile[None, :, None] * across
    points = middle[:, :, None] + reach[..., None] * side[:, None, None]
    points = points + 0.3 * np.abs(reach)[..., None] * up[:, None, None]
    count = len(base)
    here = np.arange(count)[:, None, None] * 18 + np.arange(5)[:, None] * 3 + np.arange(2)
    faces = np.stack([here, here + 1, here + 4, here + 3], -1).reshape(-1, 4)
    local = np.broadcast_to(np.stack([*np.meshgrid(s, across, indexing="ij"), np.zeros((6, 3))], -1), points.shape)
    colour = np.repeat(np.asarray(tint, float), 18, axis=0)
    return Piece("leaf", points.reshape(-1, 3), faces, local.reshape(-1, 3), colour, smooth=True)
