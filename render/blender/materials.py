"""Surfaces: a `scenes.spec.Material` record -> a Cycles material. Every kind is written here and nowhere else.

Kinds and their `params` (all optional; colours are linear Rec.709 triples, lengths metres):

- `skin`: roughness, subsurface, scale_m, pores, folds_m, freckle_linear (without it there are no freckles), fuzz,
face_uv (left, low, width, height of the face in the texture); textures photo (sRGB, half the ratio by which the tone
differs), relief (0.62 is flat), and on the face grain (0.5 is flat) and creases (depths); attributes of the mesh:
tone (linear colour), photo, freckle, shine; its values per frame: creases, how far each of the three shows
- `eye`: color, roughness; textures base_color. `cornea`: ior, roughness (a clear coat that casts no shadow)
- `diffuse`: color (a perfect diffuser)
- `teeth`, `tongue`, `plastic`, `metal`, `foam`: color, roughness; `plastic` also mottle_linear, its colour in spots
- `cloth`: color, roughness, specular, sheen, weave_m, weave, crease_m, bump_depth_m; textures base_color, bump, each
with the length of one repeat, base_color_m, bump_m
- `underhair`: color
- `hair`, `lash`: melanin, redness or instead color; roughness, radial_roughness, tint; `glass`: color, ior, roughness,
reflect (the share of a plain surface's reflection)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from render.blender.nodes import Nodes, Socket, Triple, new_material
from scenes.spec import Material


def make_material(name: str, material: Material, images: dict[str, bpy.types.Image]) -> bpy.types.Material:
    """The Cycles material of one record; `images` are those of `Geometry.images`. Unknown kind: ValueError."""
    return new_material(name, material, images, _Nodes, _KINDS)


_CREASE_M, _GRAIN_M = 0.0012, 0.0014
"""How deep the deepest crease of an expression is, and what white stands for over black in the skin's fine relief."""


class _Nodes(Nodes):
    """Nodes of what moves: textures by UV, noise over the rest position."""

    def color(self, default: Triple, key: str = "color") -> tuple[float, float, float, float]:
        red, green, blue = (float(c) for c in self.params.get(key, default))
        return red, green, blue, 1.0

    def texture(self, slot: str) -> Socket | None:
        if slot not in self.textures:
            return None
        node = self.add("ShaderNodeTexImage", image=self.images[self.textures[slot]], interpolation="Cubic")
        if (size := self.params.get(f"{slot}_m")) is not None:
            # Texture places are metres of cloth; one repeat of the picture is `size` of them.
            scale = self.plug(self.add("ShaderNodeVectorMath", operation="SCALE"), Scale=1.0 / float(size))
            self.link(self.add("ShaderNodeTexCoord").outputs["UV"], scale.inputs[0])
            self.link(scale.outputs["Vector"], node.inputs["Vector"])
        return node.outputs["Color"]

    def face_texture(self, slot: str, extension: str = "EXTEND") -> Socket | None:
        """A texture that lies over the face's part of the body's."""
        if slot not in self.textures:
            return None
        node = self.add("ShaderNodeTexImage", image=self.images[self.textures[slot]], extension=extension)
        where = self.add("ShaderNodeMapping", vector_type="TEXTURE")
        left, low, width, height = self.params["face_uv"]
        self.plug(where, Vector=self.add("ShaderNodeTexCoord").outputs["UV"])
        self.plug(where, Location=(left, low, 0.0), Scale=(width, height, 1.0))
        self.link(where.outputs["Vector"], node.inputs["Vector"])
        return node.outputs["Color"]

    def principled(self, color: Triple, roughness: float, **inputs: Any) -> bpy.types.Node:
        node = self.add("ShaderNodeBsdfPrincipled")
        self.plug(node, Base_Color=self.color(color), Roughness=self.number("roughness", roughness), **inputs)
        if (image := self.texture("base_color")) is not None:
            self.link(image, node.inputs["Base Color"])
        return node

    def constant(self, color: tuple[float, float, float, float]) -> Socket:
        node = self.add("ShaderNodeRGB")
        node.outputs[0].default_value = color
        return node.outputs[0]

    def noise(self, size_m: float, detail: float = 2.0) -> Socket:
        """Noise over the rest position (attribute `rest`), so that it sticks to a moving surface."""
        node = self.add("ShaderNodeTexNoise")
        return self.plug(node, Scale=1.0 / size_m, Detail=detail, Vector=self.attribute("rest")).outputs["Fac"]


