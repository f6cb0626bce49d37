"""Rooms as images: directions, turning, looking up, the plate and its defocus, and files that are no rooms."""

import dataclasses

import cv2
import numpy as np
import pytest

from core.errors import InputError
from render import environment as hdri
from render.camera import pixel_rays, project
from scenes.spec import Camera

CAMERA = Camera((0.1, -0.7, 1.3), (0.0, 0.0, 1.15), np.radians(70.0), roll_rad=0.05, distortion_k1=-0.06)


def spot(height, direction, size=0.06):
    image = np.zeros((height, 2 * height, 3), np.float32)
    image[hdri.texel_directions(height) @ np.asarray(direction, np.float32) > np.cos(size)] = 1.0
    return image


def test_solid_angles_cover_the_sphere_and_weigh_directions_evenly():
    omega = hdri.solid_angles(64)
    directions = hdri.texel_directions(64)
    assert omega.sum() * 128 == pytest.approx(4 * np.pi)
    assert np.abs((directions * omega[..., None]).sum((0, 1))).max() < 1e-4
    second = (directions[..., None] * directions[..., None, :] * omega[..., None, None]).sum((0, 1))
    assert second == pytest.approx(np.eye(3) * 4 * np.pi / 3, abs=0.01)


def test_looking_up_a_texels_own_direction_returns_the_texel():
    image = np.random.default_rng(0).random((16, 32, 3), np.float32)
    assert hdri.radiance_at(image, hdri.texel_directions(16)) == pytest.approx(image, abs=1e-3)


@pytest.mark.parametrize("turn", [0.4, 2.0, -3.0])
def test_turning_the_image_is_turning_the_look_up(turn):
    image = cv2.GaussianBlur(np.random.default_rng(1).random((32, 64, 3), np.float32), (5, 5), 1.5)
    directions = hdri.texel_directions(32)
    turned = hdri.turned(image, turn)
    assert turned[4:-4, 2:-2] == pytest.approx(hdri.radiance_at(image, directions, turn)[4:-4, 2:-2], abs=5e-3)
    assert hdri.mean_radiance(turned) == pytest.approx(hdri.mean_radiance(image), rel=1e-3)


@pytest.mark.parametrize("turn", [0.0, 1.1])
def test_the_plate_shows_a_spot_where_the_camera_projects_it(turn):
    camera = dataclasses.replace(CAMERA, f_stop=1000.0)
    width, height = 160, 90
    seen = pixel_rays(camera, width, height)[30, 120]
    c, s = np.cos(-turn), np.sin(-turn)
    in_room = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ seen
    plate = hdri.background_plate(spot(256, in_room), camera, turn, width, height)[..., 0]
    y, x = np.nonzero(plate > 0.5 * plate.max())
    expected = project(camera, np.asarray(camera.position_m) + 100 * seen, width, height)
    assert (x.mean() + 0.5, y.mean() + 0.5) == pytest.approx(tuple(expected), abs=1.0)


def test_a_slanted_edge_of_great_contrast_is_a_line_in_a_coarse_room_too(monkeypatch):
    """A dark wall beside a window a hundred times brighter, in texels of nine pixels: where the picture is as bright
    as the wall three times over, row by row, wanders about a line by less than seven tenths of what it does without."""
    directions = hdri.texel_directions(192)
    azimuth = np.arctan2(directions[..., 0], directions[..., 1])
    bright = azimuth > 0.25 * np.arcsin(np.clip(directions[..., 2], -1, 1))
    image = np.repeat(np.where(bright, 100.0, 1.0)[..., None], 3, -1).astype(np.float32)
    camera = dataclasses.replace(CAMERA, f_stop=1000.0)

    def stairs():
        plate = hdri.background_plate(image, camera, 0.0, 640, 360)[60:300, :, 0]
        edge = (plate < 3.0).sum(1).astype(float)
        rows = np.arange(len(edge))
        return float(np.std(edge - np.polyval(np.polyfit(rows, edge, 2), rows)))

    smooth = stairs()
    monkeypatch.setattr(hdri, "_COARSE_PX", 1e9)
    assert smooth < 0.7 * stairs()


def test_rays_are_the_inverse_of_projection():
    points = np.asarray(CAMERA.position_m) + 3.0 * pixel_rays(CAMERA, 80, 46)
    x, y = np.meshgrid(np.arange(80) + 0.5, np.arange(46) + 0.5)
    assert project(CAMERA, points, 80, 46) == pytest.approx(np.stack([x, y], -1), abs=1e-2)


