"""One light at a time: N directions around the face, a light of unit strength and a layer each, for any room later."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from render.camera import outward
from render.config import OlatConfig
from render.environment import solid_angles, texel_directions
from render.light_stage import ROWS, Cell, room_grid
from scenes.spec import Camera

_BLOCK = 2
_FLAT = 1e-6
SHARES = 256
"""Steps in which a texel's light is dealt out."""
_GOLDEN_RAD = math.pi * (3.0 - math.sqrt(5.0))
UNIT = "radiance x solid angle = 1: irradiance 1 on a card turned to it, which shows 1 / pi where it is white"


@dataclass(frozen=True, eq=False)
class OlatStage:
    """`directions`: `(G, 3)` float64 unit vectors from the face, world axes; `regions`: the rectangles of the stage's
    grid that each light fills; `solid_angles_sr`, `strength`: `(G,)`, what it fills, and 1 over it, its radiance;
    `weights`: `(K, G, 3)` float32, each room's light as it is dealt out among the directions."""

    directions: np.ndarray
    regions: tuple[tuple[Cell, ...], ...]
    solid_angles_sr: np.ndarray
    weights: np.ndarray

    @property
    def strength(self) -> np.ndarray:
        """`(G,)` radiance."""
        return 1.0 / self.solid_angles_sr

    @property
    def pattern(self) -> np.ndarray:
        """`(ROWS, 2 ROWS, 3)`: even light."""
        return np.ones((ROWS, 2 * ROWS, 3), np.float32)


def build_olat(
    config: OlatConfig, camera: Camera, face: np.ndarray, rooms: list[tuple[np.ndarray, float]]
) -> OlatStage:
    """The stage of a config about a face, and what each room, an HDRI image and its turn, weighs on it."""
    directions = olat_directions(config, camera, face)
    labels = nearest(directions)
    lit = labels
    if config.diameter_deg is not None:
        off = np.einsum("hwc,hwc->hw", _texels(), directions[labels])
        lit = np.where(off >= math.cos(math.radians(config.diameter_deg / 2)), labels, -1)
        lit[_middles(directions)] = np.arange(len(directions))  # one smaller than a texel
    omega = np.broadcast_to(solid_angles(ROWS), lit.shape)
    angles = np.bincount(lit.ravel() + 1, omega.ravel(), len(directions) + 1)[1:]
    regions = tuple(_rectangles(lit == index) for index in range(len(directions)))
    weights = np.stack([olat_weights(directions, image, turn) for image, turn in rooms])
    return OlatStage(directions, regions, angles, weights)


def olat_directions(config: OlatConfig, camera: Camera, face: np.ndarray) -> np.ndarray:
    """`(G, 3)` float64: a number of lights is spread evenly (a spherical Fibonacci lattice about the vertical), a list
    is taken as it is; azimuth 0 is the camera's."""
    if config.directions_deg is None:
        number = np.arange(config.lights)
        z = 1.0 - (2.0 * number + 1.0) / config.lights
        azimuth, elevation = number * _GOLDEN_RAD, np.arcsin(z)
    else:
        azimuth, elevation = np.radians(np.array(config.directions_deg, np.float64)).T
    return np.array([outward(float(a), float(e), face, camera) for a, e in zip(azimuth, elevation, strict=True)])


def olat_weights(directions: np.ndarray, image: np.ndarray, rotation: float) -> np.ndarray:
    """`(G, 3)` float32: the irradiance that a room sends from around each direction, radiance x steradians.

    Each texel's light is dealt out among the directions about it, so that it comes from where it came from on average;
    nothing is lost.
    """
    grid = room_grid(image, rotation).astype(np.float64) * solid_angles(ROWS)[..., None]
    sums = np.zeros((len(directions), 3))
    for labels, shares in zip(*dealt(directions), strict=True):
        for c in range(3):
            sums[:, c] += np.bincount(labels.ravel(), (grid[..., c] * shares).ravel(), len(directions))
    return sums.astype(np.float32)


