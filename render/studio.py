"""Soft boxes in physical units: where they stand, how strong one watt is at the face, and the weights of a lighting."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.colour import luminance, rgb_from_kelvin
from render.camera import camera_to_world, light_to_world, outward
from scenes.spec import AreaLight, Camera, LightFrom, Lighting, Scene


def studio_lights(scene: Scene) -> dict[str, AreaLight]:
    """The lights of the studio trace by group name; the desk lamp is among them: it is the same for all rooms."""
    lights = {"key": scene.studio.key, "fill": scene.studio.fill, "rim": scene.studio.rim, "lamp": scene.desk_lamp}
    return {name: light for name, light in lights.items() if light is not None}


def form_factor(light: AreaLight, matrix: np.ndarray, point: np.ndarray, normal: np.ndarray, grid: int = 24) -> float:
    """Irradiance at `point` with `normal` per unit radiance of the box, `integral cos cos / d^2 dA`, in sr.

    Midpoint rule over a `grid` x `grid` raster of the emitter.
    """
    t = (np.arange(grid) + 0.5) / grid - 0.5
    u, v = np.meshgrid(t * light.size_m[0], t * light.size_m[1])
    emitters = matrix[:3, 3] + u[..., None] * matrix[:3, 0] + v[..., None] * matrix[:3, 1]
    away = emitters - point
    distance = np.linalg.norm(away, axis=-1)
    at_light = np.clip((away / distance[..., None]) @ matrix[:3, 2], 0, None)
    at_face = np.clip((away / distance[..., None]) @ normal, 0, None)
    return float((at_light * at_face / distance**2).mean() * light.size_m[0] * light.size_m[1])


def unit_power_w(light: AreaLight, matrix: np.ndarray, face: np.ndarray) -> float:
    """Watts at which a white diffuse card at the face, turned to the light, has radiance 1 (irradiance pi).

    A one-sided Lambertian emitter of area A and power P has radiance P / (pi A); radiance 1 of the card needs the
    irradiance pi = L * form factor.
    """
    factor = form_factor(light, matrix, face, matrix[:3, 2])
    return math.pi * light.size_m[0] * light.size_m[1] * math.pi / factor


@dataclass(frozen=True)
class SoftBox:
    """A light of the studio trace as the renderer places it: `matrix` 4 x 4 to world, `power_w` for radiance 1 of a
    white card at the face."""

    name: str
    matrix: list[list[float]]
    size_m: tuple[float, float]
    power_w: float


def soft_boxes(scene: Scene, face: np.ndarray) -> list[SoftBox]:
    """The studio's lights, placed about the face `(3,)`, metres."""
    placed = {name: (light, light_to_world(light, face, scene.camera)) for name, light in studio_lights(scene).items()}
    return [
        SoftBox(name, matrix.tolist(), light.size_m, unit_power_w(light, matrix, face))
        for name, (light, matrix) in placed.items()
    ]


def target_weights(scene: Scene, lighting: Lighting, face: np.ndarray) -> dict[str, np.ndarray]:
    """Linear RGB weight `(3,)` of each studio group, scaled so that a white diffuse card at the face, turned to the
    camera, shows luminance 1 under key and fill together. Incident metering: it does not look at the person's skin.

    `key_fill_ratio` is the ratio of the illuminances with the card turned to each light; the rim's gain is
    relative to the key's.
    """
    lights = (("key", scene.studio.key), ("fill", scene.studio.fill))
    facing = {name: facing_camera(light, face, scene.camera) for name, light in lights}
    return balanced(lighting, facing, scene.studio.rim is not None)


def balanced(lighting: Lighting, facing: dict[str, float], rim: bool) -> dict[str, np.ndarray]:
    """`target_weights` of key and fill whose shares `facing` a card turned to the camera receives, and maybe a rim."""
    colours = {
        "key": rgb_from_kelvin(lighting.key_temperature_k),
        "fill": rgb_from_kelvin(lighting.fill_temperature_k) / np.float32(lighting.key_fill_ratio),
    }
    card = sum(float(luminance(colours[name])) * facing[name] for name in ("key", "fill"))
    weights = {name: (colour / np.float32(card)).astype(np.float32) for name, colour in colours.items()}
    if rim:
        weights["rim"] = weights["key"] * np.float32(lighting.rim_gain)
    return weights


def facing_camera(light: AreaLight, face: np.ndarray, camera: Camera) -> float:
    """Share of a light's normal-incidence illuminance that a card turned to the camera receives, `[0, 1]`."""
    matrix = light_to_world(light, face, camera)
    return form_factor(light, matrix, face, direction_to_camera(camera, face)) / form_factor(
        light, matrix, face, matrix[:3, 2]
    )


def lamp_weight(lighting: Lighting, room_mean: float) -> np.ndarray:
    """Linear RGB weight `(3,)` of the desk lamp in the source. Gain 1: a white card turned to the lamp is as bright as
    the room's mean radiance `room_mean` would make it on its own."""
    return (rgb_from_kelvin(lighting.desk_lamp_temperature_k) * lighting.desk_lamp_gain * room_mean).astype(np.float32)


def direction_to_camera(camera: Camera, face: np.ndarray) -> np.ndarray:
    """Unit vector `(3,)` from the face to the camera."""
    away = camera_to_world(camera)[:3, 3] - face
    return away / np.linalg.norm(away)


def around(
    light: LightFrom, directions: np.ndarray, solid_angles_sr: np.ndarray, camera: Camera, face: np.ndarray
) -> tuple[np.ndarray, float]:
    """`(G,)`: how much each light of irradiance 1 counts, such that a white card turned to `light` shows 1; and the
    share of that which a card turned to the camera shows."""
    toward = outward(light.azimuth_rad, light.elevation_rad, face, camera)
    angle = np.arccos(np.clip(directions @ toward, -1, 1))
    lobe = solid_angles_sr * np.exp((angle.min() ** 2 - angle**2) / (2 * light.spread_rad**2))
    lobe *= math.pi / max(float((lobe * np.clip(directions @ toward, 0, None)).sum()), 1e-12)
    return lobe, float((lobe * np.clip(directions @ direction_to_camera(camera, face), 0, None)).sum()) / math.pi
