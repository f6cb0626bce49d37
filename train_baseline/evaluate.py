"""Evaluation on pairs the model has not seen, against doing nothing, one global map, and the best any LUT could do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pairs.dataset import Clip, Dataset
from pairs.errors import InputError
from pairs.manifest import write_json
from pairs.rng import rng_for
from score.fidelity import Meter, inside_of
from train_baseline import run_folder
from train_baseline.colour_map import fit_map
from train_baseline.data import Frame, Progress, load_frames, split_of, thumbnail
from train_baseline.lut import DARK_KNOTS, apply_to_frame
from train_baseline.network import Network

MEASURES = ("rmse", "rmse_challenge", "psnr", "ssim", "ciede2000")
SUBJECT_MEASURES = ("rmse", "psnr", "ssim", "ciede2000")
GLOBAL_PIXELS = 4096
RESAMPLES = 2000

Luts = list[tuple[np.ndarray | torch.Tensor, tuple[int, ...]] | None]


def evaluate(
    run: Path,
    pairs_folder: Path,
    split: str = "test",
    progress: Progress | None = None,
    against: Sequence[Path] = (),
) -> dict[str, Any]:
    """Measure a trained run on every frame of a split; writes `evaluation.json` into the run and returns it.

    What is there already for the same run, data and split is returned as it is.

    Rows: `input` (source unchanged), `global map` (one LUT fitted on the train split by least squares), `model`, the
    models of the runs in `against` by folder name, and `oracle`, the LUT fitted to each frame's own target: what no
    single LUT can beat. Each clip's measures are kept, means are over clips; `subject.*` counts the mask alone.
    """
    run, pairs_folder = Path(run), Path(pairs_folder)
    trained = run_folder.load(run)
    of = {
        "data": run_folder.data_hash(pairs_folder),
        "split": split,
        "runs": [run_folder.checkpoint_hash(folder) for folder in (run, *against)],
        "names": [Path(other).name for other in against],
    }
    known = run_folder.read_report(run / "evaluation.json", of)
    if known is not None:
        return known
    models = {"model": trained.network} | {Path(other).name: run_folder.load(other).network for other in against}
    one_map = global_map(load_frames(pairs_folder, "train", trained.config.frames, trained.config.height))
    data = Dataset(pairs_folder, kind="pairs")
    clips: list[dict[str, Any]] = []
    total = len(data.keys())
    for number, clip in enumerate(data.clips()):
        if split_of(clip.info, clip.key) == split:
            clips.append(measure_clip(clip, models, one_map))
        if progress is not None:
            progress(number + 1, total, f"measuring {clip.key}")
    if not clips:
        raise InputError(f"{pairs_folder}: no clip of split {split!r} to evaluate on")
    result = {"of": of, "split": split, "trained": trained.facts, **summary(clips), "clips": clips}
    write_json(run / "evaluation.json", result)
    return result


def global_map(frames: Iterable[Frame]) -> torch.Tensor:
    """One LUT `(3, M, M, M)` for all frames together, from up to 4,096 evenly spaced pixels of each."""

    def pixels() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        for frame in frames:
            spots = np.linspace(0, len(frame.source) - 1, min(GLOBAL_PIXELS, len(frame.source))).astype(np.int64)
            yield frame.source[spots], frame.target[spots]

    return torch.from_numpy(fit_map(pixels()))


def measure_clip(clip: Clip, models: dict[str, Network], one_map: torch.Tensor) -> dict[str, Any]:
    """All rows of one clip: `{"key", "clip", "rows": {row: {measure: value}}}`."""
    source, target = clip.source, clip.target
    oracle = lambda i: torch.from_numpy(fit_map([(source[i].reshape(-1, 3), target[i].reshape(-1, 3))], smooth=1e-6))
    luts: dict[str, Luts] = {
        "input": [None] * len(source),
        "global map": [(one_map, DARK_KNOTS)] * len(source),
        **{name: predict_luts(network, source) for name, network in models.items()},
        "oracle": [(oracle(i), DARK_KNOTS) for i in range(len(source))],
    }
    rows = {name: measure(clip, per_frame) for name, per_frame in luts.items()}
    return {"key": clip.key, "clip": clip.info.get("clip", clip.key), "frames": len(source), "rows": rows}


@torch.no_grad()
def predict_luts(network: Network, source: np.ndarray) -> Luts:
    """The LUT of every frame `(T, H, W, 3)` uint8, each from its own thumbnail alone."""
    luts: Luts = []
    for frame in source:
        image = torch.from_numpy(thumbnail(frame)).permute(2, 0, 1)[None].float() / 255
        luts.append((network.bake(network.predict(image))[0], network.knots))
    return luts


def measure(clip: Clip, luts: Luts) -> dict[str, float]:
    """Measures of one row: whole frame, `subject.*` inside the mask, and `flicker`.

    `flicker` is that of the correction alone: the mean difference, in levels, between a frame under its own LUT and
    the same frame under the LUT of the frame before. Motion and noise of the picture do not count.
    """
    whole, subject = Meter(MEASURES), Meter(SUBJECT_MEASURES)
    jumps = []
    seen = 0
    for i, (source, target) in enumerate(zip(clip.source, clip.target, strict=True)):
        corrected = _apply(luts[i], source)
        whole.add(corrected, target)
        if clip.mask is not None and (inside := inside_of(clip.mask[i])).any():
            subject.add(corrected, target, inside)
            seen += 1
        if i:
            before = corrected if luts[i] is luts[i - 1] else _apply(luts[i - 1], source)
            jumps.append(float(np.abs(corrected.astype(np.int16) - before).mean()))
    found = {name: _finite(value) for name, value in whole.result().items()}
    if seen:
        found |= {f"subject.{name}": _finite(value) for name, value in subject.result().items()}
    if jumps:
        found["flicker"] = float(np.mean(jumps))
    return found


def _apply(lut: tuple[np.ndarray | torch.Tensor, tuple[int, ...]] | None, frame: np.ndarray) -> np.ndarray:
    return frame if lut is None else apply_to_frame(lut[0], frame, lut[1])


def _finite(value: float) -> float:
    """JSON has no infinity; equal pictures are written as 100 dB."""
    return value if math.isfinite(value) else 100.0


def summary(clips: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over clips for each row, how much of the way to the oracle the model goes, its lead over the global map."""
    names = list(clips[0]["rows"])
    rows = {}
    for name in names:
        measures = clips[0]["rows"][name]
        rows[name] = {
            measure: float(np.mean([clip["rows"][name][measure] for clip in clips if measure in clip["rows"][name]]))
            for measure in measures
        }
    return {
        "rows": rows,
        "closed": {name: closed(rows, name) for name in ("rmse", "subject.rmse") if name in rows["input"]},
        "lead_over_global_map": {
            name: interval(clips, name) for name in ("rmse", "subject.rmse") if name in rows["input"]
        },
    }


