"""A drawn room -> an equirectangular HDR panorama with a layer per light, traced once in a process of its own.

The sphere is traced in two parts: all around, coarsely, as light; and what a camera sees behind the person, finely, as
a picture. Each light's layer is denoised alone, so that the layers add up to the whole.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.colour import luminance
from core.errors import WorkError
from core.identity import digest
from core.processes import module_command
from core.rng import philox_key
from render.denoiser import denoise
from render.environment import solid_angles
from scenes.rooms.build import BuiltRoom, build_room, render_record
from scenes.rooms.config import PictureConfig
from scenes.rooms.record import IndoorRoom

VERSION = 3
"""Goes up when the same record gives another picture."""
_FEATHER = 24
_WRAP = 32
Started = Callable[[subprocess.Popen[str]], None]


@dataclass(frozen=True, eq=False)
class Panorama:
    """`layers`: `(H, 2H, 3)` float32 linear Rec.709 radiance per light, row 0 up, as `render.environment` has it;
    `on`: the lights that are lit in this room; `facts`: seconds, samples, what was painted."""

    layers: dict[str, np.ndarray]
    on: tuple[str, ...]
    facts: dict[str, Any]

    def combined(self) -> np.ndarray:
        """The sum of the layers that are on, `(H, 2H, 3)` float32."""
        total = np.zeros_like(next(iter(self.layers.values())))
        for name in self.on:
            total += self.layers[name]
        return total


@dataclass(frozen=True)
class Part:
    """A rectangle `box` (x0, y0, x1, y1) of a sphere of `width` x `width / 2` px."""

    name: str
    width: int
    box: tuple[int, int, int, int]
    samples: int


def parts_of(picture: PictureConfig) -> tuple[Part, ...]:
    """What is traced: `around` and, where it is finer, `behind` (about +Y, a quarter in from the left)."""
    width = picture.width // picture.behind_scale
    around = Part("around", width, (0, 0, width, width // 2), picture.samples)
    if picture.behind_scale == 1 and picture.behind_samples <= picture.samples:
        return (around,)
    w, h = (round(degrees / 360 * picture.width / 2) * 2 for degrees in picture.behind_deg)
    x0, y0 = max(0, picture.width // 4 - w // 2), picture.width // 4 - h // 2
    return around, Part("behind", picture.width, (x0, y0, x0 + w, y0 + h), picture.behind_samples)


def room_identity(room: IndoorRoom, picture: PictureConfig) -> str:
    """Digest of all that a panorama's pixels depend on."""
    return digest(json.loads(json.dumps(room.to_json())), picture.model_dump(mode="json"), VERSION)


def trace_panorama(
    room: IndoorRoom,
    picture: PictureConfig,
    threads: int = 0,
    started: Started | None = None,
    built: BuiltRoom | None = None,
) -> Panorama:
    """Trace a room and denoise its layers. `threads`: 0 takes all; `started` is told of the child process; `built`: in
    place of what `build_room` makes of the record.

    Raises WorkError when the renderer fails or a file of it cannot be read back.
    """
    built, parts = built or build_room(room), parts_of(picture)
    off = {lamp.name for lamp in room.lamps if not lamp.on}
    on = tuple(group for group in built.groups if group not in off)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="keyfill-room-") as name:
        folder = Path(name)
        seed = philox_key(room.seed, room.name, "trace") % (1 << 31)
        job = {
            "room": render_record(room, built),
            "bounces": picture.bounces,
            "threads": threads,
            "parts": [
                {"name": p.name, "width": p.width, "height": p.width // 2, "box": p.box, "samples": p.samples,
                 "seed": (seed + i) % (1 << 31), "path": str(folder / f"{p.name}.exr")}
                for i, p in enumerate(parts)
            ],
        }  # fmt: skip
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        built.geometry.save(folder / "geometry.npz")
        np.save(folder / "sky.npy", built.sky.image)
        said = _run(room.name, folder, len(parts), started)
        traced = time.perf_counter()
        layers = _assembled(parts, built.groups, on, folder, picture)
    if said[0]["sun"]:
        paint_sun(
            layers["sun"], np.array(said[0]["sun"]), np.array(built.sky.sun_w), built.sky.sun_size_rad, room.turn_rad
        )
    facts = {
        "engine": said[0]["engine"],
        "seconds": {
            "start": round(said[0]["seconds"], 2),
            **{row["part"]: round(row["seconds"], 2) for row in said[1:]},
            "compose": round(time.perf_counter() - traced, 2),
            "all": round(time.perf_counter() - began, 2),
        },
        "core_seconds": round(sum(row["core_seconds"] for row in said[1:]), 2),
        "sun_seen": bool(said[0]["sun"]),
    }
    return Panorama(layers, on, facts)


def _run(name: str, folder: Path, parts: int, started: Started | None) -> list[dict[str, Any]]:
    process = subprocess.Popen(
        module_command("render.blender.rooms", folder, str(os.getpid())),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    if started is not None:
        started(process)
    try:
        out, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    said = [json.loads(line) for line in out.splitlines() if line.endswith("}")]
    wrong = next((row["message"] for row in said if "error" in row), None)
    if wrong or len(said) != parts + 1:
        log = folder / "engine.log"
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:] if log.is_file() else []
        raise WorkError(
            "\n".join([f"{name}: {wrong or f'the renderer ended with status {process.returncode}'}", *tail])
        )
    return said


