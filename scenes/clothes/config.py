"""What may be worn: cut and cloth of each garment, colors, patterns, glasses, headphones."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from core.ranges import Chances, Choices, Curve, Range, Ranges, Share, Weighted, named, within

Acetate = Literal["black", "tortoise", "brown", "navy", "burgundy", "grey", "clear"]
Metal = Literal["black", "silver", "gold", "gunmetal"]
Plastic = Literal["black", "white", "slate", "red"]
PrintStyle = Literal["dots", "blobs", "batik", "emblem"]
Metres = Annotated[Range, within(0, 0.5)]


class Cut(Ranges):
    """How a garment is cut and made."""

    sleeve: Annotated[Range, within(0, 1.98)] = Field(
        description="where the sleeve ends: from 0.2, short of the elbow (1), to 2 at the wrist; 0: no sleeves"
    )
    ease_m: Annotated[Range, within(0.005, 0.1)] = Field(description="room between body and cloth, metres")
    neck_out_m: Metres = Field(description="how far the neckline stands off the neck, metres")
    neck_drop_m: Metres = Field(description="how much lower the neckline lies in front, metres")
    vee_m: Annotated[Range, within(0, 0.3)] = Field(
        (0.0, 0.0), description="how far the neck is open downwards in front, metres; 0: closed"
    )
    band_m: Metres = Field(description="height of the neckband, or of the collar's stand, metres")
    leaf_m: Metres | None = Field(
        None, description="width of the collar's fall, metres; only for garments with a shirt collar"
    )
    bending: Annotated[Range, within(0, 1)] = Field(
        description="stiffness of the cloth against bending, as a share of that against stretching"
    )
    fold_m: Metres = Field(description="height of the folds, metres")
    fold_wide_m: Annotated[Range, within(0.001, 0.2)] = Field(description="width of the folds, metres")
    crease_m: Metres = Field(description="depth of fine creases, metres")
    knit_m: Metres = Field((0.0, 0.0), description="one repeat of the stitches, metres; 0: not knitted")
    rib_m: Annotated[Range, within(0.0001, 0.1)] = Field(description="one rib of ribbed bands and cuffs, metres")
    weave_m: Annotated[Range, within(0.0001, 0.1)] = Field(description="one thread of the cloth, metres")
    sheen: Annotated[Range, within(0, 1)] = Field(description="fuzz that catches grazing light, from none (0) to 1")
    hood_m: Metres | None = Field(None, description="size of the hood, metres; only for garments with one")
    lapel_m: Metres | None = Field(None, description="width of the lapels, metres; only for garments with them")


class GarmentConfig(Cut):
    """A garment: its cut and its patterns."""

    patterned: Share = Field(description="share of these garments that have a pattern")
    printed: Share = Field(0.0, description="share of those without a pattern that have a print")
    stripes: Share = Field(0.9, description="share of the patterned ones with stripes; the others have checks")
    repeat_m: Annotated[Range, within(0.001, 0.5)] = Field(description="one repeat of the pattern, metres")
    line_share: Annotated[Range, within(0, 1)] = Field(
        (0.2, 0.5), description="share of a repeat that has the second color"
    )
    line_strength: Annotated[Range, within(0, 1)] = Field(
        (0.5, 1.0), description="how far the second color covers the first, from 0 to 1"
    )


_PRINT_M: dict[str, Range] = {"dots": (0.015, 0.06), "blobs": (0.12, 0.36), "batik": (0.2, 0.5), "emblem": (0.6, 0.8)}
_PRINTS: dict[PrintStyle, float] = {"dots": 0.15, "blobs": 0.3, "batik": 0.2, "emblem": 0.35}


class FabricConfig(Ranges):
    """Colors of cloth as worn in calls: half greys, blacks and whites, a third blues and earths, some loud."""

    dyed: Share = Field(0.15, description="share of garments dyed a strong color instead")
    dye_strength: Annotated[Range, within(0, 1)] = Field((0.6, 0.97), description="of those, saturation")
    dye_lightness: Annotated[Range, within(0.005, 0.9)] = Field(
        (0.06, 0.7), description="of those, linear reflectance of the brightest channel, evenly by its logarithm"
    )
    prints: Chances[PrintStyle] = Field(_PRINTS, description="probabilities of each print, of garments.*.printed")
    print_m: Annotated[dict[str, Annotated[Range, within(0.005, 1)]], named(_PRINT_M)] = Field(
        _PRINT_M, description="one repeat of each print by name, metres; an emblem is a quarter as wide"
    )
    print_share: Annotated[Range, within(0, 1)] = Field((0.25, 0.6), description="share of a print in other colors")

    lightness: Weighted[Share] = Field(
        ((0.025, 0.25), (0.06, 0.27), (0.14, 0.22), (0.3, 0.14), (0.5, 0.12)),
        description="linear reflectance of the cloth, each value with its probability",
    )
    hue: Weighted[Range] = Field(
        (((0.55, 0.68), 0.45), ((0.02, 0.12), 0.25), ((0.0, 1.0), 0.3)),
        description="ranges on the color wheel (0 red, 1/3 green, 2/3 blue), each with its probability",
    )
    strength: Weighted[Share] = Field(
        ((0.08, 0.5), (0.4, 0.35), (0.7, 0.15)),
        description="saturation, from grey (0) to 1, each value with its probability",
    )
    tie: Share = Field(0.4, description="share of blazers worn with a tie")
    tie_hue: Choices[float] = Field(
        (0.0, 0.6, 0.62, 0.35), description="hues of ties on the color wheel, equally likely"
    )
    tie_strength: Annotated[Range, within(0, 1)] = Field(
        (0.3, 0.9), description="saturation of ties, from grey (0) to 1"
    )
    tie_lightness: Annotated[Range, within(0, 1)] = Field(
        (0.15, 0.8), description="lightness of ties, as a share of the lightest: a reflectance of 0.25"
    )
    white_cords: Share = Field(0.5, description="share of light hoodies with white cords; the others' are darker")
    inner: Annotated[Range, within(0.01, 0.8)] = Field(
        (0.35, 0.62), description="linear reflectance of the shirt below a blazer"
    )
    inner_blue: Annotated[Range, within(0, 0.3)] = Field(
        (0.0, 0.12), description="how much more blue the shirt below a blazer reflects, as a share"
    )
    lower: Annotated[Range, within(0.005, 0.8)] = Field(
        (0.012, 0.22), description="linear reflectance of trousers, evenly by its logarithm"
    )
    lower_blue: Annotated[Range, within(0, 1)] = Field((0.0, 0.6), description="how blue they are, 0 is grey")
    pattern_lighter: Annotated[Range, within(0, 0.6)] = Field(
        (0.05, 0.25), description="linear reflectance that the second color of a pattern adds on dark cloth"
    )


class EyewearConfig(Ranges):
    """Glasses of the share `people.glasses`."""

    by_age: Annotated[Curve, within(0)] = Field(
        ((18.0, 0.7), (40.0, 1.0), (70.0, 1.6)), description="factor of that share by age: points [years, factor]"
    )
    thick: Share = Field(0.55, description="share of glasses with thick acetate rims; the others are wire")
    thick_colours: Choices[Acetate] = Field(get_args(Acetate), description="colors of acetate, equally likely")
    thin_colours: Choices[Metal] = Field(get_args(Metal), description="colors of wire, equally likely")
    round: Share = Field(0.35, description="share of glasses with rounded lenses")
    round_square: Annotated[Range, within(2, 10)] = Field(
        (2.0, 2.3), description="exponent of a rounded lens's outline (a superellipse): 2 is a circle"
    )
    square: Annotated[Range, within(2, 10)] = Field(
        (2.8, 5.0), description="exponent of the other lenses' outline; the higher, the closer to a rectangle"
    )
    width_m: Annotated[Range, within(0.02, 0.08)] = Field((0.047, 0.054), description="width of a lens, metres")
    height_m: Annotated[Range, within(0.01, 0.07)] = Field((0.034, 0.044), description="height of a lens, metres")
    thick_rim_m: Annotated[Range, within(0.0002, 0.01)] = Field(
        (0.0014, 0.0024), description="width of an acetate rim, metres"
    )
    thin_rim_m: Annotated[Range, within(0.0002, 0.01)] = Field(
        (0.00055, 0.0008), description="width of a wire rim, metres"
    )
    low_m: Annotated[Range, within(-0.02, 0.02)] = Field(
        (0.001, 0.004), description="how far the lenses sit below the eyes, metres"
    )


class Headphones(Ranges):
    """Size of headphones."""

    cup_m: Annotated[Range, within(0.01, 0.08)] = Field(description="radius of a cup, metres")
    band_m: Annotated[Range, within(0.001, 0.05)] = Field(description="half the width of the headband, metres")


class HeadwearConfig(Ranges):
    """Headphones of the share `people.headphones`."""

    headset: Share = Field(0.45, description="share of headphones that are headsets, with a microphone")
    colours: Choices[Plastic] = Field(get_args(Plastic), description="colors of headphones, equally likely")
    headset_size: Headphones = Field(
        Headphones(cup_m=(0.03, 0.034), band_m=(0.008, 0.011)), description="size of headsets"
    )
    over_ear_size: Headphones = Field(
        Headphones(cup_m=(0.037, 0.042), band_m=(0.012, 0.016)), description="size of over-ear headphones"
    )
    mic_left: Share = Field(0.5, description="share of microphones on the wearer's left")
