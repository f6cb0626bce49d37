"""Surfaces of rooms that light goes through or comes from: what these do to light is never simplified.

sheer, cloth_thin, pane, leaf; facade (`lit_windows`: some of its windows are lit); glow (`radiance` per channel,
`sampled`: it lights the room; texture `base_color`).
"""

from __future__ import annotations

from collections.abc import Callable

from render.blender.nodes import Socket
from render.blender.room_nodes import RoomNodes


def _cloth(n: RoomNodes, open_share: float) -> Socket:
    """Cloth that light goes through: part of it straight, the rest scattered to both sides."""
    color = n.color()
    both = n.blend(0.5, n.bsdf("Diffuse", Color=color), n.bsdf("Translucent", Color=color))
    return n.blend(open_share, both, n.bsdf("Transparent")) if open_share else both


def _pane(n: RoomNodes) -> Socket:
    """A thin pane: what is not reflected goes straight through, shadows too."""
    fresnel = n.plug(n.add("ShaderNodeFresnel"), IOR=1.5).outputs[0]
    clear, glossy = n.bsdf("Transparent", Color=n.color()), n.bsdf("Glossy", Roughness=n.number("roughness", 0.0))
    # two faces of the pane reflect; only the eye and mirrors see it, so that light is not lost to noise
    seen = n.add("ShaderNodeLightPath").outputs["Is Camera Ray"]
    return n.blend(n.maths("MULTIPLY", n.maths("MULTIPLY", fresnel, 1.8), seen), clear, glossy)


def _leaf(n: RoomNodes) -> Socket:
    tint = n.tint
    through = n.bsdf("Translucent", Color=n.mix("MULTIPLY", 1.0, tint, (1.5, 1.6, 0.6, 1)))
    return n.blend(0.28, n.surface(tint, 0.4, Specular_IOR_Level=0.45), through)


def _facade(n: RoomNodes) -> Socket:
    """A house across the street: rows of windows in a plastered wall, some of them lit at night."""
    node = n.bricks(2.6, 3.1, 0.85, 0.0, (0, 0, 0, 1), (1, 1, 1, 1), (0.5, 0.5, 0.5, 1))
    wall = n.plug(node, Mortar_Smooth=0.0).outputs["Fac"]
    color = n.mix("MIX", wall, (0.02, 0.025, 0.03, 1), n.scaled(n.tint, n.uneven(2.0, 6.0, 0.85, 1.05)))
    shaded = n.surface(color, n.grade(wall, 0.0, 1.0, 0.08, 0.9))
    if not n.number("lit_windows", 0.0):
        return shaded
    shade = n.plug(n.add("ShaderNodeSeparateColor"), Color=node.outputs["Color"]).outputs[0]
    # few, each as far as its curtains let through, some cold from a screen
    lit = n.maths("MULTIPLY", n.maths("GREATER_THAN", shade, 0.86), n.maths("SUBTRACT", 1.0, wall))
    strength = n.maths("MULTIPLY", n.maths("MULTIPLY", lit, n.grade(n.noise(0.9, 2.0), 0.4, 0.7)), 0.2)
    white = n.mix("MIX", n.uneven(3.0, 0.0, 0.0, 1.0), (1.0, 0.55, 0.22, 1), (0.75, 0.85, 1.0, 1))
    glow = n.plug(n.add("ShaderNodeEmission"), Color=white, Strength=strength)
    return n.added(shaded, glow.outputs[0])


def picture(n: RoomNodes) -> Socket:
    """The texture `base_color` by the attribute `local`."""
    image = n.images[n.textures["base_color"]]
    values = {"image": image, "interpolation": "Linear", "extension": "EXTEND"}
    return n.plug(n.add("ShaderNodeTexImage", **values), Vector=n.attribute("local")).outputs["Color"]


def _glow(n: RoomNodes) -> Socket:
    r, g, b = (float(c) for c in n.params["radiance"])
    level = max(r, g, b, 1e-9)
    color = (r / level, g / level, b / level, 1.0)
    color = n.mix("MULTIPLY", 1.0, picture(n), color) if n.textures else color
    glow = n.plug(n.add("ShaderNodeEmission"), Strength=level, Color=color).outputs[0]
    if n.params["sampled"]:
        # the cloth of a shade is there in the dark, too
        return n.added(glow, n.bsdf("Diffuse", Color=(0.6, 0.57, 0.52, 1.0)))
    # seen by the eye and in mirrors; a plain lamp beside it gives its light
    return n.blend(n.seen(), n.bsdf("Diffuse", Color=(0.05, 0.05, 0.05, 1.0)), glow)


THIN: dict[str, Callable[[RoomNodes], Socket]] = {
    "sheer": lambda n: _cloth(n, 0.4),
    "cloth_thin": lambda n: _cloth(n, 0.0),
    "pane": _pane,
    "leaf": _leaf,
    "facade": _facade,
    "glow": _glow,
}
