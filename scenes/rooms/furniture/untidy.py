"""Disorder: piles, open racks, walls of tools, what leans at a wall."""

from __future__ import annotations

import math

import numpy as np

from scenes.rooms.piles import AT_HOME, AT_WORK, IN_STORE, SMALL, cloth_of, piled, tool, unframed
from scenes.rooms.record import Item
from scenes.rooms.small_things import hue_of, shade
from scenes.rooms.solids import ORIGIN, Piece, box, cylinder, placed, tilted, tube

_OF = {"work": AT_WORK, "store": IN_STORE}


def pile(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Things on and against each other, up to the item's height; `second`: "work", "store", else a home's."""
    w, d, h = item.size_m
    makers = _OF.get(item.second, AT_HOME)
    return piled(w, d, h, 3 + round(60 * w * d * h * (0.5 + item.amount)), rng, makers)


def rack(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Open shelves of steel or boards, seldom sorted."""
    w, d, h = item.size_m
    makers = _OF.get(item.second, AT_HOME)
    posts = [(x, y) for x in (-w / 2, w / 2) for y in (-d / 2, d / 2)]
    pieces = [box(item.finish, (0.035, 0.035, h), (x, y, 0), edge=0.002) for x, y in posts]
    levels = np.linspace(0.08, h - 0.03, max(3, round(h / rng.uniform(0.38, 0.5))))
    for z, above in zip(levels, [*levels[1:], levels[-1] + 0.5], strict=True):
        pieces.append(box(item.finish, (w, d, 0.025), (0, 0, z), edge=0.002))
        count = int(rng.poisson(w * (4.0 + 12.0 * item.amount)))
        kinds = makers if rng.random() < 0.75 else SMALL
        pieces += placed(piled(w * 0.96, d * 0.9, above - z - 0.05, count, rng, kinds), (0, 0, z + 0.025))
    return pieces


def tools(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Tools, cables and bags on a board or on nails; `second`: the board, or "" for nails in the wall."""
    w, _, h = item.size_m
    pieces = [box(item.second, (w, 0.015, h), (0, -0.008, 0), shade(rng, 0.2))] if item.second else []
    for _ in range(3 + int(rng.poisson(w * h * (6 + 22 * item.amount)))):
        x, z = rng.uniform(-0.47, 0.47) * w, rng.uniform(0.1, 0.95) * h
        if rng.random() < 0.8:
            # its head up or down, as it hung best
            hung = tilted(tool(rng), 1, math.pi / 2 * rng.choice([-1, 1]) + rng.normal(0, 0.12))
        else:
            a, r = np.linspace(0, 12.6, 40), rng.uniform(0.06, 0.14)
            loops = np.stack([r * np.cos(a), 0.01 * np.sin(3 * a) - 0.01, r * 1.4 * np.sin(a)], -1)
            hung = [tube("plastic", loops, 0.007, hue_of(rng, 0.9), sides=5)]
        pieces += placed(hung, (x, -0.03, z))
    return pieces


def leaning(item: Item, rng: np.random.Generator) -> list[Piece]:
    """Boards, rolls, brooms, a folded table, pictures without a place: against the wall, each as it slid."""
    w, d, h = item.size_m
    pieces: list[Piece] = []
    for i in range(2 + int(rng.poisson(2 + 3 * item.amount))):
        tall, kind = h * rng.uniform(0.5, 1.0), rng.random()
        if kind < 0.35:
            name = ("wood", "wood2", "white", "cardboard", cloth_of(rng))[int(rng.integers(5))]
            one = [box(name, (rng.uniform(0.1, 0.7) * min(1.0, w), rng.uniform(0.012, 0.05), tall), ORIGIN, edge=0.003)]
        elif kind < 0.55:
            one = [cylinder(cloth_of(rng), rng.uniform(0.04, 0.1), tall, ORIGIN, shade(rng, 0.3))]
        elif kind < 0.8:
            foot = box("plastic", (rng.uniform(0.08, 0.35), 0.05, 0.09), ORIGIN, hue_of(rng, 0.8))
            one = [cylinder("wood2" if rng.random() < 0.5 else "metal", 0.013, tall, ORIGIN), foot]
        else:
            one = unframed(rng)
        one = tilted(tilted(one, 0, -rng.uniform(0.3, 0.85) * d / tall), 1, rng.normal(0, 0.07))
        pieces += placed(one, (rng.uniform(-0.5, 0.5) * 0.8 * w, -0.4 * d - 0.01 * i, 0.04), rng.normal(0, 0.2))
    return pieces
