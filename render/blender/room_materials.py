"""Surfaces of indoor rooms: a `scenes.spec.Material` record -> a Cycles material.

It is laid by the attribute `local` (metres in the thing's own axes, X along the grain; pictures 0 to 1) and multiplied
by the attribute `tint`.

Kinds and their `params` (`color`, `second`: linear Rec.709; `roughness`; `scale_m` of the pattern; `wear` 0 to 1):
paint, gloss, diffuse, plain (a perfect diffuser), wood, planks, brick, tiles, ceiling_tiles, concrete, stone,
wallpaper, carpet, rug, fabric, leather, basket, metal, sheer, cloth_thin, pane, photo, book, leaf, facade
(`lit_windows`), image (texture `base_color`), and glow (`radiance` per channel, `sampled`; texture `base_color`).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import bpy

from scenes.spec import Material

Socket: TypeAlias = bpy.types.NodeSocket
_THIN = ("sheer", "cloth_thin", "pane", "leaf", "glow", "facade")
_TWO_TONED = ("wood", "planks", "stone", "wallpaper", "rug")


def make_room_material(name: str, material: Material, images: dict[str, bpy.types.Image]) -> bpy.types.Material:
    """The Cycles material of one record. Unknown kind: ValueError."""
    build = _KINDS.get(material.kind)
    if build is None:
        raise ValueError(
            f"material {name}: unknown kind {material.kind!r}; expected one of {', '.join(sorted(_KINDS))}"
        )
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes.clear()
    nodes = _Nodes(made.node_tree, material, images)
    if material.kind == "glow":
        made.cycles.emission_sampling = "AUTO" if material.params["sampled"] else "NONE"
    elif material.kind == "facade":
        made.cycles.emission_sampling = "NONE"
    surface = build(nodes) if material.kind in _THIN else _seen_or_plain(nodes, build(nodes))
    nodes.link(surface, nodes.add("ShaderNodeOutputMaterial").inputs["Surface"])
    return made


def mean_colour(material: Material) -> tuple[float, float, float]:
    """The reflectance of a surface as a whole, before its tint; linear."""
    color = [float(c) for c in material.params.get("color", (0.4, 0.4, 0.4))]
    if material.kind in _TWO_TONED:
        color = [0.6 * c + 0.4 * float(d) for c, d in zip(color, material.params["second"], strict=True)]
    share = {"metal": 0.5, "concrete": 0.85, "wood": 0.95}.get(material.kind, 1.0)
    return color[0] * share, color[1] * share, color[2] * share


def _seen_or_plain(n: _Nodes, detailed: Socket) -> Socket:
    """The surface as the eye and mirrors see it; light that goes from wall to wall meets a plain diffuser of the same
    colour, whose nodes take a fraction of the time and whose reflections make no sparks."""
    plain, path = n.add("ShaderNodeBsdfDiffuse"), n.add("ShaderNodeLightPath")
    color = (*mean_colour(Material(n.kind, n.params)), 1.0)
    n.link(n.tinted(color), plain.inputs["Color"])
    seen = n.maths("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Singular Ray"])
    return n.blend(seen, plain.outputs[0], detailed)


class _Nodes:
    """A node tree being built, with the record's numbers at hand."""

    def __init__(self, tree: bpy.types.NodeTree, material: Material, images: dict[str, bpy.types.Image]):
        self.tree, self.params, self.textures, self.images = tree, material.params, material.textures, images
        self.kind = material.kind

    def add(self, kind: str, **values: Any) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for key, value in values.items():
            setattr(node, key, value)
        return node

    def link(self, output: Socket, target: Socket) -> None:
        self.tree.links.new(output, target)

    def plug(self, value: Any, target: Socket) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, target)
        else:
            target.default_value = value

    def number(self, key: str, default: float = 0.5) -> float:
        return float(self.params.get(key, default))

    def color(self, key: str = "color") -> tuple[float, float, float, float]:
        r, g, b = (float(c) for c in self.params[key])
        return r, g, b, 1.0

    def attribute(self, name: str, output: str = "Vector") -> Socket:
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs[output]

    def local(self, scale: tuple[float, float, float] = (1, 1, 1)) -> Socket:
        node = self.add("ShaderNodeVectorMath", operation="MULTIPLY")
        self.link(self.attribute("local"), node.inputs[0])
        node.inputs[1].default_value = scale
        return node.outputs["Vector"]

    def noise(
        self, size_m: float, detail: float = 3.0, stretch: tuple[float, float, float] = (1, 1, 1), rough: float = 0.55
    ) -> Socket:
        node = self.add("ShaderNodeTexNoise")
        node.inputs["Scale"].default_value = 1.0 / size_m
        node.inputs["Detail"].default_value = detail
        node.inputs["Roughness"].default_value = rough
        self.link(self.local(stretch), node.inputs["Vector"])
        return node.outputs["Fac"]

    def maths(self, operation: str, a: Any, b: Any = 0.0) -> Socket:
        node = self.add("ShaderNodeMath", operation=operation)
        self.plug(a, node.inputs[0])
        self.plug(b, node.inputs[1])
        return node.outputs[0]

    def grade(self, value: Socket, low: float, high: float, to_low: float = 0.0, to_high: float = 1.0) -> Socket:
        node = self.add("ShaderNodeMapRange", clamp=True)
        for name, number in (("From Min", low), ("From Max", high), ("To Min", to_low), ("To Max", to_high)):
            node.inputs[name].default_value = number
        self.link(value, node.inputs["Value"])
        return node.outputs["Result"]

    def mix(self, blend: str, share: Any, a: Any, b: Any) -> Socket:
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for value, place in ((share, 0), (a, 6), (b, 7)):
            self.plug(value, node.inputs[place])
        return node.outputs[2]

    def scaled(self, color: Any, factor: Socket) -> Socket:
        """A colour times a grey factor."""
        node = self.add("ShaderNodeVectorMath", operation="SCALE")
        self.plug(color if isinstance(color, bpy.types.NodeSocket) else color[:3], node.inputs[0])
        self.link(factor, node.inputs["Scale"])
        return node.outputs["Vector"]

    def tinted(self, color: Any) -> Socket:
        return self.mix("MULTIPLY", 1.0, color, self.attribute("tint", "Color"))

    def bump(self, height: Socket, distance_m: float, strength: float = 1.0) -> Socket:
        node = self.add("ShaderNodeBump")
        node.inputs["Distance"].default_value = distance_m
        node.inputs["Strength"].default_value = strength
        self.link(height, node.inputs["Height"])
        return node.outputs["Normal"]

    def surface(self, color: Any, roughness: Any = None, normal: Socket | None = None, **inputs: Any) -> Socket:
        node = self.add("ShaderNodeBsdfPrincipled")
        self.plug(color, node.inputs["Base Color"])
        self.plug(self.number("roughness") if roughness is None else roughness, node.inputs["Roughness"])
        for key, value in inputs.items():
            self.plug(value, node.inputs[key.replace("_", " ")])
        if normal is not None:
            self.link(normal, node.inputs["Normal"])
        return node.outputs[0]

    def blend(self, share: Any, a: Socket, b: Socket) -> Socket:
        node = self.add("ShaderNodeMixShader")
        self.plug(share, node.inputs[0])
        self.link(a, node.inputs[1])
        self.link(b, node.inputs[2])
        return node.outputs[0]

    def bricks(
        self, wide: float, high: float, gap: float, offset: float, one: Any, two: Any, mortar: Any
    ) -> bpy.types.Node:
        node = self.add("ShaderNodeTexBrick", offset=offset, offset_frequency=2, squash=1.0)
        for name, value in (("Color1", one), ("Color2", two), ("Mortar", mortar)):
            self.plug(value, node.inputs[name])
        node.inputs["Scale"].default_value = 1.0
        node.inputs["Mortar Size"].default_value = gap
        node.inputs["Mortar Smooth"].default_value = 0.3
        node.inputs["Bias"].default_value = 0.0
        node.inputs["Brick Width"].default_value = wide
        node.inputs["Row Height"].default_value = high
        self.link(self.local(), node.inputs["Vector"])
        return node