def closed(rows: dict[str, dict[str, float]], measure: str) -> float | None:
    """Share of the way from input to oracle that the model goes; None where there is no way to go."""
    way = rows["input"][measure] - rows["oracle"][measure]
    return (rows["input"][measure] - rows["model"][measure]) / way if way > 0 else None


def interval(clips: list[dict[str, Any]], measure: str) -> dict[str, float]:
    """By how many levels the model's error is below the global map's: mean and 95% interval.

    Bootstrap over traced clips, 2,000 times: lightings of one clip share a person and count as one draw.
    """
    groups: dict[str, list[float]] = {}
    for clip in clips:
        if measure in clip["rows"]["model"]:
            gap = clip["rows"]["global map"][measure] - clip["rows"]["model"][measure]
            groups.setdefault(clip["clip"], []).append(gap)
    sums = np.array([sum(gaps) for gaps in groups.values()])
    counts = np.array([len(gaps) for gaps in groups.values()])
    picks = rng_for(0, "evaluate", "bootstrap").integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[picks].sum(1) / counts[picks].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(sums.sum() / counts.sum()), "low": float(low), "high": float(high), "clips": len(sums)}


COLUMNS = {
    "rmse": ("RMSE", 2),
    "rmse_challenge": ("RMSE/128", 4),
    "psnr": ("PSNR dB", 2),
    "ssim": ("SSIM", 4),
    "ciede2000": ("dE00", 2),
    "flicker": ("flicker", 3),
    "subject.rmse": ("subject RMSE", 2),
    "subject.psnr": ("subject PSNR", 2),
    "subject.ciede2000": ("subject dE00", 2),
}


def table(result: dict[str, Any]) -> list[list[str]]:
    """An evaluation as lines of text cells for printing; the first line is the header, the first cell a row's name."""
    rows = result["rows"]
    columns = [name for name in COLUMNS if name in rows["model"]]
    lines = [["", *(COLUMNS[name][0] for name in columns)]]
    for name, values in rows.items():
        lines.append([name, *(f"{values[c]:.{COLUMNS[c][1]}f}" if c in values else "-" for c in columns)])
    return lines
