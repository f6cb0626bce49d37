"""Hair stays on the head and out of the face, lies under headphones, greys without stripes and suits its owner."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from scenes.body.body import build_body
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.hair.beard import beard_density, beard_strands
from scenes.hair.grow import grow_scalp, under_hair
from scenes.hair.scalp import Skull, above_line, scalp_density
from scenes.hair.styles import STYLES
from scenes.mesh.surface import Solid, triangles, vertex_normals
from scenes.person_record import Beard


class Head:
    """One person's head, with hair of any style."""

    def __init__(self):
        self.person = draw_scene(ScenesConfig(train_clips=4, test_clips=0, frames=1), 2025, 3).person
        self.body = build_body(self.person)
        self.skull = Skull.of(self.body)
        shown = self.body.part("body")
        normals = vertex_normals(self.body.rest, triangles(self.body.model.faces["body"]))
        self.solid = Solid(self.body.rest[shown], normals[shown])
        self.grow = functools.cache(self.regrow)

    def hair(self, style, **more):
        record = replace(self.person.hair, style=style, **more)
        return record, scalp_density(self.body, self.skull, record, STYLES[style].top_bald)

    def regrow(self, style, pixel_m=0.001, worn=None):
        hair, density = self.hair(style)
        rng = np.random.default_rng(3)
        return grow_scalp(self.body, self.solid, self.skull, density, hair, rng, pixel_m, worn)


@pytest.fixture(scope="module")
def head():
    return Head()


@pytest.mark.parametrize("style", STYLES)
def test_strands_grow_from_the_scalp_and_stay_out_of_head_and_face(head, style) -> None:
    points, radius = head.grow(style)
    assert np.isfinite(points).all() and points.shape[:2] == radius.shape and radius.min() > 0
    if STYLES[style].stiff < 1:
        assert (head.solid.height(points[:, 2:].reshape(-1, 3))[0] < -0.004).mean() < 0.005
    flat = points.reshape(-1, 3) - head.skull.eyes
    face = (np.abs(flat[:, 0]) < 0.04) & (flat[:, 1] < -0.01) & (flat[:, 2] < 0.02) & (flat[:, 2] > -0.08)
    assert face.mean() < 0.0005


def test_fewer_strands_are_thicker_by_as_much(head) -> None:
    (fine, thin), (coarse, thick) = head.grow("bob", 0.0005), head.grow("bob", 0.0016)
    assert len(coarse) < 0.6 * len(fine)
    assert len(coarse) * thick.mean() == pytest.approx(len(fine) * thin.mean(), rel=0.06)


def test_a_parting_divides(head) -> None:
    points, _ = head.grow("long_straight")
    tips = points[:, -1, 0] - head.skull.centre[0]
    front = points[:, 0, 1] < head.skull.centre[1]
    assert (np.abs(tips[front]) > 0.03).mean() > 0.95


def test_styles_read_by_their_outline(head) -> None:
    top = {style: head.grow(style)[0][..., 2].max() - head.skull.top for style in STYLES}
    low = {style: head.skull.eyes[2] - head.grow(style)[0][..., 2].min() for style in STYLES}
    assert top["coily"] > 0.03 and top["bun"] > 0.02 and top["buzz"] < 0.015 and top["fringe"] < 0.0
    assert low["long_straight"] > low["bob"] + 0.04 and 0.2 > low["bob"] > 0.09 and low["ponytail"] > 0.17


def test_hair_lies_under_a_band(head) -> None:
    turn = np.linspace(0.2, np.pi - 0.2, 200)
    arc = np.stack([0.1 * np.cos(turn), 0 * turn, 0.14 * np.sin(turn)], 1)
    band = (
        head.skull.centre + arc[:, None] + np.array([0.0, 1.0, 0.0]) * np.linspace(-0.006, 0.006, 5)[:, None]
    ).reshape(-1, 3)
    ray = lambda points: np.linalg.norm(points - head.skull.centre, axis=-1)
    unders = [
        points[np.abs(points[..., 1] - head.skull.centre[1]) < 0.004]
        for points in (head.grow("coily")[0], head.regrow("coily", worn=band)[0])
    ]
    high = [points[points[:, 2] > head.skull.centre[2] + 0.09] for points in unders]
    assert ray(high[0]).max() > 0.15 and len(high[1]) > 20
    assert ray(high[1]).max() < 0.145


