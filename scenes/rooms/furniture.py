"""Furniture, each thing as pieces in its own axes: its foot's middle at the origin, its front along -Y."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scenes.rooms.cloth import draped, hanging_coat
from scenes.rooms.record import Item
from scenes.rooms.small_things import pot_plant, shelf_things, things_on
from scenes.rooms.solids import WHITE, Piece, box, cylinder, flat, placed, soft_box, tilted, tube, turned

Build = Callable[[Item, np.random.Generator], list[Piece]]
BOARD = 0.019


def build_item(item: Item, rng: np.random.Generator) -> list[Piece]:
    """The item's pieces in the room's axes. Raises KeyError for a kind that nobody builds."""
    return placed(BUILDERS[item.kind](item, rng), item.at_m, item.turn_rad)


def _bookcase(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, pieces = item.finish, []
    for x in (-w / 2 + BOARD / 2, w / 2 - BOARD / 2):
        pieces.append(box(m, (BOARD, d, h), (x, 0, 0), edge=0.002, grain=1))
    rows = max(1, round(h / rng.uniform(0.29, 0.38)))
    plinth = 0.07
    levels = np.linspace(plinth, h - BOARD, rows + 1)
    columns = max(1, round(w / 0.8))
    bay = (w - 2 * BOARD) / columns
    back = rng.random() < 0.8
    if back:
        pieces.append(box(m, (w - 2 * BOARD, 0.006, h - plinth), (0, d / 2 - 0.008, plinth), grain=1))
    pieces.append(box(m, (w - 2 * BOARD, d - 0.03, plinth), (0, 0.01, 0)))
    for z in levels:
        pieces.append(box(m, (w - 2 * BOARD, d - 0.004, BOARD), (0, 0, z), edge=0.002))
    for c in range(1, columns):
        pieces.append(box(m, (BOARD, d - 0.004, h - plinth), (-w / 2 + BOARD + c * bay, 0, plinth), grain=1))
    clear = float(levels[1] - levels[0]) - BOARD
    share = rng.uniform(0.3, 0.95) if item.second != "binders" else 2.0
    for row in range(rows):
        for c in range(columns):
            x0 = -w / 2 + BOARD * 1.5 + c * bay
            if rng.random() < 0.06 + 0.3 * (1 - item.amount):
                continue
            wide = bay - 2 * BOARD
            inside = shelf_things(wide, d - 0.05, clear, rng, item.amount, share)
            pieces += placed(inside, (x0 + wide / 2, -0.01, levels[row] + BOARD))
    pieces += placed(things_on(w, d, 0.3, rng, 0.5 * item.amount), (0, 0, h))
    return pieces


def _wall_shelf(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = []
    for z in np.arange(0.0, h + 0.01, 0.36):
        pieces.append(box(item.finish, (w, d, 0.028), (0, 0, z), edge=0.003))
        for x in (-0.38 * w, 0.38 * w):
            pieces.append(box("metal", (0.02, d * 0.9, 0.02), (x, 0.01, z - 0.02)))
        pieces += placed(
            shelf_things(w * 0.96, d - 0.03, 0.3, rng, item.amount, rng.uniform(0.3, 0.9)), (0, 0, z + 0.028)
        )
    return pieces


def _fronts(
    m: str,
    width: float,
    height: float,
    columns: int,
    rows: int,
    y: float,
    z: float,
    rng: np.random.Generator,
    handle: str,
) -> list[Piece]:
    """Doors or drawers side by side with shadow gaps, and their handles."""
    pieces, gap = [], 0.004
    w, h = width / columns, height / rows
    tall = h > w
    for c in range(columns):
        for r in range(rows):
            x, bottom = -width / 2 + (c + 0.5) * w, z + r * h
            pieces.append(
                box(m, (w - gap, 0.018, h - gap), (x, y - 0.009, bottom + gap / 2), edge=0.0025, grain=1 if tall else 0)
            )
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


def _cupboard(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    legs = 0.15 if rng.random() < 0.4 else 0.0
    base = legs or 0.05
    pieces = [box(item.finish, (w, d - 0.02, h - base), (0, 0.01, base), edge=0.002)]
    pieces.append(box(item.finish, (w + 0.01, d + 0.005, 0.022), (0, 0, h - 0.001), edge=0.003))
    handle = ("bar", "knob", "none", "black")[int(rng.integers(4))]
    columns = max(1, round(w / 0.5))
    rows = 1 if rng.random() < 0.45 else max(2, round((h - base) / 0.22))
    pieces += _fronts(item.finish, w - 0.01, h - base - 0.01, columns, rows, -d / 2 + 0.02, base + 0.005, rng, handle)
    if legs:
        for x in (-w / 2 + 0.06, w / 2 - 0.06):
            for y in (-d / 2 + 0.06, d / 2 - 0.06):
                pieces.append(cylinder("wood2", 0.018, legs, (x, y, 0)))
    else:
        pieces.append(box("black", (w - 0.04, d - 0.08, base), (0, 0.01, 0)))
    pieces += placed(things_on(w, d, 0.4, rng, item.amount), (0, 0, h + 0.021))
    return pieces


def _wardrobe(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = [box(item.finish, (w, d - 0.02, h - 0.06), (0, 0.01, 0.06), edge=0.003, grain=1)]
    pieces.append(box(item.finish, (w - 0.04, d - 0.06, 0.06), (0, 0.02, 0)))
    columns = max(2, round(w / 0.5))
    handle = ("bar", "none", "black")[int(rng.integers(3))]
    pieces += _fronts(item.finish, w - 0.01, h - 0.08, columns, 1, -d / 2 + 0.02, 0.07, rng, handle)
    if rng.random() < item.amount:
        for i in range(int(rng.integers(1, 4))):
            size = (rng.uniform(0.3, 0.5), rng.uniform(0.3, 0.4), rng.uniform(0.12, 0.28))
            pieces.append(box("cardboard", size, ((i - 1) * w / 3.2, 0.05, h), edge=0.003))
    return pieces


def _sofa(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, pieces = item.finish, []
    arm, seat_h, back_d = rng.uniform(0.12, 0.24), rng.uniform(0.4, 0.46), rng.uniform(0.18, 0.26)
    seats = max(1, round((w - 2 * arm) / 0.72))
    pieces.append(soft_box(m, (w - 0.02, d - 0.04, seat_h - 0.2), (0, 0, 0.1), 0.04))
    pieces.append(soft_box(m, (w - 0.04, back_d, h - 0.12), (0, d / 2 - back_d / 2, 0.11), 0.07, puff=0.01))
    arm_h = seat_h + rng.uniform(0.12, 0.2)
    for side in (-1, 1):
        pieces.append(soft_box(m, (arm, d - 0.02, arm_h - 0.1), (side * (w / 2 - arm / 2), 0, 0.1), 0.06))
        for y in (-d / 2 + 0.08, d / 2 - 0.08):
            pieces.append(cylinder("wood2", 0.02, 0.11, (side * (w / 2 - 0.08), y, 0)))
    each = (w - 2 * arm) / seats
    for i in range(seats):
        x = -w / 2 + arm + (i + 0.5) * each
        pieces.append(
            soft_box(
                m,
                (each - 0.008, d - back_d - 0.02, 0.19),
                (x, -back_d / 2, seat_h - 0.15),
                0.06,
                WHITE,
                0.025,
                dents=0.012,
                rng=rng,
            )
        )
        cushion = soft_box(
            m, (each - 0.02, 0.2, h - seat_h + 0.03), (x, 0, 0), 0.08, WHITE, 0.04, dents=0.02, rng=rng, steps=12
        )
        pieces += placed(tilted([cushion], 0, -0.14), (0, d / 2 - back_d - 0.07, seat_h + 0.015))
    for _ in range(int(rng.integers(0, 4))):
        size = rng.uniform(0.38, 0.52)
        cushion = soft_box(
            "fabric2", (size, 0.13, size), (0, 0, 0), 0.05, _shade(rng), 0.05, dents=0.02, rng=rng, steps=12
        )
        x = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5) * (w - 2 * arm)
        lean = tilted([cushion], 0, -0.35)
        pieces += placed(
            tilted(lean, 1, rng.uniform(-0.2, 0.2)), (x, d / 2 - back_d - 0.25, seat_h + 0.02), rng.uniform(-0.3, 0.3)
        )
    if rng.random() < item.amount:
        pieces += placed([draped("fabric3", 0.7, 0.55, rng)], (rng.uniform(-0.3, 0.3) * w, -0.02, seat_h + 0.055))
    return pieces


def _shade(rng: np.random.Generator, spread: float = 0.35) -> tuple[float, float, float]:
    value = rng.uniform(1 - spread, 1 + spread)
    return tuple(float(value * rng.uniform(1 - spread / 3, 1 + spread / 3)) for _ in range(3))  # type: ignore[return-value]


def _bed(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Its head at +Y, its foot towards -Y."""
    w, d, _ = item.size_m
    high = rng.uniform(0.24, 0.34)
    pieces = [box(item.finish, (w + 0.06, d + 0.04, 0.14), (0, 0, high - 0.16), edge=0.006)]
    for x in (-w / 2, w / 2):
        for y in (-d / 2 + 0.05, d / 2 - 0.05):
            pieces.append(box(item.finish, (0.06, 0.06, high - 0.1), (x * 0.97, y, 0), edge=0.004))
    head = rng.uniform(0.85, 1.2)
    if rng.random() < 0.5:
        for i in range(3):
            piece = soft_box(
                "fabric2",
                (w / 3 + 0.01, 0.08, head - 0.25),
                ((i - 1) * (w / 3 + 0.01), d / 2 + 0.05, 0.25),
                0.035,
                puff=0.01,
            )
            pieces.append(piece)
    else:
        pieces.append(box(item.finish, (w + 0.08, 0.05, head), (0, d / 2 + 0.04, 0), edge=0.008))
    pieces.append(soft_box("linen", (w, d - 0.03, 0.22), (0, 0, high - 0.02), 0.06, dents=0.004, rng=rng))
    cover = soft_box(
        "fabric",
        (w + 0.1, d * 0.66, 0.2),
        (0, -d * 0.17, high + 0.06),
        0.085,
        WHITE,
        0.04,
        dents=0.05,
        rng=rng,
        steps=28,
    )
    pieces.append(cover)
    count = 2 if w > 1.1 else 1
    for i in range(count):
        for layer in range(int(rng.integers(1, 3))):
            x = 0 if count == 1 else (i - 0.5) * w / 2
            pillow = soft_box(
                "linen" if layer == 0 else "fabric2",
                (min(0.72, w / count - 0.06), 0.14, 0.46),
                (0, 0, 0),
                0.06,
                _shade(rng, 0.08),
                0.06,
                dents=0.03,
                rng=rng,
                steps=14,
            )
            leaning = tilted([pillow], 0, -0.85 + 0.4 * layer)
            pieces += placed(
                leaning, (x + rng.normal(0, 0.03), d / 2 - 0.26 - 0.16 * layer, high + 0.2), rng.normal(0, 0.08)
            )
    return pieces


