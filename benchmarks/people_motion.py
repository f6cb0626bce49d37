"""Prints how drawn people move against published human ranges: blinks, head speed, gaze; no rendering, no body.

python benchmarks/people_motion.py [--clips 400]
"""

from __future__ import annotations

import argparse
from typing import get_args

import numpy as np

from core.rng import rng_for
from scenes.config import MotionConfig
from scenes.motion.curves import lid_closure, motion_curves
from scenes.motion.draw import draw_motion
from scenes.motion.performance import ACTIONS
from scenes.motion.record import Vowel

SECONDS, FPS = 60.0, 30.0
# (low, high, source)
RANGES = {
    "blinks a minute, talking": (10.5, 32.5, "Doughty 2001, 95% interval, conversation"),
    "blinks a minute, silent": (8.0, 21.0, "Doughty 2001, 95% interval, looking ahead in silence"),
    "blink duration, s": (0.1, 0.4, "Schiffman 2001 (BioNumbers 100706)"),
    "lid closing time, s": (0.05, 0.15, "about 0.1 s: Stern, Walrath and Goldstein 1984"),
    "head speed, highest of a clip, deg/s": (5.0, 104.5, "mean peak of head turns in daily life, Cho et al. 2025"),
    "syllables a second of talk": (3.0, 6.0, "Greenberg et al. 2003"),
}


def measure(clips: int, seed: int = 1) -> dict[str, np.ndarray]:
    """One value a clip (a blink, for durations) of each quantity of `RANGES`, read off the curves."""
    out: dict[str, list[float]] = {name: [] for name in RANGES}
    frames = int(SECONDS * FPS)
    fine = np.arange(0, SECONDS, 0.002)
    for i in range(clips):
        motion = draw_motion(MotionConfig(), frames, FPS, (0.0, 0.0), 0.0, rng_for(seed, i, "motion"))
        kind = "talking" if motion.talking else "silent"
        lids = lid_closure(fine, motion.blinks)
        shut = np.flatnonzero(np.diff((lids > 0.5).astype(int)) == 1)
        out[f"blinks a minute, {kind}"].append(len(shut) * 60 / SECONDS)
        edges = np.diff(np.concatenate([[0], (lids > 0.01).astype(int), [0]]))
        for first, last in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            if first > 0 and last < len(lids):
                out["blink duration, s"].append((last - first) * 0.002)
                out["lid closing time, s"].append(int(lids[first:last].argmax()) * 0.002)
        head = motion_curves(motion, frames, FPS, ACTIONS).pose.head
        speed = np.degrees(np.linalg.norm(np.diff(head, axis=0), axis=1)) * FPS
        out["head speed, highest of a clip, deg/s"].append(float(speed.max()))
        if motion.talking:
            vowels = np.array([sound.start_s for sound in motion.sounds if sound.viseme in get_args(Vowel)])
            gaps = np.diff(vowels)
            out["syllables a second of talk"].append(float(1 / gaps[gaps < 0.42].mean()))
    return {name: np.array(values) for name, values in out.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=400)
    found = measure(parser.parse_args().clips)
    print(f"{'quantity':38} {'5%':>7} {'median':>7} {'95%':>7}   human range (source)")
    for name, (low, high, source) in RANGES.items():
        p5, p50, p95 = np.percentile(found[name], [5, 50, 95])
        inside = np.mean((low <= found[name]) & (found[name] <= high))
        print(f"{name:38} {p5:7.2f} {p50:7.2f} {p95:7.2f}   {low:g} to {high:g} ({source}); inside: {inside:.0%}")


if __name__ == "__main__":
    main()
