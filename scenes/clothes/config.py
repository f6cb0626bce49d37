"""What may be worn: cut and cloth of each garment, colours, patterns, glasses, headphones."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from core.ranges import Choices, Curve, Range, Ranges, Share, Weighted, within

Acetate = Literal["black", "tortoise", "brown", "navy", "burgundy", "grey", "clear"]
Metal = Literal["black", "silver", "gold", "gunmetal"]
Plastic = Literal["black", "white", "slate", "red"]
Metres = Annotated[Range, within(0, 0.5)]


class Cut(Ranges):
    """How a garment is cut, in metres where a key ends so. `sleeve`: its end, 1 at the elbow, 2 at the wrist. `ease_m`:
    room between body and cloth. `neck_out_m`, `neck_drop_m`, `vee_m`: how far the neckline stands off, lies lower, runs
    down in front; `band_m`, `leaf_m`: height of neckband or collar's stand, and of its fall. `bending`: stiffness.
    `fold_m`, `fold_wide_m`: height and width of folds; `crease_m`: depth of creases. `knit_m`, `rib_m`, `weave_m`: one
    stitch, rib, thread; with a `knit_m` of 0 it is not knitted. `sheen`: fuzz that catches light. `hood_m`, `lapel_m`:
    their widths.
    """

    sleeve: Annotated[Range, within(0.2, 1.98)]
    ease_m: Annotated[Range, within(0.005, 0.1)]
    neck_out_m: Metres
    neck_drop_m: Metres
    vee_m: Annotated[Range, within(0, 0.3)] = (0.0, 0.0)
    band_m: Metres
    leaf_m: Metres | None = None
    bending: Annotated[Range, within(0, 1)]
    fold_m: Metres
    fold_wide_m: Annotated[Range, within(0.001, 0.2)]
    crease_m: Metres
    knit_m: Metres = (0.0, 0.0)
    rib_m: Annotated[Range, within(0.0001, 0.1)]
    weave_m: Annotated[Range, within(0.0001, 0.1)]
    sheen: Annotated[Range, within(0, 1)]
    hood_m: Metres | None = None
    lapel_m: Metres | None = None


class GarmentConfig(Cut):
    """A garment: its cut and its pattern. `patterned`: the share with one, of which `stripes` have stripes, the others
    checks; `repeat_m`: one repeat of it; `line_share`, `line_strength`: of a repeat, of the second colour.
    """

    patterned: Share
    stripes: Share = 0.9
    repeat_m: Annotated[Range, within(0.001, 0.5)]
    line_share: Annotated[Range, within(0, 1)] = (0.2, 0.5)
    line_strength: Annotated[Range, within(0, 1)] = (0.5, 1.0)


class FabricConfig(Ranges):
    """Colours of cloth. `lightness`, `strength`: linear reflectance and how colourful, each with its probability;
    `hue`: ranges on the colour wheel (0 red, 1/3 green, 2/3 blue), each with its probability.

    What people wear in calls: half greys, blacks and whites, a third blues and earths, the rest any muted hue.
    `tie`: the share of blazers with one; its hues are equally likely. `white_cords`: on light cloth, the others are
    darker than it. `inner`, `inner_blue`: reflectance of the shirt under a blazer, and how much more of blue.
    `pattern_lighter`: what the second colour of a pattern on dark cloth has more.
    """

    lightness: Weighted[Share] = ((0.025, 0.25), (0.06, 0.27), (0.14, 0.22), (0.3, 0.14), (0.5, 0.12))
    hue: Weighted[Range] = (((0.55, 0.68), 0.45), ((0.02, 0.12), 0.25), ((0.0, 1.0), 0.3))
    strength: Weighted[Share] = ((0.08, 0.5), (0.4, 0.35), (0.7, 0.15))
    tie: Share = 0.4
    tie_hue: Choices[float] = (0.0, 0.6, 0.62, 0.35)
    tie_strength: Annotated[Range, within(0, 1)] = (0.3, 0.9)
    tie_lightness: Annotated[Range, within(0, 1)] = (0.15, 0.8)
    white_cords: Share = 0.5
    inner: Annotated[Range, within(0.01, 0.8)] = (0.35, 0.62)
    inner_blue: Annotated[Range, within(0, 0.3)] = (0.0, 0.12)
    pattern_lighter: Annotated[Range, within(0, 0.6)] = (0.05, 0.25)


class EyewearConfig(Ranges):
    """Glasses of the share `people.glasses`, times `by_age` (years, factor). `thick`: the share of acetate, others are
    wire; colours are equally likely. `round`: the share of rounded lenses; `round_square`, `square`: the exponent of
    their outline, from a circle (2) to a rectangle. Size of a lens, width of the rim, how far below the eyes.
    """

    by_age: Annotated[Curve, within(0)] = ((18.0, 0.7), (40.0, 1.0), (70.0, 1.6))
    thick: Share = 0.55
    thick_colours: Choices[Acetate] = get_args(Acetate)
    thin_colours: Choices[Metal] = get_args(Metal)
    round: Share = 0.35
    round_square: Annotated[Range, within(2, 10)] = (2.0, 2.3)
    square: Annotated[Range, within(2, 10)] = (2.8, 5.0)
    width_m: Annotated[Range, within(0.02, 0.08)] = (0.047, 0.054)
    height_m: Annotated[Range, within(0.01, 0.07)] = (0.034, 0.044)
    thick_rim_m: Annotated[Range, within(0.0002, 0.01)] = (0.0014, 0.0024)
    thin_rim_m: Annotated[Range, within(0.0002, 0.01)] = (0.00055, 0.0008)
    low_m: Annotated[Range, within(-0.02, 0.02)] = (0.001, 0.004)


class Headphones(Ranges):
    """Half the size of a cup and of the band's width, in metres."""

    cup_m: Annotated[Range, within(0.01, 0.08)]
    band_m: Annotated[Range, within(0.001, 0.05)]


class HeadwearConfig(Ranges):
    """Headphones of the share `people.headphones`. `headset`: the share of headsets among them; colours are equally
    likely; `mic_left`: the share of microphones on the left.
    """

    headset: Share = 0.45
    colours: Choices[Plastic] = get_args(Plastic)
    headset_size: Headphones = Headphones(cup_m=(0.03, 0.034), band_m=(0.008, 0.011))
    over_ear_size: Headphones = Headphones(cup_m=(0.037, 0.042), band_m=(0.012, 0.016))
    mic_left: Share = 0.5
