"""Where things stand: each kind of room as an order of furnishing, against walls that keep count of what is taken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scenes.rooms.config import ThingsConfig
from scenes.rooms.record import Item, Opening, Wall

_TURNS: dict[str, float] = {"back": 0.0, "front": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
_HOME = ("home_office", "living_room", "bedroom", "kitchen", "hallway")


@dataclass
class Plan:
    """A room being furnished. `taken`: by wall, rectangles (along0, along1, z0, z1); `ground`: circles on the floor."""

    kind: str
    bounds: tuple[float, float, float, float, float]
    things: ThingsConfig
    clutter: float
    rng: np.random.Generator
    taken: dict[str, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    ground: list[tuple[float, float, float]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    pictures: int = 0

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def range(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def span(self, wall: str) -> tuple[float, float]:
        """The wall's two ends, along it."""
        x0, x1, y0, y1, _ = self.bounds
        return (x0, x1) if wall in ("back", "front") else (y0, y1)

    def block(self, opening: Opening) -> None:
        extra = 0.22 if opening.dress == "curtains" else 0.1
        low = 0.0 if opening.dress == "curtains" else opening.bottom_m - 0.05
        half = opening.width_m / 2 + extra
        self.taken.setdefault(opening.wall, []).append(
            (opening.along_m - half, opening.along_m + half, low, opening.top_m + 0.1)
        )

    def spot(self, wall: str, wide: float, z0: float, z1: float, near: float | None = None) -> float | None:
        """A free place for something `wide` along the wall between heights z0 and z1, or None."""
        low, high = self.span(wall)
        low, high = low + wide / 2 + 0.03, high - wide / 2 - 0.03
        if wall in ("left", "right"):
            low = max(low, -0.3 if z0 < 0.5 else low)  # the sides of the person's own desk stay free
        if low > high:
            return None
        for attempt in range(24):
            at = (
                self.range(low, high)
                if near is None
                else float(np.clip(self.rng.normal(near, 0.15 + 0.1 * attempt), low, high))
            )
            if all(
                at + wide / 2 <= a or at - wide / 2 >= b or z1 <= c or z0 >= d
                for a, b, c, d in self.taken.get(wall, [])
            ):
                return at
        return None

    def at_wall(
        self,
        kind: str,
        wall: str,
        size: tuple[float, float, float],
        finish: str = "wood",
        second: str = "",
        amount: float | None = None,
        z: float = 0.0,
        near: float | None = None,
        gap: float = 0.015,
    ) -> Item | None:
        """Puts a thing against a wall where there is space, and returns it."""
        wide, deep, tall = size
        at = self.spot(wall, wide + 0.04, 0.5 if kind == "hooks" else z, z + tall, near)
        if at is None:
            return None
        x0, x1, y0, y1, _ = self.bounds
        off = deep / 2 + gap
        place = {"back": (at, y1 - off), "front": (at, y0 + off), "left": (x0 + off, at), "right": (x1 - off, at)}[wall]
        if z < 0.5 and max(abs(place[0]) - wide / 2, abs(place[1]) - deep / 2) < 0.5 and wall != "front":
            return None  # it would stand where the person sits
        # coats hang far below their hooks
        low = 0.4 if kind == "hooks" else z
        self.taken.setdefault(wall, []).append((at - wide / 2 - 0.02, at + wide / 2 + 0.02, low, z + tall))
        self._block_corner(wall, at, wide, deep, z, z + tall)
        if z < 0.5:
            self.ground.append((*place, max(wide, deep) / 2))
        item = Item(
            kind, (*place, z), _TURNS[wall], size, finish, second, self.fullness() if amount is None else amount
        )
        self.items.append(item)
        return item

    def _block_corner(self, wall: str, at: float, wide: float, deep: float, z0: float, z1: float) -> None:
        low, high = self.span(wall)
        x0, x1, y0, y1, _ = self.bounds
        ends = {
            "back": ("left", "right"),
            "front": ("left", "right"),
            "left": ("front", "back"),
            "right": ("front", "back"),
        }[wall]
        for end, close in ((ends[0], at - wide / 2 - low < 0.65), (ends[1], high - at - wide / 2 < 0.65)):
            if close:
                edge = {
                    "back": (y1 - deep - 0.05, y1),
                    "front": (y0, y0 + deep + 0.05),
                    "left": (x0, x0 + deep + 0.05),
                    "right": (x1 - deep - 0.05, x1),
                }[wall]
                self.taken.setdefault(end, []).append((*edge, z0, z1))

    def free(self, x: float, y: float, radius: float) -> bool:
        """Whether a circle on the floor is free of furniture, walls and the person."""
        x0, x1, y0, y1, _ = self.bounds
        inside = x0 + radius <= x <= x1 - radius and y0 + radius <= y <= y1 - radius
        return (
            inside
            and math.hypot(x, y) > radius + 0.75
            and all(math.hypot(x - a, y - b) > radius + r for a, b, r in self.ground)
        )

    def on_floor(
        self,
        kind: str,
        size: tuple[float, float, float],
        finish: str = "wood",
        second: str = "",
        near: tuple[float, float] | None = None,
        turn: float | None = None,
        amount: float | None = None,
        tries: int = 20,
    ) -> Item | None:
        """Puts a thing on the floor behind or beside the person where there is space."""
        x0, x1, _, y1, _ = self.bounds
        radius = max(size[:2]) / 2
        for attempt in range(tries):
            if near is None:
                x, y = self.range(x0, x1), self.range(0.4, y1)
            else:
                x, y = (float(c + self.rng.normal(0, 0.05 + 0.06 * attempt)) for c in near)
            if self.free(x, y, radius):
                self.ground.append((x, y, radius))
                way = self.range(0, 2 * math.pi) if turn is None else turn
                item = Item(kind, (x, y, 0.0), way, size, finish, second, self.fullness() if amount is None else amount)
                self.items.append(item)
                return item
        return None

    def fullness(self) -> float:
        return float(np.clip(self.range(*self.things.shelf_full), 0, 1))

    def picture(self, wall: str, near: float | None = None) -> None:
        """A framed picture at eye height, if there is space for one."""
        w = self.range(0.22, 0.75)
        h = float(np.clip(w * self.rng.choice([0.7, 1.0, 1.35]), 0.2, 0.9))
        z = self.range(1.42, 1.6) - h / 2
        framed = ("wood", "wood2", "black", "white", "metal")[int(self.rng.integers(5))]
        if self.at_wall(
            "picture",
            wall,
            (w, 0.03, h),
            framed,
            f"picture{self.pictures}",
            self.range(0, 1),
            z=z,
            near=near,
            gap=-0.014,
        ):
            self.pictures += 1

    def pictures_on(self, wall: str, share: float = 1.0) -> None:
        low, high = self.things.pictures
        for _ in range(int(self.rng.integers(low, high, endpoint=True))):
            if self.chance(share):
                self.picture(wall)

    def plants(self, scale: float = 1.0) -> None:
        for _ in range(round(scale * self.rng.integers(*self.things.plants, endpoint=True))):
            high = self.range(0.5, 1.7)
            pot = self.range(0.2, 0.36)
            wall = self.sideways()
            self.at_wall("plant", wall, (pot + 0.12, pot + 0.12, high), gap=0.12) or self.on_floor(
                "plant", (pot, pot, high), near=(self.range(*self.span("back")), self.bounds[3] - 0.4)
            )

    def sideways(self) -> Wall:
        return ("back", "back", "left", "right")[int(self.rng.integers(4))]


