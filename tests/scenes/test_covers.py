"""Caps, hats, hijabs and scarves: outside of the head they are on, off the face, hair under them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.covers import CoversConfig
from scenes.draw import draw_scene
from scenes.person_record import CoverName
from scenes.spec import EYES_M, Geometry, Scene


def scene_of(kind: CoverName, index: int) -> Scene:
    people = {"covered": 1.0, "headphones": 0.0, "glasses": 0.0, "covers": {"kinds": {kind: 1.0}}, "female": 1.0}
    scene = draw_scene(ScenesConfig(people=people, seat={"drawn": 0.0}, company={"drawn": 0.0}, frames=1), 8, index)
    return replace(scene, seat=None)


def points(geometry: Geometry, begins: str) -> np.ndarray:
    return np.concatenate([mesh.vertices[0] for mesh in geometry.meshes if mesh.name.startswith(begins)])


@pytest.mark.parametrize(("kind", "index"), [(kind, i) for i, kind in enumerate(CoversConfig().kinds)])
def test_it_is_around_the_head_and_leaves_the_face_free(kind: CoverName, index: int) -> None:
    scene = scene_of(kind, index)
    assert scene.person.cover is not None and scene.person.cover.kind == kind
    geometry = build_geometry(scene)
    eyes = geometry.head[0, :3, 3]
    local = lambda p: (p - eyes) @ geometry.head[0, :3, :3]
    cover, skin = local(points(geometry, "cover")), local(points(geometry, "body"))
    # nothing of it before eyes, nose and mouth
    before = (np.abs(cover[:, 0]) < 0.03) & (cover[:, 2] < 0.015) & (cover[:, 2] > -0.06) & (cover[:, 1] < 0.0)
    assert not before.any()
    assert np.abs(cover[:, 0]).max() < (0.31 if kind == "hijab" else 0.26) and np.isfinite(cover).all()
    if kind == "scarf":
        assert cover[:, 2].max() < -0.06
        return
    # what it goes over lies inside: above its rim the skin is nowhere further out, along the skull's rays
    centre = np.array([0.0, 0.09, 0.02])
    up = skin[skin[:, 2] > 0.085] - centre
    over = cover - centre
    for ray in up[:: max(1, len(up) // 60)]:
        near = over @ ray / np.linalg.norm(over, axis=1) / np.linalg.norm(ray) > 0.985
        if near.sum() > 4:
            assert np.linalg.norm(over[near], axis=1).max() > np.linalg.norm(ray) - 0.001
    hair = [group for group in geometry.strands if group.name.startswith("hair")]
    assert (kind == "hijab") == (not hair)
    assert EYES_M[2] == pytest.approx(eyes[2], abs=0.12)


def test_a_hijab_hides_the_neck_and_lies_over_the_clothes() -> None:
    geometry = build_geometry(scene_of("hijab", 1))
    cape = points(geometry, "cover_neck")
    worn = np.concatenate([mesh.vertices[0] for mesh in geometry.meshes if mesh.material == "cloth"])
    skin, place = points(geometry, "body"), geometry.head[0, :3, 3]
    axis = np.array([0.0, cape[:, 1].mean()])
    # around the neck, half way from chin to collar, cloth is further out than skin in every direction
    level = place[2] - 0.16
    ring, neck = (p[np.abs(p[:, 2] - level) < 0.012, :2] - axis for p in (cape, skin))
    for way in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        ahead = np.array([np.cos(way), np.sin(way)])
        assert (ring @ ahead).max() > (neck @ ahead).max(), way
    # on the chest it lies before the garment
    low = np.abs(cape[:, 2] - place[2] + 0.24) < 0.01
    front = np.abs(cape[:, 0]) < 0.03
    same = (np.abs(worn[:, 2] - place[2] + 0.24) < 0.01) & (np.abs(worn[:, 0]) < 0.03)
    assert cape[low & front, 1].min() < worn[same, 1].min() + 0.001


def test_men_wear_a_hat_where_women_wear_a_hijab() -> None:
    people = {"covered": 1.0, "headphones": 0.0, "covers": {"kinds": {"hijab": 1.0}}, "female": 0.0}
    worn = [draw_scene(ScenesConfig(people=people, frames=1), 8, i).person.cover for i in range(4)]
    assert {cover.kind for cover in worn if cover} == {"beanie"}


def test_nothing_is_worn_over_headphones() -> None:
    people = {"covered": 1.0, "headphones": 1.0}
    assert all(draw_scene(ScenesConfig(people=people, frames=1), 8, i).person.cover is None for i in range(4))
