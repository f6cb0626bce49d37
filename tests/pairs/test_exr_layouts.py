"""Frames in linear light and lights one by one: what is converted has the numbers that went in, in the units we say."""

import json

import numpy as np
import OpenEXR
import pytest

from core.colour import linear_from_srgb, unit_from_levels
from keyfill.cli import main
from pairs.layers import RECORD, SURFACE, LayersInfo, file_row, save_layers, write_exr
from pairs.manifest import write_header, write_row
from pairs.reader import Reader
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

KEYS = ("clip-000003-light-00", "clip-000003-light-01")
HEIGHT, WIDTH, FRAMES = 12, 16, 2
MEMBERS = ("source", "target", "mask", "albedo", "normal", "depth")


@pytest.fixture
def levels():
    rng = np.random.default_rng(4)
    deep = lambda: rng.integers(0, 1024, (FRAMES, HEIGHT, WIDTH, 3)).astype(np.uint16)
    flat = lambda: rng.integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3)).astype(np.uint8)
    grey = lambda frames: np.repeat(frames[..., :1], 3, -1)
    videos = {"source": deep(), "target": flat(), "mask": grey(flat()), "albedo": flat(), "normal": deep()}
    return videos | {"depth": grey(deep())}


@pytest.fixture
def clean(tmp_path, levels):
    """Two lightings of one clip with every member, and the layers of two lights."""
    folder, layers = tmp_path / "clean", tmp_path / "clean" / "layers" / "clip-000003"
    write_header(folder, "clean", {})
    layers.mkdir(parents=True)
    names = [f"{name}.{letter}" for name in ("cell000", "key") for letter in "RGB"] + list(SURFACE)
    planes = {name: np.full((3, 5), index / 8, np.float32) for index, name in enumerate(names)}
    for number in range(FRAMES):
        write_exr(layers / f"{number:06d}.exr", planes, (WIDTH, HEIGHT), (4, 2), None)
    background = {letter: np.full((HEIGHT, WIDTH), 0.25, np.float32) for letter in "RGB"}
    write_exr(layers / "background-00.exr", background, (WIDTH, HEIGHT), (0, 0), None)
    row = {"key": KEYS[0], "source": {"cell000": (1.0, 1.0, 1.0)}, "target": {}, "exposure": {}, "target_ambient": 0.0}
    row["background"] = file_row(layers / "background-00.exr").model_dump()
    light = {"of": "room", "direction": (0.0, -0.6, 0.8), "solid_angle_sr": 0.5, "unit": "irradiance 1"}
    info = LayersInfo(
        clip="clip-000003", width=WIDTH, height=HEIGHT, fps=30.0, box=(4, 2, 9, 5), rooms="olat", stage=None,
        lights=({"name": "cell000", **light}, {"name": "key", **light, "of": "studio"}),
        frames=tuple(file_row(layers / f"{number:06d}.exr") for number in range(FRAMES)),
        lightings=(row,), head=(), face=(0.0, 0.0, 1.2), device=(), engine="", scene={}, render={},
    )  # fmt: skip
    save_layers(layers, info)
    said = {"clip": "clip-000003", "split": "train", "fps": 30.0, "frames": FRAMES, "width": WIDTH, "height": HEIGHT}
    said["layers"] = info.identity
    videos = {f"{name}.mkv": encode_lossless(frames, 30) for name, frames in levels.items()}
    samples = [Sample(key, {"json": json.dumps({"key": key, **said}).encode(), **videos}) for key in KEYS]
    write_row(folder, write_shard(folder / "train-000000.tar", samples))
    return folder


def channels(path):
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels().items()}, dict(file.header())


