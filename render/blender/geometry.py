"""Solid things: a `scenes.spec.Geometry` -> Blender meshes and hair curves, and their place at each frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import bpy
import mathutils
import numpy as np

from render.blender.images import make_image
from render.blender.materials import make_material
from render.blender.subject import Subject, append_subject
from scenes.spec import Geometry, Mesh, Strands

REST = "rest"
"""The attribute and the pass that say where a surface point stood in frame 0, metres in the world."""
THINGS = "things"
"""The pass that is 1 where a pixel shows a thing that is not the person."""
_SEEN_THROUGH = ("glass", "cornea")


@dataclass
class SceneObjects:
    """What was added: the Blender objects, in the order of `geometry.meshes` and `geometry.strands`. `refined`: what is
    rendered in place of a mesh with subdivisions, by the name of its data."""

    geometry: Geometry
    meshes: list[bpy.types.Object] = field(default_factory=list)
    strands: list[bpy.types.Object] = field(default_factory=list)
    refined: dict[str, bpy.types.Object] = field(default_factory=dict)
    subject: Subject | None = None

    @property
    def has_things(self) -> bool:
        """Whether anything is there that is not the person."""
        return any(material.thing for material in self.geometry.materials.values())


def add_geometry(geometry: Geometry) -> SceneObjects:
    """Link every mesh and strand group into the current scene's collection, standing at frame 0."""
    images = {name: make_image(name, pixels) for name, pixels in geometry.images.items()}
    materials = {name: make_material(name, record, images) for name, record in geometry.materials.items()}
    for name, material in materials.items():
        # What is seen through tells nothing of its own; what is behind it does.
        if geometry.materials[name].kind not in _SEEN_THROUGH:
            _show_rest(material)
        if geometry.materials[name].thing:
            _show_thing(material)
    handle = SceneObjects(geometry)
    for mesh in geometry.meshes:
        handle.meshes.append(add_mesh(mesh, materials[mesh.material]))
    for group in geometry.strands:
        handle.strands.append(_add_strands(group, materials[group.material]))
    if geometry.subject is not None:
        handle.subject = append_subject(geometry.subject)
    for mesh, thing in zip(geometry.meshes, handle.meshes, strict=True):
        if mesh.subdivisions:
            handle.refined[thing.data.name] = _add_refined(thing)
    set_frame(handle, 0)
    return handle


def set_frame(handle: SceneObjects, frame: int) -> None:
    """Move everything to `frame` (0-based); still groups (T = 1) are left as they are."""
    if handle.subject is not None:
        handle.subject.set_frame(frame)
    for mesh, thing in zip(handle.geometry.meshes, handle.meshes, strict=True):
        if len(mesh.vertices) > 1:
            _move_points(thing, mesh.vertices[frame])
        for name, values in mesh.per_frame.items():
            seen = handle.refined.get(thing.data.name, thing)
            seen[name] = values[frame].tolist()
            seen.update_tag()
    for group, thing in zip(handle.geometry.strands, handle.strands, strict=True):
        if len(group.points) > 1:
            _move_points(thing, group.points[frame])
        if group.transforms is not None:
            thing.matrix_world = mathutils.Matrix(group.transforms[frame].astype(float).tolist())
    if handle.refined:
        graph = bpy.context.evaluated_depsgraph_get()
        for thing in handle.meshes:
            if thing.data.name in handle.refined:
                fine = thing.evaluated_get(graph).data
                points = np.empty(3 * len(fine.vertices), np.float32)
                fine.vertices.foreach_get("co", points)
                _move_points(handle.refined[thing.data.name], points)


def _add_refined(coarse: bpy.types.Object) -> bpy.types.Object:
    """The subdivided mesh as an object of its own: the renderer would subdivide anew at every trace, which takes longer
    than all else that it builds."""
    evaluated = coarse.evaluated_get(bpy.context.evaluated_depsgraph_get())
    fine = bpy.data.objects.new(f"{coarse.name}.fine", bpy.data.meshes.new_from_object(evaluated))
    bpy.context.scene.collection.objects.link(fine)
    coarse.hide_render = True
    return fine


