"""What sharing samples over time brings where it is hardest: PSNR of a moving clip's fastest frame, and a picture.

    python benchmarks/light_share.py [--size 192x108] [--clip 4] [--picture share.jpg]

Of a clip of 75 frames the one is taken in which a point of the subject moves fastest (a blink, a hand), with as many
neighbours as are shared. PSNR is of the exposed sRGB subject against the same frame traced with 1,024 samples and not
denoised: source and target, each frame alone and with 1, 2, 4 ... frames on either side, up to `render.accumulate`.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from core.colour import quantise, srgb_from_linear
from render.config import RenderConfig
from render.exposure import face_box, face_ellipse
from render.job import make_job, subject_film
from render.relight import Relighter
from render.reprojection import Motion
from render.sums import TracedFrame
from render.temporal import Neighbour, accumulated, window
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry


def fastest(geometry: Geometry, reach: int) -> tuple[int, float]:
    """The frame, not too near an end, in which some vertex goes farthest, and how far in metres."""
    moving = [mesh.vertices for mesh in geometry.meshes if len(mesh.vertices) > 1]
    steps = np.max([np.linalg.norm(np.diff(points, axis=0), axis=-1).max(1) for points in moving], 0)
    frame = int(steps[reach : len(steps) - reach].argmax()) + reach
    return frame, float(steps[frame])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=int, default=4)
    parser.add_argument("--frames", type=int, default=75, help="of the clip that the fastest one is taken from")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="192x108")
    parser.add_argument("--samples", type=int, default=RenderConfig().samples)
    parser.add_argument("--reference-samples", type=int, default=1024)
    parser.add_argument("--accumulate", type=int, default=RenderConfig().accumulate)
    parser.add_argument("--picture", type=Path, help="the face, target above source: alone, shared, reference denoised")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    shared = RenderConfig(rooms="exact", samples=args.samples, studio_samples=args.samples, accumulate=args.accumulate)
    config = ScenesConfig(train_clips=16, test_clips=0, width=width, height=height, frames=args.frames)
    scene = draw_scene(config, args.seed, args.clip)
    scene = dataclasses.replace(scene, lightings=scene.lightings[:1])
    geometry = build_geometry(scene)
    frame, step = fastest(geometry, shared.accumulate)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    film = subject_film(scene.camera, geometry, width, height)
    lights = Relighter(scene, shared, rooms, geometry, film)
    plain = Relighter(scene, shared.model_copy(update={"denoise": "off"}), rooms, geometry, film)

    def traced(settings: RenderConfig, frames: list[int]) -> dict[int, TracedFrame]:
        job = make_job(scene, settings, rooms, film, lights.face, None, frames)
        with tempfile.TemporaryDirectory() as work, Tracer(job, geometry, None, Path(work)) as tracer:
            return {number: lights.sums(paths) for number, paths in tracer.frames()}

    dear = shared.model_copy(
        update={"samples": args.reference_samples, "studio_samples": args.reference_samples, "accumulate": 0}
    )
    dear_sums = traced(dear, [frame])[frame]
    reference = plain.lit(dear_sums)
    (exposure,) = plain.meter(reference, frame)
    show = lambda light: [
        srgb_from_linear(lights.target(light, 0, exposure, frame)),
        srgb_from_linear(lights.source(light, 0, frame) * np.float32(exposure.source)),
    ]
    truth, inside = show(reference), reference.alpha > 0.999
    motion = Motion(geometry, scene.camera, film)
    sums = traced(shared, [*window(frame, args.frames, shared.accumulate)])
    near = {number: Neighbour.of(some, motion) for number, some in sums.items()}
    print(f"{args.size}, clip {args.clip}, frame {frame}: a point moves {1000 * step:.1f} mm a frame")
    print(f"{args.samples} + {args.samples} samples, {scene.lightings[0].hdri}")
    shown = []
    for reach in [0, *(2**k for k in range(6) if 2**k < shared.accumulate), shared.accumulate]:
        some = {number: near[number] for number in window(frame, args.frames, reach)}
        shown.append(show(lights.lit(accumulated(frame, some, motion, reach))))
        levels = [-10 * np.log10(np.mean((a - b)[inside] ** 2)) for a, b in zip(shown[-1], truth, strict=True)]
        print(f"{2 * reach + 1:2d} frames shared: target {levels[0]:.1f} dB, source {levels[1]:.1f} dB")
    if args.picture:
        x0, y0, x1, y1 = face_box(face_ellipse(geometry.head[frame], scene.camera, width, height), width, height)
        grow = (x1 - x0) // 3
        part = np.s_[max(0, y0 - grow) : y1 + grow, max(0, x0 - grow) : x1 + grow]
        rows = [
            np.concatenate([images[kind][part] for images in (shown[0], shown[-1], show(lights.lit(dear_sums)))], 1)
            for kind in (0, 1)
        ]
        sheet = Image.fromarray(quantise(np.concatenate(rows)))
        sheet.resize((4 * sheet.width, 4 * sheet.height), Image.Resampling.LANCZOS).save(args.picture, quality=90)


if __name__ == "__main__":
    main()