def _assembled(
    parts: tuple[Part, ...], groups: tuple[str, ...], on: tuple[str, ...], folder: Path, picture: PictureConfig
) -> dict[str, np.ndarray]:
    """The layers over the whole sphere: what is finer laid over what is coarser, its border fading."""
    shape = (picture.width, picture.width // 2)
    layers: dict[str, np.ndarray] = {}
    for part in parts:
        planes = _read(folder / f"{part.name}.exr", part)
        guides = _guides(planes, picture.denoise, part)
        clean = _clean_layers(
            {group: _colour(planes, f"Combined_{group}") for group in groups}, on, guides, picture.denoise, part
        )
        for group, image in clean.items():
            if part.name == "around":
                wide = image if part.width == shape[0] else cv2.resize(image, shape, interpolation=cv2.INTER_LINEAR)
                layers[group] = np.maximum(wide, 0)
            else:
                x0, y0, x1, y1 = part.box
                fade = _fade(y1 - y0, x1 - x0)[..., None]
                below = layers[group][y0:y1, x0:x1]
                layers[group][y0:y1, x0:x1] = below + fade * (image - below)
    return layers


def _read(path: Path, part: Part) -> dict[str, np.ndarray]:
    import OpenEXR

    try:
        found = OpenEXR.File(str(path), separate_channels=True).parts[0].channels
        planes = {name.partition(".")[2]: channel.pixels for name, channel in found.items()}
    except Exception as error:
        raise WorkError(f"{path}: the traced part cannot be read back ({error}); is the disk or memory full?") from None
    x0, y0, x1, y1 = part.box
    wrong = next((name for name, plane in planes.items() if plane.shape != (y1 - y0, x1 - x0)), None)
    if wrong:
        raise WorkError(f"{path}: {wrong} is {planes[wrong].shape[::-1]}, expected {x1 - x0}x{y1 - y0}")
    return planes


def _colour(planes: dict[str, np.ndarray], name: str, letters: str = "RGB") -> np.ndarray:
    image = np.stack([planes[f"{name}.{letter}"] for letter in letters], -1).astype(np.float32, copy=False)
    if lost := int((~np.isfinite(image)).any(-1).sum()):
        raise WorkError(f"{name}: {lost} pixels are NaN or infinite; no picture can be made of them")
    return image


def _guides(planes: dict[str, np.ndarray], quality: str, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Albedo and normal, themselves denoised first: they are nearly free of noise, and then wholly."""
    albedo = np.clip(_colour(planes, "Denoising Albedo"), 0, 1)
    normal = _colour(planes, "Denoising Normal", "XYZ")
    if quality == "off":
        return albedo, normal
    albedo, normal = _wrapped(albedo, part), np.clip(_wrapped(normal, part), -1, 1)
    clean = denoise(np.ascontiguousarray(normal * 0.5 + 0.5), hdr=False, quality=quality) * 2 - 1
    return denoise(np.ascontiguousarray(albedo), hdr=False, quality=quality), np.clip(clean, -1, 1)


def _clean_layers(
    layers: dict[str, np.ndarray], on: tuple[str, ...], guides: tuple[np.ndarray, np.ndarray], quality: str, part: Part
) -> dict[str, np.ndarray]:
    """Every layer denoised; those that are on then scaled to add up to their denoised sum, which has the least noise:
    few samples are shared by many lights, and each of them alone is much noisier than all together."""
    clean = {name: _denoised(np.maximum(layer, 0.0), guides, quality, part) for name, layer in layers.items()}
    if quality == "off" or len(on) < 2:
        return clean
    whole = _denoised(np.maximum(sum(layers[name] for name in on), 0.0), guides, quality, part)
    ratio = whole / np.maximum(sum(clean[name] for name in on), 1e-6 * float(whole.mean()) + 1e-12)
    return {name: layer * ratio if name in on else layer for name, layer in clean.items()}


def _denoised(image: np.ndarray, guides: tuple[np.ndarray, np.ndarray], quality: str, part: Part) -> np.ndarray:
    level = float(luminance(image).mean())
    if quality == "off" or level <= 0:
        return image
    # the filter's own exposure estimate sees every light alike
    scale = np.float32(0.2 / level)
    noisy = np.ascontiguousarray(_wrapped(image, part) * scale)
    clean = np.maximum(denoise(noisy, *guides, hdr=True, clean_aux=True, quality=quality), 0.0) / scale
    return clean[:, _WRAP:-_WRAP] if part.name == "around" else clean


def _wrapped(image: np.ndarray, part: Part) -> np.ndarray:
    """The sphere goes on past its left and right edge, for filters that look around."""
    return np.pad(image, ((0, 0), (_WRAP, _WRAP), (0, 0)), mode="wrap") if part.name == "around" else image


def _fade(height: int, width: int) -> np.ndarray:
    """1 in the middle, falling to 0 over the last texels at every edge."""
    line = lambda n: np.clip(np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / _FEATHER, 0, 1)
    return np.minimum(line(height)[:, None], line(width)[None, :]).astype(np.float32)


def paint_sun(layer: np.ndarray, seen: np.ndarray, irradiance: np.ndarray, size_rad: float, turn_rad: float) -> None:
    """Adds the sun's disc to its layer: the renderer's sun shines, but is not seen.

    `seen`: `(N, 4)` directions in the room's axes with the share of the sun's light that comes from each; the texels
    that are hit receive it, so that the disc lights a subject as the sun would: radiance = irradiance x share / solid
    angle of the texel.
    """
    height, width = layer.shape[:2]
    omega = solid_angles(height)[:, 0]
    c, s = math.cos(turn_rad), math.sin(turn_rad)
    for x, y, z, share in seen:
        x, y = c * x - s * y, s * x + c * y
        column = int((0.5 - math.atan2(y, x) / (2 * math.pi)) * width) % width
        row = min(height - 1, int(math.acos(max(-1.0, min(1.0, z))) / math.pi * height))
        layer[row, column] += (irradiance * share / omega[row]).astype(np.float32)
