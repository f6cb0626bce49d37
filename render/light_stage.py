"""The virtual light stage: the sphere cut into emissive cells that fit the rooms of one clip, and each room as weights.

A cell is a rectangle of longitude and latitude that glows with a fixed pattern; one light group each. A room's weight
on a cell is its mean radiance there, so every room keeps its energy and colour cell by cell. Three things make few
cells do: the pattern inside a cell is the mean of the clip's rooms there, not flat; cells are split where some room
still differs most from the pattern; small bright sources (suns, lamps, panels) are cut out first, exactly as large as
they are.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import cv2
import numpy as np

from core.colour import luminance
from render.environment import solid_angles, texel_directions, turned

ROWS = 256
_SUBGRID = 4
_FLOOR = 0.05


@dataclass(frozen=True)
class Cell:
    """Texels `[row0, row1) x [col0, col1)` of the stage's grid. Later cells stand nearer and hide the ones behind."""

    row0: int
    row1: int
    col0: int
    col1: int


@dataclass(frozen=True, eq=False)
class LightStage:
    """`cells`: back to front; `pattern`: `(ROWS, 2 ROWS, 3)` float32, mean 1 over each visible cell and channel;
    `strength`: `(G,)` radiance at which each cell is traced; `weights`: `(K, G, 3)` float32, so that
    strength x pattern x weight is the room; `sources`: how many of the cells are small bright sources."""

    cells: tuple[Cell, ...]
    pattern: np.ndarray
    strength: np.ndarray
    weights: np.ndarray
    sources: int

    @property
    def regions(self) -> tuple[tuple[Cell, ...], ...]:
        """The rectangles of each cell."""
        return tuple((cell,) for cell in self.cells)

    def radiance(self, room: int) -> np.ndarray:
        """`(ROWS, 2 ROWS, 3)` float32: what the stage shows for room number `room`."""
        labels = label_map(self.cells)
        return self.pattern * (self.weights[room] * self.strength[:, None]).astype(np.float32)[labels]


def group_name(index: int) -> str:
    """Name of the light group of a cell."""
    return f"cell{index:03d}"


def visible_sphere_gain(directions: np.ndarray, to_camera: np.ndarray) -> np.ndarray:
    """How much light from each direction reaches the side of a diffuse ball that the camera sees; 1: the camera's own.

    The phase function of a Lambertian sphere, (sin t + (pi - t) cos t) / pi, t from the camera's direction.
    """
    angle = np.arccos(np.clip(directions @ np.asarray(to_camera, np.float32), -1, 1))
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi


