"""The room itself: walls with their openings, floor, ceiling, skirting, windows with what hangs there, doors."""

from __future__ import annotations

import itertools

import numpy as np

from scenes.rooms.cloth import curtain, hanging_coat, slats
from scenes.rooms.piles import AT_HOME, piled
from scenes.rooms.record import IndoorRoom, Opening
from scenes.rooms.solids import Piece, box, flat, placed, tube
from scenes.rooms.walls import BEYOND_M, TURN_RAD, at_wall, span

REVEAL_M = 0.16
_UP = 20.0
"""Where ceilings take their paint from: what is low on a wall is worn."""


def on_wall(pieces: list[Piece], wall: str, along_m: float, room: IndoorRoom) -> list[Piece]:
    """Pieces whose X runs along a wall, Y out of the room and Z up, put at `along_m` of the wall."""
    return placed(pieces, (*at_wall(room.bounds_m, wall, along_m), 0), TURN_RAD[wall])


def shell(room: IndoorRoom, rng: np.random.Generator) -> list[Piece]:
    """Everything of the room but what stands in it."""
    x0, x1, y0, y1, height = room.bounds_m
    w, d = x1 - x0, y1 - y0
    corners = [[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]]
    ceiling = "ceiling_tiles" if room.ceiling_tiles else "ceiling"
    pieces = [
        flat("floor", (x0, y0, 0), (w, 0, 0), (0, d, 0), corners),
        flat(ceiling, (x0, y0, height), (w, 0, 0), (0, d, 0), [[x, y + _UP, z] for x, y, z in corners]),
    ]
    for wall in TURN_RAD:
        openings = [opening for opening in room.openings if opening.wall == wall]
        pieces += _wall(room, wall, openings)
        for opening in openings:
            made = _window(opening, height, rng) if opening.kind == "window" else _door(opening, rng)
            if opening.ajar_rad:
                made += _beyond(opening, openings, room, rng)
            pieces += on_wall(made, wall, opening.along_m, room)
    return pieces


def _wall(room: IndoorRoom, wall: str, openings: list[Opening]) -> list[Piece]:
    height = room.bounds_m[4]
    low, high = span(room.bounds_m, wall)
    holes = [(o.along_m - o.width_m / 2, o.along_m + o.width_m / 2, o.bottom_m, o.top_m) for o in openings]
    us = sorted({low, high, *(e for h in holes for e in h[:2])})
    zs = sorted({0.0, height, *(e for h in holes for e in h[2:])})
    sign = 1.0 if wall in ("back", "left") else -1.0
    name = "accent" if wall == "back" else "wall"
    pieces: list[Piece] = []
    for u0, u1 in itertools.pairwise(us):
        for z0, z1 in itertools.pairwise(zs):
            u, z = (u0 + u1) / 2, (z0 + z1) / 2
            if any(a < u < b and c < z < e for a, b, c, e in holes):
                continue
            a, b = sorted((sign * u0, sign * u1))
            local = [[a, z0, 0], [b, z0, 0], [b, z1, 0], [a, z1, 0]]
            pieces.append(flat(name, (a, 0, z0), (b - a, 0, 0), (0, 0, z1 - z0), local))
    if room.skirting_m:
        doors = sorted((h[0] - 0.07, h[1] + 0.07) for h, o in zip(holes, openings, strict=True) if o.bottom_m < 0.1)
        start = low
        for a, b in [*doors, (high, high)]:
            if a - start > 0.02:
                mid = sign * (start + a) / 2
                pieces.append(box("trim", (a - start, 0.016, room.skirting_m), (mid, -0.008, 0), edge=0.004))
            start = max(start, b)
    return on_wall(pieces, wall, 0.0, room)


def _reveal(opening: Opening, name: str, deep: float) -> list[Piece]:
    w, z0, z1 = opening.width_m, opening.bottom_m, opening.top_m
    h = z1 - z0
    side, level = [[0, 0, 0], [deep, 0, 0], [deep, h, 0], [0, h, 0]], [[0, 0, 0], [w, 0, 0], [w, deep, 0], [0, deep, 0]]
    upright = [flat(name, (x, 0, z0), (0, deep, 0), (0, 0, h), side) for x in (-w / 2, w / 2)]
    return upright + [
        flat(name, (-w / 2, 0, z), (w, 0, 0), (0, deep, 0), level) for z in ((z1, z0) if z0 > 0.05 else (z1,))
    ]


