"""A drawn room: frozen records of all that its picture follows from. Metres, radians, lumens, kelvin; linear Rec.709.

The room's own axes: the person sits at the origin and looks along -Y; Z up, the floor at 0. The whole room is then
turned about the person by `turn_rad`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Colour = tuple[float, float, float]
Bounds = tuple[float, float, float, float, float]
"""x0, x1, y0, y1 of the walls and the height of the ceiling."""


@dataclass(frozen=True)
class Finish:
    """A surface: `kind` as in `render.blender.rooms`, its colours, `scale_m` of its pattern, `wear` 0 to 1."""

    kind: str
    color: Colour
    second: Colour = (0.5, 0.5, 0.5)
    roughness: float = 0.6
    scale_m: float = 0.2
    wear: float = 0.0
    image: str = ""


@dataclass(frozen=True)
class Opening:
    """A window or door in a `wall` (back, front, left, right): `along_m` its middle along the wall (x, or y of the side
    walls). `ajar_rad`: how far a door stands open, away from the room."""

    kind: Literal["window", "door"]
    wall: str
    along_m: float
    width_m: float
    bottom_m: float
    top_m: float
    panes: int = 1
    dress: str = "none"
    drop: float = 0.0
    turn_rad: float = 0.0
    sheer: bool = False
    ajar_rad: float = 0.0


@dataclass(frozen=True)
class Item:
    """A thing: `kind` as in `scenes.rooms.furniture`; its foot's middle; its front looks along -Y at a turn of 0."""

    kind: str
    at_m: tuple[float, float, float]
    turn_rad: float
    size_m: tuple[float, float, float]
    finish: str = ""
    second: str = ""
    amount: float = 0.5


@dataclass(frozen=True)
class Lamp:
    """A light with a group of its own. `flux_lm`: of one fitting, `places_m` are its fittings (their lower middles).

    `kind`: panels, pendant, globe, spots, bulb, strip, wall, floor, table, desk, softbox.
    """

    name: str
    kind: str
    places_m: tuple[tuple[float, float, float], ...]
    flux_lm: float
    temperature_k: float
    size_m: tuple[float, float] = (0.3, 0.3)
    on: bool = True
    turn_rad: float = 0.0


@dataclass(frozen=True)
class Daylight:
    """The sky: angles of the sun in the room's own axes (azimuth 0 along +Y, positive towards +X). `place`: of
    `scenes.rooms.photographs`, what windows look out on, "" for houses and trees of ours, with `lights` in the dark."""

    sky: str
    sun_azimuth_rad: float
    sun_elevation_rad: float
    gain: float
    haze: float
    floor_above_m: float
    houses: bool
    place: str = ""
    place_turn_rad: float = 0.0
    lights: int = 0

    @property
    def dark(self) -> bool:
        """Whether lamps are on because of the hour."""
        return self.sky in ("night", "dusk")


@dataclass(frozen=True)
class Monitor:
    """The screen before the person: its light, 0 nits when dark."""

    nits: float
    temperature_k: float
    size_m: tuple[float, float]
    dark_page: bool


@dataclass(frozen=True)
class IndoorRoom:
    """One room, whole. `bounds_m`: x0, x1, y0, y1, height; `finishes` by the name that items use;
    `pictures`: the photographed place that each picture is cut from, by its name; the others are painted by rule."""

    name: str
    seed: int
    kind: str
    bounds_m: Bounds
    turn_rad: float
    finishes: dict[str, Finish]
    openings: tuple[Opening, ...]
    items: tuple[Item, ...]
    lamps: tuple[Lamp, ...]
    daylight: Daylight
    monitor: Monitor
    ceiling_tiles: bool
    skirting_m: float
    pictures: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data with every drawn number."""
        return asdict(self)

    def windows(self) -> tuple[Opening, ...]:
        """The openings that let daylight in."""
        return tuple(opening for opening in self.openings if opening.kind == "window")
