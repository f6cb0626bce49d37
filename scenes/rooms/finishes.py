"""What a room's surfaces are made of: walls, floor, woods, fabrics, drawn so that they go together."""

from __future__ import annotations

import colorsys

import numpy as np

from core.levels import LUMA
from core.ranges import any_of, choice, uniform
from scenes.rooms.config import FinishConfig
from scenes.rooms.record import Colour, Finish
from scenes.rooms.traits import Traits

_WOODS: tuple[tuple[Colour, Colour], ...] = (
    ((0.43, 0.27, 0.14), (0.29, 0.16, 0.075)),  # oak
    ((0.58, 0.42, 0.25), (0.45, 0.3, 0.16)),  # pine, birch
    ((0.16, 0.075, 0.035), (0.075, 0.032, 0.016)),  # walnut
    ((0.23, 0.105, 0.045), (0.14, 0.055, 0.022)),  # cherry, mahogany
    ((0.05, 0.032, 0.022), (0.022, 0.014, 0.01)),  # wenge, stained
    ((0.36, 0.31, 0.25), (0.24, 0.2, 0.155)),  # grey oak
)
_FRONTS = (
    (0.1, 0.02, 0.72), (0.1, 0.05, 0.7), (0.12, 0.12, 0.6), (0.58, 0.04, 0.3), (0.1, 0.04, 0.06), (0.6, 0.5, 0.05),
    (0.3, 0.2, 0.2), (0.55, 0.15, 0.35), (0.1, 0.15, 0.35), (0.02, 0.1, 0.6),
)  # fmt: skip
"""Fronts as kitchens and lockers are sold with: hue, how strong, how bright."""
_JOINTS = (0.5, 0.49, 0.47)
_WALL_HUES = (0.03, 0.07, 0.09, 0.1, 0.11, 0.12, 0.13, 0.15, 0.24, 0.3, 0.38, 0.5, 0.56, 0.58, 0.6, 0.97)
_CLOTH_HUES = (0.02, 0.04, 0.07, 0.09, 0.11, 0.13, 0.2, 0.28, 0.42, 0.52, 0.57, 0.6, 0.62, 0.64, 0.95, 0.98)
"""Hues as often as shops sell them: earth and blue, little green, hardly any violet."""


def finishes_of(config: FinishConfig, traits: Traits, rng: np.random.Generator) -> dict[str, Finish]:
    """The finishes by the names that things use."""
    wear = uniform(rng, config.wear)
    chance, between, pick = (lambda share: rng.random() < share), rng.uniform, lambda *values: rng.choice(values)
    gloss = lambda colour, roughness: Finish("gloss", colour, roughness=roughness)
    fabric = lambda colour, roughness=0.9: Finish("fabric", colour, roughness=roughness)

    white = bool(chance(config.white))
    main = _wall_colour(config, white, rng)
    name = choice(rng, config.wall)
    if name == "wallpaper" and traits.work:
        name = "paint"
    plain = name in ("paint", "dado", "wallpaper")
    wall = _wall(name if plain or chance(0.12) else "paint", main, wear, rng)
    other = chance(config.accent) or not plain
    accent = _wall(name, _wall_colour(config, False, rng), wear, rng) if other else wall
    usual = {k: weight for k, weight in config.floor.items() if not traits.floors or k in traits.floors}
    floor = choice(rng, usual or config.floor)
    wood, second = (_WOODS[int(i)] for i in rng.choice(len(_WOODS), 2, p=[0.3, 0.22, 0.16, 0.12, 0.08, 0.12]))
    trim_white = bool(chance(0.75))
    hue = float(rng.choice(_CLOTH_HUES))
    fabrics = [_fabric_colour(hue, rng) for _ in range(3)]
    return {
        "wall": wall,
        "accent": accent,
        "floor": _floor(floor, rng),
        "ceiling": Finish("paint", _colour(0.11, 0.03, between(0.6, 0.82)), roughness=0.9, wear=0.3 * wear),
        "trim": gloss((0.72, 0.71, 0.68), 0.35) if trim_white else _wooden(wood, 0.4, 0.1),
        "door": gloss((0.7, 0.69, 0.66), 0.4) if chance(0.65) else _wooden(second, 0.45, 0.12),
        "frame": gloss((0.74, 0.74, 0.73), 0.3) if chance(0.7) else _wooden(wood, 0.4, 0.1),
        "wood": _wooden(wood, between(0.3, 0.6), between(0.06, 0.14)),
        "wood2": _wooden(second, between(0.3, 0.6), between(0.06, 0.14)),
        "front": gloss(_colour(*_FRONTS[int(rng.integers(len(_FRONTS)))]), between(0.15, 0.5))
        if chance(0.7)
        else _wooden(second, 0.4, 0.1),
        "worktop": Finish("stone", *_stone(rng), 0.25, 0.02) if chance(0.6) else _wooden(wood, 0.35, 0.08),
        "tile": Finish("tiles", _colour(rng.random(), pick(0.0, 0.1, 0.3), between(0.3, 0.78)), (0.55, 0.54, 0.52),
            0.12, pick(0.075, 0.1, 0.15)),
        "metal": Finish("metal", (0.55, 0.55, 0.56) if chance(0.5) else (0.03, 0.03, 0.032), roughness=0.45),
        "fabric": fabric(fabrics[0]),
        "fabric2": fabric(fabrics[1]),
        "fabric3": fabric(fabrics[2]),
        "leather": Finish("leather", _colour(0.06, pick(0.1, 0.6), pick(0.015, 0.06, 0.14, 0.4)), roughness=0.42),
        "curtain": fabric(fabrics[2] if chance(0.5) else _colour(0.1, 0.08, between(0.35, 0.75)), 0.95),
        "sheer": Finish("sheer", (0.8, 0.79, 0.76)),
        "blind": gloss((0.75, 0.74, 0.72) if chance(0.7) else wood[0], 0.5),
        "roller": Finish("cloth_thin", _colour(rng.random(), pick(0.03, 0.2), between(0.25, 0.7))),
        "rug": Finish("rug", fabrics[2], _colour(hue + 0.4, 0.2, between(0.1, 0.5)), 0.95, between(0.1, 0.4)),
    }  # fmt: skip


