"""What the tracing child is asked to do: camera, film, lights, traces, seeds; plain JSON data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.rng import rng_for
from render.camera import Film, camera_to_world, project, whole_film
from render.config import RenderConfig
from render.light_stage import ROWS, Stage, group_name
from render.studio import light_records
from scenes.spec import Camera, Geometry, Scene

MARGIN_PX = 4
STUDIO = "studio"
STAGE = "stage"


def subject_film(camera: Camera, geometry: Geometry, width: int, height: int) -> Film:
    """The film cropped to the subject: the box of every vertex and strand point over all frames, plus a margin.

    Raises ValueError when the subject is never in view.
    """
    film = whole_film(camera, width, height)
    wide = Camera(camera.position_m, camera.look_at_m, film.hfov_rad, camera.roll_rad)
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for points in _solid_points(geometry):
        pixels = project(wide, points, film.width, film.height, distorted=False).reshape(-1, 2)
        low = np.fmin(low, np.fmin.reduce(pixels, 0))
        high = np.fmax(high, np.fmax.reduce(pixels, 0))
    x0, y0 = np.clip(np.floor(low) - MARGIN_PX, 0, (film.width, film.height)).astype(int)
    x1, y1 = np.clip(np.ceil(high) + MARGIN_PX, 0, (film.width, film.height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        raise ValueError("the subject is outside the camera's view in every frame")
    return Film(film.width, film.height, film.hfov_rad, (int(x0), int(y0), int(x1), int(y1)))


def _solid_points(geometry: Geometry):
    for mesh in geometry.meshes:
        yield from mesh.vertices
    for strands in geometry.strands:
        for frame in range(geometry.frames):
            yield strands.placed(frame)


def reach_of(config: RenderConfig, scene: Scene) -> int:
    """How many frames on either side share their samples: none where the clip has one frame, none for a user's own
    character, whose points only the renderer knows."""
    return 0 if scene.subject_blend or scene.frames == 1 else config.accumulate


def traced_samples(config: RenderConfig, scene: Scene) -> dict[str, int]:
    """Samples per pixel of the "room" and the "studio" trace; with `one_trace` the room's are for both."""
    times = config.samples_alone if config.accumulate and not reach_of(config, scene) else 1
    studio = config.samples if config.one_trace else config.studio_samples
    return {"room": config.samples * times, "studio": studio * times}


def frame_seed(scene: Scene, frame: int) -> int:
    """The sampling seed of a frame, the same for its studio and room traces, so that both hit the same points."""
    return int(rng_for(scene.seed, scene.clip, "render", frame).integers(1, 2**31 - 1))


def room_name(index: int) -> str:
    """Name of the room trace (and light group) of the lighting with this index in `exact` mode."""
    return f"room{index:03d}"


def make_job(
    scene: Scene,
    config: RenderConfig,
    rooms: dict[str, Path],
    film: Film,
    face: np.ndarray,
    stage: Stage | None,
    frames: list[int],
) -> dict[str, Any]:
    """The child's whole instruction for `frames`, in that order. A `stage`'s cells take the place of the worlds."""
    boxes, samples = light_records(scene, face), traced_samples(config, scene)
    worlds = [
        {"name": room_name(i), "path": str(rooms[lighting.hdri]), "rotation_rad": lighting.rotation_rad}
        for i, lighting in enumerate(scene.lightings)
        if stage is None
    ]
    studio = {
        "name": STUDIO,
        "groups": [box["name"] for box in boxes],
        "world": None,
        "samples": samples["studio"],
    }
    cells = stage and {
        "centre": face.tolist(),
        "rows": ROWS,
        "cells": [
            {"name": group_name(i), "rect": [c.row0, c.row1, c.col0, c.col1], "strength": float(stage.strength[i])}
            for i, c in enumerate(stage.cells)
        ],
    }
    room_traces = [
        {"name": world["name"], "groups": [world["name"]], "world": world["name"], "samples": samples["room"]}
        for world in worlds
    ]
    if config.one_trace:
        first = room_traces.pop(0)
        studio = {**first, "name": STUDIO, "groups": [*studio["groups"], *first["groups"]]}
    if cells:
        names = [cell["name"] for cell in cells["cells"]]
        room_traces = [{"name": STAGE, "groups": names, "world": None, "samples": samples["room"]}]
    return {
        "clip": scene.clip,
        "device": config.device,
        "cycles": {"bounces": config.bounces, "threads": config.threads},
        "rest": config.accumulate > 0,
        "camera": {
            "matrix": camera_to_world(scene.camera).tolist(),
            "hfov_rad": film.hfov_rad,
            "width": film.width,
            "height": film.height,
            "box": list(film.box),
        },
        "soft_boxes": boxes,
        "worlds": worlds,
        "stage": cells,
        "traces": [studio, *room_traces],
        "frames": [{"frame": frame, "seed": frame_seed(scene, frame)} for frame in frames],
    }
