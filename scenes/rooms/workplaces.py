"""How rooms outside the home are furnished, each kind as an order in which things find their places."""

from __future__ import annotations

import math

import numpy as np

from scenes.rooms.groups import chairs_around, disorder, low_cupboard, pictures, shelves
from scenes.rooms.plan import Plan


def office(plan: Plan) -> None:
    x0, x1, _, y1, h = plan.bounds
    _workplaces(plan)
    for wall in ("back", "left", "right"):
        if plan.chance(0.55):
            plan.at_wall("bookcase", wall, (plan.range(1.2, 3.0), 0.4, plan.range(1.1, 2.1)), "white", "binders")
        if plan.chance(0.5):
            plan.at_wall("locker", wall, (plan.range(0.8, 2.4), 0.45, plan.range(1.0, 2.0)), "front")
        if plan.chance(plan.things.whiteboard):
            plan.hang("whiteboard", wall, (plan.range(1.2, 2.4), 0.03, 1.1), 0.95, "", "scribble")
        pictures(plan, {wall: 0.4})
    if plan.chance(0.35) and y1 > 5:
        place = (plan.range(0.4, 1.0) * (x1 if plan.chance(0.5) else x0), plan.range(2.6, y1 - 1), 0)
        plan.put("column", place, 0, (0.4, 0.4, h), "wall")
    if plan.chance(0.4):
        # not so high and near that it is all there is to see
        place = (plan.range(-2.2, 2.2), plan.range(1.6, 2.1), 0)
        plan.put("partition", place, 0, (plan.range(1.2, 1.8), 0.05, plan.range(0.95, 1.2)), "fabric2")


def _workplaces(plan: Plan) -> None:
    """Rows of desks from behind the person to the wall."""
    x0, x1, _, y1, _ = plan.bounds
    wide, deep = plan.range(1.4, 1.8), plan.range(0.7, 0.8)
    screens = "screen" if plan.chance(0.35) else ""
    finish = "white" if plan.chance(0.55) else "wood"
    y = plan.range(2.1, 2.8)
    while y < y1 - 1.1:
        x = x0 + wide / 2 + plan.range(0.1, 0.9)
        while x < x1 - wide / 2 - 0.05:
            if plan.chance(0.85):
                turn = math.pi if plan.chance(0.3) else 0.0
                plan.put("workplace", (x, y, 0), turn, (wide, deep, 0.735), finish, screens, plan.clutter, 0.9)
            x += wide + (0.02 if plan.chance(0.65) else 1.0)
        y += plan.range(1.9, 2.5)


def meeting_room(plan: Plan) -> None:
    choice = plan.rng.random()
    low, high = plan.span("back")
    if choice < 0.3:
        plan.hang("tv", "back", (plan.range(1.2, 1.7), 0.05, 0.85), 0.95, near=0.5 * (low + high))
    elif choice < 0.3 + plan.things.whiteboard:
        size = (plan.range(1.4, min(2.4, high - low - 0.3)), 0.03, 1.15)
        plan.hang("whiteboard", "back", size, 0.9, "", "scribble")
    elif choice < 0.85:
        kind, size = "slats" if plan.chance(0.5) else "panels", (high - low - 0.1, 0.04, plan.range(1.6, 2.2))
        finish = "fabric2" if plan.chance(0.5) else "wood"
        plan.hang(kind, "back", size, plan.range(0.1, 0.3), finish)
    if plan.chance(0.45):
        _glass_wall(plan, "left" if plan.chance(0.5) else "right")
    low_cupboard(plan, "back", 0.5)
    for wall in ("back", "left", "right"):
        for _ in range(plan.integer(0, 3)):
            kind = "office_chair" if plan.chance(0.5) else "chair"
            finish = "black" if plan.chance(0.6) else "fabric"
            plan.at_wall(kind, wall, (0.5, 0.55, 0.95), finish, "shell", gap=0.12)
    pictures(plan, {"back": 0.6, "left": 0.4, "right": 0.4})


