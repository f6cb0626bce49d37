"""The preview page: a data set to look at in a browser, from a disk, without a server.

The page itself holds no clip. `set.js` has a few facts of every clip, for sorting, finding and charts; the rest of a
clip is in files of its own, which the page asks for when the clip comes into view.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import make_folder, write_text
from core.progress import Progress
from keyfill.preview.clip_files import clip_record
from keyfill.preview.facts import CHARTS, Fact
from pairs.dataset import Dataset
from pairs.manifest import HEADER

FILES = ("page.css", "elements.js", "charts.js", "player.js", "card.js", "page.js", "index.html")
"""Copied as they are; the page that loads the others comes last."""


def write_preview(folder: Path, out: Path, progress: Progress, limit: int | None = None) -> Path:
    """Write `out/index.html`, what it loads, and the files of each clip of the data set (or whole run) in `folder`;
    returns the page.

    A clip that is already there for an unchanged sample is not encoded again. Raises InputError for a folder that holds
    no data set, WorkError when ffmpeg fails.
    """
    clean, pairs = find_data(folder)
    shown = pairs or clean
    if shown is None:
        raise InputError(f"{folder}: no shards here; give the folder of keyfill run, render or degrade")
    every = shown.keys()
    keys = every[:limit]
    media = out / "media"
    make_folder(media)
    records = []
    progress(0, len(keys), "")
    for number, key in enumerate(keys):
        record = clip_record(key, clean, pairs, media)
        records.append({name: record[name] for name in ("facts", "size", "frames", "tiles")})
        progress(number + 1, len(keys), key)
    told = {"folder": str(folder), "total": len(every), "charts": CHARTS, **columns(keys, records)}
    write_text(
        out / "set.js", f"keyfill.set = {json.dumps(told, sort_keys=True, allow_nan=False, separators=(',', ':'))};\n"
    )
    for name in FILES:
        template = resources.files("keyfill.preview").joinpath(name)
        write_text(out / name, template.read_text(encoding="utf-8"))
    return out / "index.html"


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


def columns(keys: list[str], records: list[dict[str, Any]]) -> dict[str, Any]:
    """What the set's file says of all clips: a list a fact, so that no name is repeated 2,000 times."""
    names = dict.fromkeys(name for record in records for name in record["facts"])
    return {
        "keys": keys,
        "facts": [{"name": name, **_column([record["facts"].get(name) for record in records])} for name in names],
        "sizes": [record["size"] for record in records],
        "frames": [record["frames"] for record in records],
        "pictures": _column([[tile[0] for tile in record["tiles"]] for record in records]),
    }


def _column(values: list[Fact]) -> dict[str, Any]:
    """Numbers as they are; words as a list of those that occur, and each clip's places in it."""
    listed = [[value] if isinstance(value, str) else value for value in values]
    words = sorted({word for value in listed if isinstance(value, list) for word in value})
    if not words and not any(isinstance(value, list) for value in listed):
        return {"values": listed}
    place = {word: number for number, word in enumerate(words)}
    coded = [[place[word] for word in value] if isinstance(value, list) else None for value in listed]
    return {"words": words, "values": coded}
