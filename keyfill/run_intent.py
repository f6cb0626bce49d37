"""What `keyfill run` would do from beginning to end, before it begins: no step may come upon something it would lose
when hours have gone into the steps before it.
"""

from __future__ import annotations

import dataclasses
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import InputError
from core.identity import digest
from core.intent import Consent, Intent
from farm.placement import Placement
from keyfill.app import Keeping
from keyfill.clips import SceneClip, intended_clips
from keyfill.finished_steps import DONE, FinishedSteps, data_digest
from keyfill.progress import clock
from keyfill.run_config import RunConfig
from pairs.manifest import HEADER, load_manifest

CLEAN, PAIRS, MODEL, PACKAGE, PAGE = "clean", "pairs", "train", "model.mlpackage", "preview"
EARLIER = "earlier"
"""Where models are that were trained on pairs of before, a numbered folder each."""


def intended_run(config: RunConfig, clips: Sequence[SceneClip], out: Path, placement: Placement) -> list[Intent]:
    """The intent of each step that would have something to do or to keep, in order; changes nothing. A slice of an
    array job is the first step alone.

    What follows rendering is told from the shards of now where rendering will not change them; where it will, what was
    made from them is made anew.
    """
    rendered = intended_clips(config, clips, out / CLEAN, placement.slice_of)
    if placement.slice_of is not None:
        return [rendered]
    degraded, grown = _pairs(config, rendered, out)
    data_changes = bool(grown or rendered.anew or rendered.gone or degraded.anew or degraded.gone)
    trained = _model(config, out, data_changes)
    return [rendered, degraded, trained, _package(out, trained), _page(out, degraded)]


def require_all(intents: Sequence[Intent], consent: Consent) -> None:
    """Raises InputError with the lines of every step that `consent` does not cover."""
    refused = []
    for intent in intents:
        try:
            intent.require(consent)
        except InputError as error:
            refused.append(str(error))
    if refused:
        raise InputError("\n".join(refused))


def _pairs(config: RunConfig, rendered: Intent, out: Path) -> tuple[Intent, bool]:
    """What becomes of the pairs when the clips are `rendered`, and whether there will be more of them."""
    from degrade.run import intended_pairs

    clips = _samples_of(out / CLEAN)
    lightings = range(config.scenes.lightings_per_clip)
    grown = [f"{clip}-light-{light:02d}" for clip in rendered.new if clip not in clips for light in lightings]
    if not (out / CLEAN / HEADER).exists():
        return Intent(out / PAIRS, "sample", new=tuple(grown)), bool(grown)
    now = intended_pairs(out / CLEAN, config.degrade, config.seed, out / PAIRS)
    there = {key for samples in _samples_of(out / PAIRS).values() for key in samples}
    of = lambda names: [key for clip in names for key in clips.get(clip, ())]
    leaving = of(rendered.gone)
    anew = [key for key in of(rendered.anew) if key in there and key not in now.to_make]
    gone = [key for key in leaving if key in there and key not in now.gone]
    changed = dataclasses.replace(
        now,
        new=(*(key for key in now.new if key not in leaving), *grown),
        anew=(*now.anew, *anew),
        gone=(*now.gone, *gone),
        kept=now.kept - len([*anew, *gone]),
        why_anew=now.why_anew if now.anew else "their clips are made anew",
        why_gone=now.why_gone if now.gone else "their clips are",
    )
    return changed, bool(grown)


def _samples_of(folder: Path) -> dict[str, list[str]]:
    """Each clip's samples, of all that the manifest in `folder` knows, whether the shard is whole or not."""
    try:
        return {key: clip["samples"] for row in load_manifest(folder).shards for key, clip in row.clips.items()}
    except InputError:
        return {}


