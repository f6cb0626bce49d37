"""How rooms at home are furnished, each kind as an order in which things find their places."""

from __future__ import annotations

from scenes.rooms.groups import chairs_around, low_cupboard, picture, pictures, rug, shelves, sofa
from scenes.rooms.plan import Plan


def _wardrobe(plan: Plan, low: float, high: float, deep: float, tall: tuple[float, float], other: str) -> None:
    wall, size = plan.sideways(), (plan.range(low, high), deep, plan.range(*tall))
    plan.at_wall("wardrobe", wall, size, "white" if plan.chance(0.5) else other)


def home_office(plan: Plan) -> None:
    things = plan.things
    shelves(plan, "back", things.bookcase)
    if plan.chance(things.sofa / 3) and plan.bounds[3] > 2.0:
        sofa(plan, "back") or plan.at_wall("armchair", "back", (0.85, 0.85, 0.82), "fabric")
    low_cupboard(plan, "back", things.cupboard)
    for wall in ("left", "right"):
        shelves(plan, wall, 0.5 * things.bookcase)
        low_cupboard(plan, wall, 0.4 * things.cupboard)
    if plan.chance(things.wardrobe):
        _wardrobe(plan, 0.9, 1.6, 0.58, (1.9, 2.15), "wood")
    if plan.chance(0.3 * things.whiteboard):
        size = (plan.range(0.8, 1.3), 0.03, plan.range(0.6, 0.9))
        plan.hang("whiteboard", "back", size, 1.05, "", "scribble")
    pictures(plan, {"back": 1.0, "left": 0.4, "right": 0.4, "front": 0.3})
    rug(plan, things.rug)


def living_room(plan: Plan) -> None:
    things = plan.things
    seat = sofa(plan, "back") if plan.chance(things.sofa) else None
    if seat is not None:
        near = (seat.at_m[0], seat.at_m[1] - 1.05)
        plan.on_floor("table", (plan.range(0.5, 0.7), 0.5, 0.42), near, "wood2", "round")
        picture(plan, "back", near=seat.at_m[0])
    shelves(plan, "back", things.bookcase)
    low_cupboard(plan, "back", things.cupboard)
    for wall in ("left", "right"):
        if plan.chance(0.3 * things.sofa):
            sofa(plan, wall)
        shelves(plan, wall, 0.6 * things.bookcase)
        low_cupboard(plan, wall, 0.6 * things.cupboard)
    if plan.chance(0.4):
        tv = plan.range(0.95, 1.4)
        plan.hang("tv", plan.sideways(), (tv, 0.05, 0.57 * tv), plan.range(0.85, 1.05))
    if plan.chance(0.4):
        turn, near = plan.range(-0.9, 0.9), (plan.range(-1.5, 1.5), plan.bounds[3] - 0.9)
        plan.on_floor("armchair", (0.82, 0.85, 0.82), near, "fabric2", turn=turn)
    pictures(plan, {"back": 1.0, "left": 0.5, "right": 0.5})
    rug(plan, things.rug)


def bedroom(plan: Plan) -> None:
    things, length = plan.things, 2.02
    w = 1.0 if plan.chance(0.3) else plan.range(1.4, 1.8)
    deep = plan.bounds[3]
    for wall in ("back", "left", "right") if deep > 2.7 else ("left", "right", "back"):
        low, high = plan.span(wall)
        if (wall == "back" and deep < length + 0.9) or not w < high - low - 0.2:
            continue
        bed = plan.at_wall("bed", wall, (w, length, 1.0), "wood", gap=0.1)
        if bed:
            along = bed.at_m[0] if wall == "back" else bed.at_m[1]
            for side in (-1, 1):
                plan.at_wall("cupboard", wall, (0.42, 0.38, 0.5), "wood", near=along + side * (w / 2 + 0.3))
            picture(plan, wall, near=along)
            break
    if plan.chance(0.35 + things.wardrobe):
        _wardrobe(plan, 1.0, 2.2, 0.6, (1.95, 2.2), "wood2")
    low_cupboard(plan, "back", things.cupboard)
    shelves(plan, "back", 0.5 * things.bookcase)
    if plan.chance(0.25):
        plan.hang("mirror", plan.sideways(), (plan.range(0.4, 0.6), 0.03, plan.range(0.9, 1.5)), 0.4)
    pictures(plan, {"back": 0.7, "left": 0.4, "right": 0.4})
    rug(plan, things.rug)


def kitchen(plan: Plan) -> None:
    _units(plan)
    size = (plan.range(0.8, 1.1), 0.75, 0.74)
    second = "round" if plan.chance(0.4) else ""
    near = (plan.range(-1.2, 1.2), 1.5)
    chairs_around(plan, plan.on_floor("table", size, near, "wood", second, amount=0.5), 2, 5)
    low_cupboard(plan, "left", 0.3)
    shelves(plan, "right", 0.3)
    pictures(plan, {"left": 0.6, "right": 0.6, "back": 0.6})


def _units(plan: Plan) -> None:
    """A row of kitchen units, as wide as one of the walls has space for."""
    for wall in ("back", "left", "right"):
        low, high = plan.span(wall)
        for width in (high - low - 0.08, 0.75 * (high - low), 2.4, 1.8):
            size = (width, 0.62, plan.bounds[4] - 0.1)
            if 1.5 <= width <= 4.2 and plan.at_wall("kitchen", wall, size, "front", gap=0.002):
                return


def hallway(plan: Plan) -> None:
    wall, other = ("left", "right") if plan.chance(0.5) else ("right", "left")
    width = plan.range(0.6, 1.2)
    plan.hang("hooks", wall, (width, 0.04, 0.1), 1.65, amount=0.8, near=plan.range(1.0, 2.0))
    low_cupboard(plan, other, 0.6)
    if plan.chance(0.6):
        side = "left" if plan.chance(0.5) else "right"
        plan.hang("mirror", side, (plan.range(0.4, 0.7), 0.03, plan.range(0.8, 1.4)), 0.7)
    pictures(plan, {"left": 0.7, "right": 0.7, "back": 0.7})
    shelves(plan, "back", 0.3)
    if plan.chance(plan.things.rug):
        x0, x1, _, y1, _ = plan.bounds
        plan.put("rug", (0.5 * (x0 + x1), 0.5 * y1 + 0.3, 0), 0, (0.8, y1 - 0.8, 0.014))
