"""Ranking by votes: strengths worked by hand, known ones recovered, intervals that hold what they promise."""

import json

import numpy as np
import pytest

from core.errors import InputError
from score.preference.davidson import fit_many
from score.preference.plot import plot_ranking
from score.preference.rank import mean_ratings, rank
from score.preference.ranking_tables import places_table, reasons_table, write_ranking
from score.preference.simulated_votes import Crowd, population_strengths, simulate_votes
from score.preference.strengths import Design, beyond_scores, fit
from score.preference.votes import Vote, read_votes, write_votes

STRENGTHS = {"a": 0.8, "b": 0.3, "c": 0.0, "d": -0.3, "e": -0.8}


def test_two_methods_by_hand():
    # a beats b 30 times, b beats a 10 times: the ratio of strengths is 3, log strengths +-log(3)/2
    log, tie = fit(Design(("a", "b"), "half"), np.array([30.0, 0, 10]))
    assert log == pytest.approx([np.log(3) / 2, -np.log(3) / 2]) and tie == 0
    # with 20 ties as halves: 40 against 20; with their own parameter: still 30 against 10,
    # and nu = ties / (shares' geometric mean) = 20 / sqrt(30 x 10)
    assert fit(Design(("a", "b"), "half"), np.array([30.0, 20, 10]))[0][0] == pytest.approx(np.log(2) / 2)
    log, tie = fit(Design(("a", "b")), np.array([30.0, 20, 10]))
    assert log[0] == pytest.approx(np.log(3) / 2) and tie == pytest.approx(20 / np.sqrt(300))


@pytest.mark.parametrize("ties", ["davidson", "half"])
def test_many_fits_at_once_agree_with_evalica(ties):
    design = Design(tuple("abcde"), ties)
    tables = np.random.default_rng(5).integers(1, 30, (20, 10, 3)).astype(float)
    one_by_one = [fit(design, table.reshape(-1))[0] for table in tables]
    together = fit_many(tables, np.array(design.pairs), 5, ties == "half", np.zeros(5))
    assert together == pytest.approx(np.array(one_by_one), abs=1e-6)


def test_strengths_of_endless_votes_are_the_given_ones():
    crowd = Crowd(1, 1, 1, tie=0.7, rater_spread=0, clip_spread=0)
    assert population_strengths(STRENGTHS, crowd) == pytest.approx(STRENGTHS, abs=1e-6)
    # where raters and clips differ, the average vote is nearer to even
    spread_out = population_strengths(STRENGTHS, Crowd(1, 1, 1, rater_spread=0.5, clip_spread=0.5))
    assert 0.6 < spread_out["a"] < 0.78


def test_known_strengths_are_recovered_with_ties_and_careless_raters():
    crowd = Crowd(raters=80, clips=100, votes_per_rater=150, careless=0.15, rater_spread=0.1, clip_spread=0.1)
    ranking = rank(simulate_votes(STRENGTHS, crowd, seed=2), resamples=100)
    assert [place.method for place in ranking.places] == list("abcde")
    truth = population_strengths(STRENGTHS, crowd)
    for name, question in ranking.questions.items():
        for strength in question.strengths:
            assert strength.log_score == pytest.approx(truth[strength.method], abs=0.15), name
    assert ranking.questions["vote"].tie == pytest.approx(0.5, abs=0.06)
    assert [place.group for place in ranking.places] == [1, 2, 3, 4, 5]
    assert sum(not report.kept for report in ranking.raters) == 12


@pytest.mark.slow
def test_intervals_hold_the_truth_in_nine_of_ten_studies_and_not_in_all():
    crowd = Crowd(
        raters=24, clips=30, votes_per_rater=60, careless=0.125, rater_spread=0.3, clip_spread=0.3, reason=0.0
    )
    truth = population_strengths(STRENGTHS, crowd)
    held, narrow = [], []
    for study in range(200):
        votes = simulate_votes(STRENGTHS, crowd, study)
        question = rank(votes, resamples=150, seed=study).questions["vote"]
        held += [s.low <= np.exp(truth[s.method]) <= s.high for s in question.strengths]
        # what the intervals would be if every answer stood alone: too short, and this test can tell
        off = [abs(s.log_score - truth[s.method]) / np.log(s.high / s.score) for s in question.strengths]
        narrow += [value <= question.design_effect**-0.5 for value in off]
    assert 0.90 < np.mean(held) < 0.99
    assert np.mean(narrow) < 0.90


