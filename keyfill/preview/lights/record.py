"""What the page must know of a clip beside its frames: lights, rooms, how the camera sees and meters; as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from core.colour import rgb_from_kelvin
from keyfill.preview.lights.packed import packed
from keyfill.preview.lights.shrunk import Shrunk
from pairs.layers import LayerLight, LayersInfo
from render.camera import outward
from render.config import RenderConfig
from render.environment import confusion_px, load_hdri, solid_angles, sphere_luminance
from render.exposure import face_ellipse, face_mask, webcam_of
from render.light_stage import ROWS, Cell, label_map, room_grid
from render.olat import SHARES, dealt
from render.studio import direction_to_camera, facing_camera, studio_lights
from scenes.records import to_json
from scenes.spec import Lighting, Scene

KELVIN = (1700, 100, 134)
"""Colours of black bodies that the page knows: from, step, how many; it goes between them in a straight line."""


def clip_record(info: LayersInfo, config: RenderConfig, frames: list[int]) -> dict[str, Any]:
    """Everything but rooms and frames. `frames`: those that are shown, one of them the metered one; `config`: how
    the clip's camera meters."""
    scene, shown = Scene.from_json(info.scene), Shrunk.fitting(info)
    face, camera = np.array(info.face), scene.camera
    middle = info.head_poses[metered(info)]
    inside = face_mask(face_ellipse(middle, camera, *shown.size), *shown.size)
    level = outward(0.0, 0.0, face, camera)
    right = outward(math.pi / 2, 0.0, face, camera)
    room = [light for light in info.lights if light.of == "room"]
    return {
        "clip": info.clip,
        "of": [info.width, info.height],
        "size": shown.size,
        "by": shown.by,
        "box": shown.box,
        "fps": info.fps,
        "total": len(info.frames),
        "frames": frames,
        "metered": frames.index(metered(info)),
        "mode": info.rooms,
        "lights": [_light(light, level, right) for light in info.lights],
        "grid": _grid(info, room),
        "rays": packed(_where(shown.rays(camera))),
        "blur": confusion_px(camera, shown.size[0]),
        "facing": {
            name: facing_camera(light, face, camera) for name, light in studio_lights(scene).items() if name != "lamp"
        },
        "axes": {"level": level.tolist(), "right": right.tolist()},
        "camera": direction_to_camera(camera, face).tolist(),
        "studio": {"target_level": config.target_level, "target_skin": config.target_skin},
        "face": packed(inside.astype(np.uint8)),
        "lightings": [{"key": lighting.key, **by_hand(lighting, config)} for lighting in scene.lightings],
        "engine": info.engine,
    }


def metered(info: LayersInfo) -> int:
    """The frame on which the camera chose its exposure."""
    return len(info.frames) // 2


def room_record(name: str, path: Path, info: LayersInfo) -> dict[str, Any]:
    """A room as light and as what the clip's camera sees of it."""
    image, scene, shown = load_hdri(path), Scene.from_json(info.scene), Shrunk.fitting(info)
    grid = room_grid(image, 0.0)
    picture = _seen(image, scene.camera.hfov_rad / shown.size[0])
    rows = _where(shown.rays(scene.camera))[1] * picture.shape[0] - 0.5
    first = int(np.clip(math.floor(rows.min()), 0, picture.shape[0] - 1))
    last = int(np.clip(math.ceil(rows.max()) + 1, first + 1, picture.shape[0]))
    strip = picture[first:last]
    most = lambda values: max(float(values.max()) / 60000.0, 1.0)
    return {
        "name": name,
        "mean": sphere_luminance(image),
        "grid": packed((grid / most(grid)).astype(np.float16)),
        "grid_scale": most(grid),
        "strip": packed((strip / most(strip)).astype(np.float16)),
        "strip_scale": most(strip),
        "strip_at": [first, last, *picture.shape[:2]],
    }


def _seen(image: np.ndarray, per_pixel: float) -> np.ndarray:
    """As `render.environment.background_plate` takes it: no finer than the picture."""
    import cv2

    if 2 * np.pi / image.shape[1] >= per_pixel:
        return image
    rows = max(2, round(np.pi / per_pixel))
    return np.asarray(cv2.resize(image, (2 * rows, rows), interpolation=cv2.INTER_AREA))


def _where(rays: np.ndarray) -> np.ndarray:
    """`(2, h, w)` float32: where in a room that is not turned each pixel looks, as shares of its width and height."""
    across = 0.5 - np.arctan2(rays[..., 1], rays[..., 0]) / (2 * np.pi)
    return np.stack([across, np.arccos(np.clip(rays[..., 2], -1, 1)) / np.pi]).astype(np.float32)


def _light(light: LayerLight, level: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    row: dict[str, Any] = {"name": light.name, "of": light.of, "angle_sr": light.solid_angle_sr}
    if light.direction is not None:
        away = np.array(light.direction)
        azimuth = math.degrees(math.atan2(away @ right, away @ level))
        elevation = math.degrees(math.asin(float(np.clip(away[2], -1, 1))))
        row |= {"direction": light.direction, "azimuth_deg": round(azimuth, 1), "elevation_deg": round(elevation, 1)}
    return row


def _grid(info: LayersInfo, room: list[LayerLight]) -> dict[str, Any] | None:
    """Which lights each texel of a room goes to, what share of it each gets (none: one gets all), and with what factor
    for radiance x steradians; None where a room is a layer of its own."""
    shares = None
    if info.rooms == "olat":
        labels, dealt_out = dealt(np.array([light.direction for light in room]))
        shares, factors = packed((dealt_out * SHARES).astype(np.uint16)), np.ones(len(room))
    elif info.stage is not None:
        labels = label_map(tuple(Cell(*cell) for cell in info.stage.cells))
        omega = np.broadcast_to(solid_angles(ROWS), labels.shape)
        area = np.bincount(labels.ravel(), omega.ravel(), len(room))
        factors = 1.0 / (np.maximum(area, 1e-12) * np.array(info.stage.strength))
    else:
        return None
    return {
        "rows": ROWS,
        "omega": solid_angles(ROWS).ravel().tolist(),
        "labels": packed(labels.astype(np.uint16)),
        "shares": shares,
        "steps": SHARES,
        "factors": factors.tolist(),
    }


def by_hand(lighting: Lighting, config: RenderConfig) -> dict[str, Any]:
    """A lighting by the keys of the list that `keyfill relight --lights` takes."""
    found: dict[str, Any] = {"room": lighting.hdri, "turned_deg": math.degrees(lighting.rotation_rad)}
    for name in ("exposure_ev", "key_fill_ratio", "key_temperature_k", "fill_temperature_k", "rim_gain"):
        found[name] = getattr(lighting, name)
    for name in ("target_ambient", "desk_lamp_gain", "desk_lamp_temperature_k"):
        found[name] = getattr(lighting, name)
    for name, light in lighting.from_stage.items():
        angles = {"azimuth": light.azimuth_rad, "elevation": light.elevation_rad, "spread": light.spread_rad}
        found[name] = {f"{angle}_deg": math.degrees(value) for angle, value in angles.items()}
    found["webcam"] = to_json(webcam_of(lighting, config))
    if lighting.layer_gains:
        found["layer_gains"] = {row.layer: list(row.gain) for row in lighting.layer_gains}
    return found


def kelvin_table() -> dict[str, Any]:
    """Linear R, G, B of black bodies, luminance 1."""
    start, step, count = KELVIN
    return {
        "from": start,
        "step": step,
        "colours": [[round(float(c), 5) for c in rgb_from_kelvin(start + step * i)] for i in range(count)],
    }
