"""Verify: a good folder has no problems, and every kind of damage is found, named, and the only thing reported."""

import dataclasses
import json
import os

import numpy as np
import pytest

from core.errors import InputError
from core.rng import rng_for
from pairs.manifest import load_manifest, write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.verify import verify
from pairs.video import encode_lossless


def sample(key, blank=False):
    rng = rng_for(9, key, "verify")
    source = rng.integers(0, 200, (2, 32, 48, 3)).astype(np.uint8)
    target = np.zeros_like(source) if blank else (source + 40).astype(np.uint8)
    info = {"key": key, "frames": 2, "width": 48, "height": 32}
    videos = {"source.mkv": encode_lossless(source, 30), "target.mkv": encode_lossless(target, 30)}
    return Sample(key, {"json": json.dumps(info).encode(), **videos})


@pytest.fixture
def folder(tmp_path):
    write_header(tmp_path, "clean", {})
    for number in range(3):
        keys = [f"clip-{number * 2 + i:06d}" for i in range(2)]
        write_row(tmp_path, write_shard(tmp_path / f"train-{number:06d}.tar", map(sample, keys)))
    return tmp_path


def test_a_good_folder_has_no_problems_with_any_number_of_workers(folder):
    told = []
    assert verify(folder, progress=lambda *seen: told.append(seen)) == ()
    assert [seen[:2] for seen in told] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.slow
def test_more_workers_find_the_same(folder):
    damage(folder / "train-000001.tar", 2000)
    assert verify(folder, workers=2) == verify(folder)


def damage(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))


def test_a_flipped_bit_is_found_and_the_other_clips_are_still_checked(folder):
    row = load_manifest(folder).shards[1]
    damage(folder / row.name, row.samples["clip-000002"]["source.mkv"].offset + 100)
    problems = [str(problem) for problem in verify(folder)]
    assert len(problems) == 3
    assert problems[0] == "train-000001.tar: its members are not those of the manifest"
    assert problems[1] == "train-000001.tar: sha256 differs from the manifest"
    assert problems[2].startswith("train-000001.tar/clip-000002: clip-000002.source.mkv is damaged")


def test_a_cut_at_every_block_is_found(folder):
    path = folder / "train-000002.tar"
    whole = path.read_bytes()
    for size in range(0, len(whole), 512 * 7):
        path.write_bytes(whole[:size])
        assert {problem.place.split("/")[0] for problem in verify(folder)} == {"train-000002.tar"}


def test_missing_and_stray_shards(folder):
    (folder / "train-000000.tar").unlink()
    write_shard(folder / "train-000009.tar", [sample("clip-000018")])
    places = {problem.place: problem.what for problem in verify(folder)}
    assert places["train-000000.tar"].startswith("the shard is missing, with ")
    assert len(places) == 2
    assert "not in the manifest" in places["train-000009.tar"]


def test_a_blank_target_a_double_key_and_missing_clips(folder):
    write_row(
        folder, write_shard(folder / "train-000003.tar", [sample("clip-000006", blank=True), sample("clip-000000")])
    )
    write_header(folder, "clean", {"plan": {"clips": 7}})
    texts = [str(problem) for problem in verify(folder)]
    assert any("train-000003.tar/clip-000006: frame 0 of target is blank" in text for text in texts)
    assert any("sample clip-000000 is also in train-000000.tar" in text for text in texts)
    assert any("7 of 7 clips are not in the shards" in text for text in texts)


def test_a_manifest_that_was_tampered_with(folder):
    row = load_manifest(folder).shards[0]
    path = folder / "manifest" / f"{row.name}.json"
    write_row(folder, dataclasses.replace(row, sha256="0" * 64))
    assert [str(problem) for problem in verify(folder)] == ["train-000000.tar: sha256 differs from the manifest"]
    for bad in ("[]", "{}", "{", json.dumps({**dataclasses.asdict(row), "name": "../x.tar"}), "[" * 100_000):
        path.write_text(bad)
        found = [str(problem) for problem in verify(folder)]
        assert len(found) == 1 and found[0].startswith(f"manifest/{path.name}: "), found
        with pytest.raises(InputError, match=str(path)):
            load_manifest(folder)
    path.unlink()
    os.rename(folder / "manifest.json", folder / "other.json")
    with pytest.raises(InputError, match=r"no manifest\.json here"):
        verify(folder)
