"""Any video file through a trained model: colours corrected, smoothed over time, sound and time stamps kept."""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import torch

from pairs.errors import InputError, WorkError
from train_baseline import run_folder
from train_baseline.data import Progress
from train_baseline.lut_filter import ColourTags, LutFilter
from train_baseline.network import THUMBNAIL, Network

PACKAGED = Path(__file__).parent / "checkpoint"
"""The checkpoint that comes with keyfill."""
CUT = 0.12
"""Mean absolute change of the thumbnail, of 1, above which the picture has been cut and smoothing starts afresh."""
HDR = {16: "PQ (SMPTE ST 2084)", 18: "HLG (ARIB STD-B67)"}
T = TypeVar("T")


class Smoother:
    """The predicted weights as an exponential average over time, so that noise in a frame does not pulse in colour."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._weights: torch.Tensor | None = None
        self._thumbnail: torch.Tensor | None = None

    def add(self, weights: torch.Tensor, thumbnail: torch.Tensor, elapsed_s: float) -> torch.Tensor:
        """The next frame's weights, `elapsed_s` after the last -> what to use for it. A cut starts afresh."""
        fresh = self._weights is None or self.seconds == 0
        fresh = fresh or bool((thumbnail - self._thumbnail).abs().mean() > CUT)
        self._thumbnail = thumbnail
        share = 1.0 if fresh else 1 - math.exp(-max(elapsed_s, 0.0) / self.seconds)
        self._weights = weights if fresh else self._weights + share * (weights - self._weights)
        return self._weights


