"""How fast `keyfill enhance` is: seconds of 1280x720 video at 30 frames a second corrected in a second.

    python benchmarks/model_enhance.py [--seconds 10] [--run RUN] [--profile]

Makes a moving test video with a tone (H.264, 1280x720, 30 frames a second), corrects it whole, and prints frames a
second over 30: above 1 is faster than real time. Then the same for decoding and encoding alone, which no correction can
beat. `--profile` prints CPU seconds of each part of the correction, one after another in one thread.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import torch

from pairs.rng import rng_for
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.enhance import PACKAGED, enhance
from train_baseline.lut_filter import LutFilter
from train_baseline.lut_stream import ModelLuts
from train_baseline.network import make_network
from train_baseline.transcode import tags_of, thumbnail_of

WIDTH, HEIGHT, FPS = 1280, 720, 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--run", type=Path, default=None, help="a trained run; default: the checkpoint in the package")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = test_video(work, args.seconds)
        run = args.run or (PACKAGED if (PACKAGED / run_folder.CHECKPOINT).exists() else some_run(work))
        if args.profile:
            return profile(source, run)
        cores = len(os.sched_getaffinity(0))
        for name, arguments in (("one picture", {}), ("side by side", {"side_by_side": True})):
            before = time.process_time()
            found = enhance(run, source, work / "out.mp4", **arguments)
            cpu = (time.process_time() - before) / found["frames"]
            rate = found["frames"] / found["seconds"]
            print(
                f"enhance, {name:<12} {rate / FPS:5.2f} times real time on {cores} cores "
                f"({rate:.0f} frames/s, {1000 * cpu:.1f} ms of CPU a frame)"
            )
        began = time.monotonic()
        ffmpeg("-i", source, "-c:v", "libx264", "-preset", "superfast", "-crf", "18", work / "plain.mp4")
        rate = args.seconds * FPS / (time.monotonic() - began)
        print(f"decode and encode alone    {rate / FPS:5.2f} times real time ({rate:.0f} frames/s)")


def ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *(str(a) for a in arguments)]
    subprocess.run(command, check=True)


def test_video(folder: Path, seconds: float) -> Path:
    """Soft colours in motion with a little noise, as a webcam gives them."""
    path = folder / "in.mp4"
    source = f"gradients=s={WIDTH}x{HEIGHT}:n=6:seed=3:speed=0.02:r={FPS}:d={seconds}"
    ffmpeg(
        *("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", f"sine=d={seconds}"),
        *("-vf", "noise=alls=6:allf=t,format=yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", 23),
        *("-c:a", "aac", path),
    )
    return path


def some_run(folder: Path) -> Path:
    """A run whose model changes colours; what it learned does not matter for its speed."""
    config = TrainConfig()
    network = make_network(config, 0)
    with torch.no_grad():
        drawn = rng_for(0, "bench", "head").standard_normal(network.head.weight.shape, np.float32)
        network.head.weight.copy_(torch.from_numpy(drawn) * 0.1)
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    (folder / "run").mkdir()
    run_folder.save_checkpoint(folder / "run" / run_folder.CHECKPOINT, record, network.state_dict())
    return folder / "run"


def profile(source: Path, run: Path) -> None:
    """CPU time of each part, one after another."""
    torch.set_num_threads(1)
    network = run_folder.load(run).network
    luts, lut_filter = ModelLuts(network, 0.5), LutFilter()
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = work()
        spent[name] = spent.get(name, 0.0) + time.process_time() - before
        return result

    count = 0
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    encoder.options = {"preset": "superfast", "crf": "18"}
    with av.open(str(source)) as container:
        frames = container.decode(video=0)
        while (frame := timed("decode", lambda: next(frames, None))) is not None:
            tags = tags_of(frame)
            thumbnail = timed("thumbnail", lambda frame=frame, tags=tags: thumbnail_of(frame, tags))
            lut = timed("network, LUT", lambda thumbnail=thumbnail: luts.next(thumbnail, 1 / FPS))
            out = timed("apply", lambda f=frame, t=tags, x=lut: lut_filter.apply(f, t, x, luts.knots))
            out.pts, out.time_base = count, Fraction(1, FPS)
            timed("encode", lambda out=out: encoder.encode(out))
            count += 1
    for name, seconds in spent.items():
        print(f"{name:<14} {1000 * seconds / count:6.2f} ms of CPU a frame")


if __name__ == "__main__":
    main()
