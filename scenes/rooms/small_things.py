"""What stands on shelves and tables: books, boxes, binders, vases, frames, cups, plants."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable

import numpy as np

from scenes.rooms.solids import Piece, box, cylinder, leaves, placed, tilted, tube, turned

Colour = tuple[float, float, float]
Maker = Callable[[np.random.Generator], tuple[list[Piece], float]]


def book_colour(rng: np.random.Generator) -> Colour:
    """Linear colour of a cover: mostly muted, some black and white, a few loud."""
    kind = rng.random()
    if kind < 0.22:
        value = rng.uniform(0.35, 0.75)
        return (value, value * 0.97, value * rng.uniform(0.8, 0.95))
    if kind < 0.38:
        value = rng.uniform(0.008, 0.05)
        return (value, value, value * rng.uniform(0.9, 1.3))
    hue = float(rng.choice([0.0, 0.02, 0.08, 0.12, 0.3, 0.45, 0.57, 0.6, 0.63, 0.95]) + rng.normal(0, 0.02)) % 1.0
    value, strength = (rng.uniform(0.05, 0.4), rng.uniform(0.35, 0.8)) if kind < 0.88 else (rng.uniform(0.3, 0.7), 0.92)
    return colorsys.hsv_to_rgb(hue, strength, value)


def _book(thick: float, deep: float, tall: float, colour: Colour) -> list[Piece]:
    """Upright, its spine towards -Y, its foot's middle at the origin."""
    cover = box("book", (thick, deep, tall), (0, 0, 0), colour, edge=min(0.003, 0.2 * thick))
    # the pattern of a spine is laid by where it is, 0 to 1 of its height; a book's number follows from its colour
    unit = (cover.vertices - (0, 0, 0)) / (thick, deep, tall) + (0.5, 0.5, 0.0)
    number = (colour[0] * 37 + thick * 911 + tall * 53) % 1
    cover = Piece(
        "book", cover.vertices, cover.faces, np.stack([unit[:, 0], unit[:, 2], 0 * unit[:, 0] + number], -1), colour
    )
    pages = box(
        "paper", (max(thick - 0.005, 0.6 * thick), deep - 0.006, tall - 0.004), (0, 0.0045, 0.003), (0.85, 0.78, 0.62)
    )
    return [cover, pages]


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
            size = (
                float(np.clip(rng.lognormal(-3.75, 0.45), 0.009, 0.065)),
                float(min(depth, max(0.1, rng.normal(deep_mean, 0.02)))),
                tall,
            )
        if x + size[0] > width / 2:
            return pieces
        front = -depth / 2 + size[1] / 2 + max(0.0, rng.normal(0.012, 0.012))
        pieces += placed(_book(*size, colour), (x + size[0] / 2, front, 0))
        x += size[0] + 0.0007
        series -= 1


def leaning_books(depth: float, clear: float, rng: np.random.Generator) -> tuple[list[Piece], float]:
    """Two or three books that lean to the left; pieces and the width they take."""
    angle = rng.uniform(0.15, 0.4)
    tall = min(rng.uniform(0.18, 0.26), clear - 0.02)
    pieces, x = [], 0.0
    for _ in range(int(rng.integers(1, 4))):
        thick = rng.uniform(0.012, 0.035)
        one = placed(_book(thick, min(depth, 0.16), tall, book_colour(rng)), (thick / 2, -depth / 2 + 0.1, 0))
        pieces += placed(tilted(one, 1, -angle), (x + tall * math.sin(angle), 0, 0))
        x += thick / math.cos(angle) + 0.001
    return pieces, x + tall * math.sin(angle)


def _stack(rng: np.random.Generator, clear: float) -> tuple[list[Piece], float]:
    z, pieces = 0.0, []
    for _ in range(int(rng.integers(2, 6))):
        thick, tall = rng.uniform(0.012, 0.04), rng.uniform(0.18, 0.28)
        if z + thick > clear:
            break
        lying = tilted(placed(_book(thick, rng.uniform(0.12, 0.2), tall, book_colour(rng)), (0, 0, 0)), 1, math.pi / 2)
        pieces += placed(lying, (-tall / 2, 0, z + thick / 2), rng.normal(0, 0.06))
        z += thick
    return pieces, 0.28


