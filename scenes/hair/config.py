"""How hair may be drawn: who has which cut, its measures and colours; brows, lashes and beards."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from core.ranges import Chances, Curve, Factor, IntRange, Ramp, Range, Ranges, Share, Spread, named, within
from scenes.person_record import BeardStyle, HairStyle

_BEARDS: dict[BeardStyle, float] = {"stubble": 0.42, "short": 0.25, "full": 0.13, "goatee": 0.12, "moustache": 0.08}
_EVERY: dict[str, float] = dict.fromkeys(get_args(HairStyle), 1.0)
LONG: tuple[HairStyle, ...] = ("bob", "long_straight", "long_wavy", "bun", "ponytail")
WITH_BANGS: tuple[HairStyle, ...] = ("bob", "long_straight", "long_wavy")
_SHORT = ("buzz", "short", "side_part")
_WOMEN = {**_EVERY, **dict.fromkeys(LONG, 1.85), **dict.fromkeys(_SHORT, 0.45), "fringe": 0.0}
_MEN = {**_EVERY, **dict.fromkeys(LONG, 0.15), **dict.fromkeys(_SHORT, 1.6)}
_STRAIGHT: Curve = ((6.0, 1.0), (8.5, 0.2))
_BY_TONE: dict[str, Curve] = {
    "short": _STRAIGHT, "side_part": _STRAIGHT, "bob": _STRAIGHT, "long_straight": _STRAIGHT, "long_wavy": _STRAIGHT,
    "curly": ((2.0, 0.7), (5.0, 1.3)), "coily": ((4.0, 0.1), (6.0, 1.0), (8.0, 3.0)), "ponytail": _STRAIGHT,
}  # fmt: skip


class HairCutConfig(Ranges):
    """Who has which cut, and its measures as factors of the style's own.

    The chances in `people.hair` are multiplied by `women` or `men`, by `by_tone` (Monk tone, factor) and, for a fringe
    of hair around a bald head, by `bald_before` or `bald_after` the age of `bald_years`. `part_side`: how far off the
    middle hair is parted, 1 is the style's most, either way. `recede_deg`: how far a man's hairline has gone back, on
    average a degree in `recede_years`, from `recede_from` on. `bangs`: the share of bobs and long hair with them.
    """

    women: Annotated[dict[str, Factor], named(_WOMEN)] = _WOMEN
    men: Annotated[dict[str, Factor], named(_MEN)] = _MEN
    by_tone: Annotated[dict[str, Annotated[Curve, within(0)]], named(_BY_TONE, get_args(HairStyle))] = _BY_TONE
    bald_years: float = 40.0
    bald_before: Factor = 0.3
    bald_after: Factor = 2.5
    part_side: Annotated[Range, within(0, 1)] = (0.2, 1.0)
    recede_deg: Annotated[Spread, within(0, 30)] = Spread(mean=0.0, sd=3.0, low=0.0, high=11.0)
    recede_from: float = 30.0
    recede_years: Annotated[float, Field(gt=0)] = 6.0
    amount: Annotated[Range, within(0.1, 2)] = (0.85, 1.1)
    length: Annotated[Range, within(0.1, 3)] = (0.8, 1.2)
    volume: Annotated[Range, within(0, 3)] = (0.7, 1.3)
    wave: Annotated[Range, within(0.1, 3)] = (0.75, 1.25)
    clump: Annotated[Range, within(0, 1)] = (0.7, 1.0)
    thickness: Annotated[Range, within(0.1, 3)] = (0.85, 1.2)
    bangs: Share = 0.35


class HairColourConfig(Ranges):
    """Melanin (0 white, 1 black), how red it is, how grey.

    `fair_monk`, `deep_monk`: from tones of skin that are not at all to those that are wholly fair or deep. On deep skin
    melanin's mean and standard deviation change by `melanin_deep_mean`, `melanin_deep_sd`; on fair skin a share of
    `fair` has `fair_melanin` instead. Where skin is fairer than `red_from`, a share of `red` is redder by `red_more`;
    deep skin lessens redness by the share `redness_deep`.

    Grey begins at `grey_onset_years`, later by `grey_later_deep` and `grey_later_women`, and is whole `grey_years` on
    but for the last of `grey_most`, less by `grey_less_deep`. `dyed`: the share of long hair with none.
    """

    fair_monk: Ramp = (4.5, 1.0)
    deep_monk: Ramp = (5.0, 8.0)
    melanin: Annotated[Spread, within(0, 1)] = Spread(mean=0.84, sd=0.08, low=0.6, high=0.98)
    melanin_deep_mean: Annotated[float, Field(ge=-1, le=1)] = 0.1
    melanin_deep_sd: Annotated[float, Field(ge=-1, le=1)] = -0.04
    fair: Share = 0.75
    fair_melanin: Annotated[Range, within(0, 1)] = (0.22, 0.75)
    redness: Annotated[Spread, within(0, 1)] = Spread(mean=0.35, sd=0.12, low=0.05, high=1.0)
    red: Share = 0.12
    red_from: Share = 0.4
    red_more: Share = 0.45
    redness_deep: Share = 0.6
    grey_onset_years: Annotated[Spread, within(0, 200)] = Spread(mean=52.0, sd=9.0, low=0.0, high=120.0)
    grey_later_deep: float = 6.0
    grey_later_women: float = 8.0
    grey_years: Annotated[float, Field(gt=0)] = 24.0
    grey_most: Share = 0.95
    grey_less_deep: Share = 0.2
    dyed: Share = 0.6


class Brows(Ranges):
    """Brows and lashes of one sex: hairs of a brow and of each lid, height of a brow, how far over the eye it lies and
    how high it arches, in metres on a head of average size; length of lashes as a factor.
    """

    brow_count: Annotated[IntRange, within(0, 20000)]
    brow_height_m: Annotated[Range, within(0.0005, 0.02)]
    brow_z_m: Annotated[Range, within(0.01, 0.04)] = (0.019, 0.0225)
    brow_arch_m: Annotated[Range, within(0, 0.02)]
    lashes_upper: Annotated[IntRange, within(1, 1000)] = (75, 109)
    lashes_lower: Annotated[IntRange, within(1, 1000)] = (30, 44)
    lash_length: Annotated[Range, within(0.1, 3)]


class BrowsConfig(Ranges):
    """Brows and lashes by sex."""

    women: Brows = Brows(
        brow_count=(750, 1049), brow_height_m=(0.0026, 0.0036), brow_arch_m=(0.0015, 0.0038), lash_length=(0.75, 0.95)
    )
    men: Brows = Brows(
        brow_count=(950, 1399), brow_height_m=(0.0033, 0.0047), brow_arch_m=(0.0008, 0.0026), lash_length=(0.5, 0.75)
    )


class Beard(Ranges):
    """One kind of beard. `cheek`: how far up it grows, `density`: share of the hairs that are there, `shade`: how dark
    the skin under it is.
    """

    length_m: Annotated[Range, within(0.0002, 0.05)]
    cheek: Annotated[Range, within(0, 1)] = (0.0, 1.0)
    density: Annotated[Range, within(0.01, 1)] = (0.7, 1.0)
    shade: Annotated[Range, within(0, 1)] = (0.5, 0.65)


class BeardsConfig(Ranges):
    """The beards of the share `people.beard` of the men: chances of each kind in `kinds`, and what each is like."""

    kinds: Chances[BeardStyle] = _BEARDS
    stubble: Beard = Beard(length_m=(0.0006, 0.0016), shade=(0.35, 0.6))
    short: Beard = Beard(length_m=(0.004, 0.009))
    full: Beard = Beard(length_m=(0.008, 0.013))
    goatee: Beard = Beard(length_m=(0.006, 0.014))
    moustache: Beard = Beard(length_m=(0.005, 0.009))
