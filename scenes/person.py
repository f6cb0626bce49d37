"""Who: every number that makes a person, drawn from generators into one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.ranges import choice, integer, interpolate, normal, uniform, unlerp
from scenes.accessories import draw_glasses, draw_headphones
from scenes.body.detail import draw_detail
from scenes.body.skin_maps import draw_maps
from scenes.clothes.draw import draw_clothing, draw_lower, draw_pattern, draw_print
from scenes.clothes.record import Clothing
from scenes.covers import draw_cover
from scenes.hair.beard import draw_beard
from scenes.hair.colour import hair_linear
from scenes.hair.draw import draw_hair
from scenes.people_config import BodyConfig, EyesConfig, FaceConfig, PeopleConfig, SkinConfig
from scenes.person_record import Eyes, Hair, Person, Phenotype, Skin
from scenes.records import triple

_IRIS = {
    "brown": ((0.36, 0.2, 0.09), (0.22, 0.12, 0.06)),
    "dark": ((0.2, 0.11, 0.06), (0.11, 0.06, 0.035)),
    "hazel": ((0.42, 0.27, 0.11), (0.3, 0.29, 0.15)),
    "green": ((0.42, 0.36, 0.16), (0.29, 0.36, 0.25)),
    "blue": ((0.45, 0.47, 0.45), (0.28, 0.39, 0.5)),
    "grey": ((0.45, 0.45, 0.42), (0.37, 0.42, 0.44)),
}


def draw_person(
    config: PeopleConfig, index: int, run: np.random.Generator, stage: Callable[[str], np.random.Generator]
) -> Person:
    """Person `index`. `run` is the same for every clip: it spreads skin tone and age evenly over them; `stage` gives
    the clip's own generators by name.
    """
    # Two additive recurrences (Roberts 2018, "R2") fill tone x age evenly whatever the number of people, and a person
    # stays who they are when a data set grows.
    start = run.random(2)
    tone_place, age_place = (float(x) for x in (start + index * np.array([0.7548776662466927, 0.5698402909980532])) % 1)
    # Half a step beyond the ends, held there, so that each tone of the scale is as frequent as any other.
    low, high = config.monk
    monk = float(np.clip(low - 0.5 + (high - low + 1) * tone_place, low, high)) if high > low else low
    years = config.age[0] + (config.age[1] - config.age[0]) * age_place
    rng, worn = stage("person"), stage("accessories")
    female = bool(rng.random() < config.female)
    phenotype = _draw_body(config.body, monk, years, female, rng)
    shape = _draw_face(config.face, years, phenotype.asian, rng)
    brows = config.brows.women if female else config.brows.men
    hair = draw_hair(config.hair, config.hair_cut, config.hair_colour, brows, female, years, monk, rng)
    plain = Person(
        years=years,
        female=female,
        phenotype=phenotype,
        shape={name: round(value, 4) for name, value in shape.items()},
        skin=_draw_skin(config.skin, monk, years, female, hair, rng),
        eyes=_draw_eyes(config.eyes, monk, hair.melanin, rng),
        hair=hair,
        clothing=_draw_clothing(config, rng, stage),
        beard=draw_beard(config.beard, config.beards, female, stage("beard")),
        glasses=draw_glasses(config.glasses, config.eyewear, years, worn),
        headphones=draw_headphones(config.headphones, config.headwear, worn),
    )
    if plain.headphones is None:
        plain = replace(plain, cover=draw_cover(config.covers, config.covered, female, stage("cover")))
    fine = stage("grain")
    grain, fuzz = (round(uniform(fine, pair), 4) for pair in (config.skin.grain, config.skin.fuzz))
    plain = replace(plain, skin=replace(plain.skin, grain=grain, fuzz=fuzz))
    return draw_detail(plain, config.detail, config.face.limit, stage("detail"))


def _draw_body(config: BodyConfig, monk: float, years: float, female: bool, rng: np.random.Generator) -> Phenotype:
    light = float(np.clip(unlerp(config.origin_monk, monk), -1, 1))
    weights = ((config.african, max(-light, 0)), (config.asian, 1 - abs(light)), (config.caucasian, max(light, 0)))
    african, asian, caucasian = rng.dirichlet([origin.always + origin.by_tone * share for origin, share in weights])
    return Phenotype(
        gender=uniform(rng, config.women if female else config.men),
        # Where the body model's own ages lie.
        age=float(np.interp(years, [18, 25, 50, 80], [0.6, 0.667, 0.83, 0.99])),
        muscle=uniform(rng, config.muscle),
        weight=normal(rng, config.weight),
        height=uniform(rng, config.height),
        proportions=uniform(rng, config.proportions),
        cupsize=uniform(rng, config.cupsize),
        firmness=uniform(rng, config.firmness),
        african=float(african),
        asian=float(asian),
        caucasian=float(caucasian),
    )


def _draw_face(config: FaceConfig, years: float, asian: float, rng: np.random.Generator) -> dict[str, float]:
    """Changes of shape by name. What the years add: a face sags, bags and folds; ears and nose go on growing."""
    held = lambda value: float(np.clip(value, -config.limit, config.limit))
    shape = {name: held(rng.normal(0, sd)) for name, sd in config.middle.items()}
    for name, sd in config.sides.items():
        value = rng.normal(0, sd)
        for side in ("l", "r"):
            # Faces are nearly, never quite, symmetric.
            shape[f"{side}-{name}"] = held(value + rng.normal(0, config.asymmetry))
    old = float(np.clip(unlerp(config.aging_years, years), 0, config.aging_limit))
    for name, size in config.aging.items():
        for each in (f"l-{name}", f"r-{name}") if name in config.sides else (name,):
            shape[each] = held(shape.get(each, 0.0) + size * old * uniform(rng, config.aging_factor))
    for side in ("l", "r"):
        fold = -config.epicanthus * asian * uniform(rng, config.epicanthus_factor)
        shape[f"{side}-eye-epicanthus-out"] = fold
    return shape


def _draw_skin(
    config: SkinConfig, monk: float, years: float, female: bool, hair: Hair, rng: np.random.Generator
) -> Skin:
    freckled = rng.random() < (config.freckled_light if monk < config.light_monk else config.freckled)
    painted = female and rng.random() < config.lipstick
    lip = np.array([0.32, 0.05, 0.06]) * uniform(rng, config.lip_factor)
    lip += rng.uniform(*config.lip_tint, lip.size)
    return Skin(
        monk=round(monk, 3),
        undertone=normal(rng, config.undertone),
        freckles=uniform(rng, config.freckles) if freckled else 0.0,
        freckle_linear=(0.62, 0.45, 0.37),
        redness=normal(rng, config.redness),
        under_eye=normal(rng, config.under_eye, (years - config.under_eye_age) / config.under_eye_years),
        oiliness=uniform(rng, config.oiliness),
        roughness=uniform(rng, config.roughness),
        pores=uniform(rng, config.pores),
        folds_m=uniform(rng, config.folds_m),
        scatter_m=uniform(rng, config.scatter_m),
        stubble=0.0,
        lip_colour=uniform(rng, config.lip_colour) if painted else 0.0,
        lip_linear=triple(lip),
        teeth_linear=triple(np.array([0.68, 0.6, 0.47]) * uniform(rng, config.teeth)),
        hair_linear=hair_linear(hair),
        maps=draw_maps(config, years, female, monk, rng),
        wrinkles=interpolate(config.wrinkles_by_age, years) * uniform(rng, config.wrinkles),
    )


def _draw_eyes(config: EyesConfig, monk: float, melanin: float, rng: np.random.Generator) -> Eyes:
    dark = monk > config.dark_monk or melanin > config.dark_melanin
    colour = choice(rng, config.dark if dark else config.fair)
    inner, outer = (np.array(c) * uniform(rng, config.iris) for c in _IRIS[colour])
    return Eyes(
        colour=colour,
        inner_srgb=triple(inner),
        outer_srgb=triple(outer),
        white_srgb=triple(np.array([0.64, 0.585, 0.56]) * uniform(rng, config.white)),
        pupil=uniform(rng, config.pupil),
        veins=integer(rng, config.veins),
    )


def _draw_clothing(
    config: PeopleConfig, rng: np.random.Generator, stage: Callable[[str], np.random.Generator]
) -> Clothing:
    plain = draw_clothing(config.clothing, config.garments, config.fabric, rng)
    plain = replace(plain, lower_linear=draw_lower(config.fabric, stage("trousers")))
    plain = replace(plain, pattern=draw_pattern(plain, config.garments, config.fabric, stage("pattern")))
    return draw_print(plain, config.garments, config.fabric, stage("print"))
