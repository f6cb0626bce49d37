"""Panoramas of rooms: energy balance, the sun where its angle says, layers that add up, whole files always."""

from __future__ import annotations

import dataclasses
import math
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from core.colour import luminance
from core.processes import module_command
from render.environment import load_hdri, solid_angles, texel_directions
from render.panorama import Panorama, paint_sun, parts_of, trace_panorama
from render.panorama_file import read_panorama_layers, white_gains, write_panorama
from render.room_folder import make_rooms, rooms_to_make
from scenes.config import ScenesConfig
from scenes.rooms.build import build_room
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room
from scenes.rooms.fittings import LUMENS_PER_WATT, Emitter
from scenes.rooms.record import Daylight, Finish, IndoorRoom, Monitor, Opening
from scenes.rooms.source import find_rooms
from scenes.spec import EYE_HEIGHT_M

SMALL = PictureConfig(width=128, samples=4, behind_scale=1, behind_samples=4)
BOUNDS = (-2.0, 2.2, -1.8, 2.4, 2.6)
GREY = 0.5


def bare_room(openings: tuple[Opening, ...] = (), daylight: Daylight | None = None) -> IndoorRoom:
    """An empty room of diffuse grey."""
    grey = Finish("plain", (GREY, GREY, GREY))
    names = ("wall", "accent", "floor", "ceiling", "trim", "door", "frame", "metal")
    return IndoorRoom(
        name="room-000000",
        seed=1,
        kind="office",
        bounds_m=BOUNDS,
        turn_rad=0.0,
        finishes=dict.fromkeys(names, grey),
        openings=openings,
        items=(),
        lamps=(),
        daylight=daylight or Daylight("night", 0.0, -0.2, 1.0, 0.0, 18.0, False),
        monitor=Monitor(10.0, 6500.0, (0.3, 0.18), False),
        ceiling_tiles=False,
        skirting_m=0.0,
    )


def walls_seen(height: int) -> tuple[np.ndarray, np.ndarray]:
    """Per texel of a panorama in the bare room: where its ray meets the room `(H, 2H, 3)`, and the area it covers."""
    d = texel_directions(height).astype(np.float64)
    eye = np.array([0.0, 0.0, EYE_HEIGHT_M])
    low, high = np.array([BOUNDS[0], BOUNDS[2], 0.0]), np.array([BOUNDS[1], BOUNDS[3], BOUNDS[4]])
    with np.errstate(divide="ignore"):
        reach = np.where(d > 0, (high - eye) / d, (low - eye) / d)
    distance = reach.min(-1)
    facing = np.abs(np.take_along_axis(d, reach.argmin(-1)[..., None], -1))[..., 0]
    return eye + d * distance[..., None], solid_angles(height) * distance**2 / facing


@pytest.mark.slow
def test_a_closed_grey_room_is_in_energy_balance() -> None:
    """What the walls absorb is what the lamp gives: the integral of (1 - albedo) x irradiance over all walls is its
    flux. Irradiance is pi x radiance / albedo."""
    room, flux_lm = bare_room(), 1000.0
    built = build_room(room)
    walls = tuple(m for m in built.geometry.meshes if m.material in ("wall", "accent", "floor", "ceiling"))
    watts = flux_lm / LUMENS_PER_WATT
    bulb = Emitter("sphere", "bulb", (0.4, 0.6, 1.9), (0, 0, -1), (0.06, 0.06), (watts, watts, watts), seen=False)
    built = dataclasses.replace(
        built, geometry=dataclasses.replace(built.geometry, meshes=walls), emitters=(bulb,), groups=("bulb",)
    )
    picture = PictureConfig(width=128, samples=64, behind_scale=1, behind_samples=64, bounces=24, denoise="off")
    traced = luminance(trace_panorama(room, picture, built=built).combined())
    _, area = walls_seen(64)
    assert area.sum() == pytest.approx(2 * (4.2 * 4.2 + 4.2 * 2.6 * 2), rel=0.01)
    absorbed = float(((1 - GREY) * np.pi * traced / GREY * area).sum())
    assert absorbed == pytest.approx(watts, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("azimuth_deg", "elevation_deg"), [(20.0, 40.0), (-25.0, 55.0)])
