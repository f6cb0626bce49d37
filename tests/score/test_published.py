"""The challenge's published order of methods comes out of its published pair statistics, in both rounds."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import pearsonr

from score.preference.strengths import FIRST, SECOND, Design, fit

PUBLISHED = Path(__file__).parent / "published"


def rows(name, challenge_round):
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as table:
        return [row for row in csv.DictReader(table) if row["round"] == challenge_round]


def published_votes(challenge_round):
    """Bradley-Terry scores by method, best first."""
    found = {row["method"]: float(row["vote"]) for row in rows("challenge_bradley_terry.csv", challenge_round)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def scores_from_pairs(pairs):
    """Bradley-Terry scores (geometric mean 1, best first) with (mean - 1) / 4 as the right side's share of wins."""
    design = Design(tuple(sorted({row[side] for row in pairs for side in ("left", "right")})), ties="half")
    index = {name: number for number, name in enumerate(design.methods)}
    number_of = {pair: number for number, pair in enumerate(design.pairs)}
    weights = np.zeros(design.cells)
    for row in pairs:
        first, second, right_share = index[row["left"]], index[row["right"]], (float(row["mean_rating"]) - 1) / 4
        if first > second:
            first, second, right_share = second, first, 1 - right_share
        cell = 3 * number_of[first, second]
        weights[cell + FIRST] += int(row["votes"]) * (1 - right_share)
        weights[cell + SECOND] += int(row["votes"]) * right_share
    scores = dict(zip(design.methods, np.exp(fit(design, weights)[0]), strict=True))
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


@pytest.mark.parametrize(("challenge_round", "methods"), [("final", 7), ("combined", 12)])
def test_order_of_the_methods_is_recovered(challenge_round, methods):
    published = published_votes(challenge_round)
    found = scores_from_pairs(rows("challenge_pairs.csv", challenge_round))
    assert len(found) == methods
    assert list(found) == list(published)
    # a mean rating holds less than the votes themselves: the scale is smaller, the spacing is much the same
    logs = [np.log([table[name] for name in published]) for table in (found, published)]
    assert pearsonr(*logs).statistic > 0.98


@pytest.mark.parametrize("challenge_round", ["final", "combined"])
def test_published_scores_have_geometric_mean_one(challenge_round):
    assert np.exp(np.mean(np.log([*published_votes(challenge_round).values()]))) == pytest.approx(1, abs=0.01)


def test_published_intervals_are_those_of_ratings_that_stand_alone():
    """ci95 = 1.96 deviation / sqrt(votes), with the deviation of single ratings on a scale of five."""
    deviations = [float(row["ci95"]) * int(row["votes"]) ** 0.5 / 1.96 for row in rows("challenge_pairs.csv", "final")]
    assert min(deviations) > 0.85 and max(deviations) < 1.45
