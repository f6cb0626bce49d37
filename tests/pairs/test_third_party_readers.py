"""Shards are ordinary: what the renderer and the degradation wrote is read by webdataset, Hugging Face datasets, Ray
Data, PyAV and pandas with no code of ours, and see the same pixels; the JSON has one type a key in every sample."""

import dataclasses
import io
import json
import os
from typing import get_args

import av
import numpy as np
import pyarrow
import pytest

from core.config import validate
from degrade.config import DegradeConfig, stage_names
from degrade.run import degrade_folder
from farm.config import FarmConfig
from farm.produce import produce
from keyfill.clips import planned_clips
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from pairs.gate_config import GateConfig
from pairs.manifest import load_manifest, write_header, write_row
from pairs.members import MEMBERS
from pairs.one_shape import BEFORE
from pairs.record import FORMAT, sample_json
from pairs.shards import Sample, read_shard, write_shard
from scenes.clothes.record import GarmentName
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.motion.record import Excerpt, Gesturing
from scenes.spec import SubjectBlend

pytestmark = pytest.mark.slow
BARE = {"beard": 0.0, "glasses": 0.0, "headphones": 0.0, "hands": 0.0, "clothing": {"t_shirt": 1.0}}
FULL = {"beard": 1.0, "glasses": 1.0, "headphones": 1.0, "hands": 1.0, "clothing": {"blazer": 1.0}, "female": 0.0}
STILL = {"talking": 0.0, "nodding": 0.0}
LIGHTS = {
    "bare": {"room_light": {"desk_lamp": 0.0}, "studio": {"rim": 0.0}},
    "full": {"room_light": {"desk_lamp": 1.0}, "studio": {"rim": 1.0}},
}
GATE = {"firefly_step": 0.0, "subject_share": 0.0, "face_frames": 0.0, "face_rule": False}
GATE |= {"identical_difference": 0.0, "blank_std": 0.0}
FIRST = 5
"""`datasets` takes the types of a column from the first five samples: here five without anything."""


def config(people, motion, lights):
    size = {"width": 64, "height": 36, "frames": 1, "lightings_per_clip": 1}
    scenes = {"train_clips": 1, "test_clips": 0, **size, "people": people, "motion": motion, **lights}
    render = {"rooms": "exact", "samples": 1, "studio_samples": 1, "bounces": 1, "threads": 1, "denoise": "off"}
    render |= {"accumulate": 0, "samples_alone": 1, "outputs": ["mask", "albedo", "normal", "depth"]}
    return validate({"seed": 4, "scenes": scenes, "render": render}, RunConfig)


def rendered(folder, *given):
    """The samples of one clip by the real renderer."""
    clips = planned_clips(config(*given))
    made = produce(clips, folder, 8, {}, farm=FarmConfig(min_free_gb=0), gate=GateConfig(**GATE))
    assert made.made == 1, made
    (row,) = load_manifest(folder).shards
    return list(read_shard(folder / row.name, row))


def others(sample):
    """Scenes of every garment, gesture and option in the place of a rendered sample's own, by the same writer."""
    info, number = json.loads(sample.members["json"]), 0
    for garment in get_args(GarmentName):
        for people in (BARE, {**FULL, "female": 0.5}):
            people = {**people, "clothing": {garment: 1.0}}
            number += 1
            yield with_scene(sample, info, number, draw_scene(validate({"people": people}, ScenesConfig), 1, number))
    scene = draw_scene(ScenesConfig(), 1, 0)
    excerpt = Excerpt("sitting.csv", "ab" * 32, 0.5, 5.0)
    own = SubjectBlend("me.blend", "Me", "head", "cd" * 32)
    yield with_scene(sample, info, 900, dataclasses.replace(scene, motion=excerpt, subject_blend=own, assets=()))
    yield with_scene(sample, {**info, "face_box": [None], "face_mean": None}, 901, scene)


