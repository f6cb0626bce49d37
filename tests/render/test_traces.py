"""Real traces: light adds up, both renders see the same surface, the furnace is white, a card shows what it should."""

import dataclasses

import numpy as np
import pytest

from render.camera import project
from render.config import RenderConfig
from render.environment import load_hdri, radiance_at, texel_directions
from render.exchange import needed_bytes
from render.job import make_job, subject_film
from render.relight import Relighter
from render.studio import direction_to_camera
from render.tracer import Tracer
from scenes.spec import Geometry, Material

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def staged(subject, rooms, quick, tmp_path_factory):
    """A frame with hair, lamp and rim under two rooms on a stage; both traces with equal samples."""
    lightings = [subject.lighting(0, "window", desk_lamp_gain=0.5, rim_gain=0.5), subject.lighting(1, "sun")]
    scene = subject.scene(lightings, lamp=True, rim=True)
    return subject.trace(scene, quick(), rooms, subject.geometry(), tmp_path_factory.mktemp("staged"))


@pytest.mark.parametrize("trace", ["studio", "stage"])
def test_groups_add_up_to_the_renderers_own_sum(staged, trace):
    layers = staged.layers[trace]
    total = layers.radiance.astype(np.float64).sum(0)
    lit = layers.combined > 1e-3
    assert lit.mean() > 0.2
    np.testing.assert_allclose(total[lit], layers.combined[lit], rtol=1e-4)
    np.testing.assert_allclose(total[~lit], layers.combined[~lit], atol=1e-7)


def test_every_group_of_the_studio_lights_the_subject(staged):
    layers = staged.layers["studio"]
    assert layers.groups == ("key", "fill", "rim", "lamp")
    assert (layers.radiance.max((1, 2, 3)) > 1e-3).all()


def test_both_traces_see_the_same_surface(staged):
    """Equal seeds and samples shoot the same camera rays, and none of these passes depends on light: they agree to the
    bit but for the order in which threads add up samples, so the tolerance is rounding, not noise."""
    studio, stage = staged.layers["studio"], staged.layers["stage"]
    inside = studio.alpha > 0.01
    assert 0.2 < inside.mean() < 0.95
    for name in ("alpha", "albedo", "normal", "world_normal"):
        np.testing.assert_allclose(getattr(studio, name), getattr(stage, name), atol=2e-5, err_msg=name)
    np.testing.assert_allclose(studio.depth_m[inside], stage.depth_m[inside], rtol=1e-5)


def test_unequal_samples_differ_only_by_antialiasing(subject, rooms, quick, tmp_path):
    """With other sample counts the passes are other averages over a pixel, so they differ where the surface changes
    within it (outlines, rough cloth): a level or two of 8 bit on average, nothing in sum."""
    scene = subject.scene([subject.lighting()])
    seen = subject.trace(scene, quick(rooms="exact", studio_samples=8), rooms, subject.geometry(hair=False), tmp_path)
    studio, room = seen.layers["studio"], seen.layers["room000"]
    inner = (studio.alpha == 1) & (room.alpha == 1)
    assert np.abs(studio.albedo - room.albedo)[inner].mean() < 1 / 255
    assert np.abs(studio.world_normal - room.world_normal)[inner].mean() < 0.02
    assert np.abs(studio.alpha - room.alpha).mean() < 2 / 255
    assert abs(studio.alpha.mean() - room.alpha.mean()) < 1e-3


def test_one_trace_lights_like_two(subject, rooms, quick, tmp_path):
    """Room and studio in one trace are what they are alone, but for noise; their outline is the same to the bit."""
    scene = subject.scene([subject.lighting(0, "window"), subject.lighting(1, "grey")])
    geometry = subject.geometry(hair=False)
    kept = {}
    for together in (False, True):
        config = quick(rooms="exact", samples=64, studio_samples=64, one_trace=together)
        kept[together] = subject.trace(scene, config, rooms, geometry, tmp_path / str(together))
    apart, one = kept[False], kept[True]
    np.testing.assert_array_equal(one.layers["studio"].alpha, one.layers["room000"].alpha)
    inside = one.light.alpha == 1
    for name in ("rooms", "studio"):
        for a, b in zip(getattr(apart.light, name), getattr(one.light, name), strict=True):
            assert b[inside].mean(0) == pytest.approx(a[inside].mean(0), rel=0.03)
    assert one.light.rooms[0][inside].mean() != pytest.approx(one.light.rooms[1][inside].mean(), rel=0.1)


