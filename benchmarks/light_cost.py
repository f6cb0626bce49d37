"""What a pair costs: ours with K rooms a clip against two ordinary renders per pair, at equal or better PSNR.

    python benchmarks/light_cost.py [--size 192x108] [--ordinary-samples 32]

Everything in one run, in core seconds (processor time over all threads, which other load on the machine does not
change much), on the middle frame of a short moving clip. Ordinary: full frame, the renderer's defaults (adaptive
sampling, clamping) and its own denoiser. Ours: tracing, reading, keeping, sharing samples with the frames on either
side, denoising, composing and writing the lit frame. Start and encoding, which both need, are left out. Quality: PSNR
of the exposed sRGB subject against a 1,024-sample render of the same frame without denoiser, over two sources and a
target; ours takes the fewest samples that reach the ordinary render's.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import pickle
import tempfile
import time
from pathlib import Path

import numpy as np

from core.colour import srgb_from_linear
from core.processes import run_module
from core.rng import rng_for
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.job import make_job, room_name, subject_film
from render.relight import Relighter
from render.reprojection import Motion
from render.temporal import Neighbour, accumulated, window
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry, Scene

JUDGED = 2


def reference(
    scene: Scene, rooms: dict, geometry: Geometry, samples: int, plain: bool, frame: int
) -> tuple[list[np.ndarray], list]:
    """Linear pictures `(H, W, 3)`: the source of the first `JUDGED` lightings and the first one's target."""
    import OpenEXR

    config = RenderConfig(rooms="exact")
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, None, [frame])
    weights = {name: lights.targets[0, i].tolist() for i, name in enumerate(lights.groups)}
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        row = {"samples": samples, "plain": plain, "seed": 5, "frame": frame}
        pictures = [
            {**row, "path": str(folder / f"source{i}.exr"), "world": room_name(i), "lights": {}} for i in range(JUDGED)
        ]
        pictures.append({**row, "path": str(folder / "target.exr"), "world": room_name(0), "lights": weights})
        (folder / "job.json").write_text(json.dumps({**job.to_json(), "pictures": pictures}))
        geometry.save(folder / "geometry.npz")
        child = run_module("render.blender.reference", name)
        child.check_returncode()
        answers = [json.loads(line) for line in child.stdout.splitlines()]
        planes = lambda row: next(iter(OpenEXR.File(row["path"]).channels().values())).pixels
        read = lambda row: np.asarray(planes(row)[..., :3], np.float32)
        x0, y0 = (film.width - scene.width) // 2, (film.height - scene.height) // 2
        images = [read(row)[y0 : y0 + scene.height, x0 : x0 + scene.width] for row in pictures]
    return images, answers


def ours(scene: Scene, rooms: dict, geometry: Geometry, config: RenderConfig, middle: int) -> dict:
    """The frame `middle` of a moving clip: core seconds by step, and pictures.

    Its neighbours are traced too, but each step is counted once, as every frame of a long clip takes it once: a frame's
    trace is the mean over all but the first traced.
    """
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    near = window(middle, geometry.frames, config.accumulate)
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, [*near] if len(near) > 1 else [0, middle])
    motion, neighbours, traces = Motion(geometry, scene.camera, film), {}, []
    spent = dict.fromkeys(("trace", "read", "keep", "share", "denoise and compose"), 0.0)
    with (
        tempfile.TemporaryDirectory() as work,
        Tracer(job, geometry, lights.stage and lights.stage.pattern, Path(work)) as tracer,
    ):
        checkpoint = Checkpoint(Path(work) / "clip", "benchmark")
        for frame, paths in tracer.frames():
            traces.append(tracer.core_seconds - sum(traces))
            began = time.process_time()
            sums = lights.sums(paths)
            read = time.process_time()
            if config.accumulate:
                checkpoint.save_traced(frame, sums)
                neighbours[frame] = Neighbour.of(checkpoint.traced(frame), motion)
                motion.pixels(frame)
            spent["read"] += (read - began) / len(job.frames)
            spent["keep"] += (time.process_time() - read) / len(job.frames)
        began = time.process_time()
        if config.accumulate:
            sums = accumulated(middle, neighbours, motion, config.accumulate)
        spent["share"] = time.process_time() - began
        light = lights.lit(sums)
        composed = time.process_time()
        exposures = lights.meter(light, middle)
        metered = time.process_time()
        checkpoint.save(middle, lights.compose(light, middle, exposures))
        spent["denoise and compose"] = time.process_time() - metered + composed - began - spent["share"]
    spent["trace"] = float(np.mean(traces[1:]))
    judged = [light.rooms[i] for i in range(min(JUDGED, len(light.rooms)))]
    return {"spent": spent, "pictures": [*judged, light.studio[0]], "light": light, "exposures": exposures}


