"""How fast `keyfill enhance` is on 1280x720 video at 30 frames a second, against decoding and encoding alone.

    python benchmarks/model_enhance.py [--seconds 10] [--video FILE] [--run RUN] [--profile]

Makes a moving test video with a tone (H.264, 1280x720, 30 frames a second), or takes yours, corrects it whole, and has
ffmpeg decode and encode it with the same settings, which no correction can beat. Of each it prints milliseconds of
processor time a frame, how many times real time that allows on these cores when nothing else runs, and how many times
real time it was by the clock beside whatever else ran (the load is printed first). Everything runs twice in turn; the
lower processor time counts. `--profile` prints the parts of a frame, one after another in one thread.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import torch

from core.footage.writer import ENCODERS, encoder_options
from core.memory import keep_freed_memory
from train_baseline import run_folder
from train_baseline.methods.lut_method import LutMethod
from train_baseline.packaged import packaged
from train_baseline.video.enhance import enhance
from train_baseline.video.lut_filter import LutFilter
from train_baseline.video.transcode import tags_of, thumbnail_of

WIDTH, HEIGHT, FPS = 1280, 720, 30
ENCODER = ENCODERS["h264"]


def main() -> None:
    keep_freed_memory()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the test video")
    parser.add_argument("--video", type=Path, default=None, help="a video of your own instead")
    parser.add_argument("--run", type=Path, default=None, help="a trained run; default: the checkpoint in the package")
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = args.video or test_video(work, args.seconds)
        run = args.run or packaged()
        if args.profile:
            return profile(source, run)
        cores = len(os.sched_getaffinity(0))
        print(f"{cores} cores, load {os.getloadavg()[0]:.1f} before it began")
        again = lambda: ffmpeg("-i", source, "-c:v", ENCODER, *options(), "-c:a", "copy", work / "plain.mp4")
        ways = {
            "enhance": lambda: enhance(run, source, work / "out.mp4", replace=True),
            "enhance, side by side": lambda: enhance(run, source, work / "out.mp4", side_by_side=True, replace=True),
            "decode and encode alone": again,
        }
        found = {name: [] for name in ways}
        for name, way in [*ways.items(), *ways.items()]:
            found[name].append(measured(way))
        with av.open(str(source)) as container:
            frames = sum(1 for _ in container.decode(video=0))
        for name, times in found.items():
            cpu, clock = (1000 * min(column) / frames for column in zip(*times, strict=True))
            print(
                f"{name:<24}{cpu:6.1f} ms of CPU a frame: {cores * 1000 / FPS / cpu:4.1f} times real time when idle; "
                f"by the clock {1000 / FPS / clock:4.2f}"
            )


def measured(way: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of processor time, of this process and its children, and seconds by the clock."""
    spent = lambda: sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    before, began = spent(), time.monotonic()
    way()
    return spent() - before, time.monotonic() - began


def options() -> list[str]:
    """The encoder's settings, as ffmpeg's command line wants them."""
    return [word for name, value in encoder_options("h264", 18).items() for word in (f"-{name}", value)]


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


def profile(source: Path, run: Path) -> None:
    """CPU time of each part, one after another."""
    torch.set_num_threads(1)
    method = run_folder.load(run).method
    assert isinstance(method, LutMethod), "the parts of other methods are not timed"
    session, lut_filter = method.session(FPS, 0.5), LutFilter()
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = work()
        spent[name] = spent.get(name, 0.0) + time.process_time() - before
        return result

    count = 0
    encoder = av.CodecContext.create(ENCODER, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(FPS), Fraction(1, FPS)
    encoder.options = encoder_options("h264", 18)
    with av.open(str(source)) as container:
        frames = container.decode(video=0)
        while (frame := timed("decode", lambda: next(frames, None))) is not None:
            tags = tags_of(frame)
            thumbnail = timed("thumbnail", lambda frame=frame, tags=tags: thumbnail_of(frame, tags))
            lut = timed("network, LUT", lambda thumbnail=thumbnail: session.next(thumbnail, 1 / FPS))
            out = timed("apply", lambda f=frame, t=tags, x=lut: lut_filter.apply(f, t, x))
            out.pts, out.time_base = count, Fraction(1, FPS)
            timed("encode", lambda out=out: encoder.encode(out))
            count += 1
    for name, seconds in spent.items():
        print(f"{name:<14} {1000 * seconds / count:6.2f} ms of CPU a frame")


if __name__ == "__main__":
    main()
