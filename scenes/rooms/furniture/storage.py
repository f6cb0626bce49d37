"""What things are kept in: bookcases and shelves, cupboards, wardrobes, lockers."""

from __future__ import annotations

import numpy as np

from core.ranges import any_of
from scenes.rooms.piles import AT_HOME, SMALL, piled, unframed
from scenes.rooms.record import Item
from scenes.rooms.small_things import shelf_things, things_on
from scenes.rooms.solids import Piece, box, corners, cylinder, placed, soft_box

_BOARD = 0.019
_PLINTH = 0.07


def bookcase(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m = item.finish
    sides = (-w / 2 + _BOARD / 2, w / 2 - _BOARD / 2)
    pieces = [box(m, (_BOARD, d, h), (x, 0, 0), edge=0.002, grain=1) for x in sides]
    rows = max(1, round(h / rng.uniform(0.29, 0.38)))
    levels = np.linspace(_PLINTH, h - _BOARD, rows + 1)
    columns = max(1, round(w / 0.8))
    bay = (w - 2 * _BOARD) / columns
    if rng.random() < 0.8:
        pieces.append(box(m, (w - 2 * _BOARD, 0.006, h - _PLINTH), (0, d / 2 - 0.008, _PLINTH), grain=1))
    pieces.append(box(m, (w - 2 * _BOARD, d - 0.03, _PLINTH), (0, 0.01, 0)))
    pieces += [box(m, (w - 2 * _BOARD, d - 0.004, _BOARD), (0, 0, z), edge=0.002) for z in levels]
    for c in range(1, columns):
        pieces.append(box(m, (_BOARD, d - 0.004, h - _PLINTH), (-w / 2 + _BOARD + c * bay, 0, _PLINTH), grain=1))
    clear = float(levels[1] - levels[0]) - _BOARD
    share = rng.uniform(0.3, 0.95) if item.second != "binders" else 2.0
    wide = bay - 2 * _BOARD
    for row in range(rows):
        for c in range(columns):
            if rng.random() < 0.06 + 0.3 * (1 - item.amount):
                continue
            x0 = -w / 2 + _BOARD * 1.5 + c * bay
            inside = shelf_things(wide, d - 0.05, clear, rng, item.amount, share)
            pieces += placed(inside, (x0 + wide / 2, -0.01, levels[row] + _BOARD))
    pieces += _on_top(w, d, h, item.amount, rng)
    return pieces + placed(things_on(w, d, 0.3, rng, 0.5 * item.amount), (0, 0, h))


def wall_shelf(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = []
    for z in np.arange(0.0, h + 0.01, 0.36):
        pieces.append(box(item.finish, (w, d, 0.028), (0, 0, z), edge=0.003))
        pieces += [box("metal", (0.02, d * 0.9, 0.02), (x, 0.01, z - 0.02)) for x in (-0.38 * w, 0.38 * w)]
        things = shelf_things(w * 0.96, d - 0.03, 0.3, rng, item.amount, rng.uniform(0.3, 0.9))
        pieces += placed(things, (0, 0, z + 0.028))
    return pieces


def fronts(
    m: str, width: float, height: float, columns: int, rows: int, y: float, z: float, handle: str
) -> list[Piece]:
    """Doors or drawers side by side with shadow gaps, and their handles: "bar", "knob", "black" or "none"."""
    pieces, gap = [], 0.004
    w, h = width / columns, height / rows
    tall = h > w
    for c in range(columns):
        for r in range(rows):
            x, bottom = -width / 2 + (c + 0.5) * w, z + r * h
            board = (w - gap, 0.018, h - gap)
            pieces.append(box(m, board, (x, y - 0.009, bottom + gap / 2), edge=0.0025, grain=1 if tall else 0))
            if handle == "none":
                continue
            if tall:
                at = (x + (w / 2 - 0.04) * (1 if c % 2 == 0 else -1), y - 0.035, bottom + (0.6 if z < 1 else 0.12) * h)
                size = (0.012, 0.03, 0.13)
            else:
                at, size = (x, y - 0.035, bottom + 0.7 * h), (0.13, 0.03, 0.012)
            if handle == "knob":
                pieces.append(soft_box("chrome", (0.028, 0.028, 0.028), (at[0], y - 0.03, at[2]), 0.013, steps=4))
            else:
                pieces.append(box("chrome" if handle == "bar" else "black", size, at, edge=0.003))
    return pieces


def cupboard(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, legs = item.finish, 0.15 if rng.random() < 0.4 else 0.0
    base = legs or 0.05
    pieces = [box(m, (w, d - 0.02, h - base), (0, 0.01, base), edge=0.002)]
    pieces.append(box(m, (w + 0.01, d + 0.005, 0.022), (0, 0, h - 0.001), edge=0.003))
    handle = any_of(rng, ("bar", "knob", "none", "black"))
    columns = max(1, round(w / 0.5))
    rows = 1 if rng.random() < 0.45 else max(2, round((h - base) / 0.22))
    pieces += fronts(m, w - 0.01, h - base - 0.01, columns, rows, -d / 2 + 0.02, base + 0.005, handle)
    if legs:
        pieces += [cylinder("wood2", 0.018, legs, (x, y, 0)) for x, y in corners(w / 2 - 0.06, d / 2 - 0.06)]
    else:
        pieces.append(box("black", (w - 0.04, d - 0.08, base), (0, 0.01, 0)))
    if rng.random() < 0.6 * item.amount:
        for _ in range(int(rng.integers(1, 4))):
            pieces += placed(unframed(rng), (rng.uniform(-0.4, 0.4) * w, d / 2 - rng.uniform(0.05, 0.1), h + 0.021))
    count = int(rng.poisson(4 * w * item.amount)) if rng.random() < 0.6 else 0
    pieces += placed(piled(w, 0.8 * d, 0.6, count, rng, AT_HOME + SMALL + SMALL), (0, 0, h + 0.021))
    return pieces + placed(things_on(w, d, 0.4, rng, item.amount), (0, 0, h + 0.021))


def wardrobe(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m = item.finish
    pieces = [box(m, (w, d - 0.02, h - 0.06), (0, 0.01, 0.06), edge=0.003, grain=1)]
    pieces.append(box(m, (w - 0.04, d - 0.06, 0.06), (0, 0.02, 0)))
    handle = any_of(rng, ("bar", "none", "black"))
    pieces += fronts(m, w - 0.01, h - 0.08, max(2, round(w / 0.5)), 1, -d / 2 + 0.02, 0.07, handle)
    return pieces + _on_top(w, d, h, item.amount, rng)


def _on_top(w: float, d: float, h: float, amount: float, rng: np.random.Generator) -> list[Piece]:
    """What was put up there to be out of the way."""
    count = int(rng.poisson(3.5 * w * amount)) if rng.random() < amount else 0
    return placed(piled(w, d, 0.6, count, rng, AT_HOME), (0, 0, h))


def locker(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    columns, rows = max(2, round(w / 0.4)), max(1, round(h / 0.75))
    body = box(item.finish, (w, d - 0.02, h), (0, 0.01, 0), edge=0.003)
    doors = fronts(item.finish, w - 0.01, h - 0.04, columns, rows, -d / 2 + 0.02, 0.02, "black")
    return [body, *doors, *_on_top(w, d, h, item.amount, rng)]
