"""`keyfill judge` on pictures, videos, folders and runs; its page in a real browser; bad input is one line, others go
on."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest

from keyfill.cli import main
from score.learned import judge_file
from score.learned.factors import FACTORS, NAMES
from score.learned.judge_file import FILE
from tests.score.learned.conftest import frames_of, write_video


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judging")
    for number in range(2):
        write_video(folder / "a" / f"{number}.mp4", frames_of(number))
        write_video(folder / "b" / f"{number}.mp4", frames_of(number, 0.4))
    for side, gain in (("a", 1.0), ("b", 0.4)):
        cv2.imwrite(str(folder / f"{side}.png"), frames_of(0, gain)[0])
    return folder


def judged(capsys, *arguments):
    assert main(["judge", *map(str, arguments), "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


def test_videos_pictures_and_folders(videos, taught, capsys):
    one = judged(capsys, videos / "a" / "0.mp4", videos / "b" / "0.mp4", "--judge", taught)
    other = judged(capsys, videos / "b" / "0.mp4", videos / "a" / "0.mp4", "--judge", taught)
    assert one["verdicts"][0]["p"] + other["verdicts"][0]["p"] == pytest.approx(1, abs=1e-6)
    assert set(one["verdicts"][0]["shares"]) == set(NAMES) and one["judge"].startswith("keyfill-judge-4 ")
    same = judged(capsys, videos / "a" / "0.mp4", videos / "a" / "0.mp4", "--judge", taught)
    assert same["verdicts"][0]["p"] == 0.5
    still = judged(capsys, videos / "a.png", videos / "b.png", "--judge", taught)
    assert still["verdicts"][0]["shares"]["flicker"] is None and still["verdicts"][0]["frames"] == 1
    folder = judged(capsys, videos / "a", videos / "b", "--judge", taught)
    assert [row["name"] for row in folder["verdicts"]] == ["0", "1"] and folder["all"]["pairs"] == 2
    assert folder["verdicts"][0]["p"] == one["verdicts"][0]["p"]


def test_a_run_is_judged_by_what_it_makes_of_videos(videos, taught, capsys):
    found = judged(capsys, "train_baseline/checkpoints/curves", "input", "--on", videos / "a", "--judge", taught)
    assert [row["name"] for row in found["verdicts"]] == ["0", "1"] and found["verdicts"][0]["p"] != 0.5
    same = judged(capsys, "input", "input", "--on", videos / "a" / "0.mp4", "--judge", taught)
    assert same["verdicts"][0]["p"] == 0.5


def test_a_bad_video_is_one_line_and_others_go_on(videos, taught, tmp_path, capsys):
    for side in ("a", "b"):
        shutil.copytree(videos / side, tmp_path / side)
    whole = (tmp_path / "a" / "0.mp4").read_bytes()
    (tmp_path / "a" / "0.mp4").write_bytes(whole[: len(whole) // 3])
    write_video(tmp_path / "a" / "small.mp4", frames_of(1, size=(64, 48)))
    write_video(tmp_path / "b" / "small.mp4", frames_of(1))
    assert main(["judge", str(tmp_path / "a"), str(tmp_path / "b"), "--judge", str(taught), "--quiet"]) == 1
    told = capsys.readouterr()
    lines = told.err.strip().split("\n")
    assert len(lines) == 3 and "0.mp4" in lines[0] and "small.mp4" in lines[1] and "96x64" in lines[1]
    assert lines[2] == "keyfill: 2 of 3 were left out" and "1: " in told.out and " is preferred, " in told.out


@pytest.mark.parametrize("fault", ["none", "kind", "names", "judge", "damaged", "other", "still", "run", "length"])
def test_bad_input_is_one_line(fault, videos, taught, tmp_path, capsys):
    one, other, judge = videos / "a", videos / "b", tmp_path / "judge"
    shutil.copytree(taught, judge)
    said = {
        "none": "no such file", "kind": "one is a folder", "names": "nothing of the same name", "judge": "no judge.npz",
        "damaged": "not a readable judge", "other": "not a judge of this version", "still": "single picture",
        "run": "--on", "length": "nothing could be judged",
    }[fault]  # fmt: skip
    if fault == "none":
        one = tmp_path / "nowhere"
    elif fault == "kind":
        one = one / "0.mp4"
    elif fault == "names":
        other = tmp_path / "c"
        write_video(other / "z.mp4", frames_of(1))
    elif fault == "judge":
        (judge / FILE).unlink()
    elif fault == "damaged":
        (judge / FILE).write_bytes((judge / FILE).read_bytes()[:5000])
    elif fault == "other":
        np.savez(judge / FILE, record=np.array('{"format": "else"}'))
    elif fault == "still":
        one, other = videos / "a.png", other / "0.mp4"
    elif fault == "run":
        one = "train_baseline/checkpoints/curves"
    else:
        one, other = tmp_path / "x.mp4", other / "0.mp4"
        one.write_bytes(b"no video at all")
    assert main(["judge", str(one), str(other), "--judge", str(judge), "--quiet"]) == 2
    message = capsys.readouterr().err
    lines = message.strip().split("\n")
    assert said in message and len(lines) <= (2 if fault in ("still", "length") else 1), message
    assert all(line.startswith("keyfill: ") for line in lines)


def test_a_copy_without_a_judge_says_how_to_get_one(videos, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(judge_file, "PACKAGED", tmp_path)
    assert main(["judge", str(videos / "a.png"), str(videos / "b.png"), "--quiet"]) == 2
    message = capsys.readouterr().err
    assert "keyfill teach" in message and "--judge" in message and message.count("\n") == 1


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_shows_both_and_a_bar_for_each_factor(videos, taught, tmp_path, capsys):
    from tests.score.test_study import browser

    page = tmp_path / "page"
    found = judged(capsys, videos / "a", videos / "b", "--judge", taught, "--page", page)
    with browser(tmp_path) as (shown, _):
        shown.call("POST", "/url", {"url": (page / "index.html").as_uri()})
        shown.until("return document.querySelectorAll('article').length == 2")
        shown.until("return [...document.querySelectorAll('video')].every(v => v.readyState >= 2)")
        assert shown.run("return document.querySelectorAll('video').length") == 4
        names = shown.run(
            "return [...document.querySelectorAll('article:first-of-type .name')].slice(1).map(e => e.textContent)"
        )
        assert names == [factor.short for factor in FACTORS.values()]
        sides = shown.run("return [...document.querySelectorAll('article:first-of-type .bar i')].map(e => e.className)")
        shares = [found["verdicts"][0]["shares"][name] for name in NAMES]
        assert sides == ["a" if share > 0 else "b" for share in shares]
        assert "people" in shown.run("return document.querySelector('.warn').textContent")
    still = judged(capsys, videos / "a.png", videos / "b.png", "--judge", taught, "--page", tmp_path / "still")
    assert still["verdicts"] and sorted(path.name for path in (tmp_path / "still" / "media").iterdir()) == [
        "0000-a.jpg", "0000-b.jpg",
    ]  # fmt: skip


def test_evaluate_has_a_column_of_the_judge_only_when_asked(heads, taught, tmp_path, capsys):
    shutil.copytree("train_baseline/checkpoints/curves", tmp_path / "run")
    command = ["evaluate", str(tmp_path / "run"), str(heads), "--split", "train", "--no-vmaf", "--quiet"]
    assert main([*command, "--judge", str(taught)]) == 0
    assert "judge p" in capsys.readouterr().out
    record = json.loads((tmp_path / "run" / "evaluation-clean.json").read_text())
    assert record["rows"]["input"]["judge"] == 0.5 and 0 < record["rows"]["model"]["judge"] < 1
    assert record["rows"]["model"]["judge"] != 0.5
    assert main([*command, "--replace"]) == 0
    assert "judge p" not in capsys.readouterr().out
