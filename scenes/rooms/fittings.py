"""Lamps and the monitor: what is seen of them, and the light they give as records for the renderer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.colour import rgb_from_kelvin
from scenes.rooms.record import IndoorRoom, Lamp
from scenes.rooms.solids import Piece, box, cylinder, flat, placed, tube, turned
from scenes.spec import EYE_HEIGHT_M

Place = tuple[float, float, float]
LUMENS_PER_WATT = 179.0
"""White light: 1 W per unit of the picture's radiance is 179 lm (the convention of Radiance, Ward 1994)."""


@dataclass(frozen=True)
class Emitter:
    """A light of the renderer. `shape`: "rect", "disc", "sphere", "spot"; it shines along `toward`; `power_w` per
    channel; `size_m`: width and height, or the diameter; `spread_rad`: a spot's whole cone; `seen`: by the camera."""

    shape: str
    group: str
    at_m: tuple[float, float, float]
    toward: tuple[float, float, float]
    size_m: tuple[float, float]
    power_w: tuple[float, float, float]
    spread_rad: float = math.pi
    seen: bool = True
    turn_rad: float = 0.0


@dataclass(frozen=True)
class Glow:
    """A glowing surface: radiance per channel; `sampled`: it lights the room (else it is only seen)."""

    radiance: tuple[float, float, float]
    group: str
    sampled: bool = True
    image: str = ""


@dataclass
class Fittings:
    """What lamps add to a room."""

    pieces: list[Piece]
    emitters: list[Emitter]
    glows: dict[str, Glow]

    def shine(
        self, lamp: Lamp, shape: str, at: Place, size_m: tuple[float, float], watts: float | None = None, **more: Any
    ) -> None:
        """An emitter, downwards with the lamp's whole flux where nothing else is said."""
        power = _rgb(_watts(lamp) if watts is None else watts, lamp.temperature_k)
        toward = more.pop("toward", (0, 0, -1))
        self.emitters.append(Emitter(shape, lamp.name, at, toward, size_m, power, **more))

    def glow(self, lamp: Lamp, name: str, area_m2: float, watts: float, sampled: bool = False) -> str:
        """The name of a material that glows with these watts."""
        key = f"glow:{lamp.name}:{name}"
        self.glows[key] = Glow(_rgb(watts / (math.pi * area_m2), lamp.temperature_k), lamp.name, sampled)
        return key


def _rgb(watts: float, kelvin: float) -> tuple[float, float, float]:
    r, g, b = (float(c) for c in rgb_from_kelvin(kelvin) * watts)
    return r, g, b


def _watts(lamp: Lamp) -> float:
    return lamp.flux_lm / LUMENS_PER_WATT


def fittings(room: IndoorRoom) -> Fittings:
    """All lamps of a room, lit or not: whoever sums the layers decides; and the monitor."""
    made = Fittings([], [], {})
    for lamp in room.lamps:
        for at in lamp.places_m:
            _BUILD[lamp.kind](made, room.bounds_m[4], lamp, at)
    _monitor(made, room)
    return made


