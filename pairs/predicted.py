"""Lossless video told from the frames before: H.264 without loss in Matroska, where a background that stands still
costs next to nothing. Any player or library on ffmpeg reads the same RGB levels from it as from FFV1."""

from __future__ import annotations

import io
import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from core.errors import WorkError
from pairs.matroska import VideoTrack, find_frames
from pairs.video import encode_lossless, iter_frames, tag

KEY_EVERY = 15
"""Frames from one that stands alone to the next: as many are decoded, at most, for a single one."""
_OPTIONS = {
    "preset": "fast",
    "qp": "0",
    "threads": "1",
    "flags": "+bitexact",
    # CAVLC takes 12 % more bytes than CABAC and a third of its time to decode. The same bytes on any processor.
    "x264-params": f"keyint={KEY_EVERY}:min-keyint={KEY_EVERY}:scenecut=0:ref=1:cabac=0:cpu-independent=1",
}
_A_CLUSTER_A_FRAME = {"fflags": "+bitexact", "cluster_size_limit": "1"}
"""So that each frame has a checksum: Matroska has one for each cluster."""
_PLANES = {np.dtype(np.uint8): "yuv444p", np.dtype(np.uint16): "yuv444p10le"}


@dataclass(frozen=True, eq=False)
class Group:
    """Up to `KEY_EVERY` frames as a video of their own, `coded`; `plain_bytes`: what its first frame takes as FFV1."""

    coded: bytes
    plain_bytes: int


class GroupWriter:
    """The frames of one group, as they come: `add` each, then `finished()`. The same frames give the same bytes.

    `(H, W, 3)` RGB, uint8 or uint16 `[0, 1023]`, as H.264 of profile High 4:4:4 Predictive: green, blue and red as they
    are. `name`: whose frames they are, for messages.
    """

    def __init__(self, fps: float, name: str = "video"):
        self._rate, self._name, self._plain_bytes = Fraction(fps).limit_denominator(1001), name, 0
        self._buffer, self._digests = io.BytesIO(), list[int]()
        self._container = av.open(self._buffer, "w", format="matroska", options=_A_CLUSTER_A_FRAME)

    def add(self, frame: np.ndarray) -> None:
        """The next frame; no more than `KEY_EVERY`."""
        height, width = frame.shape[:2]
        if not self._digests:
            self._plain_bytes = len(encode_lossless([frame], 30.0))
            self._stream = self._container.add_stream("libx264", rate=self._rate, options=_OPTIONS)
            self._stream.height, self._stream.width, self._stream.pix_fmt = height, width, _PLANES[frame.dtype]
            tag(self._stream.codec_context, "picture")
        self._digests.append(_digest(frame))
        picture = av.VideoFrame(width, height, _PLANES[frame.dtype])
        for plane, channel in zip(picture.planes, (1, 2, 0), strict=True):
            lines = np.frombuffer(memoryview(plane), frame.dtype).reshape(height, -1)
            lines[:, :width] = frame[..., channel]
        self._container.mux(self._stream.encode(picture))

    def finished(self) -> Group:
        """The group, read back. Raises WorkError should a level not come back."""
        self._container.mux(self._stream.encode())
        self._container.close()
        coded = self._buffer.getvalue()
        if [_digest(frame) for frame in iter_frames(coded, self._name)] != self._digests:
            raise WorkError(f"{self._name}: the encoder lost something; please report it, with the version of PyAV")
        return Group(coded, self._plain_bytes)


def _digest(frame: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(frame).data)


def grouped(frames: Iterable[np.ndarray], fps: float, name: str = "video") -> list[Group]:
    """All frames, `KEY_EVERY` to a group but the last."""
    waiting, groups = iter(frames), list[Group]()
    while some := list(itertools.islice(waiting, KEY_EVERY)):
        writer = GroupWriter(fps, name)
        for frame in some:
            writer.add(frame)
        groups.append(writer.finished())
    return groups


def encode_predicted(frames: Iterable[np.ndarray], fps: float) -> bytes:
    """All frames, predicted; see `GroupWriter`."""
    return _joined(grouped(frames, fps), fps)


def smaller(coded: bytes, fps: float, name: str = "video") -> bytes:
    """A lossless video of pictures as it is, or predicted where that takes fewer bytes.

    Raises WorkError naming `name` should a level not come back.
    """
    if len(_track(coded).frames) == 1:
        return coded
    return _chosen(grouped(iter_frames(coded, name), fps, name), fps) or coded


def smaller_of_groups(groups: Sequence[Group], fps: float, name: str = "video") -> bytes:
    """The bytes that `smaller` gives of the same frames."""
    if chosen := _chosen(groups, fps):
        return chosen
    return encode_lossless((frame for group in groups for frame in iter_frames(group.coded, name)), fps)


def _chosen(groups: Sequence[Group], fps: float) -> bytes | None:
    """Predicted, where that is smaller than FFV1 by what the first frame of each group takes; else None, as for stills
    and where all changes from frame to frame."""
    predicted = _joined(groups, fps)
    frames = len(_track(predicted).frames)
    plain = frames * sum(group.plain_bytes for group in groups) / len(groups)
    return predicted if frames > 1 and len(predicted) < plain else None


def _joined(groups: Sequence[Group], fps: float) -> bytes:
    """One video of all groups, one after the other; nothing is decoded."""
    if not groups:
        raise ValueError("no frames to encode")
    buffer, rate, number = io.BytesIO(), Fraction(fps).limit_denominator(1001), 0
    with av.open(buffer, "w", format="matroska", options=_A_CLUSTER_A_FRAME) as container:
        stream: Any = None
        for group in groups:
            with av.open(io.BytesIO(group.coded), "r") as part:
                if stream is None:
                    stream = container.add_stream_from_template(part.streams.video[0], opaque=True)
                    stream.time_base = 1 / rate
                    container.start_encoding()
                for packet in part.demux(video=0):
                    if packet.size:
                        packet.stream, packet.time_base = stream, 1 / rate
                        packet.pts = packet.dts = number
                        packet.duration = 1
                        container.mux(packet)
                        number += 1
    return buffer.getvalue()


def key_excess(coded: bytes) -> float:
    """How many bytes more than another a key frame of a lossless video takes, on average; 0 where all are."""
    track = _track(coded)
    sizes, keys = np.array([size for _, size in track.frames]), np.array(track.keys)
    return 0.0 if len(set(track.keys)) < 2 else float(sizes[keys].mean() - sizes[~keys].mean())


def _track(coded: bytes) -> VideoTrack:
    return find_frames(lambda at, count: coded[at : at + count], len(coded))
