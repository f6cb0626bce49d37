"""A container's packets decoded whatever happens on the way; says what was damaged and whether the file is cut."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import av
from av.stream import Disposition

from core.errors import InputError

DEFAULT_FPS = 30.0
SANE_FPS = (0.5, 300.0)
_NO_DURATION = ("h264", "hevc", "mpegts", "mpeg", "m4v", "obu")
"""Containers whose header names none: libav guesses it by the size."""


def media_name(path: str | Path) -> str:
    """A file's name as libav takes it for a file: "12:30 call.mp4" alone would be read as a protocol."""
    return f"file:{os.fspath(path)}"


class Decoding:
    """The packets of an open file in order, each with the frames that came out of it, those of the first video stream.

    A frame that cannot be decoded is counted in `damaged` and left out; where reading ends early, `cut` is set. `notes`
    say both in words, once the last packet was read.
    """

    def __init__(self, container: av.container.InputContainer, path: Path):
        self.container, self.path = container, path
        self.stream = video_stream(container)
        self.cut = False
        self.damaged = 0
        self.notes: list[str] = []

    def __iter__(self) -> Iterator[tuple[av.Packet, list[av.VideoFrame]]]:
        start_s, end_s = float((self.container.start_time or 0) / av.time_base), 0.0
        for packet in _packets(self.container):
            if isinstance(packet, str):
                self._is_cut(f"reading stopped: {packet}")
                continue
            if packet.pts is not None and packet.time_base is not None:
                start_s = min(start_s, float(packet.pts * packet.time_base))  # sound may begin before all else
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            yield packet, self._frames(packet)
        if self.damaged:
            many = "s" if self.damaged > 1 else ""
            self.notes.append(f"{self.damaged} frame{many} damaged: left out, or shown as far as known")
        self._look_for_the_end(end_s - start_s)

    def _frames(self, packet: av.Packet) -> list[av.VideoFrame]:
        if packet.stream.index != self.stream.index:
            return []
        try:
            frames = [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
        except av.FFmpegError:
            self.damaged += 1
            return []
        self.damaged += sum(frame.is_corrupt for frame in frames)
        return frames

    def _look_for_the_end(self, read_s: float) -> None:
        duration_s, fps = duration_of(self.container), rate_of(self.stream) or DEFAULT_FPS
        missing_s = (duration_s or 0.0) - read_s
        past_end = _past_the_end(self.stream, self.path)
        if past_end:
            many = "s of its index lie" if past_end > 1 else " of its index lies"
            self._is_cut(f"{past_end} frame{many} beyond the end of the file")
        elif missing_s > max(0.1, 2 / fps) and not self.cut:
            self._is_cut(f"{missing_s:.2f} s of the {duration_s:.2f} s that its header names are missing")
        elif not self.cut and (beyond := _boxes_of(self.path)[1]) > 0:
            self._is_cut(f"{beyond:,} bytes of its last part lie beyond the end of the file")

    def _is_cut(self, how: str) -> None:
        self.cut = True
        self.notes.append(f"cut: {how}; the frames that are there are given")


def open_container(path: Path) -> av.container.InputContainer:
    """A video file by libav. InputError for what cannot be opened or holds no video."""
    try:
        container = av.open(media_name(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        how = _how_short(path) or "; is it a video, and whole?"
        raise InputError(f"{path}: cannot be opened as a video: {reason}{how}") from None
    if not moving(container):
        cover = " but a cover picture" if container.streams.video else ""
        container.close()
        raise InputError(f"{path}: holds no video stream{cover}")
    return container


def moving(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video streams that are no cover picture."""
    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]


def video_stream(container: av.container.InputContainer) -> av.VideoStream:
    """The stream that is meant: the first that is no cover picture."""
    return (moving(container) or container.streams.video)[0]


def without_frames(path: Path, container: av.container.InputContainer) -> InputError:
    """What is wrong with a video that gives no frame, and what to do."""
    seconds = duration_of(container)
    named = f"; it was cut: none of the {seconds:.2f} s that its header names is there" if seconds else ""
    short = _how_short(path) or named or "; it is damaged, or not whole"
    return InputError(f"{path}: holds no frames that can be decoded{short}; copy it again, or record it anew")


def first_frame(container: av.container.InputContainer) -> av.VideoFrame | None:
    """The first frame that can be decoded; reads the container up to there."""
    index = video_stream(container).index
    for packet in _packets(container):
        if isinstance(packet, str) or packet.stream.index != index:
            continue
        with contextlib.suppress(av.FFmpegError):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    return frame
    return None


def seconds_of(frame: av.VideoFrame) -> float | None:
    """A frame's time stamp in seconds, None where it has none."""
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)


def rate_of(stream: av.VideoStream) -> float | None:
    """Frames a second as the file says, None where it says nothing sane."""
    for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate):
        if rate and SANE_FPS[0] <= float(rate) <= SANE_FPS[1]:
            return float(rate)
    return None


def duration_of(container: av.container.InputContainer) -> float | None:
    """Seconds, by the header; None where there is none to trust."""
    if container.duration is None or container.format.name in _NO_DURATION:
        return None
    return float(container.duration / av.time_base)


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
            last.stream = video_stream(container)
            yield last
            return


def _past_the_end(stream: av.VideoStream, path: Path) -> int:
    """How many frames of a file's index lie beyond its end."""
    if not len(stream.index_entries):
        return 0
    size = path.stat().st_size
    return sum(entry.pos + entry.size > size for entry in stream.index_entries)


def _how_short(path: Path) -> str:
    """How a file's own words show that it is cut, to follow a semicolon; empty where they do not."""
    if not path.is_file():
        return ""
    kinds, beyond = _boxes_of(path)
    if kinds[:1] == [b"ftyp"] and b"moov" not in kinds:  # cameras write last what tells what is in it
        return "; it may have been cut before its end, where its index stands"
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(8)
    named = int.from_bytes(head[4:], "little") + 8 if head[:4] == b"RIFF" else size + beyond
    return f"; it was cut: its header names {named:,} bytes, the file has {size:,}" if named > size else ""


def _boxes_of(path: Path) -> tuple[list[bytes], int]:
    """The outer boxes of an MP4 or MOV by kind, and how many bytes of them lie beyond its end; of other files none."""
    kinds: list[bytes] = []
    at, end = 0, path.stat().st_size
    with open(path, "rb") as file:
        while at + 8 <= end and len(kinds) < 100_000:
            file.seek(at)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if not kinds and kind != b"ftyp":
                break
            kinds.append(kind)
            at += int.from_bytes(head[8:16], "big") if size == 1 else size if size >= 8 else end - at
    return kinds, max(0, at - end)
