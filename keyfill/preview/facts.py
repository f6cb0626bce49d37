"""What is known of a clip in a word or a number each: what the page sorts, searches, counts and draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from degrade.params import DegradeParams
from keyfill.preview.real_pictures import real_facts
from pairs.record import SampleInfo

Fact = str | float | list[str] | None
"""A word, a number, or several words; None where it is not known."""

FACE = "face level, "
"""What the name of a fact begins with that is the mean luma of the face in one of the pictures."""
CHANGE = "degradation, levels"
STAGES = "degradations"

CHARTS: tuple[dict[str, Any], ...] = (
    {"title": "rooms", "facts": ["room"], "of": "words"},
    {"title": "skin tones, Monk scale", "facts": ["skin tone"], "of": "tones"},
    {"title": "level of the face, 0 to 255", "facts": [FACE], "of": "levels"},
    {"title": "degradations drawn", "facts": [STAGES], "of": "words"},
    {"title": "change by degradation, levels", "facts": [CHANGE], "of": "numbers"},
    {"title": "who gave it", "facts": ["giver"], "of": "words"},
    {"title": "noise, levels", "facts": ["noise levels"], "of": "numbers"},
    {"title": "length, seconds", "facts": ["length, s"], "of": "numbers"},
)
"""What is drawn of the whole set, where it is known: `of` says how, `facts` name it or begin its name."""


def facts_of(info: dict[str, Any], faces: Mapping[str, float | None], change: float | None) -> dict[str, Fact]:
    """Facts by name, in the order in which they are offered. `faces`: mean luma of the face, 0 to 255, by picture;
    `change`: root mean square difference that the degradation makes, in levels."""
    record = SampleInfo.from_json(info)
    found: dict[str, Fact] = {"split": record.split or None, "room": record.room}
    found["skin tone"] = record.skin_tone
    found |= {f"{FACE}{name}": level for name, level in faces.items()}
    found["key : fill"] = record.key_fill_ratio
    found["exposure, EV"] = info.get("lighting", {}).get("exposure_ev")
    if "degrade" in info:
        params = DegradeParams.from_json(info["degrade"])
        acting = [name for name, stage in params.stages() if stage.words(name.split(".")[-1], params)]
        found |= {CHANGE: change, "degradation stages": float(len(acting)), STAGES: acting}
    if record.fps:
        found["length, s"] = round(record.frames / record.fps, 3)
    found |= {"hair": record.hair_style, "clothing": record.garment, "eyes": record.eye_color}
    told = info.get("real")
    if isinstance(told, dict):
        found |= {"giver": told.get("giver"), "licence": told.get("licence")}
        found |= {name.replace("_", " "): value for name, value in real_facts(told).items()}
    return {
        name: round(float(value), 4) if isinstance(value, (int, float)) else value
        for name, value in found.items()
        if value is not None
    }
