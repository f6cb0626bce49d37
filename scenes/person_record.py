"""Who sits there: every drawn number of a person, as `scenes.person` draws it and `scenes.build` builds it.

Colours: `*_linear` are linear Rec.709, `*_srgb` sRGB, all in [0, 1]. Lengths in metres on a head of average size.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from scenes.clothes.record import Clothing, Color
from scenes.records import ABSENT

HairStyle = Literal[
    "buzz",
    "short",
    "side_part",
    "bob",
    "long_straight",
    "long_wavy",
    "curly",
    "coily",
    "bun",
    "ponytail",
    "fringe",
    "undercut",
    "fade",
    "slicked_back",
    "pixie",
    "curtains",
    "long_curly",
    "locs",
    "braid",
    "braids",
]
BeardStyle = Literal["stubble", "short", "full", "goatee", "moustache"]
CoverName = Literal["cap", "beanie", "headband", "hijab", "scarf"]
Iris = Literal["brown", "dark", "hazel", "green", "blue", "grey"]


@dataclass(frozen=True)
class Phenotype:
    """The body model's own measures, each 0 to 1; the three origins add to 1."""

    gender: float
    age: float
    muscle: float
    weight: float
    height: float
    proportions: float
    cupsize: float
    firmness: float
    african: float
    asian: float
    caucasian: float


class SkinMap(NamedTuple):
    """A photographed skin of `scenes/skins` and its share of the mixture."""

    name: str
    weight: float


class Mole(NamedTuple):
    """A mole: where on the face, metres across from its middle (positive to the person's left) and down from the brows,
    its radius, and how dark it is, 0 to 1."""

    across_m: float
    down_m: float
    radius_m: float
    dark: float


@dataclass(frozen=True)
class Makeup:
    """What is painted on lids and cheeks beside lipstick: strengths in [0, 1], and the shadow's color."""

    shadow: float
    shadow_linear: Color
    liner: float
    blush: float


@dataclass(frozen=True)
class Skin:
    """`monk`: the tone, 1..10; `stubble`: how dark a shaven beard shows through, 0 to 1; `hair_linear`: colour of the
    scalp's hair as a mass; `maps`: weights add to 1; `wrinkles`: depth, 1 at 75 years; `grain`: pores, fine
    lines and fine colour, 1 is usual. The rest as `scenes.people_config.SkinConfig` says."""

    monk: float
    undertone: float
    freckles: float
    freckle_linear: Color
    redness: float
    under_eye: float
    oiliness: float
    roughness: float
    pores: float
    folds_m: float
    scatter_m: float
    stubble: float
    lip_colour: float
    lip_linear: Color
    teeth_linear: Color
    hair_linear: Color
    maps: tuple[SkinMap, ...]
    wrinkles: float
    moles: tuple[Mole, ...] = ()
    grain: float = 0.0
    fuzz: float = 0.0
    makeup: Makeup | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True)
class Eyes:
    """`inner_srgb`, `outer_srgb`: of the iris; `pupil`: its share of the iris; `veins`: how many."""

    colour: Iris
    inner_srgb: Color
    outer_srgb: Color
    white_srgb: Color
    pupil: float
    veins: int


@dataclass(frozen=True)
class Hair:
    """Scalp hair, brows and lashes. `melanin`, `redness`, `grey` in [0, 1]; `part_side` -1..1, from the middle to the
    style's most; `amount` to `thickness` are factors of the style's own numbers; `streaks`: share of locks
    that are lightened, to `streak_melanin`."""

    style: HairStyle
    melanin: float
    redness: float
    grey: float
    brow_darker: float
    part_side: float
    recede_deg: float
    amount: float
    length: float
    volume: float
    wave: float
    clump: float
    thickness: float
    brow_count: int
    brow_height_m: float
    brow_z_m: float
    brow_arch_m: float
    lashes_upper: int
    lashes_lower: int
    lash_length: float
    bangs: bool
    streaks: float = 0.0
    streak_melanin: float = 0.0


@dataclass(frozen=True)
class Beard:
    """`cheek`: how far up it grows, `density`: the share of hairs, `shade`: how dark the skin is; each 0 to 1."""

    style: BeardStyle
    length_m: float
    cheek: float
    density: float
    shade: float


@dataclass(frozen=True)
class Glasses:
    """Size of one lens, width of the rim, how far the lens's middle lies below the eyes; `square`: exponent of its
    outline, 2 is an ellipse."""

    rim: Literal["thick", "thin"]
    colour: str
    color_linear: Color
    square: float
    width_m: float
    height_m: float
    rim_m: float
    low_m: float


@dataclass(frozen=True)
class Headphones:
    """Half the size of a cup and of the band's width; a headset has its microphone on one side."""

    kind: Literal["headset", "over_ear"]
    color_linear: Color
    cup_m: float
    band_m: float
    mic_left: bool


@dataclass(frozen=True)
class Cover:
    """What is worn on head or neck: how far it stands off, whether a knitted hat falls back, depth of its folds."""

    kind: CoverName
    thick_m: float
    loose: bool
    fold_m: float
    color_linear: Color


@dataclass(frozen=True)
class Person:
    """One person, whole. `shape`: local changes of the body model by name, -1 to 1."""

    years: float
    female: bool
    phenotype: Phenotype
    shape: dict[str, float]
    skin: Skin
    eyes: Eyes
    hair: Hair
    clothing: Clothing
    beard: Beard | None
    glasses: Glasses | None
    headphones: Headphones | None
    cover: Cover | None = field(default=None, metadata=ABSENT)