def _desk(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = [box(item.finish, (w, d, 0.028), (0, 0, h - 0.028), edge=0.003)]
    for x in (-w / 2 + 0.05, w / 2 - 0.05):
        if item.second == "frame":
            pieces.append(box("metal", (0.06, 0.04, h - 0.03), (x, 0, 0), edge=0.003))
            pieces.append(box("metal", (0.06, d * 0.85, 0.03), (x, 0, 0), edge=0.003))
        else:
            for y in (-d / 2 + 0.05, d / 2 - 0.05):
                pieces.append(box("wood2", (0.05, 0.05, h - 0.028), (x, y, 0), edge=0.004))
    return pieces


def _table(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    if item.second == "round":
        pieces = [placed([cylinder(item.finish, w / 2, 0.026, (0, 0, 0))], (0, 0, h - 0.026))[0]]
        pieces += [cylinder("metal", 0.035, h - 0.03, (0, 0, 0)), cylinder("metal", 0.22, 0.015, (0, 0, 0))]
    else:
        pieces = _desk(item, rng)
    return pieces + placed(things_on(w * 0.8, d * 0.8, 0.25, rng, item.amount), (0, 0, h))


def _office_chair(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A swivel chair; its back at +Y. `size_m`: width and height of the back's top."""
    w, _, top = item.size_m
    seat = rng.uniform(0.44, 0.5)
    m = item.finish
    pieces = [soft_box(m, (w, 0.47, 0.085), (0, 0, seat - 0.06), 0.038, puff=0.008)]
    high = top - seat - 0.14
    back = soft_box(m, (w * 0.95, 0.065, high), (0, 0, 0), 0.03, WHITE, 0.012, bend=-0.06, steps=14)
    shape = back.vertices.copy()
    # narrower towards the top, leaning backwards, with a hollow for the back
    part = np.clip(shape[:, 2] / high, 0, 1)
    shape[:, 0] *= 1.0 - 0.16 * part**2
    shape[:, 1] += 0.1 * part - 0.05 * np.sin(part * np.pi)
    pieces += placed([replace(back, vertices=shape)], (0, 0.24, seat + 0.14))
    pieces.append(tube("black", [(0, 0.1, seat - 0.05), (0, 0.28, seat - 0.03), (0, 0.31, seat + 0.3)], 0.022))
    for side in (-1, 1) if rng.random() < 0.75 else ():
        x = side * (w / 2 + 0.03)
        pieces.append(tube("black", [(x * 0.8, 0.05, seat - 0.04), (x, 0.05, seat), (x, 0.03, seat + 0.2)], 0.016))
        pieces.append(soft_box("black", (0.075, 0.25, 0.03), (x, -0.02, seat + 0.19), 0.013))
    if item.second == "head":
        rest = soft_box(m, (0.27, 0.07, 0.14), (0, 0.335, top + 0.05), 0.03, WHITE, 0.01, bend=-0.03)
        pieces += [rest, tube("black", [(0, 0.35, top - 0.05), (0, 0.36, top + 0.1)], 0.014)]
    pieces.append(cylinder("chrome", 0.028, seat - 0.13, (0, 0, 0.07)))
    for k in range(5):
        a = k * 2 * math.pi / 5
        tip = (0.3 * math.cos(a), 0.3 * math.sin(a), 0.055)
        pieces.append(tube("black", [(0, 0, 0.1), (tip[0] * 0.6, tip[1] * 0.6, 0.085), tip], 0.018))
        pieces.append(soft_box("black", (0.05, 0.05, 0.055), (*tip[:2], 0.0), 0.02, steps=4))
    return pieces


def _chair(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A plain chair on four legs; its back at +Y."""
    w, d, top = item.size_m
    seat, m = 0.45, item.finish
    shell = item.second == "shell"
    pieces = [
        soft_box(m, (w, d, 0.045), (0, 0, seat - 0.04), 0.018, bend=0.0)
        if shell
        else box(m, (w, d, 0.03), (0, 0, seat - 0.03), edge=0.006)
    ]
    legs = "chrome" if shell else m
    for x in (-w / 2 + 0.03, w / 2 - 0.03):
        pieces.append(tube(legs, [(x * 1.12, -d / 2 - 0.01, 0), (x, -d / 2 + 0.03, seat - 0.02)], 0.014))
        pieces.append(
            tube(legs, [(x * 1.12, d / 2 + 0.03, 0), (x, d / 2 - 0.02, seat), (x, d / 2 + 0.05, 0.97 * top)], 0.014)
        )
    if shell:
        back = soft_box(m, (w * 0.98, 0.03, 0.34), (0, d / 2 + 0.02, top - 0.36), 0.014, bend=-0.05)
        pieces.append(back)
    else:
        for z in np.linspace(seat + 0.14, top - 0.06, int(rng.integers(2, 4))):
            pieces.append(soft_box(m, (w - 0.04, 0.022, 0.055), (0, d / 2 + 0.035, z), 0.01, bend=-0.02))
    return pieces


def _kitchen(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, pieces, counter = item.finish, [], 0.9
    fridge = 0.62 if w > 2.2 else 0.0
    side = rng.choice([-1.0, 1.0])
    run = w - fridge
    middle = -side * fridge / 2
    row: list[Piece] = [
        box(m, (run, d - 0.06, counter - 0.14), (0, 0.03, 0.1)),
        box("black", (run, d - 0.12, 0.1), (0, 0.06, 0)),
    ]
    columns = max(2, round(run / 0.6))
    unit = run / columns
    oven = int(rng.integers(columns))
    handle = ("bar", "black", "none")[int(rng.integers(3))]
    for c in range(columns):
        x = -run / 2 + (c + 0.5) * unit
        if c == oven:
            row.append(box("black", (unit - 0.006, 0.02, 0.58), (x, -d / 2 + 0.05, 0.16), edge=0.003))
            row.append(box("chrome", (unit - 0.006, 0.021, 0.1), (x, -d / 2 + 0.05, 0.745), edge=0.002))
            row.append(box("chrome", (unit - 0.1, 0.02, 0.015), (x, -d / 2 + 0.01, 0.68), edge=0.004))
            row.append(box("black", (unit - 0.04, 0.5, 0.006), (x, 0, counter + 0.001)))
        else:
            rows = 3 if rng.random() < 0.3 else 1
            row += placed(_fronts(m, unit, counter - 0.16, 1, rows, 0, 0.11, rng, handle), (x, -d / 2 + 0.06, 0))
    row.append(box("worktop", (run + 0.01, d, 0.038), (0, 0, counter - 0.038), edge=0.003))
    row.append(
        flat(
            "tile",
            (-w / 2 - middle, d / 2 - 0.004, counter),
            (w, 0, 0),
            (0, 0, 0.58),
            [[0, 0, 0], [w, 0, 0], [w, 0.58, 0], [0, 0.58, 0]],
        )
    )
    sink = (oven + 1 + int(rng.integers(max(1, columns - 1)))) % columns
    x = -run / 2 + (sink + 0.5) * unit
    row.append(box("chrome", (unit * 0.8, 0.42, 0.004), (x, -0.02, counter), edge=0.001))
    row.append(box("black", (unit * 0.66, 0.34, 0.003), (x, -0.03, counter + 0.0025)))
    arch = [
        (x, 0.19, counter),
        (x, 0.19, counter + 0.25),
        (x, 0.16, counter + 0.31),
        (x, 0.07, counter + 0.31),
        (x, 0.03, counter + 0.24),
    ]
    row.append(tube("chrome", arch, 0.012))
    upper = min(h - 0.03, 2.15)
    shelf_row = rng.random() < 0.3
    x_oven = -run / 2 + (oven + 0.5) * unit
    if shelf_row:
        for z in (1.45, 1.78):
            row.append(box("wood2", (run, 0.24, 0.03), (0, d / 2 - 0.12, z), edge=0.003))
            row += placed(shelf_things(run * 0.95, 0.2, 0.26, rng, item.amount, 0.0), (0, d / 2 - 0.12, z + 0.03))
    else:
        for c in range(columns):
            xc = -run / 2 + (c + 0.5) * unit
            if c == oven:
                continue
            row.append(box(m, (unit, 0.33, upper - 1.48), (xc, d / 2 - 0.17, 1.48)))
            row += placed(_fronts(m, unit, upper - 1.48, 1, 1, 0, 1.48, rng, handle), (xc, d / 2 - 0.33, 0))
    row.append(box("chrome", (unit * 0.96, 0.45, 0.07), (x_oven, d / 2 - 0.23, 1.58), edge=0.004))
    row.append(box("chrome", (0.24, 0.24, upper - 1.6), (x_oven, d / 2 - 0.12, 1.62), edge=0.003))
    row += placed(
        things_on(run * 0.9, 0.25, 0.4, rng, 0.3 + 0.7 * item.amount, kitchen=True), (0, d / 2 - 0.17, counter)
    )
    pieces += placed(row, (middle, 0, 0))
    if fridge:
        front, tall = ("chrome", "white", m)[int(rng.integers(3))], rng.uniform(1.7, 2.0)
        at = side * (w / 2 - fridge / 2)
        pieces.append(box(front, (0.6, d - 0.03, tall), (at, 0, 0.03), edge=0.006))
        pieces.append(box(front, (0.596, 0.05, tall * 0.62), (at, -d / 2, 0.02 + tall * 0.38), edge=0.01))
        pieces.append(box(front, (0.596, 0.05, tall * 0.37), (at, -d / 2, 0.03), edge=0.01))
        pieces.append(box("chrome", (0.02, 0.03, 0.4), (at - side * 0.25, -d / 2 - 0.04, tall * 0.45), edge=0.006))
        for _ in range(int(rng.integers(0, 6))):
            place = (at + rng.uniform(-0.22, 0.22), -d / 2 - 0.027, rng.uniform(0.8, 1.6))
            pieces.append(
                box("paper", (rng.uniform(0.05, 0.15), 0.002, rng.uniform(0.05, 0.2)), place, _shade(rng, 0.4))
            )
    return pieces


def _radiator(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = [
        box("white", (w, 0.02, h), (0, -d / 2 + 0.01, 0.12), edge=0.004),
        box("white", (w, d, 0.012), (0, 0, h + 0.112)),
    ]
    for x in np.arange(-w / 2 + 0.02, w / 2 - 0.01, 0.033):
        pieces.append(box("white", (0.018, 0.012, h - 0.03), (x, -d / 2 - 0.003, 0.135), edge=0.004))
    pieces.append(tube("chrome", [(w / 2 + 0.03, 0, 0.0), (w / 2 + 0.03, 0, 0.2), (w / 2, 0, 0.2)], 0.009))
    return pieces


def _whiteboard(item: Item, rng: np.random.Generator) -> list[Piece]:
    """`at_m` is its lower edge on the wall; it hangs flat at +Y."""
    w, _, h = item.size_m
    board = "blackboard" if item.second == "black" else "board"
    image = item.second if item.second not in ("", "black") else board
    pieces = [flat(image, (-w / 2, -0.018, 0), (w, 0, 0), (0, 0, h))]
    frame = "wood2" if item.second == "black" else "metal"
    for z in (-0.02, h - 0.005):
        pieces.append(box(frame, (w + 0.05, 0.03, 0.025), (0, -0.01, z), edge=0.004))
    for x in (-w / 2 - 0.0125, w / 2 + 0.0125):
        pieces.append(box(frame, (0.025, 0.03, h), (x, -0.01, 0), edge=0.004))
    pieces.append(box(frame, (w * 0.6, 0.07, 0.012), (0, -0.045, -0.02), edge=0.003))
    for i in range(int(rng.integers(0, 5))):
        pieces.append(
            box("plastic", (0.13, 0.018, 0.018), (-0.2 * w + 0.16 * i, -0.05, -0.008), _vivid(rng), edge=0.005)
        )
    return pieces


def _vivid(rng: np.random.Generator) -> tuple[float, float, float]:
    import colorsys

    r, g, b = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.1, 0.7))
    return (r, g, b)


def _picture(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A framed image; `second` names it; `at_m` is its lower edge."""
    w, _, h = item.size_m
    border, deep = (0.012 + 0.02 * item.amount), 0.022
    mount = 0.0 if item.amount < 0.4 else 0.12 * min(w, h)
    m = item.finish
    pieces = [flat("paper", (-w / 2, -0.011, 0), (w, 0, 0), (0, 0, h))]
    iw, ih = w - 2 * mount, h - 2 * mount
    pieces.append(flat(item.second, (-iw / 2, -0.0115, mount), (iw, 0, 0), (0, 0, ih)))
    for z in (-border, h):
        pieces.append(box(m, (w + 2 * border, deep, border), (0, -deep / 2, z), edge=0.002))
    for x in (-w / 2 - border / 2, w / 2 + border / 2):
        pieces.append(box(m, (border, deep, h), (x, -deep / 2, 0), edge=0.002, grain=1))
    if item.amount > 0.55:
        pieces.append(flat("pane", (-w / 2, -0.015, 0), (w, 0, 0), (0, 0, h)))
    return pieces


def _mirror(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    pieces = [flat("mirror", (-w / 2, -0.013, 0), (w, 0, 0), (0, 0, h))]
    for z in (-0.025, h):
        pieces.append(box(item.finish, (w + 0.05, 0.025, 0.025), (0, -0.0125, z), edge=0.003))
    for x in (-w / 2 - 0.0125, w / 2 + 0.0125):
        pieces.append(box(item.finish, (0.025, 0.025, h), (x, -0.0125, 0), edge=0.003))
    return pieces


def _tv(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    return [
        box("black", (w, 0.035, h), (0, -0.03, 0), edge=0.004),
        flat("screen", (-w / 2 + 0.008, -0.0485, 0.01), (w - 0.016, 0, 0), (0, 0, h - 0.018)),
    ]


def _clock(item: Item, rng: np.random.Generator) -> list[Piece]:
    r = item.size_m[0] / 2
    disc = [
        cylinder("black" if rng.random() < 0.5 else "metal", r, 0.03, (0, 0, 0)),
        cylinder("paper", r * 0.92, 0.032, (0, 0, 0)),
    ]
    hands = []
    for length, angle in ((0.55, rng.uniform(0, 6.3)), (0.8, rng.uniform(0, 6.3))):
        tip = (math.cos(angle) * r * length, math.sin(angle) * r * length, 0.034)
        hands.append(tube("black", [(0, 0, 0.034), tip], 0.004, sides=4))
    return placed(tilted([*disc, *hands], 0, math.pi / 2), (0, 0, r))


def _plant(item: Item, rng: np.random.Generator) -> list[Piece]:
    return pot_plant(item.size_m[0], item.size_m[2], rng)


def _rug(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, _ = item.size_m
    return [soft_box("rug", (w, d, 0.014), (0, 0, 0.001), 0.006)]


def _partition(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _d, h = item.size_m
    return [
        soft_box(item.finish, (w, 0.04, h - 0.05), (0, 0, 0.05), 0.015),
        *[box("metal", (0.05, 0.4, 0.03), (x, 0, 0), edge=0.004) for x in (-w / 2 + 0.1, w / 2 - 0.1)],
    ]


def _glass_wall(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    pieces = []
    bays = max(1, round(w / 1.1))
    for i in range(bays + 1):
        pieces.append(box("black", (0.045, 0.06, h), (-w / 2 + i * w / bays, 0, 0), edge=0.003))
    for z in (0, h - 0.05):
        pieces.append(box("black", (w, 0.06, 0.05), (0, 0, z), edge=0.003))
    pieces.append(flat("pane", (-w / 2, 0, 0.05), (w, 0, 0), (0, 0, h - 0.1)))
    pieces.append(flat("frosted", (-w / 2, -0.004, 0.95), (w, 0, 0), (0, 0, 0.22)))
    return pieces


def _column(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    return [box(item.finish, (w, d, h), (0, 0, 0), edge=0.01)]


def _panels(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Upholstered panels side by side on a wall."""
    w, _, h = item.size_m
    columns, rows = max(1, round(w / 0.6)), max(1, round(h / 0.6))
    cw, rh = w / columns, h / rows
    return [
        soft_box(
            item.finish,
            (cw - 0.006, 0.05, rh - 0.006),
            (-w / 2 + (c + 0.5) * cw, -0.02, r * rh + 0.003),
            0.018,
            _shade(rng, 0.05),
            0.004,
        )
        for c in range(columns)
        for r in range(rows)
    ]


def _slats(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Wooden battens on dark felt."""
    w, _, h = item.size_m
    pieces = [box("black", (w, 0.012, h), (0, -0.004, 0))]
    for x in np.arange(-w / 2 + 0.02, w / 2 - 0.01, 0.042):
        pieces.append(box(item.finish, (0.027, 0.02, h), (x, -0.02, 0), edge=0.001, grain=2))
    return pieces


def _workplace(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A desk of an office with its screens, chair and things; its user would sit at +Y."""
    w, d, h = item.size_m
    pieces = _desk(Item("desk", item.at_m, 0, item.size_m, item.finish, "frame"), rng)
    if item.second == "screen":
        pieces += placed([soft_box("fabric2", (w, 0.03, 0.42), (0, -d / 2 - 0.01, h - 0.02), 0.012)])
    count = int(rng.integers(1, 3))
    for i in range(count):
        x = (i - (count - 1) / 2) * 0.58 + rng.normal(0, 0.04)
        turn = math.pi - 0.25 * (i - (count - 1) / 2)
        pieces += placed(screen_on_foot(0.54, 0.32, "screen"), (x, -d / 2 + 0.22, h), turn)
    pieces += placed(things_on(w * 0.8, d * 0.4, 0.25, rng, 0.25 + 0.7 * item.amount), (0, d * 0.15, h))
    chair = Item(
        "office_chair", (0, 0, 0), 0, (0.47, 0.5, rng.uniform(0.88, 1.1)), "leather" if rng.random() < 0.3 else "fabric"
    )
    pieces += placed(
        _office_chair(chair, rng), (rng.normal(0, 0.15), d / 2 + rng.uniform(0.1, 0.4), 0), rng.normal(0, 0.7)
    )
    return pieces


def screen_on_foot(w: float, h: float, image: str) -> list[Piece]:
    """A monitor, its picture towards -Y."""
    return [
        box("black", (w, 0.03, h), (0, 0.02, 0.12), edge=0.004),
        flat(image, (-w / 2 + 0.008, 0.0045, 0.13), (w - 0.016, 0, 0), (0, 0, h - 0.02)),
        box("black", (0.06, 0.03, 0.25), (0, 0.05, 0), edge=0.004),
        box("black", (0.24, 0.18, 0.012), (0, 0.05, 0), edge=0.003),
    ]


def _counter(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A bar with shelves of bottles and cups behind it."""
    w, d, h = item.size_m
    pieces = [
        box(item.finish, (w, d, h - 0.04), (0, 0, 0), edge=0.004, grain=1),
        box("worktop", (w + 0.06, d + 0.08, 0.045), (0, -0.02, h - 0.04), edge=0.006),
    ]
    pieces += placed(things_on(w * 0.9, d * 0.7, 0.35, rng, 0.8, kitchen=True), (0, 0, h))
    machine = [
        box("chrome", (0.6, 0.45, 0.4), (0, 0, 0.06), edge=0.02),
        box("black", (0.56, 0.47, 0.12), (0, 0, 0.2), edge=0.01),
        cylinder("chrome", 0.03, 0.08, (0.2, -0.2, 0.46)),
    ]
    pieces += placed(machine, (rng.uniform(-0.3, 0.3) * w, 0.05, h))
    return pieces


def _bench(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = [box(item.second or "wood", (w, d, 0.36), (0, 0, 0), edge=0.004)]
    for i in range(max(1, round(w / 0.8))):
        each = w / max(1, round(w / 0.8))
        x = -w / 2 + (i + 0.5) * each
        pieces.append(soft_box(item.finish, (each - 0.006, d, 0.1), (x, 0, 0.36), 0.035, puff=0.01))
        pieces.append(soft_box(item.finish, (each - 0.006, 0.1, h - 0.5), (x, d / 2 - 0.05, 0.5), 0.04, puff=0.012))
    return pieces


def _coat(item: Item, rng: np.random.Generator) -> list[Piece]:
    return hanging_coat(item.finish, item.size_m[2], rng)


def _hooks(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A board with hooks; coats on some of them. `at_m` is the board's lower edge."""
    w = item.size_m[0]
    pieces = [box("wood", (w, 0.02, 0.1), (0, -0.01, 0), edge=0.004)]
    for i, x in enumerate(np.linspace(-w / 2 + 0.1, w / 2 - 0.1, max(2, round(w / 0.22)))):
        pieces.append(tube("black", [(x, -0.01, 0.06), (x, -0.05, 0.04), (x, -0.06, 0.075)], 0.006))
        if rng.random() < item.amount:
            coat = Item(
                "coat",
                (0, 0, 0),
                0,
                (0.4, 0.2, rng.uniform(0.75, 1.1)),
                ("fabric", "fabric2", "fabric3", "leather")[i % 4],
            )
            pieces += placed(_coat(coat, rng), (x, -0.09, 0.05), rng.normal(0, 0.15))
    return pieces


def _boxes(item: Item, rng: np.random.Generator) -> list[Piece]:
    z, pieces = 0.0, []
    for _ in range(int(rng.integers(1, 4))):
        size = (rng.uniform(0.28, 0.5), rng.uniform(0.25, 0.4), rng.uniform(0.15, 0.34))
        closed = [box("cardboard", size, (0, 0, 0), _shade(rng, 0.15), edge=0.003)]
        closed.append(box("paper", (0.05, size[1] + 0.002, 0.003), (0, 0, size[2] - 0.001), (0.75, 0.65, 0.5)))
        pieces += placed(closed, (rng.normal(0, 0.02), rng.normal(0, 0.02), z), rng.normal(0, 0.12))
        z += size[2]
    return pieces


def _bag(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = 0.32, 0.2, rng.uniform(0.36, 0.48)
    body = soft_box(item.finish, (w, d, h), (0, 0, 0), 0.09, puff=0.02, dents=0.03, rng=rng, steps=14)
    strap = [(-0.08, 0, h - 0.02), (-0.06, 0.0, h + 0.06), (0.06, 0.0, h + 0.06), (0.08, 0, h - 0.02)]
    return [
        body,
        soft_box(item.finish, (w * 0.75, 0.08, h * 0.5), (0, -d / 2 - 0.01, 0.03), 0.035, (0.8, 0.8, 0.8)),
        tube("black", strap, 0.009),
    ]


def _basket(item: Item, rng: np.random.Generator) -> list[Piece]:
    r, h = rng.uniform(0.16, 0.24), rng.uniform(0.25, 0.4)
    shell = [(0, 0.01), (r * 0.85, 0.0), (r, 0.5 * h), (r * 0.98, h), (r * 0.92, h), (r * 0.93, 0.5 * h), (0, 0.05)]
    return [
        turned("basket", shell, sides=28),
        soft_box(
            "linen",
            (r * 1.5, r * 1.4, 0.16),
            (0, 0, h - 0.12),
            0.07,
            _shade(rng, 0.3),
            0.03,
            dents=0.05,
            rng=rng,
            steps=14,
        ),
    ]


def _locker(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    pieces = [box(item.finish, (w, d - 0.02, h), (0, 0.01, 0), edge=0.003)]
    pieces += _fronts(
        item.finish,
        w - 0.01,
        h - 0.04,
        max(2, round(w / 0.4)),
        max(1, round(h / 0.75)),
        -d / 2 + 0.02,
        0.02,
        rng,
        "black",
    )
    return pieces


BUILDERS: dict[str, Build] = {
    "bookcase": _bookcase,
    "wall_shelf": _wall_shelf,
    "cupboard": _cupboard,
    "wardrobe": _wardrobe,
    "sofa": _sofa,
    "armchair": _sofa,
    "bed": _bed,
    "desk": _desk,
    "table": _table,
    "office_chair": _office_chair,
    "chair": _chair,
    "kitchen": _kitchen,
    "radiator": _radiator,
    "whiteboard": _whiteboard,
    "picture": _picture,
    "mirror": _mirror,
    "tv": _tv,
    "clock": _clock,
    "plant": _plant,
    "rug": _rug,
    "partition": _partition,
    "glass_wall": _glass_wall,
    "column": _column,
    "panels": _panels,
    "slats": _slats,
    "workplace": _workplace,
    "counter": _counter,
    "bench": _bench,
    "hooks": _hooks,
    "boxes": _boxes,
    "bag": _bag,
    "basket": _basket,
    "locker": _locker,
}
