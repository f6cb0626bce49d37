"""Light that changes over a clip: sums of layers, rows that flicker, a camera that follows late, a steady target."""

import dataclasses
import json

import numpy as np
import pytest

from core.colour import linear_from_srgb, luminance
from core.errors import InputError
from pairs.layers import FOLDER, load_layers
from pairs.video import decode
from render.clip import render_clip
from render.relit import relight_clip
from render.room_parts import RoomPart, exposure_course, read_layers, room_parts, white_course
from scenes.over_time import Flicker, LightCourse, OverTime, followed

FRAMES, FPS = 6, 10.0
WHITE = (0.9, 1.0, 1.2)
STILL = (1e-3, 1e6, 1e6, 0.0)
"""Delay, exposure, white balance, dead band of a camera that follows nothing."""
FLICKER = Flicker(100.0, 0.3, 0.4, 0.02)


@pytest.fixture(scope="module")
def den(tmp_path_factory):
    """A room of three lights: an even sky, a sun before the person, a warm lamp at their side; as `keyfill rooms`
    leaves it."""
    import OpenEXR

    folder = tmp_path_factory.mktemp("rooms")
    layers = {name: np.zeros((32, 64, 3), np.float32) for name in ("sky", "sun", "lamp")}
    layers["sky"][:] = 0.05
    layers["sun"][8:16, 44:52] = 6.0
    layers["sun"][12:20, 12:20] = 0.4
    layers["lamp"][8:16, 28:36] = (4.0, 2.0, 0.8)
    layers["lamp"][10:22, 8:24] = (0.3, 0.15, 0.06)
    half = lambda image: np.ascontiguousarray(image, np.float16)
    (folder / "layers").mkdir()
    planes = {f"{name}.{c}": half(image[..., i]) for name, image in layers.items() for i, c in enumerate("RGB")}
    header = {"type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, planes) as file:
        file.write(str(folder / "layers" / "den.exr"))
    whole = sum(layers.values()) * np.array(WHITE, np.float32)
    with OpenEXR.File(header, {c: half(whole[..., i]) for i, c in enumerate("RGB")}) as file:
        file.write(str(folder / "den.exr"))
    return folder / "den.exr"


def over_time(*courses, camera=STILL):
    return OverTime(("sky", "sun", "lamp"), courses, WHITE, *camera)


def greys(*values):
    return tuple((value, value, value) for value in values)


CLOUD = LightCourse(("sun",), "cloud", greys(1.0, 1.0, 0.7, 0.4, 0.1, 0.1))
HUM = LightCourse(("lamp",), "flicker", greys(1.0), FLICKER)


def linear(sample, name, levels):
    return linear_from_srgb(decode(sample.members[f"{name}.mkv"]).astype(np.float32) / levels)


@pytest.fixture(scope="module")
def made(den, subject, quick, tmp_path_factory):
    """The same clip with its light as the room has it, and with a cloud and a lamp that flickers, by `render.rooms`."""
    turned = {"rotation_rad": 0.0, "exposure_ev": -0.5}
    steady = subject.lighting(0, "den", **turned)
    lightings = [steady, subject.lighting(1, "den", over_time=over_time(CLOUD, HUM), **turned)]
    scene, geometry = subject.scene(lightings, frames=FRAMES), subject.geometry(FRAMES)
    config = {"samples": 24, "accumulate": 1, "patches": 24, "denoise": "off", "outputs": ("mask",)}
    made = {}
    for mode in ("exact", "stage"):
        work = tmp_path_factory.mktemp(mode)
        made[mode] = render_clip(scene, quick(rooms=mode, **config), {"den": den}, work, geometry=geometry)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["exact", "stage"])
