"""The light stage's cells: what they show is the room, in energy, in colour and in where it comes from."""

import numpy as np
import pytest

from render.environment import load_hdri, solid_angles, texel_directions
from render.light_stage import ROWS, fit_stage, label_map, room_grid, visible_sphere_gain
from scenes.config import ScenesConfig
from scenes.rooms.source import find_rooms

TO_CAMERA = np.array([0.0, -1.0, 0.0])


def irradiance(grid, normals):
    """Of diffuse cards with `normals` `(N, 3)` under an equirectangular image, `(N, 3)`."""
    light = (grid * solid_angles(grid.shape[0])[..., None]).reshape(-1, 3)
    return np.maximum(normals @ texel_directions(grid.shape[0]).reshape(-1, 3).T, 0) @ light


@pytest.fixture(scope="module")
def bundled():
    return {room.name: load_hdri(room.path) for room in find_rooms(ScenesConfig())}


@pytest.fixture(scope="module")
def normals():
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(80, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions[directions @ TO_CAMERA > 0]


def test_one_room_is_shown_exactly(bundled):
    stage = fit_stage([(bundled["forest"], 1.0)], 40, TO_CAMERA)
    grid = room_grid(bundled["forest"], 1.0)
    shown = stage.radiance(0)
    assert len(stage.cells) <= 40
    bright = grid > 0.2 * grid.mean()
    assert np.median(np.abs(shown - grid)[bright] / grid[bright]) < 0.06


def test_every_cell_keeps_the_rooms_energy_and_colour(bundled):
    rooms = [(bundled[name], turn) for name, turn in (("interior", 0.3), ("sunset", 2.0), ("studio", 4.0))]
    stage = fit_stage(rooms, 60, TO_CAMERA)
    labels, omega = label_map(stage.cells), np.broadcast_to(solid_angles(ROWS), (ROWS, 2 * ROWS))
    assert sorted(np.unique(labels)) == list(range(len(stage.cells)))
    for index, (image, turn) in enumerate(rooms):
        for channel in range(3):
            given, shown = (
                np.bincount(labels.ravel(), (x[..., channel] * omega).ravel())
                for x in (room_grid(image, turn), stage.radiance(index))
            )
            assert shown == pytest.approx(given, rel=1e-3, abs=1e-6 * given.sum())


def test_matt_cards_see_nearly_the_same_light_in_every_bundled_room(bundled, normals):
    """With 96 cells for eight very different rooms no card that faces the camera's side is off by more than 3 %."""
    rooms = [(bundled[name], 0.7 * i) for i, name in enumerate(sorted(bundled))]
    stage = fit_stage(rooms, 96, TO_CAMERA)
    assert len(stage.cells) <= 96
    for index, room in enumerate(rooms):
        given, shown = irradiance(room_grid(*room), normals), irradiance(stage.radiance(index), normals)
        assert np.abs(shown - given).mean() / given.mean() < 0.03, sorted(bundled)[index]


def test_a_sun_becomes_a_cell_of_its_own_size():
    image = np.full((ROWS, 2 * ROWS, 3), 0.3, np.float32)
    image[70:72, 300:303] = 5000.0
    other = np.full((ROWS, 2 * ROWS, 3), 0.5, np.float32)
    stage = fit_stage([(image, 0.0), (other, 0.0)], 20, TO_CAMERA)
    assert stage.sources == 1
    sun = stage.cells[-1]
    assert (sun.row0, sun.row1, sun.col0, sun.col1) == (70, 72, 300, 303)
    assert stage.radiance(0)[71, 301] == pytest.approx(5000.0, rel=0.01)
    assert stage.radiance(1)[71, 301] == pytest.approx(0.5, rel=0.01)


def test_cells_are_finer_where_light_changes():
    image = np.full((ROWS, 2 * ROWS, 3), 0.2, np.float32)
    image[60:140, 260:300] = 4.0
    even = np.full_like(image, 0.2)
    even[60:140, 300:340] = 4.0
    cells = fit_stage([(image, 0.0), (even, 0.0)], 24, TO_CAMERA).cells
    area = lambda cell: (cell.row1 - cell.row0) * (cell.col1 - cell.col0)
    near = [area(c) for c in cells if 250 < (c.col0 + c.col1) / 2 < 350 and 50 < (c.row0 + c.row1) / 2 < 150]
    far = [area(c) for c in cells if (c.col0 + c.col1) / 2 < 150]
    assert np.mean(near) < 0.25 * np.mean(far)


def test_the_gain_is_that_of_a_matt_ball_seen_from_the_camera():
    """Integrated over all directions the phase curve of a Lambertian ball gives 8/3 (its value at 0 being 1)."""
    omega = solid_angles(128)
    total = (visible_sphere_gain(texel_directions(128), TO_CAMERA) * omega).sum()
    assert visible_sphere_gain(TO_CAMERA[None], TO_CAMERA)[0] == pytest.approx(1.0, abs=1e-3)
    assert visible_sphere_gain(-TO_CAMERA[None], TO_CAMERA)[0] == pytest.approx(0.0, abs=1e-3)
    t = np.linspace(0, np.pi, 20001)
    exact = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
    expected = exact((np.sin(t) + (np.pi - t) * np.cos(t)) / np.pi * 2 * np.pi * np.sin(t), t)
    assert total == pytest.approx(expected, rel=1e-3)