def _skin(n: _Nodes) -> Socket:
    node = n.principled((0.5, 0.3, 0.22), 0.46, Subsurface_Weight=n.number("subsurface", 1.0))
    node.subsurface_method = "RANDOM_WALK"
    n.plug(node, Subsurface_Radius=(1.0, 0.35, 0.2), Subsurface_Scale=n.number("scale_m", 0.0025))
    color = n.attribute("tone")
    if "grain" not in n.textures:
        # Blotches of a few centimetres: no skin is even. With a grain they are in the photo.
        color = n.mix("MULTIPLY", 1.0, color, n.grade(n.noise(0.021), 0.3, 0.7, 0.93, 1.06))
    if "freckle_linear" in n.params:
        share = n.maths("MULTIPLY", n.grade(n.noise(0.0028, 1.0), 0.57, 0.66), n.attribute("freckle", "Fac"))
        color = n.mix("MULTIPLY", share, color, n.constant(n.color((0.5, 0.33, 0.26), "freckle_linear")))
    photo = n.texture("photo")
    if photo is not None:
        ratio = n.mix("MIX", n.attribute("photo", "Fac"), n.constant((0.5, 0.5, 0.5, 1.0)), photo)
        color = n.mix("MULTIPLY", 1.0, color, n.mix("ADD", 1.0, ratio, ratio))
    folds = None
    if (relief := n.texture("relief")) is not None:
        flat = n.constant((0.62, 0.62, 0.62, 1.0))
        folds = n.bump(n.mix("MIX", n.attribute("photo", "Fac"), flat, relief), n.number("folds_m", 0.0016))
    if (creases := n.face_texture("creases", "CLIP")) is not None:
        pressed = n.add("ShaderNodeVectorMath", operation="DOT_PRODUCT")
        n.link(creases, pressed.inputs[0])
        n.link(n.own("creases"), pressed.inputs[1])
        depth = pressed.outputs["Value"]
        color = n.mix("MULTIPLY", depth, color, n.constant((0.72, 0.6, 0.58, 1.0)))
        folds = n.bump(n.maths("MULTIPLY", depth, -1.0), _CREASE_M, 1.0, folds)
    if (grain := n.face_texture("grain")) is not None:
        normal = n.bump(grain, _GRAIN_M, 4 * n.number("pores", 0.25), folds)
    else:
        normal = n.bump(n.noise(0.0011, 3.0), 0.0004, n.number("pores", 0.25), folds)
    coat = n.maths("MULTIPLY", n.attribute("shine", "Fac"), 0.35)
    n.plug(node, Base_Color=color, Normal=normal, Specular_IOR_Level=0.42, Coat_Roughness=0.3, Coat_Weight=coat)
    n.plug(node, Sheen_Weight=n.number("fuzz", 0.0), Sheen_Roughness=0.4, Coat_Normal=normal)
    return node.outputs["BSDF"]


def _clear(n: _Nodes) -> Socket:
    """Reflection by Fresnel over a see-through surface: no refraction, so light reaches what lies behind."""
    fresnel = n.plug(n.add("ShaderNodeFresnel"), IOR=n.number("ior", 1.376)).outputs[0]
    through = n.plug(n.add("ShaderNodeBsdfTransparent"), Color=n.color((1.0, 1.0, 1.0))).outputs[0]
    gloss = n.plug(n.add("ShaderNodeBsdfGlossy"), Roughness=n.number("roughness", 0.03)).outputs[0]
    # Cycles fires both faces of a thin shell; the back face would double the reflection.
    front = n.maths("SUBTRACT", 1.0, n.add("ShaderNodeNewGeometry").outputs["Backfacing"])
    reflected = n.maths("MULTIPLY", fresnel, n.number("reflect", 1.0))
    return n.blend(n.maths("MULTIPLY", reflected, front), through, gloss)