def _model(config: RunConfig, out: Path, data_changes: bool) -> Intent:
    """A model whose pairs are others now is set aside (`set_aside`), not lost; so only another `train` section, or
    seed, makes one anew in its place."""
    from train_baseline.run_folder import CHECKPOINT, STATE
    from train_baseline.train import intended_training, trained_otherwise

    new = Intent(out / MODEL, "model", new=(CHECKPOINT,))
    name = next((name for name in (CHECKPOINT, STATE) if (out / MODEL / name).exists()), None)
    if name is None:
        return new
    if why := trained_otherwise(out / MODEL, config.train, config.seed):
        return dataclasses.replace(new, new=(), anew=(name,), why_anew=why)
    aside = dataclasses.replace(new, aside=(name,), aside_in=str(out / EARLIER))
    if data_changes or not (out / PAIRS / HEADER).exists():
        return aside
    same = intended_training(out / PAIRS, config.train, out / MODEL, config.seed)
    return aside if same.anew else same


def set_aside(out: Path) -> Path:
    """Moves the model of a run, with what was made of it, to a folder of its own, which is returned."""
    from train_baseline.export.intent import report_place

    places = (out / EARLIER / f"{number:03d}" for number in itertools.count(1))
    place = next(place for place in places if not place.exists())
    place.mkdir(parents=True)
    for there in (out / PACKAGE, report_place(out / PACKAGE), out / MODEL):  # the model last: it tells of the others
        if there.exists():
            there.rename(place / there.name)
    return place


def _package(out: Path, trained: Intent) -> Intent:
    from train_baseline.export.intent import intended_package

    package = out / PACKAGE
    if not trained.to_make:
        return intended_package(out / MODEL, package, "fp16")
    new, there = Intent(package, "package", new=(package.name,)), package.exists()
    if there and trained.aside:
        return dataclasses.replace(new, aside=new.new, aside_in=trained.aside_in)
    return dataclasses.replace(new, new=(), anew=new.new, why_anew="its model is made anew") if there else new


def _page(out: Path, degraded: Intent) -> Intent:
    from keyfill.preview.intent import intended_preview

    page = out / PAGE
    if not (out / PAIRS / HEADER).exists() or not (out / CLEAN / HEADER).exists():
        return Intent(page, "clip", new=degraded.new)
    shown = digest(data_digest(out / CLEAN), data_digest(out / PAIRS))
    if FinishedSteps(out / DONE).holds("preview", shown, page / "index.html"):
        now = Intent(page, "clip", kept=degraded.kept + len([*degraded.anew, *degraded.gone]))
    else:
        now = intended_preview(out, page)
    anew = [key for key in degraded.anew if key not in now.to_make]
    gone = [key for key in degraded.gone if key not in now.gone]
    return dataclasses.replace(
        now,
        new=(*(key for key in now.new if key not in gone), *(key for key in degraded.new if key not in now.to_make)),
        anew=(*now.anew, *anew),
        gone=(*now.gone, *gone),
        kept=now.kept - len([*anew, *gone]),
        why_anew=now.why_anew if now.anew else "their pairs are made anew",
        why_gone=now.why_gone if now.gone else "their pairs are",
    )


def tell_all(config: RunConfig, clips: Sequence[SceneClip], out: Path, placement: Placement, keeping: Keeping) -> None:
    """For --dry-run: every step's intent with its time, and the time of all; InputError where the run would stop."""
    from keyfill.item_cost import DEGRADE, EXPORT_S, PREVIEW, STORED, pixel_seconds, train_seconds
    from keyfill.plan import seconds_of

    intents = intended_run(config, clips, out, placement)
    scenes = config.scenes
    frame = scenes.frames * scenes.width * scenes.height
    per_sample = lambda each, number: (pixel_seconds(each, number * frame, placement.workers), STORED)
    times = [
        lambda intent: seconds_of(config, len(intent.to_make), out / CLEAN),
        lambda intent: per_sample(DEGRADE, len(intent.to_make)),
        lambda intent: train_seconds(config.train, out / MODEL),
        lambda intent: (EXPORT_S, STORED),
        lambda intent: per_sample(PREVIEW, len(intent.to_make)),
    ]
    total, unknown = 0.0, False
    for intent, time_of in zip(intents, times, strict=False):
        seconds, basis = time_of(intent)
        keeping.show(intent, seconds, basis)
        total += (seconds or 0.0) if intent.to_make else 0.0
        unknown |= seconds is None and bool(intent.to_make)
    print(f"all:  about {clock(total)}{', and what is not known' if unknown else ''}", file=sys.stderr)
    require_all(intents, keeping)
