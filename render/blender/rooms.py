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
from render.blender.room_lights import add_emitter, add_sun, add_window_light
from render.blender.room_materials import make_room_material
from render.blender.room_sun import add_sun_patches, sun_seen
from scenes.spec import Geometry

LAYER = "room"
_OUTSIDE_PX = (640, 320)


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
        add_emitter(record)
    if "sky" in room["groups"]:
        sky = np.load(folder / "sky.npy", allow_pickle=False)
        sun = add_sun(room["sun"]) if "sun" in room["groups"] else None
        view = _view_outside(folder, sky, room["eye_m"], job["parts"][0]["seed"])
        _set_world("sky", view, seen_only=True)
        for centre, toward, width, height in room["portals"]:
            add_window_light(view, centre, toward, width, height)
        if sun is not None:
            # what the sun's patches throw back comes from lights of their own: few paths would find a patch by chance
            sun.data.cycles.max_bounces = 0
            add_sun_patches(room, geometry)
    else:
        _set_world("dark", np.zeros((2, 4, 3), np.float32), seen_only=True)
    _add_camera(room["eye_m"], room["turn_rad"])
    _add_layer(room["groups"])
    seen = sun_seen(room) if "sun" in room["groups"] else []
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


def _view_outside(folder: Path, sky: np.ndarray, eye_m: list[float], seed: int) -> np.ndarray:
    """What there is around the house, as `(H, 2H, 3)` radiance seen from the eye with the room taken away. From then on
    things outside only cast the sun's shadows: windows shine with this picture. Where there is nothing, it is the sky's
    own image."""
    meshes = [thing for thing in bpy.context.scene.objects if thing.type == "MESH"]
    lamps = [thing for thing in bpy.context.scene.objects if thing.type == "LIGHT" and thing.data.type != "SUN"]
    outside = [thing for thing in meshes if thing.name.split("|")[1] == "outside"]
    if not outside:
        return sky
    _set_world("outside", sky, seen_only=False)
    _add_camera(eye_m, 0.0)
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


if __name__ == "__main__":
    main(run)
