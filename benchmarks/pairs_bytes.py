"""What takes the bytes of clean shards, and what other ways to store them would take.

    python benchmarks/pairs_bytes.py DATA/clean [--samples 6]

Bytes and processor milliseconds a frame of source and target, coding and decoding: as FFV1 with its settings changed
one at a time; with everything that the mask does not touch made black, which is what would be left if a still
background were stored once; and predicted, as clean shards have them where that is smaller, with its settings changed
likewise.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from pairs import predicted
from pairs.dataset import Dataset
from pairs.video import decode, iter_frames

FFV1 = {"level": "3", "slicecrc": "1", "g": "1", "threads": "1", "flags": "+bitexact"}
WAYS: dict[str, dict[str, str]] = {
    "FFV1": {},
    "range coder": {"coder": "1"},
    "the larger context": {"context": "1"},
    "both": {"coder": "1", "context": "1"},
    "statistics kept for 10 frames": {"g": "10"},
    "background black": {},
}
PREDICTED = {
    "predicted": ("medium", {}),
    "predicted, CABAC": ("medium", {"cabac": "1"}),
    "predicted, a key frame every 30": ("medium", {"keyint": "30", "min-keyint": "30"}),
    "predicted, faster": ("veryfast", {}),
    "predicted, slower": ("veryslow", {}),
}


def coded(frames: Iterable[np.ndarray], options: dict[str, str]) -> bytes:
    """As FFV1."""
    buffer, stream = io.BytesIO(), None
    with av.open(buffer, "w", format="matroska") as container:
        for frame in frames:
            given, stored = ("gbrp10le", "gbrp10le") if frame.dtype == np.uint16 else ("rgb24", "bgr0")
            if stream is None:
                stream = container.add_stream("ffv1", rate=30, options={**FFV1, **options})
                (stream.height, stream.width), stream.pix_fmt = frame.shape[:2], stored
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=given)))
        container.mux(stream.encode())
    return buffer.getvalue()


def coded_predicted(frames: np.ndarray, preset: str, changed: dict[str, str]) -> bytes:
    """As H.264 with the settings of shards but these."""
    options = dict(predicted._OPTIONS)
    settings = dict(pair.split("=") for pair in options["x264-params"].split(":")) | changed
    options |= {"preset": preset, "x264-params": ":".join(f"{name}={value}" for name, value in settings.items())}
    before = predicted._OPTIONS
    try:
        predicted._OPTIONS = options
        return predicted.encode_predicted(frames, 30)
    finally:
        predicted._OPTIONS = before


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clean", type=Path)
    parser.add_argument("--samples", type=int, default=6)
    args = parser.parse_args()
    total = {name: np.zeros(4) for name in (*WAYS, *PREDICTED)}
    count = 0
    for sample in islice(Dataset(args.clean, "clean").samples(), args.samples):
        shown_by = "mask.mkv" if "mask.mkv" in sample.members else "target.mkv"
        touched = decode(sample.members[shown_by]).max(-1).astype(np.uint8)
        near = np.stack([cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0 for mask in touched])
        count += len(near)
        for place, member in enumerate(("source.mkv", "target.mkv")):
            frames = decode(sample.members[member])
            black = np.where(near[..., None], frames, 0).astype(frames.dtype)
            for name, sums in total.items():
                began = time.process_time()
                if name in WAYS:
                    data = coded(black if name == "background black" else frames, WAYS[name])
                else:
                    data = coded_predicted(frames, *PREDICTED[name])
                sums[place] += len(data)
                between = time.process_time()
                for _ in iter_frames(data):
                    pass
                sums[2:] += between - began, time.process_time() - between
    print(f"{count} frames; bytes a frame of source and target, together against FFV1; ms each")
    for name, (source, target, *seconds) in total.items():
        share = (source + target) / total["FFV1"][:2].sum()
        coding, decoding = (1000 * spent / count for spent in seconds)
        print(f"{name:32} {source / count:9.0f} {target / count:9.0f}   {share:6.1%}   {coding:6.2f} {decoding:6.2f}")


if __name__ == "__main__":
    main()