def _glass_wall(plan: Plan, side: str) -> None:
    x0, x1, y0, y1, h = plan.bounds
    if not plan.taken.get(side):
        x = x0 + 0.06 if side == "left" else x1 - 0.06
        plan.put("glass_wall", (x, (y0 + y1) / 2, 0), math.pi / 2, (y1 - y0 - 0.1, 0.06, h - 0.02))
        plan.take(side, y0, y1, 0, h)


def booth(plan: Plan) -> None:
    low, high = plan.span("back")
    h = plan.bounds[4]
    if plan.chance(0.9):
        kind, finish = ("panels", "fabric2") if plan.chance(0.7) else ("slats", "wood")
        plan.hang(kind, "back", (high - low - 0.07, 0.04, h - 0.25 if plan.chance(0.6) else 1.3), 0.1, finish)
    for wall in ("left", "right"):
        if plan.chance(0.6) and not plan.taken.get(wall):
            plan.hang("panels", wall, (plan.span(wall)[1] + 0.3, 0.04, h - 0.3), 0.6, "fabric2")
    for _ in range(plan.integer(1, 4)):
        _before_panels(plan, low, high)


def _before_panels(plan: Plan, low: float, high: float) -> None:
    """What hangs before a booth's lining: coats, a bag, notes, a poster or a shelf."""
    kind = plan.any_of("hooks", "notes", "picture", "wall_shelf", "tools")
    wide, y = plan.range(0.3, 0.7), plan.bounds[3] - 0.075
    at = plan.range(low + wide / 2, max(low + wide / 2 + 0.01, high - wide / 2))
    high_m = plan.range(0.3, 0.6) if kind != "hooks" else 0.1
    z = plan.range(1.55, 1.75) if kind == "hooks" else plan.range(1.0, 1.35)
    second = {"notes": plan.any_of("", "board", "felt"), "picture": f"picture{plan.pictures}"}.get(kind, "")
    plan.pictures += kind == "picture"
    place = (at, y - 0.11 * (kind == "wall_shelf"), z)
    plan.put(kind, place, 0, (wide, 0.2 if kind == "wall_shelf" else 0.03, high_m), "wood2", second, plan.range(0.4, 1))


def workshop(plan: Plan) -> None:
    """Where things are made, mended or kept: a garage, a studio, a store."""
    for wall in ("back", "left", "right"):
        for _ in range(plan.integer(1, 4)):
            size = (plan.range(0.9, 2.0), plan.range(0.4, 0.6), plan.range(1.5, 2.2))
            plan.at_wall(
                "rack", wall, size, plan.any_of("metal", "wood", "front"), "store", plan.range(0.5, 1), gap=0.03
            )
        size = (plan.range(0.8, 1.8), 0.06, plan.range(0.5, 1.0))
        plan.hang("tools", wall, size, plan.range(1.0, 1.4), "", plan.any_of("", "wood2", "white"), 1.0)
        size = (plan.range(1.0, 2.2), plan.range(0.5, 0.7), plan.range(0.85, 1.0))
        bench = plan.at_wall("table", wall, size, plan.any_of("wood", "wood2"), "frame", 1.0, gap=0.03)
        if bench is not None:
            near = bench.at_m[0] if wall == "back" else bench.at_m[1]
            size = (plan.range(0.8, 1.8), 0.06, plan.range(0.5, 1.0))
            plan.hang("tools", wall, size, plan.range(1.2, 1.4), "", plan.any_of("", "wood2", "white"), 1.0, near)
        for _ in range(plan.integer(2, 6)):
            disorder(plan, wall)
        pictures(plan, {wall: 0.3})
    for _ in range(plan.integer(1, 4)):
        place = (plan.range(*plan.span("back")), plan.range(1.6, plan.bounds[3]))
        kind = plan.any_of("table", "pile", "rack")
        size = (plan.range(0.6, 1.4), 0.6, 0.9 if kind == "table" else plan.range(0.6, 1.5))
        plan.on_floor(kind, size, place, "wood", "frame" if kind == "table" else "store", amount=1.0)