def test_source_follows_the_lights_and_the_target_stays(made, mode):
    steady, changing = made[mode]
    info = json.loads(changing.members["json"])
    told = info["lighting"]["over_time"]
    assert told["on"] == ["sky", "sun", "lamp"]
    assert [row["why"] for row in told["courses"]] == ["cloud", "flicker"]
    assert [gain[0] for gain in told["courses"][0]["gain"]] == [1.0, 1.0, 0.7, 0.4, 0.1, 0.1]
    was, now = linear(steady, "source", 1023), linear(changing, "source", 1023)
    scale = info["exposure"]["source"] / json.loads(steady.members["json"])["exposure"]["source"]
    inside = decode(changing.members["mask.mkv"])[0, ..., 0] > 250
    rows = np.array([FLICKER.gains(frame, FPS, 36) for frame in range(FRAMES)])
    # Nothing but the lamp has changed in frame 0, and its rows average out over the subject's height.
    first = now[0][inside].mean(0) / (was[0][inside].mean(0) * scale)
    assert first == pytest.approx(np.ones(3), abs=0.12)
    # The cloud takes nine tenths of the sun, which lights the ball from before.
    lost = luminance(now[5][inside]).mean() / luminance(now[0][inside]).mean()
    assert 0.15 < lost < 0.6
    target = linear(changing, "target", 255)
    assert np.abs(target[:, inside] - target[0, inside]).mean() < 0.01
    assert rows.min() < 0.75 < 1.25 < rows.max()


@pytest.mark.slow
def test_a_part_that_flickers_does_so_row_by_row_in_the_source_alone(made):
    """On the plate, which has no noise: the lamp's patch behind the person over the same patch in the target."""
    changing = made["exact"][1]
    info = json.loads(changing.members["json"])
    outside = decode(changing.members["mask.mkv"])[0, ..., 0] == 0
    source, target = linear(changing, "source", 1023), linear(changing, "target", 255)
    column = 4
    assert outside[:, column].all()
    for frame in (0, 3):
        rows = FLICKER.gains(frame, FPS, 36)
        ratio = source[frame, :, column].mean(-1) / target[frame, :, column].mean(-1)
        # only a share of the light there is the lamp's: the ratio goes with the rows, less deep
        assert np.corrcoef(ratio, rows)[0, 1] > 0.8
    assert info["exposure"]["source_by_frame"] == pytest.approx([info["exposure"]["source"]] * FRAMES)


def test_parts_add_up_to_the_room(den, subject):
    from render.environment import load_hdri

    scene = subject.scene([subject.lighting(0, "den", over_time=over_time(CLOUD, HUM))], frames=FRAMES)
    whole = load_hdri(den)
    parts = room_parts(scene, {"den": den}, {"den": whole})
    assert [part.course for part in parts] == [None, CLOUD, HUM]
    assert sum(part.image for part in parts) == pytest.approx(whole, rel=2e-3, abs=1e-4)
    gains = parts[2].row_gains(2, FPS, 36)
    assert gains.shape == (36, 1, 3) and parts[0].row_gains(2, FPS, 36).shape == (1, 1, 3)
    assert set(read_layers(den.parent / "layers" / "den.exr")) == {"sky", "sun", "lamp"}


def test_a_light_that_the_room_lacks_is_one_line(den, subject):
    wrong = dataclasses.replace(over_time(CLOUD), on=("sky", "moon"))
    scene = subject.scene([subject.lighting(0, "den", over_time=wrong)], frames=FRAMES)
    with pytest.raises(InputError, match=r"no light 'moon'; it has lamp, sky, sun") as caught:
        room_parts(scene, {"den": den}, {"den": np.ones((2, 4, 3), np.float32)})
    assert len(str(caught.value).splitlines()) == 1


def test_kept_layers_of_a_clip_whose_light_changes_are_refused(den, subject, quick, tmp_path):
    scene = subject.scene([subject.lighting(0, "den", over_time=over_time(CLOUD))], frames=FRAMES)
    with pytest.raises(InputError, match=r"set render.keep to pictures, or scenes.room_light.over_time.changing to 0"):
        config = quick(rooms="olat", keep="layers")
        render_clip(scene, config, {"den": den}, tmp_path, geometry=subject.geometry(FRAMES))


def test_flicker_has_the_mains_frequency_along_the_rows():
    """1,000 rows read in 40 ms show four periods of a lamp at 100 Hz; a frame of 1/30 s later they have moved on by a
    third of a period; over a second they average out."""
    flicker = Flicker(100.0, 0.2, 0.0, 0.04)
    rows = flicker.gains(0, 30.0, 1000)
    assert int(np.argmax(np.abs(np.fft.rfft(rows - rows.mean())))) == 4
    assert np.ptp(rows) == pytest.approx(0.4, rel=0.01)
    later = flicker.gains(1, 30.0, 1000)
    assert np.roll(rows, -83)[:900] == pytest.approx(later[:900], abs=0.01)
    assert np.mean([flicker.gains(t, 30.0, 1000) for t in range(30)]) == pytest.approx(1, abs=0.01)


