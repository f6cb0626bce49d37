"""What stands on shelves and tables: books, boxes, binders, vases, frames, cups, plants."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scenes.rooms.solids import ORIGIN, WHITE, Piece, box, cylinder, flat, leaves, placed, tilted, tube, turned

Colour = tuple[float, float, float]
Made = tuple[list[Piece], float]
"""Pieces and the width they take."""
Maker = Callable[[np.random.Generator, float, float], Made]
"""From a height that is clear above and a depth."""


def book_colour(rng: np.random.Generator) -> Colour:
    """Linear colour of a cover: mostly muted, some black and white, a few loud."""
    kind = rng.random()
    if kind < 0.22:
        value = rng.uniform(0.35, 0.75)
        return (value, value * 0.97, value * rng.uniform(0.8, 0.95))
    if kind < 0.38:
        value = rng.uniform(0.008, 0.05)
        return (value, value, value * rng.uniform(0.9, 1.3))
    hue = float(rng.choice([0.0, 0.02, 0.08, 0.12, 0.3, 0.45, 0.57, 0.6, 0.63, 0.98]) + rng.normal(0, 0.02)) % 1.0
    value, strength = (rng.uniform(0.03, 0.35), rng.uniform(0.25, 0.7)) if kind < 0.94 else (rng.uniform(0.3, 0.7), 0.9)
    return colorsys.hsv_to_rgb(hue, strength, value)


def shade(rng: np.random.Generator, spread: float = 0.35) -> Colour:
    """A tint that makes one of several things alike a little lighter or darker, warmer or colder."""
    value = rng.uniform(1 - spread, 1 + spread)
    r, g, b = (float(value * rng.uniform(1 - spread / 3, 1 + spread / 3)) for _ in range(3))
    return r, g, b


def hue_of(rng: np.random.Generator, most: float) -> Colour:
    """A linear colour as things are dyed and moulded: any hue, up to `most` strong, seldom bright."""
    value = float(np.clip(rng.lognormal(-1.5, 0.8), 0.02, 0.8))
    return colorsys.hsv_to_rgb(rng.random(), most * rng.beta(1.2, 1.2), value)


def _book(thick: float, deep: float, tall: float, colour: Colour) -> list[Piece]:
    """Upright, its spine towards -Y, its foot's middle at the origin."""
    cover = box("book", (thick, deep, tall), (0, 0, 0), colour, edge=min(0.003, 0.2 * thick))
    # the pattern of a spine is laid by where it is, 0 to 1 of its height; a book's number follows from its colour
    unit = cover.vertices / (thick, deep, tall) + (0.5, 0.5, 0.0)
    number = (colour[0] * 37 + thick * 911 + tall * 53) % 1
    local = np.stack([unit[:, 0], unit[:, 2], 0 * unit[:, 0] + number], -1)
    size = (max(thick - 0.005, 0.6 * thick), deep - 0.006, tall - 0.004)
    return [replace(cover, local=local), box("paper", size, (0, 0.0045, 0.003), (0.85, 0.78, 0.62))]


def books(width: float, depth: float, clear: float, rng: np.random.Generator) -> list[Piece]:
    """Upright books over `width`, from the left, the last ones leaning; depth counted from the front edge."""
    pieces: list[Piece] = []
    x = -width / 2
    tall_mean, deep_mean = rng.uniform(0.19, 0.27), rng.uniform(0.13, 0.2)
    series = 0
    colour, size = book_colour(rng), (0.02, 0.15, 0.2)
    while True:
        if series <= 0:
            series = int(rng.integers(2, 8)) if rng.random() < 0.16 else 1
            colour = book_colour(rng)
            tall = float(np.clip(rng.normal(tall_mean, 0.03), 0.14, min(0.34, clear - 0.01)))
            thick = float(np.clip(rng.lognormal(-3.75, 0.45), 0.009, 0.065))
            size = (thick, float(min(depth, max(0.1, rng.normal(deep_mean, 0.02)))), tall)
        if x + size[0] > width / 2:
            return pieces
        front = -depth / 2 + size[1] / 2 + max(0.0, rng.normal(0.012, 0.012))
        pieces += placed(_book(*size, colour), (x + size[0] / 2, front, 0))
        x += size[0] + 0.0007
        series -= 1


