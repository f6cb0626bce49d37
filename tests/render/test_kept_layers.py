"""Kept layers: EXR files that add up to the clip's own pictures, and to what a render under other lights gives."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import OpenEXR
import pytest

from core.colour import quantise, srgb_from_linear
from core.errors import InputError, WorkError
from core.identity import file_digest
from keyfill import api
from keyfill.cli import main
from pairs.layers import FOLDER, RECORD, layer_faults, load_layers
from pairs.manifest import write_header, write_row
from pairs.shards import write_shard
from pairs.verify import verify
from pairs.video import decode
from render.camera import outward
from render.clip import render_clip
from render.config import OlatConfig
from render.hand_config import HandLighting
from render.mix import LayerMix
from render.olat import olat_directions
from render.relit import relight_clip
from render.relit_pictures import RawFrames
from render.studio import around, direction_to_camera
from scenes.spec import LayerGain, LightFrom

pytestmark = pytest.mark.slow
FRAMES = 3
MEASURED = {"seconds_per_frame", "device", "engine"}


@pytest.fixture(scope="module")
def clip(subject):
    """A drifting ball under two rooms, with lamp and rim, through a lens that bends lines."""
    lightings = [
        subject.lighting(0, "window", rotation_rad=-1.0, desk_lamp_gain=0.5),
        subject.lighting(1, "sun", rim_gain=0.5, target_ambient=0.3),
    ]
    scene = subject.scene(lightings, FRAMES, lamp=True, rim=True, k1=-0.05)
    return scene, subject.geometry(FRAMES, drift=0.02)


@pytest.fixture(scope="module")
def settings(quick):
    return quick(
        rooms="olat",
        olat={"lights": 12},
        keep="layers",
        denoise="fast",
        accumulate=1,
        samples=8,
        studio_samples=4,
        outputs=("mask", "albedo", "normal", "depth"),
    )


@pytest.fixture(scope="module")
def kept(clip, settings, rooms, tmp_path_factory):
    """The clip's samples as rendered, and its layers."""
    work = tmp_path_factory.mktemp("kept")
    scene, geometry = clip
    samples = render_clip(scene, settings, rooms, work, geometry=geometry)
    return samples, load_layers(work / FOLDER)


def told(sample):
    info = json.loads(sample.members["json"])
    return {name: value for name, value in info.items() if name not in MEASURED}


def test_the_layers_add_up_to_the_clips_own_pictures(kept, clip):
    """By the formula in the record, with nothing but numpy."""
    samples, layers = kept
    info = layers.info
    x0, y0, x1, y1 = info.box
    for sample, row in zip(samples, info.lightings, strict=True):
        pictures = {name: decode(sample.members[f"{name}.mkv"]) for name in ("source", "target")}
        background = layers.background(row.key).astype(np.float32)
        for number in range(FRAMES):
            frame = layers.frame(number)
            alpha = np.zeros((info.height, info.width, 1), np.float32)
            alpha[y0:y1, x0:x1, 0] = frame.alpha
            lit = {}
            for name, weights in (("source", row.source), ("target", row.target)):
                lit[name] = np.zeros((info.height, info.width, 3), np.float32)
                for index, light in enumerate(info.lights):
                    lit[name][y0:y1, x0:x1] += frame.radiance[index] * np.float32(weights.get(light.name, (0, 0, 0)))
            behind = row.exposure["source"] * (1 - alpha) * background
            shown = {
                "source": row.exposure["source"] * lit["source"] + behind,
                "target": row.exposure["target"] * lit["target"]
                + row.exposure["source"] * row.target_ambient * lit["source"]
                + behind,
            }
            for name, bits in (("source", 10), ("target", 8)):
                got = quantise(srgb_from_linear(shown[name]), bits).astype(int)
                assert np.abs(got - pictures[name][number]).max() <= (2 if bits == 10 else 1)


