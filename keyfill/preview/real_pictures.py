"""Real clips on the page: what the networks take for person and face, and what is known of the clip."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

ROOM = np.array([30, 90, 200], np.float32)
"""sRGB of what is not the person."""
FACE = (255, 60, 40)


def marked(frame: np.ndarray, person: np.ndarray, face: np.ndarray) -> np.ndarray:
    """`frame` `(H, W, 3)` uint8 sRGB with the room in blue, where `person` `(H, W)` uint8 coverage is low, and a red
    line around `face` `(H, W)` bool."""
    share = person[..., None].astype(np.float32) / 255
    shown = np.rint(frame * share + (0.4 * frame + 0.6 * ROOM) * (1 - share)).astype(np.uint8)
    outlines, _ = cv2.findContours(face.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(shown, outlines, -1, FACE, max(1, frame.shape[0] // 300))
    return shown


def real_rows(info: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is known of a real clip, as sections of the page; nothing for another."""
    told = info.get("real")
    if not isinstance(told, dict):
        return {}
    given = {name: told.get(name) for name in ("giver", "licence", "source", "note") if told.get(name)}
    came = {name: value for name, value in told.get("came", {}).items() if name != "found"}
    return {"given": given, "measured": real_facts(told), "how it came": came}


def real_facts(told: dict[str, Any]) -> dict[str, Any]:
    """What was measured, of a sample's `real`; of a face nothing where no frame shows one."""
    facts = told.get("facts", {})
    seen = bool(facts.get("face_found"))
    return {name: value for name, value in facts.items() if seen or name == "face_found" or "face_" not in name}


def real_summary(info: dict[str, Any]) -> dict[str, str]:
    """What a reader looks for first, in words; nothing for a clip that is not real."""
    told = info.get("real")
    if not isinstance(told, dict):
        return {}
    facts = real_facts(told)
    words = {
        "given": [("{}", told.get("giver")), ("{}", told.get("licence"))],
        "face": [
            ("in {:.0%} of the frames", facts.get("face_found")),
            ("{:.0%} of the picture's height", facts.get("face_height")),
            ("level {:.0f}", facts.get("face_luma")),
            ("sharpness {:.2f}", facts.get("face_sharpness")),
        ],
        "picture": [
            ("level {:.0f}", facts.get("frame_luma")),
            ("noise {:.1f} levels", facts.get("noise_levels")),
            ("red {:+.2f}", facts.get("cast_red_stops")),
            ("blue {:+.2f} stops", facts.get("cast_blue_stops")),
            ("{:.0f} frames lost", facts.get("lost_frames")),
        ],
    }
    rows = {
        name: ", ".join(said.format(value) for said, value in row if value is not None) for name, row in words.items()
    }
    return {name: row for name, row in rows.items() if row}