def _binders(rng: np.random.Generator, clear: float, depth: float) -> tuple[list[Piece], float]:
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


def _vase(rng: np.random.Generator, clear: float) -> tuple[list[Piece], float]:
    h = min(clear * 0.9, rng.uniform(0.1, 0.3))
    r = h * rng.uniform(0.2, 0.45)
    neck = rng.uniform(0.25, 0.8)
    s = np.linspace(0, 1, 12)
    body = r * (0.55 + 0.45 * np.sin(np.pi * s**0.8)) * (1 - (1 - neck) * s**3)
    profile = [
        (0, 0),
        *zip(body, s * h, strict=True),
        (body[-1] * 0.85, h * 0.99),
        (body[-1] * 0.8, 0.6 * h),
        (0, 0.5 * h),
    ]
    return [turned("ceramic", profile, tint=_glaze(rng), sides=24)], 2 * r + 0.03


def _glaze(rng: np.random.Generator) -> Colour:
    if rng.random() < 0.5:
        value = rng.uniform(0.3, 0.8)
        return (value, value * 0.96, value * 0.88)
    return colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.7), rng.uniform(0.05, 0.45))


def _frame(rng: np.random.Generator, clear: float) -> tuple[list[Piece], float]:
    h = min(clear * 0.9, rng.uniform(0.13, 0.24))
    w = h * rng.choice([0.72, 1.35])
    frame = box("wood2" if rng.random() < 0.5 else "black", (w, 0.015, h), (0, 0, 0), edge=0.002)
    photo = box("photo", (w * 0.78, 0.002, h * 0.8), (0, -0.0085, h * 0.1), _glaze(rng))
    return placed(tilted([frame, photo], 0, -0.12), (0, 0, 0), rng.normal(0, 0.2)), w + 0.03


def _storage(rng: np.random.Generator, clear: float, depth: float) -> tuple[list[Piece], float]:
    w, h = rng.uniform(0.2, 0.36), min(clear * 0.92, rng.uniform(0.12, 0.28))
    name = ("fabric2", "cardboard", "plastic", "basket")[int(rng.integers(4))]
    tint = _glaze(rng) if name == "plastic" else (1.0, 1.0, 1.0)
    pieces = [box(name, (w, min(depth, 0.3), h), (0, 0, 0), tint, edge=0.006)]
    if rng.random() < 0.5:
        pieces.append(box("paper", (0.08, 0.001, 0.05), (0, -min(depth, 0.3) / 2 - 0.0008, h * 0.55)))
    return pieces, w + 0.02


def _mug(rng: np.random.Generator) -> tuple[list[Piece], float]:
    r, h, tint = rng.uniform(0.036, 0.045), rng.uniform(0.08, 0.11), _glaze(rng)
    body = turned(
        "ceramic", [(0, 0), (r * 0.9, 0), (r, 0.01), (r, h), (r * 0.92, h), (r * 0.9, 0.02), (0, 0.015)], tint=tint
    )
    bow = [(r, 0, 0.25 * h), (r + 0.022, 0, 0.35 * h), (r + 0.025, 0, 0.6 * h), (r, 0, 0.8 * h)]
    return placed([body, tube("ceramic", bow, 0.005, tint)], (0, 0, 0), rng.uniform(0, 6.3)), 0.13


def _bottle(rng: np.random.Generator, clear: float) -> tuple[list[Piece], float]:
    h, r = min(clear * 0.95, rng.uniform(0.2, 0.32)), rng.uniform(0.03, 0.042)
    profile = [(0, 0), (r, 0), (r, 0.6 * h), (r * 0.35, 0.76 * h), (r * 0.33, h), (0, h)]
    tint = ((0.02, 0.06, 0.02), (0.08, 0.03, 0.01), (0.5, 0.55, 0.52), (0.03, 0.03, 0.03))[int(rng.integers(4))]
    label = turned("paper", [(r + 0.0006, 0.2 * h), (r + 0.0006, 0.48 * h)], tint=_glaze(rng))
    return [turned("gloss", profile, tint=tint), label], 2 * r + 0.015