def fit_stage(rooms: list[tuple[np.ndarray, float]], count: int, to_camera: np.ndarray) -> LightStage:
    """A stage of at most `count` cells for `rooms`, each an HDRI image and its turn about Z.

    `to_camera`: unit vector from the face to the camera; light that the camera cannot see on the subject counts less.
    """
    omega, gain = solid_angles(ROWS).astype(np.float32), _gain(to_camera)
    scaled = [_relative(image, rotation, gain) for image, rotation in rooms]
    relative = np.stack([grid for grid, _ in scaled])
    sources = find_sources(relative, gain, limit=count // 2)
    hidden = label_map((Cell(0, ROWS, 0, 2 * ROWS), *sources)) > 0
    tiles = _split(relative, gain, hidden, count - len(sources))
    cells = (*tiles, *sources)
    labels = label_map(cells)
    mean = relative.mean(0)
    mean = mean + _FLOOR * np.maximum(_cell_means(mean, labels, omega, len(cells))[labels], 1e-6)
    pattern = (mean / _cell_means(mean, labels, omega, len(cells))[labels]).astype(np.float32)
    means = np.stack([_cell_means(grid, labels, omega, len(cells)) for grid in relative])
    power = luminance(means)
    strength = np.maximum(0.7 * power.mean(0) + 0.3 * power.max(0), 1e-4)
    weights = np.stack(
        [cells_of / strength[:, None] * level for cells_of, (_, level) in zip(means, scaled, strict=True)]
    )
    return LightStage(cells, pattern, strength.astype(np.float64), weights.astype(np.float32), len(sources))


def weights_on(
    cells: tuple[Cell, ...], strength: np.ndarray, image: np.ndarray, rotation: float, to_camera: np.ndarray
) -> np.ndarray:
    """`(G, 3)` float32: what a room weighs on the cells of a fitted stage, be they fitted to it or not."""
    grid, level = _relative(image, rotation, _gain(to_camera))
    means = _cell_means(grid, label_map(cells), solid_angles(ROWS).astype(np.float32), len(cells))
    return (means / strength.astype(np.float32)[:, None] * level).astype(np.float32)


def _gain(to_camera: np.ndarray) -> np.ndarray:
    """`(ROWS, 2 ROWS)`: how much the light of each texel counts on what the camera sees."""
    gain = np.maximum(visible_sphere_gain(texel_directions(ROWS), to_camera), 0) + _FLOOR
    return gain * solid_angles(ROWS).astype(np.float32)


def _relative(image: np.ndarray, rotation: float, gain: np.ndarray) -> tuple[np.ndarray, np.float32]:
    """The turned room on the stage's grid in units of the light that it brings, and that."""
    grid = room_grid(image, rotation)
    level = np.float32(max(float((luminance(grid) * gain).sum() / gain.sum()), 1e-9))
    return grid / level, level


def room_grid(image: np.ndarray, rotation: float) -> np.ndarray:
    """The turned room on the stage's grid, `(ROWS, 2 ROWS, 3)` float32."""
    return turned(cv2.resize(image, (2 * ROWS, ROWS), interpolation=cv2.INTER_AREA), rotation).astype(np.float32)


def label_map(cells: tuple[Cell, ...]) -> np.ndarray:
    """`(ROWS, 2 ROWS)` int32: the number of the nearest cell at each texel."""
    labels = np.zeros((ROWS, 2 * ROWS), np.int32)
    for index, cell in enumerate(cells):
        labels[cell.row0 : cell.row1, cell.col0 : cell.col1] = index
    return labels


def _cell_means(image: np.ndarray, labels: np.ndarray, omega: np.ndarray, count: int) -> np.ndarray:
    """Mean radiance `(count, 3)` of an image over the visible part of each cell; 0 for a cell wholly hidden."""
    flat, area = labels.ravel(), np.broadcast_to(omega, labels.shape)
    total = np.bincount(flat, area.ravel(), count)
    sums = [np.bincount(flat, (image[..., c] * area).ravel(), count) for c in range(3)]
    return (np.stack(sums, -1) / np.maximum(total, 1e-12)[:, None]).astype(np.float32)


def find_sources(
    relative: np.ndarray, gain: np.ndarray, limit: int, share: float = 0.01, widest_texels: int = 14
) -> tuple[Cell, ...]:
    """Small bright sources: compact blobs that bring at least `share` of a room's light on the subject.

    `relative`: `(K, ROWS, 2 ROWS, 3)`. The strongest come first and at most `limit` are kept. A blob is what is
    brighter than a twentieth of its peak and connected to it; one wider than `widest_texels`
    is left to the ordinary split.
    """
    found: list[tuple[float, Cell]] = []
    for room in relative:
        luma = luminance(room)
        power = luma * gain
        total = float(power.sum())
        left = luma.copy()
        for _ in range(8):
            peak = float(left.max())
            row, col = np.unravel_index(int(left.argmax()), left.shape)
            blobs, number = _blob(left > peak / 20, int(row), int(col))
            rows, cols = np.nonzero(blobs == number)
            brought = float(power[rows, cols].sum()) / total
            left[rows, cols] = 0
            tall, wide = int(np.ptp(rows)) + 1, int(np.ptp(cols)) + 1
            if peak < 8.0:
                break
            if brought < share or max(tall, wide * np.sin((row + 0.5) / ROWS * np.pi)) > widest_texels:
                continue
            cell = Cell(int(rows.min()), int(rows.max()) + 1, int(cols.min()), int(cols.max()) + 1)
            if cell not in [other for _, other in found]:
                found.append((brought, cell))
    found.sort(key=lambda item: -item[0])
    return tuple(cell for _, cell in found[:limit])[::-1]


def _blob(mask: np.ndarray, row: int, col: int) -> tuple[np.ndarray, int]:
    _, blobs = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return blobs, blobs[row, col]


class _Sums:
    """Summed-area tables of every room's and channel's light on the subject, and of the shared pattern."""

    def __init__(self, relative: np.ndarray, gain: np.ndarray, hidden: np.ndarray):
        visible = np.where(hidden, 0.0, gain)
        rooms = np.moveaxis(relative, -1, 1).reshape(-1, *gain.shape).astype(np.float64)
        shared = relative.mean(0)
        shared = np.moveaxis(shared, -1, 0)
        self.rooms = _table(rooms * visible)
        self.shared = _table(np.tile(shared, (len(relative), 1, 1)) * visible)
        self.plain = _table(visible[None].astype(np.float64))

    def error(self, cell: Cell) -> float:
        """How far the rooms are from the pattern in a cell: the light in the wrong place times how far it may be off.

        Over a coarse raster of the cell: sum of |room - fitted pattern|, times the cell's angular width.
        """
        rows = np.unique(np.linspace(cell.row0, cell.row1, _SUBGRID + 1).round().astype(int))
        cols = np.unique(np.linspace(cell.col0, cell.col1, _SUBGRID + 1).round().astype(int))
        room, shared = _blocks(self.rooms, rows, cols), _blocks(self.shared, rows, cols)
        plain = _blocks(self.plain, rows, cols)
        mass = room.sum((1, 2), keepdims=True)
        shared = shared + _FLOOR * shared.sum((1, 2), keepdims=True) * plain / max(plain.sum(), 1e-12)
        fitted = shared * (mass / np.maximum(shared.sum((1, 2), keepdims=True), 1e-12))
        middle = (cell.row0 + cell.row1) / 2 / ROWS * np.pi
        tall = (cell.row1 - cell.row0) / ROWS * np.pi
        wide = (cell.col1 - cell.col0) / ROWS * np.pi * np.sin(middle)
        return float(np.abs(room - fitted).sum() * np.hypot(tall, wide))


def _table(values: np.ndarray) -> np.ndarray:
    return np.pad(values, ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)


def _blocks(table: np.ndarray, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
    corner = table[:, rows][:, :, cols]
    return np.diff(np.diff(corner, axis=1), axis=2)


def _split(relative: np.ndarray, gain: np.ndarray, hidden: np.ndarray, count: int) -> tuple[Cell, ...]:
    """Cut the sphere into `count` rectangles, always where a cut helps most (greedy)."""
    sums = _Sums(relative, gain, hidden)
    start = [Cell(0, ROWS, col, col + ROWS // 2) for col in range(0, 2 * ROWS, ROWS // 2)]
    # A tall cell at the pole is fine, a hemisphere in one cell is not: begin with eight.
    start = [Cell(row, row + ROWS // 2, cell.col0, cell.col1) for cell in start for row in (0, ROWS // 2)]
    start = start if count >= len(start) else start[:0] or [Cell(0, ROWS, 0, 2 * ROWS)]
    heap = [_candidate(sums, cell, order) for order, cell in enumerate(start)]
    heapq.heapify(heap)
    order = len(start)
    while len(heap) < count and heap[0][0] < 0:
        _, _, _, halves = heapq.heappop(heap)
        # what has nothing to gain by being split is never at the top
        for half in halves or ():
            heapq.heappush(heap, _candidate(sums, half, order))
            order += 1
    return tuple(sorted((item[2] for item in heap), key=lambda c: (c.row0, c.col0)))


def _candidate(sums: _Sums, cell: Cell, order: int) -> tuple[float, int, Cell, tuple[Cell, Cell] | None]:
    """(minus the gain of the best cut, tie-break, cell, its halves)."""
    whole = sums.error(cell)
    best, halves = 0.0, None
    for first, second in _cuts(cell):
        gain = whole - sums.error(first) - sums.error(second)
        if halves is None or gain > best:
            best, halves = gain, (first, second)
    if halves is None:
        return 0.0, order, cell, None
    # A cut that does not help by itself may open the way for one that does; keep such cells at the end of the queue.
    return -max(best, 1e-3 * whole), order, cell, halves


def _cuts(cell: Cell) -> list[tuple[Cell, Cell]]:
    cuts = []
    for part in range(1, 8):
        row = cell.row0 + round((cell.row1 - cell.row0) * part / 8)
        if cell.row0 < row < cell.row1:
            cuts.append((Cell(cell.row0, row, cell.col0, cell.col1), Cell(row, cell.row1, cell.col0, cell.col1)))
        col = cell.col0 + round((cell.col1 - cell.col0) * part / 8)
        if cell.col0 < col < cell.col1:
            cuts.append((Cell(cell.row0, cell.row1, cell.col0, col), Cell(cell.row0, cell.row1, col, cell.col1)))
    return cuts
