"""The hair styles: how each grows, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from scenes.hair.strands import Locks


@dataclass(frozen=True)
class Style:
    """How a hair style grows. Lengths in metres; `(low, high)` where drawn per guide.

    `fall` 0 keeps the combed direction, 1 drops straight down; `lift` raises the roots; `volume_m` is the height at
    which the hair lies over the head. `side` combs away from a parting `part_m` off the middle at most; `sweep`, `back`
    and `forward` comb all hair one way; `gather` ties it; `top_bald` leaves a fringe; `under_m` is the height of the
    closed mass beneath the strands; `stiff` 1 keeps hair from lying down.
    """

    top_m: tuple[float, float]
    sides_m: tuple[float, float]
    fall: float
    lift: float
    volume_m: float
    locks: Locks
    back: float = 0.0
    side: float = 0.0
    part_m: float = 0.022
    sweep: float = 0.0
    forward: float = 0.0
    gather: str = ""
    top_bald: bool = False
    under_m: float = 0.0
    points: int = 12
    count: int = 10000
    radius_m: float = 0.00012
    stiff: float = 0.0


STYLES: dict[str, Style] = {
    "buzz": Style((0.005, 0.009), (0.0025, 0.004), 0.0, 0.8, 0.02, Locks(0, 0.0, frizz_m=0.0008), forward=0.4,
        points=4, count=18000, stiff=1.0),
    "short": Style((0.035, 0.055), (0.012, 0.02), 0.3, 0.55, 0.017, Locks(420, 0.6, 0.0012, 25, 0.003), forward=0.55,
        sweep=0.5, stiff=0.3, points=9, count=13000),
    "side_part": Style((0.06, 0.085), (0.02, 0.028), 0.4, 0.35, 0.011, Locks(300, 0.6, 0.0012, 15, 0.002), side=1.0,
        part_m=0.044, back=0.4, points=10, count=13000),
    "bob": Style((0.22, 0.25), (0.15, 0.17), 0.8, 0.2, 0.015, Locks(260, 0.5, 0.0015, 9, 0.002), side=0.9, back=0.3,
        points=16, count=11000),
    "long_straight": Style((0.4, 0.46), (0.3, 0.36), 0.85, 0.18, 0.013, Locks(200, 0.75, 0.0035, 5, 0.0025, 0.4),
        side=0.9, back=0.35, points=20, count=10000),
    "long_wavy": Style((0.4, 0.46), (0.3, 0.36), 0.8, 0.28, 0.021, Locks(240, 0.7, 0.0085, 14, 0.004), side=0.8,
        back=0.4, points=28, count=10000),
    "curly": Style((0.12, 0.16), (0.09, 0.12), 0.5, 0.8, 0.034, Locks(330, 0.85, 0.0065, 34, 0.003), sweep=0.3,
        back=0.05, points=26, count=10000, stiff=0.35, under_m=0.014),
    "coily": Style((0.022, 0.032), (0.016, 0.024), 0.03, 1.0, 0.0, Locks(1300, 0.85, 0.0045, 85, 0.005), points=14,
        count=11000, stiff=1.0, under_m=0.036),
    "bun": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.15, 0.007, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), back=1.0,
        gather="bun", points=16),
    "ponytail": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.15, 0.007, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), back=1.0,
        gather="tail", points=16),
    "fringe": Style((0.025, 0.035), (0.02, 0.035), 0.4, 0.4, 0.016, Locks(260, 0.4, 0.001, 20, 0.002), back=0.5,
        top_bald=True, points=7, count=9000),
}  # fmt: skip
