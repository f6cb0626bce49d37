"""The preview page: every pair moving side by side, what was drawn for it, and the light on the face as histograms."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.files import write_text
from core.levels import eight_bit
from keyfill.preview.drawn_values import drawn, summary
from keyfill.preview.face_histogram import face_histogram
from keyfill.preview.video import encode_h264, write_poster
from keyfill.progress import Report
from keyfill.real_preview import real_panels
from pairs.dataset import Clip, Dataset
from pairs.manifest import HEADER
from pairs.real import REAL


def write_preview(folder: Path, out: Path, report: Report, limit: int | None = None) -> Path:
    """Write `out/index.html` and one H.264 clip per pair of the data set (or whole run) in `folder`; returns the page.

    A clip that is already there for an unchanged sample is not encoded again. Raises InputError for a folder that holds
    no data set, WorkError when ffmpeg fails.
    """
    clean, pairs = find_data(folder)
    shown = pairs or clean
    if shown is None:
        raise InputError(f"{folder}: no shards here; give the folder of keyfill run, render or degrade")
    keys = shown.keys()[:limit]
    media = out / "media"
    try:
        media.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    cards = []
    report(0, len(keys), "")
    for number, key in enumerate(keys):
        cards.append(_card(key, clean, pairs, media))
        report(number + 1, len(keys), key)
    page = out / "index.html"
    template = resources.files("keyfill.preview").joinpath("page.html").read_text(encoding="utf-8")
    record = {
        "folder": str(folder),
        "kind": "run" if clean and pairs else shown.manifest.kind,
        "cards": cards,
        "total": len(shown.keys()),
    }
    data = json.dumps(record, sort_keys=True, allow_nan=False).replace("</", "<\\/")
    write_text(page, template.replace("/*DATA*/null", data))
    return page


def find_data(folder: Path) -> tuple[Dataset | None, Dataset | None]:
    """The clean and the pair data of a run's folder, or the one that `folder` itself is; None for what is missing."""
    if (folder / HEADER).exists():
        data = Dataset(folder)
        return (data, None) if data.manifest.kind == "clean" else (None, data)
    clean, pairs = folder / "clean", folder / "pairs"
    return (
        Dataset(clean) if (clean / HEADER).exists() else None,
        Dataset(pairs) if (pairs / HEADER).exists() else None,
    )


def _card(key: str, clean: Dataset | None, pairs: Dataset | None, media: Path) -> dict[str, Any]:
    panels: list[tuple[str, np.ndarray]] = []
    clip: Clip | None = None
    if clean is not None and key in clean.keys():
        clip = clean.clip(key)
        panels.append(("source", eight_bit(clip.source)))
    if pairs is not None and pairs.manifest.kind == REAL:
        clip, panels = real_panels(pairs, key)
    elif pairs is not None:
        clip = pairs.clip(key)
        panels.append(("degraded source", clip.source))
    assert clip is not None
    if "real" not in clip.info:
        panels.append(("target", clip.target))
    path = media / f"{key}.mp4"
    width = encode_h264(path, np.concatenate([frames for _, frames in panels], axis=2), float(clip.info.get("fps", 30)))
    poster = media / f"{key}.jpg"
    write_poster(path, poster)
    return {
        "key": key,
        "split": clip.info.get("split", ""),
        "video": f"media/{key}.mp4",
        "poster": f"media/{key}.jpg",
        "panels": [name for name, _ in panels],
        "aspect": panels[0][1].shape[2] / panels[0][1].shape[1],
        "width": width,
        "size": f"{panels[0][1].shape[2]}x{panels[0][1].shape[1]}",
        "frames": len(clip.target),
        "summary": summary(clip.info),
        "drawn": drawn(clip.info),
        "histograms": [
            {"name": name, **face_histogram(frames, clip.info.get("face_box"), clip.mask)} for name, frames in panels
        ],
    }
