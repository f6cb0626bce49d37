"""Where a room's sun goes: what it lights through the windows shines back, and what the eye sees of its disc."""

from __future__ import annotations

import math
from typing import Any

import bpy
import mathutils
import numpy as np

from render.blender.room_lights import add_emitter
from render.blender.room_materials import mean_colour
from scenes.spec import Geometry

_FAR_M = 400.0
_RAY_M, _CELL_M = 0.06, 0.35
_CLEAR = {"pane": 0.93, "sheer": 0.4}
"""What lets light straight through, and how much of it."""
_CLOTHS = ("curtain", "roller")


def add_sun_patches(room: dict[str, Any], geometry: Geometry) -> None:
    """The first bounce of the sun's light: a lamp for each piece of surface that the sun reaches through a window.

    Rays from all over each window find what the sun lights; their flux times the surface's mean colour, gathered over
    cells of space, shines from a disc as wide as its rays spread. Thin cloth shines to both sides.
    """
    graph = bpy.context.evaluated_depsgraph_get()
    toward, power = mathutils.Vector(room["sun"]["toward"]), np.array(room["sun"]["power_w"])
    cells: dict[tuple[int, ...], list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {}
    for centre, inward, width, height in room["portals"]:
        slant = -toward.dot(mathutils.Vector(inward))
        if slant <= 0.0:
            continue
        across = mathutils.Vector((0.0, 0.0, 1.0)).cross(mathutils.Vector(inward))
        columns, rows = max(4, round(width / _RAY_M)), max(4, round(height / _RAY_M))
        flux = power * slant * width * height / (columns * rows)
        for i in range(columns * rows):
            u, v = ((i + 0.5) * 0.754877666 % 1.0, (i + 0.5) * 0.569840291 % 1.0)
            place = mathutils.Vector(centre) + (u - 0.5) * width * across + mathutils.Vector((0, 0, (v - 0.5) * height))
            through = _through(graph, place, toward)[0]
            share, hit = _through(graph, place, -toward)[1:] if through else (0.0, None)
            if hit is None:
                continue
            where, normal, name, index = hit
            normal = normal if normal.dot(toward) > 0 else -normal
            arrived = flux * through * share * _mean_colour(geometry, name, index)
            for side in (1.0, -1.0) if name.split("|")[0] in _CLOTHS else (1.0,):
                way = side * normal
                key = (*(round(c / _CELL_M) for c in where), *(round(1.5 * c) for c in way))
                part = 0.5 if name.split("|")[0] in _CLOTHS else 1.0
                cells.setdefault(key, []).append((np.array(where), np.array(way), part * arrived))
    for rays in cells.values():
        where, ways, fluxes = (np.array(values) for values in zip(*rays, strict=True))
        middle, way, total = where.mean(0), ways.mean(0), fluxes.sum(0)
        wide = float(np.sqrt(((where - middle) ** 2).sum(1).mean())) * 2 * math.sqrt(2) + _RAY_M
        record = {"shape": "disc", "group": "sun", "at_m": list(middle + 0.012 * way), "toward": list(way),
                  "size_m": (wide, wide), "power_w": list(total), "seen": False}  # fmt: skip
        add_emitter(record)


def _mean_colour(geometry: Geometry, name: str, index: int) -> np.ndarray:
    """The mean reflectance of the surface of mesh `name` at its face `index`."""
    mesh = next(mesh for mesh in geometry.meshes if mesh.name == name)
    material = geometry.materials[mesh.material]
    return np.clip(np.array(mean_colour(material)) * mesh.attributes["tint"][mesh.faces[index, 0]], 0.0, 0.9)


def _through(graph: Any, place: mathutils.Vector, way: mathutils.Vector) -> tuple[float, float, Any]:
    """Looks from `place` along `way`: the share of light that comes through to the sky, the share that reaches the
    first solid thing, and that thing as `(where, normal, name, face)` or None."""
    share = 1.0
    for _ in range(12):
        hit, where, normal, index, thing, _ = bpy.context.scene.ray_cast(graph, place, way, distance=_FAR_M)
        if not hit:
            return share, share, None
        name = thing.name.split("|")[0]
        if name not in _CLEAR:
            return 0.0, share, (where, normal, thing.name, index)
        share *= _CLEAR[name]
        place = where + 0.001 * way
    return 0.0, share, None


def sun_seen(room: dict[str, Any], count: int = 64) -> list[list[float]]:
    """Directions over the sun's disc that the eye sees it in, each with the share of its light that comes through: the
    renderer's sun lights, but is itself unseen."""
    graph = bpy.context.evaluated_depsgraph_get()
    toward = mathutils.Vector(room["sun"]["toward"])
    across = toward.orthogonal().normalized()
    up = toward.cross(across)
    seen = []
    for i in range(count):
        radius, angle = math.sqrt((i + 0.5) / count) * room["sun"]["size_rad"] / 2, i * math.pi * (3 - math.sqrt(5))
        way = (toward + radius * (math.cos(angle) * across + math.sin(angle) * up)).normalized()
        if share := _through(graph, mathutils.Vector(room["eye_m"]), way)[0]:
            seen.append([*way, share / count])
    return seen