def _leaning_books(rng: np.random.Generator, clear: float, depth: float) -> Made:
    """Up to three books that lean to the left."""
    angle = rng.uniform(0.15, 0.4)
    tall = min(rng.uniform(0.18, 0.26), clear - 0.02)
    pieces, x = [], 0.0
    for _ in range(int(rng.integers(1, 4))):
        thick = rng.uniform(0.012, 0.035)
        one = placed(_book(thick, min(depth, 0.16), tall, book_colour(rng)), (thick / 2, -depth / 2 + 0.1, 0))
        pieces += placed(tilted(one, 1, -angle), (x + tall * math.sin(angle), 0, 0))
        x += thick / math.cos(angle) + 0.001
    return pieces, x + tall * math.sin(angle)


def _stack(rng: np.random.Generator, clear: float, depth: float) -> Made:
    z, pieces = 0.0, []
    for _ in range(int(rng.integers(2, 6))):
        thick, tall = rng.uniform(0.012, 0.04), rng.uniform(0.18, 0.28)
        if z + thick > clear:
            break
        lying = tilted(_book(thick, rng.uniform(0.12, 0.2), tall, book_colour(rng)), 1, math.pi / 2)
        pieces += placed(lying, (-tall / 2, 0, z + thick / 2), rng.normal(0, 0.06))
        z += thick
    return pieces, 0.28


def _binders(rng: np.random.Generator, clear: float, depth: float) -> Made:
    count, colour = int(rng.integers(2, 7)), book_colour(rng)
    tall = min(0.32, clear - 0.01)
    pieces = []
    for i in range(count):
        thick = 0.075 if rng.random() < 0.7 else 0.05
        x = 0.04 + i * 0.078
        pieces.append(box("plastic", (thick, min(depth, 0.28), tall), (x, 0, 0), colour, edge=0.003))
        front = -min(depth, 0.28) / 2 - 0.0008
        pieces.append(box("paper", (thick * 0.75, 0.001, 0.14), (x, front, tall * 0.5)))
        pieces.append(cylinder("black", 0.011, 0.002, (x, 0, 0)))
    return pieces, count * 0.078 + 0.02


def _vase(rng: np.random.Generator, clear: float, depth: float) -> Made:
    h = min(clear * 0.9, rng.uniform(0.1, 0.3))
    r = h * rng.uniform(0.2, 0.45)
    neck = rng.uniform(0.25, 0.8)
    s = np.linspace(0, 1, 12)
    body = r * (0.55 + 0.45 * np.sin(np.pi * s**0.8)) * (1 - (1 - neck) * s**3)
    inside = [(body[-1] * 0.85, h * 0.99), (body[-1] * 0.8, 0.6 * h), (0, 0.5 * h)]
    profile = [(0, 0), *zip(body, s * h, strict=True), *inside]
    return [turned("ceramic", profile, tint=_glaze(rng), sides=24)], 2 * r + 0.03


def _glaze(rng: np.random.Generator) -> Colour:
    if rng.random() < 0.5:
        value = rng.uniform(0.3, 0.8)
        return (value, value * 0.96, value * 0.88)
    return colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.7), rng.uniform(0.05, 0.45))


def _frame(rng: np.random.Generator, clear: float, depth: float) -> Made:
    h = min(clear * 0.9, rng.uniform(0.13, 0.24))
    w = h * rng.choice([0.72, 1.35])
    frame = box("wood2" if rng.random() < 0.5 else "black", (w, 0.015, h), (0, 0, 0), edge=0.002)
    photo = small_print(rng, 0.78 * w, 0.8 * h, (0, -0.0095, 0.1 * h))
    return placed(tilted([frame, photo], 0, -0.12), (0, 0, 0), rng.normal(0, 0.2)), w + 0.03


