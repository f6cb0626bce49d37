"""The hair styles: how each grows, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scenes.person_record import HairStyle


@dataclass(frozen=True)
class Locks:
    """`count` locks that draw strands together by `clump` 0..1; `curl_m` radius and `curl_per_m` turns of their waves;
    `frizz_m`: how far a strand strays from its place by its tip; `uneven`: by how much strands end short, 0..1."""

    count: int
    clump: float
    curl_m: float = 0.0
    curl_per_m: float = 0.0
    frizz_m: float = 0.002
    uneven: float = 0.25


@dataclass(frozen=True)
class Style:
    """How a hair style grows. Lengths in metres; `(low, high)` where drawn per guide.

    `fall` 0 keeps the combed direction, 1 drops straight down; `lift` raises the roots; `volume_m` is the height at
    which the hair lies over the head. `side` combs away from a parting `part_m` off the middle at most; `sweep`, `back`
    and `forward` comb all hair one way; `gather` ties it; `top_bald` leaves a fringe; `under_m` is the height of the
    closed mass beneath the strands; `stiff` 1 keeps hair from lying down. `cut`: as what it is worn, by whom (see
    `HairCutConfig`); `bangs`: it may have them.
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
    cut: Literal["short", "middle", "long"] = "middle"
    bangs: bool = False


STYLES: dict[HairStyle, Style] = {
    "buzz": Style((0.005, 0.009), (0.0025, 0.004), 0.0, 0.8, 0.02, Locks(0, 0.0, frizz_m=0.0008), forward=0.4,
        points=4, count=18000, stiff=1.0, cut="short"),
    "short": Style((0.035, 0.055), (0.012, 0.02), 0.3, 0.55, 0.017, Locks(420, 0.6, 0.0012, 25, 0.003), forward=0.55,
        sweep=0.5, stiff=0.3, points=9, count=13000, cut="short"),
    "side_part": Style((0.06, 0.085), (0.02, 0.028), 0.4, 0.35, 0.011, Locks(300, 0.6, 0.0012, 15, 0.002), side=1.0,
        part_m=0.044, back=0.4, points=10, count=13000, cut="short"),
    "bob": Style((0.22, 0.25), (0.15, 0.17), 0.8, 0.2, 0.015, Locks(260, 0.5, 0.0015, 9, 0.002), side=0.9, back=0.3,
        points=16, count=11000, cut="long", bangs=True),
    "long_straight": Style((0.4, 0.46), (0.3, 0.36), 0.85, 0.18, 0.013, Locks(200, 0.75, 0.0035, 5, 0.0025, 0.4),
        side=0.9, back=0.35, points=20, count=10000, cut="long", bangs=True),
    "long_wavy": Style((0.4, 0.46), (0.3, 0.36), 0.8, 0.28, 0.021, Locks(240, 0.7, 0.0085, 14, 0.004), side=0.8,
        back=0.4, points=28, count=10000, cut="long", bangs=True),
    "curly": Style((0.12, 0.16), (0.09, 0.12), 0.5, 0.8, 0.034, Locks(330, 0.85, 0.0065, 34, 0.003), sweep=0.3,
        back=0.05, points=26, count=10000, stiff=0.35, under_m=0.014),
    "coily": Style((0.022, 0.032), (0.016, 0.024), 0.03, 1.0, 0.0, Locks(1300, 0.85, 0.0045, 85, 0.005), points=14,
        count=11000, stiff=1.0, under_m=0.036),
    "bun": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.15, 0.007, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), back=1.0,
        gather="bun", points=16, cut="long"),
    "ponytail": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.15, 0.007, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), back=1.0,
        gather="tail", points=16, cut="long"),
    "fringe": Style((0.025, 0.035), (0.02, 0.035), 0.4, 0.4, 0.016, Locks(260, 0.4, 0.001, 20, 0.002), back=0.5,
        top_bald=True, points=7, count=9000),
    "undercut": Style((0.075, 0.1), (0.003, 0.005), 0.35, 0.5, 0.02, Locks(300, 0.65, 0.0012, 15, 0.002), sweep=0.8,
        back=0.5, points=10, count=13000, cut="short"),
    "fade": Style((0.018, 0.03), (0.0015, 0.003), 0.05, 0.9, 0.018, Locks(420, 0.5, 0.0015, 30, 0.002), forward=0.3,
        points=7, count=15000, stiff=0.6, cut="short"),
    "slicked_back": Style((0.1, 0.13), (0.05, 0.07), 0.15, 0.12, 0.007, Locks(150, 0.9, 0.0008, 10, 0.001, 0.1),
        back=1.0, points=12, count=12000, cut="short"),
    "pixie": Style((0.06, 0.08), (0.03, 0.045), 0.45, 0.35, 0.015, Locks(320, 0.65, 0.0015, 15, 0.003), sweep=0.6,
        forward=0.5, points=10, count=13000),
    "curtains": Style((0.13, 0.16), (0.06, 0.09), 0.55, 0.4, 0.019, Locks(240, 0.65, 0.003, 10, 0.002), side=0.9,
        part_m=0.012, back=0.2, points=14, count=12000),
    "long_curly": Style((0.3, 0.36), (0.26, 0.32), 0.7, 0.6, 0.04, Locks(300, 0.85, 0.008, 26, 0.004), side=0.6,
        back=0.3, points=30, count=10000, under_m=0.01, cut="long"),
    "locs": Style((0.24, 0.32), (0.22, 0.3), 0.75, 0.45, 0.022, Locks(120, 1.15, 0.001, 60, 0.0012, 0.15), back=0.35,
        side=0.5, points=20, count=11000, under_m=0.004),
    "braid": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.12, 0.006, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), back=1.0,
        gather="braid", points=18, cut="long"),
    "braids": Style((0.2, 0.24), (0.2, 0.24), 0.1, 0.12, 0.006, Locks(260, 0.4, 0.0006, 10, 0.001, 0.0), side=0.9,
        part_m=0.006, back=0.5, gather="braids", points=18, cut="long"),
}  # fmt: skip
