"""A preview page over what is there: made where nothing is lost by it, and never into the data that it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import write_json
from core.identity import digest
from core.intent import UNASKED, Consent, Intent
from keyfill.preview.page import find_data, write_preview
from keyfill.progress import Report
from pairs.manifest import HEADER

RECORD = ".keyfill-preview.json"
"""Which samples the page shows, each with what it was made from; beside the page."""


def make_preview(folder: Path, out: Path, report: Report, limit: int | None = None, consent: Consent = UNASKED) -> Path:
    """`write_preview`, and the media of clips that the page no longer shows removed. InputError where a clip's video
    would be replaced or removed without `consent`, or `out` holds the data."""
    intent = intended_preview(folder, out, limit)
    intent.require(consent)
    page = write_preview(folder, out, report, limit)
    for key in intent.gone:
        for path in (out / "media").glob(f"{key}.*"):
            path.unlink()
    write_json(out / RECORD, _made_from(folder, limit))
    return page


def intended_preview(folder: Path, out: Path, limit: int | None = None) -> Intent:
    """What `make_preview` would do with the same arguments; changes nothing."""
    if (out / HEADER).exists() or out.resolve() == folder.resolve():
        raise InputError(f"--out {out}: is the folder of the data; choose another, e.g. {out / 'preview'}")
    now, before = _made_from(folder, limit), _read(out / RECORD)
    if before is None and (out / "index.html").exists():
        why = "it is a page that this version did not write"
        return Intent(out, "clip", new=tuple(now), anew=("index.html",), why_anew=why)
    there = {key: mark for key, mark in (before or {}).items() if (out / "media" / f"{key}.mp4").exists()}
    return Intent(
        out,
        "clip",
        new=tuple(key for key in now if key not in there),
        anew=tuple(key for key in now if there.get(key, now[key]) != now[key]),
        gone=tuple(key for key in there if key not in now),
        kept=sum(there.get(key) == mark for key, mark in now.items()),
        why_anew=f"{folder} holds others of these names",
        why_gone=f"{folder} {'does not hold them' if limit is None else f'is shown up to --limit {limit}'}",
    )


def _made_from(folder: Path, limit: int | None) -> dict[str, str]:
    """Digest of all that is shown of each sample, by key, in the page's order."""
    sets = [data for data in find_data(folder) if data is not None]
    if not sets:
        raise InputError(f"{folder}: no shards here; give the folder of keyfill run, render or degrade")
    rows = [{key: row.samples[key] for row in data.manifest.shards for key in row.samples} for data in sets]
    sums = lambda key: [{name: member.sha256 for name, member in of.get(key, {}).items()} for of in rows]
    return {key: digest(sums(key)) for key in sets[-1].keys()[:limit]}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
