"""Real clips on the preview page: the video, and what the networks take for person and face."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from pairs.dataset import Clip, Dataset
from pairs.real import real_clip

ROOM = np.array([30, 90, 200], np.float32)
"""sRGB of what is not the person, in the second picture."""
FACE = (255, 60, 40)


def real_panels(data: Dataset, key: str) -> tuple[Clip, list[tuple[str, np.ndarray]]]:
    """The clip as the page knows clips (it has no target, so its own frames stand there), and its two pictures."""
    real = real_clip(data, key)
    clip = Clip(key, real.info, real.source, real.source, real.person)
    marked = np.stack([_marked(*parts) for parts in zip(real.source, real.person, real.face, strict=True)])
    return clip, [("as it came", real.source), ("person and face", marked)]


def real_rows(info: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is known of a real clip, as sections of the page; nothing for another."""
    told = info.get("real")
    if not isinstance(told, dict):
        return {}
    given = {name: told.get(name) for name in ("giver", "licence", "source", "note") if told.get(name)}
    came = {name: value for name, value in told.get("came", {}).items() if name != "found"}
    return {"given": given, "measured": told.get("facts", {}), "how it came": came}


def _marked(frame: np.ndarray, person: np.ndarray, face: np.ndarray) -> np.ndarray:
    share = person[..., None].astype(np.float32) / 255
    shown = np.rint(frame * share + (0.4 * frame + 0.6 * ROOM) * (1 - share)).astype(np.uint8)
    outlines, _ = cv2.findContours(face.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shown, outlines, -1, FACE, max(1, frame.shape[0] // 300))
    return shown
