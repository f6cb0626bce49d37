"""Two videos, pictures or folders of them before a judge: which is preferred, how surely, and for which factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import footage
from core.errors import InputError
from core.footage import PICTURES, VIDEOS
from score.fidelity.footage import videos_in
from score.learned.factors import NAMES
from score.learned.judge_file import Judge
from score.learned.preference import SMALLEST, viewed
from score.learned.threads import one_thread

WINDOWS = 4
"""Places of a video that are looked at, evenly spread."""
MOST_FRAMES = 600
"""Frames of a video that these places are spread over: 20 seconds."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """A against B. `p`: the probability that A is preferred; `severities`: of either, by factor, None where it cannot
    be judged; `shares`: what each factor adds to the log odds of A. `stills`: a frame of either, `(H, W, 3)` uint8."""

    name: str
    p: float
    severities: tuple[dict[str, float | None], dict[str, float | None]]
    shares: dict[str, float | None]
    frames: int
    stills: tuple[np.ndarray, np.ndarray] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data; factors by name."""
        sides = {"a": self.severities[0], "b": self.severities[1]}
        return {"name": self.name, "p": self.p, "frames": self.frames, "severities": sides, "shares": self.shares}

    def reasons(self, most: int = 3) -> list[str]:
        """The factors that speak most for the side that is preferred, strongest first."""
        sign = 1 if self.p >= 0.5 else -1
        spoken = {name: sign * share for name, share in self.shares.items() if share is not None and sign * share > 0.1}
        return sorted(spoken, key=lambda name: -spoken[name])[:most]


def view_of(judge: Judge, windows: Sequence[np.ndarray]) -> torch.Tensor:
    """`(1, 13)`, for `Preference.between`: the mean over windows `(T, H, W, 3)`, uint8 sRGB or float `[0, 1]`.
    InputError for anything else: another shape, values that are no numbers or beyond `[0, 1]`, fewer than 16
    pixels."""
    found = []
    with torch.no_grad(), one_thread():
        for window in windows:
            clip = torch.from_numpy(_unit(window)).permute(0, 3, 1, 2)[None]
            found.append(judge.network.both_ways(viewed(clip)))
    return torch.stack(found).mean(0)


def compare_clips(
    judge: Judge, one: Sequence[np.ndarray], other: Sequence[np.ndarray], name: str = "", keep: bool = False
) -> Verdict:
    """A verdict on windows of two sides, taken at the same moments; see `view_of`. `keep`: with a still of each.
    InputError for sides that differ in size or number of frames."""
    shapes = [[window.shape for window in side] for side in (one, other)]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"{name or 'the sides'}: {_told(shapes[0])} and {_told(shapes[1])}; a comparison needs two alike"
        )
    views = [view_of(judge, side) for side in (one, other)]
    network = judge.network
    with torch.no_grad():
        sides = [side[0] for side in network.between(*views)]
        shares = (sides[1] - sides[0]) * network.weights
        p = float(torch.sigmoid(network.score(sides[0]) - network.score(sides[1])))
    moves = max(len(window) for window in one) > 1
    told = lambda values: {n: float(v) if moves or n != "flicker" else None for n, v in zip(NAMES, values, strict=True)}
    middle = len(one) // 2
    stills = (_levels(one[middle][0]), _levels(other[middle][0])) if keep else None
    frames = sum(len(window) for window in one)
    return Verdict(name, p, (told(sides[0]), told(sides[1])), told(shares), frames, stills)


def windows_of(path: Path, count: int, frames: int) -> list[np.ndarray]:
    """Up to `WINDOWS` windows of `frames` frames in a row of a video of `count` frames (fewer: as many as there are).
    InputError for a video that is cut or damaged."""
    starts, wide = spread(min(count, MOST_FRAMES), frames)
    kept: dict[int, np.ndarray] = {}
    wanted = {start + i for start in starts for i in range(wide)}
    with footage.Footage(path) as opened:
        for number, (_, picture) in enumerate(opened):
            if number in wanted:
                kept[number] = picture
    _require_whole(opened)
    return [np.stack([kept[start + i] for i in range(wide)]) for start in starts]


def spread(count: int, frames: int) -> tuple[list[int], int]:
    """Where up to `WINDOWS` windows begin in so many frames, evenly spread, and how many frames each has."""
    wide = min(frames, count)
    return sorted({int(start) for start in np.linspace(0, count - wide, WINDOWS)}), wide


def windows_in(frames: Sequence[np.ndarray], wide: int) -> list[np.ndarray]:
    """Windows of `wide` frames in a row, evenly spread over frames `(H, W, 3)` that are at hand."""
    starts, wide = spread(len(frames), wide)
    return [np.stack(frames[start : start + wide]) for start in starts]


def preferred(judge: Judge, shown: Sequence[np.ndarray], given: Sequence[np.ndarray]) -> float:
    """The probability that frames `(H, W, 3)` are preferred to others of the same moments."""
    return compare_clips(judge, windows_in(shown, judge.frames), windows_in(given, judge.frames)).p