def dealt(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(3, ROWS, 2 ROWS)` int64, the three directions that each texel lies nearest to, and `(3, ROWS, 2 ROWS)` float64,
    the share of its light that each gets, in steps of 1 / SHARES, together 1.

    The shares are the texel's barycentric coordinates between the three; outside their triangle those of its edge;
    all for the nearest, where they are fewer than three or lie on one great circle.
    """
    labels, texels = _nearest_three(directions), texel_directions(ROWS // _BLOCK).astype(np.float64)
    p, q, r = directions[labels]
    dot = lambda a, b: a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2]
    sign = np.where(dot(p, np.cross(q, r)) < 0, -1.0, 1.0)
    flat = np.abs(dot(p, np.cross(q, r))) < _FLAT
    inside = np.stack([sign * dot(texels, np.cross(a, b)) for a, b in ((q, r), (r, p), (p, q))]).clip(0)
    total = inside.sum(0)
    # In steps: what another machine rounds otherwise in the last bit must not reach the picture.
    shares = np.round(inside / np.maximum(total, _FLAT) * SHARES) / SHARES
    shares[:, flat | (total < _FLAT)] = 0.0
    shares[0] = 1.0 - shares[1] - shares[2]
    full = lambda planes: planes.repeat(_BLOCK, 1).repeat(_BLOCK, 2)
    return full(labels), full(shares)


def nearest(directions: np.ndarray) -> np.ndarray:
    """`(ROWS, 2 ROWS)` int64: the number of the direction that each texel lies nearest to."""
    return _nearest_three(directions)[0].repeat(_BLOCK, 0).repeat(_BLOCK, 1)


def _nearest_three(directions: np.ndarray) -> np.ndarray:
    """`(3, ROWS / _BLOCK, 2 ROWS / _BLOCK)` int64, the nearest first; number 0 in place of those that there are not."""
    x, y, z = np.moveaxis(texel_directions(ROWS // _BLOCK).astype(np.float64), -1, 0)
    # One direction after the other: a matrix product may round otherwise on another machine, and ties go another way.
    best, labels = np.full((3, *x.shape), -2.0), np.zeros((3, *x.shape), np.int64)
    for index, (a, b, c) in enumerate(directions):
        cosine = a * x + b * y + c * z
        rank = (cosine <= best + 1e-9).sum(0)
        for place in (2, 1, 0):
            here, pushed = rank == place, rank < place
            for values, new in ((best, cosine), (labels, np.full_like(rank, index))):
                values[place][pushed] = values[place - 1][pushed]
                values[place][here] = new[here]
    return labels


def _texels() -> np.ndarray:
    return texel_directions(ROWS // _BLOCK).repeat(_BLOCK, 0).repeat(_BLOCK, 1).astype(np.float64)


def _middles(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the texel at each direction."""
    row = np.arccos(np.clip(directions[:, 2], -1, 1)) / np.pi * ROWS
    col = (0.5 - np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi)) * 2 * ROWS
    return np.clip(row, 0, ROWS - 1).astype(int), np.clip(col, 0, 2 * ROWS - 1).astype(int)


def _rectangles(mask: np.ndarray) -> tuple[Cell, ...]:
    """A region of the grid as rectangles: runs of its rows, joined where neighbouring rows have the same."""
    found: list[Cell] = []
    open_runs: dict[tuple[int, int], int] = {}
    rows = np.flatnonzero(mask.any(1))
    for row in range(int(rows[0]), int(rows[-1]) + 2):
        edges = np.flatnonzero(np.diff(mask[row].astype(np.int8), prepend=0, append=0)) if row < ROWS else rows[:0]
        runs = {(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)}
        found += [Cell(open_runs.pop(run), row, *run) for run in [*open_runs] if run not in runs]
        for run in runs:
            open_runs.setdefault(run, row)
    return tuple(sorted(found, key=lambda cell: (cell.row0, cell.col0)))