def _paint(n: _Nodes) -> Socket:
    wear = n.number("wear", 0.2)
    patch = n.grade(n.noise(0.9, 4.0), 0.3, 0.7, 1 - 0.1 * wear - 0.015, 1.0)
    low = n.grade(n.noise(0.18, 5.0), 0.62, 0.78, 1.0, 1 - 0.25 * wear)
    color = n.scaled(n.tinted(n.color()), n.maths("MULTIPLY", patch, low))
    return n.surface(color, None, n.bump(n.noise(0.0035, 2.0), 0.0006, 0.25), Specular_IOR_Level=0.35)


def _gloss(n: _Nodes) -> Socket:
    rough = n.grade(n.noise(0.12, 4.0), 0.3, 0.7, n.number("roughness") * 0.85, min(1.0, n.number("roughness") * 1.2))
    return n.surface(n.tinted(n.color()), rough)


def _diffuse(n: _Nodes) -> Socket:
    return n.surface(
        n.scaled(n.tinted(n.color()), n.grade(n.noise(0.15, 4.0), 0.3, 0.7, 0.86, 1.06)), None, Specular_IOR_Level=0.2
    )


def _plain(n: _Nodes) -> Socket:
    node = n.add("ShaderNodeBsdfDiffuse")
    n.link(n.tinted(n.color()), node.inputs["Color"])
    return node.outputs[0]


