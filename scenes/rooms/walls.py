"""The four walls: how long they are, and where a thing stands that is put against one."""

from __future__ import annotations

import math

from scenes.rooms.record import Bounds

TURN_RAD = {"back": 0.0, "front": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
"""The turn of what stands against a wall and looks into the room."""
INWARD = {"back": (0.0, -1.0, 0.0), "front": (0.0, 1.0, 0.0), "left": (1.0, 0.0, 0.0), "right": (-1.0, 0.0, 0.0)}

BEYOND_M = 1.7
"""How deep the room is that an open door shows."""


def span(bounds: Bounds, wall: str) -> tuple[float, float]:
    """The wall's two ends, along it."""
    x0, x1, y0, y1, _ = bounds
    return (x0, x1) if wall in ("back", "front") else (y0, y1)


def at_wall(bounds: Bounds, wall: str, along_m: float, off_m: float = 0.0) -> tuple[float, float]:
    """The place on the floor `along_m` of a wall and `off_m` before it."""
    x0, x1, y0, y1, _ = bounds
    return {
        "back": (along_m, y1 - off_m),
        "front": (along_m, y0 + off_m),
        "left": (x0 + off_m, along_m),
        "right": (x1 - off_m, along_m),
    }[wall]
