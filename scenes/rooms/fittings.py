"""Lamps and the monitor: what is seen of them, and the light they give as records for the renderer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.colour import rgb_from_kelvin
from scenes.rooms.record import IndoorRoom, Lamp
from scenes.rooms.shell import rosette
from scenes.rooms.solids import Piece, box, cylinder, flat, placed, tube, turned

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


def _rgb(watts: float, kelvin: float) -> tuple[float, float, float]:
    r, g, b = (float(c) for c in rgb_from_kelvin(kelvin) * watts)
    return r, g, b


def fittings(room: IndoorRoom, rng: np.random.Generator) -> Fittings:
    """All lamps of a room, lit or not: whoever sums the layers decides; and the monitor."""
    made = Fittings([], [], {})
    for lamp in room.lamps:
        for at in lamp.places_m:
            _BUILD[lamp.kind](made, room, lamp, at)
    _monitor(made, room)
    return made


def _glow(made: Fittings, lamp: Lamp, area_m2: float, watts: float, sampled: bool, name: str) -> str:
    key = f"glow:{lamp.name}:{name}"
    made.glows[key] = Glow(_rgb(watts / (math.pi * area_m2), lamp.temperature_k), lamp.name, sampled)
    return key


def _panels(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    w, d = lamp.size_m
    made.pieces.append(box("white", (w + 0.02, d + 0.02, 0.008), (*at[:2], room.bounds_m[4] - 0.008)))
    made.emitters.append(
        Emitter("rect", lamp.name, at, (0, 0, -1), (w, d), _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k))
    )


def _strip(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    w, d = lamp.size_m
    watts = _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k)
    if lamp.name == "ceiling":
        made.pieces.append(box("white", (w + 0.03, d + 0.03, 0.04), (at[0], at[1], at[2] + 0.004), edge=0.004))
        made.emitters.append(Emitter("rect", lamp.name, at, (0, 0, -1), (w, d), watts))
    else:
        made.pieces.append(box("white", (w + 0.02, 0.03, 0.045), (at[0], at[1] - 0.02, at[2] - 0.03), edge=0.003))
        made.emitters.append(
            Emitter("rect", lamp.name, (at[0], at[1] + 0.01, at[2] + 0.02), (0, 0, 1), (w, d), watts, seen=False)
        )


def _spots(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    watts = lamp.flux_lm / LUMENS_PER_WATT
    r = lamp.size_m[0] / 2
    ring = [(r * 0.8, -0.004), (r, -0.006), (r * 1.12, 0.0), (r * 1.12, 0.01)]
    made.pieces.append(turned("white", ring, (x, y, z), sides=20))
    glow = _glow(made, lamp, math.pi * r * r, watts, False, "spot")
    made.pieces += placed([turned(glow, [(0.0, 0.0), (r * 0.8, 0.001)], sides=20)], (x, y, z - 0.002))
    # what Cycles calls a spot's power is that of a point light it is cut from
    half = math.radians(38)
    cut = 2 / (1 - math.cos(half))
    made.emitters.append(
        Emitter(
            "spot",
            lamp.name,
            (x, y, z - 0.01),
            (0, 0, -1),
            (0.05, 0.05),
            _rgb(0.75 * watts * cut, lamp.temperature_k),
            2 * half,
            False,
        )
    )


def _globe(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    w = lamp.size_m[0]
    made.pieces.append(cylinder("white", 0.06, 0.03, (x, y, z + 0.02)))
    made.emitters.append(
        Emitter(
            "sphere",
            lamp.name,
            (x, y, z - w / 2 + 0.02),
            (0, 0, -1),
            (w, w),
            _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k),
        )
    )


def _bulb(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    made.pieces += rosette((x, y, room.bounds_m[4]), room.bounds_m[4] - z - 0.06)
    made.pieces.append(cylinder("black", 0.018, 0.06, (x, y, z + 0.025)))
    made.emitters.append(
        Emitter(
            "sphere",
            lamp.name,
            (x, y, z - 0.005),
            (0, 0, -1),
            (0.06, 0.06),
            _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k),
        )
    )


def _shade(made: Fittings, lamp: Lamp, at: tuple[float, float, float], top_share: float) -> None:
    """A shade of cloth that glows, open above and below; `at` is the middle of its lower edge."""
    w, h = lamp.size_m
    r = w / 2
    watts = lamp.flux_lm / LUMENS_PER_WATT
    area = 2 * math.pi * r * (1 + top_share) / 2 * h
    # cloth lets out six tenths, inwards as much as outwards
    glow = _glow(made, lamp, 2 * area, 0.6 * watts, True, "shade")
    made.pieces += placed([turned(glow, [(r, 0), (r * top_share, h)], sides=28)], at)
    for z, way, share in ((0.0, -1.0, 1.0), (h, 1.0, top_share)):
        made.emitters.append(
            Emitter(
                "disc",
                lamp.name,
                (at[0], at[1], at[2] + z * 0.98 + 0.01 * way * -1),
                (0, 0, way),
                (1.7 * r * share, 1.7 * r * share),
                _rgb(0.2 * watts, lamp.temperature_k),
                seen=False,
            )
        )


def _pendant(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    w, h = lamp.size_m
    top = room.bounds_m[4]
    if w > 0.36:
        made.pieces += rosette((x, y, top), top - z - h)
        _shade(made, lamp, (x, y, z), 0.85)
        return
    r = w / 2
    made.pieces += rosette((x, y, top), top - z - h * 0.9)
    s = np.linspace(0, 1, 9)
    dome = [(float(max(0.02, r * math.cos(a * math.pi / 2) ** 0.8)), float(h * a)) for a in s]
    made.pieces.append(turned("metal", dome, (x, y, z), sides=28))
    made.pieces.append(turned("white", [(p[0] * 0.97, p[1] * 0.97) for p in dome], (x, y, z), sides=28))
    made.emitters.append(
        Emitter(
            "sphere",
            lamp.name,
            (x, y, z + 0.35 * h),
            (0, 0, -1),
            (0.07, 0.07),
            _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k),
        )
    )


def _floor(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    made.pieces += [cylinder("metal", 0.13, 0.02, at), cylinder("metal", 0.011, 1.35, at)]
    _shade(made, lamp, (x, y, z + 1.3), 0.75)


def _table(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    w, _ = lamp.size_m
    foot = [
        (0, 0),
        (0.28 * w, 0),
        (0.3 * w, 0.02),
        (0.12 * w, 0.08),
        (0.22 * w, 0.14),
        (0.05 * w, 0.2),
        (0.02, 0.26),
        (0.0, 0.3),
    ]
    made.pieces.append(turned("ceramic", foot, at, (0.5, 0.45, 0.38)))
    _shade(made, lamp, (at[0], at[1], at[2] + 0.22), 0.7)


def _desk(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    inward = -0.18 if x > 0 else 0.18
    head = (x + inward, y + 0.12, z + 0.42)
    made.pieces += [
        cylinder("black", 0.09, 0.02, at),
        tube("black", [(x, y, z + 0.02), (x - inward * 0.2, y - 0.05, z + 0.3), (x, y, z + 0.45), head], 0.009),
    ]
    made.pieces.append(turned("black", [(0.065, -0.02), (0.05, 0.05), (0.02, 0.07)], head, sides=20))
    watts = lamp.flux_lm / LUMENS_PER_WATT
    half = math.radians(50)
    toward = (0.0, -0.3, -0.954)
    made.emitters.append(
        Emitter(
            "spot",
            lamp.name,
            (head[0], head[1], head[2] - 0.005),
            toward,
            (0.06, 0.06),
            _rgb(0.7 * watts * 2 / (1 - math.cos(half)), lamp.temperature_k),
            2 * half,
            False,
        )
    )
    glow = _glow(made, lamp, math.pi * 0.0036, watts, False, "bulb")
    made.pieces += placed([turned(glow, [(0.0, 0.0), (0.055, 0.001)], sides=16)], (head[0], head[1], head[2] - 0.01))


def _softbox(made: Fittings, room: IndoorRoom, lamp: Lamp, at: tuple[float, float, float]) -> None:
    x, y, z = at
    way = np.array([-x, -y, 1.2 - z])
    way /= np.linalg.norm(way)
    made.emitters.append(
        Emitter(
            "rect",
            lamp.name,
            at,
            (float(way[0]), float(way[1]), float(way[2])),
            lamp.size_m,
            _rgb(lamp.flux_lm / LUMENS_PER_WATT, lamp.temperature_k),
        )
    )
    made.pieces.append(cylinder("black", 0.012, max(0.1, z - 0.2), (x, y - 0.03, 0)))


def _monitor(made: Fittings, room: IndoorRoom) -> None:
    """A monitor or laptop before the person; its picture is seen, a plain rectangle of its mean light shines."""
    monitor = room.monitor
    w, h = monitor.size_m
    white = monitor.nits / LUMENS_PER_WATT
    laptop = w < 0.4
    low, y = (0.75, -0.56) if laptop else (0.735 + 0.12, -0.72)
    made.glows["glow:monitor"] = Glow(_rgb(white, monitor.temperature_k), "monitor", False, "screen_page")
    screen = [
        flat("glow:monitor", (w / 2 - 0.008, 0.006, 0.008), (-w + 0.016, 0, 0), (0, 0, h - 0.016)),
        box("black", (w, 0.022, h), (0, -0.007, 0), edge=0.004),
    ]
    made.pieces += placed(screen, (0, y, low))
    if laptop:
        made.pieces.append(box("metal", (w, 0.22, 0.016), (0, y + 0.12, 0.735), edge=0.004))
        made.pieces.append(box("black", (w * 0.86, 0.1, 0.002), (0, y + 0.09, 0.7505)))
    else:
        made.pieces += [
            box("black", (0.06, 0.04, 0.2), (0, y - 0.03, 0.735), edge=0.004),
            box("black", (0.25, 0.18, 0.012), (0, y - 0.02, 0.735), edge=0.003),
        ]
        made.pieces += [
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
    "floor": _floor,
    "table": _table,
    "desk": _desk,
    "softbox": _softbox,
}
