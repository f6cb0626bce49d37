"""Woven and printed patterns: stripes and checks drawn as plain records, painted as one repeat of a texture."""

from __future__ import annotations

from typing import Any

import numpy as np

from pairs.colour import srgb_from_linear

_CHANCE = {"t_shirt": 0.25, "shirt": 0.45, "sweater": 0.2, "hoodie": 0.0, "blazer": 0.2}
_SIZE_M = {"t_shirt": (0.02, 0.05), "shirt": (0.008, 0.03), "sweater": (0.03, 0.06), "blazer": (0.012, 0.03)}
_PIXELS = 128


def draw_pattern(kind: str, color_linear: list[float], rng: np.random.Generator) -> dict[str, Any] | None:
    """The record of a garment's pattern, or None for plain cloth. `size_m`: one repeat."""
    if rng.random() >= _CHANCE[kind]:
        return None
    upright = kind in ("shirt", "blazer")
    style = str(rng.choice(["stripes", "checks"], p=[0.55, 0.45] if upright else [0.9, 0.1]))
    base = np.array(color_linear)
    # Light lines on dark cloth, dark ones on light; never glaring.
    other = (
        np.clip(base * 0.3, 0.01, 1) if base.mean() > 0.25 else np.clip(base * 1.5 + rng.uniform(0.05, 0.25), 0, 0.6)
    )
    share = 0.12 if kind == "blazer" else float(rng.uniform(0.2, 0.5))
    return {
        "style": style,
        "upright": upright,
        "size_m": round(float(rng.uniform(*_SIZE_M[kind])), 5),
        "share": round(share, 4),
        "strength": round(0.35 if kind == "blazer" else float(rng.uniform(0.5, 1.0)), 4),
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
