"""The lights of a room for the engine: lamps, windows that shine with the view outside, the sun."""

from __future__ import annotations

import math
from typing import Any

import bpy
import mathutils
import numpy as np

from render.blender.images import float_image


def _looking(toward: list[float], at: list[float]) -> mathutils.Matrix:
    """An object at `at` whose -Z looks along `toward`, its X level."""
    turn = mathutils.Vector(toward).to_track_quat("-Z", "Y")
    return mathutils.Matrix.Translation(at) @ turn.to_matrix().to_4x4()


def _light(kind: str, name: str, group: str) -> tuple[bpy.types.Light, bpy.types.Object]:
    data = bpy.data.lights.new(name, kind)
    thing = bpy.data.objects.new(name, data)
    thing.lightgroup = group
    bpy.context.scene.collection.objects.link(thing)
    return data, thing


def add_emitter(record: dict[str, Any]) -> None:
    """A lamp of `scenes.rooms.build`: a rectangle, disc, sphere or spot of `power_w`, seen by the eye or not."""
    kind = {"rect": "AREA", "disc": "AREA", "sphere": "POINT", "spot": "SPOT"}[record["shape"]]
    data, thing = _light(kind, record["group"], record["group"])
    power = max(*record["power_w"], 1e-9)
    data.energy, data.color = power, [channel / power for channel in record["power_w"]]
    if kind == "AREA":
        data.shape = "RECTANGLE" if record["shape"] == "rect" else "DISK"
        data.size, data.size_y = record["size_m"]
    else:
        data.shadow_soft_size = record["size_m"][0] / 2
    if kind == "SPOT":
        data.spot_size, data.spot_blend = record["spread_rad"], 0.6
    thing.matrix_world = _looking(record["toward"], record["at_m"])
    thing.visible_camera = thing.visible_glossy = record["seen"]


def add_window_light(view: np.ndarray, centre: list[float], toward: list[float], width: float, height: float) -> None:
    """An area light that fills a window and shines as what is behind it: from every point of the room it is seen as the
    picture outside in that direction. Sampled as the lamps are, where the sky itself would be found by chance."""
    data, thing = _light("AREA", "window", "sky")
    data.shape, data.size, data.size_y = "RECTANGLE", width, height
    level = max(float(view.mean()), 1e-6)
    # an area light of P watts has the radiance P / (pi area)
    data.energy = level * math.pi * width * height
    data.use_nodes = True
    tree = data.node_tree
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    texture, place, back = (
        tree.nodes.new(kind) for kind in ("ShaderNodeTexEnvironment", "ShaderNodeNewGeometry", "ShaderNodeVectorMath")
    )
    texture.image = bpy.data.images.get("view") or float_image("view", view / level)
    back.operation = "SCALE"
    back.inputs["Scale"].default_value = -1.0
    tree.links.new(place.outputs["Incoming"], back.inputs[0])
    tree.links.new(back.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], emission.inputs["Color"])
    emission.inputs["Strength"].default_value = 1.0
    thing.matrix_world = _looking(toward, centre)
    thing.visible_camera = False


def add_sun(record: dict[str, Any]) -> bpy.types.Object:
    """The sun, which shines and is itself unseen; `record`: `toward` it, `power_w` in W/m2, `size_rad`."""
    data, thing = _light("SUN", "sun", "sun")
    power = max(*record["power_w"], 1e-9)
    data.energy, data.color = power, [channel / power for channel in record["power_w"]]
    data.angle = record["size_rad"]
    thing.matrix_world = _looking([-c for c in record["toward"]], [0.0, 0.0, 0.0])
    return thing
