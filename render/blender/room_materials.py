"""Surfaces of indoor rooms: a `scenes.spec.Material` record -> a Cycles material (see `render.blender.room_nodes`).

Kinds and their `params` (`color`, `second`: linear Rec.709; `roughness`; `scale_m` of the pattern; `wear` 0 to 1):
paint, dado (painted in `second` up to `scale_m`), gloss, diffuse, plain (a perfect diffuser), wood, planks, brick,
tiles, ceiling_tiles, concrete, stone,
wallpaper, carpet, rug, fabric, leather, basket, metal, book, image (texture `base_color`); and those of
`render.blender.room_thin`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

from render.blender.nodes import Socket, Triple, new_material
from render.blender.room_nodes import RoomNodes
from render.blender.room_thin import THIN, picture
from scenes.spec import Material

_TWO_TONED = ("wood", "planks", "stone", "wallpaper", "rug", "dado")


def make_room_material(name: str, material: Material, images: dict[str, bpy.types.Image]) -> bpy.types.Material:
    """The Cycles material of one record. Unknown kind: ValueError."""
    made = new_material(name, material, images, RoomNodes, _KINDS)
    if material.kind == "glow":
        made.cycles.emission_sampling = "AUTO" if material.params["sampled"] else "NONE"
    elif material.kind == "facade":
        made.cycles.emission_sampling = "NONE"
    return made


def mean_colour(material: Material | RoomNodes) -> Triple:
    """The reflectance of a surface as a whole, before its tint; linear."""
    color = [float(c) for c in material.params.get("color", (0.4, 0.4, 0.4))]
    if material.kind in _TWO_TONED:
        color = [0.6 * c + 0.4 * float(d) for c, d in zip(color, material.params["second"], strict=True)]
    share = {"metal": 0.5, "concrete": 0.85, "wood": 0.95}.get(material.kind, 1.0)
    return color[0] * share, color[1] * share, color[2] * share


def _solid(build: Callable[[RoomNodes], Socket]) -> Callable[[RoomNodes], Socket]:
    """The surface as the eye and mirrors see it; light that goes from wall to wall meets a plain diffuser of the same
    colour, whose nodes take a fraction of the time and whose reflections make no sparks."""

    def seen_or_plain(n: RoomNodes) -> Socket:
        detailed = build(n)
        plain = n.bsdf("Diffuse", Color=n.tinted((*mean_colour(n), 1.0)))
        return n.blend(n.seen(), plain, detailed)

    return seen_or_plain


def _paint(n: RoomNodes, color: Any = None) -> Socket:
    """Rolled on unevenly; greyer towards the floor, where it was knocked, under the ceiling, and in places where it was
    touched and leant on; warmer where it has yellowed."""
    wear = n.number("wear", 0.2)
    patch = n.uneven(0.9, 4.0, 1 - 0.16 * wear - 0.02, 1.0)
    broad = n.maths("MULTIPLY", n.uneven(2.2, 3.0, 1 - 0.2 * wear, 1.0), n.uneven(0.55, 5.0, 1 - 0.14 * wear, 1.0))
    marks = n.grade(n.noise(0.18, 5.0), 0.62, 0.78, 1.0, 1 - 0.3 * wear)
    height = n.plug(n.add("ShaderNodeSeparateXYZ"), Vector=n.attribute("local")).outputs[1]
    reach = n.maths("ADD", height, n.maths("MULTIPLY", n.noise(0.12, 5.0), 0.5))
    foot = n.grade(reach, 0.25, 1.15, 1 - 0.36 * wear, 1.0)
    foot = n.maths("MULTIPLY", foot, n.grade(reach, 2.2, 3.0, 1.0, 1 - 0.2 * wear))
    scuffs = n.grade(n.noise(0.09, 4.0, (0.35, 1.0, 1.0)), 0.66, 0.72, 1.0, 1 - 0.4 * wear)
    low = n.mix("MIX", n.grade(height, 0.3, 1.1), n.scaled((1, 1, 1), scuffs), (1, 1, 1, 1))
    color = n.scaled(
        n.tinted(color), n.maths("MULTIPLY", n.maths("MULTIPLY", patch, broad), n.maths("MULTIPLY", marks, foot))
    )
    yellow = (1.0, 1 - 0.05 * wear, 1 - 0.22 * wear, 1)
    color = n.mix("MULTIPLY", 1.0, color, n.mix("MIX", n.uneven(1.1, 3.0, 0.0, 1.0), (1, 1, 1, 1), yellow))
    color = n.mix("MULTIPLY", 1.0, color, low)
    return n.surface(color, None, n.bump(n.noise(0.0035, 2.0), 0.0006, 0.25), Specular_IOR_Level=0.35)


def _dado(n: RoomNodes) -> Socket:
    height = n.plug(n.add("ShaderNodeSeparateXYZ"), Vector=n.attribute("local")).outputs[1]
    upper = n.maths("GREATER_THAN", height, n.number("scale_m"))
    return _paint(n, n.mix("MIX", upper, n.color("second"), n.color()))


def _gloss(n: RoomNodes) -> Socket:
    rough = n.uneven(0.12, 4.0, n.number("roughness") * 0.8, min(1.0, n.number("roughness") * 1.3))
    # hands and cloths leave more on some parts than on others; old varnish is not of one colour
    tone = n.maths("MULTIPLY", n.uneven(0.5, 4.0, 0.94, 1.0), n.grade(n.noise(0.05, 4.0), 0.64, 0.74, 1.0, 0.88))
    return n.surface(n.scaled(n.tinted(), tone), rough)


def _diffuse(n: RoomNodes) -> Socket:
    return n.surface(n.scaled(n.tinted(), n.uneven(0.15, 4.0, 0.86, 1.06)), None, Specular_IOR_Level=0.2)


def _plain(n: RoomNodes) -> Socket:
    return n.bsdf("Diffuse", Color=n.tinted())


def _wood(n: RoomNodes) -> Socket:
    """Rings cut lengthwise, pulled long along X, with fine pores."""
    scale_m, rough = n.number("scale_m", 0.1), n.number("roughness")
    coarse = n.noise(scale_m, 3.0, (0.09, 1.0, 1.0), 0.5)
    rings = n.add("ShaderNodeTexWave", wave_type="BANDS", bands_direction="Y", wave_profile="SIN")
    n.plug(rings, Scale=0.32 / scale_m, Distortion=7.0, Detail=3.0, Detail_Scale=1.2, Vector=n.local((0.1, 1.0, 1.0)))
    fine = n.noise(0.0035, 4.0, (0.035, 1.0, 1.0), 0.7)
    dark = n.maths("ADD", n.maths("MULTIPLY", rings.outputs["Fac"], 0.42), n.maths("MULTIPLY", coarse, 0.75))
    color = n.mix("MIX", n.grade(dark, 0.18, 0.95), n.color(), n.color("second"))
    color = n.scaled(n.tinted(color), n.grade(fine, 0.3, 0.7, 0.78, 1.1))
    return n.surface(color, n.grade(fine, 0.3, 0.7, rough * 1.15, rough * 0.9), n.bump(fine, 0.0004, 0.3))


def _planks(n: RoomNodes) -> Socket:
    wide, rough = n.number("scale_m", 0.12), n.number("roughness")
    node = n.bricks(1.15, wide, 0.0016, 0.37, (0.62, 0.62, 0.62, 1), (1.2, 1.2, 1.2, 1), (0.25, 0.25, 0.25, 1))
    # every plank is cut from another place: its shade moves the grain
    shade = n.plug(n.add("ShaderNodeSeparateColor"), Color=node.outputs["Color"]).outputs[0]
    move = n.add("ShaderNodeCombineXYZ")
    n.plug(move, X=n.maths("MULTIPLY", shade, 37.0), Z=n.maths("MULTIPLY", shade, 11.0))
    place = n.add("ShaderNodeVectorMath", operation="ADD")
    n.link(n.local(), place.inputs[0])
    n.link(move.outputs[0], place.inputs[1])
    squeeze = n.add("ShaderNodeVectorMath", operation="MULTIPLY")
    n.link(place.outputs[0], squeeze.inputs[0])
    squeeze.inputs[1].default_value = (0.07, 1.0, 1.0)
    grain = n.add("ShaderNodeTexNoise")
    n.plug(grain, Scale=16.0, Detail=6.0, Roughness=0.62, Distortion=0.6, Vector=squeeze.outputs[0])
    color = n.mix("MIX", n.grade(grain.outputs["Fac"], 0.3, 0.7), n.color(), n.color("second"))
    color = n.mix("MULTIPLY", 1.0, color, n.mix("MIX", 0.45, (1, 1, 1, 1), node.outputs["Color"]))
    shine = n.grade(grain.outputs["Fac"], 0.3, 0.7, rough * 0.85, rough * 1.15)
    return n.surface(color, shine, n.bump(node.outputs["Fac"], -0.0012, 0.7))


def _brick(n: RoomNodes) -> Socket:
    r, g, b, _ = n.color()
    dark, light = (0.7 * r, 0.7 * g, 0.72 * b, 1), (1.3 * r, 1.25 * g, 1.2 * b, 1)
    node = n.bricks(0.24, 0.075, 0.009, 0.5, dark, light, n.color("second"))
    color = n.scaled(node.outputs["Color"], n.uneven(0.02, 5.0, 0.75, 1.2))
    joints = n.maths("MULTIPLY", node.outputs["Fac"], -1.0)
    height = n.maths("ADD", joints, n.maths("MULTIPLY", n.noise(0.012, 4.0), 0.6))
    return n.surface(color, 0.88, n.bump(height, 0.006, 0.9), Specular_IOR_Level=0.2)


def _tiles(n: RoomNodes) -> Socket:
    size = n.number("scale_m", 0.15)
    r, g, b, _ = n.color()
    aspect, offset = (2.0, 0.5) if size < 0.12 else (1.0, 0.0)
    node = n.bricks(
        size * aspect, size, 0.003, offset, (r, g, b, 1), (0.93 * r, 0.93 * g, 0.93 * b, 1), n.color("second")
    )
    color = n.scaled(node.outputs["Color"], n.uneven(0.08, 4.0, 0.93, 1.04))
    rough = n.grade(node.outputs["Fac"], 0.0, 1.0, n.number("roughness"), 0.8)
    return n.surface(color, rough, n.bump(node.outputs["Fac"], -0.0015, 0.8))


def _ceiling_tiles(n: RoomNodes) -> Socket:
    r, g, b, _ = n.color()
    node = n.bricks(0.6, 0.6, 0.012, 0.0, (r, g, b, 1), (0.98 * r, 0.98 * g, 0.98 * b, 1), (0.7, 0.7, 0.7, 1))
    color = n.scaled(node.outputs["Color"], n.grade(n.noise(0.006, 2.0), 0.62, 0.7, 1.0, 0.72))
    return n.surface(color, 0.95, n.bump(node.outputs["Fac"], -0.004, 0.6), Specular_IOR_Level=0.1)


def _concrete(n: RoomNodes) -> Socket:
    size = n.number("scale_m", 0.8)
    large = n.grade(n.noise(size, 8.0, rough=0.62), 0.3, 0.7, 0.62, 0.86)
    blotch = n.maths("ADD", large, n.uneven(size / 9, 6.0, 0.0, 0.32))
    return n.surface(n.scaled(n.tinted(), blotch), None, n.bump(n.noise(0.02, 6.0), 0.0012, 0.5))


def _stone(n: RoomNodes) -> Socket:
    speck = n.grade(n.noise(n.number("scale_m", 0.03), 5.0, rough=0.7), 0.4, 0.62)
    return n.surface(n.tinted(n.mix("MIX", speck, n.color(), n.color("second"))))


def _wallpaper(n: RoomNodes) -> Socket:
    """Stripes, or diamonds where the pattern is wide."""
    size = n.number("scale_m", 0.2)
    if size < 0.2:
        share = n.grade(_waves(n, "X", 0.5 / size, 0.0), 0.45, 0.55)
    else:
        values = {"feature": "F1", "distance": "MANHATTAN"}
        node = n.laid("ShaderNodeTexVoronoi", values, Scale=2.5 / size, Randomness=0.0)
        share = n.grade(node.outputs["Distance"], 0.34, 0.4)
    color = n.mix("MIX", share, n.color(), n.color("second"))
    color = n.scaled(color, n.uneven(0.6, 3.0, 0.95, 1.0))
    return n.surface(color, None, n.bump(n.noise(0.003), 0.0004, 0.3), Specular_IOR_Level=0.3)


def _waves(n: RoomNodes, direction: str, scale: float, distortion: float) -> Socket:
    values = {"wave_type": "BANDS", "bands_direction": direction, "wave_profile": "SIN"}
    return n.laid("ShaderNodeTexWave", values, Scale=scale, Distortion=distortion).outputs["Fac"]


def _woven(n: RoomNodes, size_m: float, color: Any, sheen: float, folds_m: float = 0.0) -> Socket:
    """`folds_m`: how deep its creases are, a hand wide; cloth that is stretched or lies on the floor has none."""
    tufts = n.noise(size_m, 2.0)
    height = tufts
    if folds_m:
        ridges = n.maths("ABSOLUTE", n.maths("SUBTRACT", n.noise(0.16, 3.0, (1.0, 0.6, 1.0)), 0.5))
        height = n.maths("ADD", tufts, n.maths("MULTIPLY", ridges, -2.0 * folds_m / (0.4 * size_m)))
    shade = n.maths("MULTIPLY", n.grade(tufts, 0.3, 0.7, 0.62, 1.12), n.uneven(0.25, 4.0, 0.9, 1.05))
    inputs = {"Specular_IOR_Level": 0.1, "Sheen_Weight": sheen, "Sheen_Roughness": 0.5}
    return n.surface(n.scaled(color, shade), 0.95, n.bump(height, 0.4 * size_m, 0.6), **inputs)


def _rug(n: RoomNodes) -> Socket:
    size = n.number("scale_m", 0.2)
    waves = _waves(n, "DIAGONAL" if size > 0.25 else "Y", 0.35 / size, 3.0 if size > 0.3 else 0.3)
    return _woven(n, 0.008, n.mix("MIX", n.grade(waves, 0.4, 0.6), n.color(), n.color("second")), 0.3)


def _leather(n: RoomNodes) -> Socket:
    node = n.laid("ShaderNodeTexVoronoi", {"feature": "DISTANCE_TO_EDGE"}, Scale=260.0)
    color = n.scaled(n.tinted(), n.uneven(0.12, 4.0, 0.85, 1.1))
    return n.surface(color, None, n.bump(node.outputs["Distance"], 0.001, 0.3))


def _basket(n: RoomNodes) -> Socket:
    node = n.bricks(0.03, 0.014, 0.003, 0.5, n.color(), tuple(0.8 * c for c in n.color()), (0.08, 0.05, 0.03, 1))
    return n.surface(node.outputs["Color"], 0.8, n.bump(node.outputs["Fac"], -0.004, 1.0))


def _metal(n: RoomNodes) -> Socket:
    rough = n.number("roughness")
    if rough < 0.05:
        return n.surface(n.color(), rough, Metallic=1.0)
    return n.surface(n.color(), n.uneven(0.4, 3.0, rough * 0.9, rough * 1.1), Metallic=0.9)


def _book(n: RoomNodes) -> Socket:
    """A cover with a band and marks for a title, in a lighter or darker tone; `local` Y is the height, 0 to 1."""
    x, y, number = n.plug(n.add("ShaderNodeSeparateXYZ"), Vector=n.attribute("local")).outputs
    times, over = (lambda a, b: n.maths("MULTIPLY", a, b)), (lambda a, b: n.maths("GREATER_THAN", a, b))
    near = lambda a, b, width: n.maths("LESS_THAN", n.maths("ABSOLUTE", n.maths("SUBTRACT", a, b)), width)
    band = near(y, n.grade(number, 0.0, 1.0, 0.12, 0.9), 0.035)
    coordinate = n.plug(n.add("ShaderNodeCombineXYZ"), X=times(x, 2.5), Y=times(y, 34.0), Z=times(number, 91.0))
    marks = n.plug(n.add("ShaderNodeTexNoise"), Scale=1.0, Detail=1.0, Vector=coordinate.outputs[0])
    inside, title = near(x, 0.5, 0.28), near(y, 0.58, 0.24)
    title = times(times(title, inside), over(marks.outputs["Fac"], 0.55))
    light = n.plug(n.add("ShaderNodeSeparateColor", mode="HSV"), Color=(tint := n.tint)).outputs[2]
    ink = n.mix("MIX", over(light, 0.3), (0.6, 0.52, 0.36, 1), (0.03, 0.03, 0.035, 1))
    mark = n.maths("MAXIMUM", times(band, over(number, 0.45)), title)
    return n.surface(n.mix("MIX", times(mark, 0.75), tint, ink))


_KINDS: dict[str, Callable[[RoomNodes], Socket]] = THIN | {
    kind: _solid(build)
    for kind, build in {
        "paint": _paint,
        "dado": _dado,
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
        "carpet": lambda n: _woven(n, 0.009, n.tinted(), 0.3),
        "rug": _rug,
        "fabric": lambda n: _woven(n, 0.0035, n.tinted(), 0.25, 0.02),
        "leather": _leather,
        "basket": _basket,
        "metal": _metal,
        "book": _book,
        "image": lambda n: n.surface(picture(n)),
    }.items()
}
