"""Lossless video in and out of memory: FFV1 in Matroska, 8 or 10 bits, RGB or grey, written and read in-process by
PyAV. `pairs.predicted` has the other form of pictures, which is read here too."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from core.errors import InputError
from pairs.matroska import require_whole
from pairs.members import Content

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_WIRE = {np.dtype(np.uint8): ("rgb24", "bgr0"), np.dtype(np.uint16): ("gbrp10le", "gbrp10le")}
_GREY_WIRE = {np.dtype(np.uint8): ("gray", "gray"), np.dtype(np.uint16): ("gray10le", "gray10le")}
_RGB = 0
"""AVCOL_SPC_RGB: no matrix, the planes are red, green and blue (ITU-T H.273, matrix coefficients 0)."""


class LosslessWriter:
    """FFV1 in Matroska that grows frame by frame: `add` each, then `finished()` gives the bytes.

    Frames are `(H, W, 3)` RGB, uint8 or uint16 with 10-bit values `[0, 1023]`; three equal channels where `content` is
    grey, of which one is stored. Bit-exact: the same frames give the same bytes (no times, no encoder name in the
    file). Raises ValueError on an empty clip, another dtype, a shape that changes, a 10-bit value over 1023, or
    channels that differ in a grey video.
    """

    def __init__(self, fps: float, content: Content = "picture"):
        self.frames = 0
        self._content = content
        self._rate = Fraction(fps).limit_denominator(1001)
        self._buffer = io.BytesIO()
        self._container = av.open(self._buffer, "w", format="matroska", options={"fflags": "+bitexact"})
        self._first: tuple[tuple[int, ...], np.dtype] | None = None
        self._coded: tuple[str, int, int, str] | None = None

    def _open(self, height: int, width: int, coded_format: str) -> None:
        self._stream = self._container.add_stream(
            "ffv1",
            rate=self._rate,
            options={"level": "3", "slicecrc": "1", "flags": "+bitexact", "g": "1", "threads": "1"},
        )
        self._stream.height, self._stream.width, self._stream.pix_fmt = height, width, coded_format
        tag(self._stream.codec_context, self._content)

    def add_coded(self, coded: bytes, name: str = "video") -> None:
        """The next frames, from a video of this class with this content: every frame stands alone in it, so the bytes
        become those of `add`, and nothing is decoded.

        Raises InputError naming `name` when it is damaged or of another kind or size than the first.
        """
        try:
            with av.open(io.BytesIO(coded), "r") as container:
                stream = container.streams.video[0]
                codec = stream.codec_context
                kind = (codec.name, codec.height, codec.width, codec.pix_fmt or "")
                packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
        except (av.FFmpegError, ValueError, IndexError) as error:
            raise InputError(f"{name}: cannot be read: {error}") from None
        if self._coded is None:
            self._open(kind[1], kind[2], kind[3])
            self._container.start_encoding()
            self._coded = kind
        if kind != self._coded or kind[0] != "ffv1" or not all(slices_are_whole(packet) for packet in packets):
            raise InputError(f"{name}: damaged, or of another kind than the frames before")
        for data in packets:
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = self._stream, 1 / self._rate, True
            packet.pts = packet.dts = self.frames
            packet.duration = 1
            self._container.mux(packet)
            self.frames += 1

    def add(self, frame: np.ndarray) -> None:
        """The next frame."""
        number = self.frames
        if frame.dtype not in _WIRE or frame.ndim != 3 or frame.shape[2] != 3:
            raise ValueError(f"frame {number}: expected (H, W, 3) uint8 or uint16, got {frame.shape} {frame.dtype}")
        grey = self._content == "grey"
        source_format, coded_format = (_GREY_WIRE if grey else _WIRE)[frame.dtype]
        if self._first is None:
            self._first = frame.shape, frame.dtype
            self._open(frame.shape[0], frame.shape[1], coded_format)
        if (frame.shape, frame.dtype) != self._first:
            shape, dtype = self._first
            raise ValueError(f"frame {number}: {frame.shape} {frame.dtype} differs from frame 0: {shape} {dtype}")
        if frame.dtype == np.uint16 and frame.max(initial=0) > 1023:
            raise ValueError(f"frame {number}: a value over 1023 in a 10-bit frame")
        if grey and not (frame == frame[..., :1]).all():
            raise ValueError(f"frame {number}: channels differ in a grey video")
        stored = np.ascontiguousarray(frame[..., 0] if grey else frame)
        picture = av.VideoFrame.from_ndarray(stored, format=source_format)
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def finished(self) -> bytes:
        """The whole file; nothing can be added after."""
        if not self.frames:
            raise ValueError("no frames to encode")
        if self._coded is None:
            self._container.mux(self._stream.encode())
        self._container.close()
        return self._buffer.getvalue()


def tag(codec: Any, content: Content) -> None:
    """Say in the file what the levels are, so that players and converters need not guess."""
    codec.color_range = ColorRange.JPEG
    if content == "picture":
        codec.color_primaries, codec.color_trc, codec.colorspace = ColorPrimaries.BT709, ColorTrc.IEC61966_2_1, _RGB


def encode_lossless(frames: Iterable[np.ndarray], fps: float, content: Content = "picture") -> bytes:
    """All frames through `LosslessWriter`."""
    writer = LosslessWriter(fps, content)
    for frame in frames:
        writer.add(frame)
    return writer.finished()


def joined_lossless(coded: Iterable[bytes], fps: float, content: Content = "picture") -> bytes:
    """What `encode_lossless` gives of all frames, from videos of some of them each, one after the other; nothing is
    decoded. Raises InputError for one that is damaged or of another kind."""
    writer = LosslessWriter(fps, content)
    for number, part in enumerate(coded):
        writer.add_coded(part, f"part {number}")
    return writer.finished()


def iter_frames(data: bytes | str, name: str = "video") -> Iterator[np.ndarray]:
    """Decode video bytes (or a path) frame by frame: `(H, W, 3)` RGB, uint8, or uint16 `[0, 1023]` for 10-bit RGB or
    grey; of grey the channels are equal.

    Raises InputError naming `name` when the data is damaged; of FFV1 every slice is checked, of predicted video in
    memory every cluster.
    """
    try:
        with av.open(io.BytesIO(data) if isinstance(data, bytes) else str(data), "r") as container:
            if not container.streams.video:
                raise InputError(f"{name}: holds no video stream")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise InputError(f"{name}: its codec is unknown")
            checked = stream.codec_context.name == "ffv1"
            if isinstance(data, bytes) and stream.codec_context.name == "h264":
                require_whole(data)
            for number, packet in enumerate(container.demux(stream)):
                if checked and packet.size and not slices_are_whole(bytes(packet)):
                    raise InputError(f"{name}: frame {number} is damaged (a slice's checksum differs)")
                for frame in packet.decode():
                    yield array_from(frame)
    except (av.FFmpegError, ValueError) as error:
        raise InputError(f"{name}: cannot be decoded: {error}") from None


def array_from(frame: av.VideoFrame) -> np.ndarray:
    """A decoded frame as `(H, W, 3)` RGB: uint16 `[0, 1023]` when it is 10-bit RGB or grey, uint8 otherwise."""
    kind = frame.format.name
    if kind in ("gray", "gray10le"):
        return np.repeat(frame.to_ndarray(format=kind)[..., None], 3, axis=-1)
    return frame.to_ndarray(format="gbrp10le" if kind.startswith("gbrp10") else "rgb24")


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
