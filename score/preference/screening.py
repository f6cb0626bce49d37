"""Careless raters: who failed traps or gold questions, answered too fast, or agrees with nobody, and is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from score.preference.votes import MIDDLE, Vote

CHANCE = 3.0
"""Standard deviations of a random rater's agreement, which is about 1 / root of the answers."""


@dataclass(frozen=True)
class Rules:
    """When a rater is kept.

    `traps_right`, `gold_right`: least share of such questions answered rightly; a trap must be answered to the letter,
    a gold question within `gold_tolerance` of its answer. `median_seconds`: least median time to an answer (give the
    clip's length where a rater must see it whole). `agreement`: least agreement with the others, from -1 to 1, see
    `agreement_with_others`, asked of raters with `agreement_votes` answers or more, and only of those whose agreement
    lies further below the middle rater's than chance explains (`CHANCE` / root of the answers): where methods are much
    alike, honest raters hardly agree. It is low on purpose: an honest rater whose taste differs belongs to the spread
    between raters, and leaving such out would shrink the intervals.
    """

    traps_right: float = 0.75
    gold_right: float = 0.75
    gold_tolerance: int = 1
    median_seconds: float = 2.0
    agreement: float = 0.0
    agreement_votes: int = 12

    def __post_init__(self) -> None:
        for name in ("traps_right", "gold_right"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name}: {getattr(self, name)} is not a share from 0 to 1")
        if not -1 <= self.agreement <= 1:
            raise InputError(f"agreement: {self.agreement} is not an agreement from -1 to 1")


@dataclass(frozen=True)
class RaterReport:
    """What was found of one rater; a share or time is None where there was nothing to go by. `why`: empty if kept."""

    rater: str
    votes: int
    traps_right: float | None
    gold_right: float | None
    median_seconds: float | None
    agreement: float | None
    why: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return not self.why


def screen(votes: Sequence[Vote], rules: Rules | None = None) -> tuple[list[Vote], list[RaterReport]]:
    """The votes (traps and gold questions taken out) of the raters who pass `rules`, and a report on every rater.

    Raises InputError when nobody passes.
    """
    rules = rules or Rules()
    by_rater: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_rater[vote.rater].append(vote)
    total: dict[tuple[str, str], float] = defaultdict(float)
    count: dict[tuple[str, str], int] = defaultdict(int)
    for vote in votes:
        if vote.kind == "vote":
            total[vote.pair] += vote.towards_second
            count[vote.pair] += 1
    agreements = {}
    for rater, own in by_rater.items():
        answers = [vote for vote in own if vote.kind == "vote"]
        asked = len(answers) >= rules.agreement_votes
        agreements[rater] = agreement_with_others(answers, total, count) if asked else None
    known = [value for value in agreements.values() if value is not None]
    middle = float(np.median(known)) if known else 0.0
    reports = [_report(rater, own, rules, agreements[rater], middle) for rater, own in sorted(by_rater.items())]
    kept = {report.rater for report in reports if report.kept}
    left = [vote for vote in votes if vote.kind == "vote" and vote.rater in kept]
    if not left:
        example = next((f"{report.rater}: {report.why[0]}" for report in reports if report.why), "no votes")
        raise InputError(f"no rater passes the screening of {len(reports)} (e.g. {example}); look at the rules")
    return left, reports


def _report(rater: str, own: list[Vote], rules: Rules, agreement: float | None, middle: float) -> RaterReport:
    votes = [vote for vote in own if vote.kind == "vote"]
    traps = [vote.rating == vote.expected for vote in own if vote.kind == "trap"]
    off = [abs(vote.rating - vote.expected) for vote in own if vote.kind == "gold" and vote.expected is not None]
    gold = [distance <= rules.gold_tolerance for distance in off]
    times = [vote.seconds for vote in votes if vote.seconds is not None]
    traps_right = float(np.mean(traps)) if traps else None
    gold_right = float(np.mean(gold)) if gold else None
    median_seconds = float(np.median(times)) if times else None
    least_agreement = min(rules.agreement, middle - CHANCE / max(len(votes), 1) ** 0.5)
    checks = (
        ("traps answered rightly", traps_right, rules.traps_right),
        ("gold questions answered rightly", gold_right, rules.gold_right),
        ("median seconds per answer", median_seconds, rules.median_seconds),
        ("agreement with the others", agreement, least_agreement),
    )
    why = tuple(f"{what} {got:.2f} < {least}" for what, got, least in checks if got is not None and got < least)
    return RaterReport(rater, len(votes), traps_right, gold_right, median_seconds, agreement, why)


def agreement_with_others(
    own: Sequence[Vote], total: Mapping[tuple[str, str], float], count: Mapping[tuple[str, str], int]
) -> float | None:
    """Cosine between a rater's answers and the others' mean on the same pairs of methods, both from the middle answer.

    From the middle answer, 3, not from their means: which of a pair is written first is arbitrary, and turning a pair
    round must change nothing. Pairs whatever the clip: few people see the same pair on the same clip. `total`,
    `count`: of all answers by pair, the rater's own included. 0 is expected of random answers; None where nobody else
    saw a pair.
    """
    mine_total: dict[tuple[str, str], float] = defaultdict(float)
    mine_count: dict[tuple[str, str], int] = defaultdict(int)
    for vote in own:
        mine_total[vote.pair] += vote.towards_second
        mine_count[vote.pair] += 1
    mine, others = [], []
    for vote in own:
        rest = count[vote.pair] - mine_count[vote.pair]
        if rest > 0:
            mine.append(vote.towards_second - MIDDLE)
            others.append((total[vote.pair] - mine_total[vote.pair]) / rest - MIDDLE)
    length = np.linalg.norm(mine) * np.linalg.norm(others)
    return float(np.dot(mine, others) / length) if length > 0 else None
