"""Evaluation on pairs the model has not seen, whatever its method, against doing nothing, one global map and others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UnkeptError, WorkError
from core.files import write_json
from core.intent import UNASKED, Consent
from core.levels import eight_bit
from core.progress import Progress, silent
from pairs.dataset import Clip, Dataset
from score.fidelity import perceptual
from score.fidelity.measures import Meter, inside_of
from score.fidelity.perceptual import PerceptualMeter
from score.learned.judge_file import Judge
from score.learned.judging import preferred
from train_baseline import run_folder
from train_baseline.data.frames import Clips, load_frames
from train_baseline.evaluation.rows import MODEL, global_map, rows_of
from train_baseline.evaluation.sheet import write_sheet
from train_baseline.evaluation.summary import summarised
from train_baseline.methods.base import MapSession, Method, Session, Truth

MEASURES = ("rmse", "rmse_challenge", "psnr", "ssim", "ciede2000")
SUBJECT_MEASURES = ("rmse", "psnr", "ssim", "ciede2000")
VERSION = 2
FPS = 30.0
"""Of clips whose JSON does not say."""


def evaluate(
    run: Path,
    folder: Path,
    split: str = "test",
    progress: Progress = silent,
    against: Sequence[Path] = (),
    vmaf: bool = True,
    keep: bool = True,
    restore: Path | None = None,
    out: Path | None = None,
    consent: Consent = UNASKED,
    judge: Judge | None = None,
) -> dict[str, Any]:
    """Measure a trained run on every frame of a split; writes `evaluation.json` and `evaluation.jpg` (the clips that
    gain most, middling and least) into `out` (None: the run) and returns the record. On clean shards:
    `evaluation-clean.*`.

    What is there already for the same run, data and split is returned as it is. Another record of this model is
    replaced with `consent` only; one of a model that is no longer there is none. `keep` False: nothing is written.
    UnkeptError, with the record, where it cannot be written.

    Rows: `input`, `global map` (one LUT fitted on the train split by least squares), `autoadjust`, the models of the
    runs in `against` by folder name, `model`, with the restoration of the run `restore` behind it `model, restored`,
    and, with a LUT method among these, `oracle`, the LUT fitted to each frame's own target. Each clip's measures are
    kept, means are over clips; `subject.*` counts the mask alone. With a `judge`: `judge`, the probability by which it
    prefers a row to the input.
    """
    run, folder = Path(run), Path(folder)
    trained = run_folder.load(run)
    others = {Path(other).name: run_folder.load(other).method.placed() for other in against}
    inputs = {
        "version": VERSION,
        "data": run_folder.data_hash(folder),
        "split": split,
        "runs": [run_folder.checkpoint_hash(other) for other in (run, *against)],
        "names": list(others),
        "vmaf": vmaf,
        **({} if restore is None else {"restore": run_folder.checkpoint_hash(restore)}),
        **({} if judge is None else {"judge": judge.record["fingerprint"]}),
    }
    if restore is not None:
        others[f"{MODEL}, restored"] = run_folder.with_restoration(trained.method, restore, str(run)).placed()
    kind = Dataset(folder).manifest.kind
    place = (out or run) / ("evaluation-clean.json" if kind == "clean" else "evaluation.json")
    known = run_folder.read_report(place, inputs)
    if known is not None:
        return known
    if keep:
        run_folder.intended_report(place, inputs).require(consent)
    train_frames = load_frames(folder, "train", trained.config.frames, trained.config.height)
    rows = rows_of({**others, MODEL: trained.method.placed()}, global_map(train_frames))
    data, listed = Dataset(folder), Clips(folder, split, 1, 1).listed
    clips: list[dict[str, Any]] = []
    for number, one in enumerate(listed, 1):
        clip = data.clip(one.key)
        clips.append(measure_clip(replace(clip, source=eight_bit(clip.source)), rows, vmaf, judge))
        progress(number, len(listed), f"measuring {one.key}")
    result = {
        "inputs": inputs,
        "kind": kind,
        "split": split,
        "trained": trained.facts,
        **summarised(clips),
        "clips": clips,
    }
    if keep:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_sheet(place.with_suffix(".jpg"), data, clips, rows)
            write_json(place, result)
        except WorkError as error:
            raise UnkeptError(str(error), result) from error
    return result


def measure_clip(clip: Clip, rows: Mapping[str, Method[Any]], vmaf: bool, judge: Judge | None = None) -> dict[str, Any]:
    """All rows of one clip: `{"key", "clip", "monk", "frames", "rows": {row: {measure: value}}}`."""
    fps = clip.record.fps or FPS
    return {
        "key": clip.key,
        "clip": clip.record.clip or clip.key,
        "monk": clip.record.skin_tone,
        "frames": len(clip.source),
        "rows": {name: measure_row(clip, method.session(fps), vmaf, judge) for name, method in rows.items()},
    }


def measure_row(clip: Clip, session: Session, vmaf: bool, judge: Judge | None = None) -> dict[str, float]:
    """Measures of one row: whole frame, `subject.*` inside the mask, `flicker`, `vmaf` where the frame has 32 lines or
    more, and with a judge how surely it is preferred to the input.

    `flicker` is that of the correction alone, of methods that correct by a map of colours: the mean difference, in
    levels, between a frame under its own map and the same frame under the map of the frame before. Motion and noise of
    the picture do not count.
    """
    whole, subject = Meter(MEASURES), Meter(SUBJECT_MEASURES)
    fps = clip.record.fps or FPS
    jumps, shown, before, seen = list[float](), list[np.ndarray](), None, 0
    for i, (source, target) in enumerate(zip(clip.source, clip.target, strict=True)):
        inside = None if clip.mask is None else inside_of(clip.mask[i])
        elapsed_s, truth = 1 / fps if i else 0.0, Truth(target, inside)
        if isinstance(session, MapSession):
            colour_map = session.colour_map(source, elapsed_s, truth)
            corrected = colour_map(source)
            if before is not None:
                under_last = corrected if colour_map is before else before(source)
                jumps.append(float(np.abs(corrected.astype(np.int16) - under_last).mean()))
            before = colour_map
        else:
            corrected = session.correct(source, elapsed_s, truth)
        shown.append(corrected)
        whole.add(corrected, target)
        if inside is not None and inside.any():
            subject.add(corrected, target, inside)
            seen += 1
    found = {name: _finite(value) for name, value in whole.result().items()}
    if seen:
        found |= {f"subject.{name}": _finite(value) for name, value in subject.result().items()}
    if jumps:
        found["flicker"] = float(np.mean(jumps))
    if judge is not None:
        found["judge"] = preferred(judge, shown, list(clip.source))
    height, width = clip.source.shape[1:3]
    if vmaf and min(height, width) >= perceptual.SMALLEST:
        with PerceptualMeter(width, height, ("vmaf",), fps) as meter:
            for corrected, target in zip(shown, clip.target, strict=True):
                meter.add(corrected, target)
            found |= meter.result()
    return found


def _finite(value: float) -> float:
    """JSON has no infinity; equal pictures are written as 100 dB."""
    return value if math.isfinite(value) else 100.0