def furnish(plan: Plan) -> tuple[Item, ...]:
    """Everything that stands or hangs in the room, the person's own desk and chair included."""
    _own_place(plan)
    _KINDS[plan.kind](plan)
    _everywhere(plan)
    return tuple(plan.items)


def _own_place(plan: Plan) -> None:
    """The person's desk and chair back."""
    x0, x1, _, _, _ = plan.bounds
    half = min(-x0, x1) - 0.03
    wide = min(plan.range(1.1, 1.7), 2 * half)
    second = "frame" if plan.chance(0.5) else ""
    finish = "wood" if plan.chance(0.7) else "white"
    if plan.kind == "meeting_room":
        plan.items.append(Item("table", (0, -1.05, 0), 0, (1.3, 2.0, 0.74), finish, "frame", 0.1))
    else:
        plan.items.append(Item("desk", (0, -0.62, 0), 0, (wide, 0.7, 0.735), finish, second))
    if plan.chance(plan.things.chair_back):
        away = plan.range(*plan.things.chair_back_m)
        if away < plan.bounds[3] - 0.15:
            work = plan.kind in ("office", "meeting_room", "home_office", "booth", "bedroom", "classroom", "library")
            if work or plan.chance(0.4):
                top, kind = plan.range(0.95, 1.18), "office_chair"
                size, second = (plan.range(0.45, 0.52), 0.5, top), "head" if plan.chance(0.25) else ""
            else:
                kind, size, second = "chair", (0.44, 0.44, plan.range(0.82, 1.0)), "shell" if plan.chance(0.4) else ""
            finish = ("black", "fabric", "leather", "wood")[int(plan.rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))]
            plan.items.append(
                Item(kind, (plan.range(-0.08, 0.08), away - 0.28, 0), plan.range(-0.25, 0.25), size, finish, second)
            )
            plan.ground.append((0.0, away - 0.2, 0.45))


