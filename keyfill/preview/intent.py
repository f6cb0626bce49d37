"""A preview page over what is there: made where nothing is lost by it, and never into the data that it shows."""

from __future__ import annotations

from pathlib import Path

from core.errors import InputError
from core.files import read_record, write_json
from core.identity import digest
from core.intent import UNASKED, Consent, Intent
from core.progress import Progress
from keyfill.preview.page import find_data, write_preview
from pairs.manifest import HEADER

RECORD = ".keyfill-preview.json"
"""Which samples the page shows, each with what it was made from; beside the page."""


def make_preview(
    folder: Path, out: Path, progress: Progress, limit: int | None = None, consent: Consent = UNASKED
) -> Path:
    """`write_preview`, and the media of clips that the page no longer shows removed. InputError where a clip's video
    would be replaced or removed without `consent`, or `out` holds the data."""
    intent = intended_preview(folder, out, limit)
    intent.require(consent)
    page = write_preview(folder, out, progress, limit)
    removed_media(out, intent)
    keep_record(out, _made_from(folder, limit))
    return page


def intended_preview(folder: Path, out: Path, limit: int | None = None) -> Intent:
    """What `make_preview` would do with the same arguments; changes nothing."""
    return intended_media(folder, out, _made_from(folder, limit), "mp4", limit)


def intended_media(folder: Path, out: Path, now: dict[str, str], ending: str, limit: int | None) -> Intent:
    """What a page at `out` would do that shows of `folder` what `now` has, each with what it is made from; a clip is
    there when its file with this `ending` is."""
    if (out / HEADER).exists() or out.resolve() == folder.resolve():
        raise InputError(f"--out {out}: is the folder of the data; choose another, e.g. {out / 'preview'}")
    before = read_record(out / RECORD)
    if not before and (out / "index.html").exists():
        why = "it is a page that this version did not write"
        return Intent(out, "clip", new=tuple(now), anew=("index.html",), why_anew=why)
    there = {key: mark for key, mark in before.items() if any((out / "media").glob(f"{key}.*"))}
    whole = {key for key in there if (out / "media" / f"{key}.{ending}").exists()}
    return Intent(
        out,
        "clip",
        new=tuple(key for key in now if key not in whole),
        anew=tuple(key for key in now if key in whole and there[key] != now[key]),
        gone=tuple(key for key in there if key not in now),
        kept=sum(key in whole and there[key] == mark for key, mark in now.items()),
        why_anew=f"{folder} holds others of these names",
        why_gone=f"{folder} {'does not hold them' if limit is None else f'is shown up to --limit {limit}'}",
    )


def removed_media(out: Path, intent: Intent) -> None:
    """Remove the files of clips that the page does not show any more."""
    for key in intent.gone:
        for path in (out / "media").glob(f"{key}.*"):
            path.unlink()


def keep_record(out: Path, made_from: dict[str, str]) -> None:
    """What the page was made from, beside it."""
    write_json(out / RECORD, made_from)


def _made_from(folder: Path, limit: int | None) -> dict[str, str]:
    """Digest of all that is shown of each sample, by key, in the page's order."""
    sets = [data for data in find_data(folder) if data is not None]
    if not sets:
        raise InputError(f"{folder}: no shards here; give the folder of keyfill run, render or degrade")
    rows = [{key: row.samples[key] for row in data.manifest.shards for key in row.samples} for data in sets]
    sums = lambda key: [{name: member.sha256 for name, member in of.get(key, {}).items()} for of in rows]
    return {key: digest(sums(key)) for key in sets[-1].keys()[:limit]}