def _grain(n: _Nodes, scale_m: float) -> tuple[Socket, Socket]:
    """How dark the wood is, 0 to 1, and its fine pores: rings cut lengthwise, pulled long along X."""
    coarse = n.noise(scale_m, 3.0, (0.09, 1.0, 1.0), 0.5)
    rings = n.add("ShaderNodeTexWave", wave_type="BANDS", bands_direction="Y", wave_profile="SIN")
    rings.inputs["Scale"].default_value = 0.32 / scale_m
    rings.inputs["Distortion"].default_value = 7.0
    rings.inputs["Detail"].default_value = 3.0
    rings.inputs["Detail Scale"].default_value = 1.2
    n.link(n.local((0.1, 1.0, 1.0)), rings.inputs["Vector"])
    fine = n.noise(0.0035, 4.0, (0.035, 1.0, 1.0), 0.7)
    dark = n.maths("ADD", n.maths("MULTIPLY", rings.outputs["Fac"], 0.42), n.maths("MULTIPLY", coarse, 0.75))
    return n.grade(dark, 0.18, 0.95), fine


def _wood(n: _Nodes) -> Socket:
    dark, fine = _grain(n, n.number("scale_m", 0.1))
    color = n.mix("MIX", dark, n.color(), n.color("second"))
    color = n.scaled(n.tinted(color), n.grade(fine, 0.3, 0.7, 0.78, 1.1))
    return n.surface(
        color,
        n.grade(fine, 0.3, 0.7, n.number("roughness") * 1.15, n.number("roughness") * 0.9),
        n.bump(fine, 0.0004, 0.3),
    )


def _planks(n: _Nodes) -> Socket:
    wide = n.number("scale_m", 0.12)
    node = n.bricks(1.15, wide, 0.0016, 0.37, (0.62, 0.62, 0.62, 1), (1.2, 1.2, 1.2, 1), (0.25, 0.25, 0.25, 1))
    # every plank is cut from another place: its shade moves the grain
    shade = n.add("ShaderNodeSeparateColor")
    n.link(node.outputs["Color"], shade.inputs[0])
    move = n.add("ShaderNodeCombineXYZ")
    n.link(n.maths("MULTIPLY", shade.outputs[0], 37.0), move.inputs["X"])
    n.link(n.maths("MULTIPLY", shade.outputs[0], 11.0), move.inputs["Z"])
    place = n.add("ShaderNodeVectorMath", operation="ADD")
    n.link(n.local(), place.inputs[0])
    n.link(move.outputs[0], place.inputs[1])
    squeeze = n.add("ShaderNodeVectorMath", operation="MULTIPLY")
    n.link(place.outputs[0], squeeze.inputs[0])
    squeeze.inputs[1].default_value = (0.07, 1.0, 1.0)
    grain = n.add("ShaderNodeTexNoise")
    grain.inputs["Scale"].default_value = 16.0
    grain.inputs["Detail"].default_value = 6.0
    grain.inputs["Roughness"].default_value = 0.62
    grain.inputs["Distortion"].default_value = 0.6
    n.link(squeeze.outputs[0], grain.inputs["Vector"])
    color = n.mix("MIX", n.grade(grain.outputs["Fac"], 0.3, 0.7), n.color(), n.color("second"))
    color = n.mix("MULTIPLY", 1.0, color, n.mix("MIX", 0.45, (1, 1, 1, 1), node.outputs["Color"]))
    rough = n.grade(grain.outputs["Fac"], 0.3, 0.7, n.number("roughness") * 0.85, n.number("roughness") * 1.15)
    return n.surface(color, rough, n.bump(node.outputs["Fac"], -0.0012, 0.7))


