"""The challenge's score: worked by hand, read and written without loss, refused where the original fills in."""

import csv

import pytest

from core.errors import InputError
from score import challenge
from score.challenge import METRICS, SUPERVISED, UNSUPERVISED, score_submission

HEADER = "video_i," + ",".join(METRICS)


def submission(folder, supervised=None, unsupervised=None):
    """A submission of two videos each, unless told otherwise."""
    folder.mkdir(exist_ok=True)
    (folder / SUPERVISED).write_text(supervised or "video_i,rmse\nvideo_0001,0.05\nvideo_0002,0.03\n")
    scores = ",".join(["0.6", "0.5", "0.5", "0.5", "0.2", *["0.5"] * 7])
    rows = f"{HEADER}\nvideo_0001,{scores}\nvideo_0002,{scores}\n"
    (folder / UNSUPERVISED).write_text(unsupervised or rows)
    return folder


def scored(folder, **options):
    return score_submission(folder, supervised_rows=2, unsupervised_rows=2, **options)


def test_equations_worked_by_hand(tmp_path):
    # S_real = (0.6 + 10 x 0.5 + (1 - 0.2)) / 12 = 6.4 / 12; mean RMSE 0.04: S_synth = 25; S_obj = 13.333...
    score = scored(submission(tmp_path))
    assert score.s_real == pytest.approx(6.4 / 12)
    assert score.s_synth == pytest.approx(25)
    assert score.s_obj == pytest.approx(6.4 / 12 * 25)
    assert score.mean_rmse == pytest.approx(0.04)
    assert dict(score.rows())["m_5"] == pytest.approx(0.2)


def test_the_sign_of_the_fourth_auxiliary_score_is_a_choice(tmp_path):
    # as it stands: (0.6 + 5.0 + 0.2) / 12
    assert scored(submission(tmp_path), flip_m_5=False).s_real == pytest.approx(5.8 / 12)


def test_s_synth_is_one_over_the_mean_and_not_the_mean_of_ones_over(tmp_path):
    score = scored(submission(tmp_path, "video_i,rmse\na,0.01\nb,0.03\n"))
    assert score.s_synth == pytest.approx(50)


