"""The room's child process: one room, one process. Reads a job folder, traces its parts, answers in JSON lines.

`python -m render.blender.rooms FOLDER PARENT`: FOLDER holds `job.json`, `geometry.npz` and `sky.npy`; every part of the
panorama becomes one multilayer EXR, which the job names. What the engine prints goes to `engine.log` in FOLDER.
"""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import bpy
import mathutils
import numpy as np

from render.blender.geometry import add_mesh
from render.blender.images import float_image, make_image
from render.blender.main import main
from render.blender.room_materials import make_room_material, mean_colour
from scenes.spec import Geometry

LAYER = "room"
_FAR_M = 400.0
_RAY_M, _CELL_M = 0.06, 0.35
_OUTSIDE_PX = (640, 320)
_CLEAR = {"pane": 0.93, "sheer": 0.4}
"""What lets light straight through, and how much of it."""
_CLOTHS = ("curtain", "roller")


def run(folder: Path, say: Any) -> None:
    """Trace every part of the job in `folder`; `say` sends one record to the parent."""
    started = time.perf_counter()
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    room = job["room"]
    _settle(job["bounces"], job["threads"])
    geometry = Geometry.load(folder / "geometry.npz")
    _add_geometry(geometry)
    for record in room["emitters"]:
        _add_emitter(record)
    if "sky" in room["groups"]:
        sky = np.load(folder / "sky.npy", allow_pickle=False)
        sun = _add_sun(room["sun"]) if "sun" in room["groups"] else None
        view = _view_outside(folder, sky, room["eye_m"], job["parts"][0]["seed"])
        _set_world("sky", view, seen_only=True)
        for centre, toward, width, height in room["portals"]:
            _add_window_light(view, centre, toward, width, height)
        if sun is not None:
            # what the sun's patches throw back comes from lights of their own: few paths would find a patch by chance
            sun.data.cycles.max_bounces = 0
            _add_sun_patches(room, geometry)
    else:
        _set_world("dark", np.zeros((2, 4, 3), np.float32), seen_only=True)
    _add_camera(room["eye_m"], room["turn_rad"])
    _add_layer(room["groups"])
    seen = _sun_seen(room) if "sun" in room["groups"] else []
    most = _hold_sparks(folder, job["parts"][0]["seed"])
    say(
        {
            "ready": True,
            "most": most,
            "engine": bpy.app.version_string,
            "sun": seen,
            "seconds": time.perf_counter() - started,
        }
    )
    for part in job["parts"]:
        wall, cpu = time.perf_counter(), time.process_time()
        _trace(part)
        say({"part": part["name"], "seconds": time.perf_counter() - wall, "core_seconds": time.process_time() - cpu})


def _settle(bounces: int, threads: int) -> None:
    """No clamping, no adaptive sampling, no denoising here: each would break "the groups add up to the image"."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.film_transparent = False
    scene.render.use_persistent_data = True
    scene.render.use_compositing = scene.render.use_sequencer = False
    scene.render.threads_mode = "FIXED" if threads else "AUTO"
    if threads:
        scene.render.threads = threads
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0
    cycles.use_light_tree = True
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.max_bounces = cycles.diffuse_bounces = bounces
    cycles.glossy_bounces = min(4, bounces)
    cycles.transmission_bounces = bounces
    cycles.transparent_max_bounces = 16
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.use_auto_tile = False
    image = scene.render.image_settings
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"


def _add_geometry(geometry: Geometry) -> None:
    images = {name: make_image(name, pixels) for name, pixels in geometry.images.items()}
    materials = {name: make_room_material(name, record, images) for name, record in geometry.materials.items()}
    for mesh in geometry.meshes:
        thing = add_mesh(mesh, materials[mesh.material], rest=False)
        thing.lightgroup = group if (group := mesh.name.split("|")[1]) != "outside" else "sky"


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


def _add_emitter(record: dict[str, Any]) -> None:
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


def _view_outside(folder: Path, sky: np.ndarray, eye_m: list[float], seed: int) -> np.ndarray:
    """What there is around the house, as `(H, 2H, 3)` radiance seen from the eye with the room taken away. From then on
    things outside only cast the sun's shadows: windows shine with this picture."""
    _set_world("outside", sky, seen_only=False)
    _add_camera(eye_m, 0.0)
    meshes = [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]
    lamps = [thing for thing in bpy.context.scene.objects if thing.type == "LIGHT" and thing.data.type != "SUN"]
    outside = [thing for thing in meshes if thing.name.split("|")[1] == "outside"]
    away = [thing for thing in [*meshes, *lamps] if thing not in outside]
    for thing in away:
        thing.hide_render = True
    width, height = _OUTSIDE_PX
    view = _pixels({"width": width, "height": height, "samples": 8, "seed": seed}, folder / "outside.exr")
    for thing in away:
        thing.hide_render = False
    for thing in outside:
        thing.visible_camera = thing.visible_diffuse = thing.visible_glossy = thing.visible_transmission = False
    bpy.data.objects.remove(bpy.context.scene.camera)
    return view


