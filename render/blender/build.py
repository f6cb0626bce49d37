"""A job's camera, soft boxes and room as Blender objects; geometry comes from `render.blender.geometry`."""

from __future__ import annotations

from typing import Any

import bpy
import mathutils


def add_camera(record: dict[str, Any]) -> None:
    """`record`: `matrix` (camera to world), `hfov_rad` and size of the film, `box` in film pixels from the top left."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    data.sensor_fit = "HORIZONTAL"
    data.angle_x = record["hfov_rad"]
    data.clip_start, data.clip_end = 0.01, 10000.0
    thing = bpy.data.objects.new("camera", data)
    thing.matrix_world = mathutils.Matrix(record["matrix"])
    scene.collection.objects.link(thing)
    scene.camera = thing
    width, height = record["width"], record["height"]
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    x0, y0, x1, y1 = record["box"]
    scene.render.use_border = scene.render.use_crop_to_border = True
    # A quarter pixel keeps the product with the size on the right side of the whole number, truncated or rounded.
    scene.render.border_min_x, scene.render.border_max_x = (x0 + 0.25) / width, (x1 + 0.25) / width
    scene.render.border_min_y, scene.render.border_max_y = (height - y1 + 0.25) / height, (height - y0 + 0.25) / height


def add_soft_boxes(records: list[dict[str, Any]]) -> list[bpy.types.Object]:
    """One area light and one light group each, white, unseen by the camera."""
    boxes = []
    for record in records:
        data = bpy.data.lights.new(record["name"], "AREA")
        data.shape = "RECTANGLE"
        data.size, data.size_y = record["size_m"]
        data.energy = record["power_w"]
        thing = bpy.data.objects.new(record["name"], data)
        thing.matrix_world = mathutils.Matrix(record["matrix"])
        thing.visible_camera = False
        thing.lightgroup = record["name"]
        bpy.context.scene.collection.objects.link(thing)
        boxes.append(thing)
    return boxes


def add_world(path: str | None, rotation_rad: float, group: str) -> bpy.types.World:
    """A world lit by the HDRI at `path`, turned by `rotation_rad` about Z; black without one."""
    world = bpy.data.worlds.new(group)
    world.use_nodes = True
    world.lightgroup = group
    tree = world.node_tree
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    background.inputs["Strength"].default_value = 1.0
    if path is None:
        background.inputs["Color"].default_value = (0.0, 0.0, 0.0, 1.0)
        return world
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = bpy.data.images.load(path, check_existing=True)
    texture.image.colorspace_settings.name = "Linear Rec.709"
    coordinates, mapping = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    # The map by which light is sampled is built anew at every change of world; what the renderer chooses by itself is
    # many times finer than the picture and takes longer than a small frame's whole trace.
    world.cycles.sampling_method = "MANUAL"
    finest = max(512, 4 * bpy.context.scene.render.resolution_x)
    world.cycles.sample_map_resolution = min(max(texture.image.size[0], 256), 2048, finest)
    # The node turns the direction that is looked up; the room turns the other way.
    mapping.inputs["Rotation"].default_value = (0.0, 0.0, -rotation_rad)
    tree.links.new(coordinates.outputs["Generated"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], background.inputs["Color"])
    return world
