"""Bradley-Terry strengths from pairwise outcomes with ties, by evalica, and their covariance under resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import evalica
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from core.errors import InputError
from score.preference.davidson import fit_many

TIES = ("davidson", "half")
FIRST, TIE, SECOND = 0, 1, 2
TOLERANCE = 1e-9
LIMIT = 10_000


@dataclass(frozen=True)
class Design:
    """The methods compared, alphabetical, and how an outcome is numbered: cell `3 * pair + {FIRST, TIE, SECOND}`.

    Pairs count `(0, 1), (0, 2), ..., (1, 2), ...` over the methods. `ties`: `davidson` gives ties their own parameter
    (Davidson 1970, fitted as in Newman 2023); `half` counts a tie as half a win for each.
    """

    methods: tuple[str, ...]
    ties: str = "davidson"

    def __post_init__(self) -> None:
        if len(self.methods) < 2:
            raise InputError(f"{len(self.methods)} method in the votes; a ranking needs two or more")
        if self.ties not in TIES:
            raise InputError(f"ties: {self.ties!r} is not one of {', '.join(TIES)}")

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        size = len(self.methods)
        return tuple((i, j) for i in range(size) for j in range(i + 1, size))

    @property
    def cells(self) -> int:
        return 3 * len(self.pairs)


def fit(design: Design, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Log strengths `(methods,)`, mean 0, and Davidson's tie parameter (0 for ties counted as halves).

    `weights` `(cells,)`: how many times each outcome was seen, fractions allowed. With strengths s and tie parameter
    nu P(i beats j) = s_i / (s_i + s_j + nu sqrt(s_i s_j)). Raises InputError when no finite answer exists: some group
    of methods never won, or never met, the others (Ford 1957).
    """
    alone = unbeaten_group(design, weights)
    if alone:
        names = ", ".join(alone)
        raise InputError(f"{names}: never won, or never lost, against the other methods: no finite score; add votes")
    firsts, seconds, winners = _outcomes(design)
    method = evalica.newman if design.ties == "davidson" else evalica.bradley_terry
    result = method(
        firsts,
        seconds,
        winners,
        index=pd.Index(design.methods),
        weights=weights.tolist(),
        tolerance=TOLERANCE,
        limit=LIMIT,
    )
    log = np.log(result.scores.reindex(list(design.methods)).to_numpy())
    return log - log.mean(), 2 * float(result.v) if isinstance(result, evalica.NewmanResult) else 0.0


Tiers = tuple[tuple[str, ...], ...]
"""Methods by tier, best tier first."""


def beyond_scores(design: Design, weights: np.ndarray) -> tuple[Tiers, Tiers]:
    """Methods that stand above all others, and those below: they won (or lost) every answer against the others.

    Their strengths are infinite, and the fit of the others tends to the one without them. Taken away in rounds, as
    without the first ones others may be left that always won or lost; those of one round never met each other.
    """
    table, (i, j) = weights.reshape(-1, 3), np.array(design.pairs).T
    beats = np.zeros((len(design.methods),) * 2, bool)
    beats[i, j], beats[j, i] = table[:, FIRST] + table[:, TIE] > 0, table[:, SECOND] + table[:, TIE] > 0
    left, above, below = np.ones(len(beats), bool), list[tuple[str, ...]](), list[tuple[str, ...]]()
    while True:
        wins, losses = (beats & left).any(axis=1) & left, (beats.T & left).any(axis=1) & left
        for tiers, found in ((above, wins & ~losses), (below, losses & ~wins)):
            if found.any():
                tiers.append(tuple(name for name, one in zip(design.methods, found, strict=True) if one))
        if (wins == losses).all():
            return tuple(above), tuple(below[::-1])
        left &= wins == losses


def unbeaten_group(design: Design, weights: np.ndarray) -> tuple[str, ...]:
    """Methods that break the condition for a finite fit (the smaller side of the break), or none."""
    table = weights.reshape(-1, 3)
    pairs = np.array(design.pairs)
    up, down = table[:, FIRST] + table[:, TIE] > 0, table[:, SECOND] + table[:, TIE] > 0
    beats = np.concatenate([pairs[up], pairs[down, ::-1]])
    size = len(design.methods)
    graph = csr_matrix((np.ones(len(beats)), (beats[:, 0], beats[:, 1])), shape=(size, size))
    groups, label = connected_components(graph, directed=True, connection="strong")
    if groups == 1:
        return ()
    smallest = np.argmin(np.bincount(label))
    return tuple(name for name, group in zip(design.methods, label, strict=True) if group == smallest)