def _jar(rng: np.random.Generator) -> tuple[list[Piece], float]:
    r, h = rng.uniform(0.04, 0.06), rng.uniform(0.1, 0.2)
    return [
        cylinder("ceramic", r, h, (0, 0, 0), _glaze(rng)),
        cylinder("wood2", r * 0.95, 0.015, (0, 0, h)),
    ], 2 * r + 0.02


def _speaker(rng: np.random.Generator) -> tuple[list[Piece], float]:
    w, h = rng.uniform(0.12, 0.17), rng.uniform(0.18, 0.28)
    pieces = [box("black", (w, 0.16, h), (0, 0, 0), edge=0.006)]
    for z, r in ((0.35 * h, w * 0.38), (0.78 * h, w * 0.2)):
        pieces += placed(
            tilted(
                [cylinder("metal", r, 0.006, (0, 0, 0)), cylinder("black", r * 0.85, 0.008, (0, 0, 0))], 0, math.pi / 2
            ),
            (0, -0.079, z),
        )
    return pieces, w + 0.03


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
        room = end - x
        if book_share > 1.5 and rng.random() < 0.75:
            group, wide = _binders(rng, clear, depth)
            group = placed(group, (0, 0, 0))
            at_left = True
        elif rng.random() < book_share:
            wide = min(room, rng.uniform(0.12, 0.7) * (0.5 + amount))
            group, at_left = books(wide, depth, clear, rng), False
            if room - wide > 0.16 and rng.random() < 0.4:
                lean, more = leaning_books(depth, clear, rng)
                pieces += placed(lean, (x + wide, 0, 0))
                x += more
            elif rng.random() < 0.25 and room - wide > 0.3:
                stack, more = _stack(rng, clear)
                pieces += placed(stack, (x + wide + more / 2 + 0.01, -0.01, 0))
                x += more
        else:
            choice = rng.random()
            if choice < 0.22:
                group, wide = _storage(rng, clear, depth)
            elif choice < 0.42:
                group, wide = _vase(rng, clear)
            elif choice < 0.6:
                group, wide = _frame(rng, clear)
            elif choice < 0.72 and clear > 0.2:
                group, wide = pot_plant(rng.uniform(0.09, 0.13), min(clear * 1.05, rng.uniform(0.2, 0.35)), rng), 0.2
            elif choice < 0.8:
                group, wide = _stack(rng, clear)
            elif choice < 0.9:
                group, wide = _speaker(rng)
            else:
                group, wide = _mug(rng) if book_share > 0 else _bottle(rng, clear)
            at_left = False
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
    count = int(rng.poisson(amount * (2.0 + 4.5 * width)))
    taken: list[tuple[float, float, float]] = []
    for _ in range(count):
        choice = rng.random()
        makers: tuple[Maker, ...]
        if kitchen:
            makers = (_mug, lambda r: _bottle(r, clear), _jar, lambda r: _vase(r, clear), _mug, _jar)
        else:
            makers = (
                lambda r: _vase(r, clear),
                _mug,
                lambda r: _stack(r, clear),
                lambda r: _frame(r, clear),
                _papers,
                _papers,
                lambda r: (pot_plant(r.uniform(0.08, 0.14), r.uniform(0.18, 0.4), r), 0.22),
            )
        group, wide = makers[int(choice * len(makers))](rng)
        if wide > width:
            continue
        x, y = rng.uniform(-0.5, 0.5) * (width - wide), rng.uniform(-0.5, 0.5) * max(0.0, depth - wide)
        if any(abs(x - tx) < (wide + tw) / 2 and abs(y - ty) < (wide + tw) / 2 for tx, ty, tw in taken):
            continue
        taken.append((x, y, wide))
        pieces += placed(group, (x, y, 0))
    return pieces


def _papers(rng: np.random.Generator) -> tuple[list[Piece], float]:
    pieces, z = [], 0.0
    for _ in range(int(rng.integers(1, 6))):
        pieces += placed(
            [box("paper", (0.21, 0.297, 0.0015), (0, 0, z))],
            (rng.normal(0, 0.01), rng.normal(0, 0.01), 0),
            rng.normal(0, 0.1),
        )
        z += 0.0016
    return pieces, 0.3


