"""The challenge's twelve scores of enhanced videos over their inputs, from the video files, with weights of the
user's."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import footage
from core.errors import InputError
from core.files import write_json
from core.identity import file_digest
from core.progress import Progress, silent
from score.challenge import UNSUPERVISED, write_unsupervised
from score.fidelity.footage import videos_in
from score.learned.dover import (
    Dover,
    fragments_of,
    frames_for_dover,
    fused,
    load_dover,
    seen_by_dover,
    whole_of,
)
from score.learned.threads import one_thread
from score.learned.vqa import Vqa, given_to_vqa, load_vqa

RECORD = "unsupervised.json"
UNMEASURED = 0.5
"""The technical score that the network is told of both sides where none is measured."""


def score_folder(
    enhanced: Path,
    inputs: Path,
    weights: Path,
    dover: Path | None,
    out: Path,
    frames: int = 8,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Score every video of a folder over the input of its name; writes `unsupervised.json` and, where the technical
    score was measured, `metrics_unsupervised.csv` into `out`; returns the record. A video that cannot be scored is
    named in it and the others go on; then there is no table, for it would lack a row. InputError: weights that do not
    fit, a video without an input, or none that can be scored."""
    network, technical = load_vqa(weights), None if dover is None else load_dover(dover)
    videos, given = videos_in(enhanced), videos_in(inputs)
    for name, video in videos.items():
        if name not in given:
            raise InputError(f"{video}: {inputs} has no video {name}; give each its input, under the same name")
    found: dict[str, dict[str, Any]] = {}
    faults = []
    for done, (name, video) in enumerate(videos.items(), 1):
        try:
            with one_thread():
                found[name] = score_video(network, technical, video.path, given[name].path, name, frames, seed)
        except InputError as error:
            faults.append(str(error))
        progress(done, len(videos), name)
    if not found:
        raise InputError(f"{enhanced}: no video could be scored: {faults[0]}")
    record: dict[str, Any] = {
        "videos": found, "left_out": faults, "frames": frames, "seed": seed,
        "colour": {"vqa": "BGR, (level - 128) / 128", "dover": "RGB, mean and spread of ImageNet"},
        "weights": {"vqa": file_digest(weights), "dover": None if dover is None else file_digest(dover)},
        "version": importlib.metadata.version("keyfill"),
    }  # fmt: skip
    if faults:
        record["table"] = f"{UNSUPERVISED}: not written, {len(faults)} videos could not be scored"
    elif technical is None:
        record["table"] = (
            f"{UNSUPERVISED}: not written: the technical score is not measured (--dover); the network was told "
            f"{UNMEASURED} of both sides, so these are not the challenge's scores"
        )
    else:
        table = {
            name: (row["p"], *(min(max(value, 0.0), 1.0) for value in row["auxiliary"])) for name, row in found.items()
        }
        low = sum(value < 0 for row in found.values() for value in row["auxiliary"])
        write_unsupervised(out / UNSUPERVISED, table)
        record["table"] = f"{out / UNSUPERVISED}: {len(table)} videos" + (
            f"; {low} scores below 0 stand as 0" if low else ""
        )
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / RECORD, record)
    return record


def score_video(
    network: Vqa, technical: Dover | None, enhanced: Path, given: Path, name: str, frames: int, seed: int
) -> dict[str, Any]:
    """p in both orders and the eleven scores of the enhanced video and of its input, each the mean over `frames`
    frames; `technical`: DOVER's score of both, None where it is not measured. InputError: damaged, or sizes or lengths
    differ."""
    counts = [_count(path) for path in (enhanced, given)]
    if counts[0] != counts[1]:
        raise InputError(f"{enhanced}: {counts[0]} frames, {given} has {counts[1]}; give the videos of one moment")
    places = np.unique(np.linspace(0, counts[0] - 1, frames).round().astype(int))
    with torch.no_grad():
        d = (
            None
            if technical is None
            else [_technical(technical, path, counts[0], name, seed) for path in (enhanced, given)]
        )
        told = torch.tensor([[UNMEASURED] * 2 if d is None else d])
        rows = []
        for one, other in zip(_frames(enhanced, places), _frames(given, places), strict=True):
            if one.shape != other.shape:
                sizes = [f"{picture.shape[1]}x{picture.shape[0]}" for picture in (one, other)]
                raise InputError(f"{enhanced}: is {sizes[0]}, {given} is {sizes[1]}; give videos of one size")
            if min(one.shape[:2]) < 16:
                raise InputError(f"{enhanced}: is {one.shape[1]}x{one.shape[0]}, expected at least 16x16")
            seen = [
                torch.cat([network.seen(given_to_vqa(_tensor(picture)[None])), told[:, side : side + 1]], 1)
                for side, picture in enumerate((one, other))
            ]
            found, back = network.judged(seen[0], seen[1]), network.judged(seen[1], seen[0])
            rows.append([float(found.p), float(back.p), *found.first[0].tolist(), *found.second[0].tolist()])
    mean = np.mean(rows, 0)
    return {
        "p": float(mean[0]), "p_swapped": float(mean[1]), "auxiliary": mean[2:13].tolist(),
        "auxiliary_input": mean[13:].tolist(), "frames": len(rows),
        "technical": None if d is None else {"enhanced": d[0], "input": d[1]},
    }  # fmt: skip


def _technical(network: Dover, path: Path, count: int, name: str, seed: int) -> float:
    clips, spread = frames_for_dover(count, name, seed)
    fragments = []
    for number, places in enumerate(clips):
        kept = dict(zip(np.unique(places).tolist(), _frames(path, np.unique(places)), strict=True))
        frames = torch.stack([fragments_of(_tensor(kept[int(i)])[None], name, seed, number)[0] for i in places])
        fragments.append(seen_by_dover(frames))
    kept = dict(zip(np.unique(spread).tolist(), _frames(path, np.unique(spread)), strict=True))
    whole = seen_by_dover(torch.cat([whole_of(_tensor(kept[int(i)])[None]) for i in spread]))
    return float(fused(network(torch.cat(fragments), whole)))


def _tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1).float() / 255


def _frames(path: Path, places: np.ndarray) -> Iterator[np.ndarray]:
    """Frames `(H, W, 3)` uint8 of a video by their rising numbers."""
    wanted = set(places.tolist())
    with footage.Footage(path) as opened:
        for number, (_, picture) in enumerate(opened):
            if number in wanted:
                yield picture


def _count(path: Path) -> int:
    with footage.Footage(path) as opened:
        count = len(opened.stamps())
    if opened.cut or opened.damaged:
        raise InputError(f"{path}: {opened.notes[-1]}; give whole videos")
    return count
