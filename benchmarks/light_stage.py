"""How close the light stage comes to exact room light: PSNR of the exposed sRGB source, per HDRI and rotation.

    python benchmarks/light_stage.py [--rooms-per-clip 4] [--cells 96] [--picture WORST.png]

One clip of the default subject is lit by all bundled HDRIs at several rotations, `--rooms-per-clip` of them per
stage, and compared on the subject's pixels with a path trace under the HDRI itself, both denoised. `--no-sources`
leaves small bright sources (suns) in the ordinary cells, to show what taking them out brings.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import pickle
import tempfile
from pathlib import Path

import numpy as np

import render.light_stage
from core.colour import quantise, srgb_from_linear
from core.rng import rng_for
from render.config import RenderConfig
from render.job import make_job, subject_film
from render.relight import Relighter, SubjectLight
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry, Scene


def lit(
    scene: Scene, config: RenderConfig, rooms: dict[str, Path], geometry: Geometry
) -> tuple[Relighter, SubjectLight]:
    """Trace frame 0 of a scene under all its lightings."""
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, [0])
    with (
        tempfile.TemporaryDirectory() as work,
        Tracer(job, geometry, lights.stage and lights.stage.pattern, Path(work)) as tracer,
    ):
        for _, paths in tracer.frames():
            return lights, lights.read(paths)
    raise AssertionError("the tracer gave no frame")


def exposed(lights: Relighter, light: SubjectLight) -> list[tuple[np.ndarray, float]]:
    """The subject of each lighting, exposed, `(H, W, 3)` sRGB in [0, 1], and its exposure."""
    exposures = [exposure.source for exposure in lights.meter(light, 0)]
    return [(srgb_from_linear(room * np.float32(e)), e) for room, e in zip(light.rooms, exposures, strict=True)]


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Of sRGB images in [0, 1], over the pixels `where`, in dB."""
    return float(-10 * np.log10(np.mean((a[where] - b[where]) ** 2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rotations", type=int, default=2)
    parser.add_argument("--rooms-per-clip", type=int, default=4)
    parser.add_argument("--cells", type=int, default=96)
    parser.add_argument("--size", default="160x90")
    parser.add_argument("--samples", type=int, default=128, help="of the exact traces; the stage gets twice as many")
    parser.add_argument("--only", nargs="*", help="these HDRIs")
    parser.add_argument("--no-sources", action="store_true")
    parser.add_argument("--picture", type=Path, help="write the worst: exact, stage, ten times their difference")
    parser.add_argument("--keep", type=Path, help="keep the exact renders here and use them again")
    args = parser.parse_args()
    if args.no_sources:
        render.light_stage.find_sources = lambda *_, **__: ()

    width, height = map(int, args.size.split("x"))
    config = ScenesConfig(train_clips=16, test_clips=0, width=width, height=height, frames=1)
    scene = draw_scene(config, args.seed, args.clip)
    geometry = build_geometry(scene)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    names = sorted(args.only or rooms)
    rng = rng_for(args.seed, scene.clip, "benchmark-rotations")
    plain = dataclasses.replace(scene.lightings[0], exposure_ev=0.0, desk_lamp_gain=0.0)
    pairs = [(name, float(rng.uniform(0, 2 * np.pi))) for _ in range(args.rotations) for name in names]
    lightings = [
        dataclasses.replace(plain, key=f"{scene.clip}-light-{i:02d}", hdri=name, rotation_rad=turn)
        for i, (name, turn) in enumerate(pairs)
    ]
    render_config = RenderConfig(
        rooms="exact", samples=args.samples, studio_samples=16, patches=args.cells, accumulate=0
    )
    group = lambda rows: dataclasses.replace(scene, lightings=tuple(rows), desk_lamp=None)
    truths = []
    for start in range(0, len(lightings), 4):
        some = group(lightings[start : start + 4])
        truths += _kept(args, geometry, start, lambda some=some: exposed(*lit(some, render_config, rooms, geometry)))
    rows = []
    doubled = render_config.model_copy(update={"rooms": "stage", "samples": 2 * args.samples})
    for start in range(0, len(lightings), args.rooms_per_clip):
        some = group(lightings[start : start + args.rooms_per_clip])
        lights, light = lit(some, doubled, rooms, geometry)
        where = light.alpha > 0.5
        for row, (a, exposure), linear in zip(some.lightings, truths[start:], light.rooms, strict=False):
            b = srgb_from_linear(linear * np.float32(exposure))
            value = psnr(a, b, where)
            rows.append((value, row.hdri, row.rotation_rad, a * where[..., None], b * where[..., None]))
            print(
                f"{row.hdri:10s} turned {np.degrees(row.rotation_rad):5.1f} deg: {value:5.1f} dB "
                f"({len(lights.stage.cells)} cells, {lights.stage.sources} of them small bright sources)",
                flush=True,
            )
    values = [row[0] for row in rows]
    for name in names:
        mine = [row[0] for row in rows if row[1] == name]
        print(f"{name:10s} median {np.median(mine):5.1f} dB, worst {min(mine):5.1f} dB")
    print(f"all {len(values)}: median {np.median(values):.1f} dB, worst {min(values):.1f} dB")
    if args.picture:
        from PIL import Image

        _, _, _, a, b = min(rows, key=lambda row: row[0])
        sheet = np.concatenate([a, b, np.clip(0.5 + 10 * (a - b), 0, 1)], 1)
        Image.fromarray(quantise(sheet)).resize((9 * width, 3 * height), Image.Resampling.BICUBIC).save(args.picture)


def _kept(args: argparse.Namespace, geometry: Geometry, start: int, make):
    """The exact renders take longest; with `--keep` they are made once."""
    if args.keep is None:
        return make()
    body = hashlib.sha256(b"".join(mesh.vertices.tobytes() for mesh in geometry.meshes)).hexdigest()[:12]
    name = f"{body}-{args.clip}-{args.seed}-{args.size}-{args.samples}-{args.rotations}-{start}.pickle"
    path = args.keep / name
    if not path.is_file():
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


if __name__ == "__main__":
    main()