def _show_rest(material: bpy.types.Material) -> None:
    """Where a surface point stood in frame 0, as the pass "rest" where the view layer has it."""
    tree = material.node_tree
    place, shown = tree.nodes.new("ShaderNodeAttribute"), tree.nodes.new("ShaderNodeOutputAOV")
    place.attribute_name = shown.aov_name = REST
    tree.links.new(place.outputs["Vector"], shown.inputs["Color"])


def _show_thing(material: bpy.types.Material) -> None:
    tree = material.node_tree
    shown = tree.nodes.new("ShaderNodeOutputAOV")
    shown.aov_name = THINGS
    shown.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)


def _move_points(thing: bpy.types.Object, points: np.ndarray) -> None:
    data = thing.data
    flat = np.ascontiguousarray(points, np.float32).ravel()
    if isinstance(data, bpy.types.Mesh):
        data.vertices.foreach_set("co", flat)
        data.update()
    else:
        data.position_data.foreach_set("vector", flat)
    data.update_tag()


def add_mesh(mesh: Mesh, material: bpy.types.Material, rest: bool = True) -> bpy.types.Object:
    """A mesh as it stands at frame 0, linked into the scene's collection; `rest`: with the attribute `REST`."""
    data = bpy.data.meshes.new(mesh.name)
    count = np.where(mesh.faces[:, 3] < 0, 3, 4)
    used = np.arange(4)[None, :] < count[:, None]
    data.vertices.add(mesh.vertices.shape[1])
    data.vertices.foreach_set("co", np.ascontiguousarray(mesh.vertices[0], np.float32).ravel())
    data.loops.add(int(count.sum()))
    data.loops.foreach_set("vertex_index", np.ascontiguousarray(mesh.faces[used], np.int32))
    data.polygons.add(len(mesh.faces))
    data.polygons.foreach_set("loop_start", (np.cumsum(count) - count).astype(np.int32))
    data.polygons.foreach_set("use_smooth", np.full(len(mesh.faces), mesh.smooth))
    if mesh.uv is not None:
        layer = data.uv_layers.new(name="uv")
        layer.uv.foreach_set("vector", np.ascontiguousarray(mesh.uv[used], np.float32).ravel())
    where = {REST: mesh.vertices[0]} if rest else {}
    for name, values in {**where, **mesh.attributes}.items():
        vector = values.ndim == 2
        attribute = data.attributes.new(name, "FLOAT_VECTOR" if vector else "FLOAT", "POINT")
        attribute.data.foreach_set("vector" if vector else "value", np.ascontiguousarray(values, np.float32).ravel())
    data.update(calc_edges=True)
    data.materials.append(material)
    thing = bpy.data.objects.new(mesh.name, data)
    bpy.context.scene.collection.objects.link(thing)
    if mesh.subdivisions:
        modifier = thing.modifiers.new("smooth", "SUBSURF")
        modifier.levels = modifier.render_levels = mesh.subdivisions
        modifier.uv_smooth = "PRESERVE_BOUNDARIES"
    return thing


def _add_strands(group: Strands, material: bpy.types.Material) -> bpy.types.Object:
    _, count, length, _ = group.points.shape
    data = bpy.data.hair_curves.new(group.name)
    data.add_curves([length] * count)
    data.position_data.foreach_set("vector", np.ascontiguousarray(group.points[0], np.float32).ravel())
    radius = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.ascontiguousarray(group.radius_m, np.float32).ravel())
    rest = data.attributes.new(REST, "FLOAT_VECTOR", "POINT")
    rest.data.foreach_set("vector", np.ascontiguousarray(group.placed(0), np.float32).ravel())
    data.materials.append(material)
    thing = bpy.data.objects.new(group.name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing
