"""Skin colour per vertex: tone, lips, blood near the surface, shadows under the eyes, and masks for freckles and
stubble.
"""

from __future__ import annotations

import numpy as np

from core.colour import linear_from_lab, linear_from_srgb, luminance
from scenes.body.body import Body
from scenes.body.detail import paint_makeup
from scenes.body.eyes import eye_ball
from scenes.body.landmarks import head_scale
from scenes.person_record import Skin

# The ten tones of the Monk Skin Tone scale as published by Ellis Monk with Google, 2022 (sRGB hex).
MONK = ("f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420")


def monk_srgb(tone: float) -> np.ndarray:
    """`tone` 1..10, fractions between -> sRGB `(3,)` in [0, 1]."""
    table = np.array([[int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)] for code in MONK])
    return np.array([np.interp(tone, np.arange(1, 11), table[:, i]) for i in range(3)])


LIGHTNESS = (27.0, 35.0, 42.0, 48.0, 56.0, 62.0, 70.0, 78.0)
REDNESS = (7.5, 9.5, 11.0, 11.5, 10.5, 9.5, 8.0, 7.0)
YELLOWNESS = (10.5, 14.0, 17.0, 18.5, 17.5, 16.0, 14.5, 13.0)
"""CIELAB of skin under D65: between 56 and 63 as measured on foreheads, cheeks and forearms of 960 people (Xiao et al.
2017: a 6 to 12, b 14 to 18), at 45 on the faces of 121 African Americans (de Rigal et al. 2010: a 14, b 19), less some
of the blood, which is painted on; beyond, chroma falls towards the ends of the Monk scale. The swatches of its middle
are up to twice as colourful."""


def albedo(skin: Skin) -> np.ndarray:
    """Linear base colour `(3,)` of unblemished skin: as bright as the scale's swatch less what a lit picture adds, and
    of the colour that skin of this lightness is measured to have.

    The gain brings the lightest tone to the 0.55-0.6 mean reflectance that Cooksey, Allen and Tsai 2017 (NIST)
    measured; measured dark skin still reflects some 5 % in the red.
    """
    light = float(luminance(linear_from_srgb(monk_srgb(skin.monk))))
    warm = float(np.clip((6 - skin.monk) / 5, 0, 1))
    dark = float(np.clip((skin.monk - 6.5) / 3.5, 0, 1))
    light *= (0.8 - 0.24 * warm) * (1 + 0.4 * dark)
    lightness = 116 * max(light, 0.05) ** (1 / 3) - 16
    redness, yellowness = (float(np.interp(lightness, LIGHTNESS, values)) for values in (REDNESS, YELLOWNESS))
    linear = linear_from_lab(lightness, redness, yellowness + 2 * skin.undertone)
    return np.clip(linear, 0.012, 0.9)


