"""Rooms as light: load an equirectangular HDRI, look it up by direction, project it as the background plate."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from core.colour import luminance
from core.errors import InputError
from render.camera import pixel_rays
from scenes.spec import Camera

_COARSE_PX = 4.0
"""Texels that are larger than so many pixels are smoothed over."""


def load_hdri(path: Path) -> np.ndarray:
    """`(H, 2H, 3)` float32 linear Rec.709 radiance from `.exr` or `.hdr`; row 0 looks up.

    Negative values are set to 0. Raises InputError when the file is missing, damaged, not 2:1, not finite or black.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such HDRI; give a folder of .exr or .hdr files as scenes.rooms")
    try:
        image = _load_exr(path) if path.suffix.lower() == ".exr" else _load_hdr(path)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path}: not a readable HDRI: {error}") from None
    height, width = image.shape[:2]
    if width != 2 * height:
        raise InputError(f"{path}: {width}x{height}; an equirectangular HDRI is twice as wide as high")
    if not np.isfinite(image).all():
        raise InputError(f"{path}: holds NaN or infinity; export it again")
    image = np.maximum(image, 0.0)
    if not image.any():
        raise InputError(f"{path}: is black; a room without any light shows nobody: remove it or export it again")
    return image


def judge_rooms(paths: Sequence[Path]) -> None:
    """Open every room. Raises InputError with a line for each that `load_hdri` refuses."""
    stats = [path.stat() if path.is_file() else None for path in paths]
    with ThreadPoolExecutor(4) as pool:  # a large room takes half a gigabyte
        faults = pool.map(_fault, paths, [stat and (stat.st_size, stat.st_mtime_ns) for stat in stats])
        found = [fault for fault in faults if fault]
    if found:
        raise InputError("\n".join(found))


@functools.lru_cache(maxsize=10_000)
def _fault(path: Path, state: tuple[int, int] | None) -> str:
    """Why a room is none, or ""; asked once for each `state` of its file."""
    try:
        load_hdri(path)
    except InputError as error:
        return str(error)
    return ""


def _load_exr(path: Path) -> np.ndarray:
    import OpenEXR

    channels = OpenEXR.File(str(path)).channels()
    for name in ("RGB", "RGBA"):
        if name in channels:
            return np.ascontiguousarray(channels[name].pixels[..., :3], np.float32)
    raise InputError(f"{path}: channels are {', '.join(channels)}; expected R, G, B")


def _load_hdr(path: Path) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
    if image is None or image.dtype != np.float32:
        raise InputError(f"{path}: not a Radiance .hdr picture")
    return np.ascontiguousarray(image[..., ::-1])


def texel_directions(height: int) -> np.ndarray:
    """`(H, 2H, 3)` float32 unit direction of each texel's centre, by the renderer's convention: the left edge looks
    along -X, the middle column along +X, a quarter in along +Y; row 0 up."""
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = np.pi * (1 - (np.arange(2 * height) + 0.5) / height)
    return np.stack(
        np.broadcast_arrays(
            np.sin(theta)[:, None] * np.cos(phi), np.sin(theta)[:, None] * np.sin(phi), np.cos(theta)[:, None]
        ),
        -1,
    ).astype(np.float32)


def solid_angles(height: int) -> np.ndarray:
    """`(H, 1)` float64 steradians of one texel of each row; all texels add to 4 pi."""
    edge = np.cos(np.arange(height + 1) / height * np.pi)
    return ((edge[:-1] - edge[1:]) * np.pi / height)[:, None]


def mean_radiance(image: np.ndarray) -> np.ndarray:
    """Mean radiance over the sphere, `(3,)` float64."""
    omega = solid_angles(image.shape[0])
    return (image.astype(np.float64) * omega[..., None]).sum((0, 1)) / (4 * np.pi)


def radiance_at(image: np.ndarray, directions: np.ndarray, rotation_rad: float = 0.0) -> np.ndarray:
    """Radiance `(..., 3)` float32 of the room, turned by `rotation_rad` about Z, along world `directions`; bilinear."""
    height, width = image.shape[:2]
    d = np.asarray(directions, np.float32)
    u = 0.5 - (np.arctan2(d[..., 1], d[..., 0]) - rotation_rad) / (2 * np.pi)
    v = np.arccos(np.clip(d[..., 2], -1, 1)) / np.pi
    x = np.mod(u, 1.0) * width - 0.5
    y = np.clip(v * height - 0.5, 0, height - 1)
    padded = cv2.copyMakeBorder(image, 0, 0, 1, 1, cv2.BORDER_WRAP)
    shape = x.shape
    map_x, map_y = (np.ascontiguousarray(m.reshape(1, -1) if m.ndim != 2 else m, np.float32) for m in (x + 1, y))
    return cv2.remap(padded, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(*shape, 3)


def turned(image: np.ndarray, rotation_rad: float) -> np.ndarray:
    """The room as an image of the same size after the turn about Z (columns shift, linear between texels)."""
    width = image.shape[1]
    shift = -rotation_rad / (2 * np.pi) * width
    whole = math.floor(shift)
    part = np.float32(shift - whole)
    near = np.roll(image, whole, axis=1)
    return near if part < 1e-6 else near * (1 - part) + np.roll(image, whole + 1, axis=1) * part


def background_plate(image: np.ndarray, camera: Camera, rotation_rad: float, width: int, height: int) -> np.ndarray:
    """What the camera sees behind the subject: `(H, W, 3)` float32 linear radiance, out of focus as the lens makes it.

    The room is at infinity: the circle of confusion on the sensor is f^2 / (N (s - f)) for focal length f, f-stop N
    and focus distance s (thin lens).
    """
    per_pixel = camera.hfov_rad / width
    texel = 2 * np.pi / image.shape[1]
    if texel < per_pixel:
        rows = max(2, round(np.pi / per_pixel))
        image = cv2.resize(image, (2 * rows, rows), interpolation=cv2.INTER_AREA)
    plate = radiance_at(image, pixel_rays(camera, width, height), rotation_rad)
    texel_px = 2 * np.pi / image.shape[1] / per_pixel
    if texel_px > _COARSE_PX:
        # between texels so large, straight lines of great contrast would be stairs
        plate = cv2.GaussianBlur(plate, (0, 0), 0.42 * texel_px, borderType=cv2.BORDER_REFLECT_101)
    return defocus(plate, confusion_px(camera, width))


def confusion_px(camera: Camera, width: int) -> float:
    """Diameter, in output pixels, of the blur disc of a point at infinity."""
    focal = camera.sensor_width_m / (2 * math.tan(camera.hfov_rad / 2))
    circle = focal**2 / (camera.f_stop * max(camera.focus_m - focal, 1e-4))
    return circle / camera.sensor_width_m * width


def defocus(image: np.ndarray, diameter_px: float) -> np.ndarray:
    """Blur linear light with a disc whose edge is anti-aliased; unchanged below one pixel."""
    if diameter_px <= 1.0:
        return image
    radius = diameter_px / 2
    reach = math.ceil(radius + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)


def sphere_luminance(image: np.ndarray) -> float:
    """Luminance of the mean radiance: what a white diffuse card shows on average over its directions."""
    return float(luminance(mean_radiance(image)))
