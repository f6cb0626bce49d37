"""Real clips in the challenge's layout, and which of them get AutoAdjust's result as target."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import InputError
from ingest.challenge import selected_by
from ingest.folder import ingest_folder
from ingest.pieces import Cutting
from keyfill.cli import main
from pairs.dataset import Dataset
from pairs.real import real_clip
from score.autoadjust import AutoAdjust
from score.preference.votes import Vote, write_votes
from tests.ingest.conftest import ffmpeg


def votes_on(clip: str, better: int, worse: int, same: int = 0) -> list[Vote]:
    """So many raters for AutoAdjust, for the input, for neither; sides in turn."""
    wanted = ["autoadjust"] * better + ["input"] * worse + [""] * same
    found = []
    for number, name in enumerate(wanted):
        left, right = ("autoadjust", "input") if number % 2 else ("input", "autoadjust")
        rating = 3 if not name else 1 if name == left else 5
        found.append(Vote(f"r{number}", clip, left, right, rating))
    return found


def test_only_strong_answers_select_and_the_strongest_first() -> None:
    votes = votes_on("a", 12, 0) + votes_on("b", 9, 3) + votes_on("c", 6, 5) + votes_on("d", 2, 0) + votes_on("e", 0, 9)
    votes += votes_on("f", 20, 0, 4) + votes_on("stranger", 30, 0)
    keys = ["a", "b", "c", "d", "e", "f"]
    # 9 of 12 has its lower end at 0.47, 2 of 2 at 0.34; 12 of 12 at 0.76, 20 of 20 at 0.84
    assert selected_by(votes, keys, 300) == ("a", "f")
    assert selected_by(votes, keys, 1) == ("f",)
    with pytest.raises(InputError, match="no vote compares autoadjust with input"):
        selected_by(votes, ["other"], 3)


def test_the_layout(carphone_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "videos").mkdir()
    ffmpeg("-i", carphone_file, "-frames:v", 12, "-c:v", "ffv1", tmp_path / "videos" / "a.mkv")
    ingest_folder(tmp_path / "videos", tmp_path / "real", "A. Sitter", "CC0-1.0", Cutting(seconds=0.2))
    data = Dataset(tmp_path / "real")
    plain, chosen = data.keys()
    write_votes(tmp_path / "votes.csv", votes_on(chosen, 12, 0) + votes_on(plain, 1, 5))
    given = ["convert", str(tmp_path / "real"), "--to", "challenge", "--out", str(tmp_path / "out"), "--quiet"]
    assert main([*given, "--select", "3"]) == 2
    assert "--select and --votes go together" in capsys.readouterr().err
    assert main([*given, "--select", "3", "--votes", str(tmp_path / "votes.csv")]) == 0
    assert "strongly for 1 of 2 clips" in capsys.readouterr().out
    split = data.info(plain)["split"]
    first, second = (tmp_path / "out" / split / place for place in ("unsupervised", "supervised/real"))
    assert sorted(path.name for path in (first / f"video_{plain}").iterdir()) == ["x"]
    clip = real_clip(data, chosen)
    adjust = AutoAdjust(clip.info["fps"])
    for number, (frame, person) in enumerate(zip(clip.source, clip.person, strict=True)):
        for side, expected in (("x", frame), ("y", adjust(frame, person))):
            found = cv2.imread(str(second / f"video_{chosen}" / side / f"{number:06d}.jpg"))[..., ::-1]
            assert np.abs(found.astype(int) - expected).mean() < 2
    rows = list(csv.DictReader((tmp_path / "out" / f"{split}.csv").open()))
    assert len(rows) == len(clip.source) + data.info(plain)["frames"]
    assert {(row["subset"], bool(row["img_target"])) for row in rows} == {
        (f"{split}_unsupervised", False),
        (f"{split}_supervised_real", True),
    }
    assert all((tmp_path / "out" / row["img_source"]).is_file() for row in rows)
    # without votes all of it is unsupervised again
    assert main(given) == 2 and list(second.iterdir())
    assert "selected (" in capsys.readouterr().err
    assert main([*given, "--replace"]) == 0
    assert not second.exists() or not list(second.iterdir())
    assert main([*given[:3], "hf", *given[4:5], str(tmp_path / "hf"), "--select", "2", "--votes", "votes.csv"]) == 2