def test_defocus_spreads_a_point_over_its_disc_and_keeps_its_light():
    image = np.zeros((41, 41, 3), np.float32)
    image[20, 20] = 7.0
    blurred = hdri.defocus(image, 12.0)
    assert blurred.sum() == pytest.approx(image.sum(), rel=1e-5)
    assert (blurred[..., 0] > blurred.max() / 2).sum() == pytest.approx(np.pi * 36, rel=0.05)
    assert hdri.defocus(image, 0.9) is image


def test_the_disc_follows_the_thin_lens():
    """35 mm, f/2, focused at 1 m, infinity: 35^2 / (2 (1000 - 35)) mm on a 36 mm sensor."""
    hfov = 2 * np.arctan(36 / 2 / 35)
    camera = Camera((0, -1, 0), (0, 0, 0), hfov, f_stop=2.0, sensor_width_m=0.036, focus_m=1.0)
    assert hdri.confusion_px(camera, 1000) == pytest.approx(35**2 / (2 * (1000 - 35)) / 36 * 1000)


def test_exr_and_hdr_read_back_what_was_written(tmp_path):
    import OpenEXR

    image = np.random.default_rng(2).random((8, 16, 3), np.float32) * 50
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, {"RGB": image}).write(
        str(tmp_path / "room.exr")
    )
    assert np.array_equal(hdri.load_hdri(tmp_path / "room.exr"), image)
    cv2.imwrite(str(tmp_path / "room.hdr"), image[..., ::-1])
    assert hdri.load_hdri(tmp_path / "room.hdr") == pytest.approx(image, rel=0.02, abs=0.5)


@pytest.mark.parametrize(
    "make, word",
    [
        (lambda path: None, "no such HDRI"),
        (lambda path: path.write_bytes(b"#?RADIANCE\nnonsense"), "not a"),
        (lambda path: cv2.imwrite(str(path), np.ones((8, 8, 3), np.float32)), "twice as wide"),
    ],
)
def test_what_is_no_room_is_refused_by_name(tmp_path, make, word):
    path = tmp_path / "room.hdr"
    make(path)
    with pytest.raises(InputError, match=word) as caught:
        hdri.load_hdri(path)
    assert str(path) in str(caught.value)


def test_infinite_light_is_refused_and_negative_light_is_dark(tmp_path):
    import OpenEXR

    def write(name, image):
        OpenEXR.File({"compression": OpenEXR.NO_COMPRESSION, "type": OpenEXR.scanlineimage}, {"RGB": image}).write(
            str(tmp_path / name)
        )
        return tmp_path / name

    image = np.ones((8, 16, 3), np.float32)
    image[2, 3] = -1.0
    assert hdri.load_hdri(write("negative.exr", image)).min() == 0.0
    image[2, 3] = np.inf
    with pytest.raises(InputError, match="infinity"):
        hdri.load_hdri(write("infinite.exr", image))


def test_every_room_that_is_none_is_named_in_a_line(tmp_path):
    for name, value in {"good": 0.5, "black": 0.0}.items():
        cv2.imwrite(str(tmp_path / f"{name}.hdr"), np.full((8, 16, 3), value, np.float32))
    import OpenEXR

    image = np.full((8, 16, 3), np.nan, np.float32)
    OpenEXR.File({"compression": OpenEXR.NO_COMPRESSION, "type": OpenEXR.scanlineimage}, {"RGB": image}).write(
        str(tmp_path / "nan.exr")
    )
    (tmp_path / "cut.hdr").write_bytes(b"#?RADIANCE\n")
    names = ["black.hdr", "cut.hdr", "good.hdr", "nan.exr"]
    with pytest.raises(InputError) as caught:
        hdri.judge_rooms([tmp_path / name for name in names])
    black, cut, nan = str(caught.value).splitlines()
    assert black.startswith(f"{tmp_path / 'black.hdr'}: is black") and cut.startswith(str(tmp_path / "cut.hdr"))
    assert nan.startswith(f"{tmp_path / 'nan.exr'}: holds NaN")
    cv2.imwrite(str(tmp_path / "black.hdr"), np.full((8, 16, 3), 0.25, np.float32))
    hdri.judge_rooms([tmp_path / "black.hdr", tmp_path / "good.hdr"])
