"""How hair may be drawn: who has which cut, its measures and colours; brows, lashes and beards."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from core.ranges import Chances, Curve, Factor, IntRange, Ramp, Range, Ranges, Share, Spread, named, within
from scenes.hair.styles import STYLES
from scenes.person_record import BeardStyle, HairStyle

_BEARDS: dict[BeardStyle, float] = {"stubble": 0.42, "short": 0.25, "full": 0.13, "goatee": 0.12, "moustache": 0.08}
_WOMEN = {name: {"short": 0.45, "middle": 1.0, "long": 1.85}[STYLES[name].cut] for name in get_args(HairStyle)}
_WOMEN["fringe"] = 0.0
_MEN = {name: {"short": 1.6, "middle": 1.0, "long": 0.15}[STYLES[name].cut] for name in get_args(HairStyle)}
_STRAIGHT: Curve = ((6.0, 1.0), (8.5, 0.2))
_BY_TONE: dict[str, Curve] = {
    "short": _STRAIGHT, "side_part": _STRAIGHT, "bob": _STRAIGHT, "long_straight": _STRAIGHT, "long_wavy": _STRAIGHT,
    "curly": ((2.0, 0.7), (5.0, 1.3)), "coily": ((4.0, 0.1), (6.0, 1.0), (8.0, 3.0)), "ponytail": _STRAIGHT,
    "undercut": _STRAIGHT, "slicked_back": _STRAIGHT, "pixie": _STRAIGHT, "curtains": _STRAIGHT,
    "long_curly": ((2.0, 0.7), (5.0, 1.3)), "locs": ((3.0, 0.05), (6.0, 1.0), (8.0, 2.5)),
}  # fmt: skip


class HairCutConfig(Ranges):
    """Who has which of the styles of `people.hair`, and its measures as factors of the style's own."""

    women: Annotated[dict[str, Factor], named(_WOMEN)] = Field(
        _WOMEN, description="factor of each style's chance for women, by name"
    )
    men: Annotated[dict[str, Factor], named(_MEN)] = Field(
        _MEN, description="factor of each style's chance for men, by name"
    )
    by_tone: Annotated[dict[str, Annotated[Curve, within(0)]], named(_BY_TONE, get_args(HairStyle))] = Field(
        _BY_TONE, description="factor of a style's chance by skin, [Monk tone, factor]"
    )
    bald_years: float = Field(40.0, description="age that divides bald_before from bald_after, years")
    bald_before: Factor = Field(
        0.3, description="factor of the chance of fringe (a bald head with hair around it) before that age"
    )
    bald_after: Factor = Field(2.5, description="factor of the chance of fringe from that age on")
    part_side: Annotated[Range, within(0, 1)] = Field(
        (0.2, 1.0), description="how far off the middle hair is parted, either way; 1 is the style's most"
    )
    recede_deg: Annotated[Spread, within(0, 30)] = Field(
        Spread(mean=0.0, sd=3.0, low=0.0, high=11.0),
        description="how far a man's hairline has gone back at recede_from, degrees seen from the skull's centre",
    )
    recede_from: float = Field(30.0, description="age in years at which the mean of recede_deg holds")
    recede_years: Annotated[float, Field(gt=0)] = Field(6.0, description="years in which that mean grows by a degree")
    amount: Annotated[Range, within(0.1, 2)] = Field((0.85, 1.1), description="factor of the number of hairs")
    length: Annotated[Range, within(0.1, 3)] = Field((0.8, 1.2), description="factor of their length")
    volume: Annotated[Range, within(0, 3)] = Field((0.7, 1.3), description="factor of the height over the head")
    wave: Annotated[Range, within(0.1, 3)] = Field((0.75, 1.25), description="factor of the size and number of waves")
    clump: Annotated[Range, within(0, 1)] = Field(
        (0.7, 1.0), description="how far hairs draw together into locks, 0 to 1"
    )
    thickness: Annotated[Range, within(0.1, 3)] = Field((0.85, 1.2), description="factor of a hair's thickness")
    bangs: Share = Field(0.35, description="share of bobs and long hair that have them")


