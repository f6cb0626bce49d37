"""What else stands and lies about: plants, rugs, partitions, glass walls, columns, boxes, bags, baskets."""

from __future__ import annotations

import numpy as np

from scenes.rooms.furniture.lived_in import notes
from scenes.rooms.record import Item
from scenes.rooms.small_things import pot_plant, shade
from scenes.rooms.solids import ORIGIN, Piece, box, flat, placed, soft_box, tube, turned


def plant(item: Item, rng: np.random.Generator) -> list[Piece]:
    return pot_plant(item.size_m[0], item.size_m[2], rng)


def rug(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, d, _ = item.size_m
    return [soft_box("rug", (w, d, 0.014), (0, 0, 0.001), 0.006)]


def partition(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _d, h = item.size_m
    feet = [box("metal", (0.05, 0.4, 0.03), (x, 0, 0), edge=0.004) for x in (-w / 2 + 0.1, w / 2 - 0.1)]
    pinned = Item("notes", ORIGIN, 0.0, (0.8 * w, 0.02, 0.4 * h), amount=rng.uniform(0, 1))
    screen = soft_box(item.finish, (w, 0.04, h - 0.05), (0, 0, 0.05), 0.015)
    return [screen, *feet, *placed(notes(pinned, rng), (0, -0.015, 0.5 * h))]


def glass_wall(item: Item, rng: np.random.Generator) -> list[Piece]:
    w, _, h = item.size_m
    bays = max(1, round(w / 1.1))
    posts = [box("black", (0.045, 0.06, h), (-w / 2 + i * w / bays, 0, 0), edge=0.003) for i in range(bays + 1)]
    rails = [box("black", (w, 0.06, 0.05), (0, 0, z), edge=0.003) for z in (0, h - 0.05)]
    pane = flat("pane", (-w / 2, 0, 0.05), (w, 0, 0), (0, 0, h - 0.1))
    return [*posts, *rails, pane, flat("frosted", (-w / 2, -0.004, 0.95), (w, 0, 0), (0, 0, 0.22))]


def column(item: Item, rng: np.random.Generator) -> list[Piece]:
    return [box(item.finish, item.size_m, ORIGIN, edge=0.01)]


def boxes(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Cardboard boxes on top of each other."""
    z, pieces = 0.0, []
    for _ in range(int(rng.integers(1, 4))):
        size = (rng.uniform(0.28, 0.5), rng.uniform(0.25, 0.4), rng.uniform(0.15, 0.34))
        closed = [box("cardboard", size, ORIGIN, shade(rng, 0.15), edge=0.003)]
        closed.append(box("paper", (0.05, size[1] + 0.002, 0.003), (0, 0, size[2] - 0.001), (0.75, 0.65, 0.5)))
        pieces += placed(closed, (rng.normal(0, 0.02), rng.normal(0, 0.02), z), rng.normal(0, 0.12))
        z += size[2]
    return pieces


def bag(item: Item, rng: np.random.Generator) -> list[Piece]:
    m, w, d, h = item.finish if "fabric" in item.finish else "leather", 0.32, 0.2, rng.uniform(0.36, 0.48)
    strap = [(-0.08, 0, h - 0.02), (-0.06, 0.0, h + 0.06), (0.06, 0.0, h + 0.06), (0.08, 0, h - 0.02)]
    return [
        soft_box(m, (w, d, h), ORIGIN, 0.09, puff=0.02, dents=0.03, rng=rng, steps=14),
        soft_box(m, (w * 0.75, 0.08, h * 0.5), (0, -d / 2 - 0.01, 0.03), 0.035, (0.8, 0.8, 0.8)),
        tube("black", strap, 0.009),
    ]


def basket(item: Item, rng: np.random.Generator) -> list[Piece]:
    """With linen in it."""
    r, h = rng.uniform(0.16, 0.24), rng.uniform(0.25, 0.4)
    shell = [(0, 0.01), (r * 0.85, 0.0), (r, 0.5 * h), (r * 0.98, h), (r * 0.92, h), (r * 0.93, 0.5 * h), (0, 0.05)]
    size, at = (r * 1.5, r * 1.4, 0.16), (0, 0, h - 0.12)
    linen = soft_box("linen", size, at, 0.07, shade(rng, 0.3), 0.03, dents=0.05, rng=rng, steps=14)
    return [turned("basket", shell, sides=28), linen]