def _brick(n: _Nodes) -> Socket:
    r, g, b, _ = n.color()
    node = n.bricks(
        0.24, 0.075, 0.009, 0.5, (0.7 * r, 0.7 * g, 0.72 * b, 1), (1.3 * r, 1.25 * g, 1.2 * b, 1), n.color("second")
    )
    color = n.scaled(node.outputs["Color"], n.grade(n.noise(0.02, 5.0), 0.3, 0.7, 0.75, 1.2))
    height = n.maths(
        "ADD", n.maths("MULTIPLY", node.outputs["Fac"], -1.0), n.maths("MULTIPLY", n.noise(0.012, 4.0), 0.6)
    )
    return n.surface(color, 0.88, n.bump(height, 0.006, 0.9), Specular_IOR_Level=0.2)


def _tiles(n: _Nodes) -> Socket:
    size = n.number("scale_m", 0.15)
    r, g, b, _ = n.color()
    aspect = 2.0 if size < 0.12 else 1.0
    node = n.bricks(
        size * aspect,
        size,
        0.003,
        0.5 if aspect == 2.0 else 0.0,
        (r, g, b, 1),
        (0.93 * r, 0.93 * g, 0.93 * b, 1),
        n.color("second"),
    )
    color = n.scaled(node.outputs["Color"], n.grade(n.noise(0.08, 4.0), 0.3, 0.7, 0.93, 1.04))
    rough = n.grade(node.outputs["Fac"], 0.0, 1.0, n.number("roughness"), 0.8)
    return n.surface(color, rough, n.bump(node.outputs["Fac"], -0.0015, 0.8))


def _ceiling_tiles(n: _Nodes) -> Socket:
    r, g, b, _ = n.color()
    node = n.bricks(0.6, 0.6, 0.012, 0.0, (r, g, b, 1), (0.98 * r, 0.98 * g, 0.98 * b, 1), (0.7, 0.7, 0.7, 1))
    holes = n.grade(n.noise(0.006, 2.0), 0.62, 0.7, 1.0, 0.72)
    return n.surface(
        n.scaled(node.outputs["Color"], holes), 0.95, n.bump(node.outputs["Fac"], -0.004, 0.6), Specular_IOR_Level=0.1
    )


def _concrete(n: _Nodes) -> Socket:
    size = n.number("scale_m", 0.8)
    blotch = n.maths(
        "ADD",
        n.grade(n.noise(size, 8.0, rough=0.62), 0.3, 0.7, 0.62, 0.86),
        n.grade(n.noise(size / 9, 6.0), 0.3, 0.7, 0.0, 0.32),
    )
    return n.surface(n.scaled(n.tinted(n.color()), blotch), None, n.bump(n.noise(0.02, 6.0), 0.0012, 0.5))


def _stone(n: _Nodes) -> Socket:
    speck = n.grade(n.noise(n.number("scale_m", 0.03), 5.0, rough=0.7), 0.4, 0.62)
    return n.surface(n.tinted(n.mix("MIX", speck, n.color(), n.color("second"))))


