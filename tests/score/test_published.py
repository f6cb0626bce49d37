"""The challenge's published order of methods comes out of its published pair statistics, in both rounds."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from core.errors import InputError
from score.published import ROUNDS, published_pairs, published_scores, scores_from_pairs


@pytest.mark.parametrize(("challenge_round", "methods"), [("final", 7), ("combined", 12)])
def test_order_of_the_methods_is_recovered(challenge_round, methods):
    published = published_scores(challenge_round)
    found = scores_from_pairs(published_pairs(challenge_round))
    assert len(found) == methods
    assert list(found) == list(published)
    # a mean rating holds less than the votes themselves: the scale is smaller, the spacing is much the same
    logs = [
        np.log([table[name] for name in published]) for table in (found, {n: s["vote"] for n, s in published.items()})
    ]
    assert pearsonr(*logs).statistic > 0.98


@pytest.mark.parametrize("challenge_round", ROUNDS)
def test_published_scores_have_geometric_mean_one(challenge_round):
    votes = [scores["vote"] for scores in published_scores(challenge_round).values()]
    assert np.exp(np.mean(np.log(votes))) == pytest.approx(1, abs=0.01)


def test_published_intervals_are_those_of_ratings_that_stand_alone():
    deviations = [pair.deviation for pair in published_pairs("final")]
    assert min(deviations) > 0.85 and max(deviations) < 1.45


def test_an_unknown_round_is_refused():
    with pytest.raises(InputError, match="round: 'first' is not one of final, combined"):
        published_pairs("first")
