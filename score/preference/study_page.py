"""A study as a static page: two videos side by side in sync, answers by keyboard, a vote file at the end."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib import resources
from pathlib import Path

from core.errors import InputError
from core.files import replacing, write_json, write_text
from core.progress import Progress
from score.preference.study import Plan

KINDS = (".mp4", ".webm")


def find_videos(folder: Path) -> dict[str, dict[str, Path]]:
    """`FOLDER/METHOD/CLIP.mp4` (or .webm) -> path by method, then by clip. Every method must have every clip.

    Raises InputError: no such folder, fewer than two methods, a clip that one method lacks, or has twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give one with a folder of videos for each method")
    found: dict[str, dict[str, Path]] = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        for video in sorted(path for path in place.iterdir() if path.suffix.lower() in KINDS):
            if video.stem in found.setdefault(place.name, {}):
                raise InputError(f"{video}: {found[place.name][video.stem].name} has the same name; keep one")
            found[place.name][video.stem] = video
    if len(found) < 2:
        raise InputError(f"{folder}: holds videos of {len(found)} methods, a study needs 2; expected METHOD/CLIP.mp4")
    every = sorted({clip for videos in found.values() for clip in videos})
    for method, videos in found.items():
        missing = [clip for clip in every if clip not in videos]
        if missing:
            raise InputError(
                f"{folder / method}: no video {missing[0]} ({len(missing)} missing); every method needs all"
            )
    return found


def write_page(
    plan: Plan,
    videos: dict[str, dict[str, Path]],
    out: Path,
    name: str,
    progress: Progress | None = None,
) -> Path:
    """Write `out/index.html`, `out/plan.json` and copies of the videos; returns the page.

    Names of methods are not in the page's file names, so that a rater cannot read them off. A video that is there
    already with the same size and time is not copied again.
    """
    media = out / "media"
    media.mkdir(parents=True, exist_ok=True)
    number = {method: index for index, method in enumerate(plan.methods)}
    wanted = [(method, clip) for method in plan.methods for clip in plan.clips]
    files: dict[str, dict[str, str]] = {method: {} for method in plan.methods}
    for done, (method, clip) in enumerate(wanted):
        source = videos[method][clip]
        target = media / f"{plan.clips.index(clip):04d}-{number[method]:02d}{source.suffix.lower()}"
        _copy(source, target)
        files[method][clip] = f"media/{target.name}"
        if progress:
            progress(done + 1, len(wanted), target.name)
    write_json(out / "plan.json", {"name": name, **plan.to_json()})
    record = {"name": name, "files": files, "raters": plan.to_json()["raters"]}
    # answers kept in a browser belong to this plan, not to an older one of the same name
    record["id"] = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]
    data = json.dumps(record, sort_keys=True, allow_nan=False).replace("</", "<\\/")
    template = resources.files("score.preference").joinpath("study.html").read_text(encoding="utf-8")
    page = out / "index.html"
    write_text(page, template.replace("/*DATA*/null", data))
    return page


def _copy(source: Path, target: Path) -> None:
    stat = source.stat()
    if target.exists() and (target.stat().st_size, int(target.stat().st_mtime)) == (stat.st_size, int(stat.st_mtime)):
        return
    with replacing(target, last=False) as part:
        shutil.copy2(source, part)
