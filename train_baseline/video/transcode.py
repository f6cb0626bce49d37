"""A video in, the same video with every frame corrected out: sound, time stamps and colour tags kept right."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
from av.video.reformatter import Interpolation

from core.errors import InputError
from core.footage import colour
from core.footage.decode import DEFAULT_FPS, Decoding, first_frame, open_container, rate_of, seconds_of, video_stream
from core.footage.orientation import AS_IT_LIES, Orientation, orientation_of
from core.footage.times import RisingTimes
from core.progress import Progress
from train_baseline.methods.base import THUMBNAIL, Session
from train_baseline.video.field_filter import FieldFilter
from train_baseline.video.frame_filter import corrected_frame
from train_baseline.video.lut_filter import ColourTags, LutFilter

CAMERA = "/dev/video"
ENCODER = "libx264"
FINE = Fraction(1, 90_000)
"""Seconds: the unit of time stamps where the input's own is too coarse to put a frame between two."""
_SCALE_NAMES = {"bt470bg": "bt601", "smpte170m": "bt601", "bt2020nc": "bt2020", colour.RGB: "bt709"}
T = TypeVar("T")


def encoder_options(crf: int) -> dict[str, str]:
    """Settings of `ENCODER`: much is encoded as it comes, beside the correction, so speed is worth more than size."""
    return {"preset": "superfast", "crf": str(crf)}


def opened(source: str) -> av.container.InputContainer:
    """A video file or a webcam (`/dev/videoN`), open. InputError for what is no video."""
    if not source.startswith(CAMERA):
        return open_container(Path(source))
    try:
        return av.open(source, format="v4l2")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{source}: cannot be opened as a video: {reason}") from None


def tags_of(frame: av.VideoFrame, source: str = "the video") -> ColourTags:
    """A frame's colour tags by the rules of `core.footage.colour`. InputError naming `source` for HDR and for colours
    that are not read."""
    found = colour.tags_of(frame, source)
    primaries = found.primaries_code if found.primaries_code in colour.PRIMARIES else 1
    name = _SCALE_NAMES.get(found.matrix, found.matrix)
    return ColourTags(name, found.full_range, found.scaler_matrix or 1, primaries)


def thumbnail_of(frame: av.VideoFrame, tags: ColourTags) -> np.ndarray:
    """`(45, 80, 3)` uint8 sRGB, each pixel the mean of the area it covers; upright, as the frame is to be shown."""
    turned = orientation_of(frame)
    lines, columns = THUMBNAIL[:: -1 if turned.swapped else 1]
    small = frame.reformat(
        columns,
        lines,
        "rgb24",
        src_colorspace=tags.scaler,
        src_color_range="JPEG" if tags.wide else "MPEG",
        dst_color_range="JPEG",
        # without the two flags the scaler's colours come out up to 3 levels too dark
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        threads=1,
    )
    return np.ascontiguousarray(turned.upright(small.to_ndarray()))


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
    """Every frame of `reading` through `session` into `temporary` (spoken of as `out`). Returns frames and seconds, and
    `notes`: what was mended; `short`: what is not there, damaged or cut off.

    Reading, correcting and encoding run in threads of their own. A webcam is read until interrupted.
    """
    video = video_stream(reading)
    video.thread_type = "AUTO"
    fps = rate_of(video) or DEFAULT_FPS
    total = video.frames or int((reading.duration or 0) / av.time_base * fps)
    decoding, times = Decoding(reading, Path(source)), RisingTimes(fps)
    try:
        writing = av.open(str(temporary), "w")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{out}: cannot be written: {reason}; choose a name such as OUT.mp4 or OUT.mkv") from None
    started, frames = time.monotonic(), 0
    turned, tags = (AS_IT_LIES, ColourTags()) if source.startswith(CAMERA) else _first_of(source)
    with writing:
        encoder = _add_video(writing, video, side_by_side, crf, turned, tags)
        copies = _add_copies(writing, reading, out)
        try:
            items = ahead(_read(decoding, copies))
            for item in ahead(_corrected(items, source, session, side_by_side, times)):
                if isinstance(item, av.Packet):
                    writing.mux(item)
                    continue
                item.pict_type = 0
                writing.mux(encoder.encode(item))
                frames += 1
                if progress is not None:
                    slower = (time.monotonic() - started) * fps / frames
                    pace = f", {slower:.1f} times slower than it plays" if slower > 1.1 else ""
                    progress(frames, max(total, frames), f"correcting{pace}")
        except KeyboardInterrupt:
            if not source.startswith(CAMERA):
                raise
        if not frames:
            raise InputError(f"{source}: holds no frames that can be decoded; it is damaged, or not whole")
        writing.mux(encoder.encode())
    seconds = time.monotonic() - started
    speed = {
        "frames": frames,
        "seconds": round(seconds, 2),
        "frames_per_second": round(frames / seconds, 1),
        "slower": round(seconds * fps / frames, 2),
    }
    return {**speed, "notes": times.notes(), "short": decoding.notes}


