"""Desks and tables: with legs or a frame, as an office's workplace, as the bar of a café."""

from __future__ import annotations

import math

import numpy as np

from scenes.rooms.furniture.seats import office_chair
from scenes.rooms.piles import AT_HOME, AT_WORK, SMALL, piled
from scenes.rooms.record import Item
from scenes.rooms.small_things import things_on
from scenes.rooms.solids import Piece, box, corners, cylinder, flat, placed, soft_box


def desk(item: Item, rng: np.random.Generator) -> list[Piece]:
    """`second`: "frame" stands on two metal feet, else on four legs."""
    w, d, h = item.size_m
    pieces = [box(item.finish, (w, d, 0.028), (0, 0, h - 0.028), edge=0.003)]
    if item.second != "frame":
        legs = corners(w / 2 - 0.05, d / 2 - 0.05)
        return pieces + [box("wood2", (0.05, 0.05, h - 0.028), (x, y, 0), edge=0.004) for x, y in legs]
    for x in (-w / 2 + 0.05, w / 2 - 0.05):
        pieces.append(box("metal", (0.06, 0.04, h - 0.03), (x, 0, 0), edge=0.003))
        pieces.append(box("metal", (0.06, d * 0.85, 0.03), (x, 0, 0), edge=0.003))
    return pieces


def table(item: Item, rng: np.random.Generator) -> list[Piece]:
    """As a desk, or "round" on one foot; with things on it."""
    w, d, h = item.size_m
    if item.second == "round":
        pieces = placed([cylinder(item.finish, w / 2, 0.026, (0, 0, 0))], (0, 0, h - 0.026))
        pieces += [cylinder("metal", 0.035, h - 0.03, (0, 0, 0)), cylinder("metal", 0.22, 0.015, (0, 0, 0))]
    else:
        pieces = desk(item, rng)
    count = int(rng.poisson(5 * w * item.amount)) if item.amount > 0.3 else 0
    pieces += placed(piled(w * 0.75, d * 0.75, 0.5, count, rng, SMALL + SMALL + AT_HOME), (0, 0, h))
    return pieces + placed(things_on(w * 0.8, d * 0.8, 0.25, rng, item.amount), (0, 0, h))


def workplace(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A desk of an office with its screens, chair and things; its user would sit at +Y."""
    w, d, h = item.size_m
    pieces = desk(Item("desk", item.at_m, 0, item.size_m, item.finish, "frame"), rng)
    if item.second == "screen":
        pieces += placed([soft_box("fabric2", (w, 0.03, 0.42), (0, -d / 2 - 0.01, h - 0.02), 0.012)])
    count = int(rng.integers(1, 3))
    for i in range(count):
        x = (i - (count - 1) / 2) * 0.58 + rng.normal(0, 0.04)
        turn = math.pi - 0.25 * (i - (count - 1) / 2)
        pieces += placed(_screen_on_foot(0.54, 0.32, rng.random() < 0.6), (x, -d / 2 + 0.22, h), turn)
    pieces += placed(things_on(w * 0.8, d * 0.4, 0.25, rng, 0.25 + 0.7 * item.amount), (0, d * 0.15, h))
    pieces += placed(piled(w * 0.9, 0.3, 0.5, int(rng.poisson(1 + 6 * item.amount)), rng, AT_WORK + SMALL), (0, 0, h))
    size, finish = (0.47, 0.5, rng.uniform(0.88, 1.1)), "leather" if rng.random() < 0.3 else "fabric"
    back = ("", "mesh", "mesh", "tall", "head")[int(rng.integers(5))]
    chair = office_chair(Item("office_chair", (0, 0, 0), 0, size, finish, back), rng)
    return pieces + placed(chair, (rng.normal(0, 0.15), d / 2 + rng.uniform(0.1, 0.4), 0), rng.normal(0, 0.7))


def _screen_on_foot(w: float, h: float, on: bool) -> list[Piece]:
    """A monitor, its picture towards -Y; those that are on belong to the light of the person's own."""
    return [
        box("black", (w, 0.03, h), (0, 0.02, 0.12), edge=0.004),
        flat("glow:screens" if on else "screen", (-w / 2 + 0.008, 0.0045, 0.13), (w - 0.016, 0, 0), (0, 0, h - 0.02)),
        box("black", (0.06, 0.03, 0.25), (0, 0.05, 0), edge=0.004),
        box("black", (0.24, 0.18, 0.012), (0, 0.05, 0), edge=0.003),
    ]


def counter(item: Item, rng: np.random.Generator) -> list[Piece]:
    """A bar with cups, bottles and a coffee machine on it."""
    w, d, h = item.size_m
    machine = [
        box("steel", (0.6, 0.45, 0.4), (0, 0, 0.06), edge=0.02),
        box("black", (0.56, 0.47, 0.12), (0, 0, 0.2), edge=0.01),
        cylinder("chrome", 0.03, 0.08, (0.2, -0.2, 0.46)),
    ]
    return [
        box(item.finish, (w, d, h - 0.04), (0, 0, 0), edge=0.004, grain=1),
        box("worktop", (w + 0.06, d + 0.08, 0.045), (0, -0.02, h - 0.04), edge=0.006),
        *placed(things_on(w * 0.9, d * 0.7, 0.35, rng, 0.8, kitchen=True), (0, 0, h)),
        *placed(machine, (rng.uniform(-0.3, 0.3) * w, 0.05, h)),
    ]
