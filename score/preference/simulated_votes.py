"""Votes of raters who do not exist, with known strengths: for planning a study and for testing its evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.rng import rng_for
from score.preference.strengths import Design, fit
from score.preference.votes import REASONS, Vote


@dataclass(frozen=True)
class Crowd:
    """Who votes, on how much, and how alike they are.

    `tie`: Davidson's tie parameter nu. `rater_spread`, `clip_spread`: standard deviation of a method's log strength
    from rater to rater and clip to clip. `strong`: share of decided votes that are 1 or 5. `careless`: share of
    raters who answer at random and fast. `traps`: trap questions per rater. `reason`: chance that a vote names each
    reason.
    """

    raters: int
    clips: int
    votes_per_rater: int
    tie: float = 0.5
    rater_spread: float = 0.2
    clip_spread: float = 0.2
    strong: float = 0.35
    careless: float = 0.0
    traps: int = 4
    reason: float = 0.4


def simulate_votes(log_strengths: Mapping[str, float], crowd: Crowd, seed: int, name: str = "study") -> list[Vote]:
    """Votes on random pairs and clips. `log_strengths`: by method. The same for the same seed and name."""
    if not 0 <= crowd.careless < 1 or min(crowd.raters, crowd.clips, crowd.votes_per_rater) < 1:
        raise InputError(f"crowd: {crowd} has no careful rater, clip or vote")
    methods = tuple(sorted(log_strengths))
    design = Design(methods)
    rng = rng_for(seed, name, "votes")
    theta = np.array([log_strengths[method] for method in methods])
    by_rater = theta + crowd.rater_spread * rng.standard_normal((crowd.raters, len(methods)))
    by_clip = crowd.clip_spread * rng.standard_normal((crowd.clips, len(methods)))
    votes: list[Vote] = []
    pairs = np.array(design.pairs)
    for rater in range(crowd.raters):
        careless = rater < round(crowd.careless * crowd.raters)
        # every clip and pair of this rater once, as a page would show them
        combinations = crowd.clips * len(pairs)
        shown = rng.choice(combinations, size=min(crowd.votes_per_rater, combinations), replace=False)
        clips, shown_pairs = shown // len(pairs), pairs[shown % len(pairs)]
        both = by_rater[rater] + by_clip[clips]
        first = np.take_along_axis(both, shown_pairs[:, :1], 1)[:, 0]
        second = np.take_along_axis(both, shown_pairs[:, 1:], 1)[:, 0]
        ratings = _ratings(first, second, crowd, careless, rng)
        swapped = rng.random(len(shown)) < 0.5
        reasons = rng.random((len(shown), len(REASONS))) < crowd.reason
        seconds = rng.uniform(0.3, 1.5, len(shown)) if careless else rng.uniform(5, 20, len(shown))
        for k in range(len(shown)):
            left, right = (methods[m] for m in (shown_pairs[k][::-1] if swapped[k] else shown_pairs[k]))
            votes.append(
                Vote(
                    rater=f"rater-{rater:03d}",
                    clip=f"clip-{clips[k]:04d}",
                    left=left,
                    right=right,
                    rating=int(6 - ratings[k] if swapped[k] else ratings[k]),
                    reasons=tuple(r for r, named in zip(REASONS, reasons[k], strict=True) if named),
                    seconds=float(seconds[k]),
                    session="1",
                )
            )
        for wanted, random in zip(rng.integers(1, 6, crowd.traps), rng.integers(1, 6, crowd.traps), strict=True):
            rating = int(random if careless else wanted)
            votes.append(Vote(f"rater-{rater:03d}", "trap", "-", "-", rating, (), 3.0, "1", "trap", int(wanted)))
    return votes


def population_strengths(log_strengths: Mapping[str, float], crowd: Crowd, ties: str = "davidson") -> dict[str, float]:
    """What a fit to endless votes of careful raters gives, mean 0: unlike raters and clips draw strengths together.

    A pair's log odds are normal with variance 2 (rater_spread^2 + clip_spread^2); outcome shares are integrated over
    it by Gauss-Hermite quadrature and fitted. Without spread, and with `davidson`, these are the given strengths.
    """
    methods = tuple(sorted(log_strengths))
    design = Design(methods, ties)
    theta = np.array([log_strengths[method] for method in methods])
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    spread = np.sqrt(2 * (crowd.rater_spread**2 + crowd.clip_spread**2))
    table = []
    for i, j in design.pairs:
        shares = _shares(theta[i] - theta[j] + spread * nodes, crowd.tie)
        table.append((shares * weights).sum(axis=1) / weights.sum())
    return dict(zip(methods, fit(design, np.array(table).reshape(-1))[0].tolist(), strict=True))


def _shares(log_odds: np.ndarray, tie: float) -> np.ndarray:
    """Shares of (first, tie, second) `(3, N)` at the log odds of the first against the second."""
    parts = np.stack([np.exp(log_odds / 2), np.full_like(log_odds, tie), np.exp(-log_odds / 2)])
    return parts / parts.sum(axis=0)


def _ratings(
    first: np.ndarray, second: np.ndarray, crowd: Crowd, careless: bool, rng: np.random.Generator
) -> np.ndarray:
    if careless:
        return rng.integers(1, 6, len(first))
    shares = _shares(first - second, crowd.tie)
    drawn = rng.random(len(first))
    strong = rng.random(len(first)) < crowd.strong
    tied, second_won = drawn >= shares[0], drawn >= shares[0] + shares[1]
    return np.where(second_won, 4 + strong, np.where(tied, 3, 2 - strong))
