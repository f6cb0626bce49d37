"""What shows that people live or work there: calendars, notes, cloths on walls; rails, racks, cases, shoes, bins."""

from __future__ import annotations

import colorsys
import math
from dataclasses import replace

import numpy as np

from scenes.rooms.cloth import hanging_coat, over_bar
from scenes.rooms.piles import cloth_of
from scenes.rooms.record import Item
from scenes.rooms.small_things import Colour, book_colour, shade, small_print
from scenes.rooms.solids import ORIGIN, WHITE, Piece, box, cylinder, flat, placed, sheet, soft_box, tilted, tube, turned

_BLADE = (0.5, 0.55, 0.6)


def paper_colour(rng: np.random.Generator) -> Colour:
    """Mostly white, some of the colours that notes are sold in; linear."""
    if rng.random() < 0.6:
        return shade(rng, 0.12)
    hue = float(rng.choice([0.13, 0.15, 0.33, 0.55, 0.93]))
    return colorsys.hsv_to_rgb(hue, rng.uniform(0.2, 0.75), rng.uniform(0.7, 1.1))


def calendar(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A photograph over a month."""
    w, _, h = item.size_m
    pieces = [box("paper", (w, 0.004, h), (0, -0.004, 0), (1.05, 1.05, 1.05))]
    pieces.append(small_print(rng, w * 0.94, h * 0.5, (0, -0.0075, h * 0.47)))
    for row in range(5):
        z = h * (0.05 + 0.075 * row)
        pieces.append(box("black", (w * 0.82, 0.0005, 0.004), (0, -0.0065, z)))
    return tilted(pieces, 1, rng.normal(0, 0.015))


def notes(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Sheets, cards and prints, taped or pinned where there was space; `second`: "board" on cork, "felt" on cloth."""
    w, _, h = item.size_m
    pieces: list[Piece] = []
    if item.second:
        ground = "cardboard" if item.second == "board" else "fabric2"
        pieces.append(box(ground, (w, 0.012, h), (0, -0.006, 0), edge=0.002))
        pieces += [box(item.finish, (w + 0.03, 0.02, 0.02), (0, -0.008, z), edge=0.003) for z in (-0.015, h - 0.005)]
        pieces += [box(item.finish, (0.02, 0.02, h), (x, -0.008, 0), edge=0.003) for x in (-w / 2, w / 2)]
    count = 2 + int(item.amount * 26 * w * h)
    for i in range(count):
        a, b = (0.21, 0.297) if rng.random() < 0.4 else (rng.uniform(0.07, 0.15), rng.uniform(0.07, 0.15))
        a, b = (b, a) if rng.random() < 0.3 else (a, b)
        x, z = rng.uniform(-0.5, 0.5) * max(0.0, w - a - 0.04), 0.02 + rng.random() * max(0.0, h - b - 0.04)
        off = -0.013 - 0.0004 * i
        if rng.random() < 0.45:
            one = [small_print(rng, a, b, ORIGIN)]
        else:
            one = [box("paper", (a, 0.0004, b), ORIGIN, paper_colour(rng))]
            for line in range(int(b / 0.03)):
                size = (a * rng.uniform(0.3, 0.75), 0.0003, 0.005)
                one.append(box("black", size, (-0.04 * a, -0.0006, b - 0.03 - 0.03 * line), (3, 3, 3)))
        pieces += placed(tilted(one, 1, rng.normal(0, 0.05)), (x, off, z))
    return pieces


def hanging(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A cloth on a rod, with soft folds."""
    w, _, h = item.size_m
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 30), np.linspace(0, 1, 24))
    sag = 0.012 * np.sin(u * rng.uniform(14, 26) + 2 * v) * (0.3 + v) + 0.01 * np.sin(u * 6 + 5 * v)
    grid = np.stack([u * w * (1 - 0.02 * v), -0.03 + sag, h * (1 - v) + 0.01 * np.cos(u * 20) * v], -1)
    local = np.stack([u * w, h * v, np.zeros_like(u)], -1)
    rod = tube("wood2", [(-w / 2 - 0.04, -0.025, h), (w / 2 + 0.04, -0.025, h)], 0.01)
    return [sheet(item.finish, grid, local), rod]


def clothes_rail(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A frame of tube with clothes on hangers, a shelf with shoes or boxes below."""
    w, d, h = item.size_m
    pieces = []
    for x in (-w / 2, w / 2):
        pieces.append(tube(item.finish, [(x, 0, 0.03), (x, 0, h)], 0.013))
        pieces.append(tube(item.finish, [(x, -d / 2, 0.02), (x, d / 2, 0.02)], 0.013))
    pieces += [tube(item.finish, [(-w / 2, 0, z), (w / 2, 0, z)], 0.013) for z in (0.15, h)]
    x = -w / 2 + 0.08
    while x < w / 2 - 0.1:
        coat = hanging_coat(cloth_of(rng), rng.uniform(0.6, 1.05), rng)
        tint = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.55), rng.uniform(0.3, 1.3))
        coat = [replace(piece, tint=tint) for piece in coat]
        pieces += placed(placed(coat, ORIGIN, math.pi / 2 + rng.normal(0, 0.2)), (x, 0, h - 0.05))
        x += rng.uniform(0.05, 0.14) if rng.random() < 0.3 + 0.6 * item.amount else rng.uniform(0.2, 0.4)
    return pieces + placed(_pairs(3, rng), (0, 0, 0.16))


