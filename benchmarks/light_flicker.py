"""Flicker of a still subject: mean absolute change from frame to frame in 8-bit levels, before and after denoising.

    python benchmarks/light_flicker.py [--size 320x180] [--samples 48] [--studio-samples 24]

One frame of the default subject is traced with the seeds of 16 frames and their neighbours; nothing moves, so every
change is noise. Over the subject's pixels, of source and target, with each frame alone and with samples shared.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np

from render.config import RenderConfig
from render.job import make_job, subject_film
from render.relight import Relighter
from render.reprojection import Motion
from render.temporal import Neighbour, accumulated, window
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry


def stilled(geometry: Geometry, frames: int) -> Geometry:
    """Frame 0, `frames` times."""
    still = lambda values: {name: np.repeat(value[:1], frames, 0) for name, value in values.items()}
    meshes = [
        dataclasses.replace(mesh, vertices=mesh.vertices[:1], per_frame=still(mesh.per_frame))
        for mesh in geometry.meshes
    ]
    strands = [
        dataclasses.replace(
            group,
            points=group.points[:1],
            transforms=None if group.transforms is None else np.repeat(group.transforms[:1], frames, 0),
        )
        for group in geometry.strands
    ]
    head = np.repeat(geometry.head[:1], frames, 0)
    return dataclasses.replace(geometry, frames=frames, head=head, meshes=tuple(meshes), strands=tuple(strands))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--rooms", choices=("exact", "stage"), default="stage")
    parser.add_argument("--samples", type=int, default=RenderConfig().samples)
    parser.add_argument("--studio-samples", type=int, default=RenderConfig().studio_samples)
    parser.add_argument("--accumulate", type=int, default=RenderConfig().accumulate)
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    config = ScenesConfig(train_clips=16, test_clips=0, width=width, height=height, frames=1)
    scene = draw_scene(config, args.seed, args.clip)
    traced = args.frames + 2 * args.accumulate
    geometry = stilled(build_geometry(scene), traced)
    scene = dataclasses.replace(scene, frames=traced)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    film = subject_film(scene.camera, geometry, width, height)
    settings = {name: getattr(args, name) for name in ("rooms", "samples", "studio_samples", "accumulate")}
    denoised = RenderConfig(**settings)
    lights = Relighter(scene, denoised, rooms, geometry, film)
    job = make_job(scene, denoised, rooms, film, lights.face, lights.stage, list(range(traced)))
    motion, near = Motion(geometry, scene.camera, film), {}
    with (
        tempfile.TemporaryDirectory() as work,
        Tracer(job, geometry, lights.stage and lights.stage.pattern, Path(work)) as tracer,
    ):
        for frame, paths in tracer.frames():
            near[frame] = Neighbour.of(lights.sums(paths), motion)
    raw = Relighter(scene, denoised.model_copy(update={"denoise": "off"}), rooms, geometry, film)
    print(f"{args.size}, {args.rooms}, {args.samples} + {args.studio_samples} samples, {args.frames} frames")
    for reach in dict.fromkeys((0, args.accumulate)):
        for name, look in {"raw": raw, "denoised": lights}.items():
            seen, exposures, inside = {"source": [], "target": []}, None, np.ones((height, width), bool)
            for frame in range(args.accumulate, args.accumulate + args.frames):
                some = {other: near[other] for other in window(frame, traced, reach)}
                light = look.lit(accumulated(frame, some, motion, reach))
                exposures = exposures or look.meter(light, frame)
                lit = look.compose(light, frame, exposures)
                inside &= light.alpha > 0.999
                seen["source"].append(np.rint(lit.source[0] * (255 / 1023)))
                seen["target"].append(lit.target[0].astype(np.float64))
            for role, frames in seen.items():
                pixels = np.stack(frames)[:, inside]
                change = np.abs(np.diff(pixels, axis=0)).mean()
                print(
                    f"{2 * reach + 1} frames shared, {name} {role}: {change:.2f} levels from frame to frame, "
                    f"mean level {pixels.mean():.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
