"""What makes a room look lived in: photographs on walls and behind windows, open doors, things about, none square."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from core.colour import luminance
from scenes.rooms.backdrop import level_light, photographed_outside
from scenes.rooms.build import build_room
from scenes.rooms.cloth import over_bar
from scenes.rooms.config import RoomsConfig
from scenes.rooms.draw import draw_room
from scenes.rooms.furniture import build_item
from scenes.rooms.photographs import OUTDOORS, photograph, skyline
from scenes.rooms.record import Daylight, IndoorRoom, Item
from scenes.rooms.sky import make_sky
from scenes.rooms.solids import soft_box

CONFIG = RoomsConfig()
HOMES = RoomsConfig(kinds={"home_office": 1.0, "living_room": 1.0, "bedroom": 1.0})
NOON = Daylight("clear", math.radians(90.0), math.radians(50.0), 1.0, 0.0, 5.0, True, "park", 0.0)


def with_(section: str, config: RoomsConfig = HOMES, **keys: object) -> RoomsConfig:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=keys)})


def rooms(config: RoomsConfig, count: int = 24) -> list[IndoorRoom]:
    return [draw_room(config, 8, number) for number in range(count)]


@pytest.mark.parametrize("name", sorted(set(OUTDOORS)))
def test_the_land_of_a_photograph_is_lit_by_the_room_s_own_sky(name: str) -> None:
    """What is below the horizon has a mean reflectance of 0.15 under the illuminance of this sky and sun, at noon as in
    dull weather; the sky above stays as it was."""
    for daylight in (NOON, dataclasses.replace(NOON, sky="overcast", gain=0.4)):
        daylight = dataclasses.replace(daylight, place=name)
        sky = make_sky(daylight, np.random.default_rng(1))
        seen = photographed_outside(sky, daylight)
        rows = len(seen.image)
        near = luminance(seen.image[rows * 17 // 32 : rows * 5 // 8]).mean()
        light = float(luminance(level_light(sky)))
        assert 0.05 < near * math.pi / light < 0.25
        if name != "forest":
            assert seen.image[:8].mean() == pytest.approx(sky.image[:4].mean(), rel=0.05)


def test_a_sun_behind_the_skyline_is_gone() -> None:
    """A low sun, with the place turned so that a house or the open sky is before it."""
    low = dataclasses.replace(NOON, place="city", sun_elevation_rad=math.radians(12.0), sun_azimuth_rad=0.0)
    sky = make_sky(low, np.random.default_rng(1))
    mask = skyline("city")
    row, width = round((90 - 12) / 180 * mask.shape[0]), mask.shape[1]
    for wanted in (0.0, 1.0):
        column = int(np.argmax(np.abs(mask[row] - wanted) < 0.01))
        # +Y, where this sun is, lies a quarter in from the left
        turn = (0.25 * width - column) / width * 2 * math.pi
        seen = photographed_outside(sky, dataclasses.replace(low, place_turn_rad=turn))
        assert (max(seen.sun_w) > 0) == (wanted == 1.0)


@pytest.mark.parametrize("name", sorted(set(OUTDOORS)))
def test_a_skyline_has_sky_above_and_none_below(name: str) -> None:
    mask = skyline(name)
    assert mask[:10].mean() > (0.6 if name == "forest" else 0.99) and mask[len(mask) * 5 // 9 :].max() == 0


def test_pictures_are_cut_from_photographs_or_painted() -> None:
    """By their share, and recorded; a print has lights and darks and is of its own stream."""
    drawn = lambda share: [
        (len(room.pictures), sum(item.kind == "picture" for item in room.items))
        for room in rooms(with_("things", photographs=share), 12)
    ]
    assert sum(cut for cut, _ in drawn(0.0)) == 0
    assert all(cut == hung for cut, hung in drawn(1.0)) and sum(hung for _, hung in drawn(1.0)) > 12
    one, again, other = (photograph(np.random.default_rng(seed), "venice", 1.3) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    assert one.min() >= 0 and one.max() <= 1 and one.std() > 0.05


def test_doors_stand_open_as_often_as_the_config_says() -> None:
    """Each with a room behind it, lit by a lamp of its own where one is on."""
    doors = lambda config: [o for room in rooms(config) for o in room.openings if o.kind == "door"]
    assert not any(door.ajar_rad for door in doors(with_("windows", door_ajar=0.0)))
    ajar = with_("windows", door_ajar=1.0, ajar_deg=(30.0, 60.0), lit_beyond=1.0)
    assert all(math.radians(30) <= door.ajar_rad <= math.radians(60) for door in doors(ajar))
    for room in rooms(ajar, 12):
        open_doors = [o for o in room.openings if o.ajar_rad]
        lamps = [lamp for lamp in room.lamps if lamp.name == "beyond"]
        assert sum(len(lamp.places_m) for lamp in lamps) == len(open_doors)
        x0, x1, y0, y1, height = room.bounds_m
        for lamp in lamps:
            for x, y, z in lamp.places_m:
                assert not (x0 <= x <= x1 and y0 <= y <= y1) and z < height


def test_a_room_with_open_doors_is_closed_around() -> None:
    """From the eye, whichever way one looks, there is a surface: no sky where no window is."""
    config = with_("windows", behind=0.0, beside=0.0, before=0.0, door_ajar=1.0)
    room = next(room for room in rooms(config) if any(o.ajar_rad for o in room.openings))
    built = build_room(room)
    rng = np.random.default_rng(0)
    ways = rng.normal(0, 1, (300, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    solid = [mesh for mesh in built.geometry.meshes if "outside" not in mesh.name]
    triangles = np.concatenate([_triangles(mesh.vertices[0], mesh.faces) for mesh in solid])
    big = triangles[np.linalg.norm(np.ptp(triangles, axis=1), axis=1) > 0.3]
    missed = [way for way in ways if not _hits(np.array([0.0, 0.0, 1.2]), way, big)]
    assert not missed


def _triangles(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    quads = faces[faces[:, 3] >= 0]
    corners = np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]])
    found: np.ndarray = points[corners].astype(float)
    return found


def _hits(eye: np.ndarray, way: np.ndarray, triangles: np.ndarray) -> bool:
    """Moeller and Trumbore (1997)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    e1, e2 = b - a, c - a
    p = np.cross(way, e2)
    det = np.einsum("ij,ij->i", e1, p)
    ok = np.abs(det) > 1e-9
    inverse = np.where(ok, 1 / np.where(ok, det, 1), 0)
    t = eye - a
    u = np.einsum("ij,ij->i", t, p) * inverse
    q = np.cross(t, e1)
    v = q @ way * inverse
    far = np.einsum("ij,ij->i", e2, q) * inverse
    return bool((ok & (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & (far > 1e-6)).any())


def test_jackets_hang_over_chairs_and_higher_than_their_seats() -> None:
    chairs = lambda share: [
        item
        for room in rooms(with_("things", thrown_over=share, clutter=(1.0, 1.0)), 12)
        for item in room.items
        if item.kind in ("chair", "office_chair")
    ]
    assert all(item.amount == 0 for item in chairs(0.0)) and all(item.amount == 1 for item in chairs(1.0))
    bare = Item("chair", (0, 0, 0), 0.0, (0.44, 0.44, 0.9), "wood", "", 0.0)
    count = lambda item: len(build_item(item, np.random.default_rng(1)))
    assert count(dataclasses.replace(bare, amount=1.0)) > count(bare)
    cloth = over_bar("fabric", 0.4, 0.3, 0.5, 0.03, np.random.default_rng(2)).vertices
    before, behind = cloth[cloth[:, 1] < 0, 2].min(), cloth[cloth[:, 1] > 0, 2].min()
    assert -0.36 < before < -0.25 and -0.6 < behind < -0.42


def test_things_stand_square_or_askew() -> None:
    turns = lambda config: [
        abs((item.turn_rad + 0.4) % (math.pi / 2) - 0.4)
        for room in rooms(config, 12)
        for item in room.items
        if item.kind in ("cupboard", "bookcase", "bin", "suitcase")
    ]
    assert max(turns(with_("things", askew_deg=(0.0, 0.0)))) < 1e-9
    askew = turns(with_("things", askew_deg=(0.5, 1.0)))
    assert np.mean(np.array(askew) > 1e-3) > 0.7 and max(askew) < math.radians(16)


def test_walls_are_filled_where_that_is_wanted() -> None:
    hung = lambda least: sum(len(room.items) for room in rooms(with_("things", wall_filled=(least, least))))
    assert hung(0.8) > hung(0.0) + 24


def test_creases_move_cloth_outwards_and_no_further_than_they_are_deep() -> None:
    plain, creased = (
        soft_box(
            "linen", (1.0, 1.2, 0.2), (0, 0, 0), 0.08, rng=np.random.default_rng(3), steps=30, creases=deep
        ).vertices
        for deep in (0.0, 0.02)
    )
    moved = np.linalg.norm(creased - plain, axis=1)
    assert 0.004 < moved.max() < 5 * 0.02 and np.mean(moved > 0.001) > 0.2
