"""Small solid shapes as points `(N, 3)` and quads `(F, 4)`: tubes along lines, lens discs, cushion rings, domed
shells.
"""

from __future__ import annotations

import numpy as np

from scenes.mesh.surface import unit

_SIDES = 12


def loft(
    line: np.ndarray, radii: tuple[float, float], closed: bool = False, rounded: bool = False, square: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """A tube along a polyline `(N, 3)`; `radii`: across the line's plane of bending, along it; `square` > 2: a bar.

    Ends are capped, `rounded` ones as an ellipsoid.
    """
    count = len(line)
    ahead = np.roll(line, -1, 0) - np.roll(line, 1, 0) if closed else np.gradient(line, axis=0)
    ahead = unit(ahead)
    centred = line - line.mean(0)
    flat = np.linalg.svd(centred, full_matrices=False)[2][-1]
    # The plane's normal, made square to the line, is one axis of the section; it does not twist along a flat line.
    across = unit(flat - ahead * (ahead @ flat)[:, None])
    along = np.cross(ahead, across)
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False) + np.pi / _SIDES
    side = lambda wave: np.sign(wave) * np.abs(wave) ** (2 / square)
    size = np.sqrt(np.clip(1 - np.linspace(-1, 1, count) ** 2, 0.02, 1)) if rounded else np.ones(count)
    offset = (
        along[:, None] * (radii[0] * side(np.cos(turn)))[None, :, None]
        + across[:, None] * (radii[1] * side(np.sin(turn)))[None, :, None]
    )
    points = (line[:, None] + offset * size[:, None, None]).reshape(-1, 3)
    rows = count if closed else count - 1
    i, j = np.meshgrid(np.arange(rows), np.arange(_SIDES), indexing="ij")
    k, n = (j + 1) % _SIDES, (i + 1) % count
    faces = np.stack([i * _SIDES + j, i * _SIDES + k, n * _SIDES + k, n * _SIDES + j], -1).reshape(-1, 4)
    if not closed:
        ends = np.array([line[0], line[-1]])
        first, last = len(points), len(points) + 1
        points = np.concatenate([points, ends])
        j = np.arange(_SIDES)
        k = (j + 1) % _SIDES
        base = (count - 1) * _SIDES
        caps = [np.stack([np.full(_SIDES, first), k, j, np.full(_SIDES, -1)], 1)]
        caps.append(np.stack([np.full(_SIDES, last), base + j, base + k, np.full(_SIDES, -1)], 1))
        faces = np.concatenate([faces, *caps])
    return points, faces.astype(np.int32)


def lens(outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A disc inside a closed outline `(N, 3)`, bulging a little forwards (-Y)."""
    middle, count = outline.mean(0), len(outline)
    shares = (1.0, 0.66, 0.33)
    rings = [middle + share * (outline - middle) + np.array([0, -0.0016 * (1 - share**2), 0]) for share in shares]
    points = np.concatenate([*rings, [middle + np.array([0, -0.0016, 0])]])
    j = np.arange(count)
    k = (j + 1) % count
    faces = [np.stack([r * count + j, r * count + k, (r + 1) * count + k, (r + 1) * count + j], 1) for r in (0, 1)]
    tip = np.full(count, len(points) - 1)
    faces.append(np.stack([2 * count + j, 2 * count + k, tip, np.full(count, -1)], 1))
    return points, np.concatenate(faces).astype(np.int32)


def ring(centre: np.ndarray, radii: tuple[float, float], soft: float, thick: float) -> tuple[np.ndarray, np.ndarray]:
    """A torus about the X axis: `radii` along Y and Z, its tube `soft` wide and `thick` along X (half sizes)."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    tube = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    out = np.cos(tube) * soft
    y = (radii[0] + out[None]) * np.cos(turn)[:, None]
    z = (radii[1] + out[None]) * np.sin(turn)[:, None]
    x = np.repeat((thick * np.sin(tube))[None], 40, 0)
    return centre + np.stack([x, y, z], -1).reshape(-1, 3), _wrapped(40, 12)


def dome(centre: np.ndarray, radii: tuple[float, float], out: float) -> tuple[np.ndarray, np.ndarray]:
    """A shell about the X axis with a rounded edge, `out` deep towards +X; `radii` along Y and Z. Closed behind."""
    profile = np.array(
        [
            (0.0, 0.0),
            (0.9, 0.0),
            (1.0, 0.08),
            (1.0, 0.5),
            (0.95, 0.74),
            (0.84, 0.9),
            (0.7, 0.97),
            (0.4, 1.0),
            (0.02, 1.0),
        ]
    )
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    y, z = np.outer(profile[:, 0], np.cos(turn)) * radii[0], np.outer(profile[:, 0], np.sin(turn)) * radii[1]
    x = np.repeat(profile[:, 1:] * out, 40, 1)
    points = centre + np.stack([x, y, z], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(len(profile) - 1), np.arange(40), indexing="ij")
    k = (j + 1) % 40
    faces = np.stack([i * 40 + j, i * 40 + k, (i + 1) * 40 + k, (i + 1) * 40 + j], -1).reshape(-1, 4)
    return points, faces.astype(np.int32)


def _wrapped(rows: int, columns: int) -> np.ndarray:
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    n, k = (i + 1) % rows, (j + 1) % columns
    return (
        np.stack([i * columns + j, n * columns + j, n * columns + k, i * columns + k], -1)
        .reshape(-1, 4)
        .astype(np.int32)
    )


def rounded_box(
    centre: np.ndarray, half: tuple[float, float, float], round_share: float
) -> tuple[np.ndarray, np.ndarray]:
    """A box with rounded edges (a superellipsoid; Barr 1981): `half` sizes along X, Y and Z, `round_share` from 0,
    sharp, to 1, an ellipsoid."""
    rows, columns = 17, 32
    power = lambda wave: np.sign(wave) * np.abs(wave) ** round_share
    down = np.linspace(-0.5, 0.5, rows) * np.pi
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    across = power(np.cos(down))[:, None]
    x, y = across * power(np.cos(turn)), across * power(np.sin(turn))
    z = np.repeat(power(np.sin(down))[:, None], columns, 1)
    points = np.asarray(centre) + np.stack([x, y, z], -1).reshape(-1, 3) * np.asarray(half)
    return points, _rows_of(rows, columns)


def lathe(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A profile `(N, 2)` of radius and height, turned about the Z axis."""
    columns = 32
    turn = np.linspace(0, 2 * np.pi, columns, endpoint=False)
    x, y = np.outer(profile[:, 0], np.cos(turn)), np.outer(profile[:, 0], np.sin(turn))
    points = np.stack([x, y, np.repeat(profile[:, 1:], columns, 1)], -1).reshape(-1, 3)
    return points, _rows_of(len(profile), columns)


def _rows_of(rows: int, columns: int) -> np.ndarray:
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    k = (j + 1) % columns
    quads = np.stack([i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j], -1)
    return quads.reshape(-1, 4).astype(np.int32)
