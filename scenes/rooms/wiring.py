"""Switches beside doors, sockets over the skirting, plugs with their cables: the small things that every wall has."""

from __future__ import annotations

import numpy as np

from scenes.rooms.record import IndoorRoom
from scenes.rooms.shell import on_wall
from scenes.rooms.solids import Piece, box, cylinder, placed, tilted, tube
from scenes.rooms.walls import span

_PLATE_M = 0.081
_DEEP_M = 0.011


def wiring(room: IndoorRoom, rng: np.random.Generator) -> list[Piece]:
    """What belongs to the mains of a room, at the walls that a camera may see. Nothing where an opening is."""
    pieces: list[Piece] = []
    for wall in ("back", "left", "right"):
        sign = 1.0 if wall in ("back", "left") else -1.0
        openings = [opening for opening in room.openings if opening.wall == wall]
        low, high = span(room.bounds_m, wall)
        for door in (opening for opening in openings if opening.kind == "door"):
            at = door.along_m + sign * (door.width_m / 2 + rng.uniform(0.16, 0.24))
            made = _switch(rng)
            if rng.random() < 0.85 and low + 0.06 < at < high - 0.06:
                pieces += on_wall(made, wall, at, room)
        for _ in range(int(rng.integers(1, 4))):
            at, cable = float(rng.uniform(low + 0.3, high - 0.3)), rng.random() < 0.55
            free = (at - low - 0.22, high - at - 0.22)
            made = _sockets(rng, cable, free if sign > 0 else free[::-1])
            if all(abs(at - one.along_m) > one.width_m / 2 + 0.2 for one in openings if one.bottom_m < 0.4):
                pieces += on_wall(made, wall, at, room)
        if rng.random() < 0.25:
            at = float(rng.uniform(low + 0.3, high - 0.3))
            if all(abs(at - one.along_m) > one.width_m / 2 + 0.3 for one in openings):
                pieces += on_wall([box("white", (0.085, 0.022, 0.085), (0, -0.011, 1.45), edge=0.008)], wall, at, room)
        at, made = float(rng.uniform(low + 0.1, high - 0.1)), _risers(room.bounds_m[4], rng)
        if (
            room.kind != "booth"
            and rng.random() < 0.45
            and all(abs(at - one.along_m) > one.width_m / 2 + 0.2 for one in openings)
        ):
            pieces += on_wall(made, wall, at, room)
    return pieces


def _risers(height: float, rng: np.random.Generator) -> list[Piece]:
    """What runs up a wall: one or two pipes, a duct for cables with a box on it, or a cable that was left loose."""
    kind = rng.random()
    if kind < 0.4:
        color, r = ("white", "chrome", "black")[int(rng.integers(3))], rng.uniform(0.009, 0.03)
        ways = range(1 + int(rng.random() < 0.6))
        return [tube(color, [(0.07 * i, -0.05, 0.01), (0.07 * i, -0.05, height - 0.01)], r) for i in ways]
    if kind < 0.7:
        top = height - 0.02 if rng.random() < 0.5 else rng.uniform(1.2, 2.0)
        duct = box("white", (0.035, 0.02, top), (0, -0.01, 0.01), edge=0.003)
        return [duct, box("white", (0.1, 0.045, 0.14), (0, -0.0225, min(top, 1.9) - 0.14), edge=0.006)]
    z = np.linspace(0.01, rng.uniform(1.3, height - 0.02), 12)
    x = np.cumsum(rng.normal(0, 0.008, 12))
    return [tube("cable", np.stack([x - x.mean(), np.full(12, -0.012), z], -1), 0.006, sides=5)]


def _switch(rng: np.random.Generator) -> list[Piece]:
    """One or two rockers, one over the other."""
    pieces = []
    for row in range(1 + int(rng.random() < 0.3)):
        z = 1.05 + row * _PLATE_M
        pieces.append(box("white", (_PLATE_M, _DEEP_M, _PLATE_M), (0, -_DEEP_M / 2, z), edge=0.003))
        pieces.append(box("white", (0.058, 0.006, 0.058), (0, -_DEEP_M - 0.002, z + 0.0115), edge=0.002))
    return pieces


def _sockets(rng: np.random.Generator, cable: bool, free_m: tuple[float, float]) -> list[Piece]:
    """One to three in a row, 0.3 m up; a plug in one of them, whose cable falls to the floor and runs along it, no
    further than there is wall to its left and right."""
    count = int(rng.integers(1, 4))
    pieces: list[Piece] = []
    for i in range(count):
        x = (i - (count - 1) / 2) * _PLATE_M
        pieces.append(box("white", (_PLATE_M - 0.001, _DEEP_M, _PLATE_M), (x, -_DEEP_M / 2, 0.26), edge=0.003))
        pieces += placed(tilted([cylinder("black", 0.02, 0.002, (0, 0, 0))], 0, np.pi / 2), (x, -_DEEP_M, 0.3))
    if not cable:
        return pieces
    x = (int(rng.integers(0, count)) - (count - 1) / 2) * _PLATE_M
    out, way = -0.05, float(rng.choice((-1.0, 1.0)))
    run = min(float(rng.uniform(0.3, 1.6)), free_m[1] if way > 0 else free_m[0])
    color = "cable" if rng.random() < 0.6 else "white"
    line = [(x, out, 0.3), (x, out - 0.02, 0.26), (x + way * 0.01, out - 0.01, 0.12), (x + way * 0.05, out, 0.012)]
    wave = rng.uniform(-0.04, 0.04, 5)
    line += [(x + way * (0.05 + run * t), out - 0.02 + wave[i], 0.006) for i, t in enumerate((0.2, 0.4, 0.6, 0.8, 1.0))]
    plug = tilted([cylinder(color, 0.019, 0.04, (0, 0, 0))], 0, np.pi / 2)
    return [*pieces, *placed(plug, (x, -_DEEP_M, 0.3)), tube(color, line, 0.0035, sides=5)]
