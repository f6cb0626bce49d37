"""Where camera and lights stand, as matrices; shared by the tracing child and the composing parent. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenes.spec import AreaLight, Camera


@dataclass(frozen=True)
class Film:
    """What is traced: a pinhole frame `width` x `height` px that covers `hfov_rad`, of which only `box` is rendered.

    It shares its centre and pixel pitch with the output frame and is larger where the lens distortion looks further
    out. `box` is `(x0, y0, x1, y1)` in film pixels from the top left, end exclusive.
    """

    width: int
    height: int
    hfov_rad: float
    box: tuple[int, int, int, int]

    @property
    def box_width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def box_height(self) -> int:
        return self.box[3] - self.box[1]


def camera_to_world(camera: Camera) -> np.ndarray:
    """`(4, 4)` float64; columns: right, up, backward, position. Raises ValueError when it looks straight up or down."""
    position = np.asarray(camera.position_m, np.float64)
    forward = np.asarray(camera.look_at_m, np.float64) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    if np.linalg.norm(right) < 1e-6:
        raise ValueError("the camera looks along the Z axis; its upright is not defined")
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    c, s = math.cos(camera.roll_rad), math.sin(camera.roll_rad)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = c * right + s * up, c * up - s * right
    matrix[:3, 2], matrix[:3, 3] = -forward, position
    return matrix


def undistorted_radius(distorted: np.ndarray, k1: float) -> np.ndarray:
    """Solve r_d = r (1 + k1 r^2) for r by Newton's method; radii in half frame widths."""
    r = np.array(distorted, np.float64)
    for _ in range(20):
        r -= (r * (1 + k1 * r * r) - distorted) / np.maximum(1 + 3 * k1 * r * r, 0.05)
    return r


def distorted_radius(r: np.ndarray, k1: float) -> np.ndarray:
    """r_d = r (1 + k1 r^2); beyond the fold of a barrel lens the radius is held, so points there stay outside."""
    r = np.asarray(r, np.float64)
    if k1 < 0:
        r = np.minimum(r, math.sqrt(-1 / (3 * k1)))
    return r * (1 + k1 * r * r)


def pinhole_plane(camera: Camera, width: int, height: int) -> np.ndarray:
    """`(H, W, 2)` float64: where each output pixel's centre lies on the undistorted image plane, x right, y up,
    in units of half the frame's width."""
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (height / width) * (1 - (np.arange(height) + 0.5) / height * 2)
    plane = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1)
    if camera.distortion_k1 == 0.0:
        return plane.astype(np.float64)
    radius = np.linalg.norm(plane, axis=-1)
    return plane * (undistorted_radius(radius, camera.distortion_k1) / np.maximum(radius, 1e-12))[..., None]


def pixel_rays(camera: Camera, width: int, height: int) -> np.ndarray:
    """`(H, W, 3)` float32 unit directions in the world, one through each output pixel's centre, distortion included."""
    plane = pinhole_plane(camera, width, height) * math.tan(camera.hfov_rad / 2)
    local = np.concatenate([plane, np.full((*plane.shape[:2], 1), -1.0)], -1)
    rays = local @ camera_to_world(camera)[:3, :3].T
    return (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)


def project(camera: Camera, points: np.ndarray, width: int, height: int, distorted: bool = True) -> np.ndarray:
    """World points `(..., 3)` -> output pixels `(..., 2)` float64, x right, y down; NaN behind the camera."""
    world = camera_to_world(camera)
    local = (np.asarray(points, np.float64) - world[:3, 3]) @ world[:3, :3]
    depth = np.where(local[..., 2] < -1e-4, -local[..., 2], np.nan)
    plane = local[..., :2] / depth[..., None] / math.tan(camera.hfov_rad / 2)
    if distorted and camera.distortion_k1 != 0.0:
        radius = np.linalg.norm(plane, axis=-1)
        plane = plane * (distorted_radius(radius, camera.distortion_k1) / np.maximum(radius, 1e-12))[..., None]
    return np.stack([(plane[..., 0] + 1) / 2 * width, height / 2 - plane[..., 1] / 2 * width], -1)


def whole_film(camera: Camera, width: int, height: int) -> Film:
    """The film that covers every pixel of the output frame, uncropped."""
    plane = np.abs(pinhole_plane(camera, width, height)).max((0, 1))
    half_w = max(width / 2, math.ceil(plane[0] * width / 2 + 0.5) if camera.distortion_k1 else 0)
    half_h = max(height / 2, math.ceil(plane[1] * width / 2 + 0.5) if camera.distortion_k1 else 0)
    grow_w, grow_h = math.ceil(half_w - width / 2), math.ceil(half_h - height / 2)
    film_w, film_h = width + 2 * grow_w, height + 2 * grow_h
    hfov = 2 * math.atan(math.tan(camera.hfov_rad / 2) * film_w / width)
    return Film(film_w, film_h, hfov, (0, 0, film_w, film_h))


def light_to_world(light: AreaLight, face: np.ndarray, camera: Camera) -> np.ndarray:
    """`(4, 4)` float64: a soft box that faces the face; it emits along its -Z, its X is level."""
    away = outward(light.azimuth_rad, light.elevation_rad, face, camera)
    x = np.cross((0.0, 0.0, 1.0), away)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = x, np.cross(away, x), away
    matrix[:3, 3] = face + light.distance_m * away
    return matrix


def outward(azimuth_rad: float, elevation_rad: float, face: np.ndarray, camera: Camera) -> np.ndarray:
    """Unit vector `(3,)` float64 from the face; azimuth 0 is the camera's, positive towards the camera's right."""
    to_camera = camera_to_world(camera)[:3, 3] - face
    to_camera[2] = 0.0
    to_camera /= np.linalg.norm(to_camera)
    right = np.cross(-to_camera, (0.0, 0.0, 1.0))
    level = math.cos(azimuth_rad) * to_camera + math.sin(azimuth_rad) * right
    return math.cos(elevation_rad) * level + math.sin(elevation_rad) * np.array([0.0, 0.0, 1.0])