def psnr(pictures: list[np.ndarray], references: list[np.ndarray], factors: list[float], where: np.ndarray) -> float:
    """Over all pictures together, exposed sRGB, subject only, dB."""
    shown = lambda x, e: srgb_from_linear(x * np.float32(e))[where]
    errors = [(shown(a, e) - shown(b, e)) ** 2 for a, b, e in zip(pictures, references, factors, strict=True)]
    return float(-10 * np.log10(np.mean(errors)))


def digest(geometry: Geometry) -> str:
    """What the reference depends on, in short."""
    parts = [mesh.vertices for mesh in geometry.meshes] + [geometry.images[name] for name in sorted(geometry.images)]
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="192x108")
    parser.add_argument("--ordinary-samples", type=int, default=32)
    parser.add_argument("--reference-samples", type=int, default=1024)
    parser.add_argument("--rooms-per-clip", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--accumulate", type=int, default=RenderConfig().accumulate)
    parser.add_argument("--samples", type=int, nargs="+", default=[3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96])
    parser.add_argument("--patches", type=int, default=96)
    parser.add_argument("--one-trace", action="store_true", help="room and studio in one trace for K = 1")
    parser.add_argument("--denoise", default="high")
    parser.add_argument("--keep", type=Path, help="keep the reference in this folder and use it again")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    frames, middle = 2 * args.accumulate + 2, args.accumulate + 1
    config = ScenesConfig(
        train_clips=16, test_clips=0, width=width, height=height, frames=frames, lightings_per_clip=16
    )
    scene = draw_scene(config, args.seed, args.clip)
    plain = [dataclasses.replace(row, desk_lamp_gain=0.0, exposure_ev=0.0) for row in scene.lightings]
    # One of each room first, so that the sixteen are as unlike as they can be.
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    names = [*rng_for(args.seed, scene.clip, "benchmark-rooms").permutation(sorted(rooms))] * 16
    plain = [dataclasses.replace(row, hdri=str(name)) for row, name in zip(plain, names, strict=False)]
    camera = dataclasses.replace(scene.camera, distortion_k1=0.0)
    scene = dataclasses.replace(scene, lightings=tuple(plain), desk_lamp=None, camera=camera)
    geometry = build_geometry(scene)

    kept = (
        args.keep and args.keep / f"reference-{args.size}-{args.reference_samples}-{digest(geometry)}-{middle}.pickle"
    )
    if kept and kept.is_file():
        references, answers = pickle.loads(kept.read_bytes())
    else:
        references, answers = reference(scene, rooms, geometry, args.reference_samples, True, middle)
        if kept:
            kept.write_bytes(pickle.dumps((references, answers)))
    print(f"reference: {sum(row['core_seconds'] for row in answers) / len(answers):.1f} core seconds a picture")
    first = dataclasses.replace(scene, lightings=scene.lightings[:JUDGED])
    metered = ours(first, rooms, geometry, RenderConfig(rooms="exact", accumulate=0), middle)
    where = metered["light"].alpha > 0.999
    factors = [exposure.source for exposure in metered["exposures"]] + [metered["exposures"][0].target]

    pictures, answers = reference(scene, rooms, geometry, args.ordinary_samples, False, middle)
    # The target's lights are weighted in the file already; ours carry the same weights.
    goal = psnr(pictures, references, factors, where)
    usual = sum(row["core_seconds"] for row in answers[:JUDGED]) / JUDGED + answers[-1]["core_seconds"]
    print(f"ordinary, {args.ordinary_samples} samples: {usual:.2f} core seconds a pair, {goal:.1f} dB")
    for count in args.rooms_per_clip:
        some = dataclasses.replace(scene, lightings=scene.lightings[:count])
        mode = "exact" if count == 1 else "stage"
        for samples in args.samples:
            tried = RenderConfig(
                rooms=mode,
                one_trace=args.one_trace and count == 1,
                accumulate=args.accumulate,
                samples=samples,
                studio_samples=samples,
                patches=args.patches,
                denoise=args.denoise,
            )
            result = ours(some, rooms, geometry, tried, middle)
            shown = [*result["pictures"][:-1], result["pictures"][-1]]
            mine = references if count > 1 else [references[0], references[-1]]
            level = psnr(shown, mine, factors if count > 1 else [factors[0], factors[-1]], where)
            wanted = goal if count > 1 else psnr([pictures[0], pictures[-1]], mine, [factors[0], factors[-1]], where)
            cost = sum(result["spent"].values()) / count
            print(f"  K={count} {mode} {samples} + {samples} samples: {cost:.2f}, {level:.1f} dB", flush=True)
            if level >= wanted:
                break
        steps = ", ".join(f"{name} {value / count:.3f}" for name, value in result["spent"].items())
        reached = "" if level >= wanted else f" (falls short of {wanted:.1f} dB)"
        print(f"K={count}: {usual / cost:.1f} times cheaper at {level:.1f} dB{reached}; core seconds a pair: {steps}")


if __name__ == "__main__":
    main()