def _cloth(n: _Nodes) -> Socket:
    node = n.principled((0.1, 0.12, 0.2), 0.85, Sheen_Weight=n.number("sheen", 0.15), Sheen_Roughness=0.5)
    # No worn cloth is quite smooth: creases of some centimetres, sharp where they rise.
    crease = n.maths("ABSOLUTE", n.maths("SUBTRACT", n.noise(0.05, 2.5), 0.5))
    normal = n.bump(n.maths("MULTIPLY", crease, -1.0), 12 * n.number("crease_m", 0.0006))
    weave_m = n.number("weave_m", 0.0009)
    normal = n.bump(n.noise(weave_m), weave_m, n.number("weave", 0.5), normal)
    if (height := n.texture("bump")) is not None:
        normal = n.bump(height, n.number("bump_depth_m", 0.0012), 1.0, normal)
    return n.plug(node, Specular_IOR_Level=n.number("specular", 0.2), Normal=normal).outputs["BSDF"]


def _hair(n: _Nodes) -> Socket:
    painted = "color" in n.params
    node = n.add("ShaderNodeBsdfHairPrincipled", model="CHIANG", parametrization="COLOR" if painted else "MELANIN")
    if painted:
        n.plug(node, Color=n.color((0.5, 0.5, 0.5)))
    else:
        n.plug(node, Melanin=n.number("melanin", 0.8), Melanin_Redness=n.number("redness", 0.4))
        n.plug(node, Tint=n.color((1.0, 1.0, 1.0), "tint"), Random_Color=n.number("random_color", 0.15))
    n.plug(node, Roughness=n.number("roughness", 0.32), Radial_Roughness=n.number("radial_roughness", 0.45))
    return n.plug(node, Random_Roughness=0.1).outputs["BSDF"]


def _underhair(n: _Nodes) -> Socket:
    """What lies in the depth of thick hair: dull, dark, crinkled."""
    node = n.principled((0.01, 0.008, 0.006), 1.0, Specular_IOR_Level=0.05)
    return n.plug(node, Normal=n.bump(n.noise(0.006, 3.0), 0.006)).outputs["BSDF"]


def _diffuse(n: _Nodes) -> Socket:
    """A perfect diffuser: what light meters and white-furnace tests are made of."""
    return n.plug(n.add("ShaderNodeBsdfDiffuse"), Color=n.color((0.5, 0.5, 0.5))).outputs["BSDF"]


def _plastic(n: _Nodes) -> Socket:
    node = n.principled((0.02, 0.02, 0.022), 0.35)
    if "mottle_linear" in n.params:
        one, other = (n.constant(n.color((0.02, 0.02, 0.022), key)) for key in ("color", "mottle_linear"))
        n.plug(node, Base_Color=n.mix("MIX", n.grade(n.noise(0.007, 1.0), 0.4, 0.6), one, other))
    return node.outputs["BSDF"]


def _hard(color: Triple, roughness: float, **inputs: Any) -> Callable[[_Nodes], Socket]:
    return lambda n: n.principled(color, roughness, **inputs).outputs["BSDF"]


def _subsurface(weight: float, radius: Triple, scale_m: float) -> dict[str, Any]:
    """How much light goes in, and how far, by channel."""
    return {"Subsurface_Weight": weight, "Subsurface_Radius": radius, "Subsurface_Scale": scale_m}


_KINDS = {
    "skin": _skin,
    "eye": _hard((0.75, 0.7, 0.68), 0.3, **_subsurface(0.15, (1.0, 0.4, 0.3), 0.0012), Specular_IOR_Level=0.2),
    "cornea": _clear,
    "glass": _clear,
    "teeth": _hard((0.68, 0.6, 0.46), 0.22, **_subsurface(0.3, (1.0, 0.8, 0.6), 0.001)),
    "tongue": _hard((0.35, 0.09, 0.08), 0.3, **_subsurface(0.5, (1.0, 0.3, 0.2), 0.003)),
    "cloth": _cloth,
    "hair": _hair,
    "lash": _hair,
    "underhair": _underhair,
    "diffuse": _diffuse,
    "plastic": _plastic,
    "metal": _hard((0.6, 0.58, 0.55), 0.25, Metallic=1.0),
    "foam": _hard((0.02, 0.02, 0.02), 0.9, Sheen_Weight=0.3),
}
