"""Rooms from a folder: what is found, what the sidecar tells the ledger, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from core.config import validate
from core.errors import InputError
from render.environment import load_hdri
from scenes.config import OverTimeConfig, ScenesConfig
from scenes.draw import draw_lightings, draw_scene, split_rooms
from scenes.over_time import OverTime
from scenes.rooms.source import BUNDLED, find_rooms


def folder_of(path: Path, *names: str) -> ScenesConfig:
    for name in names:
        (path / name).write_bytes(b"pixels are read when they are needed")
    return ScenesConfig(rooms=str(path), train_clips=6, test_clips=6)


def test_both_formats_any_case_sorted_nothing_else(tmp_path: Path) -> None:
    config = folder_of(tmp_path, "b.hdr", "a.EXR", "c.exr", "notes.txt", ".DS_Store", "._a.EXR", "._x.hdr")
    assert [room.name for room in find_rooms(config)] == ["a", "b", "c"]


def test_the_sidecar_reaches_the_ledger(tmp_path: Path) -> None:
    config = folder_of(tmp_path, "attic.hdr", "hall.exr")
    for name in ("attic", "hall"):
        text = f"licence: CC-BY-4.0\nauthor: Ann {name}\nsource: our own camera\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    asset = draw_scene(config, 1, 0).assets[0]
    assert (asset.licence, asset.source) == ("CC-BY-4.0", "our own camera")
    assert asset.author == f"Ann {asset.name.removeprefix('room ')}"


def test_a_room_with_a_seat_is_turned_less_than_others(tmp_path: Path) -> None:
    config = folder_of(tmp_path, "seat.exr", "sea.exr").model_copy(update={"test_clips": 0, "test_rooms": 0.0})
    (tmp_path / "seat.yaml").write_text("licence: CC0-1.0\nroom: {kind: booth}\n")
    drawn = [draw_scene(config, 1, i % 6, i // 6).lightings[0] for i in range(60)]
    turned = {name: [one.rotation_rad for one in drawn if one.hdri == name] for name in ("seat", "sea")}
    assert max(map(abs, turned["seat"])) <= 0.35 < 3 < max(turned["sea"])


def test_a_sidecar_that_changes_is_read_again(tmp_path: Path) -> None:
    config = folder_of(tmp_path, "attic.hdr")
    for licence in ("CC0-1.0", "CC-BY-4.0"):
        (tmp_path / "attic.yaml").write_text(f"licence: {licence}\n")
        assert find_rooms(config)[0].licence == licence


def test_without_a_sidecar_the_licence_is_unknown(tmp_path: Path) -> None:
    assert find_rooms(folder_of(tmp_path, "a.hdr"))[0].licence == "unknown"


def test_splits_are_disjoint_and_complete(tmp_path: Path) -> None:
    config = folder_of(tmp_path, *(f"room{i}.hdr" for i in range(7)))
    rooms = find_rooms(config)
    split = split_rooms(rooms, config, 3)
    assert len(split["test"]) == 2 and len(split["train"]) == 5
    assert {room.name for part in split.values() for room in part} == {room.name for room in rooms}


def test_a_split_that_grows_from_none_changes_no_clip_of_the_other(tmp_path: Path) -> None:
    both = folder_of(tmp_path, *(f"room{i}.hdr" for i in range(7)))
    alone = both.model_copy(update={"test_clips": 0})
    for index in (0, 5):
        assert draw_scene(both, 3, index).to_json() == draw_scene(alone, 3, index).to_json()
    tests = both.model_copy(update={"train_clips": 0})
    assert draw_scene(both, 3, 7).to_json() == draw_scene(tests, 3, 1).to_json()
    # who wants every room for the one split says so, and then there is none for the other
    rooms = find_rooms(alone)
    assert len(split_rooms(rooms, alone.model_copy(update={"test_rooms": 0.0}), 3)["train"]) == 7
    for counts in ({}, {"train_clips": 0}):
        with pytest.raises(InputError, match=r"test_rooms: 0"):
            split_rooms(rooms, both.model_copy(update={"test_rooms": 0.0, **counts}), 3)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "no .hdr or .exr file in it"),
        (("a.jpg",), "no .hdr or .exr file in it"),
        (("a.hdr", "a.exr"), "have the same name; rename one"),
    ],
)
def test_a_useless_folder_is_refused(tmp_path: Path, names, told: str) -> None:
    with pytest.raises(InputError, match=told):
        find_rooms(folder_of(tmp_path, *names))


def test_a_missing_folder_and_a_wrong_sidecar_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        find_rooms(ScenesConfig(rooms=str(tmp_path / "nowhere")))
    config = folder_of(tmp_path, "a.hdr")
    (tmp_path / "a.yaml").write_text("license: CC0\n")
    with pytest.raises(InputError, match=r"a.yaml:1:1: license.*licence"):
        find_rooms(config)


def test_one_room_cannot_serve_both_splits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one room cannot serve both train and test"):
        draw_scene(folder_of(tmp_path, "a.hdr"), 1, 0)


def test_a_damaged_hdri_is_refused_by_name(tmp_path: Path) -> None:
    from render.environment import load_hdri

    folder_of(tmp_path, "a.hdr", "b.exr")
    for name in ("a.hdr", "b.exr"):
        with pytest.raises(InputError, match=name):
            load_hdri(tmp_path / name)


def test_folders_mix_by_weight(tmp_path: Path) -> None:
    """Of ours and bpy's, three to one: each split has rooms of either, and either is drawn as often as it weighs,
    however many rooms it has."""
    folder_of(tmp_path, *(f"room-{i}.exr" for i in range(20)))
    mixed = ScenesConfig(rooms={str(tmp_path): 3, "bpy": 1}, train_clips=400, test_clips=100)
    split = split_rooms(find_rooms(mixed), mixed, 3)
    assert [sum(room.place == "bpy" for room in split[name]) for name in ("train", "test")] == [6, 2]
    assert len(split["train"]) + len(split["test"]) == 28
    drawn = [lit.hdri for i in range(500) for lit in draw_lightings(mixed, 3, "train", i)[0]]
    ours = [name for name in drawn if name.startswith("room-")]
    assert 0.7 < len(ours) / len(drawn) < 0.8
    assert set(drawn) == {room.name for room in split["train"]}


def test_a_folder_in_a_mixture_is_the_folder_alone_but_for_the_draw(tmp_path: Path) -> None:
    alone = folder_of(tmp_path, *(f"room{i}.hdr" for i in range(7)))
    table = alone.model_copy(update={"rooms": {str(tmp_path): 2.0}})
    assert draw_scene(alone, 3, 1).to_json() == draw_scene(table, 3, 1).to_json()


@pytest.mark.parametrize(
    ("rooms", "said"),
    [
        (
            {"nowhere/rooms": 1.0, "bpy": 1.0},
            r"nowhere/rooms: no such folder.*keyfill rooms CONFIG --out nowhere/rooms",
        ),
        ({"bpy": 0.0}, r"rooms: bpy: expected a weight above 0, got 0.0"),
        ({"bpy": "x"}, r"rooms: bpy: expected a weight above 0, got 'x'"),
        ({}, r"rooms: expected bpy, a folder, or folders with their weights"),
        (["bpy"], r"rooms: expected bpy, a folder, or folders with their weights"),
    ],
)
def test_a_mixture_that_cannot_be_is_one_line(rooms: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        find_rooms(validate({"rooms": rooms}, ScenesConfig))
    assert len(str(caught.value).splitlines()) == 1


def den(path: Path, *on: str) -> ScenesConfig:
    """A folder with one room of ours: sky, sun, a ceiling lamp, one that is off, a monitor."""
    config = folder_of(path, "den.exr").model_copy(update={"test_clips": 0, "frames": 90})
    (path / "layers").mkdir(exist_ok=True)
    (path / "layers" / "den.exr").write_bytes(b"read when it is needed")
    layers = ["sky", "sun", "ceiling", "desk", "monitor"]
    room = {"kind": "booth", "layers": layers, "on": list(on) or layers[:3] + layers[4:], "white_balance": [1, 1, 1.2]}
    (path / "den.yaml").write_text(yaml.safe_dump({"licence": "CC0-1.0", "room": room}))
    return config


def courses(config: ScenesConfig, count: int, **keys: Any) -> list[OverTime | None]:
    light = config.room_light.model_copy(update={"over_time": OverTimeConfig(changing=1.0, **keys)})
    changed = config.model_copy(update={"room_light": light, "train_clips": count})
    return [draw_lightings(changed, 5, "train", i)[0][0].over_time for i in range(count)]


NOTHING = {"cloud": 0.0, "monitor": 0.0, "switch": 0.0, "dim": 0.0, "flicker": 0.0}


def test_light_that_changes_is_what_a_room_has(tmp_path: Path) -> None:
    both = [row for row in courses(den(tmp_path), 60) if row]
    assert len(both) > 40
    seen = {course.why for row in both for course in row.courses}
    assert seen == {"cloud", "monitor", "switched", "dimmed", "flicker"}
    for row in both:
        named = [name for course in row.courses for name in course.lights]
        assert len(named) == len(set(named)) and set(named) <= set(row.on)
        assert set(row.steady) | set(named) == set(row.on) and row.parts == len(row.courses) + bool(row.steady)
        assert all(len(course.gain) in (1, 90) for course in row.courses)
        assert all("monitor" not in c.lights and "sun" not in c.lights for c in row.courses if c.flicker)
    # a room without sun and lamps
    dull = den(tmp_path, "sky", "monitor")
    assert {c.why for row in courses(dull, 30, switch=0.0) if row for c in row.courses} == {"monitor"}
    assert {c.lights for row in courses(dull, 30, **NOTHING | {"switch": 1.0}) if row for c in row.courses} == {
        ("ceiling",),
        ("desk",),
    }


def test_light_stays_where_nothing_is_asked_or_can_change(tmp_path: Path) -> None:
    config = den(tmp_path)
    assert not any(courses(config, 5, **NOTHING))
    assert not any(courses(config.model_copy(update={"frames": 1}), 5))
    assert draw_lightings(config, 5, "train", 0)[0][0].over_time is None
    (tmp_path / "layers" / "den.exr").unlink()
    assert not any(courses(config, 5))


def test_a_cloud_takes_what_it_is_told_to_and_a_switch_is_off_or_on(tmp_path: Path) -> None:
    cloud = {"cloud": 1.0, "cloud_depth": (0.6, 0.6), "cloud_sky": (0.1, 0.1), "cloud_edge_s": (0.5, 0.5)}
    for row in courses(den(tmp_path), 10, **NOTHING | cloud):
        assert row and [course.lights for course in row.courses] == [("sun",), ("sky",)]
        sun, sky = (np.array(course.gain)[:, 0] for course in row.courses)
        assert sun.min() == pytest.approx(0.4) and sun.max() == 1.0
        assert 1 - sky == pytest.approx((1 - sun) / 6, abs=1e-3)
        # an edge takes half a second, 15 frames, and no step is larger than its steepest
        assert 0.04 < np.abs(np.diff(sun)).max() < 0.6 * 1.6 / 15
    for row in courses(den(tmp_path), 10, **NOTHING | {"switch": 1.0}):
        assert row and set(np.unique(row.courses[0].gain)) == {0.0, 1.0}
        assert (row.courses[0].gain[0][0] == 0.0) == (row.courses[0].lights == ("desk",))


def test_every_key_of_changing_light_moves_what_is_drawn(tmp_path: Path) -> None:
    config = den(tmp_path).model_copy(update={"frames": 300})
    always = {"cloud": 1.0, "monitor": 1.0, "switch": 0.6, "dim": 0.6, "flicker": 0.8}
    before = courses(config, 12, **always)
    for name, field in OverTimeConfig.model_fields.items():
        value = field.default
        other = (value[0], 0.7 * value[0] + 0.3 * value[1]) if isinstance(value, tuple) else 0.1
        if name != "changing":
            assert courses(config, 12, **always | {name: other}) != before, name


def test_the_rooms_that_come_with_the_package_are_ours_whole_and_small() -> None:
    rooms = find_rooms(ScenesConfig(rooms="calls"))
    assert len(rooms) == 8 and all(room.has_seat and room.licence == "CC0-1.0" for room in rooms)
    assert all(load_hdri(room.path).shape == (384, 768, 3) for room in rooms)
    assert sum(file.stat().st_size for file in BUNDLED["calls"].iterdir()) < 3e6
    split = split_rooms(rooms, ScenesConfig(rooms="calls"), 7)
    assert len(split["train"]) == 6 and len(split["test"]) == 2


def test_photographed_places_come_with_the_package_and_mix_with_the_others() -> None:
    rooms = find_rooms(ScenesConfig(rooms={"photographed": 1.0, "bpy": 1.0, "calls": 1.0}))
    photographed = [room for room in rooms if room.place == "photographed"]
    assert len(photographed) == 18 and len(rooms) == 18 + 8 + 8
    assert all(room.licence == "CC0-1.0" and room.author and not room.has_seat for room in photographed)
    images = [load_hdri(room.path) for room in photographed]
    assert all(image.shape == (256, 512, 3) and np.isfinite(image).all() and image.min() >= 0 for image in images)
    assert sum(file.stat().st_size for file in BUNDLED["photographed"].iterdir()) < 3.2e6
