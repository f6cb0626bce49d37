"""How near the light of a room comes to that of the same room traced with 4,096 samples: PSNR of what it lights.

    python benchmarks/rooms_clean.py [--rooms 4] [--width 128] [--seed 31] [--samples 4096]
    python benchmarks/rooms_clean.py --layers CLEAN [--rooms 2] [--width 2048] [--reference 256]

Each room is traced twice: as `keyfill rooms` does it (6 and 16 samples, denoised) and with many samples and no
denoiser, `--reference` wide (as wide as the other unless given: light is a mean over the sphere, and width is dear).

Without `--layers` both light a stand-in (head and trunk of ellipsoids, diffuse, by the panorama's irradiance summed
over its texels), before no background, exposed so that the face has a mean of 110 of 255. At 2,048 wide a room has
256 times the texels of one 128 wide, each as noisy, and light is their mean: what is printed is a lower bound.

With it, the first clip of clean shards rendered with `render.keep: layers` is lit by both, as `keyfill relight` does,
each exposed as its camera would; the pixels that the person covers are compared. Nothing of the clip's own noise comes
in: both are sums of the same layers.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from rooms_levels import StandIn

from core.colour import luminance, srgb_from_linear
from core.config import validate
from pairs.dataset import Dataset
from pairs.layers import FOLDER, KeptLayers, load_layers
from pairs.video import decode
from render.config import RenderConfig
from render.environment import solid_angles, texel_directions
from render.panorama import trace_panorama
from render.relit import relight_clip, relit_scene
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room
from scenes.spec import Lighting, Scene


def lit(image: np.ndarray, sitter: StandIn) -> np.ndarray:
    """`(H, W, 3)` linear: the stand-in under a panorama."""
    height = image.shape[0]
    toward, radiance = texel_directions(height).reshape(-1, 3), image.reshape(-1, 3)
    weight = np.broadcast_to(solid_angles(height), image.shape[:2]).reshape(-1, 1)
    normals = sitter.normals[sitter.subject]
    shown = np.zeros(sitter.albedo.shape)
    card = np.maximum(normals @ toward.T, 0) @ (radiance * weight) / math.pi
    shown[sitter.subject] = card * sitter.albedo[sitter.subject]
    return shown


def relit(layers: KeptLayers, pictures: list[np.ndarray]) -> list[np.ndarray]:
    """Source of the middle frame under each panorama, `(N, 3)` in [0, 1]: the pixels that the person covers."""
    scene = Scene.from_json(layers.info.scene)
    names = [f"room-{index}" for index in range(len(pictures))]
    lightings = tuple(Lighting(f"{scene.clip}-light-{i:02d}", name, 0.0) for i, name in enumerate(names))
    render = validate(layers.info.render, RenderConfig, name="layers.json: render")
    with tempfile.TemporaryDirectory() as folder:
        rooms = {name: Path(folder) / f"{name}.hdr" for name in names}
        for picture, path in zip(pictures, rooms.values(), strict=True):
            cv2.imwrite(str(path), np.ascontiguousarray(picture[..., ::-1], np.float32))
        samples = relight_clip(relit_scene(scene, lightings, ()), render, rooms, layers, Path(folder) / "work")
        middle = scene.frames // 2
        frame = layers.frame(middle)
        x0, y0, x1, y1 = layers.info.box
        person = frame.alpha - frame.things > 0.5
        shown = [decode(sample.members["source.mkv"])[middle, y0:y1, x0:x1] for sample in samples]
    return [picture[person].astype(np.float32) / 1023 for picture in shown]


def in_stand_in(pictures: list[np.ndarray], sitter: StandIn) -> list[np.ndarray]:
    """sRGB `(N, 3)` of the stand-in under each panorama, both exposed for its face under the last."""
    shown = [lit(picture, sitter) for picture in pictures]
    level = ((110 / 255 + 0.055) / 1.055) ** 2.4 / float(luminance(shown[-1][sitter.face].astype(np.float32)).mean())
    return [srgb_from_linear((picture[sitter.subject] * level).astype(np.float32)) for picture in shown]


def light_of(clean: Path | None) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """What the panoramas light."""
    if clean is None:
        sitter = StandIn(draw_scene(ScenesConfig(train_clips=1, test_clips=0), 1, 0))
        return lambda pictures: in_stand_in(pictures, sitter)
    data = Dataset(clean)
    key, facts = next((key, facts) for row in data.manifest.shards for key, facts in row.clips.items())
    layers = load_layers(clean / FOLDER / key, data.info(facts["samples"][0]).get("layers"))
    return lambda pictures: relit(layers, pictures)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB of two sRGB pictures in [0, 1]."""
    return -10 * math.log10(max(float(((a - b) ** 2).mean()), 1e-12))


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--samples", type=int, default=4096)
    parser.add_argument("--reference", type=int, default=None, help="width of what is traced with many samples")
    parser.add_argument("--layers", type=Path, default=None, help="clean shards with kept layers")
    options = parser.parse_args()
    usual = PictureConfig(width=options.width)
    many = {"behind_scale": 1, "samples": options.samples, "behind_samples": options.samples, "denoise": "off"}
    best = PictureConfig(width=options.reference or options.width).model_copy(update=many)
    light = light_of(options.layers)
    found = []
    for number in range(options.rooms):
        room = draw_room(RoomsConfig(), options.seed, number)
        threads = len(os.sched_getaffinity(0))
        pictures = [trace_panorama(room, picture, threads).combined() for picture in (usual, best)]
        found.append(psnr(*light(pictures)))
        off = float(luminance(pictures[0]).mean() / luminance(pictures[1]).mean() - 1)
        print(f"{room.name} {room.kind:<13} {found[-1]:.1f} dB, light of the whole sphere {off:+.1%}", flush=True)
    print(f"{len(found)} rooms {options.width} wide: median {np.median(found):.1f} dB, worst {min(found):.1f} dB")


if __name__ == "__main__":
    main()
