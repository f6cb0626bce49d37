"""A video as upright sRGB frames with times that rise, and in words what was found and mended on the way."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np

from core.errors import InputError
from core.footage.colour import Tags, ToRgb, tags_of
from core.footage.info import FootageInfo, TimedFrame
from core.footage.orientation import Orientation, orientation_of
from core.footage.pictures import PICTURES, frames_of_pictures, pictures_in, read_picture
from core.footage.times import RisingTimes

VIDEOS = (
    ".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp", ".wmv", ".flv",
    ".ogv", ".mxf", ".h264", ".264", ".h265", ".hevc", ".y4m", ".gif",
)  # fmt: skip
"""File endings that are taken for a video where a folder is searched."""
DEFAULT_FPS = 30.0
SANE_FPS = (0.5, 300.0)
_ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16")


def media_name(path: str | Path) -> str:
    """A file's name as libav takes it for a file: "12:30 call.mp4" alone would be read as a protocol."""
    return f"file:{os.fspath(path)}"


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
        self.cut = False
        self.damaged = self.frames = 0
        self.times: RisingTimes | None = None
        self._notes: list[str] = []
        self._container: av.container.InputContainer | None = None
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
            self.info = FootageInfo(self.path, width, height, fps, count / fps)
            return
        self._container = open_container(self.path)
        try:
            self.info = self._read_info()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Footage:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._container is not None:
            self._container.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd, and what was mended: all of it once every frame was read."""
        mended = [] if self.times is None else self.times.notes()
        return (*self.info.found, *mended, *self._notes)

    def __iter__(self) -> Iterator[TimedFrame]:
        self.times = RisingTimes(self.info.fps)
        if self._pictures is not None:
            for number, picture in enumerate(frames_of_pictures(self._pictures)):
                self.frames += 1
                yield TimedFrame(number / self.info.fps, picture)
            return
        to_rgb = ToRgb()
        for frame in self._decoded():
            tags, turned = tags_of(frame, str(self.path)), orientation_of(frame)
            picture = self._fitted(turned.upright(to_rgb(frame, tags)))
            self.frames += 1
            yield TimedFrame(self.times.next(_seconds_of(frame)), picture)
        if not self.frames:
            raise InputError(f"{self.path}: holds no frames that can be decoded; it is damaged, or not whole")

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Frames as they come out of the file, whatever happens on the way; says so when it was cut."""
        assert self._container is not None
        container, stream = self._container, self._container.streams.video[0]
        end_s, past_end = 0.0, _past_the_end(stream, self.path)
        packets = _packets(container)
        for packet in packets:
            if isinstance(packet, str):
                self._is_cut(f"reading stopped: {packet}")
                continue
            if packet.stream.type in ("video", "audio") and packet.pts is not None and packet.time_base is not None:
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            if packet.stream.index != stream.index:
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.damaged += 1
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    self.damaged += frame.is_corrupt
                    yield frame
        if self.damaged:
            many = "s" if self.damaged > 1 else ""
            self._notes.append(f"{self.damaged} frame{many} damaged: left out, or shown as far as known")
        start_s = float((container.start_time or 0) / av.time_base)
        missing_s = (self.info.duration_s or 0.0) - (end_s - start_s)
        if past_end:
            self._is_cut(f"{past_end} frames of its index lie beyond the end of the file")
        elif missing_s > max(0.1, 2 / self.info.fps) and not self.cut:
            self._is_cut(f"{missing_s:.2f} s of the {self.info.duration_s:.2f} s that its header names are missing")

    def _is_cut(self, how: str) -> None:
        self.cut = True
        self._notes.append(f"cut: {how}; the frames that are there are given")

    def _read_info(self) -> FootageInfo:
        """Decodes the first frame, which knows more than the header, and goes back."""
        assert self._container is not None
        container, stream = self._container, self._container.streams.video[0]
        stream.thread_type = "AUTO"
        with open_container(self.path) as ahead:
            first = _first_frame(ahead)
        if first is None:
            raise InputError(f"{self.path}: holds no frames that can be decoded; it is damaged, or not whole")
        tags, turned = tags_of(first, str(self.path)), orientation_of(first)
        fps, found = _rate_of(stream)
        aspect = _aspect_of(stream, turned)
        height, width = (first.width, first.height) if turned.swapped else (first.height, first.width)
        info = FootageInfo(
            self.path,
            width,
            height,
            fps,
            _duration_of(container),
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


def open_container(path: Path) -> av.container.InputContainer:
    """A video file by libav. InputError for what cannot be opened or holds no video."""
    try:
        container = av.open(media_name(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = "; it may have been cut before its end, where its index stands" if _has_no_index(path) else ""
        raise InputError(f"{path}: cannot be opened as a video: {reason}{hint}") from None
    if not container.streams.video:
        container.close()
        raise InputError(f"{path}: holds no video stream")
    return container


def _packets(container: av.container.InputContainer) -> Iterator[av.Packet | str]:
    """All packets; where reading fails, the reason, and then an empty packet, which fetches what was decoded so far."""
    packets = container.demux()
    while True:
        try:
            yield next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, EOFError) as error:
            yield getattr(error, "strerror", None) or str(error)
            last = av.Packet()
            last.stream = container.streams.video[0]
            yield last
            return


def _first_frame(container: av.container.InputContainer) -> av.VideoFrame | None:
    index = container.streams.video[0].index
    for packet in _packets(container):
        if isinstance(packet, str) or packet.stream.index != index:
            continue
        with contextlib.suppress(av.FFmpegError):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    return frame
    return None


def _seconds_of(frame: av.VideoFrame) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)


def _rate_of(stream: av.VideoStream) -> tuple[float, list[str]]:
    for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate):
        if rate and SANE_FPS[0] <= float(rate) <= SANE_FPS[1]:
            return float(rate), []
    return DEFAULT_FPS, [f"no frame rate: taken as {DEFAULT_FPS:g} frames a second"]


