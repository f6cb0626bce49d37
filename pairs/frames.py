"""Single frames out of a shard: where each coded frame lies, and a decoder that takes them in any order."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from core.errors import InputError
from pairs.matroska import find_frames
from pairs.shards import REWRITE, ShardRow, read_member
from pairs.video import array_from, slices_are_whole


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Where the frames of one video member lie in its shard: `offsets`, `sizes` `(T,)` int64, bytes. `header`: the
    decoder's set-up data."""

    width: int
    height: int
    header: bytes
    offsets: np.ndarray
    sizes: np.ndarray


def index_frames(path: Path, row: ShardRow, key: str, name: str, whole: bool = False) -> FrameIndex:
    """Note where each frame of a member begins; reads its headers alone, or with `whole` all of it and its sha256.

    Raises InputError when the member is damaged or not FFV1 as `encode_lossless` writes it.
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
    if track.codec != "V_FFV1":
        raise InputError(f"{path}: {key}.{name} is {track.codec}, expected FFV1 as keyfill writes it")
    places = np.array(track.frames, np.int64)
    return FrameIndex(track.width, track.height, track.header, places[:, 0] + member.offset, places[:, 1])


class FrameDecoder:
    """Decodes frames one at a time, in any order; keeps one decoder per kind of video. One thread at a time."""

    def __init__(self) -> None:
        self._contexts: dict[tuple[bytes, int, int], av.VideoCodecContext] = {}

    def read(self, path: Path, index: FrameIndex, frame: int, name: str) -> np.ndarray:
        """Frame `frame` of a member: `(H, W, 3)` uint8, or uint16 `[0, 1023]`; its checksums are looked at first.

        Raises InputError naming the shard and `name` when the bytes are not there or damaged.
        """
        size = int(index.sizes[frame])
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = os.pread(descriptor, size, int(index.offsets[frame]))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        if len(data) != size or not slices_are_whole(data):
            raise InputError(f"{path}: frame {frame} of {name} is damaged; {REWRITE}")
        try:
            (picture,) = self._context(index).decode(av.Packet(data))
        except (av.FFmpegError, ValueError) as error:
            raise InputError(f"{path}: frame {frame} of {name} cannot be decoded: {error}") from None
        return array_from(picture)

    def _context(self, index: FrameIndex) -> av.VideoCodecContext:
        kind = (index.header, index.width, index.height)
        if kind not in self._contexts:
            context = av.CodecContext.create("ffv1", "r")
            context.extradata = index.header
            context.width, context.height = index.width, index.height
            # One thread: a frame in, a frame out at once, and loaders bring their own processes.
            context.thread_count = 1
            self._contexts[kind] = context
        return self._contexts[kind]
