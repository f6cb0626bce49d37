"""The pictures that the page shows of a clip, moment by moment: never more than a frame of each is in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import cv2
import numpy as np

from core.errors import InputError
from core.levels import eight_bit
from keyfill.preview.real_pictures import marked
from pairs.dataset import Dataset
from pairs.members import MEMBERS
from pairs.real import REAL
from pairs.video import iter_frames

PASSES = ("mask", "albedo", "normal", "depth")
"""Members that are shown beside the pair, smaller, where they are kept."""
MARGIN_M = 0.03


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame of a clip. `pictures` are the clip itself and `passes` what is known of its pixels, by name, each
    `(H, W, 3)` uint8 for the eye; `lit`: the names of those that show light on a face. `mask`: `(H, W)` uint8 coverage
    by the subject, or None."""

    pictures: dict[str, np.ndarray]
    passes: dict[str, np.ndarray]
    lit: tuple[str, ...]
    mask: np.ndarray | None


def moments(key: str, clean: Dataset | None, pairs: Dataset | None) -> Iterator[Moment]:
    """The frames of a clip that is in `clean`, in `pairs`, or in both. Raises InputError for members that are missing,
    damaged, or of different lengths."""
    if pairs is not None and pairs.manifest.kind == REAL:
        for stored in _together(key, {name: (pairs, name) for name in ("source", "person", "face")}):
            source, person, face = stored["source"], stored["person"][..., 0], stored["face"][..., 0] > 127
            shown = {"as it came": source, "person and face": marked(source, person, face)}
            yield Moment(shown, {}, ("as it came",), person)
        return
    videos: dict[str, tuple[Dataset, str]] = {}
    if clean is not None and key in clean:
        videos["source"] = clean, "source"
    if pairs is not None:
        videos["degraded source"] = pairs, "source"
    last = pairs or clean
    assert last is not None
    lit = (*videos, "target")
    # What both have is shown as it is in the pair shards, where it follows frames that came late.
    videos |= {name: (last, name) for name in ("target", *PASSES) if f"{name}.mkv" in last.rows(key)}
    depth_colours = DepthColours()
    for stored in _together(key, videos):
        passes = {
            name: depth_colours(stored[name]) if name == "depth" else eight_bit(stored[name])
            for name in PASSES
            if name in stored
        }
        pictures = {name: eight_bit(stored[name]) for name in lit}
        yield Moment(pictures, passes, lit, stored["mask"][..., 0] if "mask" in stored else None)


class DepthColours:
    """Depth for the eye: near is red, far is blue, black where there is no surface. The range is that of the first
    frame that shows a surface, so that a distance keeps its colour."""

    def __init__(self) -> None:
        self._range: tuple[float, float] | None = None

    def __call__(self, stored: np.ndarray) -> np.ndarray:
        """Stored levels `(H, W, 3)` uint16 -> `(H, W, 3)` uint8."""
        depth_m = MEMBERS["depth"].values(stored[..., 0])
        there = np.isfinite(depth_m)
        if self._range is None and there.any():
            low, high = np.quantile(depth_m[there], (0.01, 0.99))
            self._range = float(low) - MARGIN_M, float(high) + MARGIN_M
        near, far = self._range or (0.0, 1.0)
        share = np.clip((far - np.where(there, depth_m, far)) / (far - near), 0, 1)
        coloured = cv2.applyColorMap(np.rint(share * 255).astype(np.uint8), cv2.COLORMAP_TURBO)[..., ::-1]
        return np.where(there[..., None], coloured, np.uint8(0))


def _together(key: str, videos: dict[str, tuple[Dataset, str]]) -> Iterator[dict[str, np.ndarray]]:
    """The frames of several videos of a sample side by side, by the name that they are shown under."""
    streams = [
        iter_frames(data.member(key, f"{name}.mkv"), f"{data.folder}: {key}.{name}.mkv")
        for data, name in videos.values()
    ]
    for frames in zip_longest(*streams):
        if any(frame is None for frame in frames):
            raise InputError(f"{key}: its videos have different numbers of frames; `keyfill verify` names them")
        yield dict(zip(videos, frames, strict=True))
