"""Ranking by pairwise votes: strengths with intervals for the vote and each reason, groups, mean ratings by pair."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import stats

from core.errors import InputError
from core.rng import rng_for
from score.preference.groups import groups_of, letters_of
from score.preference.screening import RaterReport, Rules, screen
from score.preference.strengths import FIRST, SECOND, TIE, Design, Spread, Tiers, beyond_scores, fit, resampled_spread
from score.preference.votes import MIDDLE, REASONS, Vote, methods_of

COUNTING = ("sign", "share")
CONFIDENCE = 0.95
MISSED = 0.1
"""Share of the resamples that may lack a finite fit (`strengths.resampled_spread`)."""


@dataclass(frozen=True)
class Strength:
    """A method's Bradley-Terry score, geometric mean 1 over methods; `low` to `high` is its 95% interval."""

    method: str
    votes: int
    score: float
    low: float
    high: float
    log_score: float
    log_error: float


@dataclass(frozen=True)
class Question:
    """One fit: all votes (`vote`) or those that name a reason. `strengths` best first; `tie`: Davidson's parameter.

    `differs[a][b]`: whether the scores of a and b differ at 95%. `design_effect`: variance against answers that stand
    alone. `above`, `below`: methods without a score, which won, or lost, every answer against the others, or all but
    the few in `but`: too few for an interval.
    """

    name: str
    votes: int
    strengths: tuple[Strength, ...]
    tie: float
    differs: dict[str, dict[str, bool]]
    design_effect: float
    above: Tiers = ()
    below: Tiers = ()
    but: dict[str, int] = field(default_factory=dict)

    def standing(self, method: str) -> str:
        """`above all` or `below all` for a method without a score (`but 2 answers`), else nothing."""
        tiers = {"above all": self.above, "below all": self.below}
        found = next((name for name, tier in tiers.items() if any(method in names for names in tier)), "")
        few = self.but.get(method, 0)
        return f"{found} but {few} answer{'s' if few > 1 else ''}" if few else found


@dataclass(frozen=True)
class Pair:
    """Mean rating of a pair (DMOS): 1 prefers `left` strongly, 5 `right`.

    `ci95`: half width when every vote stands alone (normal, as the challenge publishes it); `ci95_clustered`: when
    raters and clips are the random draw. `reasons`: share of votes that name each.
    """

    left: str
    right: str
    votes: int
    mean: float
    median: float
    ci95: float
    ci95_clustered: float
    reasons: dict[str, float]


@dataclass(frozen=True)
class Place:
    """A method's place: no method differs from the best of its `group`; `rank` breaks ties inside a group by S_obj,
    if all of the group have one. Two methods share one of their `letters` exactly if they do not differ. `standing`:
    `above all` or `below all` instead of a score and letters, for a method that won, or lost, every answer."""

    rank: int
    group: int
    letters: str
    method: str
    score: float | None
    low: float | None
    high: float | None
    s_obj: float | None
    standing: str = ""


