"""Skin maps: who wears which, and that they carry no tone of their own."""

import numpy as np
import pytest

from core.colour import linear_from_srgb
from core.rng import rng_for
from scenes.body.body import build_body
from scenes.body.eyes import eye_ball
from scenes.body.skin import paint_skin
from scenes.body.skin_maps import _EVEN, AGES, FOLDER, LARGEST, draw_maps, paint_maps
from scenes.body.wrinkles import SIZE, paint_wrinkles
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.people_config import SkinConfig
from scenes.person_record import SkinMap

SIDES = ("left", "right")
SMOOTH = np.zeros((512, 512), np.float32)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.webp")), ids=lambda path: path.stem)
def test_even_skin_keeps_the_tone_it_is_given(path):
    color, relief = paint_maps((SkinMap(path.stem, 1.0),), SMOOTH)
    ratio = linear_from_srgb(color.astype(np.float32) / 255) * LARGEST
    even = np.concatenate([ratio[place].reshape(-1, 3) for place in _EVEN])
    assert np.allclose(np.median(even, 0), 1.0, atol=0.03)
    assert abs(float(np.median(relief)) - 158) <= 2 and relief.std() > 2


def test_a_mix_lies_between_its_maps():
    names = ["old_caucasian_male", "young_african_male"]
    first, second = (paint_maps([[name, 1.0]], SMOOTH)[0].astype(int) for name in names)
    mixed = paint_maps([[names[0], 0.5], [names[1], 0.5]], SMOOTH)[0].astype(int)
    assert (mixed >= np.minimum(first, second) - 1).all() and (mixed <= np.maximum(first, second) + 1).all()


def test_maps_go_with_age_sex_and_tone():
    rng = rng_for(1, "test", "maps")
    for years, monk, origin, age in ((20, 1.5, ("caucasian", "asian"), "young"), (78, 9.5, ("african",), "old")):
        drawn = [draw_maps(SkinConfig(), years, True, monk, rng) for _ in range(200)]
        assert all(name.split("_")[2] == "female" for maps in drawn for name, _ in maps)
        assert all(abs(sum(weight for _, weight in maps) - 1) < 2e-3 for maps in drawn)
        first = [max(maps, key=lambda pair: pair[1])[0].split("_") for maps in drawn]
        assert np.mean([parts[1] in origin for parts in first]) > 0.85
        assert np.mean([parts[0] == age for parts in first]) > 0.85
        assert set(AGES) >= {parts[0] for parts in first}


def test_age_deepens_folds_and_shades_them():
    young, old = (paint_wrinkles(amount, rng_for(1, "test", "wrinkles")) for amount in (0.2, 1.0))
    assert young.shape == (SIZE, SIZE) and old.max() <= 1 and (old >= young).all() and old.sum() > 3 * young.sum()
    maps = (SkinMap("middleage_asian_female", 1.0),)
    (plain, flat), (shaded, cut) = paint_maps(maps, np.zeros_like(old)), paint_maps(maps, old)
    deep = old > 0.5
    assert (cut[deep].astype(int) < flat[deep]).all() and shaded[deep].mean() < plain[deep].mean() - 5
    assert np.array_equal(plain[old == 0], shaded[old == 0])


def test_lids_are_wet_where_they_touch_the_ball():
    scene = draw_scene(ScenesConfig(train_clips=1, test_clips=0), 3, 0)
    body = build_body(scene.person)
    bare = np.zeros(len(body.rest))
    painted = paint_skin(body, scene.person.skin, bare, bare)
    away = [np.linalg.norm(body.rest - at, axis=1) - radius for at, radius in (eye_ball(body, s) for s in SIDES)]
    gap, face = np.min(away, 0), body.model.masks["face"] > 0.5
    assert painted["shine"][face & (np.abs(gap) < 0.0003)].min() > 0.9
    assert painted["shine"][face & (gap > 0.005) & (body.model.masks["lips"] == 0)].max() < 0.9
