"""What `tools/gpu_check.sh` runs after `keyfill doctor`: the same clips on each device, and what they cost.

On every device one clip is rendered alone, which may compile kernels for minutes, then two clips, which are timed; the
seconds are those from a clip's first frame to its last and those before it. A picture is the same within noise where it
is as near to a reference of many samples as a processor's is. Then four clips with one, two and four workers, training
and enhancing. A step that fails is named with its last line, and the others go on; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.footage.pictures import write_picture
from core.levels import eight_bit
from pairs.dataset import Dataset

REFERENCE_SAMPLES = 8
"""How many times the samples of the others a reference is traced with."""
SAME_DB = 0.5
"""Decibels by which noise may change what a picture has against the reference."""
CLIPS = {"one": 1, "two": 2, "four": 4}


class Check:
    """Steps on one machine: what they found, by name, and what went wrong."""

    def __init__(self, out: Path, size: str, frames: int):
        self.out, self.frames = out, frames
        width, height = size.split("x")
        self.scene = [f"scenes.width={width}", f"scenes.height={height}", f"scenes.frames={frames}"]
        self.crop = min(96, int(height) // 8 * 8)
        self.found: dict[str, Any] = {"machine": platform.platform(), "size": size, "frames": frames}
        self.wrong: list[str] = []

    def keyfill(self, *words: str | Path) -> float:
        """Runs a command; seconds by the clock. Raises RuntimeError with its last line."""
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-P", "-m", "keyfill", *map(str, words)], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError((done.stderr.strip() or done.stdout.strip()).splitlines()[-1])
        return time.monotonic() - began

    def render(self, name: str, device: str, clips: int, samples: int = 1, workers: int = 1) -> float:
        """Clips of configs/quick.yaml into OUT/name; seconds by the clock."""
        settings = [*self.scene, f"scenes.train_clips={clips}", "scenes.test_clips=0", "shards.clips_per_shard=1"]
        settings += [f"render.device={device}", f"render.samples={8 * samples}", f"render.studio_samples={8 * samples}"]
        words = [word for setting in settings for word in ("--set", setting)]
        return self.keyfill(
            "render", "configs/quick.yaml", "--out", self.out / name, "--workers", str(workers), "--quiet", *words
        )

    def step(self, name: str, work: Any) -> Any:
        """What `work` finds, kept under `name`; None where it fails, which is said."""
        print(f"{name} ...", flush=True)
        try:
            self.found[name] = work()
        except (RuntimeError, OSError, KeyError, ValueError) as error:
            self.wrong.append(f"{name}: {error}")
            print(f"  failed: {error}", flush=True)
            return None
        print(f"  {self.found[name]}", flush=True)
        return self.found[name]

    def seconds(self, name: str) -> dict[str, float]:
        """Of the clips in OUT/name: before the first frame and a frame, the mean."""
        times: dict[str, list[float]] = {}
        for line in (self.out / name / "events.jsonl").read_text().splitlines():
            event = json.loads(line)
            if event["event"] in ("start", "progress"):
                times.setdefault(event["job"], []).append(event["t"])
        before = [stamps[1] - stamps[0] for stamps in times.values()]
        frames = [(stamps[-1] - stamps[1]) / self.frames for stamps in times.values()]
        return {"before_s": round(float(np.mean(before)), 2), "frame_s": round(float(np.mean(frames)), 3)}

    def apart_db(self, name: str, other: str) -> float:
        """PSNR of sources and targets of the clips that two folders share."""
        one, two = Dataset(self.out / name), Dataset(self.out / other)
        errors = []
        for key in sorted(set(one.keys()) & set(two.keys())):
            for member in ("source", "target"):
                pictures = [getattr(data.clip(key), member).astype(float) / 255 for data in (one, two)]
                errors.append(np.mean((pictures[0] - pictures[1]) ** 2))
        return round(float(-10 * np.log10(np.mean(errors) + 1e-12)), 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--devices", default="cuda optix")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--frames", type=int, default=4)
    args = parser.parse_args()
    check = Check(args.out, args.size, args.frames)
    devices = list(dict.fromkeys(["cpu", *args.devices.split()]))
    for device in devices:
        check.step(f"{device}: the first clip, seconds", lambda d=device: round(check.render(f"{d}-one", d, 1), 1))
        check.step(f"{device}: two clips, seconds", lambda d=device: round(check.render(f"{d}-two", d, 2), 1))
        check.step(f"{device}: a clip", lambda d=device: check.seconds(f"{d}-two"))
    check.step("reference, seconds", lambda: round(check.render("reference", "cpu", 1, REFERENCE_SAMPLES), 1))
    for device in devices:
        check.step(f"{device}: PSNR to the reference, dB", lambda d=device: check.apart_db(f"{d}-two", "reference"))
    processor = check.found.get("cpu: PSNR to the reference, dB")
    for device in devices[1:]:
        own = check.found.get(f"{device}: PSNR to the reference, dB")
        if processor is not None and own is not None and own < processor - SAME_DB:
            check.wrong.append(f"{device}: its pictures are {processor - own:.1f} dB further off than a processor's")
    for workers in (1, 2, 4):
        name = f"four-{workers}"
        measure = lambda n=name, w=workers: round(check.render(n, devices[-1], 4, workers=w), 1)
        check.step(f"{devices[-1]}: four clips, {workers} at a time, seconds", measure)
    trained = args.out / "trained"
    for place in dict.fromkeys(("cpu", "cpu" if devices[-1] == "cpu" else "cuda")):
        words = ["--set", f"train.device={place}", "--set", "train.steps=20", "--set", "train.batch=2"]
        words += ["--set", f"train.method.crop={check.crop}"]
        run = trained / place
        train = lambda r=run, w=words: round(
            check.keyfill("train", args.out / "four-1", "--config", "configs/methods/restore.yaml", "--out", r, *w), 1
        )
        check.step(f"{place}: restore, 20 steps, seconds", train)
    shown = args.out / "shown"
    check.step("pictures to enhance", lambda: _pictures(args.out / "four-1", shown))
    run = trained / ("cpu" if devices[-1] == "cpu" else "cuda")
    better = args.out / "better.mp4"
    enhance = lambda: round(check.keyfill("enhance", run, shown, better, "--replace"), 1)
    check.step(f"enhance with restore, {args.frames} frames, seconds", enhance)
    check.found["failed"] = check.wrong
    (args.out / "gpu_check.json").write_text(json.dumps(check.found, indent=1) + "\n")
    width = max(len(name) for name in check.found)
    print("\n".join(f"{name:<{width}}  {value}" for name, value in check.found.items() if name != "failed"))
    for line in check.wrong:
        print(f"gpu_check: {line}", file=sys.stderr)
    return 1 if check.wrong else 0


def _pictures(folder: Path, out: Path) -> int:
    """The first clip's source as a folder of pictures; how many."""
    data = Dataset(folder)
    frames = data.clip(sorted(data.keys())[0]).source
    out.mkdir(exist_ok=True)
    for number, frame in enumerate(frames):
        write_picture(out / f"{number:04d}.png", eight_bit(frame))
    return len(frames)


if __name__ == "__main__":
    sys.exit(main())
