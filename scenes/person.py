"""Who: every number that makes a person, drawn from a generator into a plain record."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from scenes.config import PeopleConfig
from scenes.haircut import draw_hair, hair_linear
from scenes.skin_maps import draw_maps

_SHAPE = {
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
_PAIRED = {
    "eye-height1-incr": 0.25, "eye-height2-incr": 0.25, "eye-height3-incr": 0.25, "eye-corner1-up": 0.3,
    "eye-corner2-up": 0.3,
    "eye-trans-out": 0.25, "eye-trans-up": 0.2, "eye-eyefold-up": 0.3, "eye-eyefold-angle-up": 0.3,
    "eye-bag-incr": 0.25, "eye-bag-out": 0.25, "eye-bag-height-incr": 0.25, "eye-scale-incr": 0.12,
    "eye-push2-out": 0.2,
    "cheek-volume-incr": 0.35, "cheek-bones-incr": 0.35, "cheek-inner-incr": 0.3, "cheek-trans-up": 0.3,
    "ear-scale-incr": 0.3, "ear-lobe-incr": 0.3, "ear-wing-incr": 0.3, "ear-flap-incr": 0.3, "ear-rot-forward": 0.25,
    "ear-shape-round": 0.4, "ear-trans-up": 0.2,
}  # fmt: skip
_IRIS = {
    "brown": ((0.36, 0.2, 0.09), (0.22, 0.12, 0.06)),
    "dark": ((0.2, 0.11, 0.06), (0.11, 0.06, 0.035)),
    "hazel": ((0.42, 0.27, 0.11), (0.3, 0.29, 0.15)),
    "green": ((0.42, 0.36, 0.16), (0.29, 0.36, 0.25)),
    "blue": ((0.45, 0.47, 0.45), (0.28, 0.39, 0.5)),
    "grey": ((0.45, 0.45, 0.42), (0.37, 0.42, 0.44)),
}


def draw_person(
    config: PeopleConfig, index: int, run: np.random.Generator, rng: np.random.Generator
) -> dict[str, Any]:
    """The record of person `index`. `run` is the same for every clip: it spreads skin tone and age evenly over them."""
    uniform = lambda low, high: float(rng.uniform(low, high))
    # Two additive recurrences (Roberts 2018, "R2") fill tone x age evenly whatever the number of people, and a person
    # stays who they are when a data set grows.
    start = run.random(2)
    tone_place, age_place = (float(x) for x in (start + index * np.array([0.7548776662466927, 0.5698402909980532])) % 1)
    # Half a step beyond the ends, held there, so that each tone of the scale is as frequent as any other.
    low, high = config.monk
    monk = float(np.clip(low - 0.5 + (high - low + 1) * tone_place, low, high)) if high > low else low
    years = config.age[0] + (config.age[1] - config.age[0]) * age_place
    female = bool(rng.random() < 0.5)
    light = float(np.clip((5.5 - monk) / 4, -1, 1))
    races = rng.dirichlet([0.25 + 2.2 * max(-light, 0), 0.9 + 0.6 * (1 - abs(light)), 0.25 + 1.6 * max(light, 0)])
    phenotype = {
        "gender": uniform(0.72, 1.0) if female else uniform(0.0, 0.26),
        "age": float(np.interp(years, [18, 25, 50, 80], [0.6, 0.667, 0.83, 0.99])),
        "muscle": uniform(0.3, 0.75),
        "weight": float(np.clip(rng.normal(0.5, 0.16), 0.15, 0.9)),
        "height": uniform(0.3, 0.7),
        "proportions": uniform(0.4, 0.95),
        "cupsize": uniform(0.25, 0.7),
        "firmness": uniform(0.3, 0.8),
        "african": float(races[0]),
        "asian": float(races[1]),
        "caucasian": float(races[2]),
    }
    shape = {name: float(np.clip(rng.normal(0, size), -0.85, 0.85)) for name, size in _SHAPE.items()}
    for name, size in _PAIRED.items():
        value = rng.normal(0, size)
        for side in ("l", "r"):
            # Faces are nearly, never quite, symmetric.
            shape[f"{side}-{name}"] = float(np.clip(value + rng.normal(0, 0.07), -0.85, 0.85))
    _age(shape, years, rng)
    for side in ("l", "r"):
        shape[f"{side}-eye-epicanthus-out"] = -0.8 * phenotype["asian"] * rng.uniform(0.6, 1.0)
    hair = draw_hair(config, female, years, monk, rng)
    skin = _draw_skin(config, monk, years, female, hair, rng)
    skin["maps"] = draw_maps(years, female, monk, rng)
    skin["wrinkles"] = float(np.interp(years, [25, 45, 75], [0.0, 0.4, 1.25]) * rng.uniform(0.6, 1.25))
    return {
        "years": years,
        "female": female,
        "phenotype": phenotype,
        "shape": {name: round(value, 4) for name, value in shape.items()},
        "skin": skin,
        "eyes": _draw_eyes(monk, hair["melanin"], rng),
        "hair": hair,
        "clothing": _draw_clothing(config, rng),
    }


def _age(shape: dict[str, float], years: float, rng: np.random.Generator) -> None:
    """What the years add to a face: it sags, bags and folds; ears and nose go on growing."""
    old = float(np.clip((years - 35) / 40, 0, 1.1))
    for name, size in (
        ("head-age-incr", 0.75), ("mouth-laugh-lines-out", 0.5), ("neck-double-incr", 0.25), ("mouth-angles-up", -0.2),
        ("nose-volume-incr", 0.15), ("mouth-upperlip-volume-incr", -0.4), ("mouth-lowerlip-volume-incr", -0.25),
        ("l-eye-bag-out", 0.45), ("r-eye-bag-out", 0.45), ("l-eye-eyefold-angle-up", -0.35),
        ("r-eye-eyefold-angle-up", -0.35), ("l-ear-scale-incr", 0.2), ("r-ear-scale-incr", 0.2),
    ):  # fmt: skip
        worn = shape.get(name, 0.0) + size * old * rng.uniform(0.6, 1.2)
        shape[name] = float(np.clip(worn, -0.85, 0.85))


def _draw_skin(
    config: PeopleConfig, monk: float, years: float, female: bool, hair: dict, rng: np.random.Generator
) -> dict:
    freckled = rng.random() < (0.35 if monk < 4 else 0.08)
    painted = female and rng.random() < 0.35
    lip = np.array([0.32, 0.05, 0.06]) * rng.uniform(0.5, 1.3) + rng.uniform(0, 0.05, 3)
    return {
        "monk": round(monk, 3),
        "undertone": float(np.clip(rng.normal(0, 0.6), -1.5, 1.5)),
        "freckles": float(rng.uniform(0.2, 0.7)) if freckled else 0.0,
        "freckle_linear": [0.62, 0.45, 0.37],
        "redness": float(np.clip(rng.normal(0.45, 0.22), 0.1, 1.2)),
        "under_eye": float(np.clip(rng.normal(0.6 + (years - 40) / 80, 0.3), 0.1, 1.5)),
        "oiliness": float(rng.uniform(0.1, 0.7)),
        "roughness": float(rng.uniform(0.42, 0.56)),
        "pores": float(rng.uniform(0.15, 0.4)),
        "folds_m": float(rng.uniform(0.0014, 0.002)),
        "scatter_m": float(rng.uniform(0.0018, 0.0028)),
        "stubble": 0.0,
        "lip_colour": float(rng.uniform(0.3, 0.8)) if painted else 0.0,
        "lip_linear": [float(x) for x in lip],
        "teeth_linear": [float(x) for x in np.array([0.68, 0.6, 0.47]) * rng.uniform(0.8, 1.05)],
        "hair_linear": hair_linear(hair),
    }


def _draw_eyes(monk: float, melanin: float, rng: np.random.Generator) -> dict[str, Any]:
    if monk > 5 or melanin > 0.88:
        colour = "dark" if rng.random() < 0.6 else "brown"
    else:
        colour = str(rng.choice(["brown", "hazel", "green", "blue", "grey"], p=[0.38, 0.18, 0.12, 0.24, 0.08]))
    inner, outer = (np.array(c) * rng.uniform(0.85, 1.15) for c in _IRIS[colour])
    return {
        "colour": colour,
        "inner_srgb": [float(x) for x in inner],
        "outer_srgb": [float(x) for x in outer],
        "white_srgb": [float(x) for x in np.array([0.64, 0.585, 0.56]) * rng.uniform(0.93, 1.07)],
        "pupil": float(rng.uniform(0.28, 0.45)),
        "veins": int(rng.integers(4, 18)),
    }


_KINDS: dict[str, dict[str, tuple[float, float]]] = {
    "t_shirt": dict(sleeve=(0.64, 0.8), ease_m=(0.014, 0.024), neck_out_m=(0.006, 0.015), neck_drop_m=(0.0, 0.015),
        vee_m=(0.0, 0.0), band_m=(0.014, 0.018), bending=(0.002, 0.005),
        fold_m=(0.0054, 0.0099), fold_wide_m=(0.012, 0.017),
        crease_m=(0.0004, 0.0009), knit_m=(0.0, 0.0), rib_m=(0.0016, 0.0022),
        weave_m=(0.0006, 0.0008), sheen=(0.05, 0.15)),
    "shirt": dict(sleeve=(1.9, 1.95), ease_m=(0.014, 0.022), neck_out_m=(0.003, 0.006), neck_drop_m=(0.002, 0.006),
        vee_m=(0.03, 0.07), band_m=(0.028, 0.032), leaf_m=(0.037, 0.043), bending=(0.004, 0.01),
        fold_m=(0.0054, 0.0099), fold_wide_m=(0.009, 0.013),
        crease_m=(0.0006, 0.0014), knit_m=(0.0, 0.0), rib_m=(0.002, 0.002),
        weave_m=(0.0005, 0.0007), sheen=(0.0, 0.05)),
    "sweater": dict(sleeve=(1.9, 1.95), ease_m=(0.02, 0.03), neck_out_m=(0.014, 0.022), neck_drop_m=(0.008, 0.02),
        vee_m=(0.0, 0.0), band_m=(0.02, 0.026), bending=(0.02, 0.05),
        fold_m=(0.0054, 0.0108), fold_wide_m=(0.017, 0.023),
        crease_m=(0.0002, 0.0005), knit_m=(0.0045, 0.007), rib_m=(0.004, 0.006),
        weave_m=(0.0015, 0.003), sheen=(0.25, 0.5)),
    "hoodie": dict(sleeve=(1.9, 1.95), ease_m=(0.024, 0.034), neck_out_m=(0.014, 0.02), neck_drop_m=(0.01, 0.02),
        vee_m=(0.0, 0.0), band_m=(0.0, 0.0), bending=(0.03, 0.06),
        fold_m=(0.0072, 0.0126), fold_wide_m=(0.018, 0.025),
        crease_m=(0.0003, 0.0007), knit_m=(0.0, 0.0), rib_m=(0.003, 0.004),
        weave_m=(0.001, 0.0015), sheen=(0.15, 0.3),
        hood_m=(0.046, 0.056)),
    "blazer": dict(sleeve=(1.9, 1.95), ease_m=(0.018, 0.024), neck_out_m=(0.01, 0.014), neck_drop_m=(0.0, 0.01),
        vee_m=(0.24, 0.28), band_m=(0.0, 0.0), bending=(0.1, 0.2),
        fold_m=(0.0018, 0.0045), fold_wide_m=(0.014, 0.02),
        crease_m=(0.0, 0.0002), knit_m=(0.0, 0.0), rib_m=(0.002, 0.002),
        weave_m=(0.0007, 0.001), sheen=(0.05, 0.2),
        lapel_m=(0.06, 0.08)),
}  # fmt: skip


def _draw_clothing(config: PeopleConfig, rng: np.random.Generator) -> dict[str, Any]:
    names = list(config.clothing)
    kind = names[int(rng.choice(len(names), p=list(config.clothing.values())))]
    numbers = {name: float(rng.uniform(*pair)) for name, pair in _KINDS[kind].items()}
    # What people wear in calls: half greys, blacks and whites, a third blues and earths, the rest any muted hue.
    value = float(rng.choice([0.025, 0.06, 0.14, 0.3, 0.5], p=[0.25, 0.27, 0.22, 0.14, 0.12]))
    hue = float(rng.choice([rng.uniform(0.55, 0.68), rng.uniform(0.02, 0.12), rng.random()], p=[0.45, 0.25, 0.3]))
    strength = float(rng.choice([0.08, 0.4, 0.7], p=[0.5, 0.35, 0.15])) * float(np.clip(1.2 - value, 0.5, 1))
    color = value * (1 - strength * (1 - np.array(colorsys.hsv_to_rgb(hue, 1.0, 1.0))))
    white = [0.6, 0.6, 0.58]
    tie_hue = float(rng.choice([0.0, 0.6, 0.62, 0.35]))
    tie = 0.25 * np.array(colorsys.hsv_to_rgb(tie_hue, float(rng.uniform(0.3, 0.9)), 1.0))
    return {
        "kind": kind,
        **numbers,
        "tie": bool(kind == "blazer" and rng.random() < 0.4),
        "tie_linear": [float(x) for x in tie * rng.uniform(0.15, 0.8)],
        "cord_linear": white if value < 0.3 or rng.random() < 0.5 else [float(x) for x in 0.5 * color],
        "button_linear": white if kind == "shirt" and value > 0.1 else [float(x) for x in 0.4 * color + 0.01],
        "color_linear": [float(np.clip(x, 0.01, 0.8)) for x in color],
        "inner_linear": [float(x) for x in rng.uniform(0.35, 0.62) * np.array([1.0, 1.0, 1.0 + rng.uniform(0, 0.12)])],
    }
