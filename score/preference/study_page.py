"""A study as a static page: two videos side by side in sync, answers by keyboard, a vote file at the end."""

from __future__ import annotations

import hashlib
import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import replacing, write_json, write_text
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.progress import Progress, silent
from score.preference.study import Plan

KINDS = (".mp4", ".webm")
PLAN = "plan.json"


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
    progress: Progress = silent,
    consent: Consent = UNASKED,
) -> Path:
    """Write `out/index.html`, `out/plan.json` and copies of the videos; returns the page.

    Names of methods are not in the page's file names, so that a rater cannot read them off. A video that is there
    already with the same size and time is not copied again. InputError where another plan or other videos are there,
    without `consent`: answers may have been given to them.
    """
    media, planned = out / "media", json.loads(json.dumps({"name": name, **plan.to_json()}))
    number = {method: index for index, method in enumerate(plan.methods)}
    files: dict[str, dict[str, str]] = {method: {} for method in plan.methods}
    copies = {}
    for method in plan.methods:
        for clip in plan.clips:
            source = videos[method][clip]
            target = media / f"{plan.clips.index(clip):04d}-{number[method]:02d}{source.suffix.lower()}"
            files[method][clip] = f"media/{target.name}"
            if not _is_copy(source, target):
                copies[target] = source
    before = _read(out / PLAN)
    Intent(
        out,
        "file",
        anew=(*([PLAN] if before not in (None, planned) else []), *(file.name for file in copies if file.exists())),
        why_anew=in_words(differences(before or {}, planned), "the videos are others"),
    ).require(consent)
    media.mkdir(parents=True, exist_ok=True)
    for done, (target, source) in enumerate(copies.items(), 1):
        with replacing(target, last=False) as part:
            shutil.copy2(source, part)
        progress(done, len(copies), target.name)
    write_json(out / PLAN, planned)
    record = {"name": name, "files": files, "raters": plan.to_json()["raters"]}
    # answers kept in a browser belong to this plan, not to an older one of the same name
    record["id"] = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]
    data = json.dumps(record, sort_keys=True, allow_nan=False).replace("</", "<\\/")
    template = resources.files("score.preference").joinpath("study.html").read_text(encoding="utf-8")
    page = out / "index.html"
    write_text(page, template.replace("/*DATA*/null", data))
    return page


def _is_copy(source: Path, target: Path) -> bool:
    stat = source.stat()
    return target.exists() and (target.stat().st_size, int(target.stat().st_mtime)) == (
        stat.st_size,
        int(stat.st_mtime),
    )


def _read(place: Path) -> dict[str, Any] | None:
    """The plan that is there; `{}` where the file is none."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
