"""A call's video codec: closed groups of pictures through ffmpeg, low delay, one thread, at a bitrate."""

from __future__ import annotations

import functools
import math
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from typing import IO, Annotated, Any, ClassVar, Literal

import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
from pydantic import Field

from core.errors import WorkError
from core.ranges import Range, Share, uniform, within
from degrade.stages.stage import Clip, DrawContext, Params, Shares, Stage

_TRANSPARENT_BITS_PER_PIXEL = 2.0
# Encoders refuse rates that a few pixels or one frame a second would come to.
_LEAST_KBPS = 20.0
# As much as a user may ask for: fewer turns between our process and ffmpeg for each frame.
_PIPE_BYTES = 1 << 20
# What conferencing software asks of each encoder: no look-ahead, no B frames, a tight buffer, one thread (x264's output
# changes with the number of threads). `{rate}` is kbit/s, `{buffer}` half a second of it.
ENCODERS: dict[str, dict[str, Any]] = {
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
_TO_PLANES = (
    "scale={w}:{h}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
    ":in_range=limited:out_range=full:in_color_matrix=bt709,format=gbrp"
)


class CodecShares(Shares):
    """How likely each video codec is; one is drawn per clip."""

    h264: Share = Field(0.0, description="probability of H.264 (x264)")
    h265: Share = Field(0.0, description="probability of H.265 (x265)")
    vp9: Share = Field(0.0, description="probability of VP9 (libvpx)")
    av1: Share = Field(0.0, description="probability of AV1 (libaom)")


class CodecConfig(Stage):
    """A call's video codec at a bitrate, low delay, one thread."""

    kinds: CodecShares = Field(
        CodecShares(h264=0.5, h265=0.1, vp9=0.3, av1=0.1), description="the codec, drawn per clip"
    )
    bits_per_pixel: Annotated[Range, within(0.001, 4.0)] = Field(
        (0.02, 0.15), description="the rate over width, height and frame rate, drawn evenly in its logarithm"
    )
    send_scale: Annotated[Range, within(0.1, 1.0)] = Field(
        (1.0, 1.0), description="share of the width and height that is sent"
    )
    keyframe_s: Annotated[Range, within(0.1, 60.0)] = Field(
        (2.0, 10.0), description="seconds from a key frame, which starts a closed group of pictures, to the next"
    )

    def draw(self, rng: np.random.Generator, context: DrawContext) -> CodecParams:
        """One clip's encoder and rate."""
        clip, rate, s = context.clip, context.delivered_fps, context.severity
        kind = self.kinds.choose(rng)
        bits = math.exp(uniform(rng, (math.log(self.bits_per_pixel[0]), math.log(self.bits_per_pixel[1]))))
        scale, every_s, phase = uniform(rng, self.send_scale), uniform(rng, self.keyframe_s), rng.random()
        bits = max(bits, _TRANSPARENT_BITS_PER_PIXEL) ** (1 - s) * bits**s
        scale = scale**s
        width, height = (max(2, 2 * round(side * scale / 2)) for side in (clip.width, clip.height))
        every = max(1, round(every_s * clip.fps))
        starts = (0, *range(max(1, round(every * (1 - phase))), clip.frames, every))
        kbps = max(bits * width * height * rate / 1000, _LEAST_KBPS)
        return CodecParams(kind=kind, kbps=kbps, fps=rate, width=width, height=height, starts=starts)


class CodecParams(Params):
    """One encoder run per closed group of pictures."""

    not_neutral: ClassVar[str] = "at 2 bits per pixel nothing is seen, but 4:2:0 and 8-bit YUV still round"

    kind: Literal["h264", "h265", "vp9", "av1"]
    kbps: float = Field(gt=0, description="rate in kbit/s")
    fps: float = Field(gt=0, description="frame rate that the encoder is told")
    width: int = Field(ge=2, description="as sent, in pixels")
    height: int = Field(ge=2, description="as sent, in pixels")
    starts: tuple[int, ...] = Field(description="the groups' first frames")

    def words(self, name: str, clip: Clip) -> str:
        size = "" if self.width == clip.width else f" at {self.width}x{self.height}"
        return f"{self.kind} {self.kbps:.0f} kbit/s{size}"


@functools.cache
def ffmpeg_version() -> str:
    """The version of the ffmpeg binary that `imageio_ffmpeg` brings; its encoders' output is tied to it."""
    return imageio_ffmpeg.get_ffmpeg_version()


def coded_frames(
    frames: Iterable[np.ndarray], count: int, codec: CodecParams, size: tuple[int, int], key: str
) -> Iterator[np.ndarray]:
    """`count` frames `(H, W, 3)` uint8 RGB, size = (W, H) -> the decoded frames, alike, one by one: once the last was
    coded, nothing but the code is kept.

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
    # Planes: made at half the price of rgb24, with the same values.
    decode = ffmpeg.input("pipe:0", format="nut", threads=1).output(
        "pipe:1", **{**raw, "pix_fmt": "gbrp"}, vf=_TO_PLANES.format(w=width, h=height), fps_mode="passthrough"
    )
    each, given = height * width * 3, 0
    for piece in _read(decode, coded, each, f"{stage}: decoding"):
        given += len(piece)
        if len(piece) == each and given <= count * each:
            green, blue, red = np.frombuffer(piece, np.uint8).reshape(3, height, width)
            yield cv2.merge([red, green, blue])
    if given != count * each:
        raise WorkError(f"{stage}: {given / each:g} frames came back, {count} went in; raise codec.bits_per_pixel")


def _command(stream: Any) -> list[str]:
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "error",
        "-filter_threads",
        "1",
        *stream.get_args(),
    ]


def _read(stream: Any, data: bytes, each: int, stage: str) -> Iterator[bytes]:
    """What ffmpeg makes of `data`, `each` bytes at a time, the last piece as long as it is. WorkError with its last
    line when it dies."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(
            _command(stream), stdin=given, stdout=subprocess.PIPE, stderr=errors, pipesize=_PIPE_BYTES
        )
        assert process.stdout, "is a pipe"
        try:
            while piece := process.stdout.read(each):
                yield piece
            process.wait()
        finally:
            process.kill()  # where nobody wants the rest
            process.stdout.close()
            process.wait()
        if process.returncode != 0:
            raise WorkError(f"{stage} failed: {_last_words(process.returncode, errors)}")


def _last_words(code: int, errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return f"ffmpeg exit {code}: {lines[-1] if lines else 'no message'}"


def _run(stream: Any, pieces: Iterable[Any], stage: str) -> bytes:
    """Feed `pieces` to ffmpeg, return what it writes. WorkError with its last line when it dies."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            _command(stream), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, pipesize=_PIPE_BYTES
        )
        stdin, stdout = process.stdin, process.stdout
        assert stdin and stdout, "both are pipes"
        output: list[bytes] = []
        reader = threading.Thread(target=lambda: output.append(stdout.read()), daemon=True)
        reader.start()
        broken = False
        try:
            for piece in pieces:
                stdin.write(piece)
            stdin.close()
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
            stdout.close()
        if process.returncode != 0 or broken:
            raise WorkError(f"{stage} failed: {_last_words(process.returncode, errors)}")
    return output[0]