def test_relit_is_to_the_byte_what_a_render_gives(kept, clip, settings, rooms, tmp_path):
    """Other rooms, turns, ratios and exposures; render and relighting both stopped half way and resumed."""
    scene, geometry = clip
    other = dataclasses.replace(
        scene,
        lightings=(
            dataclasses.replace(scene.lightings[0], hdri="sun", rotation_rad=2.0, key_fill_ratio=5.0),
            dataclasses.replace(
                scene.lightings[1],
                hdri="grey",
                exposure_ev=-0.5,
                rim_gain=1.0,
                layer_gains=(LayerGain("cell002", (3.0, 1.0, 0.0)),),
            ),
            dataclasses.replace(scene.lightings[0], key="clip-000000-light-02", key_temperature_k=3200.0),
        ),
    )
    stopped = RuntimeError("stopped by the test")

    def stop(done, total, text):
        if done == 2:
            raise stopped

    with pytest.raises(RuntimeError):
        render_clip(other, settings, rooms, tmp_path / "render", stop, geometry)
    assert len(list((tmp_path / "render" / FOLDER).glob("*.exr"))) == 2
    rendered = render_clip(other, settings, rooms, tmp_path / "render", geometry=geometry)
    relit = relight_clip(other, settings, rooms, kept[1], tmp_path / "a")
    with pytest.raises(RuntimeError):
        relight_clip(other, settings, rooms, kept[1], tmp_path / "b", stop)
    assert len(list((tmp_path / "b").glob("*.raw"))) == 6  # two frames of three lightings, which are not coded yet
    resumed = relight_clip(other, settings, rooms, kept[1], tmp_path / "b")
    for one, two, three in zip(rendered, relit, resumed, strict=True):
        assert told(one) == told(two) == told(three)
        videos = [{name: data for name, data in s.members.items() if name != "json"} for s in (one, two, three)]
        assert videos[0] == videos[1] == videos[2]
    assert not list(tmp_path.glob("?/*.raw"))
    assert relit[0].members["source.mkv"] != kept[0][0].members["source.mkv"]


@pytest.mark.parametrize("mode", ["stage", "exact"])
def test_other_rooms_layers_too_are_lit_to_the_byte(mode, clip, subject, settings, rooms, tmp_path):
    """A fitted stage, and rooms traced one by one: another studio and exposure of the same rooms, one of two."""
    scene, config = dataclasses.replace(clip[0], frames=1), settings.model_copy(update={"rooms": mode, "patches": 8})
    geometry = subject.geometry(1)
    render_clip(scene, config, rooms, tmp_path / "a", geometry=geometry)
    kept = load_layers(tmp_path / "a" / FOLDER)
    changed = [dataclasses.replace(row, key_fill_ratio=4.0, exposure_ev=0.5) for row in scene.lightings]
    other = dataclasses.replace(scene, lightings=tuple(changed))
    rendered = render_clip(other, config, rooms, tmp_path / "b", geometry=geometry)
    alone = dataclasses.replace(other, lightings=other.lightings[1:])
    (relit,) = relight_clip(alone, config, rooms, kept, tmp_path / "c")
    assert relit.members["source.mkv"] == rendered[1].members["source.mkv"]
    assert relit.members["target.mkv"] == rendered[1].members["target.mkv"]
    if mode == "exact":
        turned = dataclasses.replace(alone, lightings=(dataclasses.replace(alone.lightings[0], rotation_rad=0.1),))
        with pytest.raises(InputError, match=r"render\.rooms: exact, under window turned by -1 rad, sun"):
            relight_clip(turned, config, rooms, kept, tmp_path / "d")


def test_a_frame_opens_in_other_peoples_tools(kept):
    """Channels by name, the data window in the frame, R, G, B, A for viewers; all half floats, small."""
    _, layers = kept
    path = layers.folder / layers.info.frames[1].file
    with OpenEXR.File(str(path)) as file:
        header, channels = dict(file.header()), dict(file.channels())
    low, high = header["dataWindow"]
    assert (*low, *(high + 1)) == layers.info.box and tuple(header["displayWindow"][1] + 1) == (64, 36)
    assert (high - low + 1).prod() < 0.65 * 64 * 36  # the subject alone
    assert {"RGBA", "key", "fill", "rim", "lamp", "cell011", "albedo", "depth.Z"} <= set(channels)
    assert channels["key"].pixels.dtype == np.float16
    code = "import cv2, sys; print(cv2.imread(sys.argv[1], cv2.IMREAD_UNCHANGED).shape)"
    own = {**os.environ, "OPENCV_IO_ENABLE_OPENEXR": "1"}
    shape = subprocess.run([sys.executable, "-c", code, str(path)], env=own, capture_output=True, text=True).stdout
    assert shape.strip() == str((*channels["key"].pixels.shape[:2], 4))
    code = (
        "import bpy, os, sys\nimage = bpy.data.images.load(sys.argv[1])\nbpy.context.scene.use_nodes = True\n"
        "node = bpy.context.scene.node_tree.nodes.new('CompositorNodeImage')\nnode.image = image\nimage.pixels[:]\n"
        "print(image.type, *[socket.name for socket in node.outputs], flush=True)\nos._exit(0)"
    )
    words = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True).stdout.split()
    assert words[0] == "MULTILAYER" and {"key", "rim", "cell011", "albedo", "normal", "depth"} <= set(words)


