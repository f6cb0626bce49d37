"""Indoor rooms as data: 200 seeds drawn and built, kinds respected, the config's words refused in one line."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from core.colour import luminance
from core.config import load, validate
from core.errors import InputError
from render.environment import solid_angles, texel_directions
from scenes.rooms.build import build_room
from scenes.rooms.config import KINDS, RoomsConfig
from scenes.rooms.draw import draw_room
from scenes.rooms.fittings import LUMENS_PER_WATT, fittings
from scenes.rooms.furniture import BUILDERS
from scenes.rooms.record import Daylight, IndoorRoom
from scenes.rooms.sky import make_sky
from scenes.rooms.wiring import wiring

CONFIG = RoomsConfig()


def rooms(count: int, config: RoomsConfig = CONFIG, seed: int = 5) -> list[IndoorRoom]:
    return [draw_room(config, seed, number) for number in range(count)]


def test_two_hundred_rooms_are_drawn_within_their_walls_and_lit() -> None:
    """Feet of things are inside the room, openings inside their wall, none overlaps another, and some light is on."""
    for room in rooms(200):
        x0, x1, y0, y1, height = room.bounds_m
        for item in room.items:
            assert item.kind in BUILDERS
            assert x0 - 0.05 <= item.at_m[0] <= x1 + 0.05 and item.at_m[1] <= y1 + 0.05, (room.name, item)
            assert 0 <= item.at_m[2] <= height
        for wall in ("back", "front", "left", "right"):
            low, high = (x0, x1) if wall in ("back", "front") else (y0, y1)
            spans = sorted(
                (o.along_m - o.width_m / 2, o.along_m + o.width_m / 2) for o in room.openings if o.wall == wall
            )
            assert all(low <= a and b <= high for a, b in spans)
            assert all(one[1] < two[0] for one, two in itertools.pairwise(spans))
        day = room.windows() and not room.daylight.dark
        assert day or any(lamp.on for lamp in room.lamps), room.name


@pytest.mark.parametrize("kind", [KINDS[0], *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
def test_every_kind_is_built_of_finite_meshes(kind: str) -> None:
    """Several rooms of each kind become meshes whose faces name their own points and whose materials are there."""
    for room in rooms(4, RoomsConfig(kind=kind), seed=11):
        built = build_room(room)
        for mesh in built.geometry.meshes:
            count = mesh.vertices.shape[1]
            assert np.isfinite(mesh.vertices).all() and mesh.material in built.geometry.materials
            assert mesh.faces.max() < count and mesh.faces[:, :3].min() >= 0
            assert all(len(values) == count for values in mesh.attributes.values())
        assert {emitter.group for emitter in built.emitters} <= set(built.groups)


def test_a_room_is_the_same_whatever_is_drawn_before_it_and_others_differ() -> None:
    assert draw_room(CONFIG, 3, 17) == draw_room(CONFIG, 3, 17)
    assert draw_room(CONFIG, 3, 17).to_json() != draw_room(CONFIG, 4, 17).to_json()
    one, again = build_room(draw_room(CONFIG, 3, 2)), build_room(draw_room(CONFIG, 3, 2))
    assert all(
        np.array_equal(a.vertices, b.vertices) for a, b in zip(one.geometry.meshes, again.geometry.meshes, strict=True)
    )


def test_a_kind_gives_that_kind_and_nothing_else() -> None:
    assert {room.kind for room in rooms(20, RoomsConfig(kind="office"))} == {"office"}
    both = RoomsConfig(kinds={"kitchen": 1.0, "cafe": 3.0})
    drawn = [room.kind for room in rooms(200, both)]
    assert set(drawn) == {"kitchen", "cafe"}
    assert 120 < drawn.count("cafe") < 180


def test_shares_are_kept() -> None:
    """A window behind the person, in about as many rooms as the config says where the wall has space."""
    never = CONFIG.windows.model_copy(update={"behind": 0.0})
    always = CONFIG.windows.model_copy(update={"behind": 1.0})
    behind = lambda config: [any(w.wall == "back" for w in room.windows()) for room in rooms(40, config)]
    assert not any(behind(RoomsConfig(kind="living_room", windows=never)))
    assert all(behind(RoomsConfig(kind="living_room", windows=always)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: sauna", "kind: expected 'home_office'"),
        ("kinds: {sauna: 1}", "kinds"),
        ("lamps: {bulb_lm: [800, 300]}", "lamps.bulb_lm: empty range, expected [low, high] with low <= high"),
        ("windows: {width_m: [-1, 2]}", "windows.width_m: expected a range within [0.02, 60]"),
        (
            "windows: {behind: 0, beside: 0, before: 0}\n"
            "lamps: {ceiling: 0, floor_lamp: 0, table_lamp: 0, desk_lamp: 0, led_strip: 0}",
            "no window by day and no lamp",
        ),
        ("kind: office\nkinds: {cafe: 1}", "kind and kinds: give one of them"),
        ("kinds: {cafe: 0}", "at least one weight above 0"),
        ("chairs: 3", "unknown key"),
    ],
)
def test_bad_words_are_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load(tmp_path / "mine.yaml", RoomsConfig)
    assert told in str(caught.value) and "\n" not in str(caught.value) and "mine.yaml" in str(caught.value)


def test_part_of_a_size_keeps_the_rest() -> None:
    config = validate({"sizes": {"office": {"behind_m": (6.0, 6.5)}}}, RoomsConfig)
    assert config.sizes.office.behind_m == (6.0, 6.5) and config.sizes.office.side_m == CONFIG.sizes.office.side_m
    assert all(6.0 <= room.bounds_m[3] <= 6.5 for room in rooms(5, config.model_copy(update={"kind": "office"})))


@pytest.mark.parametrize("sky", ["clear", "overcast"])
@pytest.mark.parametrize("elevation_deg", [10.0, 45.0, 80.0])
def test_the_sky_lights_the_ground_as_much_as_its_formula_says(sky: str, elevation_deg: float) -> None:
    """The image integrated over the upper half, against the CIE's illuminance of level ground."""
    h = math.radians(elevation_deg)
    made = make_sky(Daylight(sky, 0.4, h, 1.0, 0.0, 5.0, True), np.random.default_rng(0))
    up = texel_directions(len(made.image))[..., 2]
    lux = float((luminance(made.image) * np.clip(up, 0, 1) * solid_angles(len(made.image))).sum()) * LUMENS_PER_WATT
    expected = 800 + 15500 * math.sqrt(math.sin(h)) if sky == "clear" else 300 + 21000 * math.sin(h)
    assert lux == pytest.approx(expected, rel=0.02)
    assert (max(made.sun_w) > 0) == (sky == "clear")


