"""What one sits and lies on: sofas, beds, chairs, benches."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from scenes.rooms.cloth import draped
from scenes.rooms.record import Item
from scenes.rooms.small_things import shade
from scenes.rooms.solids import ORIGIN, WHITE, Piece, box, corners, cylinder, placed, soft_box, tilted, tube


def sofa(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A sofa or armchair: as many seats as there is width for."""
    w, d, h = item.size_m
    m = item.finish
    arm, seat_h, back_d = rng.uniform(0.12, 0.24), rng.uniform(0.4, 0.46), rng.uniform(0.18, 0.26)
    seats = max(1, round((w - 2 * arm) / 0.72))
    pieces = [
        soft_box(m, (w - 0.02, d - 0.04, seat_h - 0.2), (0, 0, 0.1), 0.04),
        soft_box(m, (w - 0.04, back_d, h - 0.12), (0, d / 2 - back_d / 2, 0.11), 0.07, puff=0.01),
    ]
    arm_h = seat_h + rng.uniform(0.12, 0.2)
    for side in (-1, 1):
        pieces.append(soft_box(m, (arm, d - 0.02, arm_h - 0.1), (side * (w / 2 - arm / 2), 0, 0.1), 0.06))
        for y in (-d / 2 + 0.08, d / 2 - 0.08):
            pieces.append(cylinder("wood2", 0.02, 0.11, (side * (w / 2 - 0.08), y, 0)))
    each = (w - 2 * arm) / seats
    for i in range(seats):
        x = -w / 2 + arm + (i + 0.5) * each
        size, at = (each - 0.008, d - back_d - 0.02, 0.19), (x, -back_d / 2, seat_h - 0.15)
        pieces.append(soft_box(m, size, at, 0.06, WHITE, 0.025, dents=0.012, rng=rng, steps=20, creases=0.01))
        size = (each - 0.02, 0.2, h - seat_h + 0.03)
        cushion = soft_box(m, size, (x, 0, 0), 0.08, WHITE, 0.04, dents=0.02, rng=rng, steps=22, creases=0.012)
        pieces += placed(tilted([cushion], 0, -0.14), (0, d / 2 - back_d - 0.07, seat_h + 0.015))
    for _ in range(int(rng.integers(0, 4))):
        wide = rng.uniform(0.38, 0.52)
        size = (wide, 0.13, wide)
        cushion = soft_box(
            "fabric2", size, ORIGIN, 0.05, shade(rng), 0.05, dents=0.02, rng=rng, steps=22, creases=0.012
        )
        x = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5) * (w - 2 * arm)
        leaning = tilted(tilted([cushion], 0, -0.35), 1, rng.uniform(-0.2, 0.2))
        pieces += placed(leaning, (x, d / 2 - back_d - 0.25, seat_h + 0.02), rng.uniform(-0.3, 0.3))
    if rng.random() < item.amount:
        pieces += placed([draped("fabric3", 0.7, 0.55, rng)], (rng.uniform(-0.3, 0.3) * w, 0.3 - d / 2, seat_h + 0.06))
    return pieces


def bed(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Its head at +Y, its foot towards -Y."""
    w, d, _ = item.size_m
    m, high = item.finish, rng.uniform(0.24, 0.34)
    pieces = [box(m, (w + 0.06, d + 0.04, 0.14), (0, 0, high - 0.16), edge=0.006)]
    for x, y in corners(w / 2, d / 2 - 0.05):
        pieces.append(box(m, (0.06, 0.06, high - 0.1), (x * 0.97, y, 0), edge=0.004))
    head = rng.uniform(0.85, 1.2)
    if rng.random() < 0.5:
        each = w / 3 + 0.01
        for i in (-1, 0, 1):
            at = (i * each, d / 2 + 0.05, 0.25)
            pieces.append(soft_box("fabric2", (each, 0.08, head - 0.25), at, 0.035, puff=0.01))
    else:
        pieces.append(box(m, (w + 0.08, 0.05, head), (0, d / 2 + 0.04, 0), edge=0.008))
    pieces.append(soft_box("linen", (w, d - 0.03, 0.22), (0, 0, high - 0.02), 0.06, dents=0.004, rng=rng))
    size, at = (w + 0.1, d * 0.66, 0.2), (0, -d * 0.17, high + 0.06)
    pieces.append(soft_box("fabric", size, at, 0.085, WHITE, 0.04, dents=0.05, rng=rng, steps=44, creases=0.03))
    count = 2 if w > 1.1 else 1
    for i in range(count):
        for layer in range(int(rng.integers(1, 3))):
            x = 0 if count == 1 else (i - 0.5) * w / 2
            m, size = "linen" if layer == 0 else "fabric2", (min(0.72, w / count - 0.06), 0.14, 0.46)
            pillow = soft_box(
                m, size, ORIGIN, 0.06, shade(rng, 0.08), 0.06, dents=0.03, rng=rng, steps=24, creases=0.012
            )
            place = (x + rng.normal(0, 0.03), d / 2 - 0.26 - 0.16 * layer, high + 0.2)
            pieces += placed(tilted([pillow], 0, -0.85 + 0.4 * layer), place, rng.normal(0, 0.08))
    return pieces


def office_chair(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A swivel chair; its back at +Y. `size_m`: width and height of the back's top."""
    w, _, top = item.size_m
    seat = rng.uniform(0.44, 0.5)
    m = item.finish
    pieces = [soft_box(m, (w, 0.47, 0.085), (0, 0, seat - 0.06), 0.038, puff=0.008)]
    high = top - seat - 0.14
    back = soft_box(m, (w * 0.95, 0.065, high), ORIGIN, 0.03, WHITE, 0.012, bend=-0.06, steps=14)
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


def chair(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A plain chair on four legs, or a "shell"; its back at +Y."""
    w, d, top = item.size_m
    seat, m = 0.45, item.finish
    shell = item.second == "shell"
    legs = "chrome" if shell else m
    if shell:
        pieces = [soft_box(m, (w, d, 0.045), (0, 0, seat - 0.04), 0.018)]
    else:
        pieces = [box(m, (w, d, 0.03), (0, 0, seat - 0.03), edge=0.006)]
    for x in (-w / 2 + 0.03, w / 2 - 0.03):
        front = [(x * 1.12, -d / 2 - 0.01, 0), (x, -d / 2 + 0.03, seat - 0.02)]
        back = [(x * 1.12, d / 2 + 0.03, 0), (x, d / 2 - 0.02, seat), (x, d / 2 + 0.05, 0.97 * top)]
        pieces += [tube(legs, front, 0.014), tube(legs, back, 0.014)]
    if shell:
        return [*pieces, soft_box(m, (w * 0.98, 0.03, 0.34), (0, d / 2 + 0.02, top - 0.36), 0.014, bend=-0.05)]
    for z in np.linspace(seat + 0.14, top - 0.06, int(rng.integers(2, 4))):
        pieces.append(soft_box(m, (w - 0.04, 0.022, 0.055), (0, d / 2 + 0.035, z), 0.01, bend=-0.02))
    return pieces


def bench(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    m, count = item.finish, max(1, round(w / 0.8))
    pieces = [box(item.second or "wood", (w, d, 0.36), (0, 0, 0), edge=0.004)]
    each = w / count
    for i in range(count):
        x = -w / 2 + (i + 0.5) * each
        pieces.append(soft_box(m, (each - 0.006, d, 0.1), (x, 0, 0.36), 0.035, puff=0.01))
        pieces.append(soft_box(m, (each - 0.006, 0.1, h - 0.5), (x, d / 2 - 0.05, 0.5), 0.04, puff=0.012))
    return pieces
