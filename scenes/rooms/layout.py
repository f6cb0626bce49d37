"""What stands where in a room: the person's own place, what its kind has, and what any room may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.ranges import any_of, choice
from scenes.rooms import homes, workplaces
from scenes.rooms.config import Kind
from scenes.rooms.groups import close_by, fill, lived_in, plants, untidy
from scenes.rooms.plan import Plan
from scenes.rooms.record import Item

_FURNISH: dict[Kind, Callable[[Plan], None]] = {
    "home_office": homes.home_office,
    "living_room": homes.living_room,
    "bedroom": homes.bedroom,
    "kitchen": homes.kitchen,
    "office": workplaces.office,
    "meeting_room": workplaces.meeting_room,
    "booth": workplaces.booth,
    "classroom": workplaces.classroom,
    "library": workplaces.library,
    "hallway": homes.hallway,
    "cafe": workplaces.cafe,
    "workshop": workplaces.workshop,
}


_ON_CASTORS = ("plain", "head", "mesh", "tall", "bucket")


def furnish(plan: Plan, kind: Kind) -> tuple[Item, ...]:
    """Everything that stands or hangs in the room, the person's own desk and chair included."""
    _own_place(plan)
    _FURNISH[kind](plan)
    _everywhere(plan)
    lived_in(plan)
    close_by(plan)
    untidy(plan)
    fill(plan, "back")
    if abs(plan.turn_rad) > 0.2:
        fill(plan, "right" if plan.turn_rad > 0 else "left")
    return tuple(_thrown_over(plan, item) for item in plan.items)


def _thrown_over(plan: Plan, item: Item) -> Item:
    """A chair, perhaps with a jacket over its back: its `amount` is 1 then, else 0."""
    if item.kind not in ("chair", "office_chair"):
        return item
    share = plan.things.thrown_over * (0.4 + plan.clutter) * (0.3 if plan.traits.work else 1.0)
    return replace(item, amount=float(plan.chance(share)))


def _own_place(plan: Plan) -> None:
    """The person's desk and chair back."""
    x0, x1, _, y1, _ = plan.bounds
    wide = min(plan.range(1.1, 1.7), 2 * (min(-x0, x1) - 0.03))
    second = "frame" if plan.chance(0.5) else ""
    finish = "wood" if plan.chance(0.7) else "white"
    if plan.traits.own_table:
        plan.put("table", (0, -1.05, 0), 0, (1.3, 2.0, 0.74), finish, "frame", 0.1)
    else:
        plan.put("desk", (0, -0.62, 0), 0, (wide, 0.7, 0.735), finish, second)
    if not plan.chance(plan.things.chair_back):
        return
    away = plan.range(*plan.things.chair_back_m)
    castors = plan.traits.swivel or plan.chance(0.4)
    scale = lambda name: 1.0 if (name in _ON_CASTORS) == castors else 0.15
    name = choice(plan.rng, {name: weight * scale(name) for name, weight in plan.things.own_chair.items()})
    if name in _ON_CASTORS:
        tall = plan.range(1.1, 1.3) if name in ("tall", "bucket") else plan.range(0.85, 1.15)
        kind, size = "office_chair", (plan.range(0.42, 0.54), 0.5, tall)
    elif name == "armchair":
        kind, size = "armchair", (plan.range(0.7, 0.9), 0.8, plan.range(0.85, 1.1))
    else:
        kind, size = "chair", (plan.range(0.38, 0.5), 0.44, plan.range(0.82, 1.05))
    soft, hard = ("black", "fabric", "fabric2", "leather"), ("wood", "wood2", "white", "black")
    finish = any_of(plan.rng, hard if kind == "chair" else soft)
    # it stands where the person sits, so not square in a room that is turned
    place, turn = plan.behind(away - 0.28, plan.range(-0.1, 0.1)), plan.range(-0.45, 0.45) - plan.turn_rad
    if not (x0 + 0.3 < place[0] < x1 - 0.3 and place[1] < y1 - 0.3):
        return
    plan.put(kind, (*place, 0), turn, size, finish, {"plain": "", "slats": ""}.get(name, name))
    plan.ground.append((*plan.behind(away - 0.2), 0.45))


def _everywhere(plan: Plan) -> None:
    """Plants, a clock, things on the floor, coats: what any room may have."""
    plants(plan, 0.0 if plan.traits.bare else 1.0)
    if plan.chance(plan.traits.clock):
        plan.hang("clock", plan.sideways(), (plan.range(0.22, 0.36), 0.03, 0.36), plan.range(1.75, 1.95))
    if plan.traits.bare:
        return
    if plan.chance(plan.things.coat):
        size, high = (plan.range(0.4, 1.0), 0.04, 0.1), plan.range(1.6, 1.75)
        plan.hang("hooks", plan.sideways(), size, high, amount=plan.range(0.5, 1.0))
    count = plan.clutter * plan.rng.integers(*plan.things.floor_things, endpoint=True)
    for _ in range(round(count)):
        kind, wall = plan.any_of("boxes", "bag", "basket"), plan.sideways()
        plan.at_wall(kind, wall, (0.5, 0.4, 0.4), plan.any_of("fabric", "fabric2", "leather"), gap=0.08)