def _pairs(count: int, rng: np.random.Generator) -> list[Piece]:
    """Pairs of shoes side by side."""
    pieces: list[Piece] = []
    for i in range(count):
        tint = book_colour(rng)
        white = rng.random() < 0.3
        for side in (-0.055, 0.055):
            one = [soft_box("plastic", (0.095, 0.27, 0.09), ORIGIN, 0.04, WHITE if white else tint, 0.01, steps=6)]
            one.append(box("white" if rng.random() < 0.5 else "black", (0.094, 0.275, 0.022), ORIGIN, edge=0.008))
            place = ((i - (count - 1) / 2) * 0.27 + side + rng.normal(0, 0.01), rng.normal(0, 0.03), 0)
            pieces += placed(one, place, rng.normal(0, 0.15))
    return pieces


def shoes(item: Item, rng: np.random.Generator) -> list[Piece]:
    return _pairs(max(1, round(item.size_m[0] / 0.27)), rng)


def heap(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Clothes thrown on top of each other, over a low seat or a box."""
    w, d, h = item.size_m
    pieces = [box("wood2", (w, d, 0.42 * h), ORIGIN, edge=0.004)] if item.second == "seat" else []
    z = 0.42 * h if pieces else 0.0
    for _ in range(int(rng.integers(3, 7))):
        size = (w * rng.uniform(0.5, 1.1), d * rng.uniform(0.5, 1.0), rng.uniform(0.08, 0.16))
        tint = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.4, 1.2))
        piece = soft_box(cloth_of(rng), size, ORIGIN, 0.06, tint, 0.03, dents=0.09, rng=rng, steps=24, creases=0.03)
        pieces += placed([piece], (rng.normal(0, 0.06), rng.normal(0, 0.05), z), rng.uniform(0, 6.3))
        z += 0.6 * size[2]
    return pieces


def ironing_board(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Folded, on its end, leaning at a wall."""
    h = item.size_m[2]
    board = soft_box("fabric3", (0.34, 0.04, h), ORIGIN, 0.02, WHITE, steps=8)
    shape = board.vertices.copy()
    part = np.clip(shape[:, 2] / h, 0, 1)
    shape[:, 0] *= 1 - 0.75 * np.clip(part - 0.75, 0, 1) ** 2 * 10
    legs = [tube("metal", [(x, 0.03, 0.05), (-x, 0.035, h * 0.85)], 0.01) for x in (-0.14, 0.14)]
    cloth = Piece(board.material, shape, board.faces, board.local, board.tint, True)
    return tilted([cloth, *legs], 0, -0.1)


def guitar(item: Item, rng: np.random.Generator) -> list[Piece]:
    """On a stand or hung up, its strings to the room."""
    h = item.size_m[2]
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    # two bouts and a waist
    radius = 0.155 + 0.035 * -np.cos(angle) + 0.03 * np.cos(2 * angle)
    outline = np.stack([0.95 * radius * np.sin(angle), 1.25 * radius * np.cos(angle)], -1) * (h / 1.0)
    front = np.concatenate([[[0, 0]], outline])
    body = []
    i = np.arange(48)
    triangles = np.stack([0 * i, 1 + i, 1 + (i + 1) % 48, -1 + 0 * i], -1)
    for y, name in ((-0.05, "wood"), (0.04, "wood2")):
        points = np.stack([front[:, 0], np.full(len(front), y), front[:, 1] + 0.25 * h], -1)
        body.append(Piece(name, points, triangles, points.copy()))
    rim = np.stack([np.concatenate([outline, outline[:1]])] * 2)
    grid = np.stack([rim[..., 0], np.array([[-0.05], [0.04]]) * np.ones((1, 49)), rim[..., 1] + 0.25 * h], -1)
    hole = placed(tilted([cylinder("black", 0.045, 0.002, ORIGIN)], 0, math.pi / 2), (0, -0.05, 0.29 * h))
    neck = [box("wood2", (0.05, 0.02, 0.5 * h), (0, -0.052, 0.4 * h), edge=0.003)]
    neck.append(box("black", (0.075, 0.02, 0.12 * h), (0, -0.05, 0.9 * h), edge=0.006))
    bridge = box("black", (0.12, 0.01, 0.02), (0, -0.055, 0.16 * h), edge=0.002)
    return tilted([*body, sheet("wood2", grid, grid), *hole, *neck, bridge], 1, rng.normal(0, 0.03))


def suitcase(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    tint = book_colour(rng)
    pieces = [soft_box("plastic", (w, d, h - 0.05), (0, 0, 0.05), 0.04, tint, 0.006)]
    pieces += [box("plastic", (0.012, d + 0.006, h - 0.16), (x, 0, 0.1), tint) for x in np.linspace(-0.3, 0.3, 5) * w]
    pieces.append(tube("chrome", [(-0.1, d / 3, h - 0.02), (-0.1, d / 3, h + 0.28), (0.1, d / 3, h + 0.28),
                                  (0.1, d / 3, h - 0.02)], 0.008))  # fmt: skip
    wheels = [(x, y, 0.0) for x in (-0.4 * w, 0.4 * w) for y in (-0.3 * d, 0.3 * d)]
    return pieces + [soft_box("black", (0.05, 0.05, 0.05), at, 0.02, steps=4) for at in wheels]


def bin_(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A waste bin with a bag in it."""
    r, h = item.size_m[0] / 2, item.size_m[2]
    tint = shade(rng, 0.3) if rng.random() < 0.5 else (0.05, 0.05, 0.05)
    wall = [(0, 0), (0.82 * r, 0), (r, h), (0.97 * r, h), (0.8 * r, 0.04), (0, 0.04)]
    bag = soft_box(
        "white",
        (1.7 * r, 1.7 * r, 0.1),
        (0, 0, h - 0.07),
        0.04,
        WHITE,
        0.02,
        dents=0.06,
        rng=rng,
        steps=16,
        creases=0.02,
    )
    return [turned("plastic", wall, tint=tint), bag]


def airer(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A drying rack with washing over its bars."""
    w, d, h = item.size_m
    pieces = []
    for x in (-w / 2, w / 2):
        for s in (-1, 1):
            pieces.append(tube("white", [(x, s * 0.4 * d, 0), (x, -s * 0.3 * d, h)], 0.011))
    for y in np.linspace(-0.45, 0.45, 7) * d:
        pieces.append(tube("white", [(-w / 2, y, h), (w / 2, y, h)], 0.005))
        x = -w / 2 + 0.05
        while x < w / 2 - 0.12:
            wide, drop = rng.uniform(0.12, 0.4), rng.uniform(0.12, 0.55)
            if rng.random() < item.amount and x + wide < w / 2:
                tint = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.4, 1.2))
                washing = over_bar(cloth_of(rng), wide, drop, drop * rng.uniform(0.6, 1.1), 0.012, rng)
                pieces += placed([replace(washing, tint=tint)], (x + wide / 2, y, h + 0.006))
            x += wide + rng.uniform(0.01, 0.1)
    return pieces


def thrown_over(kind: str, size: tuple[float, float, float], rng: np.random.Generator) -> list[Piece]:
    """A jacket or cloth over the back of a chair of `size` whose back is at +Y."""
    w, d, top = size
    at = (rng.normal(0, 0.04), d / 2 + 0.03 if kind == "chair" else 0.33, top + 0.012)
    tint = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0, 0.45), rng.uniform(0.3, 1.2))
    wide, name = rng.uniform(0.7, 0.95) * w, cloth_of(rng)
    thick = 0.022 if kind == "chair" else 0.04
    pieces = [over_bar(name, wide, rng.uniform(0.2, 0.4), rng.uniform(0.3, 0.62), thick, rng)]
    if rng.random() < 0.6:  # its sleeves
        for side in (-1, 1):
            sleeve = over_bar(name, 0.12, 0.02, rng.uniform(0.35, 0.55), thick + 0.005, rng)
            pieces += placed(tilted([sleeve], 1, side * 0.15), (side * wide * 0.48, 0.012, 0))
    return placed([replace(_slipped(piece, 0.38 * w), tint=tint) for piece in pieces], at)


