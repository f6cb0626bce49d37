"""A video as upright sRGB frames with times that rise, and in words what was found and mended on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np

from core.errors import InputError
from core.footage.colour import Tags, ToRgb, tags_of
from core.footage.decode import (
    DEFAULT_FPS,
    Decoding,
    duration_of,
    first_frame,
    moving,
    open_container,
    rate_of,
    seconds_of,
    video_stream,
    without_frames,
)
from core.footage.info import FootageInfo, TimedFrame
from core.footage.orientation import Orientation, is_slanted, orientation_of
from core.footage.pictures import PICTURES, frames_of_pictures, oddities_of_pictures, pictures_in, read_picture
from core.footage.times import RisingTimes

VIDEOS = (
    ".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp", ".wmv", ".flv",
    ".ogv", ".mxf", ".h264", ".264", ".h265", ".hevc", ".y4m", ".gif",
)  # fmt: skip
"""File endings that are taken for a video where a folder is searched."""
_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16")


class Footage:
    """A video file, a picture or a folder of pictures, open: `info`, then frames by iterating once.

        with Footage(path) as footage:
            for time_s, picture in footage: ...
            footage.notes

    `square`: frames whose pixels are not square are stretched so that they are (never shrunk). `fps` is for pictures.
    Raises InputError naming the file: no video, HDR or colours that are not read, nothing in it. A file that is cut or
    damaged gives the frames that are there; `cut`, `damaged` (frames) and `notes` say so afterwards.
    """

    def __init__(self, path: str | Path, square: bool = False, fps: float = DEFAULT_FPS):
        self.path, self.square = Path(path), square
        self.frames = 0
        self.pass_on: Callable[[av.Packet], None] = lambda packet: None
        """Is given every packet that is no picture, on the way."""
        self.start_s = 0.0
        """The first frame's own time stamp, once it was given."""
        self.times: RisingTimes | None = None
        self._notes: list[str] = []
        self._decoding: Decoding | None = None
        self._pictures: list[Path] | None = None
        if self.path.is_dir():
            self._pictures = pictures_in(self.path)
        elif not self.path.is_file():
            raise InputError(f"{path}: no such file; give a video, a picture or a folder of pictures")
        elif self.path.suffix.lower() in PICTURES:
            self._pictures = [self.path]
        if self._pictures is not None:
            height, width = read_picture(self._pictures[0]).shape[:2]
            count = len(self._pictures)
            self.info = FootageInfo(
                self.path, width, height, fps, count / fps, found=tuple(oddities_of_pictures(self._pictures))
            )
            return
        container = open_container(self.path)
        try:
            self.info = self._read_info(container)
        except BaseException:
            container.close()
            raise
        self._decoding = Decoding(container, self.path)

    def __enter__(self) -> Footage:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._decoding is not None:
            self._decoding.container.close()

    @property
    def container(self) -> av.container.InputContainer | None:
        """The open file, None of pictures."""
        return None if self._decoding is None else self._decoding.container

    @property
    def cut(self) -> bool:
        """Whether the file ends early; known once every frame was read."""
        return self._decoding is not None and self._decoding.cut

    @property
    def damaged(self) -> int:
        """Frames that could not be decoded, or not wholly."""
        return 0 if self._decoding is None else self._decoding.damaged

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd, and what was mended: all of it once every frame was read."""
        mended = [] if self.times is None else self.times.notes()
        read = [] if self._decoding is None else self._decoding.notes
        return (*self.info.found, *mended, *self._notes, *read)

    def stamps(self) -> list[float]:
        """When each frame is shown, in seconds after the first, without making pictures of them; instead of iterating.
        InputError where there is none."""
        if self._pictures is not None:
            return [number / self.info.fps for number in range(len(self._pictures))]
        assert self._decoding is not None
        times = RisingTimes(self.info.fps)
        found = [times.next(seconds_of(frame)) for _, frames in self._decoding for frame in frames]
        if not found:
            raise without_frames(self.path, self._decoding.container)
        return found

    def __iter__(self) -> Iterator[TimedFrame]:
        self.times = RisingTimes(self.info.fps)
        if self._pictures is not None:
            for number, picture in enumerate(frames_of_pictures(self._pictures)):
                self.frames += 1
                yield TimedFrame(number / self.info.fps, picture)
            return
        assert self._decoding is not None
        to_rgb = ToRgb()
        for packet, frames in self._decoding:
            if packet.stream.index != self._decoding.stream.index:
                self.pass_on(packet)
            for frame in frames:
                self.start_s = (seconds_of(frame) or 0.0) if self.frames == 0 else self.start_s
                tags, turned = tags_of(frame, str(self.path)), orientation_of(frame)
                picture = self._fitted(turned.upright(to_rgb(frame, tags)))
                self.frames += 1
                yield TimedFrame(self.times.next(seconds_of(frame)), picture)
        if not self.frames:
            raise without_frames(self.path, self._decoding.container)

    def _read_info(self, container: av.container.InputContainer) -> FootageInfo:
        """Of the header, and of the first frame, which knows more."""
        stream = video_stream(container)
        stream.thread_type = "AUTO"
        with open_container(self.path) as ahead:
            first = first_frame(ahead)
        if first is None:
            raise without_frames(self.path, container)
        tags, turned = tags_of(first, str(self.path)), orientation_of(first)
        rate = rate_of(stream)
        said = stream.guessed_rate or stream.average_rate
        odd = f"a frame rate of {float(said):g}" if said else "no frame rate"
        found = [] if rate else [f"{odd}: taken as {DEFAULT_FPS:g} frames a second"]
        aspect = _aspect_of(stream, turned)
        height, width = (first.width, first.height) if turned.swapped else (first.height, first.width)
        info = FootageInfo(
            self.path,
            width,
            height,
            rate or DEFAULT_FPS,
            duration_of(container),
            container.format.name,
            stream.codec_context.name,
            first.format.name,
            tags.matrix,
            tags.full_range,
            tags.primaries,
            tags.transfer,
            turned.words,
            aspect,
            len(container.streams.audio),
            tuple([*found, *_oddities(container, first, tags, turned, aspect, self.square)]),
        )
        if self.square and aspect != 1:
            wide, high = _squared(width, height, aspect)
            info = replace(info, width=wide, height=high)
        return info

    def _fitted(self, picture: np.ndarray) -> np.ndarray:
        """Of the size that `info` says: stretched to square pixels, or where the video changes its size on the way."""
        size = (self.info.width, self.info.height)
        if picture.shape[1::-1] == size:
            return np.ascontiguousarray(picture)
        note = f"a frame of {picture.shape[1]}x{picture.shape[0]} among those of {size[0]}x{size[1]}: resized"
        if not self.square and note not in self._notes:
            self._notes.append(note)
        larger = picture.shape[0] * picture.shape[1] > size[0] * size[1]
        how = cv2.INTER_AREA if larger else cv2.INTER_CUBIC
        return cv2.resize(np.ascontiguousarray(picture), size, interpolation=how)


def oddities(paths: Iterable[Path]) -> Iterator[str]:
    """What is odd about videos and pictures and shows before they are read through, a line a kind with the first that
    is so; of those that cannot be read nothing."""
    found: dict[str, list[Path]] = {}
    for path in dict.fromkeys(paths):
        with suppress(InputError), Footage(path) as footage:
            for note in footage.info.found:
                found.setdefault(note, []).append(path)
    for note, those in found.items():
        yield f"{those[0]}{f' and {len(those) - 1} more' if len(those) > 1 else ''}: {note}"


def _aspect_of(stream: av.VideoStream, turned: Orientation) -> float:
    """Width over height of a pixel as shown; 1 where it is not said."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    return 1 / aspect if turned.swapped else aspect