def test_a_bootstrap_over_votes_alone_would_be_too_narrow():
    crowd = Crowd(raters=15, clips=15, votes_per_rater=120, rater_spread=0.8, clip_spread=0.8)
    assert rank(simulate_votes(STRENGTHS, crowd, 0), resamples=100).questions["vote"].design_effect > 2


def test_ties_of_the_votes_are_broken_by_s_obj():
    same = {"a": 0.02, "b": 0.0, "c": -1.5}
    votes = simulate_votes(same, Crowd(20, 20, 50), seed=2)
    places = rank(votes, resamples=60, s_obj={"a": 10.0, "b": 12.0, "c": 99.0}).places
    assert [(p.rank, p.group, p.method) for p in places] == [(1, 1, "b"), (2, 1, "a"), (3, 2, "c")]
    places = rank(votes, resamples=60, s_obj={"a": 12.0, "b": 10.0, "c": 99.0}).places
    assert [p.method for p in places] == ["a", "b", "c"]


def test_mean_ratings_by_hand():
    # a against b, towards b: 5, 4, 3 and, shown the other way round, 2 -> 4: mean 4, median 4
    votes = [Vote(f"r{k}", f"k{k}", "a", "b", rating, ("color",)) for k, rating in enumerate((5, 4, 3))]
    votes.append(Vote("r9", "k9", "b", "a", 2))
    (pair,) = mean_ratings(votes)
    assert (pair.left, pair.right, pair.votes, pair.mean, pair.median) == ("a", "b", 4, 4.0, 4.0)
    # deviations 1, 0, -1, 0: variance 2/3, over 4 votes
    assert pair.ci95 == pytest.approx(1.959964 * np.sqrt(2 / 3 / 4))
    assert pair.ci95_clustered == pytest.approx(pair.ci95), "each vote its own rater and clip"
    assert pair.reasons == {"color": 0.75, "brightness": 0.0, "skintone": 0.0}


def test_one_opinion_repeated_does_not_narrow_the_clustered_interval():
    votes = [Vote(f"r{k}", f"k{m}", "a", "b", 5 if k % 2 else 1) for k in range(6) for m in range(50)]
    (pair,) = mean_ratings(votes)
    # six raters of fixed opinion +-2: variance 4 x 6/5 over 6
    assert pair.ci95_clustered == pytest.approx(1.959964 * np.sqrt(4 * 6 / 5 / 6))
    assert pair.ci95 < pair.ci95_clustered / 5


def test_files_in_json_out_and_the_same_again(tmp_path):
    votes = simulate_votes(STRENGTHS, Crowd(10, 12, 40), seed=8)
    write_votes(tmp_path / "v.csv", votes)
    first, second = (rank(read_votes(tmp_path / "v.csv"), resamples=60, seed=4).to_json() for _ in range(2))
    assert json.dumps(first, allow_nan=False) == json.dumps(second, allow_nan=False)
    assert first["places"][0]["method"] == "a"


def test_what_cannot_be_ranked_is_refused():
    few = [Vote("r", f"k{k}", "a", "b", 5) for k in range(9)] + [Vote("q", f"k{k}", "a", "b", 5) for k in range(9)]
    with pytest.raises(InputError, match="never won, or never lost"):
        rank(few)
    islands = simulate_votes({"a": 0, "b": 0}, Crowd(5, 5, 5), 0) + simulate_votes({"c": 0, "d": 0}, Crowd(5, 5, 5), 0)
    with pytest.raises(InputError, match="never won, or never lost"):
        rank(islands)
    lone = [Vote("r", f"k{k}", "a", "b", 5 - k % 5) for k in range(30)]
    with pytest.raises(InputError, match="1 raters and 30 clips"):
        rank(lone)
    fine = simulate_votes(STRENGTHS, Crowd(6, 8, 30), 0)
    with pytest.raises(InputError, match="S_obj is given for 'z'"):
        rank(fine, s_obj={"z": 1.0})
    with pytest.raises(InputError, match="counting: 'sum'"):
        rank(fine, counting="sum")
    with pytest.raises(InputError, match="ties: 'none'"):
        rank(fine, ties="none")
    with pytest.raises(InputError, match="resamples: 3"):
        rank(fine, resamples=3)