def enhance(
    run: Path | None,
    source: str | Path,
    out: Path,
    smoothing_s: float = 0.5,
    side_by_side: bool = False,
    crf: int = 18,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Correct every frame of `source` with the model of `run` (None: the checkpoint in the package) and write `out`.

    `source` is a video file, or a webcam as `/dev/videoN` (until interrupted). Video becomes H.264, 8-bit 4:2:0,
    BT.709, tagged as such; sound and other streams that `out` can hold are copied untouched; time stamps are kept.
    `smoothing_s` is the time constant of the average over predicted weights, 0 for none. `progress` counts frames.
    Returns frames, seconds, frames a second. InputError for what is no video, is HDR, or cannot be written there.
    """
    source, out = str(source), Path(out)
    if not 0 <= smoothing_s <= 60:
        raise InputError(f"smoothing: {smoothing_s} s; expected 0 to 60")
    if out.exists() and os.path.exists(source) and os.path.samefile(source, out):
        raise InputError(f"{out}: is the input itself; choose another name for the output")
    network = run_folder.load(PACKAGED if run is None else Path(run)).network
    temporary = out.with_name(f".{out.stem}.{os.getpid()}{out.suffix}")
    try:
        with _opened(source) as reading:
            result = _transcode(reading, source, temporary, out, network, smoothing_s, side_by_side, crf, progress)
        os.replace(temporary, out)
    except (av.FFmpegError, OSError) as error:
        raise WorkError(f"{out}: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return result


def _opened(source: str) -> av.container.InputContainer:
    camera = source.startswith("/dev/video")
    try:
        reading = av.open(source, format="v4l2" if camera else None)
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


def thumbnail_of(frame: av.VideoFrame, tags: ColourTags) -> torch.Tensor:
    """`(1, 3, 90, 160)` float32 sRGB `[0, 1]`, each pixel the mean of the area it covers."""
    lines, columns = THUMBNAIL
    small = frame.reformat(
        columns,
        lines,
        "rgb24",
        src_colorspace="ITU709" if tags.matrix == "bt709" else "ITU601",
        src_color_range="JPEG" if tags.wide else "MPEG",
        dst_color_range="JPEG",
        interpolation="AREA",
    )
    return torch.from_numpy(small.to_ndarray()).permute(2, 0, 1)[None].float() / 255


def _transcode(
    reading: av.container.InputContainer,
    source: str,
    temporary: Path,
    out: Path,
    network: Network,
    smoothing_s: float,
    side_by_side: bool,
    crf: int,
    progress: Progress | None,
) -> dict[str, Any]:
    video = reading.streams.video[0]
    video.thread_type = "AUTO"
    total = video.frames or int((reading.duration or 0) / av.time_base * float(video.average_rate or 30))
    try:
        writing = av.open(str(temporary), "w")
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{out}: cannot be written: {reason}; choose a name such as OUT.mp4 or OUT.mkv") from None
    started, frames = time.monotonic(), 0
    with writing:
        encoder = _add_video(writing, video, side_by_side, crf)
        copies = _add_copies(writing, reading, out)
        try:
            items = ahead(_read(reading, video, list(copies)))
            for item in ahead(_corrected(items, network, smoothing_s, side_by_side)):
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
            if not source.startswith("/dev/video"):
                raise
        if not frames:
            raise InputError(f"{source}: holds no frames")
        writing.mux(encoder.encode())
    seconds = time.monotonic() - started
    return {"frames": frames, "seconds": round(seconds, 2), "frames_per_second": round(frames / seconds, 1)}


def _add_video(
    writing: av.container.OutputContainer, video: av.VideoStream, side_by_side: bool, crf: int
) -> av.VideoStream:
    even = lambda size: size - size % 2
    width = video.codec_context.width * (2 if side_by_side else 1)
    encoder = writing.add_stream("libx264", rate=video.average_rate or 30)
    encoder.width, encoder.height, encoder.pix_fmt = even(width), even(video.codec_context.height), "yuv420p"
    encoder.codec_context.options = {"crf": str(crf), "preset": "veryfast"}
    encoder.codec_context.time_base = video.time_base or Fraction(1, 90_000)
    if video.codec_context.sample_aspect_ratio and not side_by_side:
        encoder.codec_context.sample_aspect_ratio = video.codec_context.sample_aspect_ratio
    # 1 is BT.709 for matrix, primaries and transfer; range 1 is video range (16-235)
    context = encoder.codec_context
    context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
    return encoder


def _add_copies(
    writing: av.container.OutputContainer, reading: av.container.InputContainer, out: Path
) -> dict[int, av.stream.Stream]:
    """A stream for each sound track, copied without decoding."""
    copies = {}
    for stream in reading.streams.audio:
        try:
            copies[stream.index] = writing.add_stream_from_template(stream)
        except (av.FFmpegError, ValueError):
            name = stream.codec_context.name
            raise InputError(f"{out}: cannot hold the input's sound ({name}); write to an .mkv file instead") from None
    return copies


def _read(
    reading: av.container.InputContainer, video: av.VideoStream, copied: list[int]
) -> Iterator[av.VideoFrame | av.Packet]:
    streams = [video, *(reading.streams[index] for index in copied)]
    for packet in reading.demux(streams):
        if packet.stream.index == video.index:
            yield from packet.decode()
        elif packet.dts is not None:
            yield packet


@torch.no_grad()
def _predicted(network: Network, thumbnail: torch.Tensor) -> torch.Tensor:
    return network.predict(thumbnail)


def _corrected(
    items: Iterable[av.VideoFrame | av.Packet], network: Network, smoothing_s: float, side_by_side: bool
) -> Iterator[av.VideoFrame | av.Packet]:
    smoother, lut_filter = Smoother(smoothing_s), LutFilter(side_by_side)
    last: float | None = None
    for item in items:
        if isinstance(item, av.Packet):
            yield item
            continue
        tags = tags_of(item)
        thumbnail = thumbnail_of(item, tags)
        now = item.time if item.time is not None else (last or 0.0) + 1 / 30
        weights = smoother.add(_predicted(network, thumbnail), thumbnail, 0.0 if last is None else now - last)
        last = now
        with torch.no_grad():
            lut = network.bake(weights)[0]
            yield lut_filter.apply(item, tags, lut, network.knots)


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


def lut_over(network: Network, frames: np.ndarray) -> torch.Tensor:
    """The average LUT `(3, M, M, M)` over frames `(T, H, W, 3)` uint8 sRGB, for a `.cube` file."""
    from train_baseline.data import thumbnail

    small = np.stack([thumbnail(frame) for frame in frames])
    with torch.no_grad():
        images = torch.from_numpy(small).permute(0, 3, 1, 2).float() / 255
        return network.bake(network.predict(images)).mean(0)
