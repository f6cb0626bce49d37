"""What was drawn for a sample, in words and as rows of labels and values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from degrade.params import DegradeParams
from keyfill.preview.real_pictures import real_rows, real_summary
from pairs.one_shape import NONE
from pairs.record import SampleInfo


def short_facts(info: dict[str, Any]) -> dict[str, str]:
    """The few drawn values that a reader looks for first, in words."""
    light, record = info.get("lighting", {}), SampleInfo.from_json(info)
    rows: dict[str, list[str]] = {"room": [], "studio": [], "person": [], "degradation": []}
    if record.room is not None:
        rows["room"].append(record.room)
    if "rotation_rad" in light:
        rows["room"].append(f"turned {math.degrees(light['rotation_rad']):.0f}\u00b0")
    if "exposure_ev" in light:
        rows["room"].append(f"{light['exposure_ev']:+.1f} EV")
    courses = light.get("over_time", {}).get("courses", [])
    if changes := sorted({course["why"] for course in courses} - {"", NONE}):
        rows["room"].append(f"light changes: {' and '.join(changes)}")
    if record.key_fill_ratio is not None:
        rows["studio"].append(f"key:fill {record.key_fill_ratio:.1f}")
    for name in ("key", "fill"):
        if f"{name}_temperature_k" in light:
            rows["studio"].append(f"{name} {light[f'{name}_temperature_k']:.0f} K")
    if record.skin_tone is not None:
        rows["person"].append(f"skin tone {record.skin_tone:.1f} of 10")
    for part, said in (("hair", record.hair_style), ("clothing", record.garment), ("eyes", record.eye_color)):
        if said is not None:
            rows["person"].append(f"{part} {said}".replace("_", " "))
    if "degrade" in info:
        rows["degradation"] = DegradeParams.from_json(info["degrade"]).words()
    return {**{name: ", ".join(words) for name, words in rows.items() if words}, **real_summary(info)}


def drawn(info: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The sample's record as sections of short label/value rows."""
    scene = info.get("scene", {})
    sections = {
        "light": info.get("lighting", {}),
        "camera": scene.get("camera", {}),
        "person": scene.get("person", {}),
        "degradation": info.get("degrade", {}),
        **real_rows(info),
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
        if _is_nothing(value):
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{label}.")
        elif isinstance(value, list) and len(value) > 8:
            yield label, f"{len(value)} values"
        elif isinstance(value, list):
            yield label, ", ".join(_short(v) for v in value)
        else:
            yield label, _short(value)


def _is_nothing(value: Any) -> bool:
    """Whether a record or a list stands for one that is not there (`pairs.one_shape`)."""
    if isinstance(value, dict):
        return all(_is_nothing(one) or one in (0, "", NONE) for one in value.values())
    return value is None or (isinstance(value, list) and all(one in ("", NONE) or _is_nothing(one) for one in value))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_short(one) for one in value.values())
    if isinstance(value, list) and len(value) > 8:
        return f"{len(value)} values"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
