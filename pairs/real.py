"""Samples of kind "real": somebody's own video with maps of person and face. They have no target."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from core.errors import InputError
from core.levels import inside
from pairs.dataset import Dataset
from pairs.shards import Sample
from pairs.video import decode, iter_frames

REAL = "real"
VIDEOS = ("source", "person", "face")
REQUIRED = ("json", *(f"{name}.mkv" for name in VIDEOS))


@dataclass(frozen=True, eq=False)
class RealClip:
    """A decoded real sample. `source` `(T, H, W, 3)` uint8 sRGB; `person` `(T, H, W)` uint8, coverage 0-255; `face`
    `(T, H, W)` bool, inside the face's outline. `info`: the sample's JSON."""

    key: str
    info: dict[str, Any]
    source: np.ndarray
    person: np.ndarray
    face: np.ndarray


def real_clip(data: Dataset, key: str) -> RealClip:
    """One sample of a folder of kind "real". InputError for another kind, or a member that is missing or damaged."""
    if data.manifest.kind != REAL:
        raise InputError(f"{data.folder}: holds {data.manifest.kind} shards, expected real ones (keyfill ingest)")
    return decode_real(data.sample(key))


def decode_real(sample: Sample) -> RealClip:
    """A sample's bytes -> `RealClip`. Raises InputError."""
    for file in REQUIRED:
        if file not in sample.members:
            raise InputError(f"{sample.key}: no member {file}")
    source, person, face = (decode(sample.members[f"{name}.mkv"], f"{sample.key}.{name}.mkv") for name in VIDEOS)
    return RealClip(sample.key, json.loads(sample.members["json"]), source, person[..., 0], inside(face[..., 0]))


def judge_real(sample: Sample, info: dict[str, Any]) -> list[str]:
    """What is wrong with a real sample: members and frames as its JSON says, not blank throughout, somebody's name and
    a licence. People's own videos may be dark, noisy or without a face: that is not a fault. Raises InputError."""
    missing = [name for name in REQUIRED if name not in sample.members]
    if missing:
        return [f"no member {missing[0]}"]
    told = info.get("real")
    if not isinstance(told, dict) or not told.get("giver") or not told.get("licence"):
        return ["its JSON does not say who gave it and under what licence"]
    if len(told.get("times_s", ())) != info["frames"]:
        return [f"its JSON has {len(told.get('times_s', ()))} times for {info['frames']} frames"]
    shape, count, spread, wrong = (info["height"], info["width"]), 0, 0.0, []
    streams = [iter_frames(sample.members[f"{name}.mkv"], f"{name}.mkv") for name in VIDEOS]
    for number, frames in enumerate(zip_longest(*streams)):
        for name, frame in zip(VIDEOS, frames, strict=True):
            if frame is None:
                return [f"{name} ended after {number} frames, the others go on"]
            if frame.shape[:2] != shape:
                is_, said = f"{frame.shape[1]}x{frame.shape[0]}", f"{shape[1]}x{shape[0]}"
                return [f"frame {number} of {name} is {is_}, its JSON says {said}"]
            if name != "source" and not (frame == frame[..., :1]).all():
                return [f"frame {number} of {name} is not grey"]
        count, spread = count + 1, max(spread, float(frames[0].std()))
    if count != info["frames"]:
        wrong.append(f"{count} frames, its JSON says {info['frames']}")
    if spread < 1:
        wrong.append("every frame is blank")
    return wrong
