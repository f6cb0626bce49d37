"""The virtual light stage as Blender objects: emissive cells of a far sphere, a light group each, unseen by camera."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from render.blender.images import float_image

RADIUS_M = 200.0
_FINEST_RAD = math.radians(12.0)


def add_stage(record: dict[str, Any], pattern: np.ndarray) -> list[bpy.types.Object]:
    """`record`: `centre` (metres), `rows` of the grid, `cells` as `{"name", "rects", "strength"}` back to front with
    `rects` as a list of `[row0, row1, col0, col1]`. `pattern`: `(rows, 2 rows, 3)` float32, what glows inside the
    cells. One object a cell.

    Each cell is nearer than the one before, so that small sources cut holes into what is behind them.
    """
    image = float_image("pattern", pattern)
    made = []
    for index, cell in enumerate(record["cells"]):
        radius = RADIUS_M * (1.0 - 0.5 * index / max(1, len(record["cells"])))
        mesh = _cell_mesh(cell["name"], cell["rects"], record["rows"], radius)
        mesh.materials.append(_glow(cell["name"], image, record["centre"], cell["strength"]))
        thing = bpy.data.objects.new(cell["name"], mesh)
        thing.location = record["centre"]
        thing.visible_camera = False
        thing.lightgroup = cell["name"]
        bpy.context.scene.collection.objects.link(thing)
        made.append(thing)
    return made


def _cell_mesh(name: str, rects: list[list[int]], rows: int, radius: float) -> bpy.types.Mesh:
    """Patches of the sphere between grid lines, in facets of at most twelve degrees, facing inwards.

    Each is looked up by direction, so that only the outlines are a little off: by a tenth of a degree at most.
    """
    points: list[np.ndarray] = []
    faces: list[np.ndarray] = []
    for rect in rects:
        some, corners = _patch(rect, math.pi / rows, radius)
        faces.append(corners + sum(map(len, points)))
        points.append(some)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.concatenate(points).tolist(), [], np.concatenate(faces).tolist())
    mesh.update()
    return mesh


def _patch(rect: list[int], step: float, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Points `(P, 3)` and quads `(F, 4)` of one rectangle of the grid, whose lines are `step` radians apart."""
    row0, row1, col0, col1 = rect
    tall = max(1, math.ceil((row1 - row0) * step / _FINEST_RAD))
    wide = max(1, math.ceil((col1 - col0) * step / _FINEST_RAD))
    theta = np.linspace(row0, row1, tall + 1) * step
    phi = math.pi - np.linspace(col0, col1, wide + 1) * step
    t, p = np.meshgrid(theta, phi, indexing="ij")
    points = radius * np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1).reshape(-1, 3)
    corner = np.arange(tall)[:, None] * (wide + 1) + np.arange(wide)[None, :]
    return points, np.stack([corner, corner + wide + 1, corner + wide + 2, corner + 1], -1).reshape(-1, 4)


def _glow(name: str, image: bpy.types.Image, centre: list[float], strength: float) -> bpy.types.Material:
    """Emission: the pattern looked up by direction from the centre, times a constant that the light tree can read."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    material.cycles.emission_sampling = "FRONT"
    tree = material.node_tree
    tree.nodes.clear()
    place, away = tree.nodes.new("ShaderNodeNewGeometry"), tree.nodes.new("ShaderNodeVectorMath")
    away.operation = "SUBTRACT"
    away.inputs[1].default_value = centre
    texture, emission = tree.nodes.new("ShaderNodeTexEnvironment"), tree.nodes.new("ShaderNodeEmission")
    texture.image, texture.interpolation = image, "Closest"
    emission.inputs["Strength"].default_value = strength
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(place.outputs["Position"], away.inputs[0])
    tree.links.new(away.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], emission.inputs["Color"])
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    return material