@pytest.mark.parametrize("counting", ["sign", "share"])
def test_methods_that_always_lose_or_win_stand_apart_and_the_others_are_ranked_as_without_them(tmp_path, counting):
    """Raw input below, a gold standard above: the votes between the others decide about these alone."""
    own = [vote for vote in simulate_votes(STRENGTHS, Crowd(20, 20, 60), seed=6) if vote.kind == "vote"]
    sure = [Vote(v.rater, v.clip, v.left, "input", 1, ("color",)) for v in own[::3]]
    sure += [Vote(v.rater, v.clip, v.right, "gold", 5, ("color",)) for v in own[::4]] + [
        Vote("r", "k", "gold", "input", 1)
    ]
    ranking, plain = rank(own + sure, resamples=60, counting=counting), rank(own, resamples=60, counting=counting)
    assert [place.method for place in ranking.places] == ["gold", *(p.method for p in plain.places), "input"]
    assert [place.standing for place in ranking.places] == ["above all", "", "", "", "", "", "below all"]
    for with_, without in zip(ranking.places[1:-1], plain.places, strict=True):
        assert (with_.score, with_.low, with_.high, with_.letters) == pytest.approx(
            (without.score, without.low, without.high, without.letters)
        )
    assert [place.rank for place in ranking.places] == [1, 2, 3, 4, 5, 6, 7]
    assert ranking.places[0].group == 1 and ranking.places[-1].group == plain.places[-1].group + 2
    assert ranking.questions["color"].standing("input") == "below all"
    lines = places_table(ranking)[1]
    assert lines[-1][3:6] == ["input", "below all", ""] and lines[1][4] == "above all"
    assert "below all" in reasons_table(ranking)[1][-1]
    write_ranking(ranking, tmp_path)
    assert (tmp_path / "places.csv").read_text().splitlines()[-1].endswith("below all")
    json.dumps(ranking.to_json(), allow_nan=False)
    assert plot_ranking(ranking, tmp_path / "ranking.png").stat().st_size > 0


@pytest.mark.parametrize("wins", [1, 2])
def test_a_method_that_won_once_or_twice_does_not_spoil_the_others(wins):
    """Half of the resamples would miss its win: the others are ranked as without it, and it stands below them."""
    own = [vote for vote in simulate_votes(STRENGTHS, Crowd(20, 20, 60), seed=6) if vote.kind == "vote"]
    sure = [Vote(v.rater, v.clip, v.left, "input", 5 if k < wins else 1) for k, v in enumerate(own[::3])]
    sure += [Vote(v.rater, v.clip, v.left, "worst", 1) for v in own[::5]]
    ranking, plain = rank(own + sure, resamples=60), rank(own, resamples=60)
    assert [p.method for p in ranking.places] == [*(p.method for p in plain.places), "input", "worst"]
    last = "below all but 1 answer" if wins == 1 else "below all but 2 answers"
    assert [p.standing for p in ranking.places[-2:]] == [last, "below all"]
    for with_, without in zip(ranking.places, plain.places, strict=False):
        assert (with_.score, with_.low, with_.high) == pytest.approx((without.score, without.low, without.high))


def test_methods_beyond_scores_by_hand():
    # of a, b, c, d: a beats all, d loses to all, c loses to b and a: without a and d only b and c are left, b above c
    design = Design(tuple("abcd"), "half")
    lost = np.tile([5.0, 0, 0], (6, 1))
    assert beyond_scores(design, lost.reshape(-1)) == ((("a",), ("b",)), (("c",), ("d",)))
    # c and d, which never met, both lose to a and b, who beat each other
    lost[0], lost[5] = (3, 0, 2), 0
    assert beyond_scores(design, lost.reshape(-1)) == ((), (("c", "d"),))
    # one tie is enough for a score
    lost[2] = (4, 1, 0)
    assert beyond_scores(design, lost.reshape(-1)) == ((), (("c",),))


def test_a_reason_that_nobody_names_is_left_unscored_and_said_so():
    votes = simulate_votes(STRENGTHS, Crowd(8, 10, 40, reason=0.0), seed=1)
    ranking = rank(votes, resamples=60)
    assert list(ranking.questions) == ["vote"]
    assert ranking.unscored["color"] == "color: no vote names this reason"
