"""Single frames out of a shard: where each coded frame lies, and a decoder that takes them in any order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from core.errors import InputError
from pairs.matroska import crc_holds, find_frames
from pairs.shards import REWRITE, ShardRow, read_member
from pairs.video import array_from, slices_are_whole

_CODECS = {"V_FFV1": "ffv1", "V_MPEG4/ISO/AVC": "h264"}
"""What ffmpeg calls the codecs that Matroska names so."""


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Where the frames of one video member lie in its shard: `offsets`, `sizes` `(T,)` int64, bytes. `header`: the
    decoder's set-up data. `begins` `(T,)`: the frame from which each is decoded, itself where it stands alone;
    `clusters` `(T, 2)`: what its checksum goes over, offset and size, where it has none of its own (H.264)."""

    codec: str
    width: int
    height: int
    header: bytes
    offsets: np.ndarray
    sizes: np.ndarray
    begins: np.ndarray
    clusters: np.ndarray


def index_frames(path: Path, row: ShardRow, key: str, name: str, whole: bool = False) -> FrameIndex:
    """Note where each frame of a member begins; reads its headers alone, or with `whole` all of it and its sha256.

    Raises InputError when the member is damaged, or not as `pairs.video` or `pairs.predicted` write it.
    """
    if whole:
        read_member(path, row, key, name)
    try:
        member = row.samples[key][name]
    except KeyError:
        raise InputError(f"{path}: the manifest has no {key}.{name}") from None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        if os.fstat(descriptor).st_size != row.bytes:
            raise InputError(f"{path}: not the {row.bytes:,} bytes the manifest says; {REWRITE}")
        inside = lambda at, count: os.pread(descriptor, min(count, member.bytes - at), member.offset + at)
        track = find_frames(inside, member.bytes)
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: {key}.{name} cannot be read: {error}; {REWRITE}") from None
    finally:
        os.close(descriptor)
    if track.codec not in _CODECS:
        raise InputError(f"{path}: {key}.{name} is {track.codec}, expected FFV1 or H.264 as keyfill writes them")
    codec, places, numbers = _CODECS[track.codec], np.array(track.frames, np.int64), np.arange(len(track.frames))
    begins = numbers if codec == "ffv1" else np.maximum.accumulate(np.where(track.keys, numbers, 0))
    clusters = np.array(track.clusters, np.int64) + np.array([member.offset, 0])
    offsets, sizes = places[:, 0] + member.offset, places[:, 1]
    return FrameIndex(codec, track.width, track.height, track.header, offsets, sizes, begins, clusters)


class FrameDecoder:
    """Decodes frames one at a time, in any order; keeps one decoder per kind of video. One thread at a time.

    A frame that is told from those before takes their decoding too, but for those that were just decoded: in ascending
    order each is decoded once.
    """

    def __init__(self) -> None:
        self._contexts: dict[tuple[bytes, int, int], av.VideoCodecContext] = {}
        self._last: dict[tuple[bytes, int, int], tuple[Path, int, int]] = {}

    def read(self, path: Path, index: FrameIndex, frame: int, name: str) -> np.ndarray:
        """Frame `frame` of a member: `(H, W, 3)` uint8, or uint16 `[0, 1023]`; its checksums are looked at first.

        Raises InputError naming the shard and `name` when the bytes are not there or damaged.
        """
        kind, first = (index.header, index.width, index.height), int(index.begins[frame])
        video = path, int(index.offsets[0])
        *before, number = self._last.pop(kind, (None, 0, 0))
        start = number + 1 if (*before,) == video and first <= number < frame else first
        try:
            for number in range(start, frame + 1):
                packet = av.Packet(_coded(path, index, number, name))
                (picture,) = self._context(kind, index).decode(packet)
        except (av.FFmpegError, ValueError) as error:
            raise InputError(f"{path}: frame {number} of {name} cannot be decoded: {error}") from None
        self._last[kind] = (*video, frame)
        return array_from(picture)

    def _context(self, kind: tuple[bytes, int, int], index: FrameIndex) -> av.VideoCodecContext:
        if kind not in self._contexts:
            context = av.VideoCodecContext.create(index.codec, "r")
            assert isinstance(context, av.VideoCodecContext)
            context.extradata = index.header
            context.width, context.height = index.width, index.height
            # One thread: a frame in, a frame out at once, and loaders bring their own processes.
            context.thread_count = 1
            self._contexts[kind] = context
        return self._contexts[kind]


def _coded(path: Path, index: FrameIndex, frame: int, name: str) -> bytes:
    """The bytes of a coded frame, checked."""
    at, size = int(index.offsets[frame]), int(index.sizes[frame])
    begin, length = (at, size) if index.codec == "ffv1" else map(int, index.clusters[frame])
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(descriptor, length, begin)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    coded = data[at - begin :][:size]
    if len(data) != length or not (slices_are_whole(coded) if index.codec == "ffv1" else crc_holds(data)):
        raise InputError(f"{path}: frame {frame} of {name} is damaged; {REWRITE}")
    return coded
