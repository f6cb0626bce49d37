"""A judge's verdicts as a static page: both sides side by side, factors as bars; it needs no server and no network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import WorkError
from core.files import replacing, write_bytes, write_text
from score.learned.factors import FACTORS
from score.learned.judging import Verdict

PLAYED = (".mp4", ".webm")
"""Endings of videos that browsers play: they are copied beside the page, others are shown as a still."""


def write_page(
    out: Path,
    record: Mapping[str, Any],
    verdicts: Sequence[Verdict],
    videos: Mapping[str, tuple[Path, Path]] | None = None,
) -> Path:
    """Write `out/index.html` and the pictures it shows; returns the page. `videos`: the files of a verdict by its name,
    which are shown moving where browsers play them. Raises WorkError."""
    try:
        (out / "media").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"{out}: cannot be written: {error.strerror or error}") from error
    media = []
    for number, verdict in enumerate(verdicts):
        files = (videos or {}).get(verdict.name)
        media.append([_shown(out, number, side, verdict, files) for side in (0, 1)])
    told = {name: {"short": factor.short, "meaning": factor.meaning} for name, factor in FACTORS.items()}
    data = json.dumps({**record, "media": media, "factors": told, "order": list(told)}, sort_keys=True, allow_nan=False)
    template = resources.files("score.learned").joinpath("judge.html").read_text(encoding="utf-8")
    write_text(out / "index.html", template.replace("/*DATA*/null", data.replace("</", "<\\/")))
    return out / "index.html"


def _shown(out: Path, number: int, side: int, verdict: Verdict, files: tuple[Path, Path] | None) -> str:
    stem = f"media/{number:04d}-{'ab'[side]}"
    if files is not None and all(file.is_file() and file.suffix.lower() in PLAYED for file in files):
        name = f"{stem}{files[side].suffix.lower()}"
        with replacing(out / name, last=False) as part:
            shutil.copy2(files[side], part)
        return name
    if verdict.stills is None:
        return ""
    write_bytes(out / f"{stem}.jpg", _jpeg(verdict.stills[side]))
    return f"{stem}.jpg"


def _jpeg(frame: np.ndarray) -> bytes:
    _, coded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return coded.tobytes()