def _wallpaper(n: _Nodes) -> Socket:
    size = n.number("scale_m", 0.2)
    if size < 0.2:
        node = n.add("ShaderNodeTexWave", wave_type="BANDS", bands_direction="X", wave_profile="SIN")
        node.inputs["Scale"].default_value = 0.5 / size
        node.inputs["Distortion"].default_value = 0.0
        n.link(n.local(), node.inputs["Vector"])
        share = n.grade(node.outputs["Fac"], 0.45, 0.55)
    else:
        node = n.add("ShaderNodeTexVoronoi", feature="F1", distance="MANHATTAN")
        node.inputs["Scale"].default_value = 2.5 / size
        node.inputs["Randomness"].default_value = 0.0
        n.link(n.local(), node.inputs["Vector"])
        share = n.grade(node.outputs["Distance"], 0.34, 0.4)
    color = n.mix("MIX", share, n.color(), n.color("second"))
    return n.surface(
        n.scaled(color, n.grade(n.noise(0.6), 0.3, 0.7, 0.95, 1.0)),
        None,
        n.bump(n.noise(0.003), 0.0004, 0.3),
        Specular_IOR_Level=0.3,
    )


def _woven(n: _Nodes, size_m: float, color: Any, sheen: float) -> Socket:
    tufts = n.noise(size_m, 2.0)
    shade = n.maths("MULTIPLY", n.grade(tufts, 0.3, 0.7, 0.62, 1.12), n.grade(n.noise(0.25, 4.0), 0.3, 0.7, 0.9, 1.05))
    return n.surface(
        n.scaled(color, shade),
        0.95,
        n.bump(tufts, 0.4 * size_m, 0.6),
        Specular_IOR_Level=0.1,
        Sheen_Weight=sheen,
        Sheen_Roughness=0.5,
    )


def _fabric(n: _Nodes) -> Socket:
    return _woven(n, 0.0035, n.tinted(n.color()), 0.25)


def _carpet(n: _Nodes) -> Socket:
    return _woven(n, 0.009, n.tinted(n.color()), 0.3)


def _rug(n: _Nodes) -> Socket:
    size = n.number("scale_m", 0.2)
    node = n.add(
        "ShaderNodeTexWave", wave_type="BANDS", bands_direction="DIAGONAL" if size > 0.25 else "Y", wave_profile="SIN"
    )
    node.inputs["Scale"].default_value = 0.35 / size
    node.inputs["Distortion"].default_value = 3.0 if size > 0.3 else 0.3
    n.link(n.local(), node.inputs["Vector"])
    return _woven(n, 0.008, n.mix("MIX", n.grade(node.outputs["Fac"], 0.4, 0.6), n.color(), n.color("second")), 0.3)


def _leather(n: _Nodes) -> Socket:
    node = n.add("ShaderNodeTexVoronoi", feature="DISTANCE_TO_EDGE")
    node.inputs["Scale"].default_value = 260.0
    n.link(n.local(), node.inputs["Vector"])
    color = n.scaled(n.tinted(n.color()), n.grade(n.noise(0.12, 4.0), 0.3, 0.7, 0.85, 1.1))
    return n.surface(color, None, n.bump(node.outputs["Distance"], 0.001, 0.3))


def _basket(n: _Nodes) -> Socket:
    node = n.bricks(0.03, 0.014, 0.003, 0.5, n.color(), tuple(0.8 * c for c in n.color()), (0.08, 0.05, 0.03, 1))
    return n.surface(node.outputs["Color"], 0.8, n.bump(node.outputs["Fac"], -0.004, 1.0))


def _metal(n: _Nodes) -> Socket:
    rough = n.number("roughness")
    if rough < 0.05:
        return n.surface(n.color(), rough, Metallic=1.0)
    return n.surface(n.color(), n.grade(n.noise(0.05, 4.0), 0.3, 0.7, rough * 0.8, rough * 1.2), Metallic=0.9)


def _thin(n: _Nodes, open_share: float) -> Socket:
    """Cloth that light goes through: part of it straight, the rest scattered to both sides."""
    diffuse, through, clear = (
        n.add(kind) for kind in ("ShaderNodeBsdfDiffuse", "ShaderNodeBsdfTranslucent", "ShaderNodeBsdfTransparent")
    )
    for node in (diffuse, through):
        node.inputs["Color"].default_value = n.color()
    both = n.blend(0.5, diffuse.outputs[0], through.outputs[0])
    return n.blend(open_share, both, clear.outputs[0]) if open_share else both


