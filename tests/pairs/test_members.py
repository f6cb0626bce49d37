"""The table of members: every one is documented, and written, read, checked, described and converted as it says."""

import json
import typing

import cv2
import numpy as np
import pytest

from core.rng import rng_for
from pairs.card import write_card
from pairs.convert import convert
from pairs.dataset import Dataset
from pairs.layouts import FramesLayout, HubLayout
from pairs.manifest import write_header, write_row
from pairs.members import MEMBERS, REQUIRED, Member, member_of
from pairs.reader import Reader
from pairs.shards import Sample, write_shard
from pairs.verify import verify
from pairs.video import decode, encode_lossless
from render.config import RenderConfig

KEY, FRAMES, HEIGHT, WIDTH = "clip-000000-light-00", 3, 32, 48
VIDEOS = [member for member in MEMBERS.values() if member.video]
every_video = pytest.mark.parametrize("member", VIDEOS, ids=[member.name for member in VIDEOS])


def stored(member, kind, frames=FRAMES):
    """Noise over all levels that the member has; three equal channels where it is grey."""
    top = 256 if member.dtype(kind) == np.uint8 else 1024
    shape = (frames, HEIGHT, WIDTH, 1 if member.grey else 3)
    levels = rng_for(3, member.name, kind).integers(0, top, shape).astype(member.dtype(kind))
    levels[0, 0, 0], levels[0, 0, 1] = 0, top - 1
    return np.repeat(levels, 3, -1) if member.grey else levels


def sample(kind, frames=None):
    info = {"key": KEY, "clip": "clip-000000", "frames": FRAMES, "width": WIDTH, "height": HEIGHT, "fps": 30.0}
    count = lambda member: (frames or {}).get(member.name, FRAMES)
    videos = {member.file: encode_lossless(stored(member, kind, count(member)), 30) for member in VIDEOS}
    return Sample(KEY, {"json": json.dumps(info).encode(), **videos})


@pytest.fixture(scope="module", params=["clean", "pairs"])
def folder(request, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param)
    write_header(out, request.param, {})
    write_row(out, write_shard(out / "train-000000.tar", [sample(request.param)]))
    write_card(out)
    return out


def test_each_has_a_meaning_a_type_and_a_coding():
    assert REQUIRED == ("json", "source.mkv", "target.mkv")
    for member in MEMBERS.values():
        assert member.meaning and member_of(member.file) is member
        assert bool(member.follows) == member.video
        assert not member.video or (
            member.stored and member.decoded and member.dtype("clean") and member.bits in (8, 10)
        )


def test_the_renderer_can_be_asked_for_exactly_those_that_may_be_missing():
    (outputs, _) = typing.get_args(RenderConfig.model_fields["outputs"].annotation)
    assert set(typing.get_args(outputs)) == {member.name for member in VIDEOS if not member.required}


@every_video
def test_readers_give_documented_types_and_shapes_and_values_fit_them(folder, member):
    data = Dataset(folder)
    kind = data.manifest.kind
    whole = data.clip(KEY, passes=(member.name,)).passes[member.name]
    read = Reader(folder, window=FRAMES, members=(member.name,))[0][member.name]
    shape = (FRAMES, HEIGHT, WIDTH) if member.grey else (FRAMES, HEIGHT, WIDTH, 3)
    assert whole.shape == read.shape == shape and whole.dtype == read.dtype == member.dtype(kind)
    assert (whole == read).all() and (whole == member.frames(stored(member, kind))).all()
    values = member.values(read)
    low, high = map(float, member.decoded[member.decoded.index("[") + 1 : member.decoded.index("]")].split(","))
    assert values.shape == shape and values.dtype == np.float32
    assert values.min() == pytest.approx(low) and values.max() == pytest.approx(high)
    assert (values[1] == member.values(read[1])).all()


def test_the_coverage_of_a_mask_is_that_of_every_pixel(folder):
    mask = Reader(folder, window=FRAMES, members=("mask",))[0]["mask"]
    assert (MEMBERS["mask"].values(mask) * 255 == pytest.approx(mask)) and mask.std() > 50


def test_a_colour_member_without_its_channels_is_refused():
    with pytest.raises(ValueError, match=r"albedo: frames are \(3, 32, 48\), expected \(\.\.\., H, W, 3\)"):
        MEMBERS["albedo"].values(np.zeros((3, 32, 48), np.uint8))


def test_the_catalogue_says_what_each_is(folder):
    listed = json.loads((folder / "croissant.json").read_text())
    told = {entry["includes"]: entry["description"] for entry in listed["distribution"] if "includes" in entry}
    assert told == {f"*.{member.file}": member.description for member in MEMBERS.values()}
    kinds = {record["name"]: record["field"][1]["dataType"] for record in listed["recordSet"]}
    video = {f"{member.file.replace('.', '-')}-records" for member in VIDEOS}
    assert {name for name, kind in kinds.items() if kind == "sc:VideoObject"} == video


def test_conversions_carry_each(folder, tmp_path):
    kind = Dataset(folder).manifest.kind
    convert(folder, tmp_path / "frames", FramesLayout())
    convert(folder, tmp_path / "hub", HubLayout())
    row = json.loads((tmp_path / "hub/train/metadata.jsonl").read_text())
    for member in VIDEOS:
        shown = cv2.imread(str(tmp_path / f"frames/train/{KEY}/{member.name}/000001.png"), cv2.IMREAD_UNCHANGED)
        levels = member.frames(stored(member, kind))[1]
        assert shown.ndim == levels.ndim
        shown = shown if member.grey else shown[..., ::-1]
        assert (shown == levels).all() if shown.dtype == np.uint8 else (shown >> 6 == levels).all()
        coded = (tmp_path / "hub/train" / row[f"{member.name}_file_name"]).read_bytes()
        assert (decode(coded) == stored(member, kind)).all()


@every_video
def test_a_video_that_is_too_short_is_found(member, tmp_path):
    write_header(tmp_path, "clean", {})
    short = sample("clean", {member.name: FRAMES - 1})
    write_row(tmp_path, write_shard(tmp_path / "train-000000.tar", [short]))
    (problem,) = verify(tmp_path)
    assert member.name in problem.what


def test_a_file_of_somebody_elses_is_a_member_too():
    assert member_of("flow.mkv") == Member("flow", "flow.mkv", "render")
    assert not member_of("wav").video and member_of("wav").follows == "" and member_of("wav").file == "wav"
