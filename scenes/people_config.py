"""Who may be drawn: age, tone and body, how faces differ, skin and eyes. Hair and clothing have files of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.ranges import Chances, Curve, Factor, IntRange, Ramp, Range, Ranges, Sd, Share, Spread, named, within
from scenes.clothes.config import EyewearConfig, FabricConfig, HeadwearConfig
from scenes.clothes.garments import GarmentsConfig
from scenes.clothes.record import GarmentName
from scenes.hair.config import BeardsConfig, BrowsConfig, HairColourConfig, HairCutConfig
from scenes.person_record import HairStyle, Iris


_DARK_EYES: dict[Iris, float] = {"dark": 0.6, "brown": 0.4}
_FAIR_EYES: dict[Iris, float] = {"brown": 0.38, "hazel": 0.18, "green": 0.12, "blue": 0.24, "grey": 0.08}
_MIDDLE: dict[str, float] = {
    "nose-scale-vert-incr": 0.35, "nose-scale-horiz-incr": 0.35, "nose-scale-depth-incr": 0.35, "nose-hump-incr": 0.4,
    "nose-width1-incr": 0.35, "nose-width2-incr": 0.35, "nose-width3-incr": 0.35, "nose-point-up": 0.35,
    "nose-curve-convex": 0.35,
    "nose-greek-incr": 0.3, "nose-volume-incr": 0.35, "nose-nostrils-width-incr": 0.35, "nose-flaring-incr": 0.35,
    "nose-base-up": 0.3,
    "mouth-scale-horiz-incr": 0.3, "mouth-upperlip-height-incr": 0.35, "mouth-lowerlip-height-incr": 0.35,
    "mouth-upperlip-volume-incr": 0.35, "mouth-lowerlip-volume-incr": 0.35, "mouth-cupidsbow-incr": 0.4,
    "mouth-trans-up": 0.3,
    "mouth-angles-up": 0.25, "mouth-dimples-out": 0.3, "mouth-laugh-lines-out": 0.3,
    "chin-jaw-drop-incr": 0.3, "chin-height-incr": 0.35, "chin-prominent-incr": 0.35, "chin-bones-incr": 0.4,
    "chin-width-incr": 0.4,
    "chin-cleft-incr": 0.3, "forehead-temple-incr": 0.35, "forehead-trans-forward": 0.2,
    "forehead-scale-vert-incr": 0.15,
    "forehead-nubian-incr": 0.06, "head-scale-vert-incr": 0.15, "head-scale-horiz-incr": 0.2,
    "head-scale-depth-incr": 0.15,
    "head-fat-incr": 0.3, "eyebrows-angle-up": 0.22, "eyebrows-trans-up": 0.25, "eyebrows-trans-forward": 0.3,
    "neck-scale-horiz-incr": 0.2, "neck-double-incr": 0.15, "neck-scale-vert-incr": 0.15,
    "nose-point-width-incr": 0.3, "nose-trans-up": 0.3, "nose-septumangle-incr": 0.25, "nose-nostrils-angle-up": 0.25,
    "mouth-philtrum-volume-incr": 0.3, "mouth-scale-depth-incr": 0.25, "mouth-trans-forward": 0.25,
    "chin-prognathism-incr": 0.2, "head-back-scale-depth-incr": 0.15, "head-angle-out": 0.15,
    "neck-back-scale-depth-incr": 0.2,
}  # fmt: skip
_SIDES: dict[str, float] = {
    "eye-height1-incr": 0.25, "eye-height2-incr": 0.25, "eye-height3-incr": 0.25, "eye-corner1-up": 0.3,
    "eye-corner2-up": 0.3,
    "eye-trans-out": 0.25, "eye-trans-up": 0.2, "eye-eyefold-up": 0.3, "eye-eyefold-angle-up": 0.3,
    "eye-bag-incr": 0.25, "eye-bag-out": 0.25, "eye-bag-height-incr": 0.25, "eye-scale-incr": 0.12,
    "eye-push2-out": 0.2,
    "cheek-volume-incr": 0.35, "cheek-bones-incr": 0.35, "cheek-inner-incr": 0.3, "cheek-trans-up": 0.3,
    "ear-scale-incr": 0.3, "ear-lobe-incr": 0.3, "ear-wing-incr": 0.3, "ear-flap-incr": 0.3, "ear-rot-forward": 0.25,
    "ear-shape-round": 0.4, "ear-trans-up": 0.2,
}  # fmt: skip
_AGING: dict[str, float] = {
    "head-age-incr": 0.75, "mouth-laugh-lines-out": 0.5, "neck-double-incr": 0.25, "mouth-angles-up": -0.2,
    "nose-volume-incr": 0.15, "mouth-upperlip-volume-incr": -0.4, "mouth-lowerlip-volume-incr": -0.25,
    "eye-bag-out": 0.45, "eye-eyefold-angle-up": -0.35, "ear-scale-incr": 0.2,
}  # fmt: skip
_HAIR: dict[HairStyle, float] = {
    "buzz": 0.1, "short": 0.15, "side_part": 0.15, "bob": 0.1, "long_straight": 0.1, "long_wavy": 0.1, "curly": 0.08,
    "coily": 0.08, "bun": 0.05, "ponytail": 0.04, "fringe": 0.05,
}  # fmt: skip
_CLOTHING: dict[GarmentName, float] = {"t_shirt": 0.3, "shirt": 0.2, "sweater": 0.2, "hoodie": 0.15, "blazer": 0.15}


class Origin(Ranges):
    """Weight of an origin in the draw that mixes the three (a Dirichlet's concentration): `always`, and `by_tone` more
    where the tone of the skin is the one that goes with it.
    """

    always: Annotated[float, Field(gt=0)]
    by_tone: Factor


class BodyConfig(Ranges):
    """The body model's own measures, each from 0 to 1. `women`, `men`: from male (0) to female (1).

    `origin_monk`: from the tone that speaks for no origin to the one that speaks fully for European; as far the other
    way, for African. In between is where Asian has its `by_tone`.
    """

    women: Annotated[Range, within(0, 1)] = (0.72, 1.0)
    men: Annotated[Range, within(0, 1)] = (0.0, 0.26)
    muscle: Annotated[Range, within(0, 1)] = (0.3, 0.75)
    weight: Annotated[Spread, within(0, 1)] = Spread(mean=0.5, sd=0.16, low=0.15, high=0.9)
    height: Annotated[Range, within(0, 1)] = (0.3, 0.7)
    proportions: Annotated[Range, within(0, 1)] = (0.4, 0.95)
    cupsize: Annotated[Range, within(0, 1)] = (0.25, 0.7)
    firmness: Annotated[Range, within(0, 1)] = (0.3, 0.8)
    origin_monk: Ramp = (5.5, 1.5)
    african: Origin = Origin(always=0.25, by_tone=2.2)
    asian: Origin = Origin(always=0.9, by_tone=0.6)
    caucasian: Origin = Origin(always=0.25, by_tone=1.6)


class FaceConfig(Ranges):
    """How strongly faces differ; 1 is the end of a change in the body model.

    `middle`, `sides`: the standard deviation of each change of shape; one of `sides` comes to both, `asymmetry` (a
    standard deviation) apart. Nothing goes beyond `limit`. `aging`: what the years in `aging_years` add, each times a
    draw of `aging_factor`, up to `aging_limit` beyond them. `epicanthus`: the fold of the lid in a face of wholly Asian
    origin, times `epicanthus_factor`.
    """

    middle: Annotated[dict[str, Sd], named(_MIDDLE)] = _MIDDLE
    sides: Annotated[dict[str, Sd], named(_SIDES)] = _SIDES
    asymmetry: Sd = 0.07
    limit: Share = 0.85
    aging: Annotated[dict[str, Annotated[float, Field(ge=-1, le=1)]], named(_AGING, (*_MIDDLE, *_SIDES))] = _AGING
    aging_years: Ramp = (35.0, 75.0)
    aging_limit: Factor = 1.1
    aging_factor: Annotated[Range, within(0)] = (0.6, 1.2)
    epicanthus: Share = 0.8
    epicanthus_factor: Annotated[Range, within(0)] = (0.6, 1.0)


class SkinConfig(Ranges):
    """Skin. `undertone`: from cool (negative) to warm. `redness`, `under_eye` (shadows; the mean holds at
    `under_eye_age` and grows by 1 in `under_eye_years`), `oiliness`, `pores`: 0 is none, 1 is much. `roughness` as the
    renderer has it; `folds_m`, `scatter_m`: depth of the fine relief, reach of light in the skin.

    Freckles: chances on tones below `light_monk` and on others, their strength. `lipstick`: share of the women; its
    strength, its colour as a factor of a red with some of `lip_tint` in each channel. `teeth`: factor of their colour.
    `wrinkles` times `wrinkles_by_age` (years, depth). Photographed maps: `map_light_monk`: from tones that wear African
    skins to those that wear others, `map_years`: how far a map's age may lie from the person's, `map_share`: weight of
    the first of two.
    """

    undertone: Annotated[Spread, within(-3, 3)] = Spread(mean=0.0, sd=0.6, low=-1.5, high=1.5)
    light_monk: float = 4.0
    freckled_light: Share = 0.35
    freckled: Share = 0.08
    freckles: Annotated[Range, within(0, 1)] = (0.2, 0.7)
    redness: Annotated[Spread, within(0, 3)] = Spread(mean=0.45, sd=0.22, low=0.1, high=1.2)
    under_eye: Annotated[Spread, within(0, 3)] = Spread(mean=0.6, sd=0.3, low=0.1, high=1.5)
    under_eye_age: float = 40.0
    under_eye_years: Annotated[float, Field(gt=0)] = 80.0
    oiliness: Annotated[Range, within(0, 1)] = (0.1, 0.7)
    roughness: Annotated[Range, within(0, 1)] = (0.42, 0.56)
    pores: Annotated[Range, within(0, 1)] = (0.15, 0.4)
    folds_m: Annotated[Range, within(0, 0.02)] = (0.0014, 0.002)
    scatter_m: Annotated[Range, within(0, 0.02)] = (0.0018, 0.0028)
    lipstick: Share = 0.35
    lip_colour: Annotated[Range, within(0, 1)] = (0.3, 0.8)
    lip_factor: Annotated[Range, within(0, 2)] = (0.5, 1.3)
    lip_tint: Annotated[Range, within(0, 0.3)] = (0.0, 0.05)
    teeth: Annotated[Range, within(0, 1.2)] = (0.8, 1.05)
    wrinkles: Annotated[Range, within(0, 2)] = (0.6, 1.25)
    wrinkles_by_age: Annotated[Curve, within(0, 2)] = ((25.0, 0.0), (45.0, 0.4), (75.0, 1.25))
    map_light_monk: Ramp = (6.5, 4.0)
    map_years: Annotated[float, Field(ge=1)] = 13.0
    map_share: Annotated[Range, within(0, 1)] = (0.5, 1.0)


class EyesConfig(Ranges):
    """Eyes. `dark`: chances of irises of tones above `dark_monk` or under hair of more melanin than `dark_melanin`,
    `fair`: of all others. `iris`, `white`: factors of their colours; `pupil`: its share of the iris; `veins`: a count.
    """

    dark_monk: float = 5.0
    dark_melanin: Share = 0.88
    dark: Chances[Iris] = _DARK_EYES
    fair: Chances[Iris] = _FAIR_EYES
    iris: Annotated[Range, within(0, 2)] = (0.85, 1.15)
    white: Annotated[Range, within(0, 1.5)] = (0.93, 1.07)
    pupil: Annotated[Range, within(0.1, 0.9)] = (0.28, 0.45)
    veins: Annotated[IntRange, within(0, 200)] = (4, 17)


class PeopleConfig(Ranges):
    """Who sits there. `age` in years; `monk`: the skin tone scale's range; tables of probabilities by name; shares of
    those who wear or do something.
    """

    age: Annotated[Range, within(0, 120)] = (18.0, 80.0)
    monk: Annotated[Range, within(1, 10)] = (1.0, 10.0)
    female: Share = 0.5
    hair: Chances[HairStyle] = _HAIR
    clothing: Chances[GarmentName] = _CLOTHING
    glasses: Share = 0.3
    headphones: Share = 0.2
    beard: Share = 0.45
    hands: Share = 0.1
    body: BodyConfig = BodyConfig()
    face: FaceConfig = FaceConfig()
    skin: SkinConfig = SkinConfig()
    eyes: EyesConfig = EyesConfig()
    hair_cut: HairCutConfig = HairCutConfig()
    hair_colour: HairColourConfig = HairColourConfig()
    brows: BrowsConfig = BrowsConfig()
    beards: BeardsConfig = BeardsConfig()
    garments: GarmentsConfig = GarmentsConfig()
    fabric: FabricConfig = FabricConfig()
    eyewear: EyewearConfig = EyewearConfig()
    headwear: HeadwearConfig = HeadwearConfig()
