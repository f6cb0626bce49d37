"""Kept light layers: what they take on disk, how near they come to a render, and what a relit pair costs.

    python benchmarks/light_layers.py coding  [--size 320x180] [--lights 80] [--samples 48]
    python benchmarks/light_layers.py near    [--size 128x72] [--rooms stage] [--samples 256]
    python benchmarks/light_layers.py cost    [--size 320x180] [--frames 4] [--lit-frames 30] [--accumulate 1]

One clip of the default subject. `coding`: bytes a frame, seconds and PSNR of the recombined source for each kind of EXR
compression. `near`: PSNR on the subject of the source recombined from kept layers, in rooms that the layers were not
made for, against a path trace under the HDRI itself (`--exact-samples`), both denoised. `cost`: core seconds of a pair
frame traced for one lighting, traced with its layers kept, and lit from them, side by side in one run; few frames are
traced, and lit as a clip of `--lit-frames`, over and over.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

from core.colour import srgb_from_linear
from core.memory import keep_freed_memory
from core.rng import rng_for
from pairs.layers import FOLDER, KeptLayers, LayerFrame, load_layers, read_frame
from render.clip import render_clip
from render.config import RenderConfig
from render.job import make_job, subject_film
from render.layer_store import LayerStore
from render.mix import LayerMix
from render.relight import Relighter
from render.relit import relight_clip
from render.tracer import Tracer
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry, Scene

CODINGS: dict[str, dict[str, Any]] = {
    "none": {"compression": OpenEXR.NO_COMPRESSION},
    "zips": {"compression": OpenEXR.ZIPS_COMPRESSION},
    "zip": {"compression": OpenEXR.ZIP_COMPRESSION},
    "piz": {"compression": OpenEXR.PIZ_COMPRESSION},
    "pxr24": {"compression": OpenEXR.PXR24_COMPRESSION},
    "b44a": {"compression": OpenEXR.B44A_COMPRESSION},
    "zstd": {"compression": OpenEXR.ZSTD_COMPRESSION},
    **{
        f"dwab {level}": {"compression": OpenEXR.DWAB_COMPRESSION, "dwaCompressionLevel": float(level)}
        for level in (5, 15, 45, 100, 200)
    },
}


def planes_of(
    scene: Scene, config: RenderConfig, rooms: dict[str, Path], geometry: Geometry, work: Path
) -> tuple[LayerStore, dict[str, np.ndarray]]:
    """Frame 0, traced and finished for keeping."""
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, [0])
    with Tracer(job, geometry, lights.stage and lights.stage.pattern, work) as tracer:
        _, paths = next(tracer.frames())
        return LayerStore(work, lights), lights.planes(lights.sums(paths))


def psnr(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> float:
    """Of sRGB images in [0, 1], over the pixels `where`, in dB."""
    return float(-10 * np.log10(max(np.mean((a[where] - b[where]) ** 2), 1e-12)))


def coding(args: argparse.Namespace, scene: Scene, rooms: dict[str, Path], geometry: Geometry) -> None:
    config = RenderConfig(rooms="olat", keep="layers", samples=args.samples, studio_samples=12, accumulate=0)
    config = config.model_copy(update={"olat": config.olat.model_copy(update={"lights": args.lights})})
    with tempfile.TemporaryDirectory() as name:
        store, planes = planes_of(scene, config, rooms, geometry, Path(name))
        mix = LayerMix(scene, config, rooms, store.info)
        halves = {channel: np.ascontiguousarray(plane, np.float16) for channel, plane in planes.items()}
        truth, pixels = None, halves["A"].size
        print(f"box {store.shape[1]}x{store.shape[0]} of {scene.width}x{scene.height}, {len(store.names)} lights")
        for kind, header in CODINGS.items():
            path = Path(name) / "frame.exr"
            began = time.process_time()
            with OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, dict(halves)) as file:
                file.write(str(path))
            wrote = time.process_time()
            frame = read_frame(path, store.names, store.shape)
            read = time.process_time()
            shown = exposed(mix, frame)
            truth = truth or shown
            values = [psnr(a, b, where) for (a, where), (b, _) in zip(shown, truth, strict=True)]
            print(
                f"{kind:9s} {path.stat().st_size:11,d} bytes, {path.stat().st_size / pixels / len(store.names):5.2f} a "
                f"light and pixel, {min(values):6.1f} dB, write {wrote - began:.2f} s, read {read - wrote:.2f} s",
                flush=True,
            )


def exposed(mix: LayerMix, frame: LayerFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    """The subject in each lighting's source, exposed sRGB, and where it is; exposures are those of the first call."""
    light = mix.light(frame)
    if not hasattr(mix, "chosen"):
        mix.chosen = mix.meter(light, 0)  # type: ignore[attr-defined]
    factors = [exposure.source for exposure in mix.chosen]  # type: ignore[attr-defined]
    return [
        (srgb_from_linear(room * np.float32(factor)), light.alpha > 0.5)
        for room, factor in zip(light.rooms, factors, strict=True)
    ]


