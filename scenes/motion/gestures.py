"""Which gestures bring a hand into the frame: drawn from a generator into records that
`scenes.motion.hands` carries out.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from core.ranges import any_of, choice, uniform
from scenes.motion.config import GesturesConfig
from scenes.motion.record import Gesture, HandShape, Side

# How far the fingers are bent, radians at the middle joint.
SHAPES: dict[HandShape, float] = {"open": 0.05, "relaxed": 0.3, "pinch": 0.55, "point": 0.9}
# What begins later would hardly be seen.
_LEAST_S = 0.8
# Anywhere in a turn.
ANY_PHASE = (0.0, 6.28)


def draw_gestures(config: GesturesConfig, seconds: float, rng: np.random.Generator) -> tuple[Gesture, ...]:
    """A few gestures of one hand, now and then of both; the first comes early enough to be seen."""
    drawn = lambda pair: round(uniform(rng, pair), 4)
    gestures: list[Gesture] = []
    t = float(rng.uniform(config.earliest_s, config.latest * seconds))
    side: Side = "R" if rng.random() < config.right else "L"
    while t < seconds - _LEAST_S and len(gestures) < config.most:
        kind = choice(rng, config.kinds)
        like = getattr(config, kind)
        lasts = drawn(config.lasts_s)
        both = kind != "wave" and rng.random() < config.both
        for which in get_args(Side) if both else (side,):
            gestures.append(
                Gesture(
                    kind=kind, side=which, start=round(t, 4), stop=round(t + lasts, 4), reach=drawn(config.reach_s),
                    place=(drawn(like.out_m), drawn(like.forward_m), drawn(like.up_m)),
                    hertz=drawn(like.hertz), swing=drawn(like.swing), phase=drawn(ANY_PHASE),
                    twist=drawn(config.twist_rad), shape=any_of(rng, like.shapes),
                )
            )  # fmt: skip
        t += lasts + uniform(rng, config.pause_s)
    return tuple(gestures)
