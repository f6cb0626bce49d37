"""The picture sheet of an evaluation: the clips that gain most, middling and least, under every method."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.footage.pictures import write_picture
from core.levels import eight_bit
from pairs.dataset import Dataset
from score.fidelity.measures import inside_of
from train_baseline.evaluation.rows import INPUT, MODEL
from train_baseline.methods.base import Method, Truth

LINES, BAND = 180, 22


def chosen_clips(clips: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Three measured clips: those whose error the model lowers most, middling and least (on the subject if known)."""
    measure = "subject.rmse" if "subject.rmse" in clips[0]["rows"][MODEL] else "rmse"
    gain = lambda clip: clip["rows"][INPUT].get(measure, 0.0) - clip["rows"][MODEL].get(measure, 0.0)
    order = sorted(clips, key=gain, reverse=True)
    places = {"best": 0, "median": len(order) // 2, "worst": len(order) - 1}
    return [(f"{name}: {gain(order[at]):+.1f} levels, {order[at]['key']}", order[at]) for name, at in places.items()]


def write_sheet(path: Path, data: Dataset, clips: list[dict[str, Any]], rows: Mapping[str, Method[Any]]) -> None:
    """A JPEG: a line a clip, its middle frame under each method and the target last. Raises WorkError."""
    lines = []
    for title, measured in chosen_clips(clips):
        clip = data.clip(measured["key"])
        fps, i, pictures = clip.record.fps or 30.0, len(clip.source) // 2, {}
        for name, method in rows.items():
            session = method.session(fps)
            for n in range(i + 1):
                truth = Truth(clip.target[n], None if clip.mask is None else inside_of(clip.mask[n]))
                pictures[name] = session.correct(eight_bit(clip.source[n]), 1 / fps if n else 0.0, truth)
        pictures["target"] = clip.target[i]
        named = []
        for name, picture in pictures.items():
            error = measured["rows"].get(name, {}).get("subject.rmse", measured["rows"].get(name, {}).get("rmse"))
            named.append(_labelled(picture, name if error is None else f"{name}  {error:.1f}"))
        line = np.hstack(named)
        lines += [_label(title, line.shape[1]), line]
    write_picture(path, np.vstack(lines))


def _labelled(picture: np.ndarray, text: str) -> np.ndarray:
    width = round(picture.shape[1] * LINES / picture.shape[0])
    return np.vstack([_label(text, width), cv2.resize(picture, (width, LINES), interpolation=cv2.INTER_AREA)])


def _label(text: str, width: int) -> np.ndarray:
    band = np.full((BAND, width, 3), 24, np.uint8)
    cv2.putText(band, text, (6, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (235, 235, 235), 1, cv2.LINE_AA)
    return band
