"""Where the time of a 1280x720 frame of `configs/conference.yaml` goes, and what cheaper ways to trace it lose.

    python benchmarks/light_weigh.py --profile [--clip 13] [--set scenes.rooms=FOLDER]
    python benchmarks/light_weigh.py [--clip 13] [--box 200x240] [--reference 128]

In core seconds, in one run, on one thread. With --profile the whole film of a clip of 150 frames is traced, two frames
of it. Without, a box of the film of one of 20 frames, from the middle of the face to the side and from the top of the
hair down, under the studio's lights, in many ways. The reference is the frame with so many samples of another seed,
denoised. What is shared is so with the frames on either side. PSNR of the exposed sRGB target, over skin, hair, cloth
and three pixels on either side of the outline.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.colour import srgb_from_linear
from core.processes import module_command
from keyfill.run_config import load_run
from pairs.video import encode_lossless
from render.camera import Film, project
from render.checkpoint import Checkpoint
from render.compose import denoised, weighted_sum
from render.denoiser import denoise
from render.job import STUDIO, make_job, subject_film
from render.layers import Surface, read_layers
from render.relight import Relighter
from render.reprojection import Motion
from render.sums import TracedFrame
from render.temporal import Neighbour, accumulated
from scenes.build import build_geometry
from scenes.draw import draw_scene
from scenes.rooms.source import find_rooms
from scenes.spec import Geometry

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "conference.yaml"
FRAMES, PROFILED = 20, 150
FEW = {"max_bounces": 3, "diffuse_bounces": 2, "glossy_bounces": 3, "transmission_bounces": 3}
ADAPTIVE = {"use_adaptive_sampling": True, "adaptive_threshold": 0.1, "adaptive_min_samples": 4}
_FLOOR = np.float32(0.02)
ALONE: dict[str, dict[str, Any]] = {
    "as today, another seed": {},
    "at most 3 bounces, 2 of them diffuse": {"cycles": FEW},
    "half the lines, guides of all of them": {"percent": 50},
    "subsurface by Burley's profile": {"subsurface": "BURLEY"},
    "adaptive, at most 24 samples": {"cycles": ADAPTIVE, "samples": 24},
    "data kept between traces": {"persistent": True},
    "no light tree": {"cycles": {"use_light_tree": False}},
    "samples in blue noise": {"cycles": {"sampling_pattern": "BLUE_NOISE"}},
    "BVH with spatial splits": {"cycles": {"debug_use_spatial_splits": True}},
}

HAIR = {
    "half the strands, 1.4 times as wide": (2, 1.4),
    "half the strands, twice as wide": (2, 2.0),
    "a quarter of the strands, three times as wide": (4, 3.0),
}
"""Every so-manieth strand, so much wider."""


class Weighed:
    """A frame's traces by variant: cost of both traces, and the sums that follow from them."""

    def __init__(self, rows: list[dict[str, Any]], lights: Relighter, film: Film, folder: Path):
        self.rows, self.lights, self.film, self.folder = rows, lights, film, folder

    def cost(self, name: str) -> float:
        """Core seconds of a frame."""
        mine = [row for row in self.rows if row.get("variant") == name]
        return sum(row["core_seconds"] for row in mine) / len({row["frame"] for row in mine})

    def paths(self, name: str, frame: int) -> dict[str, Path]:
        """The files, by trace."""
        of = lambda row: (row.get("variant"), row.get("frame")) == (name, frame)
        return {row["trace"]: self.folder / Path(row["path"]).name for row in self.rows if of(row)}

    def sums(self, name: str, frame: int) -> TracedFrame:
        """What each lighting shows, noisy; of a studio's trace alone, the target in the place of both."""
        paths = self.paths(name, frame)
        if len(paths) > 1:
            return self.lights.sums(paths)
        layers = read_layers(paths[STUDIO], self.lights.groups, self.film)
        surface = {row.name: getattr(layers, row.name) for row in dataclasses.fields(Surface)}
        target = weighted_sum(layers.radiance, self.lights.targets)
        return TracedFrame(rooms=target, studio=target, **surface)

    def halved(self, name: str, full: TracedFrame, frame: int) -> np.ndarray:
        """The target of a trace of half the lines, enlarged as light: denoised, divided by its albedo there, multiplied
        by that here."""
        box = tuple(side // 2 for side in self.film.box)
        small = Film(self.film.width // 2, self.film.height // 2, self.film.hfov_rad, box)  # type: ignore[arg-type]
        layers = read_layers(self.paths(name, frame)[STUDIO], self.lights.groups, small)
        clean = denoised(weighted_sum(layers.radiance, self.lights.targets)[0], layers, "high")
        large = cv2.resize(clean / (layers.albedo + _FLOOR), full.alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
        return np.asarray(large * (full.albedo + _FLOOR))


def thinned(geometry: Geometry, every: int, wider: float) -> Geometry:
    """Fewer strands of hair, and wider ones."""
    some = lambda group: dataclasses.replace(
        group, points=group.points[:, ::every], radius_m=group.radius_m[::every] * np.float32(wider)
    )
    strands = [some(group) if group.name.startswith("hair") else group for group in geometry.strands]
    return dataclasses.replace(geometry, strands=type(geometry.strands)(strands))


def clean_guides(sums: TracedFrame) -> tuple[np.ndarray, np.ndarray]:
    """Albedo and normal, denoised."""
    albedo = denoise(np.clip(sums.albedo, 0, 1), quality="high")
    return albedo, denoise(sums.normal / 2 + 0.5, quality="high") * 2 - 1


def by_clean_guides(sums: TracedFrame, guides: tuple[np.ndarray, np.ndarray], lights: Relighter) -> np.ndarray:
    """The target, denoised by them."""
    scale = np.float32(0.2 / sums.studio[0].mean())
    clean = denoise(sums.studio[0] * scale, *guides, hdr=True, clean_aux=True, quality="high")
    return lights.lens.place(np.maximum(clean, 0) / scale)


def mean_of(parts: list[tuple[TracedFrame, float]]) -> TracedFrame:
    """Several traces of a frame as one, each with its number of samples."""
    total = sum(weight for _, weight in parts)
    first = parts[0][0]
    mean = {
        row.name: sum(getattr(sums, row.name) * np.float32(weight / total) for sums, weight in parts)
        for row in dataclasses.fields(first)
        if row.name not in ("depth_m", "rest")
    }
    return dataclasses.replace(first, **mean)


def places(motion: Motion, sums: TracedFrame) -> dict[str, np.ndarray]:
    """Pixels of the box by what they show."""
    kinds = []
    for mesh in motion.geometry.meshes:
        kinds += [motion.geometry.materials[mesh.material].kind] * mesh.vertices.shape[1]
    for group in motion.geometry.strands:
        kinds += [motion.geometry.materials[group.material].kind] * (group.points.shape[1] * group.points.shape[2])
    assert sums.rest is not None
    binding, shown = motion.bind(sums.rest), np.full(sums.alpha.shape, "", dtype="U12")
    shown[binding.inside] = np.array(kinds)[binding.points[:, 0]]
    solid = (sums.alpha > 0.5).astype(np.uint8)
    edge = cv2.dilate(solid, np.ones((7, 7))) != cv2.erode(solid, np.ones((7, 7)))
    inside = (solid > 0) & ~edge
    return {
        "skin": inside & (shown == "skin"),
        "hair": inside & (shown == "hair"),
        "cloth": inside & (shown == "cloth"),
        "outline": edge,
        "all": (solid > 0) | edge,
    }


def traced(job: dict[str, Any], geometry: Any, folder: Path) -> list[dict[str, Any]]:
    """What the tracing child tells of `job`."""
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    geometry.save(folder / "geometry.npz")
    command = module_command("render.blender.weigh", folder, str(os.getpid()))
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    rows = [json.loads(line) for line in said.splitlines()]
    if not rows or "error" in rows[-1]:
        raise SystemExit((folder / "engine.log").read_text()[-2000:] + str(rows[-1:]))
    (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    return rows


def main() -> None:
    """Print the profile, then what each way costs and loses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=int, default=13)
    parser.add_argument("--box", default="200x240")
    parser.add_argument("--reference", type=int, default=128)
    parser.add_argument("--reach", type=int, default=4, help="frames on either side that share")
    parser.add_argument("--set", action="append", default=[], help="as for keyfill render")
    parser.add_argument("--profile", action="store_true", help="where the time goes, and nothing else")
    parser.add_argument("--keep", type=Path, help="leave the traces in this folder and use them again")
    args = parser.parse_args()
    config = load_run(CONFIG, [*args.set, f"scenes.frames={PROFILED if args.profile else FRAMES}"])
    scene = draw_scene(config.scenes, config.seed, args.clip)
    plain = tuple(dataclasses.replace(row, desk_lamp_gain=0.0, over_time=None) for row in scene.lightings)
    camera = dataclasses.replace(scene.camera, distortion_k1=0.0)
    scene = dataclasses.replace(scene, camera=camera, desk_lamp=None, lightings=plain)
    began = time.process_time()
    geometry = build_geometry(scene)
    person_s = time.process_time() - began
    whole = subject_film(scene.camera, geometry, scene.width, scene.height)
    wide, high = map(int, args.box.split("x"))
    head = project(scene.camera, geometry.head[0, :3, 3], scene.width, scene.height)
    x0, y0 = max(whole.box[0], int(head[0]) - 40) // 2 * 2, whole.box[1] // 2 * 2
    film = (
        whole
        if args.profile
        else dataclasses.replace(whole, box=(x0, y0, min(whole.box[2], x0 + wide), min(whole.box[3], y0 + high)))
    )
    rooms = {room.name: Path(room.path) for room in find_rooms(config.scenes)}
    lights = Relighter(scene, config.render, rooms, geometry, film)
    middle = scene.frames // 2
    near = [middle, middle + 1] if args.profile else list(range(middle - args.reach, middle + args.reach + 1))
    job = make_job(scene, config.render.model_copy(update={"threads": 1}), rooms, film, lights.face, None, near)
    variants: list[dict[str, Any]] = [
        {"name": "warm", "samples": 1, "frames": [middle]},
        {"name": "one", "samples": 1, "frames": [middle]},
        {"name": "3a", "samples": 3, "frames": near, "seed": 20000},
        {"name": "3b", "samples": 3, "frames": near, "seed": 30000},
        {"name": "6", "samples": 6, "frames": near, "seed": 40000},
        {"name": "reference", "samples": args.reference, "frames": [middle], "seed": 77000},
        *({"name": name, "samples": 12, "frames": [middle], **row} for name, row in ALONE.items()),
    ]
    variants = [{"seed": 1000, **row} for row in (variants[:3] if args.profile else variants)]
    as_weighed = {**job.to_json(), "variants": variants}
    if not args.profile:
        as_weighed["traces"] = as_weighed["traces"][:1]  # the studio's; the room's is traced alike
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "rows.json"
        rows = json.loads(kept.read_text()) if kept.is_file() else traced(as_weighed, geometry, folder)
        weighed, motion = Weighed(rows, lights, film, folder), Motion(geometry, scene.camera, film)
        hair = {}
        for name, change in {} if args.profile else HAIR.items():
            place = folder / f"hair-{'-'.join(map(str, change))}"
            place.mkdir(exist_ok=True)
            variant = {"name": "hair", "samples": 12, "frames": [middle], "seed": 1000}
            rows = traced({**as_weighed, "variants": [variants[0], variant]}, thinned(geometry, *change), place)
            hair[name] = Weighed(rows, lights, film, place)
        if args.profile:
            profile(weighed, motion, near, scene.frames, person_s)
        else:
            compare(weighed, hair, motion, near, middle)


def profile(weighed: Weighed, motion: Motion, near: list[int], frames: int, person_s: float) -> None:
    """Where a frame's time goes."""
    lights, film, middle = weighed.lights, weighed.film, near[0]
    told = {"a clip: the person's shape and motion": person_s}
    told |= {"a clip: engine": weighed.rows[0]["start"], "a clip: objects and shaders": weighed.rows[0]["build"]}
    each = (weighed.cost("3a") - weighed.cost("one")) / 2
    told["a frame: points moved"] = weighed.rows[-1]["moved"]
    told["a frame: both traces but their samples (BVH, lights, file)"] = weighed.cost("one") - each
    told[f"a frame: {lights.config.samples} samples of both"] = lights.config.samples * each
    began = time.process_time()

    def step(name: str, times: float = 1.0) -> None:
        nonlocal began
        told[f"a frame: {name}"] = (time.process_time() - began) * times
        began = time.process_time()

    sums = {t: weighed.sums("3a", t) for t in near}
    step("read", 1 / len(near))
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = Checkpoint(Path(scratch) / "clip", "weigh")
        checkpoint.save_traced(middle, sums[middle])
        step("kept for the others and read back")
        neighbours = {t: Neighbour.of(one, motion) for t, one in sums.items()}
        step("bound to the subject's points", 1 / len(near))
        reach = lights.config.accumulate
        others = {t: neighbours[near[1]] for t in range(middle - reach, middle + reach + 1) if t != middle}
        for t in others:
            motion.pixels(t)
        step(f"its points' places, of {len(others)}", 1 / len(others))
        shared = accumulated(middle, {middle: neighbours[middle], **others}, motion, reach)
        step(f"moved and shared with {len(others)} others")
        lights.lit(shared)  # the first time it is made ready
        began = time.process_time()
        light = lights.lit(shared)
        step("denoised")
        exposures = lights.meter(light, middle)
        began = time.process_time()
        frame = lights.compose(light, middle, exposures)
        step("composed")
        checkpoint.save(middle, frame)
        step("coded and kept")
        sizes = [len(encode_lossless([picture], 30.0)) for picture in (frame.source[0], frame.target[0])]
    whole = sum(v for k, v in told.items() if k.startswith("a frame"))
    clip = sum(v for k, v in told.items() if k.startswith("a clip"))
    print(
        f"clip of {frames} frames; film of {film.box_width}x{film.box_height}; "
        f"the person fills {light.alpha.mean():.0%} of 1280x720"
    )
    for name, seconds in told.items():
        print(
            f"  {name:60} {seconds:7.2f} {seconds / whole:6.1%}" if "frame:" in name else f"  {name:60} {seconds:7.2f}"
        )
    print(f"  {'a frame, all of it, its share of the clip too':60} {whole + clip / frames:7.2f}")
    memory = [resource.getrusage(who).ru_maxrss / 1e6 for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    print(f"  memory: {memory[0]:.2f} GB tracing, {memory[1]:.2f} GB here; bytes: source {sizes[0]}, target {sizes[1]}")


def compare(weighed: Weighed, hair: dict[str, Weighed], motion: Motion, near: list[int], middle: int) -> None:
    """What each way costs and how near it comes."""
    lights, film = weighed.lights, weighed.film
    each = (weighed.cost("3a") - weighed.cost("one")) / 2
    fixed = weighed.cost("one") - each
    reference = weighed.sums("reference", middle)
    regions, best = places(motion, reference), lights.lit(reference)
    level = np.float32(lights.meter(best, middle)[0].target)
    shown = lambda picture: film_box(srgb_from_linear(picture * level), film)
    goal = shown(best.studio[0])

    def line(name: str, cost: float, picture: np.ndarray) -> None:
        errors = ((shown(picture) - goal) ** 2).mean(-1)
        row = {k: -10 * np.log10(errors[where].mean()) for k, where in regions.items() if where.sum() > 50}
        print(f"  {name:50} {cost:6.2f}   " + "  ".join(f"{k} {v:.1f}" for k, v in row.items()), flush=True)

    print(f"box {film.box_width}x{film.box_height}, core seconds of the studio's trace in it; dB by what is shown")
    for name, parts in {"3": ["3a"], "6": ["3a", "3b"], "12": ["3a", "3b", "6"]}.items():
        frames = {t: mean_of([(weighed.sums(p, t), 6.0 if p == "6" else 3.0) for p in parts]) for t in near}
        shared = accumulated(
            middle, {t: Neighbour.of(sums, motion) for t, sums in frames.items()}, motion, len(near) // 2
        )
        cost = fixed + int(name) * each
        line(f"{name} samples, shared over {len(near)} frames", cost, lights.lit(shared).studio[0])
        line(f"{name} samples, alone", cost, lights.lit(frames[middle]).studio[0])
    for quality in ("balanced", "fast"):
        lights.config = lights.config.model_copy(update={"denoise": quality})
        line(f"12 samples, shared, denoised {quality}", cost, lights.lit(shared).studio[0])
    lights.config = lights.config.model_copy(update={"denoise": "high"})
    began = time.process_time()
    guides = clean_guides(shared)
    spent = time.process_time() - began
    line("12 samples, shared, guides denoised first", cost + spent, by_clean_guides(shared, guides, lights))
    for name, other in hair.items():
        line(f"12 samples, alone: {name}", other.cost("hair"), lights.lit(other.sums("hair", middle)).studio[0])
    for name, row in ALONE.items():
        if not weighed.paths(name, middle):
            continue
        sums = frames[middle] if "percent" in row else weighed.sums(name, middle)
        picture = (
            lights.lens.place(weighed.halved(name, sums, middle)) if "percent" in row else lights.lit(sums).studio[0]
        )
        line(f"12 samples, alone: {name}", weighed.cost(name), picture)


def film_box(picture: np.ndarray, film: Film) -> np.ndarray:
    """The part of an output frame that was traced."""
    x, y = film.box[:2]
    return picture[y : y + film.box_height, x : x + film.box_width]


if __name__ == "__main__":
    main()