def _duration_of(container: av.container.InputContainer) -> float | None:
    """By the header. A raw stream has none, and what libav says of it is a guess by its size."""
    if container.duration is None or container.format.name in ("h264", "hevc", "mpegts", "mpeg", "m4v", "obu"):
        return None
    return float(container.duration / av.time_base)


def _aspect_of(stream: av.VideoStream, turned: Orientation) -> float:
    """Width over height of a pixel as shown; 1 where it is not said."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    return 1 / aspect if turned.swapped else aspect


def _squared(width: int, height: int, aspect: float) -> tuple[int, int]:
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _past_the_end(stream: av.VideoStream, path: Path) -> int:
    """How many frames of a file's index lie beyond its end."""
    size = path.stat().st_size
    return sum(entry.pos + entry.size > size for entry in stream.index_entries)


def _has_no_index(path: Path) -> bool:
    """Whether an MP4 or MOV lacks the atom that tells what is in it; cameras write it last."""
    try:
        with open(path, "rb") as file:
            at, end = 0, path.stat().st_size
            kinds: list[bytes] = []
            while at + 8 <= end and len(kinds) < 64:
                file.seek(at)
                head = file.read(16)
                size, kind = int.from_bytes(head[:4], "big"), head[4:8]
                kinds.append(kind)
                at += int.from_bytes(head[8:16], "big") if size == 1 else size if size >= 8 else end
    except OSError:
        return False
    return kinds[:1] == [b"ftyp"] and b"moov" not in kinds


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
    if frame.interlaced_frame:
        yield "interlaced: both fields stand in one frame; for moving pictures run ffmpeg's filter bwdif first"
    if frame.format.name.startswith(_ALPHA):
        yield "an alpha channel, which is left out"
    if tags.primaries_code in (4, 8, 9, 11, 12):
        yield f"colours of {tags.primaries}: converted to those of BT.709"
    if len(container.streams.video) > 1:
        yield f"{len(container.streams.video)} video streams: the first is taken"
