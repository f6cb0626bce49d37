"""What a run's scenes show, counted without building or rendering: skin tone, age, hair, clothing, camera, light."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from scenes.motion.record import Excerpt, Motion
from scenes.person_record import Hair
from scenes.spec import EYES_M, FACE_M, Scene

_BINS: dict[str, tuple[float, ...]] = {
    "skin tone (Monk)": tuple(x + 0.5 for x in range(11)),
    "age, years": (0, 30, 40, 50, 60, 70, 200),
    "field of view, degrees": (0, 60, 65, 70, 75, 180),
    "distance, m": (0, 0.5, 0.6, 0.7, 0.8, 10),
    "face, of the frame's height": (0, 0.2, 0.3, 0.4, 0.5, 0.6, 10),
    "camera over the eyes, degrees": (-90, -10, -4, 4, 10, 90),
    "key light from, degrees": (-180, -40, 0, 40, 180),
    "room turned by, degrees": tuple(range(0, 361, 45)),
    "key to fill": (0, 1.5, 2, 2.5, 100),
    "exposure of the room, stops": (-9, -0.9, -0.5, 0, 9),
}


def traits(scene: Scene) -> dict[str, Any]:
    """What is counted of one scene: numbers for `_BINS`, names for the rest."""
    person, camera, light = scene.person, scene.camera, scene.lightings[0]
    above = camera.position_m[2] - EYES_M[2]
    glasses, worn, beard, motion = person.glasses, person.headphones, person.beard, scene.motion
    return {
        "skin tone (Monk)": person.skin.monk,
        "age, years": person.years,
        "sex": "female" if person.female else "male",
        "origin (strongest)": max(("african", "asian", "caucasian"), key=lambda name: getattr(person.phenotype, name)),
        "hair": person.hair.style,
        "hair colour": _hair_colour(person.hair),
        "beard": beard.style if beard else "none",
        "eyes": person.eyes.colour,
        "clothing": person.clothing.kind,
        "glasses": glasses.rim if glasses else "none",
        "headphones": worn.kind if worn else "none",
        "talking": "performance" if isinstance(motion, Excerpt) else ("no", "yes")[motion.talking],
        "hands": "yes" if isinstance(motion, Motion) and motion.gestures else "no",
        "field of view, degrees": math.degrees(camera.hfov_rad),
        "distance, m": camera.focus_m,
        "face, of the frame's height": _face_height(scene),
        "camera over the eyes, degrees": math.degrees(math.atan2(above, camera.focus_m)),
        "key light from, degrees": math.degrees(scene.studio.key.azimuth_rad),
        "key to fill": light.key_fill_ratio,
        "room": light.hdri,
        "room turned by, degrees": math.degrees(light.rotation_rad) % 360,
        "exposure of the room, stops": light.exposure_ev,
        "desk lamp": "on" if light.desk_lamp_gain else "off",
        "light changes": " and ".join(sorted({row.why for row in light.over_time.courses}))
        if light.over_time
        else "no",
    }


def _face_height(scene: Scene) -> float:
    frame_m = 2 * scene.camera.focus_m * math.tan(scene.camera.hfov_rad / 2) * scene.height / scene.width
    return FACE_M / frame_m


def _hair_colour(hair: Hair) -> str:
    if hair.grey > 0.5:
        return "grey"
    melanin = hair.melanin / max(1 - hair.grey, 0.5)
    if hair.redness > 0.65 and melanin < 0.75:
        return "red"
    return ("blond", "brown", "black")[int(np.digitize(melanin, (0.4, 0.78)))]


def scene_stats(scenes: Iterable[Scene]) -> dict[str, dict[str, int]]:
    """Counts per trait and bin or name. Bins with no scene are there with 0."""
    rows = [traits(scene) for scene in scenes]
    table: dict[str, dict[str, int]] = {}
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        if name in _BINS:
            edges = _BINS[name]
            counts = np.histogram(values, edges)[0]
            table[name] = {_label(name, a, b): int(n) for a, b, n in zip(edges, edges[1:], counts, strict=False)}
        else:
            table[name] = dict(sorted(Counter(values).items()))
    return table


def _label(name: str, low: float, high: float) -> str:
    if "Monk" in name:
        return f"{low + 0.5:g}"
    return f"{low:g} to {high:g}"


def lines(table: dict[str, dict[str, int]]) -> list[str]:
    """The table as text, one trait a line."""
    width = max((len(name) for name in table), default=0)
    return [f"{name:{width}}  " + ", ".join(f"{k} {n}" for k, n in row.items()) for name, row in table.items()]
