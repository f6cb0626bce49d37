"""What one sits and lies on: sofas, beds, chairs, benches."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from scenes.rooms.cloth import draped, over_bar
from scenes.rooms.piles import AT_HOME, cloth_of, piled
from scenes.rooms.record import Item
from scenes.rooms.small_things import shade
from scenes.rooms.solids import ORIGIN, WHITE, Piece, box, corners, cylinder, placed, sheet, soft_box, tilted, tube


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
        pieces.append(soft_box(m, size, at, 0.06, WHITE, 0.025, dents=0.03, rng=rng, steps=20, creases=0.014))
        size = (each - 0.02, 0.2, h - seat_h + rng.uniform(-0.02, 0.05))
        cushion = soft_box(m, size, ORIGIN, 0.08, WHITE, 0.04, dents=0.05, rng=rng, steps=22, creases=0.016)
        # sat into another place and never put back
        leaning = tilted(tilted([cushion], 0, rng.uniform(-0.3, -0.08)), 1, rng.normal(0, 0.035))
        pieces += placed(leaning, (x, d / 2 - back_d - 0.07, seat_h + 0.015), rng.normal(0, 0.05))
    for _ in range(int(rng.integers(0, 2 + 2 * seats))):
        wide = rng.uniform(0.3, 0.55)
        size, name = (wide, 0.13, wide * rng.choice([0.65, 1.0])), cloth_of(rng)
        cushion = soft_box(name, size, ORIGIN, 0.05, shade(rng, 0.6), 0.05, dents=0.04, rng=rng, steps=18, creases=0.02)
        x = rng.uniform(-0.5, 0.5) * (w - 2 * arm - wide)
        leaning = tilted(tilted([cushion], 0, rng.uniform(-0.9, -0.2)), 1, rng.normal(0, 0.3))
        pieces += placed(leaning, (x, d / 2 - back_d - 0.25, seat_h + 0.03), rng.normal(0, 0.4))
    if rng.random() < item.amount:
        pieces += placed([draped("fabric3", 0.7, 0.55, rng)], (rng.uniform(-0.3, 0.3) * w, 0.3 - d / 2, seat_h + 0.06))
    if rng.random() < 0.7 * item.amount:
        throw = over_bar(cloth_of(rng), rng.uniform(0.4, 1.1), rng.uniform(0.3, 0.55), 0.3, back_d / 2 + 0.03, rng)
        throw = replace(throw, tint=shade(rng, 0.5))
        pieces += placed([throw], (rng.uniform(-0.25, 0.25) * w, d / 2 - back_d / 2, h), rng.normal(0, 0.06))
    left = piled(w - 2 * arm, 0.4, 0.6, int(rng.poisson(1.5 * item.amount)), rng, AT_HOME)
    return pieces + placed(left, (0, -0.1, seat_h + 0.06))


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
    """A swivel chair; its back at +Y. `size_m`: width and height of the back's top; `second`: what its back is."""
    w, _, top = item.size_m
    seat = rng.uniform(0.44, 0.5)
    m = item.finish
    pieces = [soft_box(m, (w, 0.47, 0.085), (0, 0, seat - 0.06), 0.038, puff=0.008)]
    high = top - seat - 0.14
    back = _BACKS.get(item.second, _plain_back)(m, w, high, rng)
    for piece in back:
        shape = piece.vertices.copy()
        # leaning backwards, with a hollow for the back
        part = np.clip(shape[:, 2] / high, 0, 1)
        shape[:, 1] += 0.1 * part - 0.05 * np.sin(part * np.pi)
        pieces += placed([replace(piece, vertices=shape)], (0, 0.24, seat + 0.14))
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


def _plain_back(m: str, w: float, high: float, rng: np.random.Generator) -> list[Piece]:
    """One piece, narrower or wider towards the top, straight or hollow."""
    back = soft_box(m, (w * 0.95, 0.065, high), ORIGIN, 0.03, WHITE, 0.012, bend=rng.uniform(-0.1, -0.02), steps=14)
    shape = back.vertices.copy()
    shape[:, 0] *= 1.0 - rng.uniform(-0.05, 0.3) * np.clip(shape[:, 2] / high, 0, 1) ** rng.uniform(1, 3)
    return [replace(back, vertices=shape)]


def _mesh_back(m: str, w: float, high: float, rng: np.random.Generator) -> list[Piece]:
    """A frame with a net that one sees through, a bar across it."""
    a = np.linspace(0, 2 * np.pi, 40)
    # a superellipse: a rectangle with round corners
    x, z = (np.sign(f(a)) * np.abs(f(a)) ** 0.45 for f in (np.cos, np.sin))
    rim = np.stack([0.46 * w * x, -0.05 * x**2, (0.5 + 0.5 * z) * high], -1)
    u, v = np.meshgrid(np.linspace(-1, 1, 12), np.linspace(0.02, 0.98, 12))
    reach = np.sqrt(np.clip(1 - np.abs(2 * v - 1) ** 4.4, 0, 1))
    net = np.stack([0.46 * w * u * reach, -0.05 * u**2, v * high], -1)
    bar = tube("black", [(-0.44 * w, -0.03, 0.3 * high), (0, 0.03, 0.28 * high), (0.44 * w, -0.03, 0.3 * high)], 0.018)
    return [tube("black", rim, 0.017), sheet("net", net, net), bar]


def _tall_back(m: str, w: float, high: float, rng: np.random.Generator) -> list[Piece]:
    """Of three or four cushions over each other, with seams between them."""
    count = int(rng.integers(3, 5))
    each = high / count
    size = (w * rng.uniform(0.95, 1.1), 0.11, each + 0.01)
    return [
        soft_box(m, size, (0, 0, i * each), 0.045, WHITE, 0.03, bend=-0.05, dents=0.02, rng=rng, steps=12, creases=0.01)
        for i in range(count)
    ]


def _bucket_back(m: str, w: float, high: float, rng: np.random.Generator) -> list[Piece]:
    """As in a racing car: wings of another shade, a cushion for the neck."""
    tint = shade(rng, 0.6)
    middle = soft_box(m, (0.62 * w, 0.08, high), ORIGIN, 0.035, WHITE, 0.015, steps=12)
    wings = [
        soft_box(m, (0.2 * w, 0.1, high * tall), (side * 0.36 * w, -0.03, z * high), 0.04, tint, steps=8)
        for side in (-1, 1)
        for z, tall in ((0.04, 0.32), (0.48, 0.44))
    ]
    neck = soft_box(m, (0.42 * w, 0.09, 0.12), (0, -0.06, 0.78 * high), 0.04, shade(rng, 0.5), steps=8)
    return [middle, *wings, neck]


_BACKS = {"mesh": _mesh_back, "tall": _tall_back, "bucket": _bucket_back}


def chair(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A plain chair on four legs, or a "shell", "padded" or of "bars"; its back at +Y."""
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
    if item.second == "padded":
        size, high = (w * 0.98, 0.07, top - seat - 0.08), seat + 0.1
        return [*pieces, soft_box(cloth_of(rng), size, (0, d / 2 + 0.02, high), 0.03, WHITE, 0.02, dents=0.02, rng=rng)]
    if item.second == "bars":
        rail = soft_box(m, (w, 0.025, 0.07), (0, d / 2 + 0.04, top - 0.07), 0.011, bend=-0.03)
        bars = [[(x * 0.85, d / 2, seat), (x, d / 2 + 0.035, top - 0.05)] for x in np.linspace(-0.42, 0.42, 6) * w]
        return [*pieces, rail, *(tube(m, bar, 0.008, sides=6) for bar in bars)]
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
