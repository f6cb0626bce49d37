"""What takes the bytes of clean shards, and what other ways to store them would take.

    python benchmarks/pairs_bytes.py DATA/clean [--samples 6]

Bytes and processor milliseconds a frame of source and target, with FFV1's settings changed one at a time, and with
everything that the mask does not touch made black: what would be left if a still background were stored once.
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

from pairs.dataset import Dataset
from pairs.video import decode

NOW = {"level": "3", "slicecrc": "1", "g": "1", "threads": "1", "flags": "+bitexact"}
WAYS = {
    "as it is": {},
    "range coder": {"coder": "1"},
    "the larger context": {"context": "1"},
    "both": {"coder": "1", "context": "1"},
    "statistics kept for 10 frames": {"g": "10"},
}


def coded(frames: Iterable[np.ndarray], height: int, width: int, deep: bool, options: dict[str, str]) -> int:
    """Bytes of the packets."""
    given, stored = ("gbrp10le", "gbrp10le") if deep else ("rgb24", "bgr0")
    with av.open(io.BytesIO(), "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=30, options={**NOW, **options})
        stream.height, stream.width, stream.pix_fmt = height, width, stored
        pictures = (av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format=given) for frame in frames)
        return sum(packet.size for picture in (*pictures, None) for packet in stream.encode(picture))


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clean", type=Path)
    parser.add_argument("--samples", type=int, default=6)
    args = parser.parse_args()
    total = {name: np.zeros(3) for name in (*WAYS, "background black")}
    count = 0
    for sample in islice(Dataset(args.clean, "clean").samples(), args.samples):
        shown_by = "mask.mkv" if "mask.mkv" in sample.members else "target.mkv"
        touched = decode(sample.members[shown_by]).max(-1).astype(np.uint8)
        near = np.stack([cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0 for mask in touched])
        count += len(near)
        for place, member in enumerate(("source.mkv", "target.mkv")):
            frames = decode(sample.members[member])
            size = (*frames.shape[1:3], frames.dtype == np.uint16)
            for name in total:
                shown = (
                    np.where(near[..., None], frames, 0).astype(frames.dtype) if name == "background black" else frames
                )
                began = time.process_time()
                total[name][place] += coded(shown, *size, WAYS.get(name, {}))
                total[name][2] += time.process_time() - began
    print(f"{count} frames of {args.samples} samples; bytes a frame of source and target, together against now, ms")
    for name, (source, target, seconds) in total.items():
        share = (source + target) / total["as it is"][:2].sum()
        print(f"{name:30} {source / count:9.0f} {target / count:9.0f}   {share:5.1%}   {seconds / count * 1000:.2f}")


if __name__ == "__main__":
    main()