def classroom(plan: Plan) -> None:
    low, high = plan.span("back")
    board = "black" if plan.chance(0.4) else "scribble"
    plan.hang("whiteboard", "back", (min(plan.range(2.0, 3.6), high - low - 0.2), 0.03, 1.2), 0.85, "", board)
    x0, x1, _, y1, _ = plan.bounds
    y = 1.5
    while y < y1 - 1.2:
        for x in np.arange(x0 + 0.9, x1 - 0.7, 1.6):
            if plan.chance(0.85):
                amount = 0.15 * plan.clutter
                plan.put("table", (x, y, 0), 0, (1.25, 0.55, 0.72), "wood", "frame", amount, 0.8)
                for dx in (-0.3, 0.3):
                    place, turn = (x + dx, y + 0.45 + plan.range(-0.1, 0.15), 0), plan.range(-0.3, 0.3)
                    plan.put("chair", place, turn, (0.38, 0.38, 0.78), "wood", "shell")
        y += plan.range(1.3, 1.6)
    for wall in ("left", "right", "back"):
        low_cupboard(plan, wall, 0.6)
        shelves(plan, wall, 0.6)
        pictures(plan, {wall: 0.9})
        pictures(plan, {wall: 0.5})


def library(plan: Plan) -> None:
    deep, h = plan.bounds[3], min(2.3, plan.bounds[4] - 0.2)
    for wall in ("back", "left", "right"):
        for _ in range(8):
            plan.at_wall("bookcase", wall, (plan.range(0.9, 2.0), 0.3, h), amount=plan.range(0.75, 1.0))
    if deep > 3.2:
        for x in (-1.4, 1.5):
            plan.on_floor("bookcase", (1.6, 0.32, plan.range(1.3, 2.0)), (x, deep - 1.5), turn=0.0, amount=0.95)
    chairs_around(plan, plan.on_floor("table", (1.3, 0.8, 0.74), (plan.range(-1.5, 1.5), 1.7), amount=0.6), 2, 3)


def cafe(plan: Plan) -> None:
    x0, x1, _, y1, _ = plan.bounds
    _bar_or_bench(plan)
    if plan.chance(0.5):
        plan.hang("whiteboard", plan.sideways(), (plan.range(0.7, 1.3), 0.03, plan.range(0.9, 1.3)), 1.2, "", "menu")
    for _ in range(plan.integer(2, 7)):
        size, second = (plan.range(0.6, 0.75), 0.7, 0.74), "round" if plan.chance(0.6) else ""
        near = (plan.range(x0, x1), plan.range(1.3, y1))
        chairs_around(plan, plan.on_floor("table", size, near, "wood", second, amount=0.8), 2, 4)
    for wall in ("left", "right"):
        shelves(plan, wall, 0.3)
        pictures(plan, {wall: 0.7})
    pictures(plan, {"back": 0.8})


def _bar_or_bench(plan: Plan) -> None:
    low, high = plan.span("back")
    y1 = plan.bounds[3]
    if plan.chance(0.5) and y1 > 3.0:
        wide = min(plan.range(2.0, 3.5), high - low - 0.4)
        at = plan.spot("back", wide, 0, 1.2)
        if at is not None:
            plan.put("counter", (at, y1 - 1.35, 0), 0, (wide, 0.6, 1.08), "wood", radius=wide / 2)
            for z in (1.35, 1.75):
                plan.at_wall("wall_shelf", "back", (wide * 0.9, 0.25, 0.1), "wood2", z=z, near=at)
    else:
        size = (min(plan.range(1.8, 3.5), high - low - 0.2), 0.5, 0.95)
        plan.at_wall("bench", "back", size, "leather" if plan.chance(0.6) else "fabric", "wood")