def _window(opening: Opening, height: float, rng: np.random.Generator) -> list[Piece]:
    w, z0, z1 = opening.width_m, opening.bottom_m, opening.top_m
    h = z1 - z0
    pieces = _reveal(opening, "reveal", REVEAL_M)
    y, bar = REVEAL_M - 0.06, 0.055
    for x in (-w / 2 + bar / 2, w / 2 - bar / 2):
        pieces.append(box("frame", (bar, 0.07, h), (x, y, z0), edge=0.005))
    for z in (z0, z1 - bar):
        pieces.append(box("frame", (w, 0.07, bar), (0, y, z), edge=0.005))
    for i in range(1, opening.panes):
        x = -w / 2 + i * w / opening.panes
        pieces.append(box("frame", (0.09, 0.06, h), (x, y, z0), edge=0.006))
    if opening.panes and rng.random() < 0.6 and opening.dress != "blinds":
        handle = (-w / 2 + w / opening.panes - 0.02, y - 0.05, z0 + 0.45 * h)
        pieces.append(box("chrome", (0.012, 0.05, 0.12), handle, edge=0.004))
    pieces.append(flat("pane", (-w / 2, y + 0.01, z0), (w, 0, 0), (0, 0, h)))
    if z0 > 0.3:
        deep = rng.uniform(0.1, 0.24)
        size = (w + 0.06, deep + REVEAL_M - 0.09, 0.03)
        pieces.append(box("frame", size, (0, (REVEAL_M - 0.09 - deep) / 2, z0 - 0.012), edge=0.005))
    return pieces + _dress(opening, height, rng)


def _dress(opening: Opening, height: float, rng: np.random.Generator) -> list[Piece]:
    w, z0, z1 = opening.width_m, opening.bottom_m, opening.top_m
    if opening.dress == "blinds":
        hang = slats("blind", w - 0.02, max(0.15, (z1 - z0) * opening.drop - 0.03), opening.turn_rad)
        return placed(hang, (0, 0.04, z1 - 0.005))
    if opening.dress == "roller":
        drop = (z1 - z0) * opening.drop
        pieces = [flat("roller", (-w / 2 + 0.01, 0.04, z1 - drop), (w - 0.02, 0, 0), (0, 0, drop))]
        pieces.append(box("frame", (w - 0.02, 0.02, 0.025), (0, 0.04, z1 - drop - 0.02), edge=0.004))
        return pieces
    if opening.dress != "curtains":
        return []
    rod = min(z1 + rng.uniform(0.08, 0.25), height - 0.03)
    over = rng.uniform(0.1, 0.3)
    foot = 0.02 if rng.random() < 0.75 or z0 < 0.3 else z0 - 0.08
    pieces = [tube("metal", [(-w / 2 - over - 0.05, -0.09, rod), (w / 2 + over + 0.05, -0.09, rod)], 0.011)]
    closed = opening.drop if opening.drop > 0.8 else 0.0
    each = (w / 2 + over) * (0.98 if closed else rng.uniform(0.22, 0.42))
    cloth = "sheer" if closed and opening.sheer else "curtain"
    for side in (-1, 1):
        panel = curtain(cloth, each, rod - foot - 0.015, 1.0 if closed else 1.6, rng)
        pieces += placed([panel], (side * (w / 2 + over - each / 2), -0.09, foot))
    if opening.sheer and not closed:
        net = curtain("sheer", w + 0.1, rod - foot - 0.03, 0.7, rng)
        pieces += placed([net], (0, -0.03, foot))
    return pieces