def near(args: argparse.Namespace, scene: Scene, rooms: dict[str, Path], geometry: Geometry) -> None:
    names, rng = sorted(rooms), rng_for(args.seed, scene.clip, "benchmark-rotations")
    plain = dataclasses.replace(scene.lightings[0], exposure_ev=0.0, desk_lamp_gain=0.0, rim_gain=0.0)
    lit = lambda some: dataclasses.replace(
        scene,
        desk_lamp=None,
        lightings=tuple(
            dataclasses.replace(plain, key=f"{scene.clip}-light-{i:02d}", hdri=name, rotation_rad=turn)
            for i, (name, turn) in enumerate(some)
        ),
    )
    turns = [(name, float(rng.uniform(0, 2 * np.pi))) for name in names]
    made_for, held_out = lit(turns[: len(turns) // 2]), lit(turns[len(turns) // 2 :])
    config = RenderConfig(rooms=args.rooms, keep="layers", samples=args.samples, studio_samples=16, accumulate=0)
    config = config.model_copy(
        update={"patches": args.lights, "olat": config.olat.model_copy(update={"lights": args.lights})}
    )
    plain_config = config.model_copy(update={"rooms": "exact", "keep": "pictures", "samples": args.exact_samples})
    with tempfile.TemporaryDirectory() as name:
        store, planes = planes_of(made_for, config, rooms, geometry, Path(name))
        frame, every = store.save(0, planes), list[float]()
        for title, wanted in (("made for", made_for), ("held out", held_out)):
            film = subject_film(scene.camera, geometry, scene.width, scene.height)
            lights = Relighter(wanted, plain_config, rooms, geometry, film)
            job = make_job(wanted, plain_config, rooms, film, lights.face, None, [0])
            with Tracer(job, geometry, None, Path(name)) as tracer:
                truth = lights.read(next(tracer.frames())[1])
            mix = LayerMix(wanted, config, rooms, store.info)
            got, values = mix.light(frame), []
            for row, a, b, exposure in zip(
                wanted.lightings, truth.rooms, got.rooms, lights.meter(truth, 0), strict=True
            ):
                factor = np.float32(exposure.source)
                value = psnr(srgb_from_linear(a * factor), srgb_from_linear(b * factor), truth.alpha > 0.5)
                values.append(value)
                print(f"{title}: {row.hdri:10s} turned {np.degrees(row.rotation_rad):5.1f} deg: {value:5.1f} dB")
            print(f"{title}: median {np.median(values):.1f} dB, worst {min(values):.1f} dB", flush=True)
            every += values
        print(f"all: median {np.median(every):.1f} dB, worst {min(every):.1f} dB")


def cost(args: argparse.Namespace, scene: Scene, rooms: dict[str, Path], geometry: Geometry) -> None:
    once = dataclasses.replace(scene, lightings=scene.lightings[:1])
    usual = RenderConfig(accumulate=args.accumulate, rooms="stage")
    keeping = usual.model_copy(update={"rooms": args.rooms, "keep": "layers", "patches": args.lights})
    keeping = keeping.model_copy(update={"olat": keeping.olat.model_copy(update={"lights": args.lights})})
    frames = scene.frames
    with tempfile.TemporaryDirectory() as name:
        seconds = {}
        for title, config in (("traced", usual), ("traced, layers kept", keeping)):
            work = Path(name) / title.replace(", ", "-")
            render_clip(once, config, rooms, work, geometry=geometry)
            seconds[title] = _core_seconds(work)
        layers = load_layers(Path(name) / "traced-layers kept" / FOLDER)
        longer = repeated(layers, args.lit_frames)
        for count in (1, 4, 16):
            lightings = tuple(
                dataclasses.replace(once.lightings[0], key=f"{scene.clip}-light-{i:02d}", rotation_rad=0.3 * i)
                for i in range(count)
            )
            began = time.process_time()
            wanted = dataclasses.replace(once, frames=args.lit_frames, lightings=lightings)
            relight_clip(wanted, keeping, rooms, longer, Path(name) / f"relit-{count}")
            seconds[f"lit from layers, {count} at once"] = (time.process_time() - began) / args.lit_frames / count
        size = sum(path.stat().st_size for path in layers.folder.glob("0*.exr")) / frames
        print(f"{scene.width}x{scene.height}, {len(layers.names)} lights, {size / 1e6:.2f} MB of layers a frame")
        for title, value in seconds.items():
            print(f"{title:28s} {value:8.3f} core seconds a pair frame, 1/{seconds['traced'] / value:.1f} of traced")


def repeated(layers: KeptLayers, count: int) -> KeptLayers:
    """A clip of `count` frames out of the few that were traced, over and over; each is read anew."""
    again = lambda rows: tuple(rows[index % len(rows)] for index in range(count))
    info = layers.info.model_copy(update={"frames": again(layers.info.frames), "head": again(layers.info.head)})
    return KeptLayers(layers.folder, info)


def _core_seconds(work: Path) -> float:
    import json

    return float(json.loads((work / "record.json").read_text(encoding="utf-8"))["core_seconds_per_frame"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("coding", "near", "cost"))
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clip", type=int, default=0)
    parser.add_argument("--rooms", choices=("stage", "olat"), default="olat")
    parser.add_argument("--lights", type=int, default=80)
    parser.add_argument("--samples", type=int, default=48)
    parser.add_argument("--exact-samples", type=int, default=128)
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--lit-frames", type=int, default=30)
    parser.add_argument("--accumulate", type=int, default=1)
    args = parser.parse_args()
    keep_freed_memory()  # as the processes that render and relight do
    width, height = map(int, args.size.split("x"))
    frames = args.frames if args.what == "cost" else 1
    config = ScenesConfig(
        train_clips=16, test_clips=0, width=width, height=height, frames=frames, lightings_per_clip=4, fps=10.0
    )
    scene = draw_scene(config, args.seed, args.clip)
    rooms = {room.name: Path(room.path) for room in find_rooms(config)}
    {"coding": coding, "near": near, "cost": cost}[args.what](args, scene, rooms, build_geometry(scene))


if __name__ == "__main__":
    main()
