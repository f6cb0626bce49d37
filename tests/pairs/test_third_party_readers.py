"""Shards are ordinary: webdataset and Hugging Face datasets read them with no code of ours, and see the same pixels."""

import io
import json
import os

import av
import numpy as np
import pytest

from core.rng import rng_for
from pairs.manifest import load_manifest, write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

KEYS = [f"clip-{i:06d}-light-{j:02d}" for i in range(3) for j in range(2)]


def frames(key):
    rng = rng_for(2, key, "third-party")
    return rng.integers(0, 1024, (3, 36, 64, 3)).astype(np.uint16), rng.integers(0, 256, (3, 36, 64, 3)).astype("uint8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("shards")
    write_header(out, "clean", {})
    for part in range(2):
        samples = []
        for key in KEYS[part * 4 : part * 4 + 4]:
            source, target = frames(key)
            videos = {"source.mkv": encode_lossless(source, 30), "target.mkv": encode_lossless(target, 30)}
            samples.append(Sample(key, {"json": json.dumps({"key": key, "frames": 3}).encode(), **videos}))
        write_row(out, write_shard(out / f"train-{part:06d}.tar", samples))
    return out


def decoded(data):
    with av.open(io.BytesIO(data)) as container:
        kind = "gbrp10le" if container.streams.video[0].codec_context.pix_fmt == "gbrp10le" else "rgb24"
        return np.stack([frame.to_ndarray(format=kind) for frame in container.decode(video=0)])


def test_webdataset_reads_every_sample(folder):
    import webdataset

    urls = [str(folder / row.name) for row in load_manifest(folder).shards]
    seen = {}
    for sample in webdataset.WebDataset(urls, shardshuffle=False).decode():
        assert sample["json"] == {"key": sample["__key__"], "frames": 3}
        seen[sample["__key__"]] = (decoded(sample["source.mkv"]), decoded(sample["target.mkv"]))
    assert sorted(seen) == KEYS
    for key, (source, target) in seen.items():
        assert (source == frames(key)[0]).all() and (target == frames(key)[1]).all()


def test_webdataset_shuffles_and_splits_by_its_own_means(folder):
    import webdataset

    urls = [str(folder / row.name) for row in load_manifest(folder).shards]
    data = webdataset.WebDataset(urls, shardshuffle=2, seed=1).shuffle(6).to_tuple("__key__", "json")
    assert sorted(key for key, _ in data) == KEYS


@pytest.mark.slow
def test_datasets_reads_every_sample(folder, tmp_path):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import datasets

    urls = [str(folder / row.name) for row in load_manifest(folder).shards]
    options = {"data_files": {"train": urls}, "split": "train", "cache_dir": str(tmp_path / "cache")}
    for streaming in (True, False):
        data = datasets.load_dataset("webdataset", streaming=streaming, **options)
        for name in ("source.mkv", "target.mkv"):
            assert isinstance(data.features[name], datasets.Video)
            data = data.cast_column(name, datasets.Video(decode=False))
        seen = {row["__key__"]: row for row in data}
        assert sorted(seen) == KEYS
        for key, row in seen.items():
            assert row["json"]["key"] == key
            assert (decoded(row["source.mkv"]["bytes"]) == frames(key)[0]).all()
            assert (decoded(row["target.mkv"]["bytes"]) == frames(key)[1]).all()


@pytest.mark.slow
def test_datasets_resumes_at_the_exact_sample(folder, tmp_path):
    import datasets

    urls = [str(folder / row.name) for row in load_manifest(folder).shards]
    data = datasets.load_dataset("webdataset", data_files=urls, split="train", streaming=True)
    for name in ("source.mkv", "target.mkv"):
        data = data.cast_column(name, datasets.Video(decode=False))
    keys, state = [], None
    for number, row in enumerate(data, 1):
        keys.append(row["__key__"])
        if number == 3:
            state = data.state_dict()
            break
    data.load_state_dict(state)
    assert keys + [row["__key__"] for row in data] == KEYS