def with_scene(sample, info, number, scene):
    key = f"clip-{number:06d}-light-00"
    told = {"key": key, "scene": json.loads(json.dumps(scene.to_json()))}
    lighting = dataclasses.asdict(scene.lightings[0])
    return Sample(key, {**sample.members, "json": sample_json({**info, **told, "lighting": lighting})})


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Folders of clean shards and of pairs; the first shard has nothing that may be left out."""
    place = tmp_path_factory.mktemp("shards")
    bare = rendered(place / "bare", BARE, STILL, LIGHTS["bare"])
    full = rendered(place / "full", FULL, {"talking": 1.0, "nodding": 1.0}, LIGHTS["full"])
    full = [Sample(f"full-{sample.key}", sample.members) for sample in full]
    bare += [Sample(f"{bare[0].key}-{number}", bare[0].members) for number in range(1, FIRST)]
    write_header(place / "clean", "clean", {})
    for part, samples in enumerate([bare, [*full, *others(full[0])]]):
        write_row(place / "clean", write_shard(place / "clean" / f"train-{part:06d}.tar", samples))
    stages = {}
    for name in stage_names():
        group, _, stage = name.rpartition(".")
        (stages.setdefault(group, {}) if group else stages)[stage] = {"probability": 0.5}
    degrade_folder(place / "clean", validate(stages, DegradeConfig), 5, place / "pairs")
    return place


@pytest.fixture(params=["clean", "pairs"])
def folder(request, shards):
    return shards / request.param


def tars(folder):
    return sorted(str(path) for path in folder.glob("*.tar"))


def infos(folder):
    data = Dataset(folder)
    return [json.loads(data.member(key, "json")) for key in data.keys()]


def types(value, path=""):
    """Every place of a record and its type; items of a list have one place."""
    if isinstance(value, dict):
        yield path, "record"
        for name, one in value.items():
            yield from types(one, f"{path}.{name}")
    elif isinstance(value, list):
        yield path, "list" if value else "empty list"
        for one in value:
            yield from types(one, f"{path}[]")
    else:
        yield path, type(value).__name__


def test_every_key_is_in_every_sample_and_has_one_type(folder):
    seen, first = {}, None
    for info in infos(folder):
        assert info["format"] == FORMAT
        here = dict(types(info))
        assert first is None or set(here) == set(first), set(here) ^ set(first)
        first = first or here
        for path, kind in types(info):
            seen.setdefault(path, set()).add(kind)
    assert {path: kinds for path, kinds in seen.items() if len(kinds) > 1 or kinds & {"NoneType", "empty list"}} == {}


def test_arrow_infers_one_schema_from_any_sample_alone(folder):
    schemas = {str(pyarrow.Table.from_pylist([info]).schema) for info in infos(folder)}
    assert len(schemas) == 1 and "null" not in schemas.pop()


def test_all_that_can_be_drawn_was(shards):
    """The other tests of this file prove something."""
    clean, pairs = infos(shards / "clean"), infos(shards / "pairs")
    people = [info["scene"]["person"] for info in clean]
    motions = [info["scene"]["motion"] for info in clean]
    assert {one["clothing"]["kind"] for one in people} == set(get_args(GarmentName))
    assert {each["kind"] for one in motions for each in one["gestures"]} == {"none", *get_args(Gesturing)}
    for part, name in (("beard", "style"), ("glasses", "rim"), ("headphones", "kind")):
        assert {one[part][name] == "none" for one in people} == {True, False}, part
    assert {one["performance"] for one in motions} == {"", "sitting.csv"}
    drawn = {name for info in pairs for name in info["degrade"]["drawn"]}
    # of single frames none comes late
    assert drawn >= {name for name in stage_names() if not name.startswith("delivery.")}


def test_shards_of_the_format_before_become_pairs_of_this_one(shards, tmp_path):
    sample = next(read_shard(shards / "bare" / "train-000000.tar", load_manifest(shards / "bare").shards[0]))
    scene = draw_scene(ScenesConfig(), 1, 3)
    new = with_scene(sample, json.loads(sample.members["json"]), 1, scene)
    info = {**json.loads(new.members["json"]), "format": BEFORE, "scene": scene.to_json(), "face_mean": None}
    write_header(tmp_path / "old", "clean", {})
    old = Sample(new.key, {**new.members, "json": json.dumps(info).encode()})
    write_row(tmp_path / "old", write_shard(tmp_path / "old" / "train-000000.tar", [old]))
    expected = {**json.loads(new.members["json"]), "face_mean": {"source": 0.0, "target": 0.0}}
    assert Dataset(tmp_path / "old").info(new.key) == expected
    degrade_folder(tmp_path / "old", DegradeConfig(), 5, tmp_path / "pairs")
    (pair,) = infos(tmp_path / "pairs")
    assert {name: pair[name] for name in expected} == expected and pair["degrade"]["drawn"] == [""]


def decoded(data):
    """Frames by PyAV alone."""
    with av.open(io.BytesIO(data)) as container:
        kind = container.streams.video[0].codec_context.pix_fmt.replace("bgr0", "rgb24")
        return np.stack([frame.to_ndarray(format=kind) for frame in container.decode(video=0)])


def test_pyav_sees_the_same_pixels_and_what_they_are(folder):
    data = Dataset(folder)
    key = data.keys()[0]
    sample, clip = data.sample(key), data.clip(key, ("albedo", "normal", "depth"))
    mine = {"source": clip.source, "target": clip.target, "mask": clip.mask, **clip.passes}
    for name, frames in mine.items():
        video = sample.members[f"{name}.mkv"]
        assert (decoded(video) == frames).all() and decoded(video).shape == frames.shape, name
        with av.open(io.BytesIO(video)) as container:
            codec = container.streams.video[0].codec_context
            assert codec.color_range == 2, name  # full
            color = (codec.color_primaries, codec.color_trc, codec.colorspace)
            assert color == ((1, 13, 0) if MEMBERS[name].content == "picture" else (2, 2, codec.colorspace)), name
            assert codec.pix_fmt.startswith("gray") == (name in ("mask", "depth")), name


def test_webdataset_reads_every_sample(folder):
    import webdataset

    seen = {}
    for sample in webdataset.WebDataset(tars(folder), shardshuffle=False).decode():
        seen[sample["__key__"]] = sample
    data = Dataset(folder)
    assert sorted(seen) == data.keys()
    for key in data.keys()[:: len(seen) // 3]:
        assert seen[key]["json"] == data.info(key)
        assert (decoded(seen[key]["source.mkv"]) == data.clip(key).source).all()


def test_webdataset_shuffles_and_splits_by_its_own_means(folder):
    import webdataset

    data = webdataset.WebDataset(tars(folder), shardshuffle=2, seed=1).shuffle(6).to_tuple("__key__", "json")
    assert sorted(key for key, _ in data) == Dataset(folder).keys()


@pytest.mark.parametrize("streaming", [True, False])
def test_datasets_reads_every_sample(folder, tmp_path, streaming):
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import datasets

    data = datasets.load_dataset(
        "webdataset", data_files=tars(folder), split="train", streaming=streaming, cache_dir=str(tmp_path)
    )
    for name in [name for name in data.features if name.endswith(".mkv")]:
        assert isinstance(data.features[name], datasets.Video)
        data = data.cast_column(name, datasets.Video(decode=False))
    rows = {row["__key__"]: row for row in data}
    mine = Dataset(folder)
    assert sorted(rows) == mine.keys()
    for key in mine.keys():
        assert rows[key]["json"] == json.loads(mine.member(key, "json")), key
    key = mine.keys()[0]
    assert (decoded(rows[key]["target.mkv"]["bytes"]) == mine.clip(key).target).all()


def test_datasets_resumes_at_the_exact_sample(shards):
    import datasets

    data = datasets.load_dataset("webdataset", data_files=tars(shards / "pairs"), split="train", streaming=True)
    for name in [name for name in data.features if name.endswith(".mkv")]:
        data = data.cast_column(name, datasets.Video(decode=False))
    keys, state = [], None
    for number, row in enumerate(data, 1):
        keys.append(row["__key__"])
        if number == 3:
            state = data.state_dict()
            break
    data.load_state_dict(state)
    assert sorted(keys + [row["__key__"] for row in data]) == Dataset(shards / "pairs").keys()


def test_pandas_has_a_column_a_key(folder):
    import pandas

    table = pandas.json_normalize(infos(folder))
    assert not table.isna().any().any()
    groups = table.groupby("scene.person.clothing.kind")["scene.person.skin.monk"].mean()
    assert set(groups.index) == set(get_args(GarmentName)) and groups.between(1, 10).all()
    assert table["scene.person.beard.length_m"].dtype == float


def test_ray_data_reads_every_sample(shards):
    import ray

    folder = shards / "pairs"
    # Ray's workers are nice (15) unless told: beside other work they would hardly run at all.
    quiet = {"include_dashboard": False, "logging_level": "error", "log_to_driver": False}
    ray.init(num_cpus=1, **quiet, _system_config={"worker_niceness": 0})
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = {row["__key__"]: row for row in ray.data.read_webdataset(tars(folder)).take_all()}
    finally:
        ray.shutdown()
    mine = Dataset(folder)
    assert sorted(rows) == mine.keys()
    assert all(rows[key]["json"] == mine.info(key) for key in mine.keys())
    assert (decoded(rows[mine.keys()[0]]["source.mkv"]) == mine.clip(mine.keys()[0]).source).all()