def test_exr_frames_have_the_values_in_their_units(clean, levels, tmp_path):
    assert main(["convert", str(clean), "--to", "exr", "--out", str(tmp_path / "exr"), "--quiet"]) == 0
    found, _ = channels(tmp_path / "exr" / "train" / KEYS[1] / "000001.exr")
    unit = {name: unit_from_levels(frames[1]) for name, frames in levels.items()}
    with np.errstate(divide="ignore"):
        expected = {
            "source.G": linear_from_srgb(unit["source"])[..., 1],
            "target.B": linear_from_srgb(unit["target"])[..., 2],
            "albedo.R": linear_from_srgb(unit["albedo"])[..., 0],
            "normal.y": unit["normal"][..., 1] * 2 - 1,
            "mask.Z": unit["mask"][..., 0],
            "depth.Z": 0.2 / unit["depth"][..., 0],
        }
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-3, abs=1e-3), name
    assert len(found) == 3 * 4 + 2


def test_the_reader_gives_the_same_units(clean, levels):
    item = Reader(clean, members=MEMBERS, values=True)[1]
    assert all(item[name].dtype == np.float32 for name in MEMBERS)
    assert item["normal"][0] == pytest.approx(unit_from_levels(levels["normal"][1]) * 2 - 1)
    assert item["depth"].shape == (1, HEIGHT, WIDTH) and item["depth"].min() >= 0.2 - 1e-6
    assert item["source"][0] == pytest.approx(unit_from_levels(levels["source"][1]))


def test_webdataset_gives_the_same_levels_for_what_lies_beside_the_pictures(clean, levels):
    import webdataset

    from pairs.members import MEMBERS as TABLE
    from pairs.video import decode

    (first, _) = webdataset.WebDataset([str(clean / "train-000000.tar")], shardshuffle=False)
    for name in ("mask", "albedo", "normal", "depth"):
        entry = TABLE[name]
        values = entry.values(entry.frames(decode(first[f"{name}.mkv"])))
        assert np.array_equal(values, entry.values(entry.frames(levels[name])))


def test_olat_is_a_picture_a_light_and_one_folder_a_clip(clean, tmp_path, capsys):
    out = tmp_path / "olat"
    assert main(["convert", str(clean), "--to", "olat", "--out", str(out), "--quiet"]) == 0
    assert "1 sample written" in capsys.readouterr().out
    place = out / "train" / "clip-000003"
    names = sorted(path.relative_to(place).as_posix() for path in place.rglob("*.*"))
    pictures = [f"00000{number}/{name}.exr" for number in range(FRAMES) for name in ("cell000", "key", "surface")]
    assert names == sorted([*pictures, "background-00.exr", RECORD, "lights.csv"])
    found, header = channels(place / "000001" / "key.exr")
    assert {name: float(plane.mean()) for name, plane in found.items()} == {"R": 0.375, "G": 0.5, "B": 0.625, "A": 0.75}
    assert tuple(header["dataWindow"][0]) == (4, 2) and tuple(header["displayWindow"][1]) == (WIDTH - 1, HEIGHT - 1)
    table = (place / "lights.csv").read_text().splitlines()
    assert table[1].startswith("cell000.exr,room,0.0,-0.6,0.8,53.13") and table[1].endswith(",0.5,irradiance 1")
    assert main(["convert", str(clean), "--to", "olat", "--out", str(out), "--quiet"]) == 0
    assert "0 samples written, 1 unchanged" in capsys.readouterr().out


def test_olat_of_clips_without_layers_is_refused(clean, tmp_path, capsys):
    (clean / "layers" / "clip-000003" / RECORD).unlink()
    assert main(["convert", str(clean), "--to", "olat", "--out", str(tmp_path / "olat"), "--quiet"]) == 2
    assert "rendered without render.keep: layers" in capsys.readouterr().err


def test_lossy_coding_is_of_light_and_colour_alone(tmp_path):
    """What `light.md` says of DWAB: coverage, normal and depth come back as they were, lights nearly so."""
    rng = np.random.default_rng(4)
    names = [*(f"key.{letter}" for letter in "RGB"), *SURFACE]
    planes = {name: rng.random((40, 64)).astype(np.float16) for name in names}
    write_exr(tmp_path / "a.exr", planes, (64, 40), (0, 0), 45.0)
    found, _ = channels(tmp_path / "a.exr")
    off = {name: float(np.abs(found[name].astype(float) - planes[name]).max()) for name in names}
    assert all((value > 0) == name.startswith(("key", "albedo")) for name, value in off.items()), off
    assert max(off.values()) < 0.03
