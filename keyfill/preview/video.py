"""Frames as an H.264 file that every browser plays, and its first frame as a still."""

from __future__ import annotations

import subprocess
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import numpy as np

from core.errors import WorkError
from core.files import replacing


def encode_h264(path: Path, frames: np.ndarray, fps: float) -> int:
    """Frames `(T, H, W, 3)` uint8 sRGB -> an H.264 file; small frames are enlarged. Returns the width."""
    height, width = frames.shape[1:3]
    scale = max(1, round(270 / height))
    stream = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", r=fps).filter(
        "scale",
        w=width * scale // 2 * 2,
        h=height * scale // 2 * 2,
        flags="bicubic",
        out_color_matrix="bt709",
        out_range="tv",
    )
    options = {
        **{"vcodec": "libx264", "pix_fmt": "yuv420p", "crf": 16, "preset": "medium", "movflags": "+faststart"},
        **{"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "threads": 2},
        **{"map_metadata": "-1", "fflags": "+bitexact", "loglevel": "error"},
    }
    with replacing(path, last=False) as temporary:
        command = stream.output(str(temporary), **options).compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
        done = subprocess.run(command, input=frames.tobytes(), capture_output=True)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise WorkError(f"{path}: ffmpeg failed: {last[0]}")
    return width * scale // 2 * 2


def write_poster(video: Path, poster: Path) -> None:
    """The first frame of `video` as a JPEG."""
    ffmpeg.input(str(video)).output(str(poster), vframes=1, loglevel="error", **{"q:v": 3}).run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True, quiet=True
    )
