"""A row of kitchen units: cupboards with an oven, a worktop with a sink, shelves or cupboards above, a fridge."""

from __future__ import annotations

import numpy as np

from core.ranges import any_of
from scenes.rooms.furniture.storage import fronts
from scenes.rooms.piles import AT_HOME, SMALL, appliance, bottle, cloth, piled, sack, tin
from scenes.rooms.record import Item
from scenes.rooms.small_things import shade, shelf_things, small_print, things_on
from scenes.rooms.solids import Piece, box, flat, placed, tube

_COUNTER = 0.9


def kitchen(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, fridge = item.finish, 0.62 if w > 2.2 else 0.0
    side = rng.choice([-1.0, 1.0])
    run, middle = w - fridge, -side * fridge / 2
    columns = max(2, round(run / 0.6))
    unit = run / columns
    centre = lambda column: -run / 2 + (column + 0.5) * unit
    row = [box(m, (run, d - 0.06, _COUNTER - 0.14), (0, 0.03, 0.1)), box("black", (run, d - 0.12, 0.1), (0, 0.06, 0))]
    oven = int(rng.integers(columns))
    handle = any_of(rng, ("bar", "black", "none"))
    for c in range(columns):
        x = centre(c)
        if c == oven:
            row.append(box("black", (unit - 0.006, 0.02, 0.58), (x, -d / 2 + 0.05, 0.16), edge=0.003))
            row.append(box("steel", (unit - 0.006, 0.021, 0.1), (x, -d / 2 + 0.05, 0.745), edge=0.002))
            row.append(box("chrome", (unit - 0.1, 0.02, 0.015), (x, -d / 2 + 0.01, 0.68), edge=0.004))
            row.append(box("black", (unit - 0.04, 0.5, 0.006), (x, 0, _COUNTER + 0.001)))
        else:
            rows = 3 if rng.random() < 0.3 else 1
            row += placed(fronts(m, unit, _COUNTER - 0.16, 1, rows, 0, 0.11, handle), (x, -d / 2 + 0.06, 0))
    row.append(box("worktop", (run + 0.01, d, 0.038), (0, 0, _COUNTER - 0.038), edge=0.003))
    tiles = [[0, 0, 0], [w, 0, 0], [w, 0.58, 0], [0, 0.58, 0]]
    row.append(flat("tile", (-w / 2 - middle, d / 2 - 0.004, _COUNTER), (w, 0, 0), (0, 0, 0.58), tiles))
    row += _sink(centre((oven + 1 + int(rng.integers(max(1, columns - 1)))) % columns), unit)
    upper = min(h - 0.03, 2.15)
    if rng.random() < 0.3:
        for z in (1.45, 1.78):
            # on either side of the hood
            for first, last in ((0, oven), (oven + 1, columns)):
                if first < last:
                    wide, x = (last - first) * unit - 0.02, (centre(first) + centre(last - 1)) / 2
                    row.append(box("wood2", (wide, 0.24, 0.03), (x, d / 2 - 0.12, z), edge=0.003))
                    things = shelf_things(wide * 0.95, 0.2, 0.26, rng, item.amount, 0.0)
                    row += placed(things, (x, d / 2 - 0.12, z + 0.03))
    else:
        for x in (centre(c) for c in range(columns) if c != oven):
            row.append(box(m, (unit, 0.33, upper - 1.48), (x, d / 2 - 0.17, 1.48)))
            row += placed(fronts(m, unit, upper - 1.48, 1, 1, 0, 1.48, handle), (x, d / 2 - 0.33, 0))
    row.append(box("steel", (unit * 0.96, 0.45, 0.07), (centre(oven), d / 2 - 0.23, 1.58), edge=0.004))
    row.append(box("steel", (0.24, 0.24, upper - 1.6), (centre(oven), d / 2 - 0.12, 1.62), edge=0.003))
    things = things_on(run * 0.9, 0.25, 0.4, rng, 0.3 + 0.7 * item.amount, kitchen=True)
    count = int(rng.poisson(4 * run * item.amount))
    left = piled(run * 0.94, d - 0.12, 0.5, count, rng, (*SMALL, bottle, tin, tin, appliance, cloth, sack))
    stored = piled(run * 0.9, 0.3, max(0.1, h - upper), int(rng.poisson(2 * run * item.amount)), rng, AT_HOME)
    row += [*placed(things, (0, d / 2 - 0.17, _COUNTER)), *placed(left, (0, 0, _COUNTER))]
    row += placed(stored, (0, d / 2 - 0.17, upper))
    pieces = placed(row, (middle, 0, 0))
    return pieces + _fridge(m, side * (w / 2 - fridge / 2), d, side, rng) if fridge else pieces


def _sink(x: float, unit: float) -> list[Piece]:
    arch = [(0.19, 0.0), (0.19, 0.25), (0.16, 0.31), (0.07, 0.31), (0.03, 0.24)]
    return [
        box("chrome", (unit * 0.8, 0.42, 0.004), (x, -0.02, _COUNTER), edge=0.001),
        box("black", (unit * 0.66, 0.34, 0.003), (x, -0.03, _COUNTER + 0.0025)),
        tube("chrome", [(x, y, _COUNTER + z) for y, z in arch], 0.012),
    ]


def _fridge(m: str, at: float, d: float, side: float, rng: np.random.Generator) -> list[Piece]:
    """With notes on its door."""
    front, tall = any_of(rng, ("steel", "white", m)), rng.uniform(1.7, 2.0)
    pieces = [
        box(front, (0.6, d - 0.03, tall), (at, 0, 0.03), edge=0.006),
        box(front, (0.596, 0.05, tall * 0.62), (at, -d / 2, 0.02 + tall * 0.38), edge=0.01),
        box(front, (0.596, 0.05, tall * 0.37), (at, -d / 2, 0.03), edge=0.01),
        box("chrome", (0.02, 0.03, 0.4), (at - side * 0.25, -d / 2 - 0.04, tall * 0.45), edge=0.006),
    ]
    for _ in range(int(rng.integers(0, 9))):
        place = (at + rng.uniform(-0.22, 0.22), -d / 2 - 0.029, rng.uniform(0.8, 1.6))
        size = rng.uniform(0.06, 0.16), rng.uniform(0.06, 0.2)
        if rng.random() < 0.5:
            pieces.append(small_print(rng, *size, place))
        else:
            pieces.append(box("paper", (size[0], 0.002, size[1]), place, shade(rng, 0.4)))
    return pieces
