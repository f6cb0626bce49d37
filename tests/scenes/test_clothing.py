"""Garments: each is whole, skin stays inside the cloth as people move; cloth, cuts and threads recover known shapes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from core.rng import rng_for
from scenes.body.body import Body, build_body
from scenes.clothes.drape import PINNED, Floor, drape
from scenes.clothes.dress import build_garment, cloth_materials
from scenes.clothes.garments import GARMENTS, GarmentsConfig
from scenes.clothes.hem_distance import covered, find_neck, neck_distance, skin_inside
from scenes.clothes.panels import panel_uv
from scenes.clothes.record import Clothing, GarmentName
from scenes.config import PeopleConfig, ScenesConfig
from scenes.draw import draw_scene
from scenes.mesh.cutting import borders, clip
from scenes.mesh.surface import Solid, bind, triangles, vertex_normals
from scenes.motion.curves import motion_curves
from scenes.records import from_json, to_json
from scenes.spec import Scene


def first_quick(values: Iterable[object]) -> list[object]:
    """The first is tried in the quick run, too, the others in the whole one."""
    first, *others = values
    return [first, *(pytest.param(value, marks=pytest.mark.slow) for value in others)]


def worn(kind: str, index: int, seed: int = 7, **people) -> tuple[Scene, Body, Clothing]:
    """Clip `index` of people who all wear a garment."""
    config = ScenesConfig(people=PeopleConfig(clothing={kind: 1.0}, **people), test_clips=0)
    scene = draw_scene(config, seed, index)
    return scene, build_body(scene.person), scene.person.clothing


def sheet(count: int, size: float) -> tuple[np.ndarray, np.ndarray]:
    """A level square of `count` points a side, and its quads."""
    x, y = np.meshgrid(np.linspace(-size / 2, size / 2, count), np.linspace(-size / 2, size / 2, count))
    number = np.arange(count * count).reshape(count, count)
    quads = np.stack([number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]], -1).reshape(-1, 4)
    return np.stack([x, y, 0 * x], -1).reshape(-1, 3), quads


def heights(points: np.ndarray, cloth: np.ndarray, tris: np.ndarray) -> np.ndarray:
    """`(N,)` metres that points lie outside the closest place of the cloth; negative inside, -1 beyond its hems."""
    found = bind(points, cloth, tris, near=24)
    height = ((points - found.of(cloth)) * found.of(vertex_normals(cloth, tris))).sum(1)
    return np.where(np.isin(found.corners, borders(tris)[0]).any(1), -1.0, height)


def test_every_garment_has_a_name_a_config_and_a_draw() -> None:
    """The one list of garments, the names a config may ask for and the config's sections are the same."""
    assert set(GARMENTS) == set(get_args(GarmentName)) == set(GarmentsConfig.model_fields)
    for kind, garment in GARMENTS.items():
        assert getattr(GarmentsConfig(), kind) == garment.defaults == garment.check(garment.defaults)
        assert garment.description and GarmentsConfig.model_fields[kind].description == garment.description
        scenes = [draw_scene(ScenesConfig(people=PeopleConfig(clothing={kind: 1.0})), 7, i) for i in range(3)]
        for record in (scene.person.clothing for scene in scenes):
            assert record.kind == kind and from_json(Clothing, to_json(record), "clothing") == record


@pytest.mark.slow
def test_every_neck_takes_the_tightest_seam() -> None:
    """The net that cloth is cut from ends low on some napes; there the seam keeps off it, and its border closes."""
    moved = {}
    for index in range(40):
        _, body, clothing = worn("shirt", 100 + index, seed=11)
        clothing = replace(clothing, neck_out_m=0.003)
        neck = find_neck(body, clothing)
        rim = body.spread[np.unique(borders(triangles(body.model.faces["tights"]))[0])]
        rim = rim[(rim[:, 2] > neck.pit[2] - 0.08) & (np.abs(rim[:, 0]) < 0.15)]
        assert neck_distance(rim, neck, clothing).max() < -0.002
        moved[index] = neck.behind
    assert 1 <= sum(behind > 0 for behind in moved.values()) < 10, "rare, and the test has seen it"
    index = max(moved, key=moved.get)
    _, body, clothing = worn("shirt", 100 + index, seed=11)
    build_garment(body, replace(clothing, neck_out_m=0.003), rng_for(7, "test", "clothing"))


