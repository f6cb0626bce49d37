"""Cloth: patterns drawn as plain records and painted as one repeat of a texture, knits as relief, their materials."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.colour import srgb_from_linear
from core.ranges import uniform
from scenes.people_config import PeopleConfig
from scenes.spec import Material

_PIXELS = 128


def draw_pattern(
    config: PeopleConfig, kind: str, color_linear: list[float], rng: np.random.Generator
) -> dict[str, Any] | None:
    """The record of a garment's pattern, or None for plain cloth. `size_m`: one repeat."""
    garment = getattr(config.garments, kind)
    if rng.random() >= garment.patterned:
        return None
    style = "stripes" if rng.random() < garment.stripes else "checks"
    base = np.array(color_linear)
    # Light lines on dark cloth, dark ones on light; never glaring.
    if base.mean() > 0.25:
        other = np.clip(base * 0.3, 0.01, 1)
    else:
        other = np.clip(base * 1.5 + uniform(rng, config.fabric.pattern_lighter), 0, 0.6)
    # What is the same for all takes no draw.
    drawn = lambda pair: pair[0] if pair[0] == pair[1] else uniform(rng, pair)
    share = drawn(garment.line_share)
    return {
        "style": style,
        "upright": kind in ("shirt", "blazer"),
        "size_m": round(uniform(rng, garment.repeat_m), 5),
        "share": round(share, 4),
        "strength": round(drawn(garment.line_strength), 4),
        "other_linear": [round(float(x), 5) for x in other],
    }


def paint_pattern(pattern: dict[str, Any], color_linear: list[float]) -> np.ndarray:
    """One repeat, `(128, 128, 3)` uint8 sRGB; columns run around the body, rows along it."""
    along = np.abs((np.arange(_PIXELS) + 0.5) / _PIXELS - 0.5)
    line = np.clip((0.5 * pattern["share"] - along) * _PIXELS + 0.5, 0, 1)
    across, down = np.broadcast_to(line[None, :], (_PIXELS,) * 2), np.broadcast_to(line[:, None], (_PIXELS,) * 2)
    # In a check warp and weft show in turn: full where they cross, half elsewhere.
    shade = (across if pattern["upright"] else down) if pattern["style"] == "stripes" else 0.5 * (across + down)
    shade = (pattern["strength"] * shade)[..., None]
    linear = np.array(color_linear) * (1 - shade) + np.array(pattern["other_linear"]) * shade
    return np.clip(srgb_from_linear(linear.astype(np.float32)) * 255 + 0.5, 0, 255).astype(np.uint8)


def paint_rib() -> np.ndarray:
    """One repeat of ribbing as height, `(128, 128)` uint8: a round wale and a narrow valley, across the columns."""
    across = (np.arange(_PIXELS) + 0.5) / _PIXELS
    return np.repeat(_as_height(np.abs(np.sin(np.pi * across)) ** 0.6)[None], _PIXELS, 0)


def paint_knit() -> np.ndarray:
    """One repeat of stockinette as height, `(128, 128)` uint8: two legs of yarn that meet in a V."""
    x, y = np.meshgrid(*[(np.arange(_PIXELS) + 0.5) / _PIXELS] * 2)
    leg = 2 * x % 1
    slant = np.where(x < 0.5, leg, 1 - leg)
    yarn = np.abs(np.sin(np.pi * (y + 0.8 * slant))) ** 0.7
    return _as_height(yarn * np.sin(np.pi * leg) ** 0.5)


def _as_height(share: np.ndarray) -> np.ndarray:
    return np.round(255 * np.clip(share, 0, 1)).astype(np.uint8)


def cloth_materials(clothing: dict[str, Any]) -> tuple[dict[str, Material], dict[str, np.ndarray]]:
    """The materials of a garment's pieces and the textures that they name."""
    plain = {
        "color": clothing["color_linear"], "weave_m": clothing["weave_m"], "sheen": clothing["sheen"],
        "crease_m": clothing["crease_m"],
    }  # fmt: skip
    outer, textures, images = dict(plain), {}, {}
    if (pattern := clothing.get("pattern")) is not None:
        images["pattern"] = paint_pattern(pattern, clothing["color_linear"])
        outer["base_color_m"], textures["base_color"] = pattern["size_m"], "pattern"
    if clothing["knit_m"]:
        images["knit"] = paint_knit()
        textures["bump"], outer["bump_m"], outer["bump_depth_m"] = "knit", clothing["knit_m"], 0.3 * clothing["knit_m"]
    images["rib"] = paint_rib()
    ribbed = {**plain, "bump_m": clothing["rib_m"], "bump_depth_m": 0.3 * clothing["rib_m"], "crease_m": 0.0}
    inner = {"color": clothing["inner_linear"], "weave_m": 0.0006, "sheen": 0.02, "crease_m": 0.0008}
    materials = {
        "cloth": Material("cloth", outer, textures),
        "rib": Material("cloth", ribbed, {"bump": "rib"}),
        "cloth_inner": Material("cloth", inner),
        "tie": Material("cloth", {"color": clothing["tie_linear"], "specular": 0.4, "roughness": 0.5, "crease_m": 0.0}),
        "cord": Material("cloth", {"color": clothing["cord_linear"], "weave_m": 0.001, "sheen": 0.1, "crease_m": 0.0}),
        "button": Material("plastic", {"color": clothing["button_linear"], "roughness": 0.3}),
    }
    return materials, images
