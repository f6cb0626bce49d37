"""Folds of worn cloth: ridges with a sharp valley beside them that run out from armpits, shoulders and elbows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.mesh.surface import unit


@dataclass(frozen=True, eq=False)
class Fold:
    """A ridge from `start` through `middle` to `end` (metres), `height_m` high and `width_m` wide at its widest; `side`
    -1 on cloth that faces forwards, 1 backwards, 0 on whatever is nearest."""

    start: np.ndarray
    middle: np.ndarray
    end: np.ndarray
    height_m: float
    width_m: float
    flip: float
    side: float = 0.0


def draw_folds(places: dict[str, np.ndarray], size_m: float, width_m: float, rng: np.random.Generator) -> list[Fold]:
    """Folds of one garment. `places`: `pit`, and per side `shoulder_L`, `armpit_L`, `elbow_L`, ... metres, seated."""
    folds: list[Fold] = []

    def add(start: np.ndarray, way: np.ndarray, long: float, bow: float, strength: float, side: float = 0.0) -> None:
        end = start + unit(way) * long * rng.uniform(0.75, 1.25)
        sag = np.array([0.0, 0.0, -1.0]) * bow * long
        wide = width_m * rng.uniform(0.75, 1.35)
        high, flip = size_m * strength * rng.uniform(0.6, 1.2), rng.choice([-1, 1])
        folds.append(Fold(start, (start + end) / 2 + sag, end, high, wide, flip, side))

    jitter = lambda size: rng.normal(0, size, 3)
    for side, out in (("L", 1.0), ("R", -1.0)):
        shoulder, armpit, elbow = (places[f"{name}_{side}"] for name in ("shoulder", "armpit", "elbow"))
        for y, depth in ((-1.0, 0.07), (1.0, 0.06)):
            root = armpit + np.array([-0.005 * out, y * depth, 0.0])
            # A fan over the chest or the back, steeper ones stronger: cloth hangs from the shoulder.
            for angle in rng.uniform(0.35, 1.45, 6):
                way = np.array([-out * np.cos(angle), 0.0, -np.sin(angle)])
                at = root + np.array([0.0, 0.0, -0.05]) * rng.random() + jitter(0.008)
                add(at, way, 0.1 + 0.05 * angle, 0.1, rng.uniform(0.3, 0.6) + 0.4 * angle)
            # From the point of the shoulder down to the armpit, and from beside the neck outwards.
            for _ in range(4):
                at = shoulder + np.array([-out * rng.uniform(-0.01, 0.05), y * 0.05, rng.uniform(0.0, 0.04)])
                add(at, np.array([-out * rng.uniform(-0.1, 0.9), 0.0, -1.0]), 0.12, 0.04, rng.uniform(0.7, 1.2), y)
            # From beside the neck to the armpit, where a sleeve's weight pulls on the shoulder.
            for _ in range(3):
                at = shoulder + np.array([-out * rng.uniform(0.05, 0.085), y * 0.04, rng.uniform(0.0, 0.03)])
                add(at, np.array([out * rng.uniform(0.1, 0.8), 0.0, -1.0]), 0.16, -0.05, rng.uniform(0.7, 1.2), y)
            # Along the upper arm from its inner side, outwards and down.
            for along in rng.uniform(0.1, 0.95, 5):
                ring = shoulder + (elbow - shoulder) * along
                at = ring + np.array([-0.02 * out, 0.055 * y, 0.0]) + jitter(0.008)
                add(at, np.array([out, 0.3 * y, -rng.uniform(0.3, 1.2)]), 0.08, 0.1, rng.uniform(0.5, 1.1))
    # Long soft drapes of the front and the back.
    for y in (-1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0):
        at = places["pit"] + np.array([rng.uniform(-0.14, 0.14), 0.06 + 0.08 * y, rng.uniform(-0.2, -0.05)])
        add(at, np.array([rng.normal(0, 0.35) + 1.5 * at[0], 0.0, -1.0]), 0.16, 0.0, 0.55)
    return folds


def fold_height(points: np.ndarray, normals: np.ndarray, folds: list[Fold]) -> np.ndarray:
    """`(N,)` metres along the normals."""
    height = np.zeros(len(points))
    columns, backwards = np.ascontiguousarray(points.T), np.ascontiguousarray(normals[:, 1])
    for fold in folds:
        line = np.stack([fold.start, fold.middle, fold.end])
        # Looked at along the cloth's own normal where the fold lies, so that depth does not matter.
        x, y, z = (column - middle for column, middle in zip(columns, fold.middle, strict=True))
        y *= 1.0 - abs(fold.side)
        apart = x * x + y * y + z * z
        fits = backwards * fold.side >= 0.4 * abs(fold.side)
        facing = normals[np.argmin(np.where(fits, apart, np.inf))]
        reach = 0.5 * np.linalg.norm(fold.end - fold.start) + 3 * fold.width_m
        some = np.flatnonzero(apart < (reach + 0.06) ** 2)
        some = some[normals[some] @ facing > 0.1]
        if len(some) == 0:
            continue
        a, b, c = line - np.outer(line @ facing, facing)
        chord = unit(c - a)
        across = np.cross(facing, chord)
        x, y, z = (column[some] for column in columns)
        towards = lambda way, x=x, y=y, z=z: x * way[0] + y * way[1] + z * way[2]
        # Place on a quadratic curve: along its chord, then off the curve there.
        t = np.clip((towards(chord) - a @ chord) / max(float((c - a) @ chord), 1e-6), -0.2, 1.2)
        bend = (2 * b - 0.5 * (a + c)) @ across
        curve = (1 - t) ** 2 * (a @ across) + 2 * t * (1 - t) * bend + t**2 * (c @ across)
        off = (towards(across) - curve) * fold.flip
        wide = fold.width_m * (0.55 + 0.6 * np.clip(t, 0, 1))
        x = off / wide
        # Asymmetric: a round back that falls into a sharp valley.
        profile = np.exp(-((x - 0.2) ** 2) * np.where(x > 0.2, 1.0, 2.2)) - 0.6 * np.exp(-((x + 1.0) ** 2) * 5.0)
        taper = np.clip(t / 0.25 + 0.15, 0, 1) * np.clip((1 - t) / 0.6, 0, 1) ** 0.8
        height[some] += fold.height_m * profile * taper
    return height