def _everywhere(plan: Plan) -> None:
    """Plants, a clock, things on the floor, coats: what any room may have."""
    plan.plants(1.0 if plan.kind != "booth" else 0.0)
    if plan.chance(0.12 if plan.kind in _HOME else 0.3):
        plan.at_wall("clock", plan.sideways(), (plan.range(0.22, 0.36), 0.03, 0.36), z=plan.range(1.75, 1.95), gap=0.0)
    if plan.kind == "booth":
        return
    if plan.chance(plan.things.coat):
        size, high = (plan.range(0.4, 1.0), 0.04, 0.1), plan.range(1.6, 1.75)
        plan.at_wall("hooks", plan.sideways(), size, amount=plan.range(0.3, 1.0), z=high, gap=0.0)
    count = plan.clutter * plan.rng.integers(*plan.things.floor_things, endpoint=True)
    for _ in range(round(count)):
        kind = ("boxes", "bag", "basket")[int(plan.rng.integers(3))]
        plan.at_wall(
            kind,
            plan.sideways(),
            (0.5, 0.4, 0.4),
            ("fabric", "fabric2", "leather")[int(plan.rng.integers(3))],
            gap=0.08,
        )


def _shelves(plan: Plan, wall: str, share: float, near: float | None = None) -> None:
    if plan.chance(share):
        width, height = plan.range(0.6, 2.2), plan.range(1.0, 2.15)
        m = ("wood", "wood2", "white")[int(plan.rng.integers(3))]
        plan.at_wall("bookcase", wall, (width, plan.range(0.26, 0.34), height), m, near=near)
    elif plan.chance(0.35 * share):
        plan.at_wall(
            "wall_shelf",
            wall,
            (plan.range(0.6, 1.4), 0.22, plan.range(0.3, 0.8)),
            "wood",
            z=plan.range(1.25, 1.45),
            near=near,
        )


def _low(plan: Plan, wall: str, share: float) -> None:
    if plan.chance(share):
        m = ("wood", "wood2", "white")[int(plan.rng.integers(3))]
        plan.at_wall("cupboard", wall, (plan.range(0.8, 1.8), plan.range(0.38, 0.48), plan.range(0.5, 0.95)), m)


def _rug(plan: Plan, share: float) -> None:
    if plan.chance(share):
        x0, x1, _, y1, _ = plan.bounds
        w, d = min(plan.range(1.4, 2.6), x1 - x0 - 0.3), min(plan.range(1.2, 2.0), y1 - 0.3)
        plan.items.append(Item("rug", ((x0 + x1) / 2, max(0.55, y1 / 2), 0), plan.range(-0.05, 0.05), (w, d, 0.015)))


def _sofa(plan: Plan, wall: str) -> Item | None:
    w = plan.range(1.5, 2.4)
    return plan.at_wall(
        "sofa",
        wall,
        (w, plan.range(0.82, 0.95), plan.range(0.72, 0.88)),
        "fabric" if plan.chance(0.8) else "leather",
        gap=0.04,
    )


