"""A video in, the same video with every frame corrected out: sound, time stamps and colour tags kept right."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
from av.video.reformatter import Interpolation

from core.errors import InputError
from core.progress import Progress
from train_baseline.methods.base import THUMBNAIL, Session
from train_baseline.methods.lut_session import LutSession
from train_baseline.video.frame_filter import corrected_frame
from train_baseline.video.lut_filter import ColourTags, LutFilter, turns_of

HDR = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}
CAMERA = "/dev/video"
ENCODER = "libx264"
T = TypeVar("T")


def encoder_options(crf: int) -> dict[str, str]:
    """Settings of `ENCODER`: much is encoded as it comes, beside the correction, so speed is worth more than size."""
    return {"preset": "superfast", "crf": str(crf)}


def opened(source: str) -> av.container.InputContainer:
    """A video file or a webcam (`/dev/videoN`), open. InputError for what is no SDR video."""
    try:
        reading = av.open(source, format="v4l2" if source.startswith(CAMERA) else None)
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: cannot be opened as a video: {reason}") from None
    if not reading.streams.video:
        reading.close()
        raise InputError(f"{source}: holds no video stream")
    stream = reading.streams.video[0]
    transfer = int(stream.codec_context.color_trc or 0)
    if transfer in HDR:
        reading.close()
        raise InputError(f"{source}: is HDR, {HDR[transfer]}; convert it to SDR first, the model was taught on SDR")
    return reading


@contextlib.contextmanager
def decoding(source: str) -> Iterator[None]:
    """What goes wrong inside is the input's fault: InputError that names it."""
    try:
        yield
    except av.FFmpegError as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: cannot be decoded: {reason}; it is damaged, or not whole") from None


def tags_of(frame: av.VideoFrame) -> ColourTags:
    """The frame's own tags; untagged video is taken as BT.709 from 720 lines up and BT.601 below, as players do."""
    space = int(frame.colorspace)
    if space == 1:
        matrix = "bt709"
    elif space in (5, 6):
        matrix = "bt601"
    else:
        matrix = "bt709" if frame.height >= 720 else "bt601"
    return ColourTags(matrix, int(frame.color_range) == 2 or frame.format.name.startswith("yuvj"))


def thumbnail_of(frame: av.VideoFrame, tags: ColourTags) -> np.ndarray:
    """`(45, 80, 3)` uint8 sRGB, each pixel the mean of the area it covers; upright, as the frame is to be shown."""
    turns = turns_of(frame)
    lines, columns = THUMBNAIL[:: -1 if turns % 2 else 1]
    small = frame.reformat(
        columns,
        lines,
        "rgb24",
        src_colorspace="ITU709" if tags.matrix == "bt709" else "ITU601",
        src_color_range="JPEG" if tags.wide else "MPEG",
        dst_color_range="JPEG",
        # without the two flags the scaler's colours come out up to 3 levels too dark
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        threads=1,
    )
    return np.ascontiguousarray(np.rot90(small.to_ndarray(), turns))


def transcode(
    reading: av.container.InputContainer,
    source: str,
    temporary: Path,
    out: Path,
    session: Session,
    side_by_side: bool,
    crf: int,
    progress: Progress | None,
) -> dict[str, Any]:
    """Every frame of `reading` through `session` into `temporary` (spoken of as `out`). Returns frames and seconds.

    Reading, correcting and encoding run in threads of their own. A webcam is read until interrupted.
    """
    video = reading.streams.video[0]
    video.thread_type = "AUTO"
    total = video.frames or int((reading.duration or 0) / av.time_base * float(video.average_rate or 30))
    try:
        writing = av.open(str(temporary), "w")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{out}: cannot be written: {reason}; choose a name such as OUT.mp4 or OUT.mkv") from None
    started, frames = time.monotonic(), 0
    turns = 0 if source.startswith(CAMERA) else _first_turns(source)
    with writing:
        encoder = _add_video(writing, video, side_by_side, crf, turns)
        copies = _add_copies(writing, reading, out)
        try:
            items = ahead(_read(reading, source, list(copies)))
            for item in ahead(_corrected(items, session, side_by_side)):
                if isinstance(item, av.Packet):
                    item.stream = copies[item.stream.index]
                    writing.mux(item)
                    continue
                item.pict_type = 0
                writing.mux(encoder.encode(item))
                frames += 1
                if progress is not None:
                    progress(frames, max(total, frames), "correcting")
        except KeyboardInterrupt:
            if not source.startswith(CAMERA):
                raise
        if not frames:
            raise InputError(f"{source}: holds no frames")
        writing.mux(encoder.encode())
    seconds = time.monotonic() - started
    return {"frames": frames, "seconds": round(seconds, 2), "frames_per_second": round(frames / seconds, 1)}