def _sheer(n: _Nodes) -> Socket:
    return _thin(n, 0.4)


def _cloth_thin(n: _Nodes) -> Socket:
    return _thin(n, 0.0)


def _pane(n: _Nodes) -> Socket:
    """A thin pane: what is not reflected goes straight through, shadows too."""
    fresnel = n.add("ShaderNodeFresnel")
    fresnel.inputs["IOR"].default_value = 1.5
    clear, glossy = n.add("ShaderNodeBsdfTransparent"), n.add("ShaderNodeBsdfGlossy")
    clear.inputs["Color"].default_value = n.color()
    glossy.inputs["Roughness"].default_value = 0.0
    # two faces of the pane reflect; only the eye and mirrors see it, so that light is not lost to noise
    path = n.add("ShaderNodeLightPath")
    seen = n.maths("MAXIMUM", path.outputs["Is Camera Ray"], 0.0)
    return n.blend(
        n.maths("MULTIPLY", n.maths("MULTIPLY", fresnel.outputs[0], 1.8), seen), clear.outputs[0], glossy.outputs[0]
    )


def _photo(n: _Nodes) -> Socket:
    blobs = n.grade(n.noise(0.06, 4.0), 0.3, 0.7, 0.15, 1.2)
    return n.surface(n.scaled(n.attribute("tint", "Color"), blobs), 0.2)


def _book(n: _Nodes) -> Socket:
    """A cover with a band and marks for a title, in a lighter or darker tone; `local` Y is the height, 0 to 1."""
    place = n.add("ShaderNodeSeparateXYZ")
    n.link(n.attribute("local"), place.inputs[0])
    number = place.outputs["Z"]
    band_at = n.grade(number, 0.0, 1.0, 0.12, 0.9)
    band = n.maths("LESS_THAN", n.maths("ABSOLUTE", n.maths("SUBTRACT", place.outputs["Y"], band_at)), 0.035)
    coordinate = n.add("ShaderNodeCombineXYZ")
    n.link(n.maths("MULTIPLY", place.outputs["X"], 2.5), coordinate.inputs["X"])
    n.link(n.maths("MULTIPLY", place.outputs["Y"], 34.0), coordinate.inputs["Y"])
    n.link(n.maths("MULTIPLY", number, 91.0), coordinate.inputs["Z"])
    marks = n.add("ShaderNodeTexNoise")
    marks.inputs["Scale"].default_value = 1.0
    marks.inputs["Detail"].default_value = 1.0
    n.link(coordinate.outputs[0], marks.inputs["Vector"])
    inside = n.maths("LESS_THAN", n.maths("ABSOLUTE", n.maths("SUBTRACT", place.outputs["X"], 0.5)), 0.28)
    title = n.maths("LESS_THAN", n.maths("ABSOLUTE", n.maths("SUBTRACT", place.outputs["Y"], 0.58)), 0.24)
    title = n.maths("MULTIPLY", n.maths("MULTIPLY", title, inside), n.maths("GREATER_THAN", marks.outputs["Fac"], 0.55))
    tint = n.attribute("tint", "Color")
    light = n.add("ShaderNodeSeparateColor", mode="HSV")
    n.link(tint, light.inputs[0])
    dark = n.maths("GREATER_THAN", light.outputs[2], 0.3)
    ink = n.mix("MIX", dark, (0.6, 0.52, 0.36, 1), (0.03, 0.03, 0.035, 1))
    mark = n.maths("MAXIMUM", n.maths("MULTIPLY", band, n.maths("GREATER_THAN", number, 0.45)), title)
    return n.surface(n.mix("MIX", n.maths("MULTIPLY", mark, 0.75), tint, ink), None)


def _leaf(n: _Nodes) -> Socket:
    tint = n.attribute("tint", "Color")
    front = n.surface(tint, 0.4, Specular_IOR_Level=0.45)
    through = n.add("ShaderNodeBsdfTranslucent")
    n.link(n.mix("MULTIPLY", 1.0, tint, (1.5, 1.6, 0.6, 1)), through.inputs["Color"])
    return n.blend(0.28, front, through.outputs[0])


