"""Conversions are read back with other people's readers; a second run does nothing, a killed one goes on."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import InputError
from core.intent import Consent
from core.rng import rng_for
from pairs.convert import convert
from pairs.layouts import ChallengeLayout, FramesLayout, HubLayout
from pairs.manifest import load_manifest, write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

FRAMES, HEIGHT, WIDTH = 3, 36, 64
KEYS = {f"clip-{i:06d}-light-00": "test" if i == 3 else "train" for i in range(4)}


def videos(key):
    rng = rng_for(6, key, "convert")
    smooth = np.linspace(0, 900, WIDTH)[None, None, :, None] + rng.uniform(0, 100, (FRAMES, 1, 1, 3))
    source = np.broadcast_to(smooth, (FRAMES, HEIGHT, WIDTH, 3)).astype(np.uint16)
    return source, (source >> 2).astype(np.uint8)


def sample(key, split):
    source, target = videos(key)
    info = {"key": key, "clip": key[:11], "frames": FRAMES, "width": WIDTH, "height": HEIGHT, "fps": 30.0}
    mask = np.full((FRAMES, HEIGHT, WIDTH, 3), 255, np.uint8)
    coded = {"source.mkv": source, "target.mkv": target, "mask.mkv": mask}
    members = {name: encode_lossless(frames, 30) for name, frames in coded.items()}
    return Sample(key, {"json": json.dumps({**info, "split": split}).encode(), **members})


@pytest.fixture
def folder(tmp_path):
    out = tmp_path / "shards"
    write_header(out, "clean", {})
    for split in ("train", "test"):
        row = write_shard(out / f"{split}-000000.tar", [sample(k, s) for k, s in KEYS.items() if s == split])
        write_row(out, row)
    return out


def contents(out):
    return {
        str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file() and ".keyfill" not in p.parts
    }


def test_the_challenge_finds_its_files_and_columns(folder, tmp_path):
    out = tmp_path / "out"
    done = convert(folder, out, ChallengeLayout())
    assert (done.written, done.unchanged, done.removed) == (4, 0, 0)
    for split, keys in (("train", 3), ("test", 1)):
        assert len(list(out.glob(f"{split}/supervised/synthetic/video_*/x/*.jpg"))) == keys * FRAMES
        assert len(list(out.glob(f"{split}/supervised/synthetic/video_*/y/*.jpg"))) == keys * FRAMES
        with open(out / f"{split}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == ["img_source", "img_target", "h", "w", "subset", "video_id"]
        assert len(rows) == keys * FRAMES
        for row in rows:
            assert (row["h"], row["w"], row["subset"]) == ("36", "64", f"{split}_supervised_synthetic")
            assert Path(row["img_source"]).parts[-3] == row["video_id"]
            key, number = row["video_id"].removeprefix("video_"), int(Path(row["img_source"]).stem)
            source, target = videos(key)
            for column, frames in (("img_source", source >> 2), ("img_target", target)):
                picture = Image.open(out / row[column])
                assert picture.size == (WIDTH, HEIGHT)
                assert np.abs(np.asarray(picture).astype(int) - frames[number]).mean() < 1.5


def test_frames_as_png_keep_every_bit_and_as_jpeg_the_look(folder, tmp_path):
    convert(folder, tmp_path / "png", FramesLayout(), workers=1)
    convert(folder, tmp_path / "jpg", FramesLayout("jpg"))
    for key, split in KEYS.items():
        source, target = videos(key)
        for number in range(FRAMES):
            place = tmp_path / "png" / split / key
            assert (np.asarray(Image.open(place / f"target/{number:06d}.png")) == target[number]).all()
            import cv2

            deep = cv2.imread(str(place / f"source/{number:06d}.png"), cv2.IMREAD_UNCHANGED)
            assert deep.dtype == np.uint16 and ((deep >> 6)[..., ::-1] == source[number]).all()
            assert np.asarray(Image.open(place / f"mask/{number:06d}.png")).shape == (HEIGHT, WIDTH)
            shown = np.asarray(Image.open(tmp_path / "jpg" / split / key / f"source/{number:06d}.jpg")).astype(int)
            assert np.abs(shown - (source[number] >> 2)).mean() < 1.5
        assert json.loads((place / "info.json").read_bytes())["key"] == key
    listed = json.loads((tmp_path / "png" / "index.json").read_text())
    assert {key: record["split"] for key, record in listed.items()} == KEYS


@pytest.mark.slow
def test_datasets_reads_the_video_folder(folder, tmp_path):
    import av
    import datasets

    convert(folder, tmp_path / "out", HubLayout())
    for split in ("train", "test"):
        options = {"data_dir": str(tmp_path / "out"), "cache_dir": str(tmp_path / "cache")}
        data = datasets.load_dataset("videofolder", split=split, **options)
        for name in ("source", "target", "mask"):
            assert isinstance(data.features[name], datasets.Video)
            data = data.cast_column(name, datasets.Video(decode=False))
        assert sorted(data["key"]) == [key for key, of in KEYS.items() if of == split]
        for row in data:
            assert json.loads(row["info"])["key"] == row["key"] and row["frames"] == FRAMES
            for name, frames in zip(("source", "target"), videos(row["key"]), strict=True):
                data_bytes = row[name]["bytes"] or Path(row[name]["path"]).read_bytes()
                with av.open(io.BytesIO(data_bytes)) as video:
                    kind = "gbrp10le" if name == "source" else "rgb24"
                    seen = np.stack([f.to_ndarray(format=kind) for f in video.decode(video=0)])
                assert (seen == frames).all()


@pytest.mark.parametrize("layout", [ChallengeLayout(), FramesLayout(), HubLayout()], ids=lambda layout: layout.name)
def test_a_second_run_does_nothing_and_a_spoilt_file_is_mended(folder, tmp_path, layout):
    out = tmp_path / "out"
    convert(folder, out, layout)
    before = contents(out)
    times = {p: p.stat().st_mtime_ns for p in out.rglob("*/video_*/*/*")}
    again = convert(folder, out, layout)
    assert (again.written, again.unchanged) == (0, 4)
    assert contents(out) == before and {p: p.stat().st_mtime_ns for p in out.rglob("*/video_*/*/*")} == times
    victim = next(out / name for name in before if name.endswith((".jpg", ".png", "source.mkv")))
    os.truncate(victim, 10)
    assert convert(folder, out, layout).written == 1
    assert contents(out) == before


def test_other_quality_is_done_again_and_a_sample_that_went_is_removed(folder, tmp_path):
    out = tmp_path / "out"
    convert(folder, out, ChallengeLayout(95))
    (out / "notes.txt").write_text("mine")
    assert convert(folder, out, ChallengeLayout(50), consent=Consent(replace=True)).written == 4
    gone = load_manifest(folder).shards[0]
    (folder / "manifest" / f"{gone.name}.json").unlink()
    assert convert(folder, out, ChallengeLayout(50), consent=Consent(prune=True)).removed == 1
    assert not list(out.glob("test/supervised/synthetic/*"))
    assert (out / "test.csv").read_text().count("\n") == 1
    assert (out / "notes.txt").read_text() == "mine"


def test_folders_of_another_kind_are_refused(folder, tmp_path):
    convert(folder, tmp_path / "out", ChallengeLayout())
    with pytest.raises(InputError, match="holds the layout challenge, not frames"):
        convert(folder, tmp_path / "out", FramesLayout())
    with pytest.raises(InputError, match="is the data set itself"):
        convert(folder, folder, HubLayout())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(InputError, match="is not empty"):
        convert(folder, tmp_path / "mine", HubLayout())
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="choose another folder"):
        convert(folder, tmp_path / "file", HubLayout())


def test_a_damaged_shard_is_refused_and_no_half_sample_is_left(folder, tmp_path):
    row = load_manifest(folder).shards[1]
    with open(folder / row.name, "r+b") as file:
        file.seek(row.samples["clip-000001-light-00"]["target.mkv"].offset + 40)
        file.write(b"\xff\x00\xff")
    with pytest.raises(InputError, match=r"clip-000001-light-00\.target\.mkv is damaged"):
        convert(folder, tmp_path / "out", ChallengeLayout())
    assert not (tmp_path / "out" / "train.csv").exists()
    for place in (tmp_path / "out").glob("*/supervised/synthetic/*"):
        assert len(list(place.rglob("*.jpg"))) == 2 * FRAMES


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_ends_the_same(folder, tmp_path):
    """A run that dies while it writes its second sample; another with two workers ends what it began."""
    code = (
        "import os, signal, sys; from pathlib import Path; import pairs.layouts as layouts\n"
        "from pairs.convert import convert\n"
        "real, count = layouts.jpeg, iter(range(8))\n"
        "def jpeg(*a):\n"
        "    if next(count, None) is None: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(*a)\n"
        "layouts.jpeg = jpeg\n"
        "convert(Path(sys.argv[1]), Path(sys.argv[2]), layouts.ChallengeLayout())"
    )
    whole, out = tmp_path / "whole", tmp_path / "out"
    convert(folder, whole, ChallengeLayout())
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", code, str(folder), str(out)], cwd=root)
    assert killed.returncode == -signal.SIGKILL
    assert list((out / ".keyfill").glob("part-*"))
    done = convert(folder, out, ChallengeLayout(), workers=2)
    assert (done.written, done.unchanged) == (3, 1)
    assert contents(out) == contents(whole)
    assert not list((out / ".keyfill").glob("part-*"))
