"""What more than one kind of room has: shelves, cupboards, a sofa, a rug, a table with chairs, pictures, plants."""

from __future__ import annotations

import math

import numpy as np

from scenes.rooms.plan import Plan
from scenes.rooms.record import Item


def shelves(plan: Plan, wall: str, share: float) -> None:
    """A bookcase, or seldom a shelf on the wall."""
    if plan.chance(share):
        width, height = plan.range(0.6, 2.2), plan.range(1.0, 2.15)
        finish = plan.any_of("wood", "wood2", "white")
        plan.at_wall("bookcase", wall, (width, plan.range(0.26, 0.34), height), finish)
    elif plan.chance(0.35 * share):
        size = (plan.range(0.6, 1.4), 0.22, plan.range(0.3, 0.8))
        plan.at_wall("wall_shelf", wall, size, z=plan.range(1.25, 1.45))


def low_cupboard(plan: Plan, wall: str, share: float) -> None:
    if plan.chance(share):
        finish = plan.any_of("wood", "wood2", "white")
        size = (plan.range(0.8, 1.8), plan.range(0.38, 0.48), plan.range(0.5, 0.95))
        plan.at_wall("cupboard", wall, size, finish)


def rug(plan: Plan, share: float) -> None:
    if plan.chance(share):
        x0, x1, _, y1, _ = plan.bounds
        w, d = min(plan.range(1.4, 2.6), x1 - x0 - 0.3), min(plan.range(1.2, 2.0), y1 - 0.3)
        plan.put("rug", ((x0 + x1) / 2, max(0.55, y1 / 2), 0), plan.range(-0.05, 0.05), (w, d, 0.015))


def sofa(plan: Plan, wall: str) -> Item | None:
    size = (plan.range(1.5, 2.4), plan.range(0.82, 0.95), plan.range(0.72, 0.88))
    return plan.at_wall("sofa", wall, size, "fabric" if plan.chance(0.8) else "leather", gap=0.04)


def chairs_around(plan: Plan, table: Item | None, low: int, high: int) -> None:
    """`low` to `high` chairs, the last left out, that look at the table, where it found a place."""
    if table is None:
        return
    count = plan.integer(low, high)
    second = "shell" if plan.chance(0.4) else ""
    finish = plan.any_of("wood", "wood2", "black", "white")
    start = plan.range(0, 6.3)
    x0, x1, _, y1, _ = plan.bounds
    for i in range(count):
        a = start + i * 2 * math.pi / count + plan.range(-0.2, 0.2)
        r = max(table.size_m[:2]) / 2 + 0.18
        x, y = table.at_m[0] + r * math.sin(a), table.at_m[1] + r * math.cos(a)
        if x0 + 0.3 < x < x1 - 0.3 and 0.75 < y < y1 - 0.3:
            # a chair's back is at its +Y
            plan.put("chair", (x, y, 0), -a, (0.42, 0.42, plan.range(0.8, 0.92)), finish, second)


def picture(plan: Plan, wall: str, near: float | None = None) -> None:
    """A framed picture, if there is space for one at the height that is drawn for it."""
    w = plan.range(0.16, 0.5) if plan.chance(0.6) else plan.range(0.4, 1.0)
    h = float(np.clip(w * plan.rng.choice([0.7, 1.0, 1.35]), 0.15, 1.0))
    middle = float(np.clip(plan.range(*plan.things.hung_m), h / 2 + 0.5, plan.bounds[4] - h / 2 - 0.05))
    frame, size = plan.any_of("wood", "wood2", "black", "white", "metal"), (w, 0.03, h)
    name, amount = f"picture{plan.pictures}", plan.range(0, 1)
    if plan.at_wall("picture", wall, size, frame, name, amount, middle - h / 2, near, gap=-0.014):
        plan.pictures += 1


def pictures(plan: Plan, walls: dict[str, float]) -> None:
    """Pictures on walls, in this order: each of those that the config gives a wall with this chance. Some walls have
    them apart, some close around one place, and more of them then."""
    low, high = plan.things.pictures
    for wall, share in walls.items():
        count = sum(plan.chance(share) for _ in range(plan.integer(low, high + 1)))
        clustered = count > 1 and plan.chance(plan.things.clustered)
        near = plan.range(*plan.span(wall)) if clustered else None
        for _ in range(count + plan.integer(1, 5) * clustered):
            picture(plan, wall, near)