def _add_video(
    writing: av.container.OutputContainer, video: av.VideoStream, side_by_side: bool, crf: int, turns: int
) -> av.VideoStream:
    even = lambda size: size - size % 2
    size = [video.codec_context.width, video.codec_context.height]
    if side_by_side:
        size[turns % 2] *= 2
    encoder = writing.add_stream(ENCODER, rate=video.average_rate or 30)
    assert isinstance(encoder, av.VideoStream)
    encoder.width, encoder.height, encoder.pix_fmt = even(size[0]), even(size[1]), "yuv420p"
    if turns:
        encoder.set_display_rotation(90 * turns)
    encoder.codec_context.options = encoder_options(crf)
    encoder.codec_context.time_base = video.time_base or Fraction(1, 90_000)
    if video.codec_context.sample_aspect_ratio and not side_by_side:
        encoder.codec_context.sample_aspect_ratio = video.codec_context.sample_aspect_ratio
    # 1 is BT.709 for matrix, primaries and transfer; range 1 is video range (16-235)
    context = encoder.codec_context
    context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
    return encoder


def _first_turns(source: str) -> int:
    """Quarter turns of a file's first frame, which the output's header must hold before anything is decoded."""
    with opened(source) as reading, decoding(source):
        return turns_of(next(reading.decode(video=0), None))


def _add_copies(
    writing: av.container.OutputContainer, reading: av.container.InputContainer, out: Path
) -> dict[int, av.stream.Stream]:
    """A stream for each sound track, copied without decoding."""
    copies: dict[int, av.stream.Stream] = {}
    for stream in reading.streams.audio:
        try:
            copies[stream.index] = writing.add_stream_from_template(stream)
        except (av.FFmpegError, ValueError):
            name = stream.codec_context.name
            raise InputError(f"{out}: cannot hold the input's sound ({name}); write to an .mkv file instead") from None
    return copies


def _read(reading: av.container.InputContainer, source: str, copied: list[int]) -> Iterator[av.VideoFrame | av.Packet]:
    video = reading.streams.video[0]
    packets = reading.demux([video, *(reading.streams[index] for index in copied)])
    while True:
        with decoding(source):
            packet = next(packets, None)
            if packet is None:
                return
            frames = video.decode(packet) if packet.stream.index == video.index else []
        yield from frames
        if packet.stream.index != video.index and packet.dts is not None:
            yield packet


def _corrected(
    items: Iterable[av.VideoFrame | av.Packet], session: Session, side_by_side: bool
) -> Iterator[av.VideoFrame | av.Packet]:
    """Frames corrected, by the fast filter where a LUT is all that a frame gets; packets as they are."""
    lut_filter = LutFilter(side_by_side)
    last: float | None = None
    for item in items:
        if isinstance(item, av.Packet):
            yield item
            continue
        tags = tags_of(item)
        now = item.time if item.time is not None else (last or 0.0) + 1 / 30
        elapsed_s, last = 0.0 if last is None else now - last, now
        if isinstance(session, LutSession):
            yield lut_filter.apply(item, tags, session.next(thumbnail_of(item, tags), elapsed_s))
        else:
            yield corrected_frame(item, tags, session, elapsed_s, side_by_side)


def ahead(items: Iterable[T], depth: int = 4) -> Iterator[T]:
    """The same items, fetched up to `depth` ahead in a thread, so that reading, correcting and encoding overlap."""
    waiting: queue.Queue[tuple[str, Any]] = queue.Queue(depth)
    stop = threading.Event()

    def put(kind: str, value: Any) -> None:
        while not stop.is_set():
            try:
                return waiting.put((kind, value), timeout=0.1)
            except queue.Full:
                continue

    def fetch() -> None:
        try:
            for item in items:
                put("item", item)
                if stop.is_set():
                    return
            put("end", None)
        except BaseException as error:
            put("error", error)

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stop.set()
        thread.join()
