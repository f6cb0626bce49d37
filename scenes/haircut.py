"""Which hair: style by sex, age and skin, colour by melanin, grey by years, and the measures of brows and lashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.config import PeopleConfig

_LONG = ("bob", "long_straight", "long_wavy", "bun", "ponytail")


def draw_hair(
    config: PeopleConfig, female: bool, years: float, monk: float, rng: np.random.Generator
) -> dict[str, Any]:
    """The record of a person's hair, brows and lashes; `monk`: tone of the skin, 1..10."""
    style = _draw_style(config, female, years, monk, rng)
    fair = float(np.clip((4.5 - monk) / 3.5, 0, 1))
    deep = float(np.clip((monk - 5) / 3, 0, 1))
    melanin = float(np.clip(rng.normal(0.84 + 0.1 * deep, 0.08 - 0.04 * deep), 0.6, 0.98))
    if rng.random() < 0.75 * fair:
        melanin = float(rng.uniform(0.22, 0.75))
    # Deep skin greys later; long hair is often dyed until late.
    onset = rng.normal(52, 9) + 6 * deep + (8 if female else 0)
    grey = float(np.clip((years - onset) / 24, 0, 0.95 - 0.2 * deep))
    if style in _LONG and rng.random() < 0.6:
        grey = 0.0
    redness = float(np.clip(rng.normal(0.35, 0.12) + (0.45 if fair > 0.4 and rng.random() < 0.12 else 0), 0.05, 1))
    redness *= 1 - 0.6 * deep
    return {
        "style": style,
        "melanin": round(melanin, 4),
        "redness": round(redness, 4),
        "grey": round(grey, 4),
        "brow_darker": 0.06 - 0.3 * grey,
        "part_side": float(rng.choice([-1, 1]) * rng.uniform(0.2, 1.0)),
        "recede_deg": 0.0 if female else float(np.clip(rng.normal((years - 30) / 6, 3), 0, 11)),
        "amount": float(rng.uniform(0.85, 1.1)),
        "length": float(rng.uniform(0.8, 1.2)),
        "volume": float(rng.uniform(0.7, 1.3)),
        "wave": float(rng.uniform(0.75, 1.25)),
        "clump": float(rng.uniform(0.7, 1.0)),
        "thickness": float(rng.uniform(0.85, 1.2)),
        "brow_count": int(rng.integers(750, 1050) if female else rng.integers(950, 1400)),
        "brow_height_m": float(rng.uniform(0.0026, 0.0036) if female else rng.uniform(0.0033, 0.0047)),
        "brow_z_m": float(rng.uniform(0.019, 0.0225)),
        "brow_arch_m": float(rng.uniform(0.0015, 0.0038) if female else rng.uniform(0.0008, 0.0026)),
        "lashes_upper": int(rng.integers(75, 110)),
        "lashes_lower": int(rng.integers(30, 45)),
        "lash_length": float(rng.uniform(0.75, 0.95) if female else rng.uniform(0.5, 0.75)),
        "bangs": bool(style in ("bob", "long_straight", "long_wavy") and rng.random() < 0.35),
    }


def hair_linear(hair: dict[str, Any]) -> list[float]:
    """Linear colour of hair seen as a mass, greying included, for what is painted under strands."""
    light, red, grey = (1 - hair["melanin"]) ** 2, hair["redness"], hair["grey"]
    own = np.array([0.012 + 0.35 * light, 0.008 + (0.26 - 0.1 * red) * light, 0.006 + (0.18 - 0.12 * red) * light])
    return [float(x) for x in own * (1 - grey) + grey * np.array([0.24, 0.23, 0.22])]


def _draw_style(config: PeopleConfig, female: bool, years: float, monk: float, rng: np.random.Generator) -> str:
    names = list(config.hair)
    weights = np.array([config.hair[name] for name in names])
    for i, name in enumerate(names):
        if name in _LONG:
            weights[i] *= 1.85 if female else 0.15
        elif name in ("buzz", "side_part", "short"):
            weights[i] *= 0.45 if female else 1.6
        elif name == "fringe":
            weights[i] *= 0.0 if female else (0.3 if years < 40 else 2.5)
        # Tight curls go with deep skin, straight hair seldom does.
        if name == "coily":
            weights[i] *= np.interp(monk, [4, 6, 8], [0.1, 1.0, 3.0])
        elif name == "curly":
            weights[i] *= np.interp(monk, [2, 5], [0.7, 1.3])
        elif name in ("short", "side_part", "bob", "long_straight", "long_wavy", "ponytail"):
            weights[i] *= np.interp(monk, [6, 8.5], [1.0, 0.2])
    if weights.sum() == 0:
        weights = np.array([config.hair[name] for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]