def judge_files(judge: Judge, one: Path, other: Path, name: str = "", keep: bool = True) -> Verdict:
    """A verdict on two videos, pictures or folders of pictures as frames. InputError in one line: not there, no video,
    damaged, of sizes that differ, a picture against a video."""
    counts = [_count(path) for path in (one, other)]
    if (counts[0] == 1) != (counts[1] == 1):
        single, moving = (one, other) if counts[0] == 1 else (other, one)
        raise InputError(f"{single}: is a single picture, {moving} has {max(counts)} frames; give two of a kind")
    sides = [windows_of(path, min(counts), judge.frames) for path in (one, other)]
    if sides[0][0].shape != sides[1][0].shape:
        (h, w), (y, x) = (side[0].shape[1:3] for side in sides)
        raise InputError(f"{other}: is {x}x{y}, {one} is {w}x{h}; a comparison needs frames of one size")
    return compare_clips(judge, sides[0], sides[1], name or one.stem, keep)


def paired(one: Path, other: Path, stills: bool = False) -> dict[str, tuple[Path, Path]]:
    """What is to be compared, by name: two files, or what two folders hold under the same names. A folder of pictures
    is one video, as everywhere; with `stills` its pictures are compared one by one. InputError: nothing in common."""
    for path in (one, other):
        if not path.exists():
            raise InputError(f"{path}: no such file or folder; give pictures, videos or folders of them")
    if one.is_dir() != other.is_dir():
        raise InputError(f"{one} and {other}: one is a folder, the other a file; give two of a kind")
    if not one.is_dir():
        return {one.stem: (one, other)}
    if stills or not _holds_videos(one):
        if not stills:
            return {one.name: (one, other)}
        found = [{p.stem: p for p in sorted(d.iterdir()) if p.suffix.lower() in PICTURES} for d in (one, other)]
    else:
        found = [{name: video.path for name, video in videos_in(folder).items()} for folder in (one, other)]
    names = [name for name in found[0] if name in found[1]]
    if not names:
        raise InputError(f"{one} and {other}: hold nothing of the same name; name what belongs together alike")
    return {name: (found[0][name], found[1][name]) for name in names}


def judge_all(
    judge: Judge, pairs: Mapping[str, tuple[Path, Path]], keep: bool = True
) -> Iterator[tuple[str, Verdict | InputError]]:
    """Each in turn: a verdict, or what is wrong with it; the others go on."""
    for name, (one, other) in pairs.items():
        try:
            yield name, judge_files(judge, one, other, name, keep)
        except InputError as error:
            yield name, error


def summed_up(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """How often A is preferred, the mean p, and the mean share of each factor in the log odds."""
    shares: dict[str, float | None] = {}
    for name in NAMES:
        known = [share for verdict in verdicts if (share := verdict.shares[name]) is not None]
        shares[name] = float(np.mean(known)) if known else None
    p = [verdict.p for verdict in verdicts]
    return {"pairs": len(p), "a_preferred": sum(x > 0.5 for x in p), "p": float(np.mean(p)), "shares": shares}


def _holds_videos(folder: Path) -> bool:
    entries = list(folder.iterdir())
    return any(path.suffix.lower() in VIDEOS for path in entries) or not any(
        path.suffix.lower() in PICTURES for path in entries
    )


def _count(path: Path) -> int:
    with footage.Footage(path) as opened:
        count = len(opened.stamps())
    _require_whole(opened)
    return count


def _require_whole(opened: footage.Footage) -> None:
    if opened.cut or opened.damaged:
        raise InputError(f"{opened.path}: {opened.notes[-1]}; give whole videos")


def _unit(window: np.ndarray) -> np.ndarray:
    if window.ndim != 4 or window.shape[-1] != 3 or not len(window):
        raise InputError(f"a clip is {window.shape}, expected (frames, height, width, 3)")
    if min(window.shape[1:3]) < SMALLEST:
        raise InputError(f"a clip is {window.shape[2]}x{window.shape[1]}, expected at least {SMALLEST}x{SMALLEST}")
    if window.dtype == np.uint8:
        return window.astype(np.float32) / 255
    if not np.issubdtype(window.dtype, np.floating):
        raise InputError(f"a clip is {window.dtype}, expected uint8 or float in [0, 1]")
    if not np.isfinite(window).all():
        raise InputError(
            f"a clip has {int((~np.isfinite(window)).sum()):,} values that are no numbers (NaN or infinite)"
        )
    if window.min() < 0 or window.max() > 1:
        raise InputError(f"a clip goes from {window.min():g} to {window.max():g}, expected floats in [0, 1]")
    return window.astype(np.float32)


def _levels(frame: np.ndarray) -> np.ndarray:
    return frame if frame.dtype == np.uint8 else np.rint(frame * 255).astype(np.uint8)


def _told(shapes: Sequence[tuple[int, ...]]) -> str:
    first = shapes[0] if shapes else (0, 0, 0, 0)
    return f"{sum(shape[0] for shape in shapes)} frames of {first[2]}x{first[1]}"