def _facade(n: _Nodes) -> Socket:
    """A house across the street: rows of windows in a plastered wall, some of them lit at night."""
    wall, glass = n.attribute("tint", "Color"), (0.02, 0.025, 0.03, 1)
    node = n.bricks(2.6, 3.1, 0.85, 0.0, (0, 0, 0, 1), (1, 1, 1, 1), (0.5, 0.5, 0.5, 1))
    node.inputs["Mortar Smooth"].default_value = 0.0
    color = n.mix("MIX", node.outputs["Fac"], glass, n.scaled(wall, n.grade(n.noise(2.0, 6.0), 0.3, 0.7, 0.85, 1.05)))
    shaded = n.surface(color, n.grade(node.outputs["Fac"], 0.0, 1.0, 0.08, 0.9))
    if not n.number("lit_windows", 0.0):
        return shaded
    shade = n.add("ShaderNodeSeparateColor")
    n.link(node.outputs["Color"], shade.inputs[0])
    lit = n.maths(
        "MULTIPLY", n.maths("GREATER_THAN", shade.outputs[0], 0.72), n.maths("SUBTRACT", 1.0, node.outputs["Fac"])
    )
    glow = n.add("ShaderNodeEmission")
    glow.inputs["Color"].default_value = (1.0, 0.62, 0.3, 1)
    n.link(n.maths("MULTIPLY", n.maths("MULTIPLY", lit, n.noise(0.8, 2.0)), 0.35), glow.inputs["Strength"])
    add = n.add("ShaderNodeAddShader")
    n.link(shaded, add.inputs[0])
    n.link(glow.outputs[0], add.inputs[1])
    return add.outputs[0]


def _picture(n: _Nodes) -> bpy.types.Node:
    node = n.add(
        "ShaderNodeTexImage", image=n.images[n.textures["base_color"]], interpolation="Linear", extension="EXTEND"
    )
    n.link(n.attribute("local"), node.inputs["Vector"])
    return node


def _image(n: _Nodes) -> Socket:
    return n.surface(_picture(n).outputs["Color"])


def _glow(n: _Nodes) -> Socket:
    glow = n.add("ShaderNodeEmission")
    r, g, b = (float(c) for c in n.params["radiance"])
    level = max(r, g, b, 1e-9)
    glow.inputs["Strength"].default_value = level
    color = (r / level, g / level, b / level, 1.0)
    if n.textures:
        n.link(n.mix("MULTIPLY", 1.0, _picture(n).outputs["Color"], color), glow.inputs["Color"])
    else:
        glow.inputs["Color"].default_value = color
    if n.params["sampled"]:
        # the cloth of a shade is there in the dark, too
        cloth = n.add("ShaderNodeBsdfDiffuse")
        cloth.inputs["Color"].default_value = (0.6, 0.57, 0.52, 1.0)
        both = n.add("ShaderNodeAddShader")
        n.link(glow.outputs[0], both.inputs[0])
        n.link(cloth.outputs[0], both.inputs[1])
        return both.outputs[0]
    # seen by the eye and in mirrors; a plain lamp beside it gives its light
    path, dark = n.add("ShaderNodeLightPath"), n.add("ShaderNodeBsdfDiffuse")
    dark.inputs["Color"].default_value = (0.05, 0.05, 0.05, 1.0)
    seen = n.maths("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Singular Ray"])
    return n.blend(seen, dark.outputs[0], glow.outputs[0])


_KINDS = {
    "paint": _paint,
    "gloss": _gloss,
    "diffuse": _diffuse,
    "plain": _plain,
    "wood": _wood,
    "planks": _planks,
    "brick": _brick,
    "tiles": _tiles,
    "ceiling_tiles": _ceiling_tiles,
    "concrete": _concrete,
    "stone": _stone,
    "wallpaper": _wallpaper,
    "carpet": _carpet,
    "rug": _rug,
    "fabric": _fabric,
    "leather": _leather,
    "basket": _basket,
    "metal": _metal,
    "sheer": _sheer,
    "cloth_thin": _cloth_thin,
    "pane": _pane,
    "photo": _photo,
    "book": _book,
    "leaf": _leaf,
    "facade": _facade,
    "image": _image,
    "glow": _glow,
}
