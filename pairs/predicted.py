"""Lossless video told from the frames before: H.264 without loss in Matroska, where a background that stands still
costs next to nothing. Any player or library on ffmpeg reads the same RGB levels from it as from FFV1."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np

from core.errors import WorkError
from pairs.matroska import find_frames
from pairs.video import iter_frames, tag

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


def encode_predicted(frames: Iterable[np.ndarray], fps: float) -> bytes:
    """`(H, W, 3)` RGB, uint8 or uint16 `[0, 1023]`, as H.264 of profile High 4:4:4 Predictive: green, blue and red as
    they are, every one exact. The same frames give the same bytes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska", options=_A_CLUSTER_A_FRAME) as container:
        stream = None
        for frame in frames:
            height, width = frame.shape[:2]
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options=_OPTIONS)
                stream.height, stream.width, stream.pix_fmt = height, width, _PLANES[frame.dtype]
                tag(stream.codec_context, "picture")
            picture = av.VideoFrame(width, height, _PLANES[frame.dtype])
            for plane, channel in zip(picture.planes, (1, 2, 0), strict=True):
                lines = np.frombuffer(memoryview(plane), frame.dtype).reshape(height, -1)
                lines[:, :width] = frame[..., channel]
            container.mux(stream.encode(picture))
        if stream is None:
            raise ValueError("no frames to encode")
        container.mux(stream.encode())
    return buffer.getvalue()


def smaller(coded: bytes, fps: float, name: str = "video") -> bytes:
    """A lossless video of pictures as it is, or predicted where that takes fewer bytes: for stills, and where all
    changes from frame to frame, it does not.

    Raises WorkError naming `name` should a level not come back.
    """
    digests: list[int] = []

    def noted() -> Iterator[np.ndarray]:
        for frame in iter_frames(coded, name):
            digests.append(zlib.crc32(frame.tobytes()))
            yield frame

    predicted = encode_predicted(noted(), fps)
    if len(predicted) >= len(coded):
        return coded
    if [zlib.crc32(frame.tobytes()) for frame in iter_frames(predicted, name)] != digests:
        raise WorkError(f"{name}: the encoder lost something; please report it, with the version of PyAV")
    return predicted


def key_excess(coded: bytes) -> float:
    """How many bytes more than another a key frame of a lossless video takes, on average; 0 where all are."""
    track = find_frames(lambda at, count: coded[at : at + count], len(coded))
    sizes, keys = np.array([size for _, size in track.frames]), np.array(track.keys)
    return 0.0 if len(set(track.keys)) < 2 else float(sizes[keys].mean() - sizes[~keys].mean())