def test_lights_have_unit_strength_and_fill_the_sphere(kept, subject):
    """Irradiance 1 each: a matt ball of albedo 0.5 shows 0.5 / pi where it faces the light, and half of that is its
    mean over what is lit; all around with their solid angles they are a room of radiance 1, which shows the albedo."""
    _, layers = kept
    frame, room = layers.frame(0), [light for light in layers.info.lights if light.of == "room"]
    assert sum(light.solid_angle_sr for light in room) == pytest.approx(4 * np.pi, rel=1e-6)
    assert len(room) == 12 and all(np.linalg.norm(light.direction) == pytest.approx(1) for light in room)
    weights = np.array([light.solid_angle_sr for light in room])
    white = np.einsum("l,lhwc->hwc", weights, frame.radiance[: len(room)].astype(float))
    # the top of the ball, which hair and body leave free, seen from in front
    y0 = layers.info.box[1]
    face = white[max(0, 11 - y0) : 14 - y0, 31 - layers.info.box[0] : 34 - layers.info.box[0]]
    assert face.mean() == pytest.approx(0.5, rel=0.1)


def copied(layers, folder):
    shutil.copytree(layers.folder, folder)
    return load_layers(folder)


def test_damage_is_one_line(kept, clip, settings, rooms, tmp_path):
    layers = copied(kept[1], tmp_path / "layers")
    path = layers.folder / layers.info.frames[2].file
    whole = path.read_bytes()
    faults = {
        "damaged, or of another clip": whole[:-40] + b"x" + whole[-39:],
        "bytes, layers.json says": whole[:-1],
        "the layer file is missing": None,
    }
    for number, (said, data) in enumerate(faults.items()):
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(InputError, match=f"{path}: .*{said}") as told:
            relight_clip(clip[0], settings, rooms, layers, tmp_path / str(number))
        assert "\n" not in str(told.value)
        assert layer_faults(layers.folder, file_digest(layers.folder / RECORD)) == [str(told.value)]
    record = layers.folder / RECORD
    with pytest.raises(InputError, match="not the layers that the clip's samples were made of"):
        load_layers(layers.folder, "0" * 64)
    record.write_text(record.read_text().replace("keyfill-layers-1", "keyfill-layers-0"))
    with pytest.raises(InputError, match="format is 'keyfill-layers-0', expected"):
        load_layers(layers.folder)
    record.unlink()
    with pytest.raises(InputError, match=r"rendered without render.keep: layers"):
        load_layers(layers.folder)


def test_a_light_that_was_not_traced_is_named(kept, clip, settings, rooms, tmp_path):
    layers, scene = kept[1], clip[0]
    some = [light for light in layers.info.lights if light.name not in ("rim", "lamp")]
    less = dataclasses.replace(layers, info=layers.info.model_copy(update={"lights": tuple(some)}))
    bare = dataclasses.replace(scene, studio=dataclasses.replace(scene.studio, rim=None), desk_lamp=None)
    for index, name in enumerate(("lamp", "rim")):
        one = dataclasses.replace(bare, lightings=scene.lightings[index : index + 1])
        with pytest.raises(InputError, match=f"clip-000000 was traced without a {name}; set scenes"):
            relight_clip(one, settings, rooms, less, tmp_path / name)


def test_single_lights_of_the_room_have_factors(kept, clip, settings, rooms, tmp_path):
    """By hand or in the record; the source's alone; a light that the room has not is named with those that it has."""
    layers, scene = kept[1], clip[0]
    (lighting,) = HandLighting(layer_gains={"cell003": (0.0, 2.0, 1.0)}).on(scene.lightings[0], "clip-000000", 0)
    plain, changed = (
        LayerMix(dataclasses.replace(scene, lightings=(one,)), settings, rooms, layers.info)
        for one in (scene.lightings[0], lighting)
    )
    factors = np.ones((len(layers.info.lights), 3))
    factors[3] = (0.0, 2.0, 1.0)
    assert np.array_equal(changed.sources[0], plain.sources[0] * factors) and plain.sources[0][3].all()
    assert np.array_equal(changed.studios, plain.studios)
    for name in ("cell012", "key"):
        wrong = dataclasses.replace(lighting, layer_gains=(LayerGain(name, (1.0, 1.0, 1.0)),))
        with pytest.raises(InputError, match=f"clip-000000 has no '{name}'; it has cell000 to cell011"):
            LayerMix(dataclasses.replace(scene, lightings=(wrong,)), settings, rooms, layers.info)
    with pytest.raises(InputError, match=r"layer_gains: needs keep: layers"):
        pictures = settings.model_copy(update={"keep": "pictures"})
        one = dataclasses.replace(scene, lightings=(lighting,))
        render_clip(one, pictures, rooms, tmp_path, geometry=clip[1])


