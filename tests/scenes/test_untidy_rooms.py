"""Disorder: things on each other within their place, pictures at their own heights, what stands close by, chairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scenes.rooms.build import build_room
from scenes.rooms.config import RoomsConfig
from scenes.rooms.draw import draw_room
from scenes.rooms.furniture import build_item
from scenes.rooms.piles import AT_HOME, AT_WORK, IN_STORE, SMALL, Loose, piled
from scenes.rooms.record import IndoorRoom, Item

HOMES = RoomsConfig(kinds={"home_office": 1.0, "living_room": 1.0, "bedroom": 1.0})


def rooms(count: int = 24, **things: object) -> list[IndoorRoom]:
    config = HOMES.model_copy(update={"things": HOMES.things.model_copy(update=things)})
    return [draw_room(config, 8, number) for number in range(count)]


@pytest.mark.parametrize("makers", [SMALL, AT_HOME, AT_WORK, IN_STORE])
def test_what_is_piled_stays_in_its_place_and_on_the_floor(makers: tuple[Loose, ...]) -> None:
    """Not over its height, not under the floor, little of it beside its footprint; some lies on other things."""
    highest = 0.0
    for seed in range(12):
        pieces = piled(0.9, 0.5, 1.2, 14, np.random.default_rng(seed), makers)
        points = np.concatenate([piece.vertices for piece in pieces])
        assert points[:, 2].min() > -1e-6 and points[:, 2].max() < 1.2 + 1e-6
        assert np.abs(points[:, 0]).max() < 0.45 + 0.75 and np.abs(points[:, 1]).max() < 0.25 + 0.75
        highest = max(highest, float(np.median(points[:, 2])))
    assert highest > 0.05


@pytest.mark.parametrize("kind", ["pile", "rack", "tools", "leaning"])
def test_disorder_is_built_alike_of_its_own_stream(kind: str) -> None:
    item = Item(kind, (1.0, 2.0, 0.0), 0.3, (1.2, 0.4, 1.6), "metal", "wood2" if kind == "tools" else "store", 0.8)
    one, again, other = (build_item(item, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a.vertices, b.vertices) for a, b in zip(one, again, strict=True))
    assert len(one) != len(other) or any(a.vertices.shape != b.vertices.shape for a, b in zip(one, other, strict=True))


def test_pictures_hang_at_their_own_heights_and_in_clusters() -> None:
    """Middles spread over the configured range; clustered ones are nearer to their next."""
    middles = [i.at_m[2] + i.size_m[2] / 2 for room in rooms() for i in room.items if i.kind == "picture"]
    assert np.std(middles) > 0.13 and min(middles) >= 1.2 - 1e-9

    def nearest(clustered: float) -> float:
        found = []
        for room in rooms(clustered=clustered, pictures=(3, 5), wall_filled=(0.0, 0.0)):
            places = np.array([i.at_m for i in room.items if i.kind == "picture"])
            if len(places) > 1:
                away = np.linalg.norm(places[:, None] - places[None], axis=-1) + 9 * np.eye(len(places))
                found += list(away.min(1))
        return float(np.median(found))

    assert nearest(1.0) < 0.85 * nearest(0.0)


def test_the_person_s_chair_is_behind_the_person_however_the_room_is_turned() -> None:
    """As the camera looks: within 10 degrees of straight behind, where the room is turned by 30."""
    config = HOMES.model_copy(update={"turned_deg": (30.0, 30.0)})
    config = config.model_copy(update={"things": config.things.model_copy(update={"chair_back": 1.0})})
    seen = 0
    for number in range(12):
        room = draw_room(config, 8, number)
        near = [i for i in room.items if "chair" in i.kind and math.hypot(*i.at_m[:2]) < 0.9 and i.at_m[1] > 0]
        seen += len(near)
        for item in near:
            x, y = item.at_m[:2]
            assert abs(math.atan2(x, y) - room.turn_rad) < math.radians(14)
    assert seen >= 8


def test_something_stands_close_by_where_the_picture_ends() -> None:
    """Where it is wanted, in more rooms: within 2.4 m, 15 to 45 degrees off the middle of what the camera sees."""

    def near(share: float) -> int:
        found = 0
        for room in rooms(close_by=share):
            for item in room.items:
                away = math.hypot(*item.at_m[:2])
                aside = abs(math.atan2(item.at_m[0], item.at_m[1]) - room.turn_rad)
                kinds = ("rack", "pile", "plant", "clothes_rail", "bookcase")
                found += item.kind in kinds and away < 2.4 and math.radians(15) < aside < math.radians(45)
        return found

    assert near(1.0) > near(0.0) + 6


def test_lights_are_out_there_in_the_dark_alone() -> None:
    """They glow in the sky's layer and are as many as drawn."""
    dark = 0
    for room in rooms(30):
        assert room.daylight.lights == 0 or room.daylight.dark
        if room.daylight.dark and room.windows():
            names = [mesh.name for mesh in build_room(room).geometry.meshes]
            shown = [name for name in names if name.startswith("glow:outside")]
            assert bool(shown) == (room.daylight.lights > 0) and all("|outside|" in name for name in shown)
            dark += 1
    assert dark > 2


def test_the_ceiling_s_light_is_off_where_another_lamp_is_on() -> None:
    lamps = HOMES.lamps.model_copy(update={"ceiling_off": 1.0, "wall_lamp": 1.0, "standing_on": 1.0})
    config = HOMES.model_copy(update={"lamps": lamps})
    on = [{lamp.name for lamp in draw_room(config, 8, n).lamps if lamp.on} for n in range(24)]
    assert sum("wall" in names for names in on) > 12
    assert not any("ceiling" in names and names & {"wall", "floor", "table"} for names in on)
