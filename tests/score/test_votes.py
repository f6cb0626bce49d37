"""Vote files: a round trip, what is refused and how, and who is screened out."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from score.preference.screening import Rules, screen
from score.preference.simulated_votes import Crowd, simulate_votes
from score.preference.votes import Vote, methods_of, read_votes, write_votes

HEADER = "rater,session,clip,left,right,rating,reasons,seconds,kind,expected\n"
STRENGTHS = {"a": 0.8, "b": 0.3, "c": -0.3, "d": -0.8}


def test_round_trip(tmp_path):
    votes = simulate_votes(STRENGTHS, Crowd(raters=4, clips=5, votes_per_rater=9), seed=1)
    write_votes(tmp_path / "one.csv", votes[:20])
    write_votes(tmp_path / "two.csv", votes[20:])
    assert read_votes(tmp_path) == votes
    assert read_votes([tmp_path / "one.csv", tmp_path / "two.csv"]) == votes
    assert methods_of(votes) == ("a", "b", "c", "d")


def test_a_minimal_file_in_any_column_order(tmp_path):
    (tmp_path / "v.csv").write_text("rating,right,left,clip,rater\n5,b,a,k,r\n2,a,b,k,q\n")
    first, second = read_votes(tmp_path / "v.csv")
    assert first == Vote("r", "k", "a", "b", 5)
    # the second saw the sides swapped and preferred its left, b: towards b, as the first, by 4 of 5
    assert second.pair == first.pair == ("a", "b")
    assert (first.towards_second, second.towards_second) == (5, 4)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("r,1,k,a,b,,,,vote,", r":2: rating: no value"),
        ("r,1,k,a,b,6,,,vote,", r":2: rating: 6 is out of range; expected a whole number from 1 to 5"),
        ("r,1,k,a,b,2.5,,,vote,", r":2: rating: 2.5 is not a whole number"),
        ("r,1,k,a,b,nan,,,vote,", r":2: rating: 'nan' is not a finite number"),
        ("r,1,k,a,b,left,,,vote,", r":2: rating: 'left' is not"),
        (",1,k,a,b,2,,,vote,", r":2: rater: no value"),
        ("r,1,,a,b,2,,,vote,", r":2: clip: no value"),
        ("r,1,k,a,a,2,,,vote,", r":2: left and right are both 'a'"),
        ("r,1,k,a,b,2,colour,,vote,", r":2: reasons: 'colour' is not one of color, brightness, skintone"),
        ("r,1,k,a,b,2,,-3,vote,", r":2: seconds: -3 is out of range"),
        ("r,1,k,a,b,2,,inf,vote,", r":2: seconds: 'inf' is not a finite"),
        ("r,1,k,a,b,2,,,maybe,", r":2: kind: 'maybe' is not one of vote, trap, gold"),
        ("r,1,k,a,b,2,,,trap,", r":2: expected: ''; a trap question needs one"),
        ("r,1,k,a,b,2,,,vote,4", r":2: expected: '4'; only trap and gold"),
        ("r,1,k,a,b,2,,,gold,9", r":2: expected: 9 is out of range"),
        ("r,1,k,a,b,2,,,vote,\nr,1,k,b,a,2,,,vote,", r":3: rater 'r' answered b against a on clip 'k' already at .*:2"),
        ("r,1,k,a,b,2", r":2: 6 values, but the header names 10"),
        ("r,1,t,-,-,2,,,trap,2", r"holds no votes"),
    ],
)
def test_a_damaged_line_is_refused_with_its_place(tmp_path, line, said):
    path = tmp_path / "v.csv"
    path.write_text(HEADER + line + "\n")
    with pytest.raises(InputError, match=said) as error:
        read_votes(path)
    assert "\n" not in str(error.value)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no \.csv vote file"):
        read_votes(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_votes(tmp_path / "v.csv")
    (tmp_path / "v.csv").write_text("rater,clip,left,right\n")
    with pytest.raises(InputError, match="no column 'rating'"):
        read_votes(tmp_path / "v.csv")
    (tmp_path / "v.csv").write_text("rater,clip,left,right,rating,mood\n")
    with pytest.raises(InputError, match="unknown column 'mood'"):
        read_votes(tmp_path / "v.csv")


def test_screening_finds_exactly_the_careless():
    crowd = Crowd(raters=20, clips=30, votes_per_rater=60, careless=0.25, traps=6)
    kept, reports = screen(simulate_votes(STRENGTHS, crowd, seed=3))
    careless = [report.rater for report in reports if not report.kept]
    assert careless == [f"rater-{k:03d}" for k in range(5)]
    assert {vote.rater for vote in kept}.isdisjoint(careless) and all(vote.kind == "vote" for vote in kept)
    assert any("traps answered rightly" in why for report in reports for why in report.why)
    assert any("median seconds" in why for report in reports for why in report.why)


def test_honest_raters_stay_where_methods_are_alike_and_one_who_turns_all_round_is_left_out():
    alike = simulate_votes(dict.fromkeys("abcd", 0.0), Crowd(raters=24, clips=30, votes_per_rater=60), seed=0)
    assert sum(not report.kept for report in screen(alike)[1]) <= 1
    votes = simulate_votes(STRENGTHS, Crowd(raters=20, clips=30, votes_per_rater=60, rater_spread=0.1), seed=0)
    turned = [replace(v, rating=6 - v.rating) if v.rater == "rater-004" and v.kind == "vote" else v for v in votes]
    (left_out,) = [report for report in screen(turned)[1] if not report.kept]
    assert left_out.rater == "rater-004" and "agreement with the others" in left_out.why[0]


def test_agreement_is_near_nothing_for_careless_raters_and_does_not_depend_on_how_methods_are_named():
    crowd = Crowd(raters=20, clips=30, votes_per_rater=100, careless=0.25)
    votes = simulate_votes(STRENGTHS, crowd, seed=3)
    named = {"a": "c", "b": "a", "c": "d", "d": "b", "-": "-"}
    renamed = [Vote(**{**vars(v), "left": named[v.left], "right": named[v.right]}) for v in votes]
    found, again = ({r.rater: r.agreement for r in screen(some)[1]} for some in (votes, renamed))
    assert found == pytest.approx(again)
    values = np.array(list(found.values()))
    assert abs(values[:5]).max() < 0.3 < values[5:].mean()


def test_gold_questions_and_the_limits_of_the_rules():
    votes = [Vote("good", "k", "a", "b", 4), Vote("good", "g", "a", "b", 4, kind="gold", expected=5)]
    votes += [Vote("bad", "k", "a", "b", 4), Vote("bad", "g", "a", "b", 3, kind="gold", expected=5)]
    kept, (bad, good) = screen(votes)
    assert [vote.rater for vote in kept] == ["good"] and good.gold_right == 1
    assert bad.why == ("gold questions answered rightly 0.00 < 0.75",)
    assert len(screen(votes, Rules(gold_tolerance=2))[0]) == 2
    with pytest.raises(InputError, match="no rater passes the screening of 1"):
        screen(votes[2:])
    with pytest.raises(InputError, match="traps_right: 2 is not a share"):
        Rules(traps_right=2)
