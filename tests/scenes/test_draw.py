"""What is drawn covers what calls show; splits share nobody and no room; a clip depends on its identity alone."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.errors import InputError
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.hair.styles import STYLES
from scenes.records import to_json
from scenes.scene_stats import scene_stats, traits
from scenes.spec import EYE_HEIGHT_M, Scene

CONFIG = ScenesConfig(train_clips=150, test_clips=50)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(CONFIG, 11, i) for i in range(200)]


def test_skin_tone_and_age_are_even(scenes) -> None:
    table = scene_stats(scenes)
    tones = list(table["skin tone (Monk)"].values())
    assert len(tones) == 10 and min(tones) >= 15 and max(tones) <= 25
    years = np.sort([scene.person.years for scene in scenes])
    assert np.abs((years - 18) / 62 - np.linspace(0, 1, 200)).max() < 0.04


def test_tone_tells_neither_age_nor_light(scenes) -> None:
    rows = [traits(scene) for scene in scenes]
    column = lambda name: np.array([row[name] for row in rows], float)
    for other in ("age, years", "key to fill", "exposure of the room, stops", "distance, m"):
        assert abs(np.corrcoef(column("skin tone (Monk)"), column(other))[0, 1]) < 0.2, other


def test_every_style_cloth_accessory_and_beard_occurs(scenes) -> None:
    table = scene_stats(scenes)
    rare = scene_stats([*scenes, *(draw_scene(CONFIG, 12, i) for i in range(200))])
    assert set(rare["hair"]) == set(STYLES) and len(STYLES) == 20
    assert len(table["clothing"]) == 7 and min(table["clothing"].values()) >= 3
    assert {"thick", "thin", "none"} == set(table["glasses"])
    assert {"over_ear", "headset", "none"} == set(table["headphones"])
    assert {"stubble", "short", "full", "none"} <= set(table["beard"])
    assert set(table["hair colour"]) == {"black", "brown", "blond", "grey", "red"}
    assert table["hands"]["yes"] >= 8 and table["desk lamp"]["on"] >= 25


def test_cameras_are_webcams(scenes) -> None:
    for scene in scenes:
        camera = scene.camera
        assert 55 <= math.degrees(camera.hfov_rad) <= 80
        assert 0.26 <= camera.focus_m <= 2.6
        assert -0.08 <= camera.distortion_k1 <= 0 and abs(math.degrees(camera.roll_rad)) <= 2
    above = np.array([scene.camera.position_m[2] - EYE_HEIGHT_M for scene in scenes])
    assert np.mean(above > 0.03) > 0.15 and np.mean(above < -0.03) > 0.15 and np.mean(np.abs(above) <= 0.03) > 0.1


def test_key_comes_from_both_sides_and_fill_from_the_other(scenes) -> None:
    key = np.array([scene.studio.key.azimuth_rad for scene in scenes])
    fill = np.array([scene.studio.fill.azimuth_rad for scene in scenes])
    assert 0.4 < np.mean(key > 0) < 0.6 and (np.sign(key) == -np.sign(fill)).all()


def test_train_and_test_share_no_room_and_no_person(scenes) -> None:
    rooms = {split: {s.lightings[0].hdri for s in scenes if s.split == split} for split in ("train", "test")}
    assert rooms["train"] and rooms["test"] and not rooms["train"] & rooms["test"]
    people = [json.dumps(to_json(s.person.phenotype)) + json.dumps(s.person.shape) for s in scenes]
    assert len(set(people)) == 200
    assert [s.split for s in scenes] == ["train"] * 150 + ["test"] * 50


def test_any_machine_in_any_order_draws_the_same(scenes) -> None:
    """Four machines, each every fourth clip, backwards: the union is the run, and nobody is drawn twice."""
    for machine in range(4):
        for i in reversed(range(machine, 40, 4)):
            assert draw_scene(CONFIG, 11, i) == scenes[i]


def test_growing_a_data_set_keeps_its_clips() -> None:
    few, many = ScenesConfig(train_clips=10, test_clips=3), ScenesConfig(train_clips=20, test_clips=5)
    assert [draw_scene(few, 4, i) for i in range(10)] == [draw_scene(many, 4, i) for i in range(10)]
    assert [draw_scene(few, 4, i) for i in range(10, 13)] == [draw_scene(many, 4, i) for i in range(20, 23)]


def test_another_seed_is_another_crowd(scenes) -> None:
    other = [draw_scene(CONFIG, 12, i) for i in range(20)]
    assert not {json.dumps(s.person.shape) for s in scenes} & {json.dumps(s.person.shape) for s in other}


def test_a_redrawn_clip_keeps_key_split_and_tone(scenes) -> None:
    other = draw_scene(CONFIG, 11, 7, redraw=1)
    same = scenes[7]
    assert (other.clip, other.split, other.redraw) == (same.clip, same.split, 1)
    assert other.person.skin.monk == same.person.skin.monk
    assert other.person.shape != same.person.shape and other.camera != same.camera
    assert draw_scene(CONFIG, 11, 7, redraw=2).camera != other.camera


def test_a_scene_survives_json(scenes) -> None:
    for scene in scenes[:5]:
        assert Scene.from_json(json.loads(json.dumps(scene.to_json()))) == scene


def test_an_index_outside_the_run_is_refused() -> None:
    with pytest.raises(InputError, match="clip 200: this config has clips 0 to 199"):
        draw_scene(CONFIG, 11, 200)


def test_the_ledger_names_room_and_body(scenes) -> None:
    for scene in scenes[:20]:
        names = {asset.name: asset for asset in scene.assets}
        assert names[f"room {scene.lightings[0].hdri}"].licence == "CC0-1.0"
        assert "CC0-1.0" in names["body model anny"].licence


@pytest.mark.parametrize(("width", "height"), [(64, 64), (36, 64), (64, 36)])
def test_the_lens_reaches_the_corners_of_any_frame(width: int, height: int) -> None:
    """The distortion can be undone everywhere: through the lens and back each pixel is where it was."""
    from render.camera import pixel_rays, project

    config = ScenesConfig(width=width, height=height, camera={"distortion_k1": (-0.3, -0.3)})
    camera = draw_scene(config, 1, 0).camera
    rays = pixel_rays(camera, width, height)
    back = project(camera, np.array(camera.position_m) + rays, width, height)
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    assert np.abs(back - np.stack([x, y], -1)).max() < 1e-3