@pytest.mark.parametrize("index", first_quick(range(len(GARMENTS))))
def test_no_skin_comes_through_the_cloth_in_any_frame(index: int) -> None:
    scene, body, clothing = worn(list(GARMENTS)[index], index, hands=1.0)
    cloth = build_garment(body, clothing, rng_for(7, "test", "clothing"))[0]
    curves = motion_curves(scene.motion, scene.frames, scene.fps, body.model.action_names, body)
    transforms = body.transforms(curves.pose)[:: scene.frames // 6]
    low = body.rest[:, 2] < body.rest[body.part("tights"), 2].max() - 0.4  # the lower hem, which no camera sees
    shown = np.flatnonzero((skin_inside(body, clothing) > 0.008) & ~covered(body, clothing) & ~low)
    assert len(shown) > 50
    tris = triangles(cloth.faces)
    around = body.skin(cloth.points.astype(np.float32), cloth.weights.astype(np.float32), transforms)
    skin = body.skin(body.rest[shown], body.model.weights[shown], transforms)
    # Each limb against its own cloth: an arm lies outside the cloth of the chest.
    arms = [i for i, bone in enumerate(body.model.bones) if bone.startswith(("upperarm", "lowerarm", "wrist"))]
    limb = lambda weights: weights[:, arms].sum(1)
    sleeve, arm = limb(cloth.weights)[tris].mean(1), limb(body.model.weights[shown])
    for outer, inner in zip(around.astype(float), skin.astype(float), strict=True):
        for some, over in ((arm > 0.5, sleeve > 0.2), (arm <= 0.5, sleeve < 0.5)):
            assert heights(inner[some], outer, tris[over]).max(initial=-1) < 0.001


@pytest.mark.parametrize("kind", first_quick(GARMENTS))
def test_a_garment_is_whole_and_its_sleeves_are_closed_around_the_arm(kind: GarmentName) -> None:
    _, body, clothing = worn(kind, 1)
    pieces = build_garment(body, clothing, rng_for(7, "test", "clothing"))
    materials, images = cloth_materials(clothing, rng_for(7, "test", "print"))
    assert [piece.name for piece in pieces].index("garment") == 0 and not pieces[0].under
    assert {piece.material for piece in pieces} <= set(materials), "each piece has a fabric"
    assert {image for material in materials.values() for image in material.textures.values()} <= set(images)
    for piece in pieces:
        count = len(piece.points)
        assert np.isfinite(piece.points).all() and piece.weights.shape == (count, len(body.model.bones))
        assert piece.faces.min() >= -1 and set(np.unique(piece.faces[piece.faces >= 0])) == set(range(count))
        assert piece.uv.shape == (*piece.faces.shape, 2) and np.abs(piece.uv).max() < 5
        assert np.linalg.norm(piece.points - piece.points.mean(0), axis=1).max() < 0.6
    ends = {piece.name: piece for piece in pieces if piece.name.startswith(("cuff", "lining"))}
    assert {name[-2:] for name in ends} == ({"_L", "_R"} if clothing.sleeve else set())
    shown = np.flatnonzero(~covered(body, clothing))
    shown = np.intersect1d(shown, body.part("body"))
    skin = Solid(body.rest[shown].astype(float), vertex_normals(body.rest, triangles(body.model.faces["body"]))[shown])
    for piece in ends.values():
        # The last row dives into skin that is there; all before it stays outside.
        height = skin.height(piece.points)[0].reshape(-1, 64)
        assert height[-1].max() < 0 and height[:-1].min() > 0.0005
        assert np.allclose(piece.weights.sum(1), 1, atol=1e-4)


def test_without_sleeves_the_shoulders_are_bare_and_the_chest_is_not() -> None:
    _, body, clothing = worn("tank_top", 2)
    shoulder = body.spread_heads[body.model.bones.index("upperarm01.L")]
    inside = skin_inside(body, clothing)
    round_ = np.linalg.norm(body.spread - shoulder, axis=1) < 0.08
    arm = (body.spread[:, 0] > shoulder[0] + 0.03) & round_
    assert arm.sum() > 20 and (inside[arm] < 0).all()
    chest = body.model.weights[:, body.model.bones.index("spine01")] > 0.9
    assert (inside[chest] > 0).mean() > 0.8
    with pytest.raises(ValueError, match="has no sleeves"):
        GARMENTS["tank_top"].check(GARMENTS["t_shirt"].defaults)
    with pytest.raises(ValueError, match=r"at least 0\.2"):
        GARMENTS["t_shirt"].check(GARMENTS["tank_top"].defaults)


@pytest.mark.slow
def test_a_tie_ends_under_the_closed_blazer() -> None:
    for index in range(3):
        _, body, clothing = worn("blazer", index)
        pieces = build_garment(body, replace(clothing, tie=True), rng_for(7, "test", "clothing"))
        named = {piece.name: piece for piece in pieces}
        blade, cloth = named["tie"].points, named["garment"]
        closed = blade[blade[:, 2] < named["button"].points[:, 2].max() + 0.005]
        assert len(closed) > 0 and heights(closed, cloth.points, triangles(cloth.faces)).max() < 0


def test_hidden_skin_lies_well_inside_the_hems() -> None:
    _, body, clothing = worn("t_shirt", 0)
    hidden = covered(body, clothing)
    assert hidden.sum() > 500
    assert not hidden[body.part("eye_left")].any() and not hidden[body.model.masks["face"] > 0.5].any()


def test_a_sheet_held_at_one_edge_hangs_straight_down_at_its_own_length() -> None:
    points, quads = sheet(15, 0.28)
    held = np.where(points[:, 0] < -0.139, PINNED, 0.0)
    nowhere = Floor(np.array([[0.0, 0.0, -9.0]] * 3), np.array([[0.0, 0.0, 1.0]] * 3), np.zeros((3, 1)))
    hung = drape(points, points, quads, held, np.zeros((len(points), 1)), nowhere, 0.0, 0.002, steps=400)
    far = hung[points[:, 0] > 0.139]
    assert np.abs(far[:, 0] + 0.14).max() < 0.03
    assert abs(far[:, 2].mean() + 0.28) < 0.02


def test_a_sheet_dropped_on_a_ball_does_not_enter_it() -> None:
    points, quads = sheet(21, 0.4)
    turn = rng_for(1, "ball", "test").normal(size=(4000, 3))
    ball = turn / np.linalg.norm(turn, axis=1, keepdims=True)
    floor_middle = np.array([0.0, 0.0, -0.1])
    floor = Floor(0.1 * ball + floor_middle, ball, np.zeros((len(ball), 1)))
    hung = drape(points, points, quads, np.zeros(len(points)), np.zeros((len(points), 1)), floor, 0.003, 0.01)
    assert np.linalg.norm(hung - floor_middle, axis=1).min() > 0.1
    assert hung[:, 2].min() < -0.08


def test_a_clip_keeps_the_area_inside_the_curve() -> None:
    points, quads = sheet(41, 2.0)
    field = 0.7 - np.hypot(points[:, 0], points[:, 1])
    kept, tris, carried, on_cut = clip(points, triangles(quads), field[:, None], field)
    a, b, c = (kept[tris[:, i]] for i in range(3))
    area = np.cross(b - a, c - a)[:, 2] / 2
    assert (area > -1e-12).all() and abs(area.sum() - np.pi * 0.49) < 0.005
    assert on_cut.any() and np.abs(carried[on_cut]).max() < 1e-9


def test_threads_run_around_and_along_a_sleeve_at_true_length() -> None:
    around, along, radius = 40, 12, 0.06
    angle, z = np.meshgrid(np.linspace(0, 2 * np.pi, around, endpoint=False), np.linspace(0, 0.3, along))
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(along - 1), np.arange(around), indexing="ij")
    k = (j + 1) % around
    quads = np.stack([i * around + j, i * around + k, (i + 1) * around + k, (i + 1) * around + j], -1).reshape(-1, 4)
    tris = triangles(quads)
    axes = {0: (np.zeros(3), np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]))}
    uv = panel_uv(points, tris, np.zeros(len(tris), int), axes)
    length = lambda p, m, n: np.linalg.norm(p[:, m] - p[:, n], axis=-1)
    for m, n in ((0, 1), (1, 2), (2, 0)):
        assert np.allclose(length(uv, m, n), length(points[tris], m, n), rtol=0.02)
    assert np.allclose(np.diff(uv[..., 1], axis=1), np.diff(points[tris][..., 2], axis=1), atol=1e-4)