def _home_office(plan: Plan) -> None:
    things = plan.things
    _shelves(plan, "back", things.bookcase)
    if plan.chance(things.sofa / 3) and plan.bounds[3] > 2.0:
        _sofa(plan, "back") or plan.at_wall("armchair", "back", (0.85, 0.85, 0.82), "fabric")
    _low(plan, "back", things.cupboard)
    for wall in ("left", "right"):
        _shelves(plan, wall, 0.5 * things.bookcase)
        _low(plan, wall, 0.4 * things.cupboard)
    if plan.chance(things.wardrobe):
        plan.at_wall(
            "wardrobe",
            plan.sideways(),
            (plan.range(0.9, 1.6), 0.58, plan.range(1.9, 2.15)),
            "white" if plan.chance(0.5) else "wood",
        )
    if plan.chance(0.3 * things.whiteboard):
        plan.at_wall(
            "whiteboard", "back", (plan.range(0.8, 1.3), 0.03, plan.range(0.6, 0.9)), "", "scribble", z=1.05, gap=0.0
        )
    plan.pictures_on("back")
    plan.pictures_on("left", 0.4)
    plan.pictures_on("right", 0.4)
    plan.pictures_on("front", 0.3)
    _rug(plan, things.rug)


def _living_room(plan: Plan) -> None:
    things = plan.things
    sofa = _sofa(plan, "back") if plan.chance(things.sofa) else None
    if sofa is not None:
        plan.on_floor(
            "table", (plan.range(0.5, 0.7), 0.5, 0.42), "wood2", "round", near=(sofa.at_m[0], sofa.at_m[1] - 1.05)
        )
        plan.picture("back", near=sofa.at_m[0])
    _shelves(plan, "back", things.bookcase)
    _low(plan, "back", things.cupboard)
    for wall in ("left", "right"):
        if plan.chance(0.3 * things.sofa):
            _sofa(plan, wall)
        _shelves(plan, wall, 0.6 * things.bookcase)
        _low(plan, wall, 0.6 * things.cupboard)
    if plan.chance(0.4):
        tv = plan.range(0.95, 1.4)
        plan.at_wall("tv", plan.sideways(), (tv, 0.05, 0.57 * tv), z=plan.range(0.85, 1.05), gap=0.0)
    if plan.chance(0.4):
        plan.on_floor(
            "armchair",
            (0.82, 0.85, 0.82),
            "fabric2",
            turn=plan.range(-0.9, 0.9),
            near=(plan.range(-1.5, 1.5), plan.bounds[3] - 0.9),
        )
    plan.pictures_on("back")
    plan.pictures_on("left", 0.5)
    plan.pictures_on("right", 0.5)
    _rug(plan, things.rug)


def _bedroom(plan: Plan) -> None:
    things = plan.things
    w = 1.0 if plan.chance(0.3) else plan.range(1.4, 1.8)
    walls = ["back", "left", "right"] if plan.bounds[3] > 2.7 else ["left", "right", "back"]
    for wall in walls:
        x0, x1, _, y1, _ = plan.bounds
        length = 2.02
        depth = y1 if wall == "back" else x1 - x0
        if depth < length + 0.9 and wall == "back":
            continue
        bed = (
            plan.at_wall("bed", wall, (w, length, 1.0), "wood", gap=0.1)
            if w < plan.span(wall)[1] - plan.span(wall)[0] - 0.2
            else None
        )
        if bed:
            along = bed.at_m[0] if wall == "back" else bed.at_m[1]
            for side in (-1, 1):
                plan.at_wall("cupboard", wall, (0.42, 0.38, 0.5), "wood", near=along + side * (w / 2 + 0.3))
            plan.picture(wall, near=along)
            break
    if plan.chance(0.35 + things.wardrobe):
        plan.at_wall(
            "wardrobe",
            plan.sideways(),
            (plan.range(1.0, 2.2), 0.6, plan.range(1.95, 2.2)),
            "white" if plan.chance(0.5) else "wood2",
        )
    _low(plan, "back", things.cupboard)
    _shelves(plan, "back", 0.5 * things.bookcase)
    if plan.chance(0.25):
        plan.at_wall(
            "mirror", plan.sideways(), (plan.range(0.4, 0.6), 0.03, plan.range(0.9, 1.5)), "wood", z=0.4, gap=0.0
        )
    plan.pictures_on("back", 0.7)
    plan.pictures_on("left", 0.4)
    plan.pictures_on("right", 0.4)
    _rug(plan, things.rug)


