"""What a person wears, drawn: a garment, its cut, colors and pattern."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from typing import Any

import numpy as np

from core.ranges import any_of, choice, choice_of, uniform
from scenes.clothes.config import Cut, FabricConfig, GarmentConfig
from scenes.clothes.garments import GARMENTS, GarmentsConfig
from scenes.clothes.record import Clothing, Color, GarmentName, Pattern
from scenes.records import triple

_WHITE = (0.6, 0.6, 0.58)


def draw_clothing(
    chances: dict[GarmentName, float], garments: GarmentsConfig, fabric: FabricConfig, rng: np.random.Generator
) -> Clothing:
    """One garment of `chances` (name -> probability), its cut and its colors; the pattern has a draw of its own."""
    kind = choice_of(rng, list(chances.items()))
    config, garment = getattr(garments, kind), GARMENTS[kind]
    cut: dict[str, Any] = {
        name: uniform(rng, pair) for name in Cut.model_fields if (pair := getattr(config, name)) is not None
    }
    value = choice_of(rng, fabric.lightness)
    hues = [(uniform(rng, band), chance) for band, chance in fabric.hue]
    hue = choice_of(rng, hues)
    # The lighter cloth is, the paler: nothing glares.
    strength = choice_of(rng, fabric.strength) * float(np.clip(1.2 - value, 0.5, 1))
    color = value * (1 - strength * (1 - np.array(colorsys.hsv_to_rgb(hue, 1.0, 1.0))))
    tie = 0.25 * np.array(colorsys.hsv_to_rgb(any_of(rng, fabric.tie_hue), uniform(rng, fabric.tie_strength), 1.0))
    return Clothing(
        kind=kind,
        **cut,
        tie=bool(garment.may_have_tie and rng.random() < fabric.tie),
        tie_linear=triple(tie * uniform(rng, fabric.tie_lightness)),
        cord_linear=_WHITE if value < 0.3 or rng.random() < fabric.white_cords else triple(0.5 * color),
        button_linear=_WHITE if garment.white_buttons and value > 0.1 else triple(0.4 * color + 0.01),
        color_linear=triple(np.clip(color, 0.01, 0.8)),
        inner_linear=triple(uniform(rng, fabric.inner) * np.array([1.0, 1.0, 1.0 + uniform(rng, fabric.inner_blue)])),
    )


def draw_print(
    clothing: Clothing, garments: GarmentsConfig, fabric: FabricConfig, rng: np.random.Generator
) -> Clothing:
    """The same garment, some dyed a strong color and some, of those without a pattern, printed with two others."""
    printed: GarmentConfig = getattr(garments, clothing.kind)
    if rng.random() < fabric.dyed:
        clothing = replace(clothing, color_linear=_strong(fabric, rng))
    if clothing.pattern is not None or rng.random() >= printed.printed:
        return clothing
    style, (other, third) = choice(rng, fabric.prints), (_strong(fabric, rng) for _ in range(2))
    plain = triple([0.7 if np.mean(clothing.color_linear) < 0.2 else 0.015] * 3)
    pattern = Pattern(
        style=style,
        upright=False,
        size_m=round(uniform(rng, fabric.print_m[style]), 4),
        share=round(uniform(rng, fabric.print_share), 4),
        strength=1.0,
        # Half of all prints are black or white on the cloth, with a color beside it.
        other_linear=plain if rng.random() < 1 / 2 else other,
        third_linear=third,
    )
    return replace(clothing, pattern=pattern)


def _strong(fabric: FabricConfig, rng: np.random.Generator) -> Color:
    low, high = np.log(fabric.dye_lightness)
    value, hue = float(np.exp(low + (high - low) * rng.random())), rng.random()
    return triple(np.round(colorsys.hsv_to_rgb(hue, uniform(rng, fabric.dye_strength), value), 5))


def draw_lower(fabric: FabricConfig, rng: np.random.Generator) -> tuple[float, float, float]:
    """Color of trousers: from black to beige grey, many of them blue; linear."""
    low, high = np.log(fabric.lower)
    value, blue = float(np.exp(low + (high - low) * rng.random())), uniform(rng, fabric.lower_blue)
    return triple(np.round(value * np.array([1 - blue, 1 - 0.6 * blue, 1.0]), 5))


def draw_pattern(
    clothing: Clothing, garments: GarmentsConfig, fabric: FabricConfig, rng: np.random.Generator
) -> Pattern | None:
    """The pattern of a garment, or None for plain cloth."""
    garment: GarmentConfig = getattr(garments, clothing.kind)
    if rng.random() >= garment.patterned:
        return None
    striped = rng.random() < garment.stripes
    base = np.array(clothing.color_linear)
    # Light lines on dark cloth, dark ones on light; never glaring.
    if base.mean() > 0.25:
        other = np.clip(base * 0.3, 0.01, 1)
    else:
        other = np.clip(base * 1.5 + uniform(rng, fabric.pattern_lighter), 0, 0.6)
    # What is the same for all takes no draw.
    drawn = lambda pair: pair[0] if pair[0] == pair[1] else uniform(rng, pair)
    share = drawn(garment.line_share)
    return Pattern(
        style="stripes" if striped else "checks",
        upright=GARMENTS[clothing.kind].upright_stripes,
        size_m=round(uniform(rng, garment.repeat_m), 5),
        share=round(share, 4),
        strength=round(drawn(garment.line_strength), 4),
        other_linear=triple(round(float(x), 5) for x in other),
    )