@dataclass(frozen=True)
class Spread:
    """`covariance` `(methods, methods)` of log strengths; `independent`, were each (rater, clip) drawn on its own;
    `degrees` of freedom for a t interval; `dropped`: share of resamples that had no finite fit."""

    covariance: np.ndarray
    independent: np.ndarray
    degrees: int
    dropped: float

    @property
    def design_effect(self) -> float:
        """How many times raters and clips make the variance larger than if each (rater, clip) stood alone."""
        return float(np.trace(self.covariance) / np.trace(self.independent))


def resampled_spread(
    design: Design,
    cells: np.ndarray,
    raters: Sequence[str] | np.ndarray,
    clips: Sequence[str] | np.ndarray,
    shares: np.ndarray,
    rng: np.random.Generator,
    resamples: int = 400,
) -> Spread:
    """Covariance of the log strengths when raters and clips, not answers, are the random draw.

    `cells` `(answers,)` are the outcomes' numbers, `shares` `(answers,)` their weights. Three bootstraps, over
    raters, over clips and over (rater, clip), give V = V_raters + V_clips - V_both: the two-way cluster variance of
    Cameron, Gelbach and Miller (2011). Resampling raters and clips at once would count the noise of single answers
    three times (Owen 2007). Raises InputError for fewer than 3 raters or clips, or when over a tenth of the resamples
    has no finite fit.
    """
    rater_of, clip_of = (np.unique(np.asarray(names), return_inverse=True)[1] for names in (raters, clips))
    found_raters, found_clips = rater_of.max() + 1, clip_of.max() + 1
    if min(found_raters, found_clips) < 3:
        raise InputError(f"{found_raters} raters and {found_clips} clips: an interval needs at least 3 of each")
    both = np.unique(rater_of * found_clips + clip_of, return_inverse=True)[1]
    start = fit(design, np.bincount(cells, shares, design.cells))[0]
    answers = (design, cells, shares, start, rng, resamples)
    drawn = [_resampled(group, *answers) for group in (rater_of, clip_of, both)]
    dropped = 1 - sum(len(d) for d, _ in drawn) / (3 * resamples)
    if dropped > 0.1:
        raise InputError(f"{dropped:.0%} of the resamples have a method that never won or lost; gather more votes")
    by_rater, by_clip, by_both = (np.cov(d, rowvar=False) * groups / (groups - 1) for d, groups in drawn)
    covariance = by_rater + by_clip - by_both
    # the difference of estimates can dip below what one grouping shows alone, even below zero: never taken lower
    floor = by_rater if np.trace(by_rater) > np.trace(by_clip) else by_clip
    values, vectors = np.linalg.eigh(covariance - floor)
    covariance = floor + (vectors * np.maximum(values, 0)) @ vectors.T
    return Spread(covariance, by_both, int(min(found_raters, found_clips)) - 1, dropped)


def _resampled(
    group: np.ndarray,
    design: Design,
    cells: np.ndarray,
    shares: np.ndarray,
    start: np.ndarray,
    rng: np.random.Generator,
    resamples: int,
) -> tuple[np.ndarray, int]:
    groups = int(group.max()) + 1
    table = csr_matrix((shares, (group, cells)), shape=(groups, design.cells))
    counts = rng.multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    weights = np.asarray((table.T @ counts.T).T, float).reshape(resamples, -1, 3)
    won = (weights[..., FIRST] + weights[..., TIE] > 0) & (weights[..., SECOND] + weights[..., TIE] > 0)
    # every pair went both ways: no need to look further
    sound = won.all(axis=1)
    sound[~sound] = [not unbeaten_group(design, one) for one in weights[~sound]]
    return fit_many(weights[sound], np.array(design.pairs), len(design.methods), design.ties == "half", start), groups


def _outcomes(design: Design) -> tuple[list[str], list[str], list[evalica.Winner]]:
    firsts: list[str] = []
    seconds: list[str] = []
    winners: list[evalica.Winner] = []
    for i, j in design.pairs:
        firsts += [design.methods[i]] * 3
        seconds += [design.methods[j]] * 3
        winners += [evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y]
    return firsts, seconds, winners
