"""Which gestures bring a hand into the frame: drawn from a generator into plain records that `scenes.hands` carries
out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# How far the fingers are bent, radians at the middle joint.
SHAPES = {"open": 0.05, "relaxed": 0.3, "pinch": 0.55, "point": 0.9}
_PLACES = {
    # Wrist from between the eyes, metres: out from the middle, towards the camera, up; for a head of average height.
    "talk": ((0.06, 0.14), (0.2, 0.28), (-0.36, -0.3)),
    "explain": ((0.1, 0.17), (0.2, 0.28), (-0.32, -0.25)),
    "wave": ((0.2, 0.26), (0.14, 0.2), (-0.25, -0.18)),
}


def draw_gestures(seconds: float, rng: np.random.Generator) -> list[dict[str, Any]]:
    """One to three gestures of one hand, now and then of both; the first comes early enough to be seen."""
    uniform = lambda low, high: round(float(rng.uniform(low, high)), 4)
    gestures = []
    t = float(rng.uniform(-0.5, 0.35 * seconds))
    side = "R" if rng.random() < 0.7 else "L"
    while t < seconds - 0.8 and len(gestures) < 3:
        kind = str(rng.choice(["talk", "explain", "wave"], p=[0.5, 0.35, 0.15]))
        lasts = uniform(1.6, 3.2)
        sides = "LR" if kind != "wave" and rng.random() < 0.35 else side
        for which in sides:
            gestures.append(
                {
                    "kind": kind, "side": which, "start": round(t, 4), "stop": round(t + lasts, 4),
                    "reach": uniform(0.5, 0.75), "place": [uniform(*pair) for pair in _PLACES[kind]],
                    "hertz": uniform(1.6, 2.4) if kind == "wave" else uniform(0.7, 1.5),
                    "swing": uniform(0.15, 0.3) if kind == "wave" else uniform(0.01, 0.03), "phase": uniform(0, 6.28),
                    "twist": uniform(-0.3, 0.5), "shape": "open" if kind == "wave" else str(rng.choice(list(SHAPES))),
                }
            )  # fmt: skip
        t += lasts + float(rng.uniform(0.6, 1.5))
    return gestures
