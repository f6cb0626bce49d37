"""A room being furnished: walls and floor keep count of what is taken, and give things a place where there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from core.ranges import any_of
from scenes.rooms import walls
from scenes.rooms.config import ThingsConfig
from scenes.rooms.record import Bounds, Item, Opening
from scenes.rooms.traits import Traits

Size = tuple[float, float, float]
_ENDS = {"back": ("left", "right"), "front": ("left", "right"), "left": ("front", "back"), "right": ("front", "back")}
"""The walls at the two ends of each wall."""


@dataclass
class Plan:
    """A room being furnished, which the camera sees turned by `turn_rad`.

    `taken`: by wall, rectangles (along0, along1, z0, z1); `ground`: circles on the floor.
    """

    bounds: Bounds
    traits: Traits
    things: ThingsConfig
    clutter: float
    rng: np.random.Generator
    turn_rad: float = 0.0
    taken: dict[str, list[tuple[float, float, float, float]]] = field(default_factory=dict)
    ground: list[tuple[float, float, float]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    pictures: int = 0

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def range(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """`low` to `high`, the last left out."""
        return int(self.rng.integers(low, high))

    def any_of(self, *values: str) -> str:
        return any_of(self.rng, values)

    def askew(self) -> float:
        """How far, radians, a thing is turned from standing square."""
        low, high = self.things.askew_deg
        return math.radians(self.range(low, high)) * (1 if self.chance(0.5) else -1)

    def behind(self, away_m: float, aside_m: float = 0.0) -> tuple[float, float]:
        """The place on the floor so far behind the person, and so far to the right of there, as the camera looks."""
        c, s = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return c * aside_m + s * away_m, c * away_m - s * aside_m

    def sideways(self) -> str:
        return self.any_of("back", "back", "left", "right")

    def fullness(self) -> float:
        return float(np.clip(self.range(*self.things.shelf_full), 0, 1))

    def span(self, wall: str) -> tuple[float, float]:
        """The wall's two ends, along it."""
        return walls.span(self.bounds, wall)

    def block(self, opening: Opening) -> None:
        extra = 0.22 if opening.dress == "curtains" else 0.1
        low = 0.0 if opening.dress == "curtains" else opening.bottom_m - 0.05
        half = opening.width_m / 2 + extra
        self.take(opening.wall, opening.along_m - half, opening.along_m + half, low, opening.top_m + 0.1)

    def take(self, wall: str, low: float, high: float, z0: float, z1: float) -> None:
        """Nothing else comes there."""
        self.taken.setdefault(wall, []).append((low, high, z0, z1))

    def filled(self, wall: str) -> float:
        """The share of a wall between 0.8 and 2 m, where a webcam looks, that something stands or hangs before."""
        low, high = self.span(wall)
        x, z = np.meshgrid(np.linspace(low, high, 61), np.linspace(0.8, 2.0, 13))
        covered = np.zeros(x.shape, bool)
        for a, b, z0, z1 in self.taken.get(wall, []):
            covered |= (x >= a) & (x <= b) & (z >= z0) & (z <= z1)
        return float(covered.mean())

    def spot(self, wall: str, wide: float, z0: float, z1: float, near: float | None = None) -> float | None:
        """A free place for something `wide` along the wall between heights z0 and z1, or None."""
        low, high = self.span(wall)
        low, high = low + wide / 2 + 0.03, high - wide / 2 - 0.03
        if wall in ("left", "right"):
            low = max(low, -0.3 if z0 < 0.5 else low)  # the sides of the person's own desk stay free
        if low > high:
            return None
        for attempt in range(24):
            if near is None:
                at = self.range(low, high)
            else:
                at = float(np.clip(self.rng.normal(near, 0.15 + 0.1 * attempt), low, high))
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
        size: Size,
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
        place = walls.at_wall(self.bounds, wall, at, deep / 2 + gap)
        if z < 0.5 and max(abs(place[0]) - wide / 2, abs(place[1]) - deep / 2) < 0.5 and wall != "front":
            return None  # it would stand where the person sits
        # coats hang far below their hooks
        self.take(wall, at - wide / 2 - 0.02, at + wide / 2 + 0.02, 0.4 if kind == "hooks" else z, z + tall)
        self._block_corner(wall, at, wide, deep, z, z + tall)
        if z < 0.5:
            self.ground.append((*place, max(wide, deep) / 2))
        amount = self.fullness() if amount is None else amount
        turn = walls.TURN_RAD[wall]
        if gap > 0:
            # what stands by itself is never quite square; its corners stay out of the wall
            most = 2 * gap / max(wide, 0.1)
            turn += float(np.clip(self.askew() * (8 if wide < 0.6 else 1), -most, most))
        return self.put(kind, (*place, z), turn, size, finish, second, amount)

    def hang(
        self,
        kind: str,
        wall: str,
        size: Size,
        z: float,
        finish: str = "wood",
        second: str = "",
        amount: float | None = None,
        near: float | None = None,
    ) -> Item | None:
        """Puts a thing flat on a wall, its lower edge at `z`, where there is space."""
        return self.at_wall(kind, wall, size, finish, second, amount, z, near, gap=0.0)

    def put(
        self,
        kind: str,
        at: Size,
        turn: float,
        size: Size,
        finish: str = "",
        second: str = "",
        amount: float = 0.5,
        radius: float | None = None,
    ) -> Item:
        """Puts a thing there, whatever else is; `radius`: of the floor it takes."""
        self.items.append(Item(kind, at, turn, size, finish, second, amount))
        if radius is not None:
            self.ground.append((*at[:2], radius))
        return self.items[-1]

    def _block_corner(self, wall: str, at: float, wide: float, deep: float, z0: float, z1: float) -> None:
        low, high = self.span(wall)
        x0, x1, y0, y1, _ = self.bounds
        edge = {
            "back": (y1 - deep - 0.05, y1), "front": (y0, y0 + deep + 0.05),
            "left": (x0, x0 + deep + 0.05), "right": (x1 - deep - 0.05, x1),
        }[wall]  # fmt: skip
        for end, left in zip(_ENDS[wall], (at - wide / 2 - low, high - at - wide / 2), strict=True):
            if left < 0.65:
                self.take(end, *edge, z0, z1)

    def free(self, x: float, y: float, radius: float) -> bool:
        """Whether a circle on the floor is free of furniture, walls and the person."""
        x0, x1, y0, y1, _ = self.bounds
        inside = x0 + radius <= x <= x1 - radius and y0 + radius <= y <= y1 - radius
        away = math.hypot(x, y) > radius + 0.75
        return inside and away and all(math.hypot(x - a, y - b) > radius + r for a, b, r in self.ground)

    def on_floor(
        self,
        kind: str,
        size: Size,
        near: tuple[float, float],
        finish: str = "wood",
        second: str = "",
        turn: float | None = None,
        amount: float | None = None,
    ) -> Item | None:
        """Puts a thing on the floor behind or beside the person where there is space."""
        radius = max(size[:2]) / 2
        for attempt in range(20):
            x, y = (float(c + self.rng.normal(0, 0.05 + 0.06 * attempt)) for c in near)
            if self.free(x, y, radius):
                way = self.range(0, 2 * math.pi) if turn is None else turn
                amount = self.fullness() if amount is None else amount
                return self.put(kind, (x, y, 0.0), way, size, finish, second, amount, radius)
        return None