class HairColourConfig(Ranges):
    """Melanin (0 white, 1 black), how red hair is, how grey."""

    fair_monk: Ramp = Field((5.5, 2.0), description="Monk tones of skin that is not fair at all and wholly fair")
    deep_monk: Ramp = Field((5.0, 8.0), description="Monk tones of skin that is not deep at all and wholly deep")
    melanin: Annotated[Spread, within(0, 1)] = Field(
        Spread(mean=0.84, sd=0.08, low=0.6, high=0.98), description="0 is white, 1 is black"
    )
    melanin_deep_mean: Annotated[float, Field(ge=-1, le=1)] = Field(0.1, description="added to its mean on deep skin")
    melanin_deep_sd: Annotated[float, Field(ge=-1, le=1)] = Field(
        -0.04, description="added to its standard deviation on deep skin"
    )
    fair: Share = Field(0.75, description="share of people of fair skin with fair_melanin instead")
    fair_melanin: Annotated[Range, within(0, 1)] = Field((0.22, 0.75), description="their melanin")
    redness: Annotated[Spread, within(0, 1)] = Field(
        Spread(mean=0.35, sd=0.12, low=0.05, high=1.0), description="0 is not red, 1 is red"
    )
    red: Share = Field(0.12, description="share of people of fair skin who are redheads")
    red_from: Share = Field(0.4, description="how fair skin is, 0 to 1, from which on there are redheads")
    red_more: Share = Field(0.45, description="what redheads have more of redness")
    redness_deep: Share = Field(0.6, description="share of redness that deep skin takes away")
    grey_onset_years: Annotated[Spread, within(0, 200)] = Field(
        Spread(mean=52.0, sd=9.0, low=0.0, high=120.0), description="age at which hair begins to grey, years"
    )
    grey_later_deep: float = Field(6.0, description="years by which it begins later on deep skin")
    grey_later_women: float = Field(8.0, description="years by which it begins later for women")
    grey_years: Annotated[float, Field(gt=0)] = Field(24.0, description="years from there until all hair is grey")
    grey_most: Share = Field(0.95, description="the most that is ever grey, 0 to 1")
    grey_less_deep: Share = Field(0.2, description="by how much less on deep skin")
    dyed: Share = Field(0.6, description="share of long hair that shows no grey")


class Brows(Ranges):
    """Brows and lashes of one sex; lengths in metres on a head of average size."""

    brow_count: Annotated[IntRange, within(0, 20000)] = Field(description="hairs of a brow")
    brow_height_m: Annotated[Range, within(0.0005, 0.02)] = Field(description="half the height of a brow, metres")
    brow_z_m: Annotated[Range, within(0.01, 0.04)] = Field(
        (0.019, 0.0225), description="how far it lies over the eyes' line, metres"
    )
    brow_arch_m: Annotated[Range, within(0, 0.02)] = Field(description="how high it arches, metres")
    lashes_upper: Annotated[IntRange, within(1, 1000)] = Field((75, 109), description="lashes of an upper lid")
    lashes_lower: Annotated[IntRange, within(1, 1000)] = Field((30, 44), description="lashes of a lower lid")
    lash_length: Annotated[Range, within(0.1, 3)] = Field(description="factor of their length")


class BrowsConfig(Ranges):
    """Brows and lashes by sex."""

    women: Brows = Field(
        Brows(
            brow_count=(750, 1049),
            brow_height_m=(0.0026, 0.0036),
            brow_arch_m=(0.0015, 0.0038),
            lash_length=(0.75, 0.95),
        ),
        description="those of women",
    )
    men: Brows = Field(
        Brows(
            brow_count=(950, 1399),
            brow_height_m=(0.0033, 0.0047),
            brow_arch_m=(0.0008, 0.0026),
            lash_length=(0.5, 0.75),
        ),
        description="those of men",
    )


class Beard(Ranges):
    """One kind of beard."""

    length_m: Annotated[Range, within(0.0002, 0.05)] = Field(description="of its hairs, metres")
    cheek: Annotated[Range, within(0, 1)] = Field((0.0, 1.0), description="how far up the cheeks it grows, 0 to 1")
    density: Annotated[Range, within(0.01, 1)] = Field((0.7, 1.0), description="share of the hairs that are there")
    shade: Annotated[Range, within(0, 1)] = Field((0.5, 0.65), description="how dark the skin under it is, 0 to 1")


class BeardsConfig(Ranges):
    """The beards of the share `people.beard` of the men."""

    kinds: Chances[BeardStyle] = Field(_BEARDS, description="probabilities of each kind")
    stubble: Beard = Field(Beard(length_m=(0.0006, 0.0016), shade=(0.35, 0.6)), description="what stubble is like")
    short: Beard = Field(Beard(length_m=(0.004, 0.009)), description="what a short beard is like")
    full: Beard = Field(Beard(length_m=(0.008, 0.013)), description="what a full beard is like")
    goatee: Beard = Field(Beard(length_m=(0.006, 0.014)), description="what a goatee is like")
    moustache: Beard = Field(Beard(length_m=(0.005, 0.009)), description="what a moustache is like")
