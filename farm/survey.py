"""What a folder holds of a plan before anything is touched: what stays, what is to be made, what would be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.intent import NOT_THERE, Intent, differences, in_words
from farm.clip_work import ClipWork, begun_for
from farm.shard_plan import Compared, PlannedClip, PlannedShard, ShardFolder
from farm.verdicts import Verdicts
from pairs.layers import FOLDER, layer_faults
from pairs.manifest import load_header
from pairs.shards import ShardRow, read_member

WORK = "work"
COUNTS = ("scenes.train_clips", "scenes.test_clips")
NO_PIXELS = ("shards.", "rooms.", "render.threads", "render.device", *COUNTS)
"""Keys that make no clip another one."""
EARLIER = "of an earlier state of the config or of the files that it names"


@dataclass(frozen=True)
class Survey:
    """`in_place`: clips in shards that stay; `refused`: by the gate, with the reason, not tried again; `waiting`:
    finished in the work folder; `elsewhere`: in a shard that goes, to be taken from there; `to_make`: all others.
    `outdated`: names of shards that hold clips another gate had its say in, or whose kept layers are gone."""

    compared: Compared
    in_place: set[str]
    refused: dict[str, str]
    waiting: set[str]
    elsewhere: dict[str, ShardRow]
    to_make: list[PlannedClip]
    outdated: set[str]


def survey(
    out: Path,
    shards: Sequence[PlannedShard],
    all_names: set[str],
    sliced: bool,
    recheck: bool,
    verdicts: Verdicts,
    thorough: bool = False,
) -> Survey:
    """What is there of `shards`, those of the plan or of its slice; changes nothing. `all_names`: of the whole plan;
    `thorough`: clips that are to be taken from a shard are read to the last byte, as whoever takes them will."""
    compared = ShardFolder(out).compare(shards, all_names, sliced, recheck)
    sources = {key: row for row in compared.aside for key in row.clips}
    found = Survey(compared, set(), {}, set(), {}, [], set())
    for shard in shards:
        there = compared.valid[shard.name].clips if shard.name in compared.valid else {}
        standing = {
            key for key, facts in there.items() if verdicts.still_valid(facts) and _has_layers(out, key, facts, recheck)
        }
        if len(standing) < len(there):
            found.outdated.add(shard.name)
        for clip in shard.clips:
            if clip.key in standing:
                found.in_place.add(clip.key)
            elif (reason := verdicts.refusal(clip)) is not None:
                found.refused[clip.key] = reason
            elif ClipWork(out / WORK, clip.key, clip.identity, verdicts).ready():
                found.waiting.add(clip.key)
            elif (
                clip.key in sources
                and is_wanted(clip, sources[clip.key], verdicts)
                and (not thorough or _reads(out / sources[clip.key].name, sources[clip.key], clip.key))
            ):
                found.elsewhere[clip.key] = sources[clip.key]
            else:
                found.to_make.append(clip)
    return found


def _has_layers(out: Path, key: str, facts: dict[str, Any], recheck: bool) -> bool:
    """Whether the light layers that a clip was to keep, if any, are there; `recheck`: to the last byte."""
    kept = facts.get("layers")
    return kept is None or not layer_faults(out / FOLDER / key, str(kept.get("sha256")), recheck)


def is_wanted(clip: PlannedClip, row: ShardRow, verdicts: Verdicts) -> bool:
    """Whether a row's clip of this key is this very clip, and no other gate had its say in it."""
    facts = row.clips[clip.key]
    return facts.get("identity") == clip.identity and verdicts.still_valid(facts)


def intent_of(
    found: Survey,
    out: Path,
    planned: Mapping[str, PlannedClip],
    sliced: bool,
    verdicts: Verdicts,
    header: dict[str, Any],
) -> Intent:
    """What a run with the survey `found` would do; `planned`: every clip of the whole plan by key, `header` what the
    run would write of itself into the manifest.

    Clips that are made again because their shard or what it holds is damaged lose nothing: they are new.
    """
    to_make = {clip.key: clip for clip in found.to_make}
    changed: set[str] = set()
    gone: set[str] = set()
    for row in [*found.compared.aside, *(row for name, row in found.compared.valid.items() if name in found.outdated)]:
        for key in row.clips:
            if key in found.in_place or key in found.waiting or key in found.elsewhere:
                continue
            if key not in planned:
                gone.add(key)
            elif key in to_make and is_wanted(to_make[key], row, verdicts):
                continue
            else:  # another clip of this name, or one of another slice, which its shard's new file would not hold
                changed.add(key)
    for folder in (out / WORK).glob("*"):
        key = folder.name
        if key in to_make and begun_for(folder) not in (None, to_make[key].identity):
            changed.add(key)
        elif key not in planned and not sliced and begun_for(folder) is not None:
            gone.add(key)
    differing = _differing(out, header)
    pixels = {key: said for key, said in differing.items() if not key.startswith(NO_PIXELS)}
    layout = {key: said for key, said in differing.items() if key.startswith("shards.")}
    counts = {key: said for key, said in differing.items() if key in COUNTS}
    return Intent(
        out,
        "clip",
        new=tuple(key for key in to_make if key not in changed),
        anew=tuple(sorted(changed)),
        gone=tuple(sorted(gone)),
        kept=len(found.in_place | found.waiting) + len(found.elsewhere),
        why_anew=in_words(pixels or layout or counts, EARLIER) + _advice(pixels, out),
        why_gone=in_words(counts, EARLIER),
    )


def _reads(path: Path, row: ShardRow, key: str) -> bool:
    try:
        for sample in row.clips[key]["samples"]:
            for name in row.samples.get(sample, ()):
                read_member(path, row, sample, name, cut=True)
    except InputError:
        return False
    return True


def _differing(out: Path, header: dict[str, Any]) -> dict[str, str]:
    """What the run's header says otherwise than the one that is there; keys that an older version did not have are told
    only where nothing else is."""
    try:
        before = load_header(out)[1]
    except InputError:
        return {}
    parts = lambda data: {name: data[name] for name in ("config", "versions") if name in data}
    old, now = parts(before), parts(header)
    changed = differences(old, now)
    known = {key: said for key, said in changed.items() if not said.startswith(NOT_THERE)}
    return {key.removeprefix("config."): said for key, said in (known or changed).items()}


def _advice(differing: Mapping[str, str], out: Path) -> str:
    if "versions.code" not in differing:
        return ""
    code = json.dumps(load_header(out)[1].get("versions", {}).get("code", ""))
    # in quotes, as its digits may read as a number
    return f" (the rendering code is another; to go on with what is there: --set 'farm.code={code}')"
