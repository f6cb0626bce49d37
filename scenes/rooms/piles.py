"""What is put down wherever there was space: one thing on the other, none of them square or in line."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from scenes.rooms.small_things import book_colour, hue_of, shade, small_print
from scenes.rooms.solids import ORIGIN, WHITE, Piece, box, cylinder, placed, soft_box, tilted, tube, turned

_CELL_M = 0.04
_CLOTHS = ("fabric", "fabric2", "fabric3", "linen", "curtain")


def cloth_of(rng: np.random.Generator) -> str:
    """The name of one of a room's cloths."""
    return _CLOTHS[int(rng.integers(len(_CLOTHS)))]


def piled(
    width: float, depth: float, clear: float, count: int, rng: np.random.Generator, makers: tuple[Loose, ...]
) -> list[Piece]:
    """`count` things of these on `width` x `depth`, its middle at the origin, up to `clear` metres high: each where it
    lies lowest of a few places, on what is there, turned as it came."""
    top = np.zeros((max(2, round(width / _CELL_M)), max(2, round(depth / _CELL_M))))
    pieces: list[Piece] = []
    for _ in range(count):
        turn = rng.uniform(0, 6.3) if rng.random() < 0.25 else rng.normal(0, 0.22)
        made = placed(makers[int(rng.integers(len(makers)))](rng), ORIGIN, turn)
        points = np.concatenate([piece.vertices for piece in made])
        low, high = points.min(0), points.max(0)
        found = None
        for _ in range(3):
            # half of a thing's own width may stick out
            at = rng.uniform(-0.5, 0.5, 2) * np.maximum((width, depth) - 0.75 * (high - low)[:2], 0.01)
            first = np.clip(((low[:2] + at) / (width, depth) + 0.5) * top.shape, 0, np.array(top.shape) - 1).astype(int)
            last = np.clip(((high[:2] + at) / (width, depth) + 0.5) * top.shape, 1, top.shape).astype(int)
            under = tuple(slice(a, max(a + 1, b)) for a, b in zip(first, last, strict=True))
            z = float(top[under].max())
            if found is None or z < found[0]:
                found = z, at, under
        tall = float(high[2] - low[2])
        if found is None or found[0] + tall > clear:
            continue
        z, at, under = found
        pieces += placed(made, (*at, z - low[2]))
        top[under] = z + 0.97 * tall
    return pieces


def carton(rng: np.random.Generator) -> list[Piece]:
    """Shut with tape, or open with its flaps out."""
    w, d, h = rng.uniform(0.22, 0.5), rng.uniform(0.2, 0.4), rng.uniform(0.12, 0.34)
    name = "cardboard" if rng.random() < 0.75 else "white"
    tint = (np.array(shade(rng, 0.3)) * (1, 1.05, 1.2)) ** rng.uniform(0.8, 1.6)
    pieces = [box(name, (w, d, h), ORIGIN, tint, edge=0.003)]
    if rng.random() < 0.35:
        for side in (-1, 1):
            flap = tilted([box(name, (0.14, d, 0.004), (side * 0.07, 0, 0), tint)], 1, side * rng.uniform(-0.2, 0.9))
            pieces += placed(flap, (side * w / 2, 0, h))
    else:
        pieces.append(box("paper", (0.05, d + 0.002, 0.003), (0, 0, h - 0.001), (0.75, 0.65, 0.5)))
    for _ in range(int(rng.integers(0, 4))):
        # labels and what is printed on it
        label = ("paper", "black", "book")[int(rng.integers(3))]
        size = (rng.uniform(0.04, 0.5) * w, 0.001, rng.uniform(0.1, 0.5) * h)
        at = (rng.uniform(-0.4, 0.4) * (w - size[0]), -d / 2 - 0.001, rng.uniform(0.05, 0.5) * h)
        pieces.append(box(label, size, at, hue_of(rng, 0.9) if label == "book" else WHITE))
    return pieces


def crate(rng: np.random.Generator) -> list[Piece]:
    """Of plastic, with what was thrown into it."""
    w, d, h = rng.uniform(0.26, 0.42), rng.uniform(0.2, 0.32), rng.uniform(0.12, 0.26)
    tint = hue_of(rng, 0.8) if rng.random() < 0.6 else shade(rng, 0.5)
    inside = piled(0.8 * w, 0.8 * d, 0.25, 4, rng, SMALL)
    return [box("plastic", (w, d, h), ORIGIN, tint, edge=0.012), *placed(inside, (0, 0, h - 0.04))]


