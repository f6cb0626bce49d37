"""Beards and stubble: hairs rooted in the skin of cheeks, lip and chin, which they follow as the jaw moves."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from core.ranges import choice, uniform
from scenes.body.body import Body
from scenes.hair.config import BeardsConfig
from scenes.hair.scalp import Skull
from scenes.hair.thinning import coarser
from scenes.mesh.surface import Binding, scatter, triangles, unit, vertex_normals
from scenes.person_record import Beard, BeardStyle

_PARTS: dict[BeardStyle, tuple[str, ...]] = {
    "stubble": ("lip", "chin", "cheeks"),
    "short": ("lip", "chin", "cheeks"),
    "full": ("lip", "chin", "cheeks"),
    "goatee": ("lip", "chin"),
    "moustache": ("lip",),
}
_THINNEST_PX = 0.3
_UNDER_SHORTER = 0.6
"""By how much hairs that grow downwards, below the chin, are shorter, as a share."""
_RIM_THINNER, _BEYOND = 1.8, 0.35
"""The power of a beard's density by which its hairs stand, and the part of its length of a hair that would reach
beyond it."""
SHAVEN = Beard("stubble", 0.0, 0.35, 1.0, 1.0)
"""Where a shaven beard shows through."""


def draw_beard(share: float, config: BeardsConfig, female: bool, rng: np.random.Generator) -> Beard | None:
    """A beard or None; `share`: of the men who have one."""
    if rng.random() >= share or female:
        return None
    style = choice(rng, config.kinds)
    return Beard(style, **{name: round(uniform(rng, pair), 5) for name, pair in getattr(config, style)})


def beard_density(body: Body, skull: Skull, beard: Beard | None) -> np.ndarray:
    """`(V,)` in [0, 1]: where beard hairs grow; zero for none."""
    out = np.zeros(len(body.rest))
    if beard is None:
        return out
    model, unit_m = body.model, skull.unit_m
    lips = body.rest[model.masks["lips"] > 0.5]
    mouth, half = lips.mean(0), float(np.ptp(lips[:, 0])) / 2
    upper, lower = float(lips[:, 2].max()), float(lips[:, 2].min())
    x = np.abs(body.rest[:, 0]) / unit_m
    z = body.rest[:, 2]
    ramp = lambda value, width: np.clip(value / (width * unit_m) + 0.5, 0, 1)
    ear = body.rest[model.masks["ears"] > 0.5]
    ear_y = float(ear[:, 1].min()) if len(ear) else skull.centre[1]
    front = ramp(ear_y + 0.012 * unit_m - body.rest[:, 1], 0.012)
    chin_z = mouth[2] - 0.052 * unit_m
    # Under the chin the beard ends where the neck begins.
    throat = ramp(z - (chin_z - 0.006 * unit_m - 0.12 * np.clip(body.rest[:, 1] - mouth[1], 0, 0.1)), 0.01)
    side = half / unit_m
    lip = (
        ramp((side + 0.006 - x) * unit_m, 0.006)
        * ramp(z - upper + 0.001, 0.004)
        * ramp(upper + 0.013 * unit_m - z, 0.005)
    )
    chin = ramp((side + 0.006 - x) * unit_m, 0.008) * ramp(lower - 0.004 * unit_m - z, 0.006) * throat
    corner = ramp((side + 0.009 - x) * unit_m, 0.006) * ramp((x - side + 0.002) * unit_m, 0.006)
    corner = corner * ramp(upper + 0.004 - z, 0.008) * throat
    # From the sideburn down to the corner of the mouth: bare above that line.
    along = np.clip((body.rest[:, 1] - mouth[1]) / (ear_y - mouth[1]), 0, 1)
    line = mouth[2] + (0.004 + 0.012 * beard.cheek + 0.032 * along**1.6) * unit_m
    cheeks = ramp((x - side + 0.004) * unit_m, 0.01) * ramp(line - z, 0.014) * throat
    parts = {"lip": np.maximum(lip, corner * (z > lower)), "chin": np.maximum(chin, corner), "cheeks": cheeks}
    for part in _PARTS[beard.style]:
        out = np.maximum(out, parts[part])
    shown = np.zeros(len(out), bool)
    shown[body.part("body")] = True
    out *= shown * front * (1 - np.clip(2 * model.masks["lips"], 0, 1)) * (1 - np.clip(2 * model.masks["ears"], 0, 1))
    return np.where(out > 0.02, out * beard.density, 0).astype(np.float32)


def beard_strands(
    body: Body, skull: Skull, beard: Beard, density: np.ndarray, pixel_m: float, rng: np.random.Generator
) -> tuple[Binding, np.ndarray, np.ndarray] | None:
    """Roots bound to the skin, strand offsets `(N, K, 3)` from the root in the rest, and radii `(N, K)`; None where
    shade alone shows what is shorter than a pixel."""
    length = beard.length_m
    if length < 0.8 * pixel_m:
        return None
    tris = triangles(body.model.faces["body"])
    normals = vertex_normals(body.rest, tris)
    radius = 0.00006 if beard.style == "stubble" else 0.0001
    thicker = coarser(_THINNEST_PX, pixel_m, radius)
    count = int({"stubble": 5500, "moustache": 1500, "goatee": 3200}.get(beard.style, 9000) / thicker)
    # Thinned twice over at the rim, where single hairs would fray it.
    inside = density.astype(float) / beard.density
    found = scatter(body.rest, tris, inside**_RIM_THINNER, count, rng)
    at, normal = found.of(body.rest), unit(found.of(normals))
    lips = body.rest[body.model.masks["lips"] > 0.5].mean(0)
    # Hairs grow down and away from the middle, and lie closer to the skin the longer they are.
    flow = np.stack(
        [0.9 * np.sign(at[:, 0]) * np.clip(np.abs(at[:, 0] - lips[0]) / 0.03, 0, 1), 0 * at[:, 0], -np.ones(count)], 1
    )
    share = np.clip(found.of(inside), 0, 1)
    astray = 0.1 + 0.2 * share
    flow = unit(flow - normal * (flow * normal).sum(1, keepdims=True)) + astray[:, None] * rng.normal(0, 1, (count, 3))
    lift = float(np.interp(length, [0.001, 0.006, 0.02], [1.2, 0.5, 0.4]))
    t = np.linspace(0, 1, 3 if length < 0.003 else 5)
    size = length * rng.uniform(0.6, 1.05, count)
    # Trimmed where it ends, at the throat and on the cheeks, and where a hair would reach beyond.
    size = size * np.clip(share, 0.25, 1)
    shown = body.part("body")
    _, nearest = cKDTree(body.rest[shown]).query(at + unit(flow) * size[:, None])
    size = size * (_BEYOND + (1 - _BEYOND) * np.clip(2 * inside[shown[nearest]], 0, 1))
    # Below the chin a beard is cut so that it does not hang off it.
    size = size * (1 - _UNDER_SHORTER * np.clip((-normal[:, 2] - 0.1) / 0.5, 0, 1))
    down = np.array([0.0, 0.0, -1.0])
    droop = np.clip(length / 0.02, 0, 1)
    line = unit(flow)[:, None] * t[:, None] + normal[:, None] * (lift * t * (1 - 0.35 * t))[:, None]
    line = line + down * (0.35 * droop * t * t)[:, None]
    curl = rng.normal(0, 0.1, (count, 1, 3)) * (t * t)[:, None]
    offset = (line + curl) * size[:, None, None]
    offset[:, 0] -= normal * 0.0003
    thick = radius * thicker * np.interp(t, [0, 0.6, 1], [0.9, 0.9, 0.3]) * rng.uniform(0.7, 1.2, (count, 1))
    return found, offset.astype(np.float32), thick.astype(np.float32)