def paint_skin(body: Body, skin: Skin, scalp: np.ndarray, beard: np.ndarray) -> dict[str, np.ndarray]:
    """Attributes per vertex of the whole body: `tone` `(V, 3)` linear; `photo` (how far the maps colour it), `freckle`,
    `shine` `(V,)` in [0, 1].

    `scalp` and `beard` `(V, 3)`-less masks `(V,)`: how densely short hair darkens the skin there; colour in
    `skin.hair_linear`.
    """
    model, rest = body.model, body.rest
    base = albedo(skin)
    color = np.repeat(base[None], len(rest), 0)
    masks = model.masks
    balls = [eye_ball(body, side) for side in ("left", "right")]
    left, right = (centre for centre, _ in balls)
    unit_m = head_scale(body)
    mouth = rest[masks["lips"] > 0.5].mean(0)

    def spot(x: float, y_from: np.ndarray, z: float, size: tuple[float, float]) -> np.ndarray:
        dx = (np.abs(rest[:, 0]) - x * unit_m) / (size[0] * unit_m)
        dz = (rest[:, 2] - y_from[2] - z * unit_m) / (size[1] * unit_m)
        front = np.clip((left[1] + 0.035 * unit_m - rest[:, 1]) / (0.02 * unit_m), 0, 1)
        return np.exp(-(dx**2) - dz**2) * front * np.clip(masks["face"] * 1.5, 0, 1)

    eyes = (left + right) / 2
    cheeks = spot(0.04, eyes, -0.04, (0.022, 0.018))
    nose = spot(0.0, eyes, -0.043, (0.014, 0.012))
    chin = spot(0.0, mouth, -0.03, (0.022, 0.012))
    ears = masks["ears"]
    blood = skin.redness * (0.7 * cheeks + 0.7 * nose + 0.3 * chin + 0.6 * ears)
    # Blood absorbs green and blue; dark skin hides it.
    veil = float(np.clip(base.mean() / 0.35, 0.15, 1))
    color *= 1 - veil * blood[:, None] * np.array([0.06, 0.34, 0.3])
    under = spot(0.032, eyes, -0.017, (0.017, 0.008))
    color *= 1 - (skin.under_eye * under)[:, None] * np.array([0.2, 0.26, 0.16])
    # Where a lid touches the ball it is wet and rosy.
    gap = np.min([np.linalg.norm(rest - centre, axis=1) - radius for centre, radius in balls], 0)
    rim = np.exp(-((gap / (0.0013 * unit_m)) ** 2))
    color *= 1 - (0.6 * veil * rim)[:, None] * np.array([0.05, 0.3, 0.26])
    # Roots of the lashes and their shadow draw a line along the upper lid, fainter along the lower.
    upper = np.clip((rest[:, 2] - eyes[2]) / (0.002 * unit_m) + 0.5, 0.3, 1)
    color *= 1 - (0.5 * upper * np.exp(-(((gap - 0.0014 * unit_m) / (0.0011 * unit_m)) ** 2)))[:, None]
    lips = np.clip(masks["lips"], 0, 1)[:, None]
    # The maps of dark skin have lips near the skin's own brightness, which look chalky where the skin is lighter.
    pale = sum(weight for name, weight in skin.maps if "_african_" in name)
    color *= 1 - pale * lips * np.array([0.2, 0.42, 0.38])
    # Thin skin lets blood show; the maps' lips are paler than filmed ones (benchmarks/people_statistics.py).
    color *= 1 - (0.4 + 0.6 * veil) * lips * np.array([0.12, 0.27, 0.23])
    paint = 0.85 * lips * skin.lip_colour
    color = color * (1 - paint) + paint * np.array(skin.lip_linear) * (0.4 + 0.6 * veil)
    lids = np.clip(np.maximum(masks["eyelids"], spot(0.033, eyes, 0.011, (0.017, 0.007))), 0, 1)
    color = paint_makeup(color, skin.makeup, lids, rim, cheeks)
    hair = np.array(skin.hair_linear)
    shade = np.clip(scalp * 0.75 + beard, 0, 0.9)[:, None]
    color = color * (1 - shade) + shade * (0.65 * hair + 0.15 * base)
    freckle = skin.freckles * np.clip(1.2 * cheeks + 1.0 * nose + 0.35 * masks["face"], 0, 1)
    forehead = spot(0.0, eyes, 0.045, (0.04, 0.02))
    shine = skin.oiliness * np.clip(nose + 0.6 * forehead + 0.4 * cheeks, 0, 1) + 0.4 * lips[:, 0] + rim
    # The maps' scalps wear painted hair; and what lips are painted with hides what is below.
    crown = body.model.weights[:, body.model.bones.index("head")] * (1 - np.clip(1.5 * masks["face"] + ears, 0, 1))
    photo = (1 - np.clip(crown, 0, 1)) * (1 - 0.6 * paint[:, 0])
    return {
        "tone": color.astype(np.float32),
        "photo": photo.astype(np.float32),
        "freckle": freckle.astype(np.float32),
        "shine": np.clip(shine, 0, 1).astype(np.float32),
    }