@dataclass(frozen=True)
class Ranking:
    """Everything `rank` found. `unscored`: reasons without a fit, and why."""

    places: tuple[Place, ...]
    questions: dict[str, Question]
    unscored: dict[str, str]
    pairs: tuple[Pair, ...]
    raters: tuple[RaterReport, ...]

    def rows(self) -> list[tuple[Any, ...]]:
        """(rank, group, letters, method, score, low, high, S_obj or None, standing), best first."""
        return [dataclasses.astuple(place) for place in self.places]

    def to_json(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return dataclasses.asdict(self)


def rank(
    votes: Sequence[Vote],
    *,
    rules: Rules | None = None,
    ties: str = "davidson",
    counting: str = "sign",
    s_obj: Mapping[str, float] | None = None,
    resamples: int = 400,
    seed: int = 0,
) -> Ranking:
    """Screen raters, fit the vote and each reason, form groups and break ties by `s_obj` (by method, optional).

    `ties`: see `strengths.Design`. `counting`: `sign` takes a rating of 1-2 as won by the left, 3 as a tie, 4-5 as
    won by the right; `share` gives the right (rating - 1) / 4 of a win and the left the rest. A method that won, or
    lost, every answer, or all but one or two, has no score that can be told: it stands above, or below, the others.
    Raises InputError when votes are too few for a finite score or an interval, or when `s_obj` names an unknown method.
    """
    if counting not in COUNTING:
        raise InputError(f"counting: {counting!r} is not one of {', '.join(COUNTING)}")
    if resamples < 50:
        raise InputError(f"resamples: {resamples} are too few for an interval; give 50 or more")
    kept, reports = screen(votes, rules)
    design = Design(methods_of(kept), ties)
    unknown = [method for method in s_obj or {} if method not in design.methods]
    if unknown:
        raise InputError(f"S_obj is given for {unknown[0]!r}, which has no votes; methods: {', '.join(design.methods)}")
    questions = {"vote": _question("vote", kept, design, counting, resamples, seed)}
    unscored: dict[str, str] = {}
    for reason in REASONS:
        named = [vote for vote in kept if reason in vote.reasons]
        try:
            questions[reason] = _question(reason, named, design, counting, resamples, seed)
        except InputError as error:
            unscored[reason] = str(error)
    places = _places(questions["vote"], s_obj or {})
    return Ranking(places, questions, unscored, mean_ratings(kept), tuple(reports))


def mean_ratings(votes: Sequence[Vote]) -> tuple[Pair, ...]:
    """DMOS of every pair, pairs and sides in alphabetical order; see `Pair`."""
    by_pair: dict[tuple[str, str], list[Vote]] = {}
    for vote in votes:
        by_pair.setdefault(vote.pair, []).append(vote)
    found = []
    for (left, right), own in sorted(by_pair.items()):
        ratings = np.array([vote.towards_second for vote in own], float)
        count = len(ratings)
        off = ratings - ratings.mean()
        alone = np.sqrt((off**2).sum() / max(count - 1, 1) / count)
        both = [f"{vote.rater}\n{vote.clip}" for vote in own]
        sums = [_cluster_variance(off, names) for names in ([v.rater for v in own], [v.clip for v in own], both)]
        clustered = np.sqrt(max(sums[0] + sums[1] - sums[2], sums[0], sums[1], 0))
        shares = {reason: float(np.mean([reason in vote.reasons for vote in own])) for reason in REASONS}
        width = stats.norm.ppf(0.5 + CONFIDENCE / 2)
        numbers = (float(ratings.mean()), float(np.median(ratings)), float(width * alone), float(width * clustered))
        found.append(Pair(left, right, count, *numbers, shares))
    return tuple(found)


def outcomes(votes: Sequence[Vote], design: Design, counting: str) -> tuple[np.ndarray, np.ndarray]:
    """Outcome cells of `design` and their shares, both `(answers, 1)` by sign and `(answers, 2)` by share."""
    index = {name: number for number, name in enumerate(design.methods)}
    number_of = {pair: number for number, pair in enumerate(design.pairs)}
    pair = np.array([number_of[(index[vote.pair[0]], index[vote.pair[1]])] for vote in votes], int)
    rating = np.array([vote.towards_second for vote in votes], int)
    if counting == "share":
        second = (rating - 1) / 4
        cells = np.stack([3 * pair + FIRST, 3 * pair + SECOND], axis=1)
        return cells, np.stack([1 - second, second], axis=1)
    outcome = np.where(rating < MIDDLE, FIRST, np.where(rating > MIDDLE, SECOND, TIE))
    return (3 * pair + outcome)[:, None], np.ones((len(votes), 1))


def _question(name: str, votes: Sequence[Vote], design: Design, counting: str, resamples: int, seed: int) -> Question:
    if not votes:
        raise InputError(f"{name}: no vote names this reason")
    cells, shares = outcomes(votes, design, counting)
    weights = np.bincount(cells.reshape(-1), shares.reshape(-1), design.cells)
    total, met = len(votes), {method: sum(method in vote.pair for vote in votes) for method in design.methods}
    above, below = beyond_scores(design, weights)
    but: dict[str, int] = {}
    apart: set[str] | None = {name for tier in (*above, *below) for name in tier}
    while apart is not None and len(design.methods) - len(apart) >= 2:
        design = Design(tuple(name for name in design.methods if name not in apart), design.ties)
        votes = [vote for vote in votes if not apart & set(vote.pair)]
        apart = None
        barely_above, barely_below = _barely(votes, design, counting)
        barely = {*barely_above, *barely_below}
        if barely and len(design.methods) - len(barely) >= 2:
            above, below = (*above, *_tier(barely_above)), (*_tier(barely_below), *below)
            but |= barely_above | barely_below
            apart = barely
    cells, shares = outcomes(votes, design, counting)
    log, tie = fit(design, np.bincount(cells.reshape(-1), shares.reshape(-1), design.cells))
    each = cells.shape[1]
    raters, clips = (np.repeat([getattr(vote, field) for vote in votes], each) for field in ("rater", "clip"))
    rng = rng_for(seed, name, "vote-resampling")
    found = resampled_spread(design, cells.reshape(-1), raters, clips, shares.reshape(-1), rng, resamples)
    width = stats.t.ppf(0.5 + CONFIDENCE / 2, found.degrees)
    error = np.sqrt(np.diag(found.covariance))
    strengths = []
    for k, method in enumerate(design.methods):
        score, low, high = (float(np.exp(log[k] + side * width * error[k])) for side in (0, -1, 1))
        strengths.append(Strength(method, met[method], score, low, high, float(log[k]), float(error[k])))
    strengths.sort(key=lambda s: -s.log_score)
    differs = _differing(design, log, found, width)
    return Question(name, total, tuple(strengths), tie, differs, found.design_effect, above, below, but)


def _tier(methods: Mapping[str, int]) -> Tiers:
    return (tuple(methods),) if methods else ()


def _barely(votes: Sequence[Vote], design: Design, counting: str) -> tuple[dict[str, int], dict[str, int]]:
    """Methods that all but always won, and those that all but always lost, with the few answers that went otherwise.

    What speaks against them comes from so few raters, or clips, that over a tenth of the resamples, n drawn of n, would
    miss it: (1 - k / n)^n, so of up to two. Their intervals would have no end.
    """
    found: tuple[dict[str, int], dict[str, int]] = {}, {}
    counts = [len({vote.rater for vote in votes}), len({vote.clip for vote in votes})]
    for method in design.methods:
        shares = [(vote, _share(vote, method, counting)) for vote in votes if method in vote.pair]
        for few, kept in (
            ([vote for vote, share in shares if share > 0], found[1]),
            ([vote for vote, share in shares if share < 1], found[0]),
        ):
            groups = [len({vote.rater for vote in few}), len({vote.clip for vote in few})]
            missed = max((1 - k / n) ** n if n else 1.0 for k, n in zip(groups, counts, strict=True))
            if missed > MISSED and method not in found[1]:
                kept[method] = len(few)
    return found


def _share(vote: Vote, method: str, counting: str) -> float:
    """Of an answer's win, what a method of its pair got."""
    second = (vote.towards_second - 1) / 4
    if counting == "sign":
        second = (np.sign(vote.towards_second - MIDDLE) + 1) / 2
    return second if vote.pair[1] == method else 1 - second


def _differing(design: Design, log: np.ndarray, found: Spread, width: float) -> dict[str, dict[str, bool]]:
    own = np.diag(found.covariance)
    error = np.sqrt(np.maximum(own[:, None] + own[None, :] - 2 * found.covariance, 0))
    apart = np.abs(log[:, None] - log[None, :]) > width * error
    names = design.methods
    return {a: {b: bool(apart[i, j]) for j, b in enumerate(names) if i != j} for i, a in enumerate(names)}


def _places(question: Question, s_obj: Mapping[str, float]) -> tuple[Place, ...]:
    by_name = {strength.method: strength for strength in question.strengths}
    letters = letters_of(tuple(by_name), question.differs)
    places: list[Place] = []
    groups = (*question.above, *groups_of(tuple(by_name), question.differs), *question.below)
    for number, group in enumerate(groups, 1):
        if all(method in s_obj for method in group):
            group = sorted(group, key=lambda method: -s_obj[method])
        for method in group:
            s = by_name.get(method)
            score, low, high = (None, None, None) if s is None else (s.score, s.low, s.high)
            own = (letters.get(method, ""), method, score, low, high, s_obj.get(method))
            places.append(Place(len(places) + 1, number, *own, question.standing(method)))
    return tuple(places)


def _cluster_variance(off: np.ndarray, names: Sequence[str]) -> float:
    """Variance of the mean of ratings when groups, not ratings, are drawn: sum of squared group sums over n^2."""
    group = np.unique(names, return_inverse=True)[1]
    sums = np.bincount(group, off)
    count = len(sums)
    return float((sums**2).sum() / len(off) ** 2 * (count / max(count - 1, 1)))
