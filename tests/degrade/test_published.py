"""`configs/degrade/realesrgan.yaml` draws what Real-ESRGAN's published options draw (Wang et al., ICCVW 2021).

Shares are held against the published ones within 4.5 standard errors of 6,000 draws: a right chain fails one such
check in 150,000. Ranges: nothing outside, and their outer tenths are both visited.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from core.config import load
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.params import DegradeParams

DRAWS, SIDE = 6000, 400
KINDS = {
    "iso": 0.45, "aniso": 0.25, "generalized_iso": 0.12, "generalized_aniso": 0.03, "plateau_iso": 0.12,
    "plateau_aniso": 0.03,
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> list[DegradeParams]:
    path = Path(__file__).resolve().parents[2] / "configs" / "degrade" / "realesrgan.yaml"
    config = load(path, DegradeConfig)
    return [draw_params(config, 3, f"clip-{i}", 2, SIDE, SIDE, 30.0) for i in range(DRAWS)]


def check_share(found: int, of: int, share: float) -> None:
    assert abs(found - of * share) <= 4.5 * math.sqrt(of * share * (1 - share)), (found / of, share)


def check_range(values: list[float], low: float, high: float) -> None:
    tenth = (high - low) / 10
    assert low - 1e-9 <= min(values) < low + tenth and high - tenth < max(values) <= high + 1e-9, (
        min(values), max(values),
    )  # fmt: skip


def check_uniform(values: list[float], low: float, high: float) -> None:
    """The greatest distance to a uniform distribution (Kolmogorov and Smirnov) at a level of one in 100,000."""
    check_range(values, low, high)
    place = (np.sort(values) - low) / (high - low)
    gap = np.abs(place - (np.arange(len(place)) + 0.5) / len(place)).max()
    assert gap < 2.5 / math.sqrt(len(place)), gap


@pytest.mark.parametrize(
    ("name", "up_down_keep", "scale", "sigma", "sigma_noise", "poisson"),
    [
        ("first", (0.2, 0.7, 0.1), (0.15, 1.5), (0.2, 3.0), (1, 30), (0.05, 3.0)),
        pytest.param("second", (0.3, 0.4, 0.3), (0.3, 1.2), (0.2, 1.5), (1, 25), (0.05, 2.5), marks=pytest.mark.slow),
    ],
)
def test_each_order_draws_the_published_numbers(
    drawn: list[DegradeParams],
    name: str,
    up_down_keep: tuple[float, ...],
    scale: tuple[float, float],
    sigma: tuple[float, float],
    sigma_noise: tuple[float, float],
    poisson: tuple[float, float],
) -> None:
    orders = [order for params in drawn if (order := getattr(params, name)) is not None]
    blurs = [order.blur for order in orders if order.blur is not None]
    if name == "first":
        assert len(blurs) == len(orders) == DRAWS
    else:
        assert len(orders) == DRAWS, "resizing, noise and JPEG of the second order are always there"
        check_share(len(blurs), DRAWS, 0.8)
    kinds = Counter(blur.kind for blur in blurs)
    check_share(kinds["sinc"], len(blurs), 0.1)
    for kind, share in KINDS.items():
        check_share(kinds[kind], len(blurs), 0.9 * share)
    sizes = Counter(blur.size for blur in blurs)
    assert sorted(sizes) == list(range(7, 22, 2))
    for count in sizes.values():
        check_share(count, len(blurs), 1 / 8)
    check_uniform([blur.sigma_x for blur in blurs if blur.kind != "sinc"], *sigma)
    check_uniform([blur.sigma_y for blur in blurs if blur.kind == "aniso"], *sigma)
    check_uniform([blur.rotation_rad for blur in blurs if blur.kind == "aniso"], -math.pi, math.pi)
    for family, top in (("generalized_iso", 4.0), ("plateau_iso", 2.0)):
        low = 0.5 if family.startswith("gen") else 1.0
        check_range([blur.beta for blur in blurs if blur.kind == family], low, top)
    # Real-ESRGAN cuts small kernels off at pi / 3 and wide ones at pi / 5 at the least
    for least, fits in ((math.pi / 3, lambda size: size < 13), (math.pi / 5, lambda size: size >= 13)):
        check_range([b.cutoff_rad for b in blurs if b.kind == "sinc" and fits(b.size)], least, math.pi)

    widths = [SIDE if order.resize is None else order.resize.width for order in orders]
    up, down, _ = up_down_keep
    # a scale drawn so near to 1 that the size rounds to the same counts as keeping: a share of 0.5 / 400 of the span
    near = 0.5 / SIDE
    check_share(sum(w > SIDE for w in widths), len(orders), up * (1 - near / (scale[1] - 1)))
    check_share(sum(w < SIDE for w in widths), len(orders), down * (1 - near / (1 - scale[0])))
    check_range([w / SIDE for w in widths if w != SIDE], scale[0] - near, scale[1] + near)
    modes = Counter(order.resize.mode for order in orders if order.resize is not None)
    for mode in ("area", "bilinear", "bicubic"):
        check_share(modes[mode], sum(modes.values()), 1 / 3)

    noises = [order.noise for order in orders]
    assert None not in noises
    gaussian = [noise.strength for noise in noises if noise.kind == "gaussian"]
    check_share(len(gaussian), len(noises), 0.5)
    check_uniform(gaussian, *sigma_noise)
    check_uniform([noise.strength for noise in noises if noise.kind == "poisson"], *poisson)
    check_share(sum(noise.grey for noise in noises), len(noises), 0.4)
    qualities = [order.jpeg.quality for order in orders]
    assert sorted(set(qualities)) == list(range(30, 96))
    check_share(sum(quality < 63 for quality in qualities), len(qualities), 0.5)


def test_the_last_filter_is_there_as_often_and_in_either_order(drawn: list[DegradeParams]) -> None:
    sincs = [params.second.sinc for params in drawn]
    check_share(sum(sinc is not None for sinc in sincs), DRAWS, 0.8)
    check_range([sinc.cutoff_rad for sinc in sincs if sinc is not None], math.pi / 3, math.pi)
    check_share(sum(params.second.sinc_first for params in drawn), DRAWS, 0.5)
