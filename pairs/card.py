"""The data card: what a data set holds, how it was made and from what, as a page to read; and the writing of both."""

from __future__ import annotations

import json
from pathlib import Path

from core.errors import InputError
from core.files import write_json, write_text
from pairs.croissant import croissant
from pairs.manifest import ROWS, Manifest
from pairs.summary import Summary, summarise

CARD, CROISSANT = "DATA_CARD.md", "croissant.json"


def write_card(folder: Path) -> None:
    """Write `DATA_CARD.md` and `croissant.json` beside the manifest; the same shards give the same bytes.

    Raises InputError when `folder` is not a data set or a sample's JSON is damaged, WorkError when a write fails.
    """
    while True:
        before = _rows(folder)
        try:
            manifest, summary = summarise(folder)
        except InputError:
            # Jobs of an array end side by side, and one may replace a shard while another counts.
            if _rows(folder) == before:
                raise
            continue
        write_text(folder / CARD, data_card(summary))
        write_json(folder / CROISSANT, croissant(manifest, summary, folder.resolve().name))
        # The last to write must have seen every shard.
        if _rows(folder) == before:
            return


def is_described(folder: Path, manifest: Manifest) -> bool:
    """Whether card and description are there, and the description lists the shards as the manifest has them."""
    try:
        files = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))["distribution"]
        listed = {one["name"]: one["sha256"] for one in files if "sha256" in one}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return (folder / CARD).exists() and listed == {row.name: row.sha256 for row in manifest.shards}


def _rows(folder: Path) -> set[tuple[str, int]]:
    found = set()
    for path in (folder / ROWS).glob("*.json"):
        try:
            found.add((path.name, path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return found


def data_card(summary: Summary) -> str:
    """The page, Markdown."""
    total = sum(split.samples for split in summary.splits.values())
    sizes = ", ".join(f"{width}x{height} at {fps:g} frames per second" for width, height, fps in summary.sizes)
    lines = [
        "# Data card",
        "",
        f"{total} pairs of video, rendered: a person as in a video call under a room's light (source), and the same",
        f"moments under a studio key and fill light (target). {_STATE.get(summary.kind, summary.kind)}",
        "",
        f"- Picture: {sizes or 'none yet'}",
        f"- Files: {summary.shards} shards, {summary.bytes:,} bytes; members {', '.join(summary.members)}",
        f"- Finished: {summary.finished}",
        f"- Lightings that the gate left out of clips, named in `manifest/` under `dropped`: {summary.dropped}",
        f"- Clips refused or failed, in `quarantine/`: {summary.quarantined}",
        "",
        "| split | clips | pairs | frames | rooms |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {split.clips} | {split.samples} | {split.frames} | {', '.join(split.rooms) or '-'} |"
            for name, split in summary.splits.items()
        ),
        "",
        "## People",
        "",
        "Nobody in it is real: bodies are drawn from a parametric model, every clip another person.",
    ]
    if summary.tones:
        lines += [
            "",
            "| Monk skin tone | " + " | ".join(map(str, summary.tones)) + " |",
            "|---|" + "---|" * len(summary.tones),
            "| pairs | " + " | ".join(map(str, summary.tones.values())) + " |",
        ]
    lines += [
        "",
        "## How it was made",
        "",
        f"Versions: {', '.join(map(' '.join, sorted(summary.versions.items()))) or 'unknown'}.",
        "The config that made it is in `manifest.json` under `config`; what was drawn for a sample is in its own JSON.",
        "",
        "| device | pairs | seconds per frame (median) |",
        "|---|---|---|",
        *(f"| {name} | {count} | {seconds:.3g} |" for name, (count, seconds) in summary.devices.items()),
        "",
        "## Assets and licences",
        "",
        "| asset | licence | author | source |",
        "|---|---|---|---|",
        *(
            "| " + " | ".join(str(asset.get(part) or "-") for part in ("name", "licence", "author", "source")) + " |"
            for asset in summary.assets
        ),
        "",
        "## Known limits",
        "",
        "- Rendered people differ from filmed ones in skin, hair, cloth and motion; measure on real video before use.",
        "- The target's light is one kind of good light, chosen by the config, not the only one.",
        "- `keyfill verify` checks every byte against the manifest and every pair against the rules.",
        "",
    ]
    return "\n".join(lines)


_STATE = {
    "clean": "The source is as rendered: 10-bit, without the faults of a camera or a call.",
    "pairs": "The source is degraded as optics, a webcam and a call do; the parameters are in each sample's JSON.",
}
