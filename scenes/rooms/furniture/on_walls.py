"""What hangs or stands at a wall: boards, pictures, mirrors, screens, clocks, panels, coats on hooks, radiators."""

from __future__ import annotations

import colorsys
import math
from dataclasses import replace

import numpy as np

from scenes.rooms.cloth import hanging_coat, over_bar
from scenes.rooms.piles import cloth_of
from scenes.rooms.record import Item
from scenes.rooms.small_things import shade
from scenes.rooms.solids import ORIGIN, Piece, box, cylinder, flat, placed, soft_box, tilted, tube


def _on_wall(m: str, w: float, h: float, y: float, z: float = 0.0) -> Piece:
    """A flat thing at -Y, its lower edge's middle at `z` over the origin."""
    return flat(m, (-w / 2, y, z), (w, 0, 0), (0, 0, h))


def _frame(m: str, w: float, h: float, bar: float, deep: float, edge: float, grain: int = 0) -> list[Piece]:
    """Four bars around what is `w` wide and `h` high."""
    across = [box(m, (w + 2 * bar, deep, bar), (0, -deep / 2, z), edge=edge) for z in (-bar, h)]
    sides = (-w / 2 - bar / 2, w / 2 + bar / 2)
    return across + [box(m, (bar, deep, h), (x, -deep / 2, 0), edge=edge, grain=grain) for x in sides]


def whiteboard(item: Item, rng: np.random.Generator) -> list[Piece]:
    """`second`: what is on it ("scribble", "menu"), or "black"."""
    w, _, h = item.size_m
    image = {"black": "blackboard", "": "board"}.get(item.second, item.second)
    frame = "wood2" if item.second == "black" else "metal"
    pieces = [_on_wall(image, w, h, -0.018)]
    pieces += [box(frame, (w + 0.05, 0.03, 0.025), (0, -0.01, z), edge=0.004) for z in (-0.02, h - 0.005)]
    pieces += [box(frame, (0.025, 0.03, h), (x, -0.01, 0), edge=0.004) for x in (-w / 2 - 0.0125, w / 2 + 0.0125)]
    pieces.append(box(frame, (w * 0.6, 0.07, 0.012), (0, -0.045, -0.02), edge=0.003))
    for i in range(int(rng.integers(0, 5))):
        vivid = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.1, 0.7))
        pieces.append(box("plastic", (0.13, 0.018, 0.018), (-0.2 * w + 0.16 * i, -0.05, -0.008), vivid, edge=0.005))
    return pieces


def picture(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A framed image; `second` names it."""
    w, _, h = item.size_m
    mount = 0.0 if item.amount < 0.4 else 0.12 * min(w, h)
    pieces = [_on_wall("paper", w, h, -0.011), _on_wall(item.second, w - 2 * mount, h - 2 * mount, -0.0115, mount)]
    pieces += _frame(item.finish, w, h, 0.012 + 0.02 * item.amount, 0.022, 0.002, grain=1)
    if item.amount > 0.8:
        pieces.append(_on_wall("picture_glass", w, h, -0.015))
    # hung by hand, on one nail, and knocked since
    return tilted(pieces, 1, float(np.clip(rng.standard_t(2.0), -9, 9)) * 0.01)


def mirror(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    return [_on_wall("mirror", w, h, -0.013), *_frame(item.finish, w, h, 0.025, 0.025, 0.003)]


def tv(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    screen = flat(
        "glow:screens" if rng.random() < 0.3 else "screen",
        (-w / 2 + 0.008, -0.0485, 0.01),
        (w - 0.016, 0, 0),
        (0, 0, h - 0.018),
    )
    return [box("black", (w, 0.035, h), (0, -0.03, 0), edge=0.004), screen]


def clock(item: Item, rng: np.random.Generator) -> list[Piece]:
    r = item.size_m[0] / 2
    pieces = [
        cylinder("black" if rng.random() < 0.5 else "metal", r, 0.03, ORIGIN),
        cylinder("paper", r * 0.92, 0.032, ORIGIN),
    ]
    for length, angle in ((0.55, rng.uniform(0, 6.3)), (0.8, rng.uniform(0, 6.3))):
        tip = (math.cos(angle) * r * length, math.sin(angle) * r * length, 0.034)
        pieces.append(tube("black", [(0, 0, 0.034), tip], 0.004, sides=4))
    return placed(tilted(pieces, 0, math.pi / 2), (0, 0, r))


def panels(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Upholstered panels side by side on a wall."""
    w, _, h = item.size_m
    columns, rows = max(1, round(w / 0.6)), max(1, round(h / 0.6))
    cw, rh = w / columns, h / rows
    size, m = (cw - 0.006, 0.05, rh - 0.006), item.finish
    return [
        soft_box(m, size, (-w / 2 + (c + 0.5) * cw, -0.02, r * rh + 0.003), 0.018, shade(rng, 0.05), 0.004)
        for c in range(columns)
        for r in range(rows)
    ]


def slats(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Wooden battens on dark felt."""
    w, _, h = item.size_m
    places = np.arange(-w / 2 + 0.02, w / 2 - 0.01, 0.042)
    battens = [box(item.finish, (0.027, 0.02, h), (x, -0.02, 0), edge=0.001, grain=2) for x in places]
    return [box("black", (w, 0.012, h), (0, -0.004, 0)), *battens]


def hooks(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A board with hooks; coats on some of them."""
    w = item.size_m[0]
    pieces = [box("wood", (w, 0.02, 0.1), (0, -0.01, 0), edge=0.004)]
    for i, x in enumerate(np.linspace(-w / 2 + 0.1, w / 2 - 0.1, max(2, round(w / 0.22)))):
        pieces.append(tube("black", [(x, -0.01, 0.06), (x, -0.05, 0.04), (x, -0.06, 0.075)], 0.006))
        if rng.random() < item.amount:
            coat = hanging_coat(("fabric", "fabric2", "fabric3", "leather")[i % 4], rng.uniform(0.75, 1.1), rng)
            pieces += placed(coat, (x, -0.09, 0.05), rng.normal(0, 0.15))
    return pieces


def radiator(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, h = item.size_m
    back, grille = (w, 0.02, h), (w, d, 0.012)
    pieces = [box("white", back, (0, -d / 2 + 0.01, 0.12), edge=0.004), box("white", grille, (0, 0, h + 0.112))]
    for x in np.arange(-w / 2 + 0.02, w / 2 - 0.01, 0.033):
        pieces.append(box("white", (0.018, 0.012, h - 0.03), (x, -d / 2 - 0.003, 0.135), edge=0.004))
    rise = rng.random() < 0.3
    top = 2.6 if rise else 0.2
    pipe = [(w / 2 + 0.03, 0, 0.0), (w / 2 + 0.03, 0, top), *([] if rise else [(w / 2, 0, 0.2)])]
    pieces.append(tube("white" if rise else "chrome", pipe, 0.011))
    # towels and socks dry there
    count = int(rng.integers(0, 3)) if rng.random() < 0.5 else 0
    for x in rng.uniform(-0.4, 0.4, count) * w:
        hung = over_bar(cloth_of(rng), rng.uniform(0.12, 0.4), rng.uniform(0.1, 0.45), 0.1, d / 2 + 0.01, rng)
        pieces += placed([replace(hung, tint=shade(rng, 0.5))], (x, 0, h + 0.13))
    return pieces
