"""How often a judge is right where the answer is known, on people and rooms that it was not taught on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from score.learned.comparisons import DELIVERED, ROOM
from score.learned.factors import NAMES
from score.learned.judge_config import JudgeConfig
from score.learned.moments import Moment
from score.learned.preference import Preference
from score.learned.teaching import Batch, batch_of

SEVERAL = "several"
"""Kind of a comparison where more than one factor differs."""
KINDS = (*NAMES, ROOM, SEVERAL, DELIVERED)
BINS = 10


@dataclass(frozen=True, eq=False)
class Outcome:
    """Of each comparison: its `kinds`, `logits` (log odds of the better side), and the largest difference of a
    severity, `gaps` (NaN where not known); `found` and `wanted` `(P, 11)`: differences of severities, worse less
    better."""

    kinds: tuple[str, ...]
    logits: np.ndarray
    gaps: np.ndarray
    found: np.ndarray
    wanted: np.ndarray

    @property
    def right(self) -> np.ndarray:
        return self.logits > 0

    def of(self, kind: str) -> np.ndarray:
        """Which comparisons are of a kind of `KINDS`, `(P,)` bool."""
        return np.array([_kind(k) == kind for k in self.kinds], bool)


def outcome_of(network: Preference, batches: Sequence[Batch]) -> Outcome:
    """Every known answer of some batches, judged as `keyfill judge` does: clip and mirror image."""
    kinds: list[str] = []
    parts: list[tuple[torch.Tensor, ...]] = []
    with torch.no_grad():
        for batch in batches:
            views = (network.view(batch.clips) + network.view(batch.clips.flip(-1))) / 2
            better, worse = batch.pairs.unbind(1)
            fine, faulty = network.between(views[better], views[worse])
            differs = batch.severities[worse] - batch.severities[better]
            parts.append((network.score(fine) - network.score(faulty), faulty - fine, differs))
            kinds += batch.kinds
    logits, found, wanted = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
    return Outcome(tuple(kinds), logits, np.abs(wanted).max(1), found, wanted)


def held_batches(moments: Sequence[Moment], config: JudgeConfig, seed: int, count: int, stage: str) -> list[Batch]:
    """Batches of held-out moments, drawn as those for teaching are, from a stream of their own."""
    return [batch_of(moments, config, seed, number, stage) for number in range(count)]


def by_people(moments: Sequence[Moment]) -> tuple[list[Moment], list[Moment]]:
    """Held-out moments in two halves that share no person: for the temperature, and for the figures."""
    people = sorted({moment.clip for moment in moments})
    first = set(people[::2]) if len(people) > 1 else set(people)
    halves = (
        [moment for moment in moments if moment.clip in first],
        [moment for moment in moments if moment.clip not in first],
    )
    return halves[0], halves[1] or halves[0]


def temperature(outcome: Outcome) -> float:
    """The factor on log odds by which known answers are most probable, 0.1 to 10: what a judge that is too sure, or not
    sure enough, is multiplied with."""
    tried = np.exp(np.linspace(math.log(0.1), math.log(10), 161))
    loss = [float(np.logaddexp(0, -scale * outcome.logits).mean()) for scale in tried]
    return float(tried[int(np.argmin(loss))])


def accuracy(outcome: Outcome) -> dict[str, dict[str, float]]:
    """By kind, and over all: how many comparisons, the share that is right, and the share where p is above one half
    plus 0.4 that is wrong all the same."""
    found = {}
    sure = outcome.logits < -math.log(9)
    for kind, where in (("all", np.ones(len(outcome.kinds), bool)), *((kind, outcome.of(kind)) for kind in KINDS)):
        if where.any():
            share = lambda values, where=where: float(values[where].mean())
            found[kind] = {"count": int(where.sum()), "right": share(outcome.right), "surely_wrong": share(sure)}
    return found


def reliability(outcome: Outcome) -> list[dict[str, float]]:
    """Comparisons by how sure the judge is of the side it prefers, from 0.5 to 1 in `BINS` bins: mean p, and the share
    that is right."""
    p = 1 / (1 + np.exp(-np.abs(outcome.logits)))
    place = np.minimum(((p - 0.5) * 2 * BINS).astype(int), BINS - 1)
    return [
        {"count": int(where.sum()), "p": float(p[where].mean()), "right": float(outcome.right[where].mean())}
        for where in (place == number for number in range(BINS))
        if where.any()
    ]


def moved_by_causes(outcome: Outcome) -> dict[str, dict[str, float]]:
    """By the one factor that differs, how much each factor moves for a unit of it: 1 on the diagonal and 0 beside it
    would be perfect."""
    table = {}
    for row, cause in enumerate(NAMES):
        where = outcome.of(cause)
        if where.any():
            size = float(outcome.wanted[where, row].sum())
            moved = outcome.found[where].sum(0) / max(size, 1e-6)
            table[cause] = {name: float(value) for name, value in zip(NAMES, moved, strict=True)}
    return table


def report(outcome: Outcome) -> dict[str, Any]:
    """All of it as plain data."""
    return {"accuracy": accuracy(outcome), "reliability": reliability(outcome), "moved": moved_by_causes(outcome)}


def _kind(kind: str) -> str:
    return SEVERAL if "+" in kind else kind
