"""How near the light of a room comes to that of the same room traced with 4,096 samples: PSNR of a lit stand-in.

    python benchmarks/rooms_clean.py [--rooms 4] [--width 128] [--seed 31] [--samples 4096]

Each room is traced twice at this width: as `keyfill rooms` does it (6 and 16 samples, denoised) and with many samples
and no denoiser. Both light the same stand-in (head and trunk of ellipsoids, diffuse, by the panorama's irradiance
summed over its texels), before no background, exposed so that the face has a mean of 110 of 255. At 2,048 wide a room
has 256 times the texels of one 128 wide, each as noisy, and light is their mean: what is printed is a lower bound.
"""

from __future__ import annotations

import argparse
import math
import os

import numpy as np
from rooms_levels import StandIn

from core.colour import luminance, srgb_from_linear
from render.environment import solid_angles, texel_directions
from render.panorama import trace_panorama
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room


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
    options = parser.parse_args()
    usual = PictureConfig(width=options.width)
    many = {"behind_scale": 1, "samples": options.samples, "behind_samples": options.samples, "denoise": "off"}
    best = usual.model_copy(update=many)
    sitter = StandIn(draw_scene(ScenesConfig(train_clips=1, test_clips=0), 1, 0))
    found = []
    for number in range(options.rooms):
        room = draw_room(RoomsConfig(), options.seed, number)
        threads = len(os.sched_getaffinity(0))
        pictures = [trace_panorama(room, picture, threads).combined() for picture in (usual, best)]
        shown = [lit(picture, sitter) for picture in pictures]
        level = ((110 / 255 + 0.055) / 1.055) ** 2.4 / float(luminance(shown[1][sitter.face].astype(np.float32)).mean())
        a, b = (srgb_from_linear((picture[sitter.subject] * level).astype(np.float32)) for picture in shown)
        found.append(psnr(a, b))
        off = float(luminance(pictures[0]).mean() / luminance(pictures[1]).mean() - 1)
        print(f"{room.name} {room.kind:<13} {found[-1]:.1f} dB, light of the whole sphere {off:+.1%}", flush=True)
    print(f"{len(found)} rooms {options.width} wide: median {np.median(found):.1f} dB, worst {min(found):.1f} dB")


if __name__ == "__main__":
    main()