def _kitchen(plan: Plan) -> None:
    low, high = plan.span("back")
    for wall in ("back", "left", "right"):
        low, high = plan.span(wall)
        for width in (high - low - 0.08, 0.75 * (high - low), 2.4, 1.8):
            if width > 4.2 or width < 1.5:
                continue
            doored = plan.at_wall("kitchen", wall, (width, 0.62, plan.bounds[4] - 0.1), "front", gap=0.002)
            if doored:
                break
        else:
            continue
        break
    table = plan.on_floor(
        "table",
        (plan.range(0.8, 1.1), 0.75, 0.74),
        "wood",
        "round" if plan.chance(0.4) else "",
        near=(plan.range(-1.2, 1.2), 1.5),
        amount=0.5,
    )
    if table:
        _chairs_around(plan, table, int(plan.rng.integers(2, 5)))
    _low(plan, "left", 0.3)
    _shelves(plan, "right", 0.3)
    plan.pictures_on("left", 0.6)
    plan.pictures_on("right", 0.6)
    plan.pictures_on("back", 0.6)


def _chairs_around(plan: Plan, table: Item, count: int) -> None:
    shell = "shell" if plan.chance(0.4) else ""
    m = ("wood", "wood2", "black", "white")[int(plan.rng.integers(4))]
    start = plan.range(0, 6.3)
    for i in range(count):
        a = start + i * 2 * math.pi / count + plan.range(-0.2, 0.2)
        r = max(table.size_m[:2]) / 2 + 0.18
        x, y = table.at_m[0] + r * math.sin(a), table.at_m[1] + r * math.cos(a)
        x0, x1, _, y1, _ = plan.bounds
        if x0 + 0.3 < x < x1 - 0.3 and 0.75 < y < y1 - 0.3:
            # a chair's back is at its +Y; it looks at the table
            plan.items.append(Item("chair", (x, y, 0), -a, (0.42, 0.42, plan.range(0.8, 0.92)), m, shell))


def _office(plan: Plan) -> None:
    x0, x1, _, y1, h = plan.bounds
    wide, deep = plan.range(1.4, 1.8), plan.range(0.7, 0.8)
    screens = "screen" if plan.chance(0.35) else ""
    m = "white" if plan.chance(0.55) else "wood"
    y = plan.range(2.1, 2.8)
    while y < y1 - 1.1:
        x = x0 + wide / 2 + plan.range(0.1, 0.9)
        while x < x1 - wide / 2 - 0.05:
            if plan.chance(0.85):
                turn = math.pi if plan.chance(0.3) else 0.0
                plan.items.append(Item("workplace", (x, y, 0), turn, (wide, deep, 0.735), m, screens, plan.clutter))
                plan.ground.append((x, y, 0.9))
            x += wide + (0.02 if plan.chance(0.65) else 1.0)
        y += plan.range(1.9, 2.5)
    for wall in ("back", "left", "right"):
        if plan.chance(0.55):
            plan.at_wall("bookcase", wall, (plan.range(1.2, 3.0), 0.4, plan.range(1.1, 2.1)), "white", "binders")
        if plan.chance(0.5):
            plan.at_wall("locker", wall, (plan.range(0.8, 2.4), 0.45, plan.range(1.0, 2.0)), "front")
        if plan.chance(plan.things.whiteboard):
            plan.at_wall("whiteboard", wall, (plan.range(1.2, 2.4), 0.03, 1.1), "", "scribble", z=0.95, gap=0.0)
        plan.pictures_on(wall, 0.4)
    if plan.chance(0.35) and y1 > 5:
        plan.items.append(
            Item(
                "column",
                (plan.range(0.4, 1.0) * (x1 if plan.chance(0.5) else x0), plan.range(2.6, y1 - 1), 0),
                0,
                (0.4, 0.4, h),
                "wall",
            )
        )
    if plan.chance(0.4):
        plan.items.append(
            Item(
                "partition",
                (plan.range(-1.5, 1.5), plan.range(1.3, 1.7), 0),
                0,
                (plan.range(1.2, 1.8), 0.05, plan.range(1.1, 1.5)),
                "fabric2",
            )
        )


