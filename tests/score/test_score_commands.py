"""The commands of scores, ranks and studies as a lab runs them; mistakes are told in one line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from keyfill.cli import main
from pairs.video import encode_lossless
from score.challenge import METRICS, UNSUPERVISED, write_supervised
from score.preference.simulated_votes import Crowd, simulate_votes
from score.preference.votes import write_votes

HEADER = "rater,clip,left,right,rating\n"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch) -> Path:
    """Votes, a submission, videos of two methods, and files that are wrong in one way each."""
    monkeypatch.chdir(tmp_path)
    write_votes(tmp_path / "votes.csv", simulate_votes({"a": 0.5, "b": 0.0, "c": -0.5}, Crowd(9, 10, 24), 0))
    write_supervised(tmp_path / "mine" / "metrics_supervised.csv", {"v": 0.25})
    table = [",".join(["video_i", *METRICS]), ",".join(["v", *["0.5"] * 12]), ""]
    (tmp_path / "mine" / UNSUPERVISED).write_text("\n".join(table))
    for k, method in enumerate(("a", "b")):
        (tmp_path / "videos" / method).mkdir(parents=True)
        for clip in ("one.mp4", "two.mp4"):
            frames = np.full((3, 36, 64, 3), 100 + 4 * k, np.uint8)
            (tmp_path / "videos" / method / clip).write_bytes(encode_lossless(frames, 30.0))
    (tmp_path / "empty").mkdir()
    files = {
        "header.csv": HEADER,
        "zero.csv": "",
        "semicolon.csv": HEADER.replace(",", ";") + "r;k;a;b;1\n",
        "one-sided.csv": HEADER + "".join(f"r{i},k{j},a,b,1\n" for i in range(4) for j in range(4)),
        "alone.csv": HEADER + "".join(f"r,k{j},a,b,{1 + j % 5}\n" for j in range(20)),
        "unknown.csv": "method,s_obj\nz,1\n",
        "twice.csv": "method,s_obj\na,1\na,2\n",
        "word.csv": "method,s_obj\na,good\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "noise.csv").write_bytes(bytes(range(128, 256)))
    return tmp_path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("score none", "none/metrics_supervised.csv: no such file"),
        ("score mine", "1 rows, expected 500"),
        ("score votes.csv", "Not a directory"),
        ("rank none.csv", "none.csv: no such file"),
        ("rank empty", "holds no .csv vote file"),
        ("rank header.csv", "holds no votes"),
        ("rank zero.csv", "zero.csv:1: no column 'rater'"),
        ("rank semicolon.csv", "no column 'rater'"),
        ("rank noise.csv", "not UTF-8 text"),
        ("rank votes.csv votes.csv", "already at votes.csv:2"),
        ("rank one-sided.csv", "never won, or never lost"),
        ("rank alone.csv", "1 raters"),
        ("rank votes.csv --s-obj unknown.csv", "S_obj is given for 'z'"),
        ("rank votes.csv --s-obj twice.csv", "twice.csv:3: method: 'a' appears twice"),
        ("rank votes.csv --s-obj word.csv", "word.csv:2: s_obj: 'good' is not a finite number"),
        ("rank votes.csv --plot x.gif", "--plot x.gif: expected a name that ends in .png"),
        ("rank votes.csv --resamples 3", "resamples: 3 are too few"),
        ("rank votes.csv --counting sum", '"sum"'),
        ("rank votes.csv --min-seconds -1", "--min-seconds -1"),
        ("rank votes.csv --min-seconds 100", "no rater passes"),
        ("rank votes.csv --out votes.csv", "choose another folder"),
        ("study none --out page", "none: no such folder"),
        ("study empty --out page", "holds videos of 0 methods"),
        ("study videos --out page --gold a", "expected BETTER:WORSE"),
        ("study videos --out page --gold a:z", "gold: 'z' is not one of a, b"),
        ("study videos --out page --gold a:a", "gold: 'a' stands on both sides"),
        ("study videos --out page --raters 0", "0 raters"),
        ("study videos --out page --raters 3 --votes-per-rater 0", "0 votes each"),
        ("study videos --out page --votes-per-rater 1", "votes per rater: 1 is below 4"),
        ("study videos --out page --width nan", "width: nan"),
        ("study videos --out page --spread -1", "spread: -1"),
        ("study videos --out votes.csv --raters 3", "choose another folder"),
        ("evaluate videos/a/one.mp4 none.mp4", "none.mp4: no such file"),
        ("evaluate videos/a/one.mp4 votes.csv", "votes.csv: cannot be opened"),
        ("evaluate videos/a/one.mp4 videos/b", "holds no pictures"),
        ("evaluate videos/a/one.mp4 videos/b/one.mp4 --workers 0", "workers: 0"),
        ("compare videos/a/one.mp4 videos/b/one.mp4 --supervised votes.csv/s.csv", "--supervised votes.csv: cannot"),
        ("compare videos/a/one.mp4 videos/b/one.mp4 --out votes.csv", "--out votes.csv: cannot be written"),
        ("evaluate videos/a/one.mp4 videos/b/one.mp4 --against videos", "--against: for a trained model only"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(lab: Path, capsys, command: str, said: str) -> None:
    before = sorted(lab.rglob("*"))
    assert main([*command.split(), "--quiet"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("keyfill: ") and message.count("\n") == 1, message
    assert said in message
    assert sorted(lab.rglob("*")) == before, "nothing is left behind"


def test_a_submission_is_scored(lab: Path, capsys) -> None:
    assert main(["score", "mine", "--any-rows", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["s_real"], found["s_synth"], found["s_obj"]) == (0.5, 4.0, 2.0)


def test_votes_are_ranked_into_files(lab: Path, capsys) -> None:
    (lab / "s_obj.csv").write_text("method,s_obj\na,2\nb,1\nc,3\n")
    where = ["--plot", "rank.svg", "--out", "ranking", "--s-obj", "s_obj.csv"]
    assert main(["rank", "votes.csv", *where, "--resamples", "60"]) == 0
    assert "9 of 9 raters kept" in capsys.readouterr().out
    assert {path.name for path in (lab / "ranking").iterdir()} == {
        "ranking.json", "places.csv", "pairs.csv", "raters.csv",
    }  # fmt: skip
    lines = (lab / "ranking" / "places.csv").read_text().splitlines()
    assert lines[0] == "rank,group,letters,method,score,low,high,s_obj,standing" and len(lines) == 4
    assert b"<svg" in (lab / "rank.svg").read_bytes()


@pytest.mark.parametrize("name", ["compare", "evaluate"])
def test_two_videos_give_every_measure(name: str, lab: Path, capsys) -> None:
    command = f"{name} videos/a/one.mp4 videos/b/one.mp4 --out scores --supervised s.csv --json --quiet"
    assert main(command.split()) == 0
    printed = capsys.readouterr()
    older = "keyfill: this is now: keyfill compare videos/a/one.mp4 videos/b/one.mp4\n"
    assert printed.err == (older if name == "evaluate" else "")
    found = json.loads(printed.out)
    row = dict(zip(found["header"], found["rows"][0], strict=True))
    assert row["rmse"] == 4 and {"psnr", "ssim", "ciede2000", "vmaf", "xpsnr", "flicker"} <= set(row)
    assert (lab / "s.csv").read_text() == "video_i,rmse\none,0.03125\n"


def test_what_is_odd_about_videos_is_said_before_they_are_measured(lab: Path, capsys) -> None:
    """Alpha that is left out, pixels that are not square, once for all that have it; of pictures, too.
    Red against grey is so far off that its XPSNR is below 0 dB."""
    red = ["-v", "error", "-f", "lavfi", "-i", "color=red@0.5:s=64x36:d=0.1:r=30,format=rgba"]
    (lab / "odd").mkdir()
    for clip in ("one.mkv", "two.mkv"):
        wide = ["-vf", "setsar=4/3", "-c:v", "ffv1", "-pix_fmt", "bgra", lab / "odd" / clip]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *red, *wide], check=True)
    assert main(["compare", "odd", "videos/a", "--no-vmaf", "--quiet"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "keyfill: odd/one.mkv and 1 more: pixels 1.333 times as wide as high",
        "keyfill: odd/one.mkv and 1 more: an alpha channel, which is left out",
    ]
    for folder, mode in (("clear", "RGBA"), ("full", "RGB")):
        (lab / folder / "one").mkdir(parents=True)
        for number in range(3):
            Image.new(mode, (64, 36), "grey").save(lab / folder / "one" / f"{number}.png")
    assert main(["compare", "clear", "full", "--no-vmaf", "--quiet"]) == 0
    assert capsys.readouterr().err == "keyfill: clear/one: an alpha channel in 3 pictures, which is left out\n"


def test_a_study_counts_only_the_questions_there_are(lab: Path, capsys) -> None:
    command = ["study", "videos", "--out", "page", "--votes-per-rater", "40", "--dry-run"]
    assert main([*command, "--width", "2"]) == 2
    assert "at least 3 of each" in capsys.readouterr().err
    for method in ("a", "b"):
        for clip in ("three.mp4", "four.mp4", "five.mp4"):
            (lab / "videos" / method / clip).write_bytes((lab / "videos" / method / "one.mp4").read_bytes())
    assert main([*command, "--width", "1"]) == 0
    assert "raters x 5 votes" in capsys.readouterr().out and not (lab / "page").exists()
