"""Cycles: settings that keep light additive, passes, one trace to one multilayer EXR."""

from __future__ import annotations

from typing import Any

import bpy

from render.blender.geometry import REST, THINGS


def configure(record: dict[str, Any]) -> None:
    """Settings for the whole clip. `record`: `bounces`, `threads`.

    No clamping, no adaptive sampling, no denoising in the renderer: each would break "the groups add up to the image".
    """
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.film_transparent = True
    # Everything is built anew for each trace. With data kept from the last one and fitted to the moved subject, a few
    # pixels would depend on what was traced before and on chance (benchmarks/light_repeat.py).
    scene.render.use_persistent_data = False
    scene.render.use_compositing = scene.render.use_sequencer = False
    scene.render.use_motion_blur = False
    scene.render.threads_mode = "FIXED" if record["threads"] else "AUTO"
    if record["threads"]:
        scene.render.threads = record["threads"]
    cycles = scene.cycles
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0
    cycles.use_light_tree = True
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.max_bounces = record["bounces"]
    cycles.diffuse_bounces = min(4, record["bounces"])
    cycles.glossy_bounces = cycles.transmission_bounces = record["bounces"]
    cycles.transparent_max_bounces = 16
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.use_auto_tile = False
    image = scene.render.image_settings
    image.file_format, image.color_depth, image.exr_codec = "OPEN_EXR_MULTILAYER", "32", "NONE"


def add_layer(name: str, groups: list[str], rest: bool, things: bool) -> None:
    """A view layer for one kind of trace, with these light groups and no others: their passes cost time and space.

    `rest`: whether each surface point's place in frame 0 is a pass of its own; `things`: the same of how far a pixel
    shows things that are not the person.
    """
    layer = bpy.context.scene.view_layers.new(name)
    layer.use_pass_z = layer.use_pass_normal = True
    layer.cycles.denoising_store_passes = True
    if rest:
        layer.aovs.add().name = REST
    if things:
        layer.aovs.add().name = THINGS
    for group in groups:
        layer.lightgroups.add(name=group)


def trace(layer: str, path: str, samples: int, seed: int) -> None:
    """Render the current frame's view layer to `path`. That the file is whole is checked by whoever reads it: a full
    disk still returns FINISHED."""
    scene = bpy.context.scene
    for each in scene.view_layers:
        each.use = each.name == layer
    scene.cycles.samples, scene.cycles.seed = samples, seed
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