def _wooden(woods: tuple[Colour, Colour], roughness: float, scale_m: float) -> Finish:
    return Finish("wood", *woods, roughness, scale_m)


def _colour(hue: float, chroma: float, value: float) -> Colour:
    """A linear colour of about the luminance `value`."""
    rgb = np.array(colorsys.hsv_to_rgb(hue % 1.0, chroma, 1.0))
    rgb = rgb / float(rgb @ LUMA) * value
    r, g, b = (float(c) for c in np.clip(rgb, 0.004, 0.88))
    return r, g, b


def _wall_colour(config: FinishConfig, white: bool, rng: np.random.Generator) -> Colour:
    if white:
        value = uniform(rng, config.wall_white)
        return _colour(rng.choice([0.08, 0.11, 0.14, 0.55]), rng.uniform(0.0, 0.1), value)
    hue = float(rng.choice(_WALL_HUES)) + rng.normal(0, 0.015)
    low, high = config.wall_chroma
    # most are greyed; deep ones bear more colour than pale ones
    value, strength = uniform(rng, config.wall_value), float(np.clip(rng.beta(1.3, 2.6), 0, 1))
    return _colour(hue, low + (high - low) * strength * (1.25 - 0.5 * value), value)


def _wall(name: str, colour: Colour, wear: float, rng: np.random.Generator) -> Finish:
    r, g, b = (float(np.clip(c * rng.uniform(0.84, 0.95), 0, 0.8)) for c in colour)
    if name == "brick":
        if rng.random() < 0.35:
            return Finish("brick", (0.62, 0.6, 0.57), _JOINTS, 0.8, 0.21, wear)
        red = _colour(0.03 + rng.normal(0, 0.015), 0.72, rng.uniform(0.09, 0.2))
        return Finish("brick", red, (0.36, 0.34, 0.31), 0.85, 0.21, wear)
    if name == "wood":
        return Finish("planks", *any_of(rng, _WOODS), 0.5, rng.uniform(0.09, 0.16), wear)
    if name == "concrete":
        value = rng.uniform(0.22, 0.42)
        return Finish("concrete", (value, value * 0.985, value * 0.955), roughness=0.75, scale_m=0.8, wear=wear)
    if name == "dado":
        low = _colour(float(rng.choice(_WALL_HUES)), rng.uniform(0.1, 0.5), rng.uniform(0.08, 0.4))
        return Finish("dado", colour, low, rng.uniform(0.35, 0.7), rng.uniform(0.9, 1.5), wear)
    if name == "tiles":
        return Finish("tiles", colour, _JOINTS, 0.15, rng.choice([0.1, 0.15, 0.2]), wear)
    if name == "wallpaper":
        return Finish("wallpaper", colour, (r, g, b), 0.75, rng.uniform(0.08, 0.4), wear)
    return Finish("paint", colour, roughness=rng.uniform(0.45, 0.85), wear=wear)


def _floor(name: str, rng: np.random.Generator) -> Finish:
    if name == "parquet":
        woods = _WOODS[int(rng.choice(6, p=[0.34, 0.22, 0.12, 0.12, 0.06, 0.14]))]
        return Finish("planks", *woods, rng.uniform(0.25, 0.5), rng.uniform(0.07, 0.19))
    if name == "carpet":
        colour = _colour(rng.choice([0.08, 0.1, 0.6]), rng.uniform(0.02, 0.3), rng.uniform(0.04, 0.35))
        return Finish("carpet", colour, roughness=0.95)
    if name == "tiles":
        value = rng.uniform(0.15, 0.65)
        colour = _colour(0.08, rng.uniform(0.02, 0.3), value)
        return Finish("tiles", colour, _times(0.7, colour), rng.uniform(0.15, 0.4), rng.uniform(0.3, 0.6))
    if name == "concrete":
        value = rng.uniform(0.18, 0.35)
        return Finish("concrete", (value, value * 0.98, value * 0.95), roughness=0.4, scale_m=1.0)
    colour = _colour(rng.choice([0.08, 0.3, 0.58]), rng.uniform(0.05, 0.3), rng.uniform(0.15, 0.5))
    return Finish("stone", colour, _times(0.8, colour), 0.35, 0.03)


def _times(factor: float, colour: Colour) -> Colour:
    r, g, b = colour
    return factor * r, factor * g, factor * b


def _fabric_colour(hue: float, rng: np.random.Generator) -> Colour:
    """Muted, or of about the hue that goes through the room."""
    if rng.random() < 0.55:
        value = rng.uniform(0.025, 0.5)
        return _colour(rng.choice([0.08, 0.1, 0.6]), rng.uniform(0, 0.22), value)
    hue = (hue if rng.random() < 0.4 else float(rng.choice(_CLOTH_HUES))) + rng.normal(0, 0.015)
    return _colour(hue, rng.uniform(0.15, 0.6), float(np.clip(rng.lognormal(-2.2, 0.6), 0.02, 0.3)))


def _stone(rng: np.random.Generator) -> tuple[Colour, Colour]:
    value = float(rng.choice([0.03, 0.25, 0.6]))
    return (value, value * 0.98, value * 0.95), (value * 1.5, value * 1.5, value * 1.45)