def _slipped(piece: Piece, reach_m: float) -> Piece:
    """Cloth beyond the ends of what carries it falls."""
    points = piece.vertices.copy()
    points[:, 2] -= 1.2 * np.clip(np.abs(points[:, 0]) - reach_m, 0, None)
    return replace(piece, vertices=points)


def fan(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A fan on a foot."""
    h = item.size_m[2]
    pieces = [cylinder("white", 0.17, 0.03, ORIGIN), cylinder("white", 0.015, h - 0.2, ORIGIN)]
    rings = [turned("white", [(r, -0.05 * (1 - r / 0.2)), (r + 0.004, -0.05 * (1 - r / 0.2))], sides=24)
             for r in np.linspace(0.03, 0.2, 8)]  # fmt: skip
    blades = []
    for a in (0.3, 2.4, 4.5):
        c, n = math.cos(a), math.sin(a)
        blades.append(flat("plastic", (0, 0, 0.01), (0.15 * c, 0.15 * n, 0), (-0.08 * n, 0.08 * c, 0.03), tint=_BLADE))
    head = tilted([*rings, *blades, cylinder("white", 0.05, 0.1, ORIGIN)], 0, math.pi / 2)
    return pieces + placed(head, (0, -0.05, h - 0.15), rng.normal(0, 0.5))