def test_the_renderer_leaves_nothing_behind(subject, rooms, quick, tmp_path, monkeypatch):
    """The engine makes a folder where temporary files go and is killed before it could remove it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    geometry = subject.geometry(hair=False)
    subject.trace(subject.scene([subject.lighting()]), quick(rooms="exact"), rooms, geometry, tmp_path / "work")
    assert not list((tmp_path / "temporary").iterdir()) and not list((tmp_path / "work").iterdir())


def test_the_exchange_folder_takes_what_was_reckoned(subject, rooms, quick, tmp_path):
    config, geometry = quick(rooms="exact"), subject.geometry(2)
    scene = subject.scene([subject.lighting()], 2, 320, 180)
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, None, [0, 1])
    with Tracer(job, geometry, None, tmp_path) as tracer:
        _, paths = next(tracer.frames())
        taken = sum(path.stat().st_size for path in paths.values())
        pixels = film.box_width * film.box_height
        assert 0.8 < taken / (4 * pixels * sum(19 + 3 * len(trace.groups) for trace in job.traces)) < 1.02
        tracer._read()
        tracer._read()
        files = [path for path in tracer.folder.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) < needed_bytes(job, geometry)


def test_one_trace_is_for_exact_rooms_only():
    with pytest.raises(ValueError, match="one_trace: works with rooms: exact only"):
        RenderConfig(rooms="stage", one_trace=True)


def test_the_subject_is_where_projection_says(subject, rooms, quick, tmp_path):
    geometry = subject.geometry(hair=False, body=False)
    scene = subject.scene([subject.lighting()])
    seen = subject.trace(scene, quick(rooms="exact"), rooms, geometry, tmp_path)
    alpha = seen.light.alpha
    y, x = np.nonzero(alpha > 0.5)
    points = project(scene.camera, geometry.meshes[0].vertices[0], scene.width, scene.height)
    assert x.min() + 0.5 == pytest.approx(points[:, 0].min(), abs=1.0)
    assert x.max() + 0.5 == pytest.approx(points[:, 0].max(), abs=1.0)
    assert y.min() + 0.5 == pytest.approx(points[:, 1].min(), abs=1.0)
    assert y.max() + 0.5 == pytest.approx(points[:, 1].max(), abs=1.0)
    nearest = seen.layers["studio"].depth_m.min()
    assert nearest == pytest.approx(0.7 - subject.radius, abs=0.01)


@pytest.mark.parametrize("mode", ["exact", "stage"])
def test_white_furnace(subject, rooms, quick, tmp_path, mode):
    """A diffuse ball of albedo 0.5 in a room of radiance 0.5 everywhere shows 0.25 everywhere; a white one vanishes."""
    for albedo, tolerance in ((0.5, 0.01), (1.0, 0.01)):
        geometry = subject.geometry(colour=(albedo,) * 3, hair=False, body=False)
        scene = subject.scene([subject.lighting()])
        seen = subject.trace(scene, quick(rooms=mode, samples=64), rooms, geometry, tmp_path)
        inside = seen.light.alpha == 1.0
        shown = seen.light.rooms[0][inside]
        assert shown.mean() == pytest.approx(0.5 * albedo, rel=tolerance)
        assert shown.mean(0) == pytest.approx(shown.mean(), rel=0.005)
        source = seen.lights.source(seen.light, 0, 0)
        if albedo == 1.0:
            assert source[inside].mean() == pytest.approx(source[~inside].mean(), rel=tolerance)


@pytest.mark.parametrize("ratio, kelvin", [(1.0, 6500.0), (4.0, 3200.0)])
def test_a_white_card_at_the_face_shows_one(subject, rooms, quick, tmp_path, ratio, kelvin):
    """The studio is metered on a card turned to the camera; key and fill alone stand in the ratio asked for."""
    scene = subject.scene([subject.lighting(key_fill_ratio=ratio, key_temperature_k=kelvin, fill_temperature_k=kelvin)])
    pose = subject.head_pose(1)
    face = pose[0, :3, 3]
    show = lambda facing: subject.trace(
        scene,
        quick(rooms="exact", studio_samples=64, samples=1, bounces=0),
        rooms,
        Geometry(1, pose, {"card": Material("diffuse", {"color": [1.0] * 3})}, (subject.card("card", face, facing),)),
        tmp_path,
    )
    seen = show(direction_to_camera(scene.camera, face))
    inside = seen.light.alpha == 1.0
    luma = seen.light.studio[0][inside] @ np.array([0.2126, 0.7152, 0.0722])
    assert np.median(luma) == pytest.approx(1.0, rel=0.03)
    red, blue = seen.light.studio[0][inside].mean(0)[[0, 2]]
    assert (red > 1.5 * blue) == (kelvin < 4000)
    key, fill = (seen.layers["studio"].radiance[i][seen.layers["studio"].alpha == 1].mean() for i in (0, 1))
    weights = seen.lights.targets[0][:2].mean(-1)
    at_card = key * weights[0] / (fill * weights[1])
    towards = [np.cos(np.radians(a)) * np.cos(np.radians(e)) for a, e in ((40, 25), (35, 5))]
    assert at_card == pytest.approx(ratio * towards[0] / towards[1], rel=0.06)


@pytest.mark.parametrize("mode", ["exact", "stage"])
@pytest.mark.parametrize("rotation", [0.0, -1.0])
def test_light_comes_from_where_the_room_is_bright(subject, rooms, quick, tmp_path, mode, rotation):
    """The brightest side of a diffuse ball faces the window, in the renderer's room as in the plate's."""
    image = load_hdri(rooms["window"])
    bright = texel_directions(image.shape[0])[image[..., 0] > 1].mean(0)
    c, s = np.cos(rotation), np.sin(rotation)
    expected = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ (bright / np.linalg.norm(bright))
    assert radiance_at(image, expected[None, None], rotation)[0, 0, 0] > 1
    geometry = subject.geometry(hair=False, body=False)
    scene = subject.scene([subject.lighting(0, "window", rotation_rad=rotation)])
    seen = subject.trace(scene, quick(rooms=mode, samples=64), rooms, geometry, tmp_path)
    layers = seen.layers["stage" if mode == "stage" else "room000"]
    inside = layers.alpha == 1
    shown = seen.light.rooms[0].mean(-1)[seen.lights.lens.place(layers.alpha) == 1]
    normals = layers.world_normal[inside]
    # Lambert: radiance is linear in the normal where the whole window is above the horizon.
    facing = normals @ expected > 0.35
    assert facing.sum() > 20
    fitted, *_ = np.linalg.lstsq(np.c_[normals[facing], np.ones(facing.sum())], shown[facing], rcond=None)
    found = fitted[:3] / np.linalg.norm(fitted[:3])
    assert found @ expected > np.cos(np.radians(12))


def test_a_lens_bends_subject_and_plate_alike(subject, rooms, quick, tmp_path):
    """With distortion the ball's outline still meets its projection."""
    geometry = subject.geometry(hair=False, body=False)
    scene = subject.scene([subject.lighting()], k1=-0.08)
    scene = dataclasses.replace(scene, camera=dataclasses.replace(scene.camera, look_at_m=(0.2, 0.0, 1.1)))
    seen = subject.trace(scene, quick(rooms="exact"), rooms, geometry, tmp_path)
    y, x = np.nonzero(seen.light.alpha > 0.5)
    points = project(scene.camera, geometry.meshes[0].vertices[0], scene.width, scene.height)
    for found, side in ((x, 0), (y, 1)):
        assert found.min() + 0.5 == pytest.approx(points[:, side].min(), abs=1.5)
        assert found.max() + 0.5 == pytest.approx(points[:, side].max(), abs=1.5)
