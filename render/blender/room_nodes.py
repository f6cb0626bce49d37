"""Nodes of surfaces in rooms: laid by the attribute `local` (metres in the thing's own axes, X along the grain; 0 to 1
on pictures) and multiplied by the attribute `tint`."""

from __future__ import annotations

from typing import Any

import bpy

from render.blender.nodes import Nodes, Socket, Triple


class RoomNodes(Nodes):
    """A room's material being built; `params`: `color`, `second` linear Rec.709, `roughness`, `scale_m`, `wear`."""

    def color(self, key: str = "color") -> tuple[float, float, float, float]:
        r, g, b = (float(c) for c in self.params[key])
        return r, g, b, 1.0

    @property
    def tint(self) -> Socket:
        return self.attribute("tint", "Color")

    def local(self, scale: Triple = (1, 1, 1)) -> Socket:
        node = self.add("ShaderNodeVectorMath", operation="MULTIPLY")
        self.link(self.attribute("local"), node.inputs[0])
        node.inputs[1].default_value = scale
        return node.outputs["Vector"]

    def laid(self, kind: str, values: dict[str, Any], **inputs: Any) -> bpy.types.Node:
        """A texture over the thing's own axes."""
        return self.plug(self.add(kind, **values), **inputs, Vector=self.local())

    def noise(self, size_m: float, detail: float = 3.0, stretch: Triple = (1, 1, 1), rough: float = 0.55) -> Socket:
        node = self.add("ShaderNodeTexNoise")
        self.plug(node, Scale=1.0 / size_m, Detail=detail, Roughness=rough, Vector=self.local(stretch))
        return node.outputs["Fac"]

    def uneven(self, size_m: float, detail: float, low: float, high: float) -> Socket:
        """A factor from `low` to `high` that wanders over this length."""
        return self.grade(self.noise(size_m, detail), 0.3, 0.7, low, high)

    def scaled(self, color: Any, factor: Socket) -> Socket:
        """A colour times a grey factor."""
        node = self.add("ShaderNodeVectorMath", operation="SCALE")
        self._plug(color if isinstance(color, bpy.types.NodeSocket) else color[:3], node.inputs[0])
        self.link(factor, node.inputs["Scale"])
        return node.outputs["Vector"]

    def tinted(self, color: Any = None) -> Socket:
        return self.mix("MULTIPLY", 1.0, self.color() if color is None else color, self.tint)

    def surface(self, color: Any, roughness: Any = None, normal: Socket | None = None, **inputs: Any) -> Socket:
        node = self.add("ShaderNodeBsdfPrincipled")
        self.plug(node, Base_Color=color, Roughness=self.number("roughness") if roughness is None else roughness)
        self.plug(node, **inputs)
        if normal is not None:
            self.link(normal, node.inputs["Normal"])
        return node.outputs[0]

    def bsdf(self, kind: str, **inputs: Any) -> Socket:
        """A surface of one plain node, e.g. "Diffuse"."""
        return self.plug(self.add(f"ShaderNodeBsdf{kind}"), **inputs).outputs[0]

    def seen(self) -> Socket:
        """1 where the eye looks, also in mirrors."""
        path = self.add("ShaderNodeLightPath")
        return self.maths("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Singular Ray"])

    def added(self, a: Socket, b: Socket) -> Socket:
        """The light of two surfaces together."""
        node = self.add("ShaderNodeAddShader")
        self.link(a, node.inputs[0])
        self.link(b, node.inputs[1])
        return node.outputs[0]

    def bricks(
        self, wide: float, high: float, gap: float, offset: float, one: Any, two: Any, mortar: Any
    ) -> bpy.types.Node:
        values = {"offset": offset, "offset_frequency": 2, "squash": 1.0}
        sizes = {"Scale": 1.0, "Mortar_Size": gap, "Mortar_Smooth": 0.3, "Bias": 0.0, "Brick_Width": wide}
        return self.laid("ShaderNodeTexBrick", values, Color1=one, Color2=two, Mortar=mortar, **sizes, Row_Height=high)
