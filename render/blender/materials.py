"""Surfaces: a `scenes.spec.Material` record -> a Cycles material. Every kind is written here and nowhere else.

Kinds and their `params` (all optional; colours are linear Rec.709 triples, lengths metres):

- `skin`: roughness, subsurface, scale_m, pores, folds_m, freckle_linear; textures photo (sRGB, half the ratio by which
the tone differs), relief (0.62 is flat); attributes of the mesh: tone (linear colour), photo, freckle, shine
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
import numpy as np

from scenes.spec import Material


def make_image(name: str, pixels: np.ndarray) -> bpy.types.Image:
    """A Blender image from `(H, W, 3)` uint8 sRGB or `(H, W)` uint8 data; row 0 is the top, as outside Blender."""
    height, width = pixels.shape[:2]
    data = pixels.ndim == 2
    image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=False, is_data=data)
    image.colorspace_settings.name = "Non-Color" if data else "sRGB"
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., :3] = (pixels[..., None] if data else pixels)[::-1].astype(np.float32) / 255
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    image.pack()
    return image


def make_material(name: str, material: Material, images: dict[str, bpy.types.Image]) -> bpy.types.Material:
    """The Cycles material of one record; `images` are those of `Geometry.images`. Unknown kind: ValueError."""
    build = _KINDS.get(material.kind)
    if build is None:
        raise ValueError(
            f"material {name}: unknown kind {material.kind!r}; expected one of {', '.join(sorted(_KINDS))}"
        )
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes.clear()
    nodes = _Nodes(made.node_tree, material, images)
    nodes.link(build(nodes), nodes.add("ShaderNodeOutputMaterial").inputs["Surface"])
    return made


class _Nodes:
    """A node tree being built, with the record's numbers at hand."""

    def __init__(self, tree: bpy.types.NodeTree, material: Material, images: dict[str, bpy.types.Image]):
        self.tree, self.params, self.textures, self.images = tree, material.params, material.textures, images

    def add(self, kind: str, **values: Any) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for key, value in values.items():
            setattr(node, key, value)
        return node

    def link(self, output: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
        self.tree.links.new(output, target)

    def number(self, key: str, default: float) -> float:
        return float(self.params.get(key, default))

    def color(self, default: tuple[float, float, float], key: str = "color") -> tuple[float, float, float, float]:
        red, green, blue = (float(c) for c in self.params.get(key, default))
        return red, green, blue, 1.0

    def texture(self, slot: str) -> bpy.types.NodeSocket | None:
        if slot not in self.textures:
            return None
        node = self.add("ShaderNodeTexImage", image=self.images[self.textures[slot]], interpolation="Cubic")
        if (size := self.params.get(f"{slot}_m")) is not None:
            # Texture places are metres of cloth; one repeat of the picture is `size` of them.
            scale = self.add("ShaderNodeVectorMath", operation="SCALE")
            scale.inputs["Scale"].default_value = 1.0 / float(size)
            self.link(self.add("ShaderNodeTexCoord").outputs["UV"], scale.inputs[0])
            self.link(scale.outputs["Vector"], node.inputs["Vector"])
        return node.outputs["Color"]

    def principled(self, color: tuple[float, float, float], roughness: float, **inputs: Any) -> bpy.types.Node:
        node = self.add("ShaderNodeBsdfPrincipled")
        node.inputs["Base Color"].default_value = self.color(color)
        node.inputs["Roughness"].default_value = self.number("roughness", roughness)
        for key, value in inputs.items():
            node.inputs[key.replace("_", " ")].default_value = value
        if (image := self.texture("base_color")) is not None:
            self.link(image, node.inputs["Base Color"])
        return node

    def attribute(self, name: str, output: str) -> bpy.types.NodeSocket:
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs[output]

    def constant(self, color: tuple[float, float, float, float]) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeRGB")
        node.outputs[0].default_value = color
        return node.outputs[0]

    def grade(
        self, value: bpy.types.NodeSocket, low: float, high: float, to_low: float, to_high: float
    ) -> bpy.types.NodeSocket:
        """A value mapped linearly from one range to another, clamped."""
        node = self.add("ShaderNodeMapRange", clamp=True)
        for name, number in (("From Min", low), ("From Max", high), ("To Min", to_low), ("To Max", to_high)):
            node.inputs[name].default_value = number
        self.link(value, node.inputs["Value"])
        return node.outputs["Result"]

    def maths(self, operation: str, a: bpy.types.NodeSocket, b: bpy.types.NodeSocket | float) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeMath", operation=operation)
        self._plug(a, node.inputs[0])
        self._plug(b, node.inputs[1])
        return node.outputs[0]

    def mix(self, blend: str, share: Any, a: bpy.types.NodeSocket, b: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
        """Colour mix: `share` of `a` blended with `b`."""
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for value, place in ((share, 0), (a, 6), (b, 7)):
            self._plug(value, node.inputs[place])
        return node.outputs[2]

    def _plug(self, value: bpy.types.NodeSocket | float, target: bpy.types.NodeSocket) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, target)
        else:
            target.default_value = value

    def noise(self, size_m: float, detail: float = 2.0) -> bpy.types.NodeSocket:
        """Noise over the rest position (attribute `rest`), so that it sticks to a moving surface."""
        node = self.add("ShaderNodeTexNoise")
        node.inputs["Scale"].default_value = 1.0 / size_m
        node.inputs["Detail"].default_value = detail
        self.link(self.attribute("rest", "Vector"), node.inputs["Vector"])
        return node.outputs["Fac"]

    def bump(
        self,
        height: bpy.types.NodeSocket,
        distance_m: float,
        strength: float,
        before: bpy.types.NodeSocket | None = None,
    ) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeBump")
        node.inputs["Distance"].default_value = distance_m
        node.inputs["Strength"].default_value = strength
        self.link(height, node.inputs["Height"])
        if before is not None:
            self.link(before, node.inputs["Normal"])
        return node.outputs["Normal"]


def _skin(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.5, 0.3, 0.22), 0.46, Subsurface_Weight=n.number("subsurface", 1.0))
    node.subsurface_method = "RANDOM_WALK"
    node.inputs["Subsurface Radius"].default_value = (1.0, 0.35, 0.2)
    node.inputs["Subsurface Scale"].default_value = n.number("scale_m", 0.0025)
    node.inputs["Specular IOR Level"].default_value = 0.3
    node.inputs["Coat Roughness"].default_value = 0.3
    color = n.attribute("tone", "Vector")
    # Blotches of a few centimetres and of a few millimetres: no skin is even.
    for size_m, low, high in ((0.021, 0.93, 1.06), (0.0035, 0.95, 1.045)):
        color = n.mix("MULTIPLY", 1.0, color, n.grade(n.noise(size_m), 0.3, 0.7, low, high))
    spots = n.grade(n.noise(0.0028, 1.0), 0.57, 0.66, 0.0, 1.0)
    share = n.maths("MULTIPLY", spots, n.attribute("freckle", "Fac"))
    color = n.mix("MULTIPLY", share, color, n.constant(n.color((0.5, 0.33, 0.26), "freckle_linear")))
    photo = n.texture("photo")
    if photo is not None:
        ratio = n.mix("MIX", n.attribute("photo", "Fac"), n.constant((0.5, 0.5, 0.5, 1.0)), photo)
        color = n.mix("MULTIPLY", 1.0, color, n.mix("ADD", 1.0, ratio, ratio))
    n.link(color, node.inputs["Base Color"])
    n.link(n.maths("MULTIPLY", n.attribute("shine", "Fac"), 0.35), node.inputs["Coat Weight"])
    folds = None
    if (relief := n.texture("relief")) is not None:
        flat = n.constant((0.62, 0.62, 0.62, 1.0))
        folds = n.bump(n.mix("MIX", n.attribute("photo", "Fac"), flat, relief), n.number("folds_m", 0.0016), 1.0)
    normal = n.bump(n.noise(0.0011, 3.0), 0.0004, n.number("pores", 0.25), folds)
    n.link(normal, node.inputs["Normal"])
    return node.outputs["BSDF"]