def test_the_mass_under_curls_closes_on_the_scalp(head) -> None:
    hair, density = head.hair("coily")
    points, faces = under_hair(head.body, head.skull, density, hair)
    height = head.solid.height(points)[0]
    edge = above_line(points, head.skull, hair) < -6
    assert faces.max() < len(points) and height.max() > 0.02 and edge.sum() > 20 and height[edge].max() < 0.002
    assert len(under_hair(head.body, head.skull, density, replace(hair, style="bob"))[0]) == 0


def test_grey_hair_is_white_among_dark() -> None:
    config = ScenesConfig(train_clips=60, test_clips=0, frames=1, width=320, height=180)
    scene = next(s for s in (draw_scene(config, 7, i) for i in range(60)) if 0.3 < s.person.hair.grey < 0.6)
    groups = {strands.name: len(strands.radius_m) for strands in build_geometry(scene).strands}
    share = groups["hair_white"] / (groups["hair_white"] + groups["hair"])
    assert share == pytest.approx(scene.person.hair.grey * 1.05, abs=0.12)


def test_hair_goes_with_skin_and_years() -> None:
    config = ScenesConfig(train_clips=400, test_clips=0, frames=1)
    people = [draw_scene(config, 7, i).person for i in range(400)]
    deep = [p.hair for p in people if p.skin.monk > 7.5]
    # But for what is dyed.
    assert len(deep) > 60 and np.quantile([hair.melanin for hair in deep], 0.08) > 0.75
    tight = ("coily", "curly", "long_curly", "locs", "buzz", "fade", "bun", "fringe")
    assert sum(hair.style in tight for hair in deep) > 0.7 * len(deep)
    light = [p.hair.melanin for p in people if p.skin.monk < 3]
    assert min(light) < 0.4 and max(light) > 0.85
    assert max(p.hair.grey for p in people if p.years < 30) == 0
    assert np.mean([p.hair.grey for p in people if p.years > 70]) > 0.4


def test_bangs_fall_over_the_forehead_to_the_brows(head) -> None:
    low = {}
    for bangs in (False, True):
        hair, density = head.hair("bob", bangs=bangs)
        rng = np.random.default_rng(3)
        points = grow_scalp(head.body, head.solid, head.skull, density, hair, rng, 0.001)[0].reshape(-1, 3)
        middle = points[(np.abs(points[:, 0]) < 0.03) & (points[:, 1] < head.skull.eyes[1])]
        low[bangs] = (middle[:, 2].min() if len(middle) else np.inf) - head.skull.eyes[2]
    assert low[False] > 0.04 and 0.008 < low[True] < 0.03


def test_braids_fall_before_the_shoulders_and_are_woven(head) -> None:
    points, _ = head.grow("braids")
    low = points[points[:, :, 2].mean(1) < head.skull.eyes[2] - 0.14 * head.skull.unit_m]
    flat = low.reshape(-1, 3)
    sides = [flat[flat[:, 0] * side > 0] for side in (-1, 1)]
    assert min(len(one) for one in sides) > 0.3 * len(flat)
    assert all(np.ptp(one[np.abs(one[:, 2] - np.median(one[:, 2])) < 0.01][:, 0]) < 0.06 for one in sides)
    assert flat[:, 1].mean() < head.skull.centre[1] - 0.03
    # each hair goes from one side of its braid to the other
    run = low - low.mean(1, keepdims=True)
    assert np.median(np.ptp(run[..., 0], axis=1)) > 0.006
    one, _ = head.grow("braid")
    hanging = one[one[:, :, 2].mean(1) < head.skull.eyes[2] - 0.16 * head.skull.unit_m].reshape(-1, 3)
    assert (np.sign(hanging[:, 0]) == np.sign(hanging[0, 0])).mean() > 0.98


def test_a_beard_ends_at_its_rim(head) -> None:
    beard = Beard("goatee", 0.012, 0.5, 1.0, 0.5)
    density = beard_density(head.body, head.skull, beard)
    found = beard_strands(head.body, head.skull, beard, density, 0.0004, np.random.default_rng(2))
    assert found is not None
    roots, offset, _ = found
    at = roots.of(head.body.rest)
    shown = head.body.part("body")
    _, near = cKDTree(head.body.rest[shown]).query(at + offset[:, -1])
    beyond = density[shown[near]] < 0.02
    length = np.linalg.norm(offset[:, -1] - offset[:, 0], axis=1)
    assert beyond.mean() < 0.3 and length[beyond].mean() < 0.55 * length[~beyond].mean()
