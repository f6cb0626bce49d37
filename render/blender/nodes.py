"""A material's nodes as Python expressions: what the surfaces of people and of rooms are both written with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import bpy

from scenes.spec import Material

Socket: TypeAlias = bpy.types.NodeSocket
Triple: TypeAlias = tuple[float, float, float]


class Nodes:
    """A node tree being built, with the record's numbers at hand. Values are sockets, or numbers and colours."""

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

    def plug(self, node: bpy.types.Node, **values: Any) -> bpy.types.Node:
        """The node with its inputs set or linked, by name with "_" for a blank."""
        for name, value in values.items():
            self._plug(value, node.inputs[name.replace("_", " ")])
        return node

    def _plug(self, value: Any, target: Socket) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, target)
        else:
            target.default_value = value

    def number(self, key: str, default: float = 0.5) -> float:
        return float(self.params.get(key, default))

    def attribute(self, name: str, output: str = "Vector") -> Socket:
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs[output]

    def own(self, name: str) -> Socket:
        """Three numbers of the object itself, which change from frame to frame."""
        return self.add("ShaderNodeAttribute", attribute_type="OBJECT", attribute_name=name).outputs["Vector"]

    def grade(self, value: Socket, low: float, high: float, to_low: float = 0.0, to_high: float = 1.0) -> Socket:
        """A value mapped linearly from one range to another, clamped."""
        node = self.add("ShaderNodeMapRange", clamp=True)
        self.plug(node, From_Min=low, From_Max=high, To_Min=to_low, To_Max=to_high, Value=value)
        return node.outputs["Result"]

    def maths(self, operation: str, a: Any, b: Any = 0.0) -> Socket:
        node = self.add("ShaderNodeMath", operation=operation)
        self._plug(a, node.inputs[0])
        self._plug(b, node.inputs[1])
        return node.outputs[0]

    def mix(self, blend: str, share: Any, a: Any, b: Any) -> Socket:
        """Colour mix: `share` of `a` blended with `b`."""
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for value, place in ((share, 0), (a, 6), (b, 7)):
            self._plug(value, node.inputs[place])
        return node.outputs[2]

    def blend(self, share: Any, a: Socket, b: Socket) -> Socket:
        """Of two surfaces."""
        node = self.add("ShaderNodeMixShader")
        for value, place in ((share, 0), (a, 1), (b, 2)):
            self._plug(value, node.inputs[place])
        return node.outputs[0]

    def bump(self, height: Socket, distance_m: float, strength: float = 1.0, before: Socket | None = None) -> Socket:
        node = self.plug(self.add("ShaderNodeBump"), Distance=distance_m, Strength=strength, Height=height)
        if before is not None:
            self.link(before, node.inputs["Normal"])
        return node.outputs["Normal"]


N = TypeVar("N", bound=Nodes)


def new_material(
    name: str,
    material: Material,
    images: dict[str, bpy.types.Image],
    nodes: type[N],
    kinds: Mapping[str, Callable[[N], Socket]],
) -> bpy.types.Material:
    """A Cycles material whose surface is built by its kind. Unknown kind: ValueError."""
    build = kinds.get(material.kind)
    if build is None:
        raise ValueError(f"material {name}: unknown kind {material.kind!r}; expected one of {', '.join(sorted(kinds))}")
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    made.node_tree.nodes.clear()
    tree = nodes(made.node_tree, material, images)
    tree.link(build(tree), tree.add("ShaderNodeOutputMaterial").inputs["Surface"])
    return made