def plants(plan: Plan, scale: float) -> None:
    for _ in range(round(scale * plan.rng.integers(*plan.things.plants, endpoint=True))):
        high, pot = plan.range(0.5, 1.7), plan.range(0.2, 0.36)
        wall = plan.sideways()
        if not plan.at_wall("plant", wall, (pot + 0.12, pot + 0.12, high), gap=0.12):
            plan.on_floor("plant", (pot, pot, high), (plan.range(*plan.span("back")), plan.bounds[3] - 0.4))


def lived_in(plan: Plan) -> None:
    """Calendars, notes and cloths on walls, and what stands about, the more the untidier a room is."""
    if plan.traits.bare:
        return
    low, high = plan.things.on_walls
    for _ in range(plan.integer(low, high + 1)):
        wall = plan.sideways()
        kind = plan.any_of("calendar", "notes", "board", "felt", *(() if plan.traits.work else ("hanging", "guitar")))
        if kind == "calendar":
            plan.hang("calendar", wall, (plan.range(0.22, 0.34), 0.01, plan.range(0.4, 0.6)), plan.range(1.15, 1.35))
        elif kind == "hanging":
            size = (plan.range(0.6, 1.4), 0.05, plan.range(0.6, 1.2))
            plan.hang("hanging", wall, size, plan.range(0.95, 1.2), plan.any_of("rug", "fabric2", "fabric3", "sheer"))
        elif kind == "guitar":
            plan.hang("guitar", wall, (0.4, 0.12, plan.range(0.95, 1.05)), plan.range(0.8, 1.1))
        else:
            size = (plan.range(0.4, 1.2), 0.02, plan.range(0.35, 0.8))
            second = "" if kind == "notes" else kind
            plan.hang("notes", wall, size, plan.range(1.15, 1.35), "wood2", second, plan.clutter)
    low, high = plan.things.lived_in
    work = ("bin", "bin", "boxes", "bag", "suitcase", "fan", "coat_rail")
    home = (
        "bin",
        "coat_rail",
        "airer",
        "heap",
        "heap",
        "ironing_board",
        "guitar",
        "suitcase",
        "shoes",
        "fan",
        "boxes",
        "bag",
    )
    for _ in range(round((0.3 + 0.7 * plan.clutter) * plan.integer(low, high + 1))):
        kind = plan.any_of(*(work if plan.traits.work else home))
        _standing(plan, kind, plan.sideways())


def _standing(plan: Plan, kind: str, wall: str) -> None:
    """One thing on the floor at a wall, if there is space."""
    sizes = {
        "bin": (0.26, 0.26, plan.range(0.26, 0.5)),
        "coat_rail": (plan.range(0.7, 1.4), 0.45, plan.range(1.4, 1.7)),
        "airer": (plan.range(0.9, 1.3), 0.55, plan.range(0.85, 1.05)),
        "heap": (plan.range(0.4, 0.6), 0.45, plan.range(0.5, 0.9)),
        "ironing_board": (0.4, 0.2, plan.range(1.25, 1.45)),
        "guitar": (0.4, 0.2, plan.range(0.95, 1.05)),
        "suitcase": (plan.range(0.36, 0.5), 0.26, plan.range(0.5, 0.75)),
        "shoes": (plan.range(0.27, 0.9), 0.3, 0.12),
        "fan": (0.4, 0.34, plan.range(0.8, 1.3)),
        "boxes": (0.5, 0.4, 0.4),
        "bag": (0.5, 0.4, 0.4),
    }
    name, second = ("clothes_rail" if kind == "coat_rail" else kind), "seat" if plan.chance(0.6) else ""
    plan.at_wall(name, wall, sizes[kind], plan.any_of("black", "metal", "white"), second, plan.clutter, gap=0.05)


