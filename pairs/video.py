"""Lossless video in and out of memory: FFV1 in Matroska, 8-bit or 10-bit RGB, written and read in-process by PyAV."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np

from core.errors import InputError

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_WIRE = {np.dtype(np.uint8): ("rgb24", "bgr0"), np.dtype(np.uint16): ("gbrp10le", "gbrp10le")}


def encode_lossless(frames: Iterable[np.ndarray], fps: float) -> bytes:
    """Frames `(H, W, 3)` RGB, uint8 or uint16 with 10-bit values `[0, 1023]` -> FFV1 Matroska bytes.

    Bit-exact: the same frames give the same bytes (no times, no encoder name in the file). Raises ValueError on an
    empty clip, another dtype, a shape that changes, or a 10-bit value over 1023.
    """
    buffer = io.BytesIO()
    options = {"fflags": "+bitexact"}
    with av.open(buffer, "w", format="matroska", options=options) as container:
        stream = None
        for number, frame in enumerate(frames):
            if frame.dtype not in _WIRE or frame.ndim != 3 or frame.shape[2] != 3:
                raise ValueError(f"frame {number}: expected (H, W, 3) uint8 or uint16, got {frame.shape} {frame.dtype}")
            source_format, coded_format = _WIRE[frame.dtype]
            if stream is None:
                first = frame
                stream = container.add_stream(
                    "ffv1",
                    rate=Fraction(fps).limit_denominator(1001),
                    options={"level": "3", "slicecrc": "1", "flags": "+bitexact", "g": "1", "threads": "1"},
                )
                stream.height, stream.width, stream.pix_fmt = frame.shape[0], frame.shape[1], coded_format
            if frame.shape != first.shape or frame.dtype != first.dtype:
                raise ValueError(
                    f"frame {number}: {frame.shape} {frame.dtype} differs from frame 0: {first.shape} {first.dtype}"
                )
            if frame.dtype == np.uint16 and frame.max(initial=0) > 1023:
                raise ValueError(f"frame {number}: a value over 1023 in a 10-bit frame")
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=source_format)
            container.mux(stream.encode(picture))
        if stream is None:
            raise ValueError("no frames to encode")
        container.mux(stream.encode())
    return buffer.getvalue()


def iter_frames(data: bytes | str, name: str = "video") -> Iterator[np.ndarray]:
    """Decode video bytes (or a path) frame by frame: `(H, W, 3)` RGB, uint8, or uint16 `[0, 1023]` for 10-bit RGB.

    Raises InputError naming `name` when the data is damaged; of FFV1 every slice is checked.
    """
    try:
        with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data), "r") as container:
            if not container.streams.video:
                raise InputError(f"{name}: holds no video stream")
            stream = container.streams.video[0]
            checked = stream.codec_context.name == "ffv1"
            for number, packet in enumerate(container.demux(stream)):
                if checked and packet.size and not slices_are_whole(bytes(packet)):
                    raise InputError(f"{name}: frame {number} is damaged (a slice's checksum differs)")
                for frame in packet.decode():
                    yield array_from(frame)
    except (av.FFmpegError, ValueError) as error:
        raise InputError(f"{name}: cannot be decoded: {error}") from None


def array_from(frame: av.VideoFrame) -> np.ndarray:
    """A decoded frame as `(H, W, 3)` RGB: uint16 `[0, 1023]` when it is 10-bit RGB, uint8 otherwise."""
    deep = frame.format.name.startswith("gbrp10")
    return frame.to_ndarray(format="gbrp10le" if deep else "rgb24")


def slices_are_whole(packet: bytes) -> bool:
    """Whether every slice of an FFV1 frame has the checksum it ends with.

    The decoder only writes damage to its log and paints it over, so we look ourselves. RFC 9043, section 4.9: a slice
    ends in its size (3 bytes), an error status (1 byte) and a CRC-32 (polynomial 0x04C11DB7, most significant bit
    first, starting from 0), such that the CRC of the whole slice is 0. zlib's CRC runs least significant bit first,
    hence the mirrored bytes.
    """
    mirrored = packet.translate(_MIRRORED)
    end = len(packet)
    while end > 0:
        size = int.from_bytes(packet[end - 8 : end - 5], "big") + 8
        if size > end or zlib.crc32(memoryview(mirrored)[end - size : end], 0xFFFFFFFF) != 0xFFFFFFFF:
            return False
        end -= size
    return True


def decode(data: bytes | str, name: str = "video") -> np.ndarray:
    """All frames of a video as `(T, H, W, 3)`; see `iter_frames`."""
    frames = list(iter_frames(data, name))
    if not frames:
        raise InputError(f"{name}: holds no frames")
    return np.stack(frames)
