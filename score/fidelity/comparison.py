"""Which video is compared with which: two videos, two folders, or the samples of pair shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from pairs.dataset import Dataset
from score.fidelity.footage import Footage, videos_in

INPUT, AUTOADJUST, ENHANCED = "input", "autoadjust", "enhanced"


@dataclass(frozen=True)
class Comparison:
    """One video to measure: `shown` (after AutoAdjust if `adjust`) against `target`; `mask` is the subject, if known.

    `method` groups videos into the rows of a table. `fps` is for AutoAdjust and for VMAF's motion.
    """

    name: str
    method: str
    shown: Footage
    target: Footage
    mask: Footage | None = None
    adjust: bool = False
    fps: float = 30.0


def compare_videos(shown: Path, target: Path, mask: Path | None = None, fps: float = 30.0) -> list[Comparison]:
    """Two videos (files, or folders of pictures), and a video of the subject's mask (white inside) if there is one."""
    footage = Footage(Path(mask)) if mask else None
    return [Comparison(Path(shown).stem, ENHANCED, Footage(Path(shown)), Footage(Path(target)), footage, fps=fps)]


def compare_folders(shown: Path, target: Path, mask: Path | None = None, fps: float = 30.0) -> list[Comparison]:
    """Two folders with the same videos by name. Raises InputError naming a video that only one of them has."""
    left, right = videos_in(shown), videos_in(target)
    masks = videos_in(mask) if mask else {}
    _same_names(left, right, shown, target)
    if mask:
        _same_names(left, masks, shown, mask)
    return [Comparison(name, ENHANCED, left[name], right[name], masks.get(name), fps=fps) for name in left]


def compare_pairs(
    folder: Path,
    split: str | None = None,
    enhanced: Mapping[str, Path] | None = None,
    methods: Sequence[str] = (INPUT, AUTOADJUST),
) -> list[Comparison]:
    """Samples of pair shards: the source as it is, after AutoAdjust, and folders of videos `KEY.mp4` by method.

    `split`: "train" or "test", None for all. Raises InputError when a method's folder lacks a sample.
    """
    data = Dataset(folder)
    unknown = [method for method in methods if method not in (INPUT, AUTOADJUST)]
    if unknown:
        raise InputError(f"methods: {unknown[0]!r} is not one of {INPUT}, {AUTOADJUST}; give others by their folder")
    members = {key: files for row in data.manifest.shards for key, files in row.samples.items()}
    infos = {key: data.info(key) for key in sorted(members)}
    infos = {key: info for key, info in infos.items() if split is None or info["split"] == split}
    if not infos:
        raise InputError(f"{folder}: holds no samples of the split {split!r}")
    folders = dict(enhanced or {})
    shown = {name: videos_in(place) for name, place in folders.items()}
    for name, videos in shown.items():
        missing = [key for key in infos if key not in videos]
        if missing:
            raise InputError(f"{folders[name]}: no video {missing[0]} ({len(missing)} missing); enhance them first")
    found = []
    for method in (*methods, *shown):
        for key, info in infos.items():
            source = shown[method][key] if method in shown else Footage(data.folder, key, "source.mkv")
            mask = Footage(data.folder, key, "mask.mkv") if "mask.mkv" in members[key] else None
            target = Footage(data.folder, key, "target.mkv")
            found.append(Comparison(key, method, source, target, mask, method == AUTOADJUST, float(info["fps"])))
    return found


def _same_names(left: Mapping[str, Any], right: Mapping[str, Any], left_folder: Path, right_folder: Path) -> None:
    sides = ((left, right, left_folder, right_folder), (right, left, right_folder, left_folder))
    for here, there, folder, other in sides:
        only = [name for name in here if name not in there]
        if only:
            raise InputError(f"{folder}: {only[0]} is not in {other} ({len(only)} such); both need the same videos")