def test_a_clear_sky_is_brightest_around_its_sun() -> None:
    daylight = Daylight("clear", math.radians(70.0), math.radians(35.0), 1.0, 0.0, 5.0, True)
    made = make_sky(daylight, np.random.default_rng(3))
    directions = texel_directions(len(made.image)).reshape(-1, 3)
    bright = luminance(made.image).ravel() > np.quantile(luminance(made.image), 0.999)
    middle = directions[bright].mean(0)
    assert np.degrees(np.arccos(middle @ np.array(made.toward_sun) / np.linalg.norm(middle))) < 8


def test_a_lamp_gives_the_lumens_on_its_box() -> None:
    """The power of a globe's, a panel's and a shade's parts, in lumens, is the fitting's."""
    for room in rooms(60):
        made = fittings(room)
        for lamp in room.lamps:
            flux = sum(
                float(luminance(np.array(e.power_w))) * LUMENS_PER_WATT for e in made.emitters if e.group == lamp.name
            )
            whole = lamp.flux_lm * len(lamp.places_m)
            if lamp.kind in ("globe", "panels", "bulb", "softbox", "strip"):
                assert flux == pytest.approx(whole, rel=1e-3)
            elif lamp.kind in ("floor", "table"):
                assert flux == pytest.approx(0.4 * whole, rel=1e-3)


def test_switches_and_sockets_are_on_walls_and_cables_in_the_room() -> None:
    """Nothing of the mains is before an opening that reaches down to it, beyond the walls' ends, or out in the room."""
    seen = 0
    for room in rooms(40):
        x0, x1, y0, y1, _ = room.bounds_m
        for piece in wiring(room, np.random.default_rng(room.seed + seen)):
            x, y, z = piece.vertices.T
            assert x.min() > x0 - 0.02 and x.max() < x1 + 0.02 and y.max() < y1 + 0.02 and y.min() > y0 - 0.02
            assert np.minimum(np.minimum(x - x0, x1 - x), y1 - y).max() < 0.2
            if 0.2 < z.min() < 1.3:
                near = {"left": x.mean() - x0, "right": x1 - x.mean(), "back": y1 - y.mean()}
                wall = min(near, key=lambda name: near[name])
                along = x.mean() if wall == "back" else y.mean()
                for hole in room.openings:
                    if hole.wall == wall and hole.bottom_m < 0.2:
                        assert abs(along - hole.along_m) > hole.width_m / 2, room.name
            seen += 1
    assert seen > 300


def test_as_much_light_comes_from_the_left_as_from_the_right_in_few_rooms_too() -> None:
    """Of the first 48 rooms of 30 seeds: metres of windows and soft lights on either side, and rooms of each
    kind that is not rarer than the rest."""
    windows, lamps, kinds = [], [], []
    usual = [kind for kind, weight in CONFIG.kinds.items() if weight >= 1]
    for seed in range(30):
        drawn = rooms(48, seed=seed)
        kinds.append([sum(room.kind == kind for room in drawn) for kind in usual])
        sides = [(w.width_m, {"left": -1, "right": 1}.get(w.wall, 0)) for room in drawn for w in room.windows()]
        windows.append(sum(width * side for width, side in sides))
        soft = [lamp for room in drawn for lamp in room.lamps if lamp.kind == "softbox"]
        lamps.append(sum(math.copysign(1, lamp.places_m[0][0]) for lamp in soft))
    assert np.mean(np.abs(windows)) < 10 and abs(np.mean(windows)) < 5
    assert np.mean(np.abs(lamps)) < 1.5 and np.min(kinds) >= 1