def _panels(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    w, d = lamp.size_m
    made.pieces.append(box("white", (w + 0.02, d + 0.02, 0.008), (*at[:2], ceiling_m - 0.008)))
    made.shine(lamp, "rect", at, (w, d))


def _strip(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    """Below the ceiling, or along the wall behind, where it shines upwards."""
    x, y, z = at
    w, d = lamp.size_m
    if lamp.name == "ceiling":
        made.pieces.append(box("white", (w + 0.03, d + 0.03, 0.04), (x, y, z + 0.004), edge=0.004))
        made.shine(lamp, "rect", at, (w, d))
    else:
        made.pieces.append(box("white", (w + 0.02, 0.03, 0.045), (x, y - 0.02, z - 0.03), edge=0.003))
        made.shine(lamp, "rect", (x, y + 0.01, z + 0.02), (w, d), toward=(0, 0, 1), seen=False)


def _spots(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    watts, r = _watts(lamp), lamp.size_m[0] / 2
    ring = [(r * 0.8, -0.004), (r, -0.006), (r * 1.12, 0.0), (r * 1.12, 0.01)]
    made.pieces.append(turned("white", ring, (x, y, z), sides=20))
    glow = made.glow(lamp, "spot", math.pi * r * r, watts)
    made.pieces += placed([turned(glow, [(0.0, 0.0), (r * 0.8, 0.001)], sides=20)], (x, y, z - 0.002))
    # what Cycles calls a spot's power is that of a point light it is cut from
    half = math.radians(38)
    cut = 2 / (1 - math.cos(half))
    made.shine(lamp, "spot", (x, y, z - 0.01), (0.05, 0.05), 0.75 * watts * cut, spread_rad=2 * half, seen=False)


def _globe(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    w = lamp.size_m[0]
    made.pieces.append(cylinder("white", 0.06, 0.03, (x, y, z + 0.02)))
    made.shine(lamp, "sphere", (x, y, z - w / 2 + 0.02), (w, w))


def _bulb(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    made.pieces += _rosette((x, y, ceiling_m), ceiling_m - z - 0.06)
    made.pieces.append(cylinder("black", 0.018, 0.06, (x, y, z + 0.025)))
    made.shine(lamp, "sphere", (x, y, z - 0.005), (0.06, 0.06))


def _rosette(at: Place, drop: float) -> list[Piece]:
    """Where a lamp hangs from the ceiling: a cap and a cable down to `drop` metres below."""
    x, y, z = at
    return [cylinder("white", 0.05, 0.025, (x, y, z - 0.025)), cylinder("black", 0.003, drop, (x, y, z - drop))]


def _shade(made: Fittings, lamp: Lamp, at: Place, top_share: float) -> None:
    """A shade of cloth that glows, open above and below; `at` is the middle of its lower edge."""
    w, h = lamp.size_m
    watts, r = _watts(lamp), w / 2
    area = 2 * math.pi * r * (1 + top_share) / 2 * h
    # cloth lets out six tenths, inwards as much as outwards
    glow = made.glow(lamp, "shade", 2 * area, 0.6 * watts, sampled=True)
    made.pieces += placed([turned(glow, [(r, 0), (r * top_share, h)], sides=28)], at)
    for z, way, share in ((0.0, -1.0, 1.0), (h, 1.0, top_share)):
        place, wide = (at[0], at[1], at[2] + z * 0.98 + 0.01 * way * -1), 1.7 * r * share
        made.shine(lamp, "disc", place, (wide, wide), 0.2 * watts, toward=(0, 0, way), seen=False)


def _pendant(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    w, h = lamp.size_m
    if w > 0.36:
        made.pieces += _rosette((x, y, ceiling_m), ceiling_m - z - h)
        _shade(made, lamp, at, 0.85)
        return
    r = w / 2
    made.pieces += _rosette((x, y, ceiling_m), ceiling_m - z - h * 0.9)
    s = np.linspace(0, 1, 9)
    dome = [(float(max(0.02, r * math.cos(a * math.pi / 2) ** 0.8)), float(h * a)) for a in s]
    made.pieces.append(turned("metal", dome, at, sides=28))
    made.pieces.append(turned("white", [(p[0] * 0.97, p[1] * 0.97) for p in dome], at, sides=28))
    made.shine(lamp, "sphere", (x, y, z + 0.35 * h), (0.07, 0.07))


def _floor(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    made.pieces += [cylinder("metal", 0.13, 0.02, at), cylinder("metal", 0.011, 1.35, at)]
    _shade(made, lamp, (x, y, z + 1.3), 0.75)


def _wall(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    """A small shade, open above and below, that lights the wall behind it."""
    x, y, z = at
    made.pieces.append(box("metal", (0.07, 0.07, 0.1), (x, y, z + 0.3 * lamp.size_m[1]), edge=0.01))
    _shade(made, lamp, at, 0.9)


def _table(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    w = lamp.size_m[0]
    bulge = [(0, 0), (0.28 * w, 0), (0.3 * w, 0.02), (0.12 * w, 0.08), (0.22 * w, 0.14), (0.05 * w, 0.2)]
    made.pieces.append(turned("ceramic", [*bulge, (0.02, 0.26), (0.0, 0.3)], at, (0.5, 0.45, 0.38)))
    _shade(made, lamp, (x, y, z + 0.22), 0.7)


def _desk(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    inward = -0.18 if x > 0 else 0.18
    head = hx, hy, hz = (x + inward, y + 0.12, z + 0.42)
    arm = [(x, y, z + 0.02), (x - inward * 0.2, y - 0.05, z + 0.3), (x, y, z + 0.45), head]
    made.pieces += [cylinder("black", 0.09, 0.02, at), tube("black", arm, 0.009)]
    made.pieces.append(turned("black", [(0.065, -0.02), (0.05, 0.05), (0.02, 0.07)], head, sides=20))
    watts, half = _watts(lamp), math.radians(50)
    power, toward = 0.7 * watts * 2 / (1 - math.cos(half)), (0.0, -0.3, -0.954)
    place, size = (hx, hy, hz - 0.005), (0.06, 0.06)
    made.shine(lamp, "spot", place, size, power, toward=toward, spread_rad=2 * half, seen=False)
    glow = made.glow(lamp, "bulb", math.pi * 0.0036, watts)
    made.pieces += placed([turned(glow, [(0.0, 0.0), (0.055, 0.001)], sides=16)], (hx, hy, hz - 0.01))


def _softbox(made: Fittings, ceiling_m: float, lamp: Lamp, at: Place) -> None:
    x, y, z = at
    way = np.array([-x, -y, EYE_HEIGHT_M - z])
    way /= np.linalg.norm(way)
    made.shine(lamp, "rect", at, lamp.size_m, toward=tuple(float(c) for c in way))
    made.pieces.append(cylinder("black", 0.012, max(0.1, z - 0.2), (x, y - 0.03, 0)))


def _monitor(made: Fittings, room: IndoorRoom) -> None:
    """A monitor or laptop before the person; its picture is seen, a plain rectangle of its mean light shines."""
    monitor = room.monitor
    w, h = monitor.size_m
    white = monitor.nits / LUMENS_PER_WATT
    laptop = w < 0.4
    low, y = (0.75, -0.56) if laptop else (0.735 + 0.12, -0.72)
    made.glows["glow:monitor"] = Glow(_rgb(white, monitor.temperature_k), "monitor", False, "screen_page")
    # what others look at belongs to the same light
    made.glows["glow:screens"] = Glow(_rgb(0.3 * white, monitor.temperature_k), "monitor", False, "screens")
    screen = [
        flat("glow:monitor", (w / 2 - 0.008, 0.006, 0.008), (-w + 0.016, 0, 0), (0, 0, h - 0.016)),
        box("black", (w, 0.022, h), (0, -0.007, 0), edge=0.004),
    ]
    made.pieces += placed(screen, (0, y, low))
    if laptop:
        made.pieces.append(box("metal", (w, 0.22, 0.016), (0, y + 0.12, 0.735), edge=0.004))
        made.pieces.append(box("black", (w * 0.86, 0.1, 0.002), (0, y + 0.09, 0.7505)))
    else:  # a foot, a keyboard, a mouse
        made.pieces += [
            box("black", (0.06, 0.04, 0.2), (0, y - 0.03, 0.735), edge=0.004),
            box("black", (0.25, 0.18, 0.012), (0, y - 0.02, 0.735), edge=0.003),
            box("black", (0.44, 0.14, 0.018), (0, -0.45, 0.735), edge=0.005),
            box("black", (0.065, 0.11, 0.03), (0.31, -0.45, 0.735), edge=0.012),
        ]
    mean = 0.18 if monitor.dark_page else 0.62
    area = w * h
    power = _rgb(white * mean * math.pi * area, monitor.temperature_k)
    made.emitters.append(Emitter("rect", "monitor", (0, y + 0.012, low + h / 2), (0, 1, 0), (w, h), power, seen=False))


_BUILD = {
    "panels": _panels,
    "strip": _strip,
    "spots": _spots,
    "globe": _globe,
    "bulb": _bulb,
    "pendant": _pendant,
    "wall": _wall,
    "floor": _floor,
    "table": _table,
    "desk": _desk,
    "softbox": _softbox,
}