def _door(opening: Opening, rng: np.random.Generator) -> list[Piece]:
    w, h = opening.width_m, opening.top_m
    pieces = _reveal(opening, "trim", 0.12)
    if not opening.ajar_rad:
        sill = [[-w / 2, 0, 0], [w / 2, 0, 0], [w / 2, 0.12, 0], [-w / 2, 0.12, 0]]
        pieces.append(flat("floor", (-w / 2, 0, 0), (w, 0, 0), (0, 0.12, 0), sill))
        # no daylight through the gap around the leaf
        pieces.append(flat("black", (-w / 2 - 0.02, 0.12, 0), (w + 0.04, 0, 0), (0, 0, h + 0.02)))
    for x in (-w / 2 - 0.03, w / 2 + 0.03):
        pieces.append(box("trim", (0.065, 0.02, h - 0.001), (x, -0.01, 0), edge=0.004, grain=2))
    pieces.append(box("trim", (w + 0.125, 0.02, 0.065), (0, -0.01, h), edge=0.004))
    leaf: list[Piece] = [box("door", (w - 0.006, 0.04, h - 0.012), (0, 0, 0.008), edge=0.003, grain=2)]
    panels = int(rng.integers(0, 3))
    for i in range(panels):
        tall = (h - 0.3) / panels - 0.12
        z = 0.18 + i * (tall + 0.12)
        for side in (-1, 1):
            leaf.append(box("door", (w - 0.28, 0.012, tall), (0, side * 0.02, z), edge=0.011, grain=2))
    x = w / 2 - 0.07
    for y, out in ((-0.02, -1), (0.02, 1)):
        handle = [(x, y, 1.06), (x, y + out * 0.05, 1.06), (w / 2 - 0.19, y + out * 0.055, 1.06)]
        leaf += [box("chrome", (0.045, 0.012, 0.2), (x, y, 0.95), edge=0.004), tube("chrome", handle, 0.01)]
    if rng.random() < 0.18:
        coat = hanging_coat(("fabric", "fabric2", "fabric3")[int(rng.integers(3))], rng.uniform(0.7, 1.1), rng)
        leaf += placed(coat, (rng.normal(0, 0.05), -0.12, rng.uniform(1.65, 1.8)))
    # about its hinges, out of the room
    leaf = placed(placed(leaf, (w / 2, 0, 0)), (-w / 2, 0.045, 0), opening.ajar_rad)
    return pieces + leaf


def _beyond(door: Opening, openings: list[Opening], room: IndoorRoom, rng: np.random.Generator) -> list[Piece]:
    """A small room behind an open door, no wider than to the next window, and what was put there."""
    low, high = span(room.bounds_m, door.wall)
    a, b = max(low, door.along_m - door.width_m / 2 - 0.8), min(high, door.along_m + door.width_m / 2 + 0.8)
    for other in openings:
        if other is not door:
            edges = other.along_m - other.width_m / 2 - 0.1, other.along_m + other.width_m / 2 + 0.1
            a, b = (max(a, edges[1]), b) if other.along_m < door.along_m else (a, min(b, edges[0]))
    sign = 1.0 if door.wall in ("back", "left") else -1.0
    x0, x1 = sorted((sign * (a - door.along_m), sign * (b - door.along_m)))
    w, d, h = x1 - x0, BEYOND_M, room.bounds_m[4]
    level = [[0, _UP, 0], [w, _UP, 0], [w, d + _UP, 0], [0, d + _UP, 0]]
    side, back = [[0, 0, 0], [d, 0, 0], [d, h, 0], [0, h, 0]], [[0, 0, 0], [w, 0, 0], [w, h, 0], [0, h, 0]]
    walls = [flat("wall", (x, 0, 0), (0, d, 0), (0, 0, h), side) for x in (x0, x1)]
    walls.append(flat("wall", (x0, d, 0), (w, 0, 0), (0, 0, h), back))
    if room.skirting_m:
        walls.append(box("trim", (w, 0.016, room.skirting_m), ((x0 + x1) / 2, d - 0.008, 0), edge=0.004))
    walls += placed(piled(0.8 * w, 0.4, 1.7, int(rng.integers(0, 12)), rng, AT_HOME), ((x0 + x1) / 2, d - 0.3, 0))
    return walls + [flat(name, (x0, 0, z), (w, 0, 0), (0, d, 0), level) for name, z in (("floor", 0.0), ("ceiling", h))]