def _meeting_room(plan: Plan) -> None:
    choice = plan.rng.random()
    low, high = plan.span("back")
    if choice < 0.3:
        plan.at_wall("tv", "back", (plan.range(1.2, 1.7), 0.05, 0.85), z=0.95, near=0.5 * (low + high), gap=0.0)
    elif choice < 0.3 + plan.things.whiteboard:
        plan.at_wall(
            "whiteboard",
            "back",
            (plan.range(1.4, min(2.4, high - low - 0.3)), 0.03, 1.15),
            "",
            "scribble",
            z=0.9,
            gap=0.0,
        )
    elif choice < 0.85:
        plan.at_wall(
            "slats" if plan.chance(0.5) else "panels",
            "back",
            (high - low - 0.1, 0.04, plan.range(1.6, 2.2)),
            "fabric2" if plan.chance(0.5) else "wood",
            z=plan.range(0.1, 0.3),
            gap=0.0,
        )
    if plan.chance(0.45):
        side = "left" if plan.chance(0.5) else "right"
        x0, x1, y0, y1, h = plan.bounds
        x = x0 + 0.06 if side == "left" else x1 - 0.06
        if not plan.taken.get(side):
            plan.items.append(Item("glass_wall", (x, (y0 + y1) / 2, 0), math.pi / 2, (y1 - y0 - 0.1, 0.06, h - 0.02)))
            plan.taken.setdefault(side, []).append((y0, y1, 0, h))
    _low(plan, "back", 0.5)
    for wall in ("back", "left", "right"):
        for _ in range(int(plan.rng.integers(0, 3))):
            plan.at_wall(
                "office_chair" if plan.chance(0.5) else "chair",
                wall,
                (0.5, 0.55, 0.95),
                "black" if plan.chance(0.6) else "fabric",
                "shell",
                gap=0.12,
            )
    plan.pictures_on("back", 0.6)
    plan.pictures_on("left", 0.4)
    plan.pictures_on("right", 0.4)


def _booth(plan: Plan) -> None:
    low, high = plan.span("back")
    h = plan.bounds[4]
    if plan.chance(0.9):
        kind = "panels" if plan.chance(0.7) else "slats"
        plan.at_wall(
            kind,
            "back",
            (high - low - 0.07, 0.04, h - 0.25 if plan.chance(0.6) else 1.3),
            "fabric2" if kind == "panels" else "wood",
            z=0.1,
            gap=0.0,
        )
    for wall in ("left", "right"):
        low, high = plan.span(wall)
        if plan.chance(0.6) and not plan.taken.get(wall):
            plan.at_wall("panels", wall, (high + 0.3, 0.04, h - 0.3), "fabric2", z=0.6, gap=0.0)
    if plan.chance(0.3):
        plan.picture("back")


def _classroom(plan: Plan) -> None:
    low, high = plan.span("back")
    black = plan.chance(0.4)
    plan.at_wall(
        "whiteboard",
        "back",
        (min(plan.range(2.0, 3.6), high - low - 0.2), 0.03, 1.2),
        "",
        "black" if black else "scribble",
        z=0.85,
        gap=0.0,
    )
    x0, x1, _, y1, _ = plan.bounds
    y = 1.5
    while y < y1 - 1.2:
        for x in np.arange(x0 + 0.9, x1 - 0.7, 1.6):
            if plan.chance(0.85):
                plan.items.append(Item("table", (x, y, 0), 0, (1.25, 0.55, 0.72), "wood", "frame", 0.15 * plan.clutter))
                for dx in (-0.3, 0.3):
                    plan.items.append(
                        Item(
                            "chair",
                            (x + dx, y + 0.45 + plan.range(-0.1, 0.15), 0),
                            plan.range(-0.3, 0.3),
                            (0.38, 0.38, 0.78),
                            "wood",
                            "shell",
                        )
                    )
                plan.ground.append((x, y, 0.8))
        y += plan.range(1.3, 1.6)
    for wall in ("left", "right", "back"):
        _low(plan, wall, 0.6)
        _shelves(plan, wall, 0.6)
        plan.pictures_on(wall, 0.9)
        plan.pictures_on(wall, 0.5)


