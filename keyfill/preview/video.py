"""Frames as an H.264 file that every browser plays, and a frame as a still."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path

import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np

from core.errors import WorkError
from core.files import replacing

KEY_FRAME_EVERY = 15
"""Frames: a step back decodes no more than these."""


def encode_h264(path: Path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Frames `(H, W, 3)` uint8 sRGB of even size, one after the other -> an H.264 file. Raises WorkError when ffmpeg
    fails."""
    rest = iter(frames)
    first = next(rest)
    stream = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{first.shape[1]}x{first.shape[0]}", r=fps)
    stream = stream.filter("scale", flags="bicubic", out_color_matrix="bt709", out_range="tv")
    # Without B-frames the file's times are those of its frames, so that the page's steps are single frames.
    options = {
        **{"vcodec": "libx264", "pix_fmt": "yuv420p", "crf": 16, "preset": "fast", "movflags": "+faststart"},
        **{"bf": 0, "g": KEY_FRAME_EVERY},
        **{"colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "threads": 2},
        **{"map_metadata": "-1", "fflags": "+bitexact", "loglevel": "error"},
    }
    with replacing(path, last=False) as temporary:
        command = stream.output(str(temporary), **options).compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdin is not None
            try:
                # An ffmpeg that fails ends, and says why.
                with suppress(BrokenPipeError):
                    for frame in chain([first], rest):
                        process.stdin.write(np.ascontiguousarray(frame).data)
            except BaseException:
                process.kill()
                raise
            finally:
                _, told = process.communicate()
        if process.returncode:
            last = told.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise WorkError(f"{path}: ffmpeg failed: {last[0]}")


def write_still(path: Path, frame: np.ndarray) -> None:
    """A frame `(H, W, 3)` uint8 sRGB as a JPEG. Raises WorkError when it cannot be written."""
    with replacing(path, last=False) as temporary:
        if not cv2.imwrite(str(temporary), frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85]):
            raise WorkError(f"{path}: cannot be written")