def test_the_sun_lights_the_floor_where_its_angle_says(azimuth_deg: float, elevation_deg: float) -> None:
    """Every piece of floor from which the sun is seen through the window is lit by it, and none else."""
    window = Opening("window", "back", 0.2, 1.6, 0.8, 2.2)
    daylight = Daylight("clear", math.radians(azimuth_deg), math.radians(elevation_deg), 1.0, 0.0, 18.0, False)
    picture = PictureConfig(width=512, samples=8, behind_scale=1, behind_samples=8, denoise="off")
    layer = luminance(trace_panorama(bare_room((window,), daylight), picture).layers["sun"])
    place, _ = walls_seen(256)
    a, e = daylight.sun_azimuth_rad, daylight.sun_elevation_rad
    sun = np.array([math.sin(a) * math.cos(e), math.cos(a) * math.cos(e), math.sin(e)])
    floor = (place[..., 2] < 1e-6) & (place[..., 1] > 0.3)
    # the wall is 0.16 m thick, the glass stands 0.1 m behind its face, the board below it reaches 0.24 m into the room

    def opening(behind_face_m: float, edge_m: float) -> np.ndarray:
        met = place + sun * ((BOUNDS[3] + behind_face_m - place[..., 1]) / sun[1])[..., None]
        return (np.abs(met[..., 0] - 0.2) < 0.8 - edge_m) & (np.abs(met[..., 2] - 1.5) < 0.7 - edge_m)

    lit, dark = floor & opening(0.17, 0.08) & opening(-0.26, 0.08), floor & ~opening(0.1, -0.1)
    assert lit.sum() > 100 and dark.sum() > 1000
    level = np.median(layer[lit])
    assert (layer[lit] > 0.5 * level).mean() > 0.97
    assert (layer[dark] < 0.25 * level).mean() > 0.97


def test_the_painted_sun_brings_its_irradiance() -> None:
    """A disc seen through a pane: the layer's irradiance from it is what came through."""
    layer = np.zeros((128, 256, 3), np.float32)
    way = np.array([0.3, 0.8, 0.5]) / np.linalg.norm([0.3, 0.8, 0.5])
    paint_sun(layer, np.array([[*way, 0.93 / 4]] * 4), np.array([100.0, 90.0, 80.0]), 0.01, turn_rad=0.5)
    brought = (layer * solid_angles(128)[..., None]).sum((0, 1))
    assert brought == pytest.approx(0.93 * np.array([100.0, 90.0, 80.0]), rel=1e-4)
    row, column = np.unravel_index(int(layer[..., 0].argmax()), (128, 256))
    c, s = math.cos(0.5), math.sin(0.5)
    turned = np.array([c * way[0] - s * way[1], s * way[0] + c * way[1], way[2]])
    assert texel_directions(128)[row, column] @ turned > 0.999