def untidy(plan: Plan) -> None:
    """Piles and what else nobody put away, the fewer the tidier a room is."""
    low, high = plan.things.piles
    share = (0.4 + 0.6 * plan.clutter) * (0.2 if plan.traits.bare else 1.0)
    for _ in range(round(share * plan.integer(low, high + 1))):
        disorder(plan, plan.sideways())


def disorder(plan: Plan, wall: str) -> None:
    """One pile, rack, row of things leaning or board of tools at a wall, if there is space."""
    of = "work" if plan.traits.work else "home"
    kind = plan.any_of("pile", "pile", "leaning", "rack", "tools" if plan.chance(0.3) else "pile")
    if kind == "tools":
        size, board = (plan.range(0.5, 1.6), 0.06, plan.range(0.4, 0.9)), plan.any_of("", "wood2", "white", "cardboard")
        plan.hang("tools", wall, size, plan.range(0.95, 1.3), "", board, plan.clutter)
        return
    size = {
        "pile": (plan.range(0.5, 1.3), plan.range(0.3, 0.6), plan.range(0.4, 1.5)),
        "rack": (plan.range(0.7, 1.5), plan.range(0.32, 0.5), plan.range(1.3, 2.1)),
        "leaning": (plan.range(0.4, 1.1), 0.32, plan.range(1.0, 2.1)),
    }[kind]
    plan.at_wall(kind, wall, size, plan.any_of("metal", "white", "wood2", "black"), of, plan.clutter, gap=0.04)


def close_by(plan: Plan) -> None:
    """One thing that the picture's edge cuts: as near as it may stand, far to one side of what the camera sees."""
    if not plan.chance(plan.things.close_by):
        return
    side = 1 if plan.chance(0.5) else -1
    kind = plan.any_of("rack", "pile", "plant", "clothes_rail", "bookcase")
    wide, high = plan.range(0.4, 0.7), plan.range(1.3, 1.9)
    size = (0.3, 0.3, 0.75 * high) if kind == "plant" else (wide, 0.34, high)
    away = plan.range(1.1, 1.7)
    place = plan.behind(away, side * (math.tan(math.radians(plan.range(26, 36))) * away))
    turn = plan.range(-0.5, 0.5) - plan.turn_rad
    of = "work" if plan.traits.work else "home"
    finish = "metal" if kind in ("rack", "clothes_rail") else "wood"
    plan.on_floor(kind, size, place, finish, "" if kind == "bookcase" else of, turn, max(0.5, plan.clutter))


def fill(plan: Plan, wall: str) -> None:
    """More of what such rooms have, until a wall is no longer bare."""
    if plan.traits.bare:
        return
    wanted = plan.range(*plan.things.wall_filled)
    for _ in range(20):
        if plan.filled(wall) >= wanted:
            return
        kind = plan.any_of("picture", "picture", "shelf", "cupboard", "notes", "plant", "tall", "stand", "pile", "pile")
        if kind == "picture":
            pictures(plan, {wall: 0.6})
        elif kind == "pile":
            disorder(plan, wall)
        elif kind == "shelf":
            shelves(plan, wall, 1.0)
        elif kind == "cupboard":
            low_cupboard(plan, wall, 1.0)
        elif kind == "notes":
            size = (plan.range(0.5, 1.4), 0.02, plan.range(0.5, 0.9))
            plan.hang(
                "notes", wall, size, plan.range(1.1, 1.3), "wood2", plan.any_of("board", "felt", ""), plan.clutter
            )
        elif kind == "plant":
            pot, high = plan.range(0.25, 0.36), plan.range(0.9, 1.8)
            plan.at_wall("plant", wall, (pot + 0.3, pot + 0.12, high), gap=0.12)
        elif kind == "tall":
            size = (plan.range(0.8, 1.6), plan.range(0.42, 0.6), plan.range(1.8, 2.15))
            plan.at_wall(
                "locker" if plan.traits.work else "wardrobe", wall, size, plan.any_of("white", "wood2", "front")
            )
        elif not plan.traits.work:
            _standing(plan, plan.any_of("coat_rail", "airer", "ironing_board", "guitar", "fan"), wall)