def _library(plan: Plan) -> None:
    h = min(2.3, plan.bounds[4] - 0.2)
    for wall in ("back", "left", "right"):
        for _ in range(8):
            width = plan.range(0.9, 2.0)
            plan.at_wall("bookcase", wall, (width, 0.3, h), "wood", amount=plan.range(0.75, 1.0))
    if plan.bounds[3] > 3.2:
        for x in (-1.4, 1.5):
            plan.on_floor(
                "bookcase",
                (1.6, 0.32, plan.range(1.3, 2.0)),
                "wood",
                near=(x, plan.bounds[3] - 1.5),
                turn=0.0,
                amount=0.95,
            )
    table = plan.on_floor("table", (1.3, 0.8, 0.74), "wood", near=(plan.range(-1.5, 1.5), 1.7), amount=0.6)
    if table:
        _chairs_around(plan, table, 2)


def _hallway(plan: Plan) -> None:
    wall = "left" if plan.chance(0.5) else "right"
    plan.at_wall(
        "hooks", wall, (plan.range(0.6, 1.2), 0.04, 0.1), amount=0.8, z=1.65, gap=0.0, near=plan.range(1.0, 2.0)
    )
    _low(plan, "right" if wall == "left" else "left", 0.6)
    if plan.chance(0.6):
        plan.at_wall(
            "mirror",
            "left" if plan.chance(0.5) else "right",
            (plan.range(0.4, 0.7), 0.03, plan.range(0.8, 1.4)),
            "wood",
            z=0.7,
            gap=0.0,
        )
    for side in ("left", "right", "back"):
        plan.pictures_on(side, 0.7)
    _shelves(plan, "back", 0.3)
    if plan.chance(plan.things.rug):
        y1 = plan.bounds[3]
        plan.items.append(
            Item("rug", (0.5 * (plan.bounds[0] + plan.bounds[1]), 0.5 * y1 + 0.3, 0), 0, (0.8, y1 - 0.8, 0.014))
        )


def _cafe(plan: Plan) -> None:
    low, high = plan.span("back")
    x0, x1, _, y1, _ = plan.bounds
    if plan.chance(0.5) and y1 > 3.0:
        wide = min(plan.range(2.0, 3.5), high - low - 0.4)
        at = plan.spot("back", wide, 0, 1.2)
        if at is not None:
            plan.items.append(Item("counter", (at, y1 - 1.35, 0), 0, (wide, 0.6, 1.08), "wood"))
            plan.ground.append((at, y1 - 1.35, wide / 2))
            for z in (1.35, 1.75):
                plan.at_wall("wall_shelf", "back", (wide * 0.9, 0.25, 0.1), "wood2", z=z, near=at)
    else:
        plan.at_wall(
            "bench",
            "back",
            (min(plan.range(1.8, 3.5), high - low - 0.2), 0.5, 0.95),
            "leather" if plan.chance(0.6) else "fabric",
            "wood",
        )
    if plan.chance(0.5):
        plan.at_wall(
            "whiteboard",
            plan.sideways(),
            (plan.range(0.7, 1.3), 0.03, plan.range(0.9, 1.3)),
            "",
            "menu",
            z=1.2,
            gap=0.0,
        )
    for _ in range(int(plan.rng.integers(2, 7))):
        table = plan.on_floor(
            "table",
            (plan.range(0.6, 0.75), 0.7, 0.74),
            "wood",
            "round" if plan.chance(0.6) else "",
            amount=0.8,
            near=(plan.range(x0, x1), plan.range(1.3, y1)),
        )
        if table:
            _chairs_around(plan, table, int(plan.rng.integers(2, 4)))
    for wall in ("left", "right"):
        _shelves(plan, wall, 0.3)
        plan.pictures_on(wall, 0.7)
    plan.pictures_on("back", 0.8)


_KINDS: dict[str, Callable[[Plan], None]] = {
    "home_office": _home_office,
    "living_room": _living_room,
    "bedroom": _bedroom,
    "kitchen": _kitchen,
    "office": _office,
    "meeting_room": _meeting_room,
    "booth": _booth,
    "classroom": _classroom,
    "library": _library,
    "hallway": _hallway,
    "cafe": _cafe,
}