def _eye(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.75, 0.7, 0.68), 0.3, Subsurface_Weight=0.15)
    node.inputs["Subsurface Radius"].default_value = (1.0, 0.4, 0.3)
    node.inputs["Subsurface Scale"].default_value = 0.0012
    node.inputs["Specular IOR Level"].default_value = 0.2
    return node.outputs["BSDF"]


def _clear(n: _Nodes) -> bpy.types.NodeSocket:
    """Reflection by Fresnel over a see-through surface: no refraction, so light reaches what lies behind."""
    fresnel = n.add("ShaderNodeFresnel")
    fresnel.inputs["IOR"].default_value = n.number("ior", 1.376)
    through = n.add("ShaderNodeBsdfTransparent")
    through.inputs["Color"].default_value = n.color((1.0, 1.0, 1.0))
    gloss = n.add("ShaderNodeBsdfGlossy")
    gloss.inputs["Roughness"].default_value = n.number("roughness", 0.03)
    mix = n.add("ShaderNodeMixShader")
    # Cycles fires both faces of a thin shell; the back face would double the reflection.
    front = n.add("ShaderNodeNewGeometry")
    invert = n.add("ShaderNodeMath", operation="SUBTRACT")
    invert.inputs[0].default_value = 1.0
    n.link(front.outputs["Backfacing"], invert.inputs[1])
    share = n.add("ShaderNodeMath", operation="MULTIPLY")
    n.link(n.maths("MULTIPLY", fresnel.outputs[0], n.number("reflect", 1.0)), share.inputs[0])
    n.link(invert.outputs[0], share.inputs[1])
    n.link(share.outputs[0], mix.inputs[0])
    n.link(through.outputs[0], mix.inputs[1])
    n.link(gloss.outputs[0], mix.inputs[2])
    return mix.outputs[0]


