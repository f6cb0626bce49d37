"""What sets each kind of room apart, beside its size and what stands in it: one table for all that draw a room."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.rooms.config import Kind


@dataclass(frozen=True)
class Traits:
    """`work`: lit, painted and floored as where people work. Windows: factors of the chance of one in any wall, and
    behind the person; whether sills may be low and windows stand in rows. Doors: how many are tried, and in which walls
    (often by how often named). `floors`: what may lie on the floor, empty for anything. `fittings`: lamps on the
    ceiling, as often as named; `fitting_rows`: how many of those that a home has one of: "one", over a "grid", or above
    "tables". `swivel`: the person's own chair is an office chair. `bare`: nothing but what the kind itself has."""

    work: bool = False
    windows: float = 1.0
    windows_behind: float = 1.0
    low_sills: bool = False
    window_rows: bool = False
    doors: int = 1
    door_walls: tuple[str, ...] = ("back", "back", "left", "right")
    floors: tuple[str, ...] = ()
    tiled_ceiling: bool = False
    skirting: bool = True
    fittings: tuple[str, ...] = ("pendant", "globe", "spots", "bulb", "globe")
    fitting_rows: str = "one"
    table_lamps: bool = True
    led_strip: bool = True
    swivel: bool = False
    own_table: bool = False
    clock: float = 0.12
    bare: bool = False


_BOARD_BEHIND = ("left", "right", "left", "right")
"""Where a board hangs behind the person, the door is in a side wall."""
TRAITS: dict[Kind, Traits] = {
    "home_office": Traits(swivel=True),
    "living_room": Traits(),
    "bedroom": Traits(swivel=True),
    "kitchen": Traits(floors=("tiles", "parquet"), fittings=("spots", "globe", "pendant")),
    "office": Traits(work=True, windows=1.3, low_sills=True, window_rows=True, floors=("carpet", "linoleum"),
        tiled_ceiling=True, fittings=("panels", "panels", "strip"), fitting_rows="grid", table_lamps=False, swivel=True,
        clock=0.3),
    "meeting_room": Traits(work=True, door_walls=_BOARD_BEHIND, floors=("carpet", "parquet"), tiled_ceiling=True,
        fittings=("panels", "spots", "pendant"), table_lamps=False, swivel=True, own_table=True, clock=0.3),
    "booth": Traits(work=True, windows=0.15, doors=3, door_walls=("left",), floors=("carpet",), skirting=False,
        fittings=("strip", "spots"), table_lamps=False, swivel=True, clock=0.3, bare=True),
    "classroom": Traits(work=True, windows=1.2, windows_behind=0.3, window_rows=True, door_walls=_BOARD_BEHIND,
        floors=("linoleum", "parquet"), tiled_ceiling=True, fittings=("panels", "panels", "globe"), fitting_rows="grid",
        table_lamps=False, led_strip=False, swivel=True, clock=0.3),
    "library": Traits(work=True, window_rows=True, fittings=("panels", "pendant", "globe"), fitting_rows="grid",
        swivel=True, clock=0.3),
    "hallway": Traits(windows=0.4, doors=3, fittings=("spots", "globe", "bulb")),
    "cafe": Traits(windows=1.3, low_sills=True, window_rows=True, floors=("parquet", "tiles", "concrete"),
        fittings=("pendant", "pendant", "spots"), fitting_rows="tables", clock=0.3),
    "workshop": Traits(work=True, windows=0.9, doors=2, floors=("concrete", "linoleum", "tiles"), skirting=False,
        fittings=("strip", "strip", "bulb", "pendant"), fitting_rows="grid", table_lamps=False, clock=0.3),
}  # fmt: skip