def small_print(rng: np.random.Generator, w: float, h: float, at: tuple[float, float, float]) -> Piece:
    """One of the room's small prints, upright, looking along -Y, the middle of its lower edge at `at`."""
    u, v = (0.25 * int(i) + 0.01 for i in rng.integers(0, 4, 2))
    local = [[u + 0.23 * a, v + 0.23 * b, 0] for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    return flat("photo", (at[0] - w / 2, at[1], at[2]), (w, 0, 0), (0, 0, h), local)


def _storage(rng: np.random.Generator, clear: float, depth: float) -> Made:
    w, h = rng.uniform(0.2, 0.36), min(clear * 0.92, rng.uniform(0.12, 0.28))
    name = ("fabric2", "cardboard", "plastic", "basket")[int(rng.integers(4))]
    tint = _glaze(rng) if name == "plastic" else WHITE
    pieces = [box(name, (w, min(depth, 0.3), h), (0, 0, 0), tint, edge=0.006)]
    if rng.random() < 0.5:
        pieces.append(box("paper", (0.08, 0.001, 0.05), (0, -min(depth, 0.3) / 2 - 0.0008, h * 0.55)))
    return pieces, w + 0.02


def _mug(rng: np.random.Generator, clear: float, depth: float) -> Made:
    r, h, tint = rng.uniform(0.036, 0.045), rng.uniform(0.08, 0.11), _glaze(rng)
    profile = [(0, 0), (r * 0.9, 0), (r, 0.01), (r, h), (r * 0.92, h), (r * 0.9, 0.02), (0, 0.015)]
    body = turned("ceramic", profile, tint=tint)
    bow = [(r, 0, 0.25 * h), (r + 0.022, 0, 0.35 * h), (r + 0.025, 0, 0.6 * h), (r, 0, 0.8 * h)]
    return placed([body, tube("ceramic", bow, 0.005, tint)], (0, 0, 0), rng.uniform(0, 6.3)), 0.13


def _bottle(rng: np.random.Generator, clear: float, depth: float) -> Made:
    h, r = min(clear * 0.95, rng.uniform(0.2, 0.32)), rng.uniform(0.03, 0.042)
    profile = [(0, 0), (r, 0), (r, 0.6 * h), (r * 0.35, 0.76 * h), (r * 0.33, h), (0, h)]
    tint = ((0.02, 0.06, 0.02), (0.08, 0.03, 0.01), (0.5, 0.55, 0.52), (0.03, 0.03, 0.03))[int(rng.integers(4))]
    label = turned("paper", [(r + 0.0006, 0.2 * h), (r + 0.0006, 0.48 * h)], tint=_glaze(rng))
    return [turned("gloss", profile, tint=tint), label], 2 * r + 0.015


def _jar(rng: np.random.Generator, clear: float, depth: float) -> Made:
    r, h = rng.uniform(0.04, 0.06), rng.uniform(0.1, 0.2)
    jar, lid = cylinder("ceramic", r, h, ORIGIN, _glaze(rng)), cylinder("wood2", r * 0.95, 0.015, (0, 0, h))
    return [jar, lid], 2 * r + 0.02


def _speaker(rng: np.random.Generator, clear: float, depth: float) -> Made:
    w, h = rng.uniform(0.12, 0.17), rng.uniform(0.18, 0.28)
    pieces = [box("black", (w, 0.16, h), (0, 0, 0), edge=0.006)]
    for z, r in ((0.35 * h, w * 0.38), (0.78 * h, w * 0.2)):
        cone = [cylinder("metal", r, 0.006, ORIGIN), cylinder("black", r * 0.85, 0.008, ORIGIN)]
        pieces += placed(tilted(cone, 0, math.pi / 2), (0, -0.079, z))
    return pieces, w + 0.03


def _papers(rng: np.random.Generator, clear: float, depth: float) -> Made:
    pieces, z = [], 0.0
    for _ in range(int(rng.integers(1, 6))):
        at = (rng.normal(0, 0.01), rng.normal(0, 0.01), 0)
        pieces += placed([box("paper", (0.21, 0.297, 0.0015), (0, 0, z))], at, rng.normal(0, 0.1))
        z += 0.0016
    return pieces, 0.3


def _potted(rng: np.random.Generator, clear: float, depth: float) -> Made:
    return pot_plant(rng.uniform(0.09, 0.13), min(clear * 1.05, rng.uniform(0.2, 0.35)), rng), 0.2


def _larger_potted(rng: np.random.Generator, clear: float, depth: float) -> Made:
    return pot_plant(rng.uniform(0.08, 0.14), rng.uniform(0.18, 0.4), rng), 0.22


_ON_SHELVES: tuple[tuple[float, Maker], ...] = (
    (0.22, _storage), (0.42, _vase), (0.6, _frame), (0.72, _potted), (0.8, _stack), (0.9, _speaker), (1.0, _mug)
)  # fmt: skip
"""What stands between books, up to which share of a draw."""
_IN_KITCHENS: tuple[Maker, ...] = (_mug, _bottle, _jar, _vase, _mug, _jar)


def shelf_things(
    width: float, depth: float, clear: float, rng: np.random.Generator, amount: float, book_share: float
) -> list[Piece]:
    """What stands in one bay of a shelf, `width` x `depth`, `clear` metres high: its foot's middle at the origin.

    `amount`: how full; `book_share`: 0 things only, 1 books only, above that an office's binders.
    """
    pieces: list[Piece] = []
    x = -width / 2
    end = width / 2 - (1 - amount) * rng.uniform(0, 0.8) * width
    while x < end - 0.05:
        room, at_left = end - x, False
        if book_share > 1.5 and rng.random() < 0.75:
            group, wide = _binders(rng, clear, depth)
            at_left = True
        elif rng.random() < book_share:
            wide = min(room, rng.uniform(0.12, 0.7) * (0.5 + amount))
            group = books(wide, depth, clear, rng)
            if room - wide > 0.16 and rng.random() < 0.4:
                lean, more = _leaning_books(rng, clear, depth)
                pieces += placed(lean, (x + wide, 0, 0))
                x += more
            elif rng.random() < 0.25 and room - wide > 0.3:
                stack, more = _stack(rng, clear, depth)
                pieces += placed(stack, (x + wide + more / 2 + 0.01, -0.01, 0))
                x += more
        else:
            choice = rng.random()
            make = next(maker for share, maker in _ON_SHELVES if choice < share)
            if make is _potted and clear <= 0.2:
                make = _stack
            elif make is _mug and book_share <= 0:
                make = _bottle
            group, wide = make(rng, clear, depth)
        if x + wide > width / 2:
            if wide > room + 0.1 or rng.random() < 0.4:
                break
            x += 0.1
            continue
        deep = 0.0 if at_left else -rng.uniform(0, 0.2) * depth * (book_share < 1)
        pieces += placed(group, (x if at_left else x + wide / 2, deep if wide < 0.3 else 0.0, 0))
        x += wide + rng.uniform(0.0, 0.14) * (1.2 - amount)
    return pieces


def things_on(
    width: float, depth: float, clear: float, rng: np.random.Generator, amount: float, kitchen: bool = False
) -> list[Piece]:
    """Things on a table or worktop of `width` x `depth`, its middle at the origin; `amount` 0 none, 1 crowded."""
    pieces: list[Piece] = []
    taken: list[tuple[float, float, float]] = []
    makers = _IN_KITCHENS if kitchen else (_vase, _mug, _stack, _frame, _papers, _papers, _larger_potted)
    for _ in range(int(rng.poisson(amount * (2.0 + 4.5 * width)))):
        group, wide = makers[int(rng.random() * len(makers))](rng, clear, depth)
        if wide > width:
            continue
        x, y = rng.uniform(-0.5, 0.5) * (width - wide), rng.uniform(-0.5, 0.5) * max(0.0, depth - wide)
        if any(abs(x - tx) < (wide + tw) / 2 and abs(y - ty) < (wide + tw) / 2 for tx, ty, tw in taken):
            continue
        taken.append((x, y, wide))
        pieces += placed(group, (x, y, 0))
    return pieces


def pot_plant(pot_m: float, height_m: float, rng: np.random.Generator) -> list[Piece]:
    """A plant in its pot: bushy, upright blades, arching fronds or large leaves; `pot_m` the pot's width."""
    r = pot_m / 2
    pot_h = min(pot_m * rng.uniform(0.8, 1.1), 0.45 * height_m)
    slope = rng.uniform(0.7, 1.0)
    profile = [(0, 0), (r * slope, 0), (r, pot_h), (r * 0.92, pot_h), (r * 0.9, pot_h * 0.88), (0, pot_h * 0.88)]
    name = ("ceramic", "terracotta", "basket")[int(rng.choice(3, p=[0.55, 0.25, 0.2]))]
    pot = turned(name, profile, tint=_glaze(rng) if name == "ceramic" else WHITE, sides=28)
    soil = turned("soil", [(0, pot_h * 0.9), (r * 0.91, pot_h * 0.89)], sides=20)
    green = np.array([rng.uniform(0.02, 0.07), rng.uniform(0.08, 0.2), rng.uniform(0.01, 0.045)])
    top, foot = height_m - pot_h, np.array([0, 0, pot_h * 0.88])
    kind = rng.choice(["bush", "blades", "fronds", "large"])
    if kind == "blades":
        return [pot, soil, _blades(foot, r, top, green, rng)]
    if kind == "fronds":
        return [pot, soil, _fronds(foot, top, green, rng)]
    return [pot, soil, *_leafy(foot, top, kind == "large", green, rng)]


def _blades(foot: np.ndarray, r: float, top: float, green: np.ndarray, rng: np.random.Generator) -> Piece:
    n = int(rng.integers(9, 30))
    a, out = rng.uniform(0, 6.3, n), rng.lognormal(-1.6, 0.6, n)
    toward = _units(np.stack([np.cos(a) * out, np.sin(a) * out, np.ones(n)], -1) + rng.normal(0, 0.08, (n, 3)))
    base = foot + np.stack([np.cos(a), np.sin(a), 0 * a], -1) * r * 0.4
    length = top * rng.uniform(0.25, 1.0, n)
    # some stand, some are bent over
    droop, width = length * rng.beta(0.6, 1.6, n) * 0.9, (0.012 + 0.05 * length) * rng.lognormal(0, 0.35, n)
    return leaves(base, toward, length, width, droop, _greens(green, n, rng))


def _fronds(foot: np.ndarray, top: float, green: np.ndarray, rng: np.random.Generator) -> Piece:
    n = int(rng.integers(14, 30))
    a, up = rng.uniform(0, 6.3, n), rng.uniform(0.7, 2.2, n)
    toward = _units(np.stack([np.cos(a), np.sin(a), up], -1))
    length = top * rng.uniform(0.8, 1.25, n)
    droop = length * rng.uniform(0.15, 0.9, n)
    base = np.broadcast_to(foot, (n, 3))
    return leaves(base, toward, length, 0.03 + 0.035 * length, droop, _greens(green, n, rng))


def _leafy(foot: np.ndarray, top: float, large: bool, green: np.ndarray, rng: np.random.Generator) -> list[Piece]:
    """Stems that bow outwards, each with one large leaf at its tip, or many small ones along it."""
    pieces, bases, ways, sizes = [], [], [], []
    for _ in range(int(rng.integers(5, 11) if large else rng.integers(4, 8))):
        way, out = rng.uniform(0, 6.3), rng.uniform(0.1, 0.5)
        reach = out * top * 0.6
        tip = foot + np.array([math.cos(way) * reach, math.sin(way) * reach, top * rng.uniform(0.45, 0.85)])
        bow = foot + 0.5 * (tip - foot) + (0, 0, 0.12 * top)
        pieces.append(tube("stem", np.stack([foot, bow, tip]), 0.004 + 0.006 * top * (not large), sides=5))
        for _ in range(1 if large else int(rng.integers(10, 20))):
            s = 1.0 if large else rng.uniform(0.25, 1.0)
            bases.append((1 - s) ** 2 * foot + 2 * s * (1 - s) * bow + s * s * tip)
            b = rng.uniform(0, 6.3)
            turn, up = (way, 0.3) if large else (b, rng.uniform(-0.2, 0.8))
            ways.append([math.cos(turn), math.sin(turn), up])
            sizes.append(rng.uniform(0.22, 0.36) * min(1.0, top) if large else rng.uniform(0.05, 0.1) + 0.04 * top)
    length = np.array(sizes) * rng.lognormal(-0.05, 0.4, len(sizes))
    width, greens = length * (0.75 if large else 0.5), _greens(green, len(bases), rng)
    return [*pieces, leaves(np.array(bases), _units(np.array(ways)), length, width, 0.35 * length, greens)]


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _greens(green: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    greens = green * rng.lognormal(0, 0.4, (count, 1)) * rng.lognormal(0, 0.12, (count, 3))
    withered = rng.random((count, 1)) < 0.08
    return np.clip(np.where(withered, greens * (4.0, 1.1, 0.8), greens), 0.003, 0.6)
