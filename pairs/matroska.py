"""Where the frames lie in a Matroska file, found by walking its headers alone: kilobytes read of a large video."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Element identifiers of RFC 9559, section 27.1; the nesting of elements is in its section 5.
_SEGMENT, _TRACKS, _TRACK, _CLUSTER = 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675
_CODEC, _HEADER, _VIDEO, _WIDTH, _HEIGHT = 0x86, 0x63A2, 0xE0, 0xB0, 0xBA
_GROUP, _BLOCK, _SIMPLE = 0xA0, 0xA1, 0xA3
_INSIDE = {_SEGMENT, _TRACKS, _TRACK, _CLUSTER, _VIDEO, _GROUP}
_CRC = b"\xbf\x84"
_KEPT = {_CODEC, _HEADER, _WIDTH, _HEIGHT}

Read = Callable[[int, int], bytes]


@dataclass(frozen=True)
class VideoTrack:
    """The one track of a video: `codec` as Matroska names it, the decoder's set-up data; `frames`, and `clusters` that
    hold each, as (offset, size) in bytes from the start of the file; `keys`: which frames are marked to stand alone."""

    codec: str
    header: bytes
    width: int
    height: int
    frames: tuple[tuple[int, int], ...]
    clusters: tuple[tuple[int, int], ...]
    keys: tuple[bool, ...]


def find_frames(read: Read, size: int) -> VideoTrack:
    """The track of a Matroska file of `size` bytes with one video track, as `encode_lossless` writes it.

    `read(offset, count)` gives bytes of the file, fewer at its end. Raises ValueError when it is anything else.
    """
    kept: dict[int, bytes] = {}
    frames: list[tuple[int, int]] = []
    clusters: list[tuple[int, int]] = []
    keys: list[bool] = []
    cluster = (0, 0)
    for element, start, length in _walk(read, 0, size):
        if element in _KEPT:
            if element in kept:
                raise ValueError("more than one track")
            kept[element] = read(start, length)
        elif element == _CLUSTER:
            cluster = (start, length)
        elif element in (_BLOCK, _SIMPLE):
            # RFC 9559, section 10: track number, two bytes of time, one of flags; bits 1 and 2 would say "lacing".
            head = read(start, 4)
            if len(head) < 4 or head[0] != 0x81 or head[3] & 0x06 or length <= 4:
                raise ValueError(f"block {len(frames)} holds no single frame of track 1")
            frames.append((start + 4, length - 4))
            clusters.append(cluster)
            # A frame in a group says by another that it refers to whether it stands alone; ours are not in groups.
            keys.append(element == _SIMPLE and bool(head[3] & 0x80))
    if not {_CODEC, _WIDTH, _HEIGHT} <= set(kept) or not frames:
        raise ValueError("no video track, or no frames")
    return VideoTrack(
        kept[_CODEC].rstrip(b"\0").decode("latin-1"),
        kept.get(_HEADER, b""),
        int.from_bytes(kept[_WIDTH], "big"),
        int.from_bytes(kept[_HEIGHT], "big"),
        tuple(frames),
        tuple(clusters),
        tuple(keys),
    )


def require_whole(data: bytes) -> None:
    """Raise ValueError when a cluster of a Matroska file has a checksum that differs."""
    track = find_frames(lambda at, count: data[at : at + count], len(data))
    for frame, (start, length) in enumerate(track.clusters):
        if not crc_holds(data[start : start + length], required=False):
            raise ValueError(f"frame {frame} is damaged (its cluster's checksum differs)")


def _walk(read: Read, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Every element from `at` to `end`, inside containers too: identifier, where its content begins, its length."""
    while at < end:
        head = read(at, 12)
        element, id_bytes = _vint(head, 0, keep_marker=True)
        length, length_bytes = _vint(head, id_bytes, keep_marker=False)
        start = at + id_bytes + length_bytes
        if start + length > end:
            raise ValueError(f"an element at byte {at} reaches beyond the end")
        if element == _TRACKS and not crc_holds(read(start, length), required=False):
            raise ValueError("its header's checksum differs")
        if element == _CLUSTER:
            yield element, start, length
        if element in _INSIDE:
            yield from _walk(read, start, start + length)
        else:
            yield element, start, length
        at = start + length


def crc_holds(content: bytes, required: bool = True) -> bool:
    """Whether the checksum that an element begins with is that of the rest of it (RFC 8794, section 11.3.1); where it
    has none, whether that is not `required`."""
    if content[:2] != _CRC:
        return not required
    return zlib.crc32(memoryview(content)[6:]) == int.from_bytes(content[2:6], "little")


def _vint(data: bytes, at: int, keep_marker: bool) -> tuple[int, int]:
    """A number of variable length (RFC 8794, section 4) and how many bytes it takes."""
    if at >= len(data) or data[at] == 0:
        raise ValueError("a number cannot be read; cut short, or not Matroska")
    count = 9 - data[at].bit_length()
    if at + count > len(data):
        raise ValueError("a number is cut short")
    value = int.from_bytes(data[at : at + count], "big")
    return value if keep_marker else value & ((1 << 7 * count) - 1), count