def _pixels(part: dict[str, Any], path: Path) -> np.ndarray:
    """A small picture of the whole sphere, traced and read back: `(H, W, 3)` float32, row 0 up."""
    scene = bpy.context.scene
    scene.render.image_settings.file_format = "OPEN_EXR"
    width, height = part["width"], part["height"]
    _trace({**part, "box": (0, 0, width, height), "path": str(path)})
    scene.render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(4 * width * height, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1, :, :3]


def _set_world(name: str, pixels: np.ndarray, seen_only: bool) -> None:
    """The world shows an equirectangular picture; `seen_only`: to the eye, it does not light anything."""
    world = bpy.data.worlds.new(name)
    world.use_nodes = True
    world.lightgroup = "sky"
    tree = world.node_tree
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = float_image(name, pixels)
    background = next(node for node in tree.nodes if node.type == "BACKGROUND")
    tree.links.new(texture.outputs["Color"], background.inputs["Color"])
    if seen_only:
        for kind in ("diffuse", "glossy", "transmission", "scatter"):
            setattr(world.cycles_visibility, kind, False)
        world.cycles.sampling_method = "NONE"
    else:
        world.cycles.sampling_method = "MANUAL"
        world.cycles.sample_map_resolution = 256
    bpy.context.scene.world = world


def _add_window_light(view: np.ndarray, centre: list[float], toward: list[float], width: float, height: float) -> None:
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


def _add_sun(record: dict[str, Any]) -> bpy.types.Object:
    data, thing = _light("SUN", "sun", "sun")
    power = max(*record["power_w"], 1e-9)
    data.energy, data.color = power, [channel / power for channel in record["power_w"]]
    data.angle = record["size_rad"]
    thing.matrix_world = _looking([-c for c in record["toward"]], [0.0, 0.0, 0.0])
    return thing


def _add_sun_patches(room: dict[str, Any], geometry: Geometry) -> None:
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
        _add_emitter(record)


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


def _hold_sparks(folder: Path, seed: int) -> float:
    """Limits what one path may bring from a bounce, to 4 times the room's middle level: a path that finds a lamp by
    chance brings a thousand times that, and few samples never average it out. Lights are limited alike in their group
    and in the sum."""
    pilot = _pixels({"width": 128, "height": 64, "samples": 16, "seed": seed}, folder / "pilot.exr")
    level = float(np.median(pilot.mean(-1)))
    bpy.context.scene.cycles.sample_clamp_indirect = most = max(4.0 * level, 1e-4)
    return most


def _add_camera(eye_m: list[float], turn_rad: float) -> None:
    """An equirectangular camera whose picture's middle looks along the world's +X after the room's turn."""
    data = bpy.data.cameras.new("camera")
    data.type = "PANO"
    data.panorama_type = "EQUIRECTANGULAR"
    data.clip_start, data.clip_end = 0.01, 1000.0
    thing = bpy.data.objects.new("camera", data)
    ahead = (
        mathutils.Matrix.Rotation(-turn_rad, 4, "Z")
        @ mathutils.Euler((math.pi / 2, 0, -math.pi / 2)).to_matrix().to_4x4()
    )
    thing.matrix_world = mathutils.Matrix.Translation(eye_m) @ ahead
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing


def _add_layer(groups: list[str]) -> None:
    layer = bpy.context.scene.view_layers.new(LAYER)
    layer.use_pass_z = True
    layer.cycles.denoising_store_passes = True
    for group in groups:
        layer.lightgroups.add(name=group)
    for each in bpy.context.scene.view_layers:
        each.use = each.name == LAYER


def _trace(part: dict[str, Any]) -> None:
    render = bpy.context.scene.render
    width, height = part["width"], part["height"]
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    x0, y0, x1, y1 = part["box"]
    render.use_border = render.use_crop_to_border = (x1 - x0, y1 - y0) != (width, height)
    render.border_min_x, render.border_max_x = (x0 + 0.25) / width, (x1 + 0.25) / width
    render.border_min_y, render.border_max_y = (height - y1 + 0.25) / height, (height - y0 + 0.25) / height
    bpy.context.scene.cycles.samples, bpy.context.scene.cycles.seed = part["samples"], part["seed"]
    render.filepath = part["path"]
    bpy.ops.render.render(write_still=True)


def _sun_seen(room: dict[str, Any], count: int = 64) -> list[list[float]]:
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


if __name__ == "__main__":
    main(run)