def sack(rng: np.random.Generator) -> list[Piece]:
    """A bag of cloth, paper or foil, slumped."""
    size = rng.uniform(0.22, 0.4), rng.uniform(0.16, 0.28), rng.uniform(0.22, 0.45)
    name = cloth_of(rng) if rng.random() < 0.55 else ("white", "black", "cardboard", "plastic")[int(rng.integers(4))]
    tint = hue_of(rng, 0.7) if name == "plastic" else shade(rng, 0.35)
    body = soft_box(name, size, ORIGIN, 0.08, tint, 0.02, dents=0.07, rng=rng, steps=10, creases=0.02)
    loop = [(-0.07, 0, size[2] - 0.03), (-0.05, 0.02, size[2] + 0.09), (0.05, 0, size[2] + 0.08), (0.07, 0, size[2])]
    return [body, tube("black", loop, 0.008, sides=5)]


def cloth(rng: np.random.Generator) -> list[Piece]:
    """A garment or towel as it fell."""
    size = rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.4), rng.uniform(0.05, 0.14)
    tint = hue_of(rng, 0.5)
    return [soft_box(cloth_of(rng), size, ORIGIN, 0.05, tint, 0.02, dents=0.07, rng=rng, steps=14, creases=0.03)]


def papers(rng: np.random.Generator) -> list[Piece]:
    """Sheets, magazines and folders, fanned out."""
    pieces, z = [], 0.0
    for _ in range(int(rng.integers(3, 10))):
        thick = 0.0015 if rng.random() < 0.6 else rng.uniform(0.004, 0.02)
        sheet = [box("paper" if thick < 0.002 else "book", (0.21, 0.297, thick), ORIGIN, shade(rng, 0.12)
                     if thick < 0.002 else book_colour(rng))]  # fmt: skip
        pieces += placed(sheet, (*rng.normal(0, 0.025, 2), z), rng.normal(0, 0.25))
        z += thick + 0.0006
    return pieces


def lying_books(rng: np.random.Generator) -> list[Piece]:
    pieces, z = [], 0.0
    for _ in range(int(rng.integers(2, 8))):
        thick = rng.uniform(0.012, 0.045)
        size = rng.uniform(0.18, 0.29), rng.uniform(0.13, 0.21), thick
        book = [box("book", size, ORIGIN, book_colour(rng), edge=0.002)]
        pieces += placed(book, (*rng.normal(0, 0.012, 2), z), rng.normal(0, 0.18))
        z += thick
    return pieces


def bottle(rng: np.random.Generator) -> list[Piece]:
    """Of drink, soap or spray."""
    h, r = rng.uniform(0.16, 0.32), rng.uniform(0.025, 0.045)
    neck, glass = rng.uniform(0.3, 0.9), rng.random() < 0.4
    profile = [(0, 0), (r, 0), (r, 0.62 * h), (r * neck, 0.78 * h), (r * neck, h), (0, h)]
    tint = (0.02, 0.05, 0.02) if glass else hue_of(rng, 0.8)
    label = turned("paper", [(r + 0.0006, 0.2 * h), (r + 0.0006, 0.5 * h)], tint=hue_of(rng, 0.7), sides=12)
    return [turned("gloss" if glass else "plastic", profile, tint=tint, sides=12), label]


def tin(rng: np.random.Generator) -> list[Piece]:
    """A can, a cup, a pot of paint."""
    r = rng.uniform(0.035, 0.09)
    name = ("metal", "ceramic", "plastic")[int(rng.integers(3))]
    return [cylinder(name, r, r * rng.uniform(1.4, 2.6), ORIGIN, WHITE if name == "metal" else hue_of(rng, 0.6))]


def coil(rng: np.random.Generator) -> list[Piece]:
    """A cable wound up and put down."""
    a = np.linspace(0, rng.uniform(3, 7) * 2 * math.pi, 70)
    r = rng.uniform(0.06, 0.13) + 0.012 * np.sin(1.7 * a)
    path = np.stack([r * np.cos(a), r * np.sin(a), 0.008 + 0.0009 * a + 0.006 * np.sin(2.3 * a)], -1)
    return [tube(("cable", "white", "plastic")[int(rng.integers(3))], path, 0.005, hue_of(rng, 0.8), sides=5)]


