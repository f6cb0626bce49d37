"""Histograms of face intensities in a folder of clean or pair shards: how dark the sources are, what the targets lift.

python benchmarks/light_faces.py FOLDER [--figure FACES.png]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.colour import REC709_LUMA, unit_from_levels
from core.errors import InputError, KeyfillError
from core.levels import inside
from pairs.dataset import Dataset
from pairs.video import iter_frames

ROLES = ("source", "target")


@dataclass(frozen=True, eq=False)
class FaceLevels:
    """`counts`: `(2, 256)` int64, pixels of source and target faces at each 8-bit luma level; `means`: `(S, 2)` mean
    level of each sample's face; `ranges`: `(S, 2)` its 2nd to 98th percentile's distance."""

    counts: np.ndarray
    means: np.ndarray
    ranges: np.ndarray


def face_levels(folder: Path, every: int = 10, limit: int | None = None) -> FaceLevels:
    """Of a folder of clean or pair shards: every `every`-th frame of each sample, inside the ellipse of its face box
    and, where there is a mask, on the subject. Raises InputError when no sample has a face in view."""
    dataset = Dataset(folder)
    rows = [row for key in dataset.keys()[:limit] if (row := _sample(dataset, key, every)).sum() > 0]
    if not rows:
        raise InputError(f"{folder}: no sample has a face in view")
    counts = np.stack(rows)
    level = np.arange(256)
    means = (counts * level).sum(-1) / counts.sum(-1)
    share = counts.cumsum(-1) / counts.sum(-1, keepdims=True)
    ranges = (share < 0.98).sum(-1) - (share < 0.02).sum(-1)
    return FaceLevels(counts.sum(0), means, ranges)


def _sample(dataset: Dataset, key: str, every: int) -> np.ndarray:
    """`(2, 256)` counts of one sample."""
    info = dataset.info(key)
    counts = np.zeros((2, 256), np.int64)
    boxes = {t: box for t, box in enumerate(info.get("face_box", [])) if any(box or ()) and t % every == 0}
    if not boxes:
        return counts
    try:
        masks = dict(_frames(dataset, key, "mask", boxes))
    except (InputError, KeyError):
        masks = {}  # the mask is optional
    for index, role in enumerate(ROLES):
        for t, frame in _frames(dataset, key, role, boxes):
            mask = _ellipse(boxes[t], frame.shape[:2])
            if t in masks:
                mask &= inside(masks[t][..., 0])
            luma = np.rint(unit_from_levels(frame[mask]) @ REC709_LUMA * 255).astype(np.int64)
            counts[index] += np.bincount(np.clip(luma, 0, 255), minlength=256)
    return counts


def _frames(dataset: Dataset, key: str, name: str, wanted: dict[int, object]) -> Iterator[tuple[int, np.ndarray]]:
    for t, frame in enumerate(iter_frames(dataset.member(key, f"{name}.mkv"), f"{key}: {name}.mkv")):
        if t in wanted:
            yield t, frame


def _ellipse(box: list[int], shape: tuple[int, ...]) -> np.ndarray:
    """The ellipse inscribed in `[x0, y0, x1, y1]`, `(H, W)` bool."""
    x0, y0, x1, y1 = box
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    return ((x - (x0 + x1) / 2) / ((x1 - x0) / 2)) ** 2 + ((y - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 2 < 1


def summary(levels: FaceLevels) -> list[str]:
    """Lines for the terminal: of source and target the mean, percentiles over samples, and the range within a face."""
    lines = []
    for index, role in enumerate(ROLES):
        low, quarter, middle, three, high = np.percentile(levels.means[:, index], [5, 25, 50, 75, 95])
        lines.append(
            f"{role}: face mean {levels.means[:, index].mean():.0f} of 255 (5 % {low:.0f}, 25 % {quarter:.0f}, "
            f"50 % {middle:.0f}, 75 % {three:.0f}, 95 % {high:.0f}); "
            f"range within a face {levels.ranges[:, index].mean():.0f}"
        )
    gain, wider = levels.means[:, 1] - levels.means[:, 0], levels.ranges[:, 1] > levels.ranges[:, 0]
    lines.append(
        f"{len(gain)} pairs: target brighter in {(gain > 0).mean():.1%} (least gain {gain.min():.0f}), "
        f"with the larger range in {wider.mean():.1%}"
    )
    return lines


def plot(levels: FaceLevels, path: Path) -> None:
    """Both histograms as one picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), dpi=110, layout="constrained")
    axes = figure.subplots()
    for index, (role, colour) in enumerate(zip(ROLES, ("#3b5b92", "#e08a1e"), strict=True)):
        share = levels.counts[index] / levels.counts[index].sum()
        axes.fill_between(
            np.arange(256), np.convolve(share, np.ones(5) / 5, "same"), color=colour, alpha=0.55, label=role
        )
    axes.set(xlabel="face luma, 8-bit sRGB", ylabel="share of face pixels", xlim=(0, 255), ylim=(0, None))
    axes.legend(frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--every", type=int, default=10, help="look at every so many frames")
    args = parser.parse_args()
    try:
        levels = face_levels(args.folder, args.every)
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join(summary(levels)))
    if args.figure:
        plot(levels, args.figure)
        print(f"figure: {args.figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
