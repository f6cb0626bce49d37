"""The files of a traced room: the panorama, a layer per light, and the sidecar that says what is in it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from core.colour import luminance
from core.files import replacing, write_text
from core.ranges import uniform
from core.rng import rng_for
from render.environment import solid_angles
from render.panorama import Panorama, room_identity
from render.room_parts import read_layers
from scenes.rooms.config import PictureConfig
from scenes.rooms.record import IndoorRoom

LICENCE = "CC0-1.0"
LAYERS = "layers"
_MOST = 48_000.0
"""A half float ends at 65,504; the sun's disc is brighter where texels are small, and DWAB is lossy: what was 65,000
has come back as infinity."""


def write_panorama(panorama: Panorama, room: IndoorRoom, picture: PictureConfig, folder: Path) -> None:
    """Write `NAME.exr` (what is on, half floats, white balanced as a camera does it), `layers/NAME.exr` (every light as
    channels `LIGHT.R` ...) and the sidecar `NAME.yaml`; `NAME.exr` comes last, so that a room that is there is whole.
    """
    place = folder / f"{room.name}.exr"
    place.unlink(missing_ok=True)
    (folder / LAYERS).mkdir(parents=True, exist_ok=True)
    top = np.float32(_MOST)
    planes = {
        f"{name}.{c}": np.minimum(layer[..., i], top)
        for name, layer in panorama.layers.items()
        for i, c in enumerate("RGB")
    }
    _write_exr(folder / LAYERS / place.name, planes, "DWAB")
    whole = panorama.combined()
    gains = white_gains(whole, uniform(rng_for(room.seed, room.name, "white-balance"), picture.white_balance))
    combined = np.minimum(whole * gains, top)
    write_text(
        folder / f"{room.name}.yaml", yaml.safe_dump(sidecar(panorama, room, picture, combined, gains), sort_keys=True)
    )
    _write_exr(place, {c: combined[..., i] for i, c in enumerate("RGB")}, "DWAB")


def white_gains(image: np.ndarray, share: float) -> np.ndarray:
    """`(3,)` float32 gains of a camera that takes the mean light of the room's brighter half for grey, `share` of the
    way; luminance stays. Wood and carpets are in the darker half: taken for grey, they make white walls blue. What is
    far brighter than the rest, windows and lamps, does not count either, as in a camera's statistics."""
    luma = luminance(image)
    middle = np.median(luma)
    counted = (solid_angles(image.shape[0]) * (luma >= middle) * (luma < 4 * middle))[..., None]
    mean = (image * counted).sum((0, 1))
    gains = (luminance(mean) / np.maximum(mean, 1e-9)) ** share
    return (gains / luminance(gains * mean) * luminance(mean)).astype(np.float32)


def read_panorama_layers(path: Path) -> dict[str, np.ndarray]:
    """The layers of `layers/NAME.exr`, `(H, 2H, 3)` float32 by light. WorkError when it cannot be read."""
    return read_layers(path)


def _write_exr(path: Path, planes: dict[str, np.ndarray], compression: str) -> None:
    import OpenEXR

    half = {name: np.ascontiguousarray(plane, np.float16) for name, plane in planes.items()}
    header = {"compression": getattr(OpenEXR, f"{compression}_COMPRESSION"), "type": OpenEXR.scanlineimage}
    with replacing(path) as temporary, OpenEXR.File(header, half) as file:
        file.write(str(temporary))


def sidecar(
    panorama: Panorama, room: IndoorRoom, picture: PictureConfig, combined: np.ndarray, gains: np.ndarray
) -> dict[str, Any]:
    """What `NAME.yaml` says: licence, and under `room` all that was drawn, what is lit, how bright it came out."""
    behind = behind_view(combined, picture)
    luma = luminance(behind)
    level = float(np.exp(np.log(np.maximum(luma, 1e-6)).mean()))
    record = {
        "licence": LICENCE,
        "author": "keyfill",
        "source": f"drawn from seed {room.seed}",
        "room": {
            **room.to_json(),
            "identity": room_identity(room, picture),
            "contents": sorted({item.kind for item in room.items}),
            "layers": sorted(panorama.layers),
            "on": list(panorama.on),
            "white_balance": [round(float(gain), 5) for gain in gains],
            "exposure_ev": round(math.log2(0.18 / level), 3),
            "clipped_behind": round(float((luma > 6 * level).mean()), 4),
            "picture": picture.model_dump(mode="json"),
            "facts": panorama.facts,
        },
    }
    return json.loads(json.dumps(record))


def behind_view(image: np.ndarray, picture: PictureConfig) -> np.ndarray:
    """The part of the sphere that a camera sees behind the person."""
    width = image.shape[1]
    w, h = (round(degrees / 360 * width / 2) * 2 for degrees in picture.behind_deg)
    x0, y0 = max(0, width // 4 - w // 2), width // 4 - h // 2
    return image[y0 : y0 + h, x0 : x0 + w]