def pot_plant(pot_m: float, height_m: float, rng: np.random.Generator) -> list[Piece]:
    """A plant in its pot: bushy, upright blades, arching fronds or large leaves; `pot_m` the pot's width."""
    r = pot_m / 2
    pot_h = min(pot_m * rng.uniform(0.8, 1.1), 0.45 * height_m)
    slope = rng.uniform(0.7, 1.0)
    profile = [(0, 0), (r * slope, 0), (r, pot_h), (r * 0.92, pot_h), (r * 0.9, pot_h * 0.88), (0, pot_h * 0.88)]
    name = ("ceramic", "terracotta", "basket")[int(rng.choice(3, p=[0.55, 0.25, 0.2]))]
    pot = turned(name, profile, tint=_glaze(rng) if name == "ceramic" else (1.0, 1.0, 1.0), sides=28)
    soil = turned("soil", [(0, pot_h * 0.9), (r * 0.91, pot_h * 0.89)], sides=20)
    green = np.array([rng.uniform(0.02, 0.07), rng.uniform(0.08, 0.2), rng.uniform(0.01, 0.045)])
    top = height_m - pot_h
    kind = rng.choice(["bush", "blades", "fronds", "large"])
    pieces = [pot, soil]
    foot = np.array([0, 0, pot_h * 0.88])
    if kind == "blades":
        n = int(rng.integers(9, 20))
        a = rng.uniform(0, 6.3, n)
        toward = _units(np.stack([np.cos(a) * 0.16, np.sin(a) * 0.16, np.ones(n)], -1) + rng.normal(0, 0.05, (n, 3)))
        base = foot + np.stack([np.cos(a), np.sin(a), 0 * a], -1) * r * 0.4
        length = top * rng.uniform(0.55, 1.0, n)
        pieces.append(leaves(base, toward, length, 0.05 + 0.06 * length, 0.02 * length, _greens(green, n, rng)))
    elif kind == "fronds":
        n = int(rng.integers(14, 30))
        a, up = rng.uniform(0, 6.3, n), rng.uniform(0.7, 2.2, n)
        toward = _units(np.stack([np.cos(a), np.sin(a), up], -1))
        length = top * rng.uniform(0.8, 1.25, n)
        pieces.append(
            leaves(
                np.broadcast_to(foot, (n, 3)),
                toward,
                length,
                0.03 + 0.035 * length,
                length * rng.uniform(0.25, 0.6, n),
                _greens(green, n, rng),
            )
        )
    else:
        large = kind == "large"
        stems = int(rng.integers(5, 11)) if large else int(rng.integers(4, 8))
        bases, ways, sizes = [], [], []
        for _ in range(stems):
            way, out = rng.uniform(0, 6.3), rng.uniform(0.1, 0.5)
            tip = foot + np.array(
                [math.cos(way) * out * top * 0.6, math.sin(way) * out * top * 0.6, top * rng.uniform(0.45, 0.85)]
            )
            bow = foot + 0.5 * (tip - foot) + (0, 0, 0.12 * top)
            path = [foot, bow, tip]
            pieces.append(tube("stem", path, 0.004 + 0.006 * top * (not large), sides=5))
            for _ in range(1 if large else int(rng.integers(10, 20))):
                s = 1.0 if large else rng.uniform(0.25, 1.0)
                bases.append((1 - s) ** 2 * foot + 2 * s * (1 - s) * bow + s * s * tip)
                b = rng.uniform(0, 6.3)
                away = (
                    np.array([math.cos(way), math.sin(way), 0.3])
                    if large
                    else np.array([math.cos(b), math.sin(b), rng.uniform(-0.2, 0.8)])
                )
                ways.append(away)
                sizes.append(rng.uniform(0.22, 0.36) * min(1.0, top) if large else rng.uniform(0.05, 0.1) + 0.04 * top)
        n, length = len(bases), np.array(sizes)
        pieces.append(
            leaves(
                np.array(bases),
                _units(np.array(ways)),
                length,
                length * (0.75 if large else 0.5),
                0.35 * length,
                _greens(green, n, rng),
            )
        )
    return pieces


def _units(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _greens(green: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return np.clip(green * rng.lognormal(0, 0.22, (count, 1)) * rng.lognormal(0, 0.08, (count, 3)), 0.003, 0.6)
