"""A garment on a body: its cloth cut and hung, sleeves ended, its own parts sewn on, and the materials of it all."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.body.body import Body
from scenes.clothes.cuffs import build_sleeve_ends
from scenes.clothes.cut import cut_cloth
from scenes.clothes.fabric import paint_pattern, paint_rib
from scenes.clothes.garment import Fitting
from scenes.clothes.garments import GARMENTS
from scenes.clothes.piece import Piece
from scenes.clothes.record import Clothing
from scenes.clothes.trousers import trousers
from scenes.mesh.surface import Solid, triangles, vertex_normals
from scenes.spec import Material


def build_garment(body: Body, clothing: Clothing, rng: np.random.Generator) -> list[Piece]:
    """The pieces of what is worn, the outer cloth (`garment`) first."""
    garment = GARMENTS[clothing.kind]
    cloth = cut_cloth(body, clothing, rng, garment.clearance_m, garment.cuff_m)
    ends = build_sleeve_ends(body, clothing.sleeve, cloth.sleeves, garment.sleeve_ends)
    skin = body.part("body")
    normals = vertex_normals(body.rest, triangles(body.model.faces["body"]))[skin]
    fitting = Fitting(body, clothing, cloth, Solid(body.rest[skin].astype(float), normals), rng)
    return [cloth.piece("garment"), *ends, *garment.sew(fitting), trousers(body, clothing)]


def cloth_materials(clothing: Clothing, rng: np.random.Generator) -> tuple[dict[str, Material], dict[str, np.ndarray]]:
    """The materials of a garment's pieces and the textures that they name; prints are drawn from `rng`."""
    plain: dict[str, Any] = {
        "color": clothing.color_linear, "weave_m": clothing.weave_m, "sheen": clothing.sheen,
        "crease_m": clothing.crease_m,
    }  # fmt: skip
    outer, textures = dict(plain), {}
    images: dict[str, np.ndarray] = {}
    if (pattern := clothing.pattern) is not None:
        images["pattern"] = paint_pattern(pattern, clothing.color_linear, rng)
        outer["base_color_m"], textures["base_color"] = pattern.size_m, "pattern"
    if clothing.knit_m:
        images["knit"] = GARMENTS[clothing.kind].paint_knit()
        textures["bump"], outer["bump_m"], outer["bump_depth_m"] = "knit", clothing.knit_m, 0.3 * clothing.knit_m
    images["rib"] = paint_rib()
    ribbed = {**plain, "bump_m": clothing.rib_m, "bump_depth_m": 0.3 * clothing.rib_m, "crease_m": 0.0}
    inner = {"color": clothing.inner_linear, "weave_m": 0.0006, "sheen": 0.02, "crease_m": 0.0008}
    materials = {
        "cloth": Material("cloth", outer, textures),
        "rib": Material("cloth", ribbed, {"bump": "rib"}),
        "cloth_inner": Material("cloth", inner),
        "trousers": Material("cloth", {"color": clothing.lower_linear or clothing.inner_linear, "weave_m": 0.0008}),
        "tie": Material("cloth", {"color": clothing.tie_linear, "specular": 0.4, "roughness": 0.5, "crease_m": 0.0}),
        "cord": Material("cloth", {"color": clothing.cord_linear, "weave_m": 0.001, "sheen": 0.1, "crease_m": 0.0}),
        "button": Material("plastic", {"color": clothing.button_linear, "roughness": 0.3}),
    }
    return materials, images
