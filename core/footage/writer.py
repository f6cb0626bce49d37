"""A video file written frame by frame, with what another file holds beside its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation

from core.errors import InputError, WorkError
from core.files import replacing
from core.footage.beside import Beside
from core.footage.containers import container_of
from core.footage.orientation import AS_IT_LIES, Orientation

FINE = Fraction(1, 90_000)
"""Seconds: the unit of time stamps where the input's own is too coarse to put a frame between two."""
ENCODERS = {"h264": "libx264", "vp9": "libvpx-vp9", "av1": "libsvtav1"}


def encoder_options(codec: str, crf: int) -> dict[str, str]:
    """Settings of an encoder for a quality of 0 (best) to 51, as x264 counts: much is encoded as it comes, beside other
    work, so speed is worth more than size."""
    if codec == "h264":
        return {"preset": "superfast", "crf": str(crf)}
    wide = str(round(crf * 63 / 51))
    if codec == "vp9":
        return {"crf": wide, "deadline": "realtime", "cpu-used": "7", "row-mt": "1"}
    return {"crf": wide, "preset": "10"}


@dataclass(frozen=True)
class Look:
    """Of the video that is written: its size as its frames lie, frames a second, unit of its times, quality 0 to 51;
    `turned`: how its frames lie; libav's number of its primaries; width over height of a pixel; `step`: no frame needs
    a later one, and every so many none before it, so that a player steps and seeks quickly."""

    width: int
    height: int
    fps: float
    tick: Fraction = FINE
    crf: int = 18
    turned: Orientation = AS_IT_LIES
    primaries: int = 1
    aspect: Fraction | None = None
    step: int | None = None


class VideoWriter:
    """`yuv420p` frames in BT.709 and video range into `path` (spoken of as `out`), and all that `reading` has beside
    its pictures. `codec`: see `containers.container_of`. InputError where it cannot be written."""

    def __init__(
        self, path: Path, out: Path, look: Look, reading: av.container.InputContainer | None, codec: str | None = None
    ):
        kind, codec = container_of(out, codec)
        self.path, self.beside = path, None
        self.notes: list[str] = []
        """What is not in the file as it was, one line each; all of it after `finish`."""
        try:
            self._writing = av.open(f"file:{path}", "w", options={"movflags": "+faststart"} if look.step else {})
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{out}: cannot be written: {reason}; choose a name such as OUT.mp4 or OUT.mkv") from None
        # where the file cannot say how its frames lie, they are set upright
        self._upright = AS_IT_LIES if kind.turned else look.turned
        self._video = self._added(look, codec, kind.turned)
        if reading is not None:
            self.beside = Beside(self._writing, reading, out.suffix.lower(), kind)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writing.close()

    def _added(self, look: Look, codec: str, says_turned: bool) -> Any:
        stream: Any = self._writing.add_stream(ENCODERS[codec], rate=Fraction(look.fps).limit_denominator(1001))
        sides = (look.height, look.width) if self._upright.swapped else (look.width, look.height)
        stream.width, stream.height = (side - side % 2 for side in sides)
        stream.pix_fmt = "yuv420p"
        if says_turned and look.turned != AS_IT_LIES:
            stream.set_display_matrix(look.turned.display_matrix)
        context = stream.codec_context
        context.options = encoder_options(codec, look.crf)
        context.time_base = look.tick
        if look.step is not None:
            context.gop_size, context.max_b_frames = look.step, 0
        if look.aspect:
            context.sample_aspect_ratio = 1 / look.aspect if self._upright.swapped else look.aspect
        # 1 is BT.709 for matrix, primaries and transfer; range 1 is video range (16-235). Other primaries stay.
        context.colorspace = context.color_trc = context.color_range = 1
        context.color_primaries = look.primaries
        return stream

    def write(self, frame: av.VideoFrame) -> None:
        """The next frame, as it lies; its `pts` and `time_base` count."""
        if self._upright != AS_IT_LIES:
            frame = upright_frame(frame, self._upright)
        frame.pict_type = 0
        size = (self._video.width, self._video.height)
        if abs(frame.width - size[0]) > 1 or abs(frame.height - size[1]) > 1:
            note = f"a frame of {frame.width}x{frame.height} among those of {size[0]}x{size[1]}: resized"
            self.notes += [note] if note not in self.notes else []
        self._writing.mux(self._video.encode(frame))

    def pass_on(self, packet: av.Packet) -> Iterator[av.Packet]:
        """What a packet of the input, of no picture, becomes; for `mux`."""
        return iter(()) if self.beside is None else self.beside.packets(packet)

    def mux(self, packet: av.Packet) -> None:
        """A packet of `pass_on`, into the file."""
        self._writing.mux(packet)

    def finish(self) -> list[str]:
        """Ends the file. What is not in it as it was in the input, one line each."""
        if self.beside is not None:
            for packet in self.beside.rest():
                self._writing.mux(packet)
        self._writing.mux(self._video.encode())
        self._writing.close()
        if self.beside is not None:
            self.beside.compare(self.path)
            self.notes += self.beside.notes
        return self.notes


def write_video(path: Path, frames: Iterable[np.ndarray], fps: float, crf: int = 18, step: int | None = None) -> None:
    """Frames `(H, W, 3)` uint8 sRGB of one even size, one after the other -> a file that is whole or not there. `crf`,
    `step`: see `Look`. WorkError where it cannot be written."""
    rest = iter(frames)
    first = next(rest)
    tick = 1 / Fraction(fps).limit_denominator(1001)
    with replacing(path, last=False) as part:
        try:
            look = Look(first.shape[1], first.shape[0], fps, tick, crf, step=step)
            with VideoWriter(part, path, look, None) as writer:
                for number, picture in enumerate(chain([first], rest)):
                    frame = video_frame(picture)
                    frame.pts, frame.time_base = number, tick
                    writer.write(frame)
                writer.finish()
        except av.FFmpegError as error:
            raise WorkError(f"{path}: {error}") from error


def video_frame(picture: np.ndarray) -> av.VideoFrame:
    """`(H, W, 3)` uint8 sRGB -> a `yuv420p` frame (BT.709, video range)."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return frame.reformat(
        format="yuv420p",
        src_color_range="JPEG",
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
        interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
    )


def upright_frame(frame: av.VideoFrame, turned: Orientation) -> av.VideoFrame:
    """A `yuv420p` frame as it lies -> set upright; `pts` and `time_base` kept."""
    width, height = (frame.height, frame.width) if turned.swapped else (frame.width, frame.height)
    out = av.VideoFrame(width, height, "yuv420p")
    for old, new in zip(frame.planes, out.planes, strict=True):
        lying = np.frombuffer(memoryview(old), np.uint8).reshape(old.height, -1)[:, : old.width]
        lines = np.frombuffer(memoryview(new), np.uint8).reshape(new.height, -1)
        lines[:, : new.width] = turned.upright(lying)
    out.pts, out.time_base = frame.pts, frame.time_base
    return out
