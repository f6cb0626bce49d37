"""Of two pictures of one wall it is known how far apart their colours are, and asked which is the stranger."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from core.rng import rng_for
from score.learned.factors import NAMES
from score.learned.judge_config import JudgeConfig
from score.learned.light_truth import FLAT_PER_STOP, STUDIO_RAMP, plane_of
from score.learned.moments import read_moments
from score.learned.preference import CAST, COLOUR, Preference, casts_of
from score.learned.slope import SLOPE_COUNT, slope_of
from score.learned.teaching import wall_loss
from score.learned.threads import one_thread
from score.learned.wall import WALL_COUNT, wall_of
from score.learned.wall_lessons import walls_of
from tests.score.learned.conftest import head

TINY = JudgeConfig(held_people=0.3, held_rooms=0.3)


def a_wall(red: float = 0.0, blue: float = 0.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Light, face and person of a drawn head before a wall of so many stops more red and blue."""
    surface, mask, (x0, y0, x1, y1) = head(1)
    person = torch.from_numpy(mask / 255).float()[None, None]
    face = torch.zeros_like(person)
    face[..., y0:y1, x0:x1] = person[..., y0:y1, x0:x1]
    gain = torch.tensor([2**red, 1.0, 2**blue])[None, :, None, None]
    light = torch.from_numpy(surface).float().permute(2, 0, 1)[None]
    return light * (person + (1 - person) * gain), face, person


def test_a_cast_is_the_distance_between_two_walls_and_all_of_it_the_strangers():
    colours = [wall_of(*a_wall(*cast))[0] for cast in ((0.0, 0.0), (0.3, -0.4))]
    assert torch.allclose(colours[1] - colours[0], torch.tensor([[0.3, -0.4]]), atol=0.02)
    apart = colours[1] - colours[0]
    mine, its = casts_of(apart, torch.tensor([9.0]))
    assert float(mine) == pytest.approx(1.5, rel=0.1) and float(its) < 0.01
    halves = casts_of(apart, torch.tensor([0.0]))
    assert torch.equal(*halves) and torch.equal(casts_of(-apart, torch.tensor([-9.0]))[1], mine)
    assert not torch.stack(casts_of(0 * apart, torch.tensor([3.0]))).any()


def test_views_of_two_sides_share_what_lies_between_and_keep_the_rest():
    network = Preference().eval()
    views = torch.randn(2, 5, len(NAMES) + 2, generator=torch.Generator().manual_seed(1))
    one, other = network.between(*views)
    back = network.between(*views.flip(0))
    assert torch.equal(one, back[1]) and torch.equal(other, back[0])
    size = (views[0] - views[1])[:, COLOUR].norm(dim=1)
    assert torch.allclose(one[:, CAST] + other[:, CAST], 4 * torch.tanh(0.75 * size), atol=0.06)
    kept = [number for number in range(len(NAMES)) if number != CAST]
    assert torch.equal(one[:, kept], views[0][:, kept])
    with torch.no_grad():
        assert float((network.log_odds(*views) + network.log_odds(*views.flip(0))).abs().max()) < 1e-5


def test_a_wall_that_is_not_seen_says_nothing_and_has_a_gradient():
    light, face, person = a_wall()
    light.requires_grad_()
    colour, facts = wall_of(light, face, torch.ones_like(person))
    (colour.sum() + facts.sum()).backward()
    assert facts.shape == (1, WALL_COUNT) and torch.isfinite(facts).all() and torch.isfinite(light.grad).all()


def test_a_plane_of_light_over_a_face_is_found_and_told_flat_or_not():
    _, face, person = a_wall()
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    for rise in (0.2, 1.5, 3.0):
        stops = (rows / 32 * 0.6 + columns / 24 * 0.8)[None, None] * rise
        truth = float(np.hypot(*plane_of(stops[0, 0].numpy(), face[0, 0].numpy()).rise))
        ramp, down, across, *hinges = slope_of(stops, face)[0, :5].tolist()
        assert ramp == pytest.approx(truth, abs=0.02) == pytest.approx(math.hypot(down, across), abs=0.02)
        assert truth == pytest.approx(rise, rel=0.1)
        flat, steep = FLAT_PER_STOP * max(STUDIO_RAMP[0] - truth, 0), max(truth - STUDIO_RAMP[1], 0)
        assert hinges == [pytest.approx(flat, abs=0.1), pytest.approx(steep, abs=0.1)]
    assert slope_of(torch.zeros_like(face), person).shape == (1, SLOPE_COUNT)


def test_walls_are_drawn_with_their_casts_and_a_network_learns_them(heads):
    moments = read_moments(heads, TINY, 0).taught
    walls = walls_of(moments, 24, TINY, rng_for(1, "a", "b"))
    again = walls_of(moments, 24, TINY, rng_for(1, "a", "b"))
    assert torch.equal(walls.facts, again.facts) and torch.equal(walls.gap, again.gap)
    apart = 3 * walls.apart.norm(dim=1)
    assert (walls.gap > -0.05).all() and float(walls.gap.mean()) > 0.5
    assert float((apart / walls.gap).median()) == pytest.approx(1, abs=0.15)
    with one_thread():
        torch.manual_seed(0)
        network = Preference().train()
        optimizer = torch.optim.Adam(network.wall.parameters(), 5e-3)
        before = float(wall_loss(network, walls).detach())
        for _ in range(60):
            optimizer.zero_grad()
            wall_loss(network, walls).backward()
            optimizer.step()
        assert float(wall_loss(network, walls).detach()) < 0.6 * before