def test_a_studio_light_can_stand_where_any_light_was_traced(kept, clip, settings, rooms):
    """A key from either side lights that side; a card turned to the camera shows as much as under the traced key."""
    layers, scene = kept[1], clip[0]
    sides = {}
    for azimuth in (70, -70):
        hand = HandLighting(key={"azimuth_deg": azimuth, "elevation_deg": 0, "spread_deg": 15}, key_fill_ratio=100)
        (lighting,) = hand.on(scene.lightings[0], "clip-000000", 0)
        mix = LayerMix(dataclasses.replace(scene, lightings=(lighting,)), settings, rooms, layers.info)
        shown = np.where(mix.light(layers.frame(1)).alpha[..., None] > 0.9, mix.light(layers.frame(1)).studio[0], 0)
        sides[azimuth] = shown[6:14, :32].mean() / shown[6:14, 32:].mean()
    assert sides[70] < 0.5 and sides[-70] > 3 * sides[70]
    camera, face = scene.camera, np.array(layers.info.face)
    many = olat_directions(OlatConfig(lights=500), camera, face)
    lobe, facing = around(LightFrom(0.7, 0.0, 0.1), many, np.full(500, 4 * np.pi / 500), camera, face)
    toward = outward(0.7, 0.0, face, camera)
    assert (lobe * np.maximum(many @ toward, 0)).sum() / np.pi == pytest.approx(1)
    assert facing == pytest.approx(toward @ direction_to_camera(camera, face), abs=0.03)
    stage = layers.info.model_copy(update={"rooms": "stage"})
    with pytest.raises(InputError, match=r"key_from: clip-000000 has the layers of render.rooms: stage"):
        LayerMix(dataclasses.replace(scene, lightings=(lighting,)), settings, rooms, stage)


def test_relight_makes_shards_like_any_other(kept, clip, settings, rooms, tmp_path, capsys):
    """The whole command: by hand, several studios for one source, through the gate; again, nothing is done."""
    clean, out = tmp_path / "clean", tmp_path / "relit"
    samples, layers = kept
    limits = ("blank_std", "identical_difference", "firefly_step", "subject_share", "face_frames")
    gate = {"face_rule": False, **dict.fromkeys(limits, 0.0)}
    config = {"scenes": {"rooms": str(rooms["sun"].parent)}, "gate": gate}
    write_header(clean, "clean", {"config": {"seed": 3, **config}, "versions": {}})
    facts = {"samples": [s.key for s in samples], "identity": "", "measured": {}, "layers": {}}
    row = write_shard(clean / "train-000000.tar", samples)
    write_row(clean, dataclasses.replace(row, clips={"clip-000000": facts}))
    copied(layers, clean / FOLDER / "clip-000000")
    hand = tmp_path / "lights.yaml"
    hand.write_text(
        "lightings:\n- room: sun\n  turned_deg: 40\n  targets:\n  - {key_fill_ratio: 1.2}\n"
        "  - {key_fill_ratio: 8, key_temperature_k: 3200, key: {azimuth_deg: 60, elevation_deg: 20}}\n"
    )
    words = ["relight", str(clean), "--out", str(out), "--lights", str(hand), "--quiet"]
    assert main(words) == 0 and "1 lit now, 0 kept" in capsys.readouterr().out
    soft, hard = (api.Dataset(out, "clean").sample(f"clip-000000-light-0{n}") for n in (0, 1))
    assert soft.members["source.mkv"] == hard.members["source.mkv"]
    assert soft.members["target.mkv"] != hard.members["target.mkv"]
    assert json.loads(soft.members["json"])["layers"] == layers.info.identity
    assert verify(out) == ()
    assert main(words) == 0 and "0 lit now, 1 kept" in capsys.readouterr().out
    assert main([*words[:3], str(clean), *words[4:]]) == 2 and "is the folder of the layers" in capsys.readouterr().err
    hand.write_text("lightings:\n- {room: moon}\n")
    assert main(words) == 2 and "no room 'moon'; it has grey, sun, window" in capsys.readouterr().err
    # rendered before layers could be kept
    del facts["layers"]
    write_row(clean, dataclasses.replace(row, clips={"clip-000000": facts}))
    assert main(words) == 2 and "clip-000000 was rendered without its layers" in capsys.readouterr().err


def test_a_full_disk_is_one_line(tmp_path):
    raw = RawFrames(tmp_path / "source.0.raw")
    (tmp_path / "source.0.raw").symlink_to("/dev/full")
    with pytest.raises(WorkError, match=r"source\.0\.raw: cannot be written: No space left on device"):
        raw.add(np.zeros((36, 64, 3), np.uint16))