def test_a_camera_follows_late_and_leaves_trifles():
    step = np.where(np.arange(90) < 30, 0.0, 1.0)
    out = followed(step, 30.0, delay_s=0.2, lag_s=0.5)
    assert (out[:36] == 0).all() and out[36] > 0
    assert out[36 + 15 - 1] == pytest.approx(1 - np.exp(-1), abs=0.01)
    assert (followed(0.15 * step, 30.0, 0.0, 0.5, dead_band=0.2) == 0).all()
    held = followed(step, 30.0, 0.0, 0.2, dead_band=0.2)
    assert 0.95 <= held[-1] < 1 and held[-1] == held[-2]
    over = dataclasses.replace(over_time(), exposure_s=0.5, delay_s=0.2)
    assert np.log2(exposure_course(np.exp2(step), over, 30.0)) == pytest.approx(out)


def test_white_balance_follows_a_warm_lamp_that_goes_on(subject):
    """Settled before, it is the room's own; long after, the lamp's orange is gone as far as the room's was."""
    tinted, lamp = np.array([0.5, 0.8, 1.6]), np.full((8, 16, 3), (1.0, 0.5, 0.2), np.float32)
    on = LightCourse(("lamp",), "switched", greys(*[0.0] * 10, *[4.0] * 200))
    # in a room of blue light whose camera went all the way to grey
    balance = tuple(1 / tinted / np.exp(np.log(1 / tinted).mean()))
    over = OverTime(("sky", "lamp"), (on,), balance, 0.0, 1.0, 1.0, 0.0)
    sky = np.ones((8, 16, 3)) * tinted * balance
    parts = [RoomPart(0, sky.astype(np.float32), 0.0), RoomPart(0, lamp * np.float32(balance), 0.0, on)]
    gains = white_course(over, parts, 210, 10.0)
    assert gains[:10] == pytest.approx(np.ones((10, 3)), abs=1e-5)
    colours = parts[0].image[0, 0] + 4.0 * parts[1].image[0, 0]
    assert np.ptp(np.log2(colours)) > 1.0 and np.ptp(np.log2(colours * gains[-1])) < 0.01
    assert luminance(colours * gains[-1]) == pytest.approx(luminance(colours), rel=1e-4)
    way = np.log2(gains[:, 2] / gains[:, 0])
    assert way[10 + 10 - 1] / way[-1] == pytest.approx(1 - np.exp(-1), abs=0.01)


@pytest.mark.slow
def test_kept_layers_are_lit_by_light_that_changes(den, subject, quick, tmp_path):
    """Nothing is traced: the sun that a cloud takes is gone from the person and from the plate, the target stays."""
    config = quick(rooms="olat", olat={"lights": 32}, keep="layers", accumulate=0, samples=8, studio_samples=4)
    steady = subject.lighting(0, "den")
    scene, geometry = subject.scene([steady], frames=2), subject.geometry(2)
    render_clip(scene, config, {"den": den}, tmp_path / "kept", geometry=geometry)
    gone = LightCourse(("sun",), "cloud", greys(1.0, 0.0))
    changing = subject.lighting(1, "den", over_time=over_time(gone))
    both = dataclasses.replace(scene, lightings=(steady, changing))
    layers = load_layers(tmp_path / "kept" / FOLDER)
    samples = relight_clip(both, config, {"den": den}, layers, tmp_path / "relit")
    was, now = (linear(sample, "source", 1023) for sample in samples)
    exposure = [json.loads(sample.members["json"])["exposure"]["source"] for sample in samples]
    assert exposure[1] == pytest.approx(exposure[0], rel=1e-3) and np.abs(now[0] - was[0]).max() < 2e-3
    assert luminance(now[1]).mean() < 0.7 * luminance(now[0]).mean()
    inside = decode(samples[1].members["mask.mkv"])[0, ..., 0] > 250
    target = linear(samples[1], "target", 255)
    assert target[0][inside].mean(0) == pytest.approx(target[1][inside].mean(0), rel=0.03)
    assert luminance(target[1][~inside]).mean() < 0.9 * luminance(target[0][~inside]).mean()
