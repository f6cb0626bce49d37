"""What is seen through windows: the street, houses across it, trees. Coarse: a window's picture is small and bright."""

from __future__ import annotations

import numpy as np

from core.colour import rgb_from_kelvin
from scenes.rooms.fittings import Glow
from scenes.rooms.record import IndoorRoom
from scenes.rooms.solids import Piece, flat, leaves, placed, soft_box, tube


def outside(room: IndoorRoom, rng: np.random.Generator) -> list[Piece]:
    """Pieces around the house, metres in the room's axes; nothing for a room without windows,
    or where a photographed place is outside."""
    if not room.windows() or room.daylight.place:
        return []
    below = -room.daylight.floor_above_m
    far = 300.0
    ground = "street" if room.daylight.houses else "grass"
    corners = [[-far, -far, 0], [far, -far, 0], [far, far, 0], [-far, far, 0]]
    pieces = [flat(ground, (-far, -far, below), (2 * far, 0, 0), (0, 2 * far, 0), corners)]
    for wall in ("back", "front", "left", "right"):
        if not any(window.wall == wall for window in room.windows()):
            continue
        away = {"back": (0.0, 1.0), "front": (0.0, -1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}[wall]
        turn = np.arctan2(-away[0], away[1])
        if room.daylight.houses:
            row, x, distance = [], -60.0, rng.uniform(14.0, 34.0)
            while x < 60.0:
                wide, tall = rng.uniform(9.0, 22.0), rng.uniform(8.0, 26.0)
                row += _house(x + wide / 2, distance + rng.uniform(0, 4), wide, tall, below, rng)
                x += wide + (rng.uniform(0, 8) if rng.random() < 0.4 else 0.0)
            pieces += placed(row, (0, 0, 0), turn)
        count = int(rng.integers(1, 5)) if room.daylight.houses else int(rng.integers(5, 14))
        for _ in range(count):
            tree = _tree(rng.uniform(6.0, 14.0), rng)
            place = (
                rng.uniform(-14, 14),
                rng.uniform(6.0, 13.0) if room.daylight.houses else rng.uniform(6.0, 30.0),
                below,
            )
            pieces += placed(placed(tree, place), (0, 0, 0), turn)
        for _ in range(room.daylight.lights):
            name, size = f"glow:outside:{rng.integers(_KINDS_OF_LIGHT)}", rng.uniform(0.03, 0.11)
            place = (rng.uniform(-8, 8), rng.uniform(7, 13.5), rng.uniform(max(below + 0.5, -3.0), 4.5))
            pieces += placed([soft_box(name, (size, size, size), place, 0.5 * size, steps=4)], (0, 0, 0), turn)
    return pieces


_KINDS_OF_LIGHT = 5


def lights_outside(room: IndoorRoom, rng: np.random.Generator) -> dict[str, Glow]:
    """What glows out there in the dark, by material: street lamps, windows and cars in warm and cold white, signs."""
    if not room.daylight.lights or not room.windows():
        return {}
    colours = [rgb_from_kelvin(float(rng.uniform(1900, 6500))) for _ in range(_KINDS_OF_LIGHT - 1)]
    colours.append(np.array([(0.9, 0.04, 0.03), (0.05, 0.7, 0.2), (0.1, 0.25, 1.0)][int(rng.integers(3))]))
    levels = rng.lognormal(0.0, 0.8, _KINDS_OF_LIGHT)
    return {
        f"glow:outside:{i}": Glow((float(r * level), float(g * level), float(b * level)), "outside", sampled=False)
        for i, ((r, g, b), level) in enumerate(zip(colours, levels, strict=True))
    }


def _house(x: float, y: float, wide: float, tall: float, below: float, rng: np.random.Generator) -> list[Piece]:
    colour = np.array([0.5, 0.44, 0.36]) * rng.uniform(0.35, 1.3) * rng.uniform(0.85, 1.15, 3)
    if rng.random() < 0.3:
        colour = np.array([0.2, 0.09, 0.06]) * rng.uniform(0.7, 1.4)
    number = rng.uniform(0, 1)
    local = [[0, 0, number], [wide, 0, number], [wide, tall, number], [0, tall, number]]
    tint = tuple(colour)
    front = flat("facade", (x - wide / 2, y, below), (wide, 0, 0), (0, 0, tall), local, tint)
    sides = [flat("plaster", (x + s * wide / 2, y, below), (0, 12, 0), (0, 0, tall), tint=tint) for s in (-1, 1)]
    roof = flat("plaster", (x - wide / 2, y, below + tall), (wide, 0, 0), (0, 8, 4), tint=(0.16, 0.1, 0.08))
    return [front, *sides, roof]


def _tree(tall: float, rng: np.random.Generator) -> list[Piece]:
    n = 1200
    crown = rng.normal(0, 1, (n, 3))
    crown /= np.linalg.norm(crown, axis=1, keepdims=True)
    crown *= rng.uniform(0.35, 1.0, (n, 1)) ** 0.5 * (0.3 * tall, 0.3 * tall, 0.34 * tall)
    crown += 0.35 * np.sin(crown * 3.0)
    base = crown + np.array([0.0, 0.0, 0.64 * tall])
    way = rng.normal(0, 1, (n, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    size = rng.uniform(0.22, 0.55, n)
    green = np.array([0.05, 0.1, 0.02]) * rng.lognormal(0, 0.3, (n, 1)) * rng.uniform(0.8, 1.3)
    return [
        leaves(base, way, size, size * 0.7, 0.1 * size, green),
        tube("bark", [(0, 0, 0), (0.1, 0, 0.4 * tall), (0, 0.1, 0.7 * tall)], 0.02 * tall, sides=6),
    ]
