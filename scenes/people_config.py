"""Who may be drawn: age, tone and body, how faces differ, skin and eyes. Hair and clothing have files of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.ranges import Chances, Curve, Factor, IntRange, Ramp, Range, Ranges, Sd, Share, Spread, named, within
from scenes.clothes.config import EyewearConfig, FabricConfig, HeadwearConfig
from scenes.clothes.garments import GarmentsConfig
from scenes.clothes.record import GarmentName
from scenes.covers import CoversConfig
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
_CROOKED: dict[str, float] = {"nose-trans-out": 0.14, "mouth-trans-out": 0.12}
_BUILD: dict[str, float] = {
    "torso-vshape-incr": 0.3, "torso-scale-horiz-incr": 0.3, "torso-scale-depth-incr": 0.2,
    "neck-scale-depth-incr": 0.2,
}  # fmt: skip
_HAIR: dict[HairStyle, float] = {
    "buzz": 0.07, "short": 0.1, "side_part": 0.1, "bob": 0.07, "long_straight": 0.08, "long_wavy": 0.08, "curly": 0.06,
    "coily": 0.06, "bun": 0.05, "ponytail": 0.04, "fringe": 0.05, "undercut": 0.03, "fade": 0.04, "slicked_back": 0.03,
    "pixie": 0.03, "curtains": 0.02, "long_curly": 0.03, "locs": 0.02,
    "braid": 0.02, "braids": 0.02,
}  # fmt: skip
_CLOTHING: dict[GarmentName, float] = {
    "t_shirt": 0.26, "shirt": 0.18, "sweater": 0.19, "hoodie": 0.14, "blazer": 0.14, "polo_shirt": 0.03,
    "tank_top": 0.06,
}  # fmt: skip


class Origin(Ranges):
    """Weight of an origin in the draw that mixes the three (a Dirichlet's concentration)."""

    always: Annotated[float, Field(gt=0)] = Field(description="its weight on any tone of skin")
    by_tone: Factor = Field(description="what is added where the tone is the one that goes with it")


class BodyConfig(Ranges):
    """The body model's own measures, each from 0 to 1."""

    women: Annotated[Range, within(0, 1)] = Field(
        (0.72, 1.0), description="gender of women, from male (0) to female (1)"
    )
    men: Annotated[Range, within(0, 1)] = Field((0.0, 0.26), description="gender of men, from male (0) to female (1)")
    muscle: Annotated[Range, within(0, 1)] = Field((0.3, 0.75), description="from none (0) to most (1)")
    weight: Annotated[Spread, within(0, 1)] = Field(
        Spread(mean=0.5, sd=0.16, low=0.15, high=0.9), description="from least (0) to most (1)"
    )
    height: Annotated[Range, within(0, 1)] = Field((0.3, 0.7), description="from least (0) to most (1)")
    proportions: Annotated[Range, within(0, 1)] = Field((0.4, 0.95), description="from ideal (0) to uncommon (1)")
    cupsize: Annotated[Range, within(0, 1)] = Field((0.25, 0.7), description="from least (0) to most (1)")
    firmness: Annotated[Range, within(0, 1)] = Field((0.3, 0.8), description="from least (0) to most (1)")
    origin_monk: Ramp = Field(
        (5.5, 1.5),
        description="Monk tones that speak for Asian and for European; as far the other way is African",
    )
    african: Origin = Field(Origin(always=0.25, by_tone=2.2), description="weight of this origin in the mixture")
    asian: Origin = Field(Origin(always=0.9, by_tone=0.6), description="weight of this origin in the mixture")
    caucasian: Origin = Field(Origin(always=0.25, by_tone=1.6), description="weight of this origin in the mixture")


class FaceConfig(Ranges):
    """How strongly faces differ; 1 is the end of a change in the body model."""

    middle: Annotated[dict[str, Sd], named(_MIDDLE)] = Field(
        _MIDDLE, description="standard deviation of each change of shape by name"
    )
    sides: Annotated[dict[str, Sd], named(_SIDES)] = Field(
        _SIDES, description="standard deviation of each change that comes to both sides, by name"
    )
    asymmetry: Sd = Field(0.07, description="standard deviation by which the two sides differ")
    limit: Share = Field(0.85, description="no change goes further, before the years add theirs")
    aging: Annotated[dict[str, Annotated[float, Field(ge=-1, le=1)]], named(_AGING, (*_MIDDLE, *_SIDES))] = Field(
        _AGING, description="what the years add to each change, by name"
    )
    aging_years: Ramp = Field((35.0, 75.0), description="ages in years at which that begins and is whole")
    aging_limit: Factor = Field(1.1, description="the most of it that is reached, 1 is whole")
    aging_factor: Annotated[Range, within(0)] = Field(
        (0.6, 1.2), description="each addition is multiplied by a draw of this"
    )
    epicanthus: Share = Field(0.8, description="fold of the lid in a face of wholly Asian origin")
    epicanthus_factor: Annotated[Range, within(0)] = Field(
        (0.6, 1.0), description="each fold is multiplied by a draw of this"
    )


class SkinConfig(Ranges):
    """Skin: its colour, its spots and shine, lips and teeth, wrinkles, photographed maps."""

    undertone: Annotated[Spread, within(-3, 3)] = Field(
        Spread(mean=0.0, sd=0.6, low=-1.5, high=1.5), description="from cool (negative) to warm (positive)"
    )
    light_monk: float = Field(4.0, description="Monk tones below this have freckles more often")
    freckled_light: Share = Field(0.35, description="share of people with freckles on those tones")
    freckled: Share = Field(0.08, description="share of people with freckles on the other tones")
    freckles: Annotated[Range, within(0, 1)] = Field((0.2, 0.7), description="their strength, 0 to 1")
    redness: Annotated[Spread, within(0, 3)] = Field(
        Spread(mean=0.45, sd=0.22, low=0.1, high=1.2),
        description="blood in cheeks, nose and ears: 0 is none, 1 is much",
    )
    under_eye: Annotated[Spread, within(0, 3)] = Field(
        Spread(mean=0.6, sd=0.3, low=0.1, high=1.5), description="shadows under the eyes: 0 is none, 1 is much"
    )
    under_eye_age: float = Field(40.0, description="age in years at which the mean of under_eye holds")
    under_eye_years: Annotated[float, Field(gt=0)] = Field(80.0, description="years in which that mean grows by 1")
    oiliness: Annotated[Range, within(0, 1)] = Field(
        (0.1, 0.7), description="shine of nose, forehead and cheeks: 0 is none, 1 is much"
    )
    roughness: Annotated[Range, within(0, 1)] = Field(
        (0.42, 0.56), description="of the surface, 0 to 1 as the renderer has it"
    )
    pores: Annotated[Range, within(0, 1)] = Field((0.15, 0.4), description="0 is none, 1 is much")
    grain: Annotated[Range, within(0, 3)] = Field(
        (0.7, 1.4), description="pores, fine lines and fine colour of the face by place: 0 is none, 1 is usual"
    )
    fuzz: Annotated[Range, within(0, 1)] = Field(
        (0.03, 0.14), description="peach fuzz, which lights up at the rim: 0 is none, 1 is fur"
    )
    folds_m: Annotated[Range, within(0, 0.02)] = Field((0.0014, 0.002), description="depth of the fine relief, metres")
    scatter_m: Annotated[Range, within(0, 0.02)] = Field(
        (0.0018, 0.0028), description="how far light reaches in the skin, metres"
    )
    lipstick: Share = Field(0.35, description="share of women who wear it")
    lip_colour: Annotated[Range, within(0, 1)] = Field((0.3, 0.8), description="its strength, 0 to 1")
    lip_factor: Annotated[Range, within(0, 2)] = Field((0.5, 1.3), description="its colour as a factor of a red")
    lip_tint: Annotated[Range, within(0, 0.3)] = Field(
        (0.0, 0.05), description="what is added to each channel of its colour, linear reflectance"
    )
    teeth: Annotated[Range, within(0, 1.2)] = Field((0.8, 1.05), description="factor of the teeth's colour")
    wrinkles: Annotated[Range, within(0, 2)] = Field((0.6, 1.25), description="factor of wrinkles_by_age")
    wrinkles_by_age: Annotated[Curve, within(0, 2)] = Field(
        ((25.0, 0.0), (45.0, 0.4), (75.0, 1.25)), description="[years, depth] with 1 for the depth at 75 years"
    )
    map_light_monk: Ramp = Field(
        (6.5, 4.0), description="Monk tones that wear African skins, and others, nearly always"
    )
    map_years: Annotated[float, Field(ge=1)] = Field(
        13.0,
        description="how far a map's age may lie from the person's, years (standard deviation times the root of 2)",
    )
    map_share: Annotated[Range, within(0, 1)] = Field((0.5, 1.0), description="weight of the first of the two maps")


class DetailConfig(Ranges):
    """What makes one face unlike the next: what is crooked, moles, a shaven beard's shadow, paint, streaks in the
    hair, the build of the trunk."""

    crooked: Annotated[dict[str, Sd], named(_CROOKED)] = Field(
        _CROOKED, description="standard deviation of each change that is to one side, by name"
    )
    build: Annotated[dict[str, Sd], named(_BUILD)] = Field(
        _BUILD, description="standard deviation of each change of the trunk, by name"
    )
    mottled: Share = Field(0.6, description="share of people with moles on the face")
    moles: Annotated[IntRange, within(0, 100)] = Field((1, 6), description="of those, how many")
    mole_across_m: Annotated[Range, within(-0.08, 0.08)] = Field(
        (-0.055, 0.055), description="where, from the middle of the face, metres"
    )
    mole_down_m: Annotated[Range, within(-0.06, 0.2)] = Field(
        (-0.04, 0.1), description="where, below the brows, metres"
    )
    mole_radius_m: Annotated[Range, within(0.0001, 0.01)] = Field((0.0006, 0.0019), description="how large, metres")
    mole_dark: Annotated[Range, within(0, 1)] = Field((0.25, 0.9), description="how dark, 0 to 1")
    shaven: Share = Field(0.65, description="share of men without a beard whose shaven one shows")
    shadow: Annotated[Range, within(0, 1)] = Field((0.05, 0.3), description="of those, how dark, 0 to 1")
    made_up: Share = Field(0.4, description="share of women with paint on lids and cheeks")
    lid_shadow: Annotated[Range, within(0, 1)] = Field((0.1, 0.6), description="of those, how strong on the lids")
    lid_hue: Annotated[Range, within(-1, 1)] = Field(
        (-0.12, 0.12), description="its hue, of a turn from red; negative is towards violet"
    )
    lid_lightness: Annotated[Range, within(0.001, 1)] = Field((0.03, 0.25), description="its linear reflectance")
    liner: Annotated[Range, within(0, 1)] = Field((0.0, 0.9), description="how dark the line along the lashes is")
    blush: Annotated[Range, within(0, 1)] = Field((0.0, 0.6), description="how strong the red on the cheeks is")
    bleached: Share = Field(0.14, description="share of women's long and middle hair that is dyed fair")
    bleached_melanin: Annotated[Range, within(0, 1)] = Field((0.1, 0.35), description="of those, its melanin")
    streaked: Share = Field(0.28, description="share of women's long and middle hair with lightened streaks")
    streaks: Annotated[Range, within(0, 1)] = Field((0.15, 0.6), description="of those, share of lightened locks")
    streak_lighter: Annotated[Range, within(0, 1)] = Field(
        (0.25, 0.55), description="of those, how much less melanin they have"
    )


class EyesConfig(Ranges):
    """Colour of iris and white, size of the pupil."""

    dark_monk: float = Field(5.0, description="Monk tones above this have the irises of dark")
    dark_melanin: Share = Field(0.88, description="so have people whose hair has more melanin, 0 to 1")
    dark: Chances[Iris] = Field(_DARK_EYES, description="probabilities of their irises")
    fair: Chances[Iris] = Field(_FAIR_EYES, description="probabilities of all other irises")
    iris: Annotated[Range, within(0, 2)] = Field((0.85, 1.15), description="factor of its colour")
    white: Annotated[Range, within(0, 1.5)] = Field((0.8, 1.02), description="factor of its colour")
    pupil: Annotated[Range, within(0.1, 0.9)] = Field((0.28, 0.45), description="its radius as a share of the iris's")
    veins: Annotated[IntRange, within(0, 200)] = Field((4, 17), description="how many")


class PeopleConfig(Ranges):
    """Who sits there."""

    age: Annotated[Range, within(0, 120)] = Field((18.0, 80.0), description="years; spread evenly")
    monk: Annotated[Range, within(1, 10)] = Field(
        (1.0, 10.0), description="Monk skin tone, 1 (lightest) to 10; spread evenly"
    )
    female: Share = Field(0.5, description="share of women")
    hair: Chances[HairStyle] = Field(_HAIR, description="probabilities of hair styles")
    clothing: Chances[GarmentName] = Field(_CLOTHING, description="probabilities of garments")
    glasses: Share = Field(0.3, description="share who wear them, before eyewear.by_age")
    headphones: Share = Field(0.2, description="share who wear them or a headset")
    covered: Share = Field(0.12, description="share with something on head or neck, of those without headphones")
    beard: Share = Field(0.45, description="share of men who have one")
    hands: Share = Field(0.1, description="share of clips in which a hand comes into the frame")
    body: BodyConfig = Field(BodyConfig(), description="measures of the body")
    face: FaceConfig = Field(FaceConfig(), description="how faces differ")
    skin: SkinConfig = Field(SkinConfig(), description="skin, lips and teeth")
    detail: DetailConfig = Field(DetailConfig(), description="what is crooked, spotted, shaven or painted")
    eyes: EyesConfig = Field(EyesConfig(), description="eyes")
    hair_cut: HairCutConfig = Field(HairCutConfig(), description="who has which style, and its measures")
    hair_colour: HairColourConfig = Field(HairColourConfig(), description="colour of hair")
    brows: BrowsConfig = Field(BrowsConfig(), description="brows and lashes")
    beards: BeardsConfig = Field(BeardsConfig(), description="what beards are like")
    garments: GarmentsConfig = Field(GarmentsConfig(), description="cut and pattern of each garment")
    fabric: FabricConfig = Field(FabricConfig(), description="colours of cloth")
    eyewear: EyewearConfig = Field(EyewearConfig(), description="what glasses are like")
    covers: CoversConfig = Field(CoversConfig(), description="caps, knitted hats, headbands, hijabs, scarves")
    headwear: HeadwearConfig = Field(HeadwearConfig(), description="what headphones are like")
