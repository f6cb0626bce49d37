"""People's own videos become shards that verify; what is bad is named, what is there is kept."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from core.errors import InputError, WorkError
from core.footage import Footage
from ingest.folder import found_videos, ingest_folder
from ingest.pieces import Cutting, key_of, split_of
from keyfill.cli import main
from pairs.dataset import Dataset
from pairs.real import REAL, real_clip
from pairs.rules import judge
from pairs.shards import Sample
from pairs.verify import verify
from tests.ingest.conftest import ffmpeg

GIVEN = {"giver": "A. Sitter", "licence": "CC0-1.0"}


def short(carphone: Path, out: Path, *options: str) -> Path:
    """Twelve frames of the man in the car."""
    ffmpeg("-i", carphone, "-frames:v", 12, *options, out)
    return out


@pytest.fixture
def videos(carphone_file: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    short(carphone_file, folder / "Hélène's call.mkv", "-c:v", "ffv1")
    short(carphone_file, folder / "12:30.mp4", "-c:v", "libx264", "-crf", "10")
    return folder


def test_videos_become_samples_that_verify_and_give_back_their_frames(videos: Path, tmp_path: Path) -> None:
    done = ingest_folder(videos, tmp_path / "real", **GIVEN, cutting=Cutting(seconds=0.2))
    assert (done.made, done.kept, done.samples) == (2, 0, 4)
    assert verify(tmp_path / "real") == ()
    data = Dataset(tmp_path / "real", REAL)
    lossless = [key for key in data.keys() if key.startswith("helene-s-call-")]
    assert [key[-4:] for key in lossless] == ["-000", "-001"]
    clips = [real_clip(data, key) for key in lossless]
    with Footage(videos / "Hélène's call.mkv", square=True) as footage:
        frames = np.stack([picture for _, picture in footage])
    assert (np.concatenate([clip.source for clip in clips]) == frames[:, :, :192]).all()
    for clip in clips:
        told = clip.info["real"]
        assert told["giver"] == "A. Sitter" and told["licence"] == "CC0-1.0" and told["facts"]["face_found"] == 1
        assert len(told["times_s"]) == len(clip.source) == clip.info["frames"] and told["times_s"][0] == 0
        assert 0.25 < told["facts"]["face_height"] < 0.5 and told["facts"]["faces"] == 1
        assert "null" not in str(pyarrow.Table.from_pylist([clip.info]).schema)
        # the face lies on the person, its box around it
        assert (clip.person[clip.face] > 127).mean() > 0.95
        x0, _, _, y1 = clip.info["face_box"][0]
        rows, columns = np.nonzero(clip.face[0])
        assert abs(columns.min() - x0) <= 1 and abs(rows.max() + 1 - y1) <= 1
    assert clips[1].info["real"]["start_s"] == pytest.approx(0.2, abs=0.02)


def test_again_nothing_is_done_and_the_bytes_are_the_same(videos: Path, tmp_path: Path) -> None:
    ingest_folder(videos, tmp_path / "one", **GIVEN)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "one").glob("*.tar")}
    again = ingest_folder(videos, tmp_path / "one", **GIVEN)
    assert (again.made, again.kept) == (0, 2)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "one").glob("*.tar")} == before
    ingest_folder(videos, tmp_path / "two", **GIVEN, workers=2)
    for name in before:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_is_lost_is_made_again_and_other_settings_replace_nothing_unasked(videos: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    ingest_folder(videos, real, **GIVEN, cutting=Cutting(seconds=0.2))
    next(real.glob("*12-30*.tar")).unlink()
    done = ingest_folder(videos, real, **GIVEN, cutting=Cutting(seconds=0.2))
    assert (done.made, done.kept) == (1, 1) and verify(real) == ()
    with pytest.raises(InputError, match=r"taken in with other settings, giver or licence; .*--replace"):
        ingest_folder(videos, real, **GIVEN)
    with pytest.raises(InputError, match="other settings"):
        ingest_folder(videos, real, giver="Somebody else", licence="CC0-1.0", cutting=Cutting(seconds=0.2))
    assert ingest_folder(videos, real, **GIVEN, again=True).samples == 2
    assert verify(real) == ()


def test_a_bad_file_is_named_and_the_others_go_on(videos: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    (videos / "notes.mp4").write_text("not a video")
    with pytest.raises(WorkError, match=r"1 of 3 videos are not in.*notes.mp4: cannot be opened"):
        ingest_folder(videos, real, **GIVEN)
    assert list(json.loads((real / "failures.json").read_text())) == ["notes.mp4"]
    assert len(Dataset(real).keys()) == 2
    assert "1 of 3 clips are not in the shards" in str(verify(real)[0])
    (videos / "notes.mp4").unlink()
    assert ingest_folder(videos, real, **GIVEN).kept == 2
    assert verify(real) == () and not (real / "failures.json").exists()


def test_a_cut_file_gives_what_is_there_and_says_so(carphone_file: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    whole = tmp_path / "videos" / "cut.mp4"
    shutil.copy(carphone_file, whole)
    ffmpeg("-i", carphone_file, "-c", "copy", "-movflags", "faststart", whole)
    os.truncate(whole, whole.stat().st_size // 2)
    with pytest.raises(WorkError, match=r"cut.mp4: cut: .*lie beyond the end"):
        ingest_folder(tmp_path / "videos", tmp_path / "real", **GIVEN)
    (key,) = Dataset(tmp_path / "real").keys()
    assert 20 < Dataset(tmp_path / "real").info(key)["frames"] < 100


def test_giver_and_licence_are_asked_for_and_a_file_beside_the_video_says_them(videos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody says who gave it .*give --giver and --licence, or write 12:30.mp4.y"):
        ingest_folder(videos, tmp_path / "real")
    with pytest.raises(InputError, match="give --licence"):
        ingest_folder(videos, tmp_path / "real", giver="A. Sitter")
    assert not (tmp_path / "real").exists(), "nothing is written before it is known"
    (videos / "12:30.mp4.yaml").write_text("giver: B. Lender\nlicence: CC-BY-4.0\nsource: by post\n")
    found = {video.path.name: video.given for video in found_videos(videos, **GIVEN)}
    assert found["12:30.mp4"].giver == "B. Lender" and found["Hélène's call.mkv"].giver == "A. Sitter"
    (videos / "12:30.mp4.yaml").write_text("giver: B. Lender\n")
    with pytest.raises(InputError, match="licence"):
        found_videos(videos, **GIVEN)


def test_the_same_content_is_taken_once_and_large_frames_are_shrunk(carphone_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    one = short(carphone_file, folder / "a.mp4", "-vf", "scale=528:432,setsar=1")
    shutil.copy(one, folder / "b.mp4")
    done = ingest_folder(folder, tmp_path / "real", **GIVEN, cutting=Cutting(lines=216))
    assert done.notes == {"a.mp4": ("the same as b.mp4: taken once",)}
    (key,) = Dataset(tmp_path / "real").keys()
    assert real_clip(Dataset(tmp_path / "real"), key).source.shape == (12, 216, 264, 3)


def altered(sample: Sample, **changes: object) -> Sample:
    info = json.loads(sample.members["json"])
    info = {**info, **{name: value for name, value in changes.items() if name != "real"}}
    info["real"] = {**info["real"], **changes.get("real", {})}
    return Sample(sample.key, {**sample.members, "json": json.dumps(info).encode()})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: altered(s, real={"licence": ""}), "under what licence"),
        (lambda s: altered(s, frames=11), "12 times for 11 frames"),
        (lambda s: altered(s, frames=11, real={"times_s": [0] * 11}), "12 frames, its JSON says 11"),
        (lambda s: altered(s, width=100), "its JSON says 100x144"),
        (lambda s: Sample(s.key, {n: d for n, d in s.members.items() if n != "face.mkv"}), "no member face.mkv"),
        (lambda s: Sample(s.key, {**s.members, "face.mkv": s.members["source.mkv"]}), "frame 0 of face is not grey"),
    ],
)
def test_the_rules_of_a_real_sample(
    change: Callable[[Sample], Sample], said: str, carphone_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    short(carphone_file, tmp_path / "videos" / "a.mkv", "-c:v", "ffv1")
    ingest_folder(tmp_path / "videos", tmp_path / "real", **GIVEN)
    (sample,) = Dataset(tmp_path / "real").samples()
    assert judge(sample) == []
    (reason,) = judge(change(sample))
    assert said in reason


def test_a_key_is_plain_and_the_split_is_by_giver() -> None:
    assert key_of(Path("Ünïcode 日本 (1).MOV"), "ab" * 32) == "unicode-1-abababab"
    assert key_of(Path("日本.mov"), "ab" * 32) == "video-abababab"
    splits = [split_of(f"giver {number}") for number in range(500)]
    assert 0.15 < splits.count("test") / 500 < 0.25


def test_the_command(videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    real = tmp_path / "real"
    assert main(["ingest", str(videos), "--out", str(real), "--quiet"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    given = ["--giver", "A. Sitter", "--licence", "CC0-1.0"]
    assert main(["ingest", str(videos), "--out", str(videos), *given, "--quiet"]) == 2
    assert "is the folder of the videos" in capsys.readouterr().err
    assert main(["ingest", str(videos), "--out", str(real), *given, "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 2
    assert main(["verify", str(real), "--quiet"]) == 0
    assert main(["status", str(real)]) == 0
    out = capsys.readouterr().out
    assert "real shards" in out and "2 of 2" in out
    assert main(["preview", str(real), "--out", str(tmp_path / "page"), "--quiet"]) == 0
    told = [path.read_text() for path in (tmp_path / "page" / "media").glob("*.js")]
    assert all("as it came" in text and "person and face" in text and '"target"' not in text for text in told)
    assert all('"giver": "A. Sitter"' in text and "face sharpness" in text for text in told)
    assert all('"given": "A. Sitter, CC0-1.0"' in text and "of the picture's height" in text for text in told)
    assert '"name":"face sharpness"' in (tmp_path / "page" / "set.js").read_text()
    assert len(list((tmp_path / "page" / "media").glob("*.mp4"))) == 2
    assert main(["degrade", str(real), "--config", "configs/degrade/webcam.yaml", "--out", str(tmp_path / "x")]) == 2
    assert "real shards" in capsys.readouterr().err
    card = (real / "DATA_CARD.md").read_text()
    assert "real people" in card and "A. Sitter" in card and "rendered" not in card
