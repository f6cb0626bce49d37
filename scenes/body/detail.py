"""What makes one face unlike the next, drawn and painted: what is crooked, moles, a shaven beard's shadow, make-up."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np

from core.ranges import integer, uniform
from scenes.hair.colour import hair_linear
from scenes.hair.styles import STYLES
from scenes.people_config import DetailConfig
from scenes.person_record import Hair, Makeup, Mole, Person
from scenes.records import triple

BROWS, MIDDLE, PIXEL_M = 408.0, 264.3, 0.0015
"""In the 512 pixels of a skin map, on which the face lies on its side: the column of the brows, the row of the face's
middle, and what a pixel is there, metres."""


def draw_detail(person: Person, config: DetailConfig, limit: float, rng: np.random.Generator) -> Person:
    """The same person with what is theirs alone, no change of shape beyond `limit`; from a stream of its own."""
    sds = config.crooked | config.build
    shape = {name: round(float(np.clip(rng.normal(0, sd), -limit, limit)), 4) for name, sd in sds.items()}
    count = integer(rng, config.moles) if rng.random() < config.mottled else 0
    moles = tuple(_draw_mole(config, rng) for _ in range(count))
    makeup = _draw_makeup(config, rng) if person.female and rng.random() < config.made_up else None
    shown = not person.female and person.beard is None and rng.random() < config.shaven
    stubble = round(uniform(rng, config.shadow), 4) if shown else 0.0
    hair = _draw_dye(_draw_streaks(person.hair, person.female, config, rng), person.female, config, rng)
    skin = replace(person.skin, moles=moles, makeup=makeup, stubble=stubble, hair_linear=hair_linear(hair))
    return replace(person, shape=person.shape | shape, skin=skin, hair=hair)


def _draw_mole(config: DetailConfig, rng: np.random.Generator) -> Mole:
    ranges = (config.mole_across_m, config.mole_down_m, config.mole_radius_m, config.mole_dark)
    return Mole(*(round(uniform(rng, pair), 5) for pair in ranges))


def _draw_makeup(config: DetailConfig, rng: np.random.Generator) -> Makeup:
    shadow, hue, light = (uniform(rng, pair) for pair in (config.lid_shadow, config.lid_hue, config.lid_lightness))
    color = triple(np.round(colorsys.hsv_to_rgb(hue % 1, 0.5, light), 4))
    return Makeup(round(shadow, 4), color, round(uniform(rng, config.liner), 4), round(uniform(rng, config.blush), 4))


def _draw_streaks(hair: Hair, female: bool, config: DetailConfig, rng: np.random.Generator) -> Hair:
    if not female or STYLES[hair.style].cut == "short" or rng.random() >= config.streaked:
        return hair
    lighter = max(hair.melanin - uniform(rng, config.streak_lighter), 0.0)
    return replace(hair, streaks=round(uniform(rng, config.streaks), 4), streak_melanin=round(lighter, 4))


def _draw_dye(hair: Hair, female: bool, config: DetailConfig, rng: np.random.Generator) -> Hair:
    """Hair that is dyed fair shows no grey, and keeps its dark brows."""
    if not female or STYLES[hair.style].cut == "short" or rng.random() >= config.bleached:
        return hair
    melanin = round(uniform(rng, config.bleached_melanin), 4)
    darker = hair.brow_darker + 0.55 * (hair.melanin - melanin)
    streak = min(hair.streak_melanin, melanin)
    return replace(hair, melanin=melanin, grey=0.0, brow_darker=round(darker, 4), streak_melanin=streak)


def paint_moles(moles: tuple[Mole, ...], size: int) -> np.ndarray:
    """`(size, size)` float32: how dark each place of a skin map is for them, 0 to 1."""
    import cv2

    scale = size / 512
    out: np.ndarray = np.zeros((size, size), np.float32)
    for mole in moles:
        one: np.ndarray = np.zeros_like(out)
        x, y = (round(16 * scale * at) for at in (BROWS + mole.down_m / PIXEL_M, MIDDLE + mole.across_m / PIXEL_M))
        radius = max(mole.radius_m / PIXEL_M * scale, 0.5)
        cv2.circle(one, (x, y), round(radius * 16), (1.0,), -1, cv2.LINE_AA, 4)
        one = cv2.GaussianBlur(one, (0, 0), 0.35 * radius + 0.2)
        out = np.maximum(out, mole.dark / max(float(one.max()), 1e-6) * one)
    return out


def paint_makeup(
    color: np.ndarray, makeup: Makeup | None, lids: np.ndarray, rims: np.ndarray, cheeks: np.ndarray
) -> np.ndarray:
    """`color` `(V, 3)` linear with the paint on it; `lids`, `rims`, `cheeks` `(V,)`: where each is, in [0, 1]."""
    if makeup is None:
        return color
    shadow = (makeup.shadow * lids)[:, None]
    color = color * (1 - shadow) + shadow * np.minimum(color, 1.6 * np.array(makeup.shadow_linear))
    color = color * (1 - 0.9 * makeup.liner * rims)[:, None]
    return color * (1 - (makeup.blush * cheeks)[:, None] * np.array([0.03, 0.3, 0.24]))
