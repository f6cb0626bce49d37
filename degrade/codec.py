"""A call's video codec: one closed group of pictures through ffmpeg, low delay, one thread, at a bitrate."""

from __future__ import annotations

import functools
import subprocess
import tempfile
import threading
from collections.abc import Iterable

import ffmpeg
import imageio_ffmpeg
import numpy as np

from core.errors import WorkError
from degrade.params import Codec

# What conferencing software asks of each encoder: no look-ahead, no B frames, a tight buffer, one thread (x264's output
# changes with the number of threads). `{rate}` is kbit/s, `{buffer}` half a second of it.
ENCODERS = {
    "h264": {
        "c:v": "libx264",
        "preset": "veryfast",
        "tune": "zerolatency",
        "profile:v": "main",
        "x264-params": "threads=1:sliced-threads=0:scenecut=0:keyint=infinite:nal-hrd=none",
    },
    "h265": {
        "c:v": "libx265",
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x265-params": "pools=none:frame-threads=1:wpp=0:scenecut=0:keyint=-1:log-level=error",
    },
    "vp9": {
        "c:v": "libvpx-vp9",
        "deadline": "realtime",
        "cpu-used": 8,
        "lag-in-frames": 0,
        "row-mt": 0,
        "tile-columns": 0,
        "error-resilient": 1,
        "g": 9999,
    },
    "av1": {
        "c:v": "libaom-av1",
        "usage": "realtime",
        "cpu-used": 8,
        "lag-in-frames": 0,
        "row-mt": 0,
        "tiles": "1x1",
        "g": 9999,
    },
}
_TO_YUV = (
    "scale={w}:{h}:flags=area+accurate_rnd+full_chroma_inp+bitexact"
    ":in_range=full:out_range=limited:out_color_matrix=bt709,format=yuv420p"
)
_TO_RGB = (
    "scale={w}:{h}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
    ":in_range=limited:out_range=full:in_color_matrix=bt709,format=rgb24"
)


@functools.cache
def ffmpeg_version() -> str:
    """The version of the ffmpeg binary that `imageio_ffmpeg` brings; its encoders' output is tied to it."""
    return imageio_ffmpeg.get_ffmpeg_version()


def code_group(frames: Iterable[np.ndarray], count: int, codec: Codec, size: tuple[int, int], key: str) -> np.ndarray:
    """`count` frames `(H, W, 3)` uint8 RGB, size = (W, H) -> the decoded frames `(count, H, W, 3)` uint8 RGB.

    No frame looks ahead, so fewer frames give the same first ones. Raises WorkError naming `key` and the codec.
    """
    width, height = size
    stage = f"{key}: codec {codec.kind}"
    rate = {"b:v": f"{codec.kbps:.3f}k", "maxrate": f"{codec.kbps:.3f}k", "bufsize": f"{codec.kbps / 2:.3f}k"}
    raw = {"format": "rawvideo", "pix_fmt": "rgb24"}
    encode = ffmpeg.input("pipe:0", **raw, s=f"{width}x{height}", framerate=f"{codec.fps:.6f}").output(
        "pipe:1",
        format="nut",
        vf=_TO_YUV.format(w=codec.width, h=codec.height),
        threads=1,
        fps_mode="passthrough",
        **ENCODERS[codec.kind],
        **rate,
    )
    coded = _run(encode, (np.ascontiguousarray(frame).data for frame in frames), f"{stage}: encoding")
    decode = ffmpeg.input("pipe:0", format="nut", threads=1).output(
        "pipe:1", **raw, vf=_TO_RGB.format(w=width, h=height), fps_mode="passthrough"
    )
    decoded = _run(decode, [coded], f"{stage}: decoding")
    expected = count * height * width * 3
    if len(decoded) != expected:
        raise WorkError(
            f"{stage}: {len(decoded) / (height * width * 3):g} frames came back, {count} went in; "
            "raise codec.bits_per_pixel"
        )
    return np.frombuffer(decoded, np.uint8).reshape(count, height, width, 3)


def _run(stream, pieces: Iterable, stage: str) -> bytes:
    """Feed `pieces` to ffmpeg, return what it writes. WorkError with its last line when it dies."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "error",
        "-filter_threads",
        "1",
        *stream.get_args(),
    ]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        output: list[bytes] = []
        reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
        reader.start()
        broken = False
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            broken = True
        except BaseException:
            process.kill()
            raise
        finally:
            if broken:
                process.kill()
            reader.join()
            process.wait()
            process.stdout.close()
        if process.returncode != 0 or broken:
            errors.seek(0)
            lines = errors.read().decode("utf-8", "replace").strip().splitlines()
            raise WorkError(f"{stage} failed: ffmpeg exit {process.returncode}: {lines[-1] if lines else 'no message'}")
    return output[0]
