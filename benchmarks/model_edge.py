"""What it brings that the matte follows outlines: errors beside and on the outline, against enlarging it bilinearly.

    python benchmarks/model_edge.py SHARDS [--run RUN] [--split test] [--height 720]

Prints root mean square errors in levels, as means over frames: of the whole frame, of the subject, in a band of 2% of
the width outside the outline (light that spills over), and in one inside it (a rim that stays dark). The change is
given with its 95% interval: bootstrap over people, each with all of its lightings.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from core.rng import rng_for
from score.fidelity.measures import inside_of
from train_baseline import run_folder
from train_baseline.data.frames import Frame, load_frames
from train_baseline.methods.base import thumbnail
from train_baseline.methods.lut import apply_to_frame
from train_baseline.methods.lut_method import LutMethod
from train_baseline.packaged import packaged

BAND = 0.02
PLACES = ("whole frame", "subject", "outside the outline", "inside the outline")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shards", type=Path)
    parser.add_argument("--run", type=Path, default=packaged("curves"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--height", type=int, default=720, help="larger frames are shrunk to this many lines")
    args = parser.parse_args()
    network = run_folder.load(args.run).method
    assert isinstance(network, LutMethod) and network.matte is not None, "a run without a matte has no edge"
    frames = list(load_frames(args.shards, args.split, 1, args.height))
    found = np.array([errors(network, frame) for frame in frames])
    names = sorted({frame.group for frame in frames})
    groups = [[frame.group == name for frame in frames] for name in names]
    picks = rng_for(0, "edge", "bootstrap").integers(0, len(names), (2000, len(names)))
    height, width = frames[0].mask.shape
    print(f"{len(frames)} frames of {len(names)} people, {width}x{height}")
    for place, name in enumerate(PLACES):
        plain, guided = found[:, 0, place], found[:, 1, place]
        own = np.array([(guided - plain)[group].mean() for group in groups])
        low, high = np.percentile(own[picks].mean(1), [2.5, 97.5])
        print(
            f"{name:<20} bilinear {plain.mean():6.2f}   along outlines {guided.mean():6.2f}   "
            f"change {own.mean():+.2f} ({low:+.2f}, {high:+.2f})"
        )


@torch.no_grad()
def errors(network: LutMethod, frame: Frame) -> np.ndarray:
    """`(2, 4)`: bilinear and along outlines, by `PLACES`."""
    image = torch.from_numpy(thumbnail(frame.source)).permute(2, 0, 1)[None].float() / 255
    seen = network(image)
    lut, matte = network.bake(seen.weights)[0], seen.matte[0]
    subject = inside_of(frame.mask).astype(np.uint8)
    radius = round(BAND * subject.shape[1])
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    beside = cv2.dilate(subject, disc) - subject
    rim = subject - cv2.erode(subject, disc)
    rows = []
    for coefficients in (torch.cat([torch.zeros_like(matte), matte]), seen.coefficients(image)[0]):
        shown = apply_to_frame(lut, frame.source, network.knots, coefficients.numpy())
        square = np.square(shown.astype(np.float32) - frame.target).mean(-1)
        places = (np.ones_like(subject), subject, beside, rim)
        rows.append([np.sqrt(square[place > 0].mean()) for place in places])
    return np.array(rows)


if __name__ == "__main__":
    main()