def test_the_fine_part_is_behind_the_person() -> None:
    """Its middle looks along +Y, a quarter in from the left, and it is as wide as the config says."""
    part = parts_of(PictureConfig(width=2048))[1]
    x0, y0, x1, y1 = part.box
    middle = texel_directions(1024)[(y0 + y1) // 2, (x0 + x1) // 2]
    assert middle @ (0, 1, 0) > 0.9999
    assert (x1 - x0) / 2048 * 360 == pytest.approx(130, abs=1)


def lone_sparks(image: np.ndarray) -> int:
    """Pixels ten times as bright as the brightest of the eight around them."""
    luma = np.pad(luminance(image), 1, mode="edge")
    h, w = luma.shape
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    around = np.max([luma[i : i + h - 2, j : j + w - 2] for i, j in shifts], axis=0)
    return int((luma[1:-1, 1:-1] > 10 * around + 1e-3).sum())


def test_a_camera_takes_the_rooms_light_for_grey() -> None:
    """An orange room becomes grey at a share of 1, keeps its luminance, and is left alone at 0, window or not."""
    image = np.full((64, 128, 3), (0.8, 0.4, 0.2), np.float32) * np.random.default_rng(0).uniform(0.5, 1, (64, 128, 1))
    image[20:24, 30:34] = (50.0, 60.0, 90.0)
    whole, none = white_gains(image, 1.0), white_gains(image, 0.0)
    wall = image[40, 40] * whole
    assert np.ptp(wall) < 1e-3 * wall.max()
    assert luminance(image[40, 40] * whole) == pytest.approx(float(luminance(image[40, 40])), rel=1e-3)
    assert none == pytest.approx(1.0)


def test_a_brown_floor_does_not_make_white_walls_blue() -> None:
    image = np.full((64, 128, 3), 0.6, np.float32)
    image[40:] = (0.2, 0.1, 0.05)
    gains = white_gains(image, 1.0)
    assert np.ptp(gains) < 0.02


@pytest.mark.slow
def test_layers_add_up_and_hold_nothing_odd(tmp_path: Path) -> None:
    """Of a furnished room: the layers that are on are the picture, before and after the files; no NaN, no sparks."""
    config = RoomsConfig(kind="home_office", picture=SMALL)
    room = draw_room(config, 2, 0)
    panorama = trace_panorama(room, SMALL)
    whole = sum(panorama.layers[name] for name in panorama.on)
    assert np.array_equal(panorama.combined(), whole)
    assert all(np.isfinite(layer).all() and (layer >= 0).all() for layer in panorama.layers.values())
    assert not lone_sparks(panorama.combined() - panorama.layers.get("sun", 0.0))
    write_panorama(panorama, room, SMALL, tmp_path)
    stored = load_hdri(tmp_path / "room-000000.exr")
    layers = read_panorama_layers(tmp_path / "layers" / "room-000000.exr")
    assert set(layers) == set(panorama.layers)
    told = yaml.safe_load((tmp_path / "room-000000.yaml").read_text())["room"]
    total = sum(layers[name] for name in told["on"]) * np.array(told["white_balance"], np.float32)
    assert np.abs(stored - total).mean() < 0.02 * stored.mean()
    (found,) = find_rooms(ScenesConfig(rooms=str(tmp_path)))
    assert found.licence == "CC0-1.0" and found.name == "room-000000"


@pytest.mark.slow
def test_a_room_is_made_once_and_alike(tmp_path: Path) -> None:
    """Twice the same folder: nothing is rendered again; another folder: the same bytes; other settings: anew."""
    config = RoomsConfig(count=1, kind="booth", picture=SMALL)
    quiet = lambda done, total, text: None
    assert make_rooms(config, 4, tmp_path / "a", 1, quiet).made == 1
    again = make_rooms(config, 4, tmp_path / "a", 1, quiet)
    assert (again.made, again.kept) == (0, 1)
    make_rooms(config, 4, tmp_path / "b", 1, quiet)
    name = "room-000000.exr"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    other = config.model_copy(update={"picture": SMALL.model_copy(update={"samples": 5})})
    assert len(rooms_to_make(other, 4, tmp_path / "a")[0]) == 1


@pytest.mark.slow
def test_a_stopped_run_leaves_whole_rooms_and_goes_on(tmp_path: Path) -> None:
    """SIGTERM while the second room is traced: exit 130, no half file, no folder left; then it goes on."""
    (tmp_path / "mine.yaml").write_text(
        "rooms:\n  count: 3\n  kind: booth\n  picture: {width: 128, samples: 2, behind_scale: 1, behind_samples: 2}\n"
    )
    out = tmp_path / "rooms"
    command = module_command("keyfill", "rooms", tmp_path / "mine.yaml", "--out", out)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    until = time.monotonic() + 200
    while not list(out.glob("*.exr")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    made = sorted(path.name for path in out.glob("*.exr"))
    assert 1 <= len(made) < 3
    for name in made:
        load_hdri(out / name)
    assert not [path for path in out.rglob("*") if "part" in path.name]
    assert not list(tmp_path.glob("keyfill-room-*"))
    subprocess.run(command, check=True, capture_output=True)
    assert len(list(out.glob("*.exr"))) == 3


def test_a_sun_s_disc_comes_back_from_its_file_as_a_number(tmp_path: Path) -> None:
    """One texel ten million times as bright as what is around it, in a room's picture as in its layer: half floats in a
    lossy coding end at some number, never at infinity."""
    rng = np.random.default_rng(4)
    image = rng.uniform(0.2, 60.0, (64, 128, 3)).astype(np.float32)
    for row, column in rng.integers(0, 64, (12, 2)):
        image[row, column] = 1e7 * rng.uniform(0.3, 1.0, 3)
    panorama = Panorama({"sun": image}, ("sun",), {})
    write_panorama(panorama, bare_room(), PictureConfig(width=128), tmp_path)
    assert np.isfinite(load_hdri(tmp_path / "room-000000.exr")).all()
    layer = read_panorama_layers(tmp_path / "layers" / "room-000000.exr")["sun"]
    assert np.isfinite(layer).all() and layer.max() > 30_000