def _squared(width: int, height: int, aspect: float) -> tuple[int, int]:
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _oddities(
    container: av.container.InputContainer,
    frame: av.VideoFrame,
    tags: Tags,
    turned: Orientation,
    aspect: float,
    square: bool,
) -> Iterator[str]:
    if turned.words != "as it lies":
        yield f"{turned.words}: set upright"
    if aspect != 1:
        yield f"pixels {aspect:.4g} times as wide as high" + (": stretched to square ones" if square else "")
    yield from frame_oddities(frame, video_stream(container))
    if tags.primaries_code in (4, 8, 9, 11, 12):
        yield f"colours of {tags.primaries}: converted to those of BT.709"
    if (count := len(moving(container))) > 1:
        yield f"{count} video streams: the first is taken"


def frame_oddities(frame: av.VideoFrame, stream: av.VideoStream | None = None) -> Iterator[str]:
    """What is odd about a frame, of a `stream`, and shown as it comes."""
    if frame.interlaced_frame:
        yield "interlaced: both fields stand in one frame; for moving pictures run ffmpeg's filter bwdif first"
    if is_slanted(frame):
        yield "turned by no quarter turn: shown by the nearest"
    said = {} if stream is None else {key.lower(): value for key, value in stream.metadata.items()}
    if frame.format.name.startswith(_ALPHA) or said.get("alpha_mode") == "1":  # WebM keeps it beside the frames
        yield "an alpha channel, which is left out"
