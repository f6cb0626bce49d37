"""One frame of kept layers (render.rooms: olat, render.keep: layers) under any HDRI, with nothing of keyfill.

python examples/relight_olat.py out/clean/layers/clip-000000 room.exr OUT.png
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

folder, hdri, out = map(Path, sys.argv[1:])
info = json.loads((folder / "layers.json").read_text())
lights = [light for light in info["lights"] if light["of"] == "room"]
layers = OpenEXR.File(str(folder / info["frames"][0]["file"])).channels()
room = OpenEXR.File(str(hdri)).channels()["RGB"].pixels.astype(np.float32)

# Row 0 of the room looks up, its left edge along -X, its middle along +X.
height = len(room)
polar, azimuth = (np.arange(height) + 0.5) / height * np.pi, np.pi * (1 - (np.arange(2 * height) + 0.5) / height)
directions = np.stack(
    np.broadcast_arrays(
        np.outer(np.sin(polar), np.cos(azimuth)), np.outer(np.sin(polar), np.sin(azimuth)), np.cos(polar)[:, None]
    ),
    -1,
)
irradiance = room * (np.sin(polar) * (np.pi / height) ** 2)[:, None, None]
nearest = (directions @ np.array([light["direction"] for light in lights]).T).argmax(-1)
weights = [irradiance[nearest == index].sum(0) for index in range(len(lights))]
subject = sum(layers[light["name"]].pixels * weight for light, weight in zip(lights, weights, strict=True))

exposed = np.clip(subject * 0.18 / np.mean(subject[subject > 0]), 0, 1)
srgb = np.where(exposed <= 0.0031308, 12.92 * exposed, 1.055 * exposed ** (1 / 2.4) - 0.055)
cv2.imwrite(str(out), np.rint(srgb[..., ::-1] * 255).astype(np.uint8))
print(f"{out}: {len(lights)} lights, {np.sum(weights, 0).round(3).tolist()} of irradiance all around")