def _teeth(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.68, 0.6, 0.46), 0.22, Subsurface_Weight=0.3)
    node.inputs["Subsurface Radius"].default_value = (1.0, 0.8, 0.6)
    node.inputs["Subsurface Scale"].default_value = 0.001
    return node.outputs["BSDF"]


def _tongue(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.35, 0.09, 0.08), 0.3, Subsurface_Weight=0.5)
    node.inputs["Subsurface Radius"].default_value = (1.0, 0.3, 0.2)
    node.inputs["Subsurface Scale"].default_value = 0.003
    return node.outputs["BSDF"]


def _cloth(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.1, 0.12, 0.2), 0.85, Sheen_Weight=n.number("sheen", 0.15), Sheen_Roughness=0.5)
    node.inputs["Specular IOR Level"].default_value = n.number("specular", 0.2)
    # No worn cloth is quite smooth: shallow dents of some centimetres.
    normal = n.bump(n.noise(0.045, 1.5), n.number("crease_m", 0.0006), 1.0)
    weave_m = n.number("weave_m", 0.0009)
    normal = n.bump(n.noise(weave_m, 2.0), weave_m, n.number("weave", 0.5), normal)
    if (height := n.texture("bump")) is not None:
        normal = n.bump(height, n.number("bump_depth_m", 0.0012), 1.0, normal)
    n.link(normal, node.inputs["Normal"])
    return node.outputs["BSDF"]


def _hair(n: _Nodes) -> bpy.types.NodeSocket:
    painted = "color" in n.params
    node = n.add("ShaderNodeBsdfHairPrincipled", model="CHIANG", parametrization="COLOR" if painted else "MELANIN")
    if painted:
        node.inputs["Color"].default_value = n.color((0.5, 0.5, 0.5))
    else:
        node.inputs["Melanin"].default_value = n.number("melanin", 0.8)
        node.inputs["Melanin Redness"].default_value = n.number("redness", 0.4)
        node.inputs["Tint"].default_value = n.color((1.0, 1.0, 1.0), "tint")
        node.inputs["Random Color"].default_value = n.number("random_color", 0.15)
    node.inputs["Roughness"].default_value = n.number("roughness", 0.32)
    node.inputs["Radial Roughness"].default_value = n.number("radial_roughness", 0.45)
    node.inputs["Random Roughness"].default_value = 0.1
    return node.outputs["BSDF"]


def _underhair(n: _Nodes) -> bpy.types.NodeSocket:
    """What lies in the depth of thick hair: dull, dark, crinkled."""
    node = n.principled((0.01, 0.008, 0.006), 1.0)
    node.inputs["Specular IOR Level"].default_value = 0.05
    n.link(n.bump(n.noise(0.006, 3.0), 0.006, 1.0), node.inputs["Normal"])
    return node.outputs["BSDF"]


def _diffuse(n: _Nodes) -> bpy.types.NodeSocket:
    """A perfect diffuser: what light meters and white-furnace tests are made of."""
    node = n.add("ShaderNodeBsdfDiffuse")
    node.inputs["Color"].default_value = n.color((0.5, 0.5, 0.5))
    return node.outputs["BSDF"]


def _plastic(n: _Nodes) -> bpy.types.NodeSocket:
    node = n.principled((0.02, 0.02, 0.022), 0.35)
    if "mottle_linear" in n.params:
        colours = [n.add("ShaderNodeRGB") for _ in range(2)]
        for colour, key in zip(colours, ("color", "mottle_linear"), strict=True):
            colour.outputs[0].default_value = n.color((0.02, 0.02, 0.022), key)
        share = n.grade(n.noise(0.007, 1.0), 0.4, 0.6, 0.0, 1.0)
        n.link(n.mix("MIX", share, colours[0].outputs[0], colours[1].outputs[0]), node.inputs["Base Color"])
    return node.outputs["BSDF"]


def _hard(
    color: tuple[float, float, float], roughness: float, **inputs: Any
) -> Callable[[_Nodes], bpy.types.NodeSocket]:
    return lambda n: n.principled(color, roughness, **inputs).outputs["BSDF"]


_KINDS = {
    "skin": _skin,
    "eye": _eye,
    "cornea": _clear,
    "glass": _clear,
    "teeth": _teeth,
    "tongue": _tongue,
    "cloth": _cloth,
    "hair": _hair,
    "lash": _hair,
    "underhair": _underhair,
    "diffuse": _diffuse,
    "plastic": _plastic,
    "metal": _hard((0.6, 0.58, 0.55), 0.25, Metallic=1.0),
    "foam": _hard((0.02, 0.02, 0.02), 0.9, Sheen_Weight=0.3),
}
