"""A video in, the same video with every frame corrected out; reading, correcting and encoding overlap."""

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
from core.footage.decode import seconds_of
from core.footage.orientation import orientation_of
from core.footage.times import RisingTimes
from core.footage.writer import FINE, Look, VideoWriter
from core.progress import Progress
from train_baseline.methods.base import THUMBNAIL, Session
from train_baseline.video.field_filter import FieldFilter
from train_baseline.video.frame_filter import corrected_frame
from train_baseline.video.lut_filter import ColourTags, LutFilter
from train_baseline.video.source import Source

_SCALE_NAMES = {"bt470bg": "bt601", "smpte170m": "bt601", "bt2020nc": "bt2020", colour.RGB: "bt709"}
T = TypeVar("T")


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
    source: Source,
    temporary: Path,
    out: Path,
    session: Session,
    side_by_side: bool,
    crf: int,
    codec: str | None,
    progress: Progress,
) -> dict[str, Any]:
    """Every frame of `source` through `session` into `temporary` (spoken of as `out`). Returns frames and seconds, and
    `notes`: what was mended or is not as it was; `short`: what is not there, damaged or cut off.

    Reading, correcting and encoding run in threads of their own. A webcam is read until interrupted.
    """
    times = RisingTimes(source.fps)
    tags = ColourTags() if source.first is None else tags_of(source.first, source.name)
    size = [source.width, source.height]
    if side_by_side:
        size[source.turned.swapped] *= 2
    aspect = None if side_by_side else source.aspect
    tick = FINE if source.tick is None else source.tick
    look = Look(size[0], size[1], source.fps, tick, crf, source.turned, tags.primaries, aspect)
    started, frames = time.monotonic(), 0
    with VideoWriter(temporary, out, look, source.container, codec) as writer:
        try:
            items = ahead(source.items(writer.pass_on))
            for item in ahead(_corrected(items, source.name, session, side_by_side, times, tick)):
                if isinstance(item, av.Packet):
                    writer.mux(item)
                    continue
                writer.write(item)
                frames += 1
                slower = (time.monotonic() - started) * source.fps / frames
                pace = f", {slower:.1f} times slower than it plays" if slower > 1.1 else ""
                progress(frames, max(source.total, frames), f"correcting{pace}")
        except KeyboardInterrupt:
            if not source.endless:
                raise
        if not frames:
            raise InputError(f"{source.name}: holds no frames that can be decoded; it is damaged, or not whole")
        kept = writer.finish()
    seconds = time.monotonic() - started
    speed = {
        "frames": frames,
        "seconds": round(seconds, 2),
        "frames_per_second": round(frames / seconds, 1),
        "slower": round(seconds * source.fps / frames, 2),
    }
    return {**speed, "notes": [*source.notes, *times.notes(), *kept], "short": source.short}


def _corrected(
    items: Iterable[av.VideoFrame | av.Packet],
    source: str,
    session: Session,
    side_by_side: bool,
    times: RisingTimes,
    tick: Fraction,
) -> Iterator[av.VideoFrame | av.Packet]:
    """Frames corrected, each step in a thread of its own; packets as they are."""
    first, *rest = _steps_of(session, side_by_side)
    seen = _in_time(items, source, first, times, tick)
    for step in rest:
        seen = _through(ahead(seen), step)
    return seen


def _through(items: Iterable[Any], step: Callable[[Any], Any]) -> Iterator[Any]:
    return (item if isinstance(item, av.Packet) else step(item) for item in items)


def _in_time(
    items: Iterable[av.VideoFrame | av.Packet],
    source: str,
    step: Callable[..., Any],
    times: RisingTimes,
    tick: Fraction,
) -> Iterator[Any]:
    """Frames on their place in time, through the first step."""
    last: float | None = None
    start_s, ticks = 0.0, -1
    for item in items:
        if isinstance(item, av.Packet):
            yield item
            continue
        stamp = seconds_of(item)
        start_s = (stamp or 0.0) if last is None else start_s
        now = times.next(stamp)
        ticks = round((start_s + now) / tick) if last is None else max(ticks + 1, round((start_s + now) / tick))
        item.pts, item.time_base = ticks, tick
        elapsed_s, last = 0.0 if last is None else now - last, now
        yield step(item, tags_of(item, source), elapsed_s)


def _steps_of(session: Any, side_by_side: bool) -> list[Callable[..., Any]]:
    """What whole frames go through, as the session says (`Session.on_video`): the first step takes a frame, its tags
    and the seconds since the last, every other what the one before gave, and the last gives a frame."""
    if session.on_video == "field":
        field = FieldFilter(session, side_by_side)
        return [field.look, field.light]
    if session.on_video == "lut":
        luts = LutFilter(side_by_side)
        return [
            lambda frame, tags, elapsed_s: luts.apply(frame, tags, session.next(thumbnail_of(frame, tags), elapsed_s))
        ]
    return [lambda frame, tags, elapsed_s: corrected_frame(frame, tags, session, elapsed_s, side_by_side)]


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