def appliance(rng: np.random.Generator) -> list[Piece]:
    """A printer, a radio, a machine for the kitchen: a dull box with a darker panel."""
    w, d, h = rng.uniform(0.22, 0.45), rng.uniform(0.18, 0.34), rng.uniform(0.12, 0.32)
    name = ("white", "black", "steel", "plastic")[int(rng.integers(4))]
    body = soft_box(name, (w, d, h), ORIGIN, 0.02, hue_of(rng, 0.5) if name == "plastic" else WHITE, steps=5)
    return [body, box("black" if name != "black" else "metal", (0.6 * w, 0.01, 0.3 * h), (0, -d / 2, 0.5 * h))]


def toy(rng: np.random.Generator) -> list[Piece]:
    """A soft animal, a ball or bricks."""
    tint, kind = hue_of(rng, 0.8), rng.random()
    if kind < 0.4:
        parts = [soft_box(cloth_of(rng), (0.16, 0.13, 0.17), ORIGIN, 0.06, tint, 0.02, steps=6)]
        parts.append(soft_box("linen", (0.13, 0.12, 0.12), (0, -0.01, 0.15), 0.055, tint, steps=6))
        return parts
    if kind < 0.65:
        r = rng.uniform(0.06, 0.12)
        return [soft_box("plastic", (2 * r, 2 * r, 2 * r), ORIGIN, r, tint, steps=8)]
    side = rng.uniform(0.05, 0.1)
    return [box("plastic", (side, side, side), (*rng.normal(0, 0.09, 2), 0), hue_of(rng, 0.9)) for _ in range(6)]


def roll(rng: np.random.Generator) -> list[Piece]:
    """Paper, a mat or a poster, rolled up and lying."""
    r, long = rng.uniform(0.02, 0.08), rng.uniform(0.4, 0.9)
    name = ("paper", "cardboard", "fabric2", "plastic")[int(rng.integers(4))]
    lying = tilted([cylinder(name, r, long, ORIGIN, shade(rng, 0.4))], 1, math.pi / 2)
    return placed(lying, (-long / 2, 0, r))


def tool(rng: np.random.Generator) -> list[Piece]:
    """A handle with a head, lying."""
    long, thick = rng.uniform(0.12, 0.4), rng.uniform(0.01, 0.022)
    handle = tube(("wood2", "black", "plastic")[int(rng.integers(3))], [(0, 0, thick), (0.65 * long, 0, thick)], thick,
                  hue_of(rng, 0.9), sides=6)  # fmt: skip
    size = (0.35 * long, rng.uniform(0.012, 0.12), 0.02)
    return [handle, box("steel" if rng.random() < 0.7 else "black", size, (0.8 * long, 0, thick - 0.01), edge=0.004)]


def unframed(rng: np.random.Generator) -> list[Piece]:
    """A picture or board that stands leaning, its foot at the origin."""
    w, h = rng.uniform(0.25, 0.6), rng.uniform(0.25, 0.65)
    frame = box(("wood2", "black", "white")[int(rng.integers(3))], (w, 0.02, h), ORIGIN, edge=0.003)
    print_ = small_print(rng, 0.86 * w, 0.86 * h, (0, -0.0115, 0.07 * h))
    lean = rng.uniform(0.08, 0.25)
    return placed(tilted(tilted([frame, print_], 0, -lean), 1, rng.normal(0, 0.02)), (0, -0.4 * h * lean, 0))


Loose = Callable[[np.random.Generator], list[Piece]]
"""A thing that lies or stands, its foot's middle at the origin."""
SMALL: tuple[Loose, ...] = (bottle, tin, papers, coil, tool, lying_books)
AT_HOME: tuple[Loose, ...] = (carton, carton, crate, sack, cloth, cloth, lying_books, papers, toy, roll, appliance)
AT_WORK: tuple[Loose, ...] = (carton, carton, carton, crate, papers, papers, appliance, roll, coil, sack, lying_books)
IN_STORE: tuple[Loose, ...] = (carton, carton, crate, crate, appliance, tin, tin, bottle, tool, coil, roll, sack)
