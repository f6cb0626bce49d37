"""Which hair: style by sex, age and skin, colour by melanin, grey by years, and the measures of brows and lashes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.ranges import choice, clamp, integer, interpolate, normal, uniform, unlerp
from scenes.hair.config import Brows, HairColourConfig, HairCutConfig
from scenes.hair.styles import STYLES
from scenes.person_record import Hair, HairStyle


def draw_hair(
    styles: Mapping[HairStyle, float],
    cut: HairCutConfig,
    colour: HairColourConfig,
    brows: Brows,
    female: bool,
    years: float,
    monk: float,
    rng: np.random.Generator,
) -> Hair:
    """A person's hair, brows and lashes; `styles`: chances, `monk`: tone of the skin, 1..10."""
    style = _draw_style(styles, cut, female, years, monk, rng)
    return Hair(
        style=style,
        **_draw_colour(colour, female, years, monk, STYLES[style].cut == "long", rng),
        part_side=float(rng.choice([-1, 1]) * uniform(rng, cut.part_side)),
        recede_deg=0.0 if female else normal(rng, cut.recede_deg, (years - cut.recede_from) / cut.recede_years),
        amount=uniform(rng, cut.amount),
        length=uniform(rng, cut.length),
        volume=uniform(rng, cut.volume),
        wave=uniform(rng, cut.wave),
        clump=uniform(rng, cut.clump),
        thickness=uniform(rng, cut.thickness),
        brow_count=integer(rng, brows.brow_count),
        brow_height_m=uniform(rng, brows.brow_height_m),
        brow_z_m=uniform(rng, brows.brow_z_m),
        brow_arch_m=uniform(rng, brows.brow_arch_m),
        lashes_upper=integer(rng, brows.lashes_upper),
        lashes_lower=integer(rng, brows.lashes_lower),
        lash_length=uniform(rng, brows.lash_length),
        bangs=bool(STYLES[style].bangs and rng.random() < cut.bangs),
    )


def _draw_colour(
    config: HairColourConfig, female: bool, years: float, monk: float, long: bool, rng: np.random.Generator
) -> dict[str, float]:
    fair, deep = (float(np.clip(unlerp(pair, monk), 0, 1)) for pair in (config.fair_monk, config.deep_monk))
    spread = config.melanin
    sd = max(spread.sd + config.melanin_deep_sd * deep, 0.0)
    melanin = clamp(rng.normal(spread.mean + config.melanin_deep_mean * deep, sd), spread)
    if rng.random() < config.fair * fair:
        melanin = uniform(rng, config.fair_melanin)
    # Deep skin greys later; long hair is often dyed until late.
    onset = normal(rng, config.grey_onset_years) + config.grey_later_deep * deep
    onset += config.grey_later_women if female else 0
    most = max(config.grey_most - config.grey_less_deep * deep, 0.0)
    grey = float(np.clip((years - onset) / config.grey_years, 0, most))
    if long and rng.random() < config.dyed:
        grey = 0.0
    own = rng.normal(config.redness.mean, config.redness.sd)
    more = config.red_more if fair > config.red_from and rng.random() < config.red else 0
    redness = clamp(own + more, config.redness) * (1 - config.redness_deep * deep)
    return {
        "melanin": round(melanin, 4),
        "redness": round(redness, 4),
        "grey": round(grey, 4),
        "brow_darker": 0.06 - 0.3 * grey,
    }


def _draw_style(
    styles: Mapping[HairStyle, float],
    cut: HairCutConfig,
    female: bool,
    years: float,
    monk: float,
    rng: np.random.Generator,
) -> HairStyle:
    weights = {}
    for style, weight in styles.items():
        weight *= (cut.women if female else cut.men)[style]
        if style == "fringe":
            weight *= cut.bald_before if years < cut.bald_years else cut.bald_after
        # Tight curls go with deep skin, straight hair seldom does.
        if style in cut.by_tone:
            weight *= interpolate(cut.by_tone[style], monk)
        weights[style] = weight
    # Who has no style that suits them wears any.
    return choice(rng, weights if any(weights.values()) else styles)
