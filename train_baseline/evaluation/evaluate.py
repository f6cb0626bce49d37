"""Evaluation on pairs the model has not seen, against doing nothing, one global map, and the best any LUT could do."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import InputError
from core.files import write_json
from pairs.dataset import Clip, Dataset, decode_sample
from score.fidelity import perceptual
from score.fidelity.measures import Meter, inside_of
from score.fidelity.perceptual import PerceptualMeter
from train_baseline import run_folder
from train_baseline.data.batches import Progress, eight_bit, load_frames, split_of
from train_baseline.evaluation.rows import MODEL, Map, global_map, maps_of
from train_baseline.evaluation.sheet import write_sheet
from train_baseline.evaluation.summary import summary, table

MEASURES = ("rmse", "rmse_challenge", "psnr", "ssim", "ciede2000")
SUBJECT_MEASURES = ("rmse", "psnr", "ssim", "ciede2000")
VERSION = 2
__all__ = ["evaluate", "table"]


def evaluate(
    run: Path,
    folder: Path,
    split: str = "test",
    progress: Progress | None = None,
    against: Sequence[Path] = (),
    vmaf: bool = True,
) -> dict[str, Any]:
    """Measure a trained run on every frame of a split; writes `evaluation.json` and `evaluation.jpg` (the clips that
    gain most, middling and least) into the run and returns the record. On clean shards: `evaluation-clean.*`.

    What is there already for the same run, data and split is returned as it is.

    Rows: `input`, `global map` (one LUT fitted on the train split by least squares), `autoadjust`, the models of the
    runs in `against` by folder name, `model`, and `oracle`, the LUT fitted to each frame's own target. Each clip's
    measures are kept, means are over clips; `subject.*` counts the mask alone.
    """
    run, folder = Path(run), Path(folder)
    trained = run_folder.load(run)
    others = {Path(other).name: run_folder.load(other).network for other in against}
    of = {
        "version": VERSION,
        "data": run_folder.data_hash(folder),
        "split": split,
        "runs": [run_folder.checkpoint_hash(other) for other in (run, *against)],
        "names": list(others),
        "vmaf": vmaf,
    }
    kind = Dataset(folder).manifest.kind
    out = run / ("evaluation-clean.json" if kind == "clean" else "evaluation.json")
    known = run_folder.read_report(out, of)
    if known is not None:
        return known
    models = {**others, MODEL: trained.network}
    one_map = global_map(load_frames(folder, "train", trained.config.frames, trained.config.height))
    data = Dataset(folder)
    clips: list[dict[str, Any]] = []
    total = len(data.keys())
    for number, sample in enumerate(data.samples()):
        if split_of(json.loads(sample.members["json"]), sample.key) == split:
            clip = eight_bit(decode_sample(sample))
            clips.append(measure_clip(clip, maps_of(clip, models, one_map), vmaf))
        if progress is not None:
            progress(number + 1, total, f"measuring {sample.key}")
    if not clips:
        raise InputError(f"{folder}: no clip of split {split!r} to evaluate on")
    result = {"of": of, "kind": kind, "split": split, "trained": trained.facts, **summary(clips), "clips": clips}
    write_sheet(out.with_suffix(".jpg"), data, clips, lambda clip: maps_of(clip, models, one_map))
    write_json(out, result)
    return result


def measure_clip(clip: Clip, maps: dict[str, list[Map]], vmaf: bool) -> dict[str, Any]:
    """All rows of one clip: `{"key", "clip", "monk", "frames", "rows": {row: {measure: value}}}`."""
    rows = {name: measure(clip, per_frame, vmaf) for name, per_frame in maps.items()}
    return {
        "key": clip.key,
        "clip": clip.info.get("clip", clip.key),
        "monk": clip.record.skin_tone,
        "frames": len(clip.source),
        "rows": rows,
    }


def measure(clip: Clip, maps: list[Map], vmaf: bool) -> dict[str, float]:
    """Measures of one row: whole frame, `subject.*` inside the mask, `flicker`, and `vmaf` where the frame has 32
    lines or more.

    `flicker` is that of the correction alone: the mean difference, in levels, between a frame under its own map and
    the same frame under the map of the frame before. Motion and noise of the picture do not count.
    """
    whole, subject = Meter(MEASURES), Meter(SUBJECT_MEASURES)
    jumps, shown = [], []
    seen = 0
    for i, (source, target) in enumerate(zip(clip.source, clip.target, strict=True)):
        corrected = maps[i](source)
        shown.append(corrected)
        whole.add(corrected, target)
        if clip.mask is not None and (inside := inside_of(clip.mask[i])).any():
            subject.add(corrected, target, inside)
            seen += 1
        if i:
            before = corrected if maps[i] is maps[i - 1] else maps[i - 1](source)
            jumps.append(float(np.abs(corrected.astype(np.int16) - before).mean()))
    found = {name: _finite(value) for name, value in whole.result().items()}
    if seen:
        found |= {f"subject.{name}": _finite(value) for name, value in subject.result().items()}
    if jumps:
        found["flicker"] = float(np.mean(jumps))
    height, width = clip.source.shape[1:3]
    if vmaf and min(height, width) >= perceptual.SMALLEST:
        with PerceptualMeter(width, height, ("vmaf",), float(clip.info.get("fps", 30.0))) as meter:
            for corrected, target in zip(shown, clip.target, strict=True):
                meter.add(corrected, target)
            found |= meter.result()
    return found


def _finite(value: float) -> float:
    """JSON has no infinity; equal pictures are written as 100 dB."""
    return value if math.isfinite(value) else 100.0
