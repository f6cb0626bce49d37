"""What `enhance` corrects: a video file, a webcam, a picture or a folder of them, as frames in the order of time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from core.errors import InputError
from core.footage import PICTURES
from core.footage.decode import (
    DEFAULT_FPS,
    Decoding,
    first_frame,
    open_container,
    rate_of,
    video_stream,
    without_frames,
)
from core.footage.orientation import AS_IT_LIES, Orientation, orientation_of
from core.footage.pictures import frames_of_pictures, oddities_of_pictures, pictures_in, read_picture
from core.footage.reader import frame_oddities

CAMERA = "/dev/video"
PassOn = Callable[[av.Packet], Iterator[av.Packet]]
"""What becomes of a packet that is no picture."""


@dataclass
class Source:
    """`width`, `height` as its frames lie, `turned`: how; `first`: its first frame, None of a camera; `tick`: the unit
    of its times, None where that is too coarse to put a frame between two; `aspect`: width over height of a pixel;
    `total`: frames as far as is known; `endless`: read until interrupted; `container`: what it has beside its pictures.
    `found`: what is odd about it; `short`: what was not there or damaged, once all is read."""

    name: str
    width: int
    height: int
    fps: float
    frames: Callable[[PassOn, list[str]], Iterator[av.VideoFrame | av.Packet]]
    first: av.VideoFrame | None = None
    turned: Orientation = AS_IT_LIES
    tick: Fraction | None = None
    aspect: Fraction | None = None
    total: int = 0
    endless: bool = False
    container: av.container.InputContainer | None = None
    found: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """What is odd about it, one line each."""
        if self.first is None:
            return self.found
        stream = None if self.container is None else video_stream(self.container)
        return [*self.found, *frame_oddities(self.first, stream)]

    def items(self, pass_on: PassOn) -> Iterator[av.VideoFrame | av.Packet]:
        """Frames, and between them what `pass_on` makes of the packets that are none."""
        return self.frames(pass_on, self.short)


@contextmanager
def opened_source(name: str, fps: float) -> Iterator[Source]:
    """`name`: a video file, a webcam (`/dev/videoN`), a picture, or a folder of pictures, which get `fps`. InputError
    for what is none of these, or has nothing in it that can be decoded."""
    if os.path.isdir(name) or (name.lower().endswith(PICTURES) and os.path.isfile(name)):
        yield _of_pictures(Path(name), fps)
        return
    camera = name.startswith(CAMERA)
    if not camera and not os.path.isfile(name):
        raise InputError(f"{name}: no such file")
    with opened(name) as reading:
        yield _of_container(reading, name, camera)


def opened(name: str) -> av.container.InputContainer:
    """A video file or a webcam (`/dev/videoN`), open. InputError for what is no video."""
    if not name.startswith(CAMERA):
        return open_container(Path(name))
    try:
        return av.open(name, format="v4l2")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name}: cannot be opened as a video: {reason}") from None


def _of_container(reading: av.container.InputContainer, name: str, camera: bool) -> Source:
    video = video_stream(reading)
    video.thread_type = "AUTO"
    first = None
    if not camera:
        with opened(name) as ahead:
            first = first_frame(ahead)
        if first is None:
            raise without_frames(Path(name), reading)
    fps = rate_of(video) or DEFAULT_FPS

    def frames(pass_on: PassOn, short: list[str]) -> Iterator[av.VideoFrame | av.Packet]:
        decoding = Decoding(reading, Path(name))
        for packet, pictures in decoding:
            yield from pictures
            if packet.stream.index != video.index:
                yield from pass_on(packet)
        short += decoding.notes

    fine = video.time_base is not None and video.time_base <= Fraction(1, 1000)
    return Source(
        name,
        video.codec_context.width,
        video.codec_context.height,
        fps,
        frames,
        first,
        AS_IT_LIES if first is None else orientation_of(first),
        video.time_base if fine else None,
        video.codec_context.sample_aspect_ratio or None,
        video.frames or int((reading.duration or 0) / av.time_base * fps),
        camera,
        reading,
    )


def _of_pictures(place: Path, fps: float) -> Source:
    files = pictures_in(place) if place.is_dir() else [place]
    height, width = (side - side % 2 for side in read_picture(files[0]).shape[:2])

    def frames(pass_on: PassOn, short: list[str]) -> Iterator[av.VideoFrame | av.Packet]:
        for number, picture in enumerate(frames_of_pictures(files)):
            yield _frame(picture[:height, :width], number)

    def _frame(picture: np.ndarray, number: int) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, 1 / rate
        return frame

    rate = Fraction(fps).limit_denominator(1001)
    first = _frame(read_picture(files[0])[:height, :width], 0)
    return Source(
        str(place), width, height, fps, frames, first, total=len(files), found=list(oddities_of_pictures(files))
    )
