"""What the NTIRE 2025 challenge published of its votes: pair statistics and scores, and the order they imply.

The tables and their ledger (source, licence) lie in `score/data/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.tables import Row, read_table
from score.preference.strengths import FIRST, SECOND, Design, fit

ROUNDS = ("final", "combined")
_DATA = Path(__file__).parent / "data"
_PAIR_COLUMNS = ("round", "left", "right", "votes", "mean_rating", "median", "ci95")
_SHARE_COLUMNS = ("p_colors", "p_brightness", "p_skintone")
_SCORE_COLUMNS = ("round", "method", "vote", "color", "brightness", "skintone")


@dataclass(frozen=True)
class PublishedPair:
    """Votes on one pair: `mean` 1 prefers `left` strongly, 5 `right`; `ci95` is the half width of its interval."""

    left: str
    right: str
    votes: int
    mean: float
    ci95: float

    @property
    def deviation(self) -> float:
        """Standard deviation of single ratings, from their interval: ci95 = 1.96 deviation / sqrt(votes)."""
        return self.ci95 * np.sqrt(self.votes) / 1.96


def published_pairs(challenge_round: str) -> tuple[PublishedPair, ...]:
    """The pairs of a round, `final` or `combined`."""
    rows = _rows("challenge_pairs.csv", (*_PAIR_COLUMNS, *_SHARE_COLUMNS), challenge_round)
    return tuple(
        PublishedPair(row["left"], row["right"], int(row["votes"]), float(row["mean_rating"]), float(row["ci95"]))
        for row in rows
    )


def published_scores(challenge_round: str) -> dict[str, dict[str, float]]:
    """Bradley-Terry scores by method, then by `vote`, `color`, `brightness`, `skintone`; best vote first."""
    rows = _rows("challenge_bradley_terry.csv", _SCORE_COLUMNS, challenge_round)
    scores = {row["method"]: {name: float(row[name]) for name in _SCORE_COLUMNS[2:]} for row in rows}
    return dict(sorted(scores.items(), key=lambda item: -item[1]["vote"]))


def scores_from_pairs(pairs: tuple[PublishedPair, ...]) -> dict[str, float]:
    """Bradley-Terry scores (geometric mean 1, best first) with (mean - 1) / 4 as the right side's share of wins."""
    design = Design(tuple(sorted({name for pair in pairs for name in (pair.left, pair.right)})), ties="half")
    index = {name: number for number, name in enumerate(design.methods)}
    number_of = {pair: number for number, pair in enumerate(design.pairs)}
    weights = np.zeros(design.cells)
    for pair in pairs:
        first, second, right_share = index[pair.left], index[pair.right], (pair.mean - 1) / 4
        if first > second:
            first, second, right_share = second, first, 1 - right_share
        cell = 3 * number_of[first, second]
        weights[cell + FIRST] += pair.votes * (1 - right_share)
        weights[cell + SECOND] += pair.votes * right_share
    scores = dict(zip(design.methods, np.exp(fit(design, weights)[0]).tolist(), strict=True))
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _rows(name: str, columns: tuple[str, ...], challenge_round: str) -> list[Row]:
    if challenge_round not in ROUNDS:
        raise InputError(f"round: {challenge_round!r} is not one of {', '.join(ROUNDS)}")
    return [row for row in read_table(_DATA / name, columns) if row["round"] == challenge_round]
