"""The challenge report's Table 1 for the methods here, and what they are worth after equal training.

    python benchmarks/methods_table.py [--size 1280x720] [--frames 3] [--only NAME ...]
    python benchmarks/methods_table.py --pairs PAIRS --run NAME=RUN [--run NAME=RUN ...] [--restore RUN] [--no-vmaf]

Of each method: the report's entries of its kind, resolution of the input and of what its networks see, parameters,
multiply-accumulates of a frame at 1280x720 (every operation counted; of ICELUT also without its trilinear lookup),
milliseconds a frame here, of a CPU's time in one thread and, where there is one, of a GPU, and the steps of its config.
Latency is that of a session on frames of `--size`, the mean of `--frames` after a first one (of one alone: itself);
untrained weights take as long as trained ones.

With runs: errors, SSIM, VMAF and flicker on the test split of PAIRS, as `keyfill evaluate` measures them, a row a run,
each also with the restoration behind it where one is given. A run of icelut has a row of its networks, where rounding
is simulated, beside that of its tables.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.levels import eight_bit
from core.rng import rng_for
from keyfill.run_config import load_part
from pairs.dataset import Dataset
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data.frames import Clips
from train_baseline.evaluation.evaluate import measure_row
from train_baseline.export.listing import all_methods, facts_of
from train_baseline.methods.base import Method, Session
from train_baseline.methods.icelut import IceLut
from train_baseline.methods.light_field import LightField
from train_baseline.methods.lut_method import LutMethod
from train_baseline.methods.restored import Restored

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
ENTRIES = {
    "clut_unet": ("TMobileRestore, XTeam, Meeting", 16.8),
    "luts_residual": ("Summer, Velta", 15.4),
    "cidnet": ("DeepView, Auv", 106.4),
    "icelut": ("Maqic, LUT", 13.0e-6),
    "q_cidnet": ("Wizard", 114.2),
}
"""The report's teams, and its GMACs."""
SEES = {
    "curves": "80x45",
    "zeng": "80x45",
    "light_field": "64x36, 256x256, 128x128",
    "lut_field": "64x36, 256x256, 128x128, 80x45",
    "restore": "640x360, folded",
    "clut_unet": "256x256, 1280x720",
    "luts_residual": "256x256, 640x360 folded",
    "cidnet": "1280x720",
    "q_cidnet": "1280x720",
    "icelut": "80x45",
    "curves + restore": "80x45, 640x360 folded",
    "light_field + restore": "64x36, ..., 640x360 folded",
}
SHOWN = ("rmse", "psnr", "ssim", "vmaf", "flicker", "subject.rmse", "subject.psnr", "subject.ssim")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="of the frames that are timed")
    parser.add_argument("--frames", type=int, default=3, help="frames that are timed")
    parser.add_argument("--only", nargs="*", default=None, help="names of methods; default: all")
    parser.add_argument("--pairs", type=Path, default=None, help="pair shards, for quality")
    parser.add_argument("--run", action="append", default=[], help="NAME=RUN, a trained run")
    parser.add_argument("--restore", type=Path, default=None, help="a trained restoration")
    parser.add_argument("--no-vmaf", action="store_true")
    args = parser.parse_args()
    width, height = (int(side) for side in args.size.split("x"))
    torch.set_num_threads(1)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    head = ["method", "entries", "input", "networks see", "parameters", "GMACs", "report"]
    head += [*(f"{device}, ms" for device in devices), "steps"]
    print_page([head])
    for name, method in all_methods():
        if args.only is not None and name not in args.only:
            continue
        facts, (teams, reported) = facts_of(name, method), ENTRIES.get(name, ("ours", None))
        placed = {"cpu": method, "cuda": on_gpu(method) if "cuda" in devices else None}
        spent = [None if (one := placed[d]) is None else latency(one, width, height, args.frames) for d in devices]
        size = [
            f"{facts.parameters:,}",
            f"{facts.macs_everything / 1e9:.2f}",
            "-" if reported is None else f"{reported:g}",
        ]
        times = ["-" if one is None else f"{1000 * one:.0f}" for one in spent]
        print_line([name, teams, "1280x720", SEES[name], *size, *times, steps_of(name)])
    if args.pairs is not None:
        print()
        print_page(quality(args.pairs, dict(one.split("=", 1) for one in args.run), args.restore, not args.no_vmaf))


def print_page(lines: list[list[str]]) -> None:
    """A table in Markdown."""
    for line in [lines[0], ["---"] * len(lines[0]), *lines[1:]]:
        print_line(line)


def print_line(cells: list[str]) -> None:
    """One line of it, at once."""
    print(f"| {' | '.join(cells)} |", flush=True)


def on_gpu(method: Method[Any]) -> Method[Any] | None:
    """The method with its large networks on the GPU; None where all of them are small, and stay on the CPU."""
    if isinstance(method, Restored):
        return Restored(method.colour, method.restoration.to("cuda"))
    return None if isinstance(method, (LutMethod, LightField)) else method.to("cuda")


@torch.no_grad()
def latency(method: Method[Any], width: int, height: int, frames: int) -> float:
    """Seconds that a session takes for a frame, on a CPU of processor time."""
    clock = time.process_time if method.device.type == "cpu" else time.perf_counter
    session, spent = method.session(30.0, 0.5), list[float]()
    for number in range(frames + (frames > 1)):
        frame = rng_for(0, number, "methods table").integers(0, 256, (height, width, 3), np.uint8)
        began = clock()
        session.correct(frame, 1 / 30)  # returns a numpy frame, so a GPU has finished
        spent.append(clock() - began)
    return float(np.mean(spent[frames > 1 :]))


def steps_of(name: str) -> str:
    """Of the method's config, where it has one."""
    for path in (CONFIGS / "methods" / f"{name}.yaml", CONFIGS / f"{name}.yaml"):
        if path.exists():
            return f"{load_part(path, 'train', TrainConfig)[0].steps:,}"
    return "-"


class Networks(Session):
    """ICELUT's networks in place of its tables."""


def quality(pairs: Path, runs: dict[str, str], restore: Path | None, vmaf: bool) -> list[list[str]]:
    """A row a run: means over the clips of the test split."""
    ways: dict[str, Any] = {}
    for name, run in runs.items():
        method = run_folder.load(Path(run)).method
        ways[name] = method.placed().session
        if isinstance(method, IceLut):
            ways[f"{name}, networks"] = lambda fps, method=method: Networks(method)
        if restore is not None:
            ways[f"{name} + restore"] = run_folder.with_restoration(method, restore, name).placed().session
    data, found = Dataset(pairs), {name: [] for name in ways}
    for one in Clips(pairs, "test", 1, 1).listed:
        clip = data.clip(one.key)
        clip = replace(clip, source=eight_bit(clip.source))
        for name, session in ways.items():
            found[name].append(measure_row(clip, session(clip.record.fps or 30.0), vmaf))
    lines = [["run", *SHOWN]]
    for name, rows in found.items():
        values = {key: [row[key] for row in rows if key in row] for key in SHOWN}
        lines.append([name, *(f"{np.mean(values[key]):.3f}" if values[key] else "-" for key in SHOWN)])
    return lines


if __name__ == "__main__":
    main()
