"""The preview page: every pair moving side by side, what was drawn for it, and the light on the face as histograms."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg
import numpy as np

from core.colour import luminance, quantise, unit_from_levels
from core.errors import InputError, WorkError
from degrade.describe import describe
from degrade.params import DegradeParams
from keyfill.progress import Report
from pairs.dataset import Clip, Dataset
from pairs.manifest import HEADER
from pairs.record import SampleInfo

BINS = 32


def write_preview(folder: Path, out: Path, report: Report, limit: int | None = None) -> Path:
    """Write `out/index.html` and one H.264 clip per pair of the data set (or whole run) in `folder`; returns the page.

    A clip that is already there for an unchanged sample is not encoded again. Raises InputError for a folder that holds
    no data set, WorkError when ffmpeg fails.
    """
    clean, pairs = find_data(folder)
    shown = pairs or clean
    keys = shown.keys()[:limit]
    media = out / "media"
    try:
        media.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}; choose another --out") from None
    cards = []
    report(0, len(keys), "")
    for number, key in enumerate(keys):
        cards.append(_card(key, clean, pairs, media))
        report(number + 1, len(keys), key)
    page = out / "index.html"
    template = resources.files("keyfill").joinpath("preview.html").read_text(encoding="utf-8")
    record = {
        "folder": str(folder),
        "kind": "run" if clean and pairs else shown.manifest.kind,
        "cards": cards,
        "total": len(shown.keys()),
    }
    data = json.dumps(record, sort_keys=True, allow_nan=False).replace("</", "<\\/")
    temporary = page.with_name(".index.html.part")
    temporary.write_text(template.replace("/*DATA*/null", data), encoding="utf-8")
    temporary.replace(page)
    return page


def find_data(folder: Path) -> tuple[Dataset | None, Dataset | None]:
    """The clean and the pair data set of a run's folder, or the one that `folder` itself is."""
    if (folder / HEADER).exists():
        data = Dataset(folder)
        return (data, None) if data.manifest.kind == "clean" else (None, data)
    clean, pairs = folder / "clean", folder / "pairs"
    found = (
        Dataset(clean) if (clean / HEADER).exists() else None,
        Dataset(pairs) if (pairs / HEADER).exists() else None,
    )
    if found == (None, None):
        raise InputError(f"{folder}: no shards here; give the folder of keyfill run, render or degrade")
    return found


def _card(key: str, clean: Dataset | None, pairs: Dataset | None, media: Path) -> dict[str, Any]:
    panels: list[tuple[str, np.ndarray]] = []
    clip: Clip | None = None
    if clean is not None and key in clean.keys():
        clip = clean.clip(key)
        panels.append(("source", _eight_bit(clip.source)))
    if pairs is not None:
        clip = pairs.clip(key)
        panels.append(("degraded source", clip.source))
    assert clip is not None
    panels.append(("target", clip.target))
    path = media / f"{key}.mp4"
    width = encode_h264(path, np.concatenate([frames for _, frames in panels], axis=2), float(clip.info.get("fps", 30)))
    poster = media / f"{key}.jpg"
    ffmpeg.input(str(path)).output(str(poster), vframes=1, loglevel="error", **{"q:v": 3}).run(
        cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True, quiet=True
    )
    return {
        "key": key,
        "split": clip.info.get("split", ""),
        "video": f"media/{key}.mp4",
        "poster": f"media/{key}.jpg",
        "panels": [name for name, _ in panels],
        "aspect": panels[0][1].shape[2] / panels[0][1].shape[1],
        "width": width,
        "size": f"{panels[0][1].shape[2]}x{panels[0][1].shape[1]}",
        "frames": len(clip.target),
        "summary": _summary(clip.info),
        "drawn": _drawn(clip.info),
        "histograms": [
            {"name": name, **face_histogram(frames, clip.info.get("face_box"), clip.mask)} for name, frames in panels
        ],
    }