def _add_video(
    writing: av.container.OutputContainer,
    video: av.VideoStream,
    side_by_side: bool,
    crf: int,
    turned: Orientation,
    tags: ColourTags,
) -> av.VideoStream:
    even = lambda size: size - size % 2
    size = [video.codec_context.width, video.codec_context.height]
    if side_by_side:
        size[turned.swapped] *= 2
    encoder = writing.add_stream(ENCODER, rate=Fraction(rate_of(video) or DEFAULT_FPS).limit_denominator(1001))
    assert isinstance(encoder, av.VideoStream)
    encoder.width, encoder.height, encoder.pix_fmt = even(size[0]), even(size[1]), "yuv420p"
    if turned != AS_IT_LIES:
        encoder.set_display_matrix(turned.display_matrix)
    encoder.codec_context.options = encoder_options(crf)
    encoder.codec_context.time_base = _tick(video.time_base)
    if video.codec_context.sample_aspect_ratio and not side_by_side:
        encoder.codec_context.sample_aspect_ratio = video.codec_context.sample_aspect_ratio
    # 1 is BT.709 for matrix, primaries and transfer; range 1 is video range (16-235). Other primaries stay.
    context = encoder.codec_context
    context.colorspace = context.color_trc = context.color_range = 1
    context.color_primaries = tags.primaries
    return encoder


def _tick(base: Fraction | None) -> Fraction:
    """The unit of the output's time stamps for the input's."""
    return base if base and base <= Fraction(1, 1000) else FINE


def _first_of(source: str) -> tuple[Orientation, ColourTags]:
    """Of a file's first frame, what the output's header must hold before anything is decoded."""
    with opened(source) as reading:
        frame = first_frame(reading)
    if frame is None:
        raise InputError(f"{source}: holds no frames that can be decoded; it is damaged, or not whole")
    return orientation_of(frame), tags_of(frame, source)


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


def _read(decoding: Decoding, copies: dict[int, av.stream.Stream]) -> Iterator[av.VideoFrame | av.Packet]:
    """Frames, and packets of the streams that are copied, these with decoding times that rise."""
    last: dict[int, int] = {}
    moved: dict[int, int] = {}
    for packet, frames in decoding:
        yield from frames
        index = packet.stream.index
        if index not in copies or packet.dts is None:
            continue
        dts = packet.dts + moved.get(index, 0)
        if dts <= last.get(index, dts - 1):  # a clock that was set back, or the same time twice
            moved[index] = moved.get(index, 0) + last[index] + max(1, packet.duration or 1) - dts
            dts = packet.dts + moved[index]
        last[index] = dts
        if packet.pts is not None:
            packet.pts += moved.get(index, 0)
        packet.dts, packet.stream = dts, copies[index]
        yield packet


def _corrected(
    items: Iterable[av.VideoFrame | av.Packet], source: str, session: Session, side_by_side: bool, times: RisingTimes
) -> Iterator[av.VideoFrame | av.Packet]:
    """Frames corrected; packets as they are."""
    corrected = _filter_of(session, side_by_side)
    last: float | None = None
    start_s, ticks = 0.0, -1
    for item in items:
        if isinstance(item, av.Packet):
            yield item
            continue
        stamp, tick = seconds_of(item), _tick(item.time_base)
        start_s = (stamp or 0.0) if last is None else start_s
        now = times.next(stamp)
        ticks = round((start_s + now) / tick) if last is None else max(ticks + 1, round((start_s + now) / tick))
        item.pts, item.time_base = ticks, tick
        elapsed_s, last = 0.0 if last is None else now - last, now
        yield corrected(item, tags_of(item, source), elapsed_s)


def _filter_of(session: Any, side_by_side: bool) -> Callable[[av.VideoFrame, ColourTags, float], av.VideoFrame]:
    """What whole frames go through, each with the seconds since the last: as the session says (`Session.on_video`)."""
    if session.on_video == "field":
        return FieldFilter(session, side_by_side).apply
    if session.on_video == "lut":
        luts = LutFilter(side_by_side)
        return lambda frame, tags, elapsed_s: luts.apply(
            frame, tags, session.next(thumbnail_of(frame, tags), elapsed_s)
        )
    return lambda frame, tags, elapsed_s: corrected_frame(frame, tags, session, elapsed_s, side_by_side)


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
