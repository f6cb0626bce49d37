"""Parts of the photographed places that come along (Poly Haven, CC0): pictures on walls, what is outside windows."""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np

from core.colour import luminance, srgb_from_linear
from core.ranges import any_of

FOLDER = Path(__file__).with_name("photographed")
PRINTS = (
    "bridge", "city", "city", "dawn", "dawn", "esplanade", "forest", "forest", "lab", "night", "night", "park", "park",
    "sky", "sunrise", "sunrise", "sunset", "sunset", "sunset", "venice", "venice", "venice",
)  # fmt: skip
"""What pictures are cut from, as often as named."""
OUTDOORS = ("city", "city", "forest", "forest", "park", "sunrise", "sunset", "venice")
"""What windows look out on by day, as often as named."""
PICTURE_PX = 192


@functools.lru_cache(maxsize=8)
def place(name: str) -> np.ndarray:
    """`(256, 512, 3)` float32 linear radiance of a place, row 0 up, as `render.environment` has panoramas."""
    import OpenEXR

    channels = OpenEXR.File(str(FOLDER / f"photo-{name}.exr")).channels()
    pixels = next(channels[key].pixels for key in ("RGB", "RGBA") if key in channels)
    image: np.ndarray = np.nan_to_num(np.asarray(pixels[..., :3], np.float32), nan=0.0, posinf=0.0)
    image.setflags(write=False)
    return image


def view(name: str, yaw_rad: float, pitch_rad: float, hfov_rad: float, aspect: float, width: int) -> np.ndarray:
    """A plain camera's picture of a place: `(H, width, 3)` float32 linear; `aspect`: width over height."""
    image = place(name)
    # lamps and the sun would ring: nothing is brighter than paper can be
    image = np.minimum(image, 12 * float(np.median(luminance(image))))
    rows = max(8, round(width / aspect))
    reach = np.tan(hfov_rad / 2)
    x, y = np.meshgrid(
        np.linspace(-reach, reach, width), np.linspace(reach / aspect, -reach / aspect, rows), indexing="xy"
    )
    c, s = np.cos(pitch_rad), np.sin(pitch_rad)
    forward, up = c - s * y, s + c * y
    theta = np.arccos(np.clip(up / np.sqrt(x * x + y * y + 1), -1, 1))
    phi = np.arctan2(x, forward) + yaw_rad
    columns = (0.5 + phi / (2 * np.pi)) % 1.0 * image.shape[1] - 0.5
    wide = np.pad(image, ((0, 0), (4, 4), (0, 0)), mode="wrap")
    place_x, place_y = (columns + 4).astype(np.float32), (theta / np.pi * image.shape[0] - 0.5).astype(np.float32)
    seen: np.ndarray = cv2.remap(wide, place_x, place_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.maximum(seen, 0.0)


def photograph(rng: np.random.Generator, name: str, aspect: float = 1.0) -> np.ndarray:
    """A print of part of a place: `(PICTURE_PX, PICTURE_PX, 3)` float32 sRGB `[0, 1]`, however wide it will hang
    (`aspect`: width over height); in colour, faded, black and white, or painted."""
    wide = np.radians(rng.uniform(38.0, 82.0))
    seen = view(name, rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(-6.0, 12.0)), wide, aspect, PICTURE_PX)
    level = float(np.exp(np.log(luminance(seen) + 1e-6).mean()))
    image = srgb_from_linear(1 - np.exp(-seen * (rng.uniform(0.16, 0.34) / max(level, 1e-6))))
    image = cv2.resize(image.astype(np.float32), (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_CUBIC)
    kind = rng.random()
    if kind < 0.2:
        grey = luminance(image)[..., None]
        image = np.clip((grey - 0.45) * 1.25 + 0.45, 0.02, 0.97) * np.array([1.0, rng.uniform(0.94, 1.0), 0.93])
    elif kind < 0.36:  # printed long ago: blacks lifted, cyan gone
        image = 0.14 + 0.76 * image * np.array([1.05, 0.98, rng.uniform(0.78, 0.95)])
    elif kind < 0.66:
        image = _painted(image, rng)
    soft = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 2.2)
    image = image + 0.7 * (image - soft) + rng.normal(0, 0.012, (PICTURE_PX, PICTURE_PX, 1))
    return np.clip(image, 0.0, 1.0).astype(np.float32)


def _painted(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As if with a brush: patches of one colour each, stronger ones, over an uneven ground."""
    stroke = int(rng.integers(4, 12))
    small = np.ascontiguousarray(np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8))
    flat = cv2.pyrMeanShiftFiltering(small, stroke, float(rng.uniform(12, 34))).astype(np.float32) / 255
    grey = luminance(flat)[..., None]
    flat = np.clip(grey + rng.uniform(1.0, 1.7) * (flat - grey), 0, 1)
    ground = cv2.GaussianBlur(rng.normal(0, 1, flat.shape[:2]).astype(np.float32), (0, 0), 1.6)
    return flat + 0.12 * ground[..., None]


def small_prints(rng: np.random.Generator) -> np.ndarray:
    """Sixteen prints in four rows and columns, for frames on shelves, postcards, calendars: `(384, 384, 3)` uint8
    sRGB."""
    cells = [
        cv2.resize(photograph(rng, any_of(rng, PRINTS), float(rng.choice([0.75, 1.33]))), (96, 96),
                   interpolation=cv2.INTER_AREA)
        for _ in range(16)
    ]  # fmt: skip
    rows = [np.hstack(cells[i : i + 4]) for i in range(0, 16, 4)]
    return np.rint(np.vstack(rows) * 255).astype(np.uint8)


@functools.lru_cache(maxsize=8)
def skyline(name: str) -> np.ndarray:
    """`(256, 512)` float32, 1 where a place's sky is: what is reached from above without crossing anything dark;
    between trees, all that is bright."""
    image = place(name)
    half = image.shape[0] // 2
    level = cv2.GaussianBlur(luminance(image).astype(np.float32), (0, 0), 0.8)
    land = float(np.median(level[half * 5 // 4 : half * 7 // 4]))
    bright = float(np.quantile(level[half * 3 // 4 : half - 4], 0.7))
    between = np.sqrt(max(land, 1e-6) * max(bright, 1e-6))
    if name == "forest":
        clear = level > 4 * between
    else:
        clear = np.logical_and.accumulate((level > between) | (image[..., 2] > 1.25 * image[..., 0]), axis=0)
    clear[half + 1 :] = False
    return cv2.GaussianBlur(clear.astype(np.float32), (0, 0), 0.7)