def test_round_trip_in_the_challenges_own_format(tmp_path):
    rmse = {f"video_{k:04d}": 0.0260869958 + k * 1e-5 for k in range(1, 501)}
    scores = {f"video_{k:04d}": tuple(((k * 7 + m * 13) % 997) / 996 for m in range(12)) for k in range(1, 3001)}
    challenge.write_supervised(tmp_path / SUPERVISED, rmse)
    rows = (",".join([name, *map(repr, values)]) for name, values in scores.items())
    (tmp_path / UNSUPERVISED).write_text("\n".join([HEADER, *rows, ""]))
    assert challenge.read_supervised(tmp_path / SUPERVISED) == rmse
    assert challenge.read_unsupervised(tmp_path / UNSUPERVISED) == scores
    before = (tmp_path / SUPERVISED).read_bytes()
    challenge.write_supervised(tmp_path / SUPERVISED, challenge.read_supervised(tmp_path / SUPERVISED))
    assert (tmp_path / SUPERVISED).read_bytes() == before
    # what the challenge's script checks: these columns, this many rows; and its sum, written out here
    with open(tmp_path / UNSUPERVISED, newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["video_i", *METRICS] and len(rows) == 3000
    means = [sum(float(row[m]) for row in rows) / 3000 for m in METRICS]
    expected = (sum(means) - means[4] + 1 - means[4]) / 12 / (sum(rmse.values()) / 500)
    assert score_submission(tmp_path).s_obj == pytest.approx(expected)


ROW = "a," + ",".join(["0.5"] * 12)


@pytest.mark.parametrize(
    ("supervised", "unsupervised", "said"),
    [
        ("video_i,rmse\na,\nb,0.1\n", None, r"supervised.csv:2: rmse: no value"),
        ("video_i,rmse\na,nan\nb,0.1\n", None, r":2: rmse: 'nan' is not a finite number"),
        ("video_i,rmse\na,0.1\nb,inf\n", None, r":3: rmse: 'inf' is not a finite"),
        ("video_i,rmse\na,0.1\nb,-0.1\n", None, r":3: rmse: -0.1 is out of range"),
        ("video_i,rmse\na,0.1\nb,13.4\n", None, r":3: rmse: 13.4 is out of range; expected an error from 0 to 1.9922"),
        ("video_i,rmse\na,0.1\nb,much\n", None, r":3: rmse: 'much' is not"),
        ("video_i,rmse\na,0.1\na,0.1\n", None, r":3: video_i: 'a' appears twice"),
        ("video_i,rmse\na,0.1\n,0.1\n", None, r":3: video_i: no value"),
        ("video_i,rmse\na,0.1\n", None, r"1 rows, expected 2"),
        ("video_i,rmse\na,0.1\nb,0.1\nc,0.1\n", None, r"3 rows, expected 2"),
        ("video,rmse\na,0.1\nb,0.1\n", None, r"no column 'video_i'"),
        ("video_i,rmse,psnr\na,0.1,3\nb,0.1,3\n", None, r"unknown column 'psnr'"),
        ("video_i,rmse\na,0.1,3\nb,0.1\n", None, r":2: 3 values, but the header names 2"),
        ("video_i,rmse\na,0\nb,0.0\n", None, r"every rmse is 0"),
        ("\n", None, r"no column"),
        (None, f"{HEADER}\n{ROW}\n{ROW.replace('a,', 'b,', 1)[:-3]}\n", r":3: m_12: no value"),
        (None, f"{HEADER}\n{ROW}\nb{ROW[1:-3]}1.5\n", r":3: m_12: 1.5 is out of range; expected a score from 0 to 1"),
        (None, f"{HEADER}\n{ROW}\nb{ROW[1:-3]}-9999\n", r":3: m_12: -9999 is out of range"),
        (None, HEADER.removesuffix(",m_12") + f"\n{ROW[:-4]}\n", r"no column 'm_12'"),
        (None, f'{HEADER}\n"a{ROW[1:]}\n', r"not valid CSV"),
    ],
)
def test_a_damaged_submission_is_refused_by_name(tmp_path, supervised, unsupervised, said):
    with pytest.raises(InputError, match=said) as error:
        scored(submission(tmp_path, supervised, unsupervised))
    assert "\n" not in str(error.value)


def test_unknown_and_missing_videos_are_refused_by_name(tmp_path):
    folder = submission(tmp_path)
    with pytest.raises(InputError, match="'video_0002' is not one of the 2 videos"):
        scored(folder, supervised_videos=["video_0001", "video_0009"])
    with pytest.raises(InputError, match="'video_0003' has no row"):
        scored(folder, unsupervised_videos=["video_0001", "video_0002", "video_0003"])
    (folder / SUPERVISED).unlink()
    with pytest.raises(InputError, match=r"metrics_supervised.csv: no such file"):
        scored(folder)
    (folder / SUPERVISED).write_bytes(b"video_i,rmse\n\xff\xfe,0.1\n")
    with pytest.raises(InputError, match="not UTF-8"):
        scored(folder)


def test_filling_in_a_missing_value_can_raise_the_originals_score(tmp_path):
    # why a gap is refused: in the original a missing m_5 becomes -9999 and counts as 1 + 9999
    honest = scored(submission(tmp_path)).s_obj
    rows = [0.6, 0.5, 0.5, 0.5, (0.2 - 9999) / 2, *[0.5] * 7]
    filled = (sum(rows) - rows[4] + 1 - rows[4]) / 12 / 0.04
    assert filled > 100 * honest


@pytest.mark.parametrize("value", [float("nan"), -0.1, 2.5])
def test_what_would_be_refused_is_not_written(tmp_path, value):
    with pytest.raises(InputError, match="a: rmse"):
        challenge.write_supervised(tmp_path / SUPERVISED, {"a": value})
    assert not list(tmp_path.iterdir())
