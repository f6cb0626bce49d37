"""LUTs: the identity is one, known maps come back, and non-uniform knots are a uniform LUT in disguise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.rng import rng_for
from train_baseline.config import TrainConfig
from train_baseline.methods.colour_map import fit_map
from train_baseline.methods.lut import DARK_KNOTS, UNIFORM_KNOTS, apply_lut, apply_to_frame, identity, on_uniform_grid
from train_baseline.methods.make import make_method


def noise(name: str, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng_for(3, name, "test").random(shape, np.float32))


@pytest.mark.parametrize("knots", [DARK_KNOTS, UNIFORM_KNOTS])
def test_identity_changes_nothing(knots: tuple[int, ...]) -> None:
    frame = rng_for(3, "frame", "test").integers(0, 256, (16, 16, 3), np.uint8)
    assert np.array_equal(apply_to_frame(identity(knots)[0], frame, knots), frame)


def test_red_is_the_fastest_axis() -> None:
    lut = identity(DARK_KNOTS)
    assert lut[0, 0, 0, 0, -1] == 1 and lut[0, 2, -1, 0, 0] == 1 and lut[0, 2, 0, 0, -1] == 0


def test_knots_in_the_dark_resample_exactly() -> None:
    lut = noise("lut", 1, 3, 17, 17, 17)
    pixels = noise("pixels", 1, 3, 4000)
    fine = apply_lut(on_uniform_grid(lut, DARK_KNOTS), pixels, UNIFORM_KNOTS)
    assert (fine - apply_lut(lut, pixels, DARK_KNOTS)).abs().max() < 1e-4


def test_trilinear_is_exact_for_a_product() -> None:
    lut = identity(UNIFORM_KNOTS)
    lut[:, 0] = lut[:, 0] * lut[:, 1] * lut[:, 2]
    pixels = noise("pixels", 1, 3, 1000)
    expected = pixels.prod(1)
    assert (apply_lut(lut, pixels, UNIFORM_KNOTS)[:, 0] - expected).abs().max() < 1e-4


def test_fit_recovers_a_known_map() -> None:
    source = rng_for(3, "source", "test").integers(0, 256, (60_000, 3)).astype(np.uint8)
    unit = source / 255
    wanted = np.stack([unit[:, 0] ** 0.8, 0.3 * unit[:, 0] + 0.6 * unit[:, 1], 1 - unit[:, 2]], 1)
    target = np.rint(wanted * 255).astype(np.uint8)
    lut = torch.from_numpy(fit_map([(source, target)]))
    found = apply_to_frame(lut, source.reshape(200, 300, 3), DARK_KNOTS).reshape(-1, 3)
    error = found.astype(float) - target
    assert np.sqrt((error**2).mean()) < 0.5
    assert np.abs(error).max() <= 3


@pytest.mark.parametrize("architecture", ["curves", "zeng"])
def test_untrained_network_changes_nothing(architecture: str) -> None:
    network = make_method(TrainConfig(architecture=architecture).method, 0)
    if architecture == "curves":
        lut = network.bake(network(noise("thumbnail", 1, 3, 45, 80)).weights)
        assert (lut - identity(network.knots)).abs().max() < 1e-6
    else:
        lut = network.bake(torch.zeros(1, 3))
        assert torch.equal(lut, identity(network.knots))


def test_weights_come_from_the_seed_alone() -> None:
    first, again, other = (make_method(TrainConfig().method, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["trunk.0.weight"], other["trunk.0.weight"])