def face_histogram(frames: np.ndarray, boxes: Any, mask: np.ndarray | None) -> dict[str, Any]:
    """Share of face pixels in each of 32 bins of luma level 0-255, and their mean.

    `frames`: `(T, H, W, 3)` uint8 sRGB; `boxes`: per-frame `[x0, y0, x1, y1]` pixels or None (then the subject's mask,
    then the whole frame, stand in for the face).
    """
    levels: list[np.ndarray] = []
    for number, frame in enumerate(frames):
        keep = np.ones(frame.shape[:2], bool) if mask is None else mask[number] > 127
        box = boxes[number] if boxes and number < len(boxes) else None
        if box is not None:
            x0, y0, x1, y1 = (max(0, round(v)) for v in box)
            inside = np.zeros_like(keep)
            inside[y0:y1, x0:x1] = True
            keep &= inside
        levels.append(luminance(frame[keep]))
    values = np.concatenate(levels) if levels else np.zeros(0)
    if values.size == 0:
        return {"bins": [0.0] * BINS, "mean": None}
    counts, _ = np.histogram(values, BINS, (0, 256))
    return {"bins": [round(float(c) / values.size, 5) for c in counts], "mean": round(float(values.mean()), 1)}


def encode_h264(path: Path, frames: np.ndarray, fps: float) -> int:
    """Frames `(T, H, W, 3)` uint8 sRGB -> an H.264 file; small frames are enlarged. Returns the width."""
    height, width = frames.shape[1:3]
    scale = max(1, round(270 / height))
    process = (
        ffmpeg.input("pipe:", format="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", r=fps)
        .filter(
            "scale",
            w=width * scale // 2 * 2,
            h=height * scale // 2 * 2,
            flags="bicubic",
            out_color_matrix="bt709",
            out_range="tv",
        )
        .output(
            str(path.with_suffix(".part.mp4")),
            vcodec="libx264",
            pix_fmt="yuv420p",
            crf=16,
            preset="medium",
            movflags="+faststart",
            loglevel="error",
            colorspace="bt709",
            color_primaries="bt709",
            color_trc="bt709",
            threads=2,
            **{"map_metadata": "-1", "fflags": "+bitexact"},
        )
        .overwrite_output()
        .compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    )
    _run(process, frames, path)
    path.with_suffix(".part.mp4").replace(path)
    return width * scale // 2 * 2


def _run(command: list[str], frames: np.ndarray, path: Path) -> None:
    import subprocess

    done = subprocess.run(command, input=frames.tobytes(), capture_output=True)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise WorkError(f"{path}: ffmpeg failed: {last[0]}")


def _eight_bit(frames: np.ndarray) -> np.ndarray:
    return frames if frames.dtype == np.uint8 else quantise(unit_from_levels(frames))


def _summary(info: dict[str, Any]) -> dict[str, str]:
    """The few drawn values that a reader looks for first, in words."""
    light, record = info.get("lighting", {}), SampleInfo.from_json(info)
    rows: dict[str, list[str]] = {"room": [], "studio": [], "person": [], "degradation": []}
    if record.room is not None:
        rows["room"].append(record.room)
    if "rotation_rad" in light:
        rows["room"].append(f"turned {math.degrees(light['rotation_rad']):.0f}\u00b0")
    if "exposure_ev" in light:
        rows["room"].append(f"{light['exposure_ev']:+.1f} EV")
    if record.key_fill_ratio is not None:
        rows["studio"].append(f"key:fill {record.key_fill_ratio:.1f}")
    for name in ("key", "fill"):
        if f"{name}_temperature_k" in light:
            rows["studio"].append(f"{name} {light[f'{name}_temperature_k']:.0f} K")
    for part, said in (("hair", record.hair_style), ("clothing", record.garment), ("eyes", record.eye_color)):
        if said is not None:
            rows["person"].append(f"{part} {said}".replace("_", " "))
    if "degrade" in info:
        rows["degradation"] = describe(DegradeParams.from_json(info["degrade"]))
    return {name: ", ".join(words) for name, words in rows.items() if words}


def _drawn(info: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The sample's record as sections of short label/value rows."""
    scene = info.get("scene", {})
    sections = {
        "light": info.get("lighting", {}),
        "camera": scene.get("camera", {}),
        "person": scene.get("person", {}),
        "degradation": info.get("degrade", {}),
        "clip": {
            k: info[k]
            for k in ("fps", "frames", "width", "height", "device", "seconds_per_frame", "exposure")
            if k in info
        },
    }
    return {name: dict(_flat(record)) for name, record in sections.items() if record}


def _flat(record: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        label = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{label}.")
        elif isinstance(value, list) and len(value) > 8:
            yield label, f"{len(value)} values"
        elif isinstance(value, list):
            yield label, ", ".join(_short(v) for v in value)
        elif value is not None:
            yield label, _short(value)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
