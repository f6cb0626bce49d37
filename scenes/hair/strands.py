"""Strands between guides: followed, drawn together into locks, waved and curled, pressed under what is worn."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from scenes.hair.scalp import Skull
from scenes.hair.styles import Locks
from scenes.mesh.surface import unit
from scenes.person_record import Hair


def fill(
    guides: np.ndarray,
    roots: np.ndarray,
    sides: tuple[np.ndarray, np.ndarray],
    locks: Locks,
    hair: Hair,
    rng: np.random.Generator,
) -> np.ndarray:
    """Strands `(N, K, 3)` from `roots` `(N, 3)` that run as the nearest of the guides `(G, K, 3)` do.

    `sides`: one number per guide and per root; those that differ in it lie as far apart as they differ (a parting).
    """
    count, steps = len(roots), guides.shape[1]
    place = np.c_[roots, sides[1]]
    distance, index = cKDTree(np.c_[guides[:, 0], sides[0]]).query(place, k=3)
    weight = 1 / (distance**2 + 0.003**2)
    weight /= weight.sum(1, keepdims=True)
    run = guides - guides[:, :1]
    points = np.einsum("nj,njkc->nkc", weight, run[index])
    # Strands end short of their guide: cut along it, so that they lie as it does.
    cut = (1 - locks.uneven * rng.random(count) ** 2)[:, None] * np.linspace(0, steps - 1, steps)
    below = np.minimum(cut.astype(int), steps - 2)
    part = (cut - below)[..., None]
    rows = np.arange(count)[:, None]
    points = points[rows, below] * (1 - part) + points[rows, below + 1] * part + roots[:, None]
    share = np.linspace(0, 1, steps)
    stray = rng.normal(0, 1, (count, 2, 3)) * locks.frizz_m
    bend = np.stack([share, np.sin(np.pi * share)], 0)
    points = points + np.einsum("nbc,bk->nkc", stray, bend)
    if not locks.count:
        return points
    heads = rng.integers(0, count, locks.count)
    lock = cKDTree(place[heads]).query(place)[1]
    pull = locks.clump * hair.clump * (0.5 + 0.5 * rng.random(count))[:, None] * np.clip(share * 1.6, 0, 1) ** 1.2
    points = points + (points[heads][lock] - points) * pull[..., None] * 0.85
    return points + _waves(points, lock, len(heads), locks, hair, rng) if locks.curl_m else points


def _waves(
    points: np.ndarray, lock: np.ndarray, count: int, locks: Locks, hair: Hair, rng: np.random.Generator
) -> np.ndarray:
    """Offsets `(N, K, 3)` of waves that run in step within a lock."""
    step = np.linalg.norm(np.diff(points, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(points), 1)), step.cumsum(1)], 1)
    tangent = unit(np.gradient(points, axis=1))
    side = unit(np.cross(tangent, np.array([0.3, 0.9, 0.2])))
    other = np.cross(tangent, side)
    phase = rng.uniform(0, 2 * np.pi, count)[lock] + rng.normal(0, 0.35, len(points))
    pitch = locks.curl_per_m * hair.wave * np.exp(rng.normal(0, 0.15, count))[lock]
    turn = 2 * np.pi * along * pitch[:, None] + phase[:, None]
    # Roots grow straight; a wave is whole after a turn and a half.
    grown = np.clip(along * pitch[:, None] / 1.5, 0, 1)
    size = locks.curl_m * hair.wave * grown * (0.7 + 0.6 * rng.random(len(points)))[:, None]
    return (side * np.cos(turn)[..., None] + other * np.sin(turn)[..., None]) * size[..., None]


def press_under(points: np.ndarray, worn: np.ndarray, skull: Skull) -> np.ndarray:
    """Points `(N, 3)` moved towards the skull's centre so that they pass under the `worn` points `(P, 3)`."""
    ray, far = points - skull.centre, worn - skull.centre
    reach, limit = np.linalg.norm(ray, axis=1), np.linalg.norm(far, axis=1)
    angle, index = cKDTree(far / limit[:, None]).query(ray / np.maximum(reach, 1e-6)[:, None], k=8)
    # The lowest of what is near in direction; hair rises again beside it.
    room = (limit[index] - 0.004 + 0.05 * np.clip(angle - 0.08, 0, None) / 0.2).min(1)
    free = angle[:, 0] > 0.35
    return np.where((free | (reach <= room))[:, None], points, skull.centre + ray * (room / reach)[:, None])


_LOCK_M = 0.007


def in_streaks(roots: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """`(N,)` bool: which strands, by their roots `(N, 3)`, are dyed: those of a `share` of locks, alike in each."""
    if share <= 0:
        return np.zeros(len(roots), bool)
    places = np.floor(roots / _LOCK_M).astype(np.int64)
    _, lock = np.unique(places, axis=0, return_inverse=True)
    return rng.random(int(lock.max()) + 1)[lock.ravel()] < share
