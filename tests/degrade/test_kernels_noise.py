"""Kernels and noise against the published formulas, worked out here once more by other means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0
from scipy.stats import norm, poisson

from degrade.chain import degrade_clip
from degrade.params import DegradeParams
from degrade.stages.blur import BlurParams
from degrade.stages.filters.convolve import Filter
from degrade.stages.filters.noise_tables import gaussian_offsets, poisson_offsets
from degrade.stages.noise import NoiseParams
from degrade.stages.passes import PassParams


def params(**stages) -> DegradeParams:
    return DegradeParams(seed=5, key="clip", frames=1, width=512, height=512, fps=30.0, **stages)


@pytest.mark.parametrize(
    ("blur", "golden"),
    [
        # exp(-(x^2 + y^2) / (2 s^2)), s = 1.5, at (0, 0), (1, 0), (2, 1), divided by the sum over 7x7
        (BlurParams(kind="iso", size=7, sigma_x=1.5, sigma_y=1.5), (1.0, np.exp(-1 / 4.5), np.exp(-5 / 4.5))),
        # exp(-0.5 (q)^beta), q = (x^2 + y^2) / s^2, s = 2, beta = 3
        (
            BlurParams(kind="generalized_iso", size=7, sigma_x=2.0, sigma_y=2.0, beta=3.0),
            (1.0, np.exp(-0.5 * 0.25**3), np.exp(-0.5 * 1.25**3)),
        ),
        # 1 / (1 + q^beta), s = 2, beta = 2
        (
            BlurParams(kind="plateau_iso", size=7, sigma_x=2.0, sigma_y=2.0, beta=2.0),
            (1.0, 1 / (1 + 0.25**2), 1 / (1 + 1.25**2)),
        ),
    ],
    ids=["gaussian", "generalized", "plateau"],
)
def test_kernel_values(blur: BlurParams, golden: tuple[float, float, float]) -> None:
    kernel = blur.kernel()
    assert kernel.shape == (7, 7) and kernel.sum() == pytest.approx(1.0)
    ratios = np.array([kernel[3, 3], kernel[3, 4], kernel[4, 5]]) / kernel[3, 3]
    np.testing.assert_allclose(ratios, golden, rtol=1e-12)


def test_anisotropic_kernel_has_the_covariance_it_was_given() -> None:
    kernel = BlurParams(kind="aniso", size=41, sigma_x=3.0, sigma_y=1.5, rotation_rad=0.6).kernel()
    at = np.arange(41) - 20
    x, y = np.meshgrid(at, at)
    c, s = np.cos(0.6), np.sin(0.6)
    wanted = np.array([[c, -s], [s, c]]) @ np.diag([9.0, 2.25]) @ np.array([[c, s], [-s, c]])
    found = np.array([[(kernel * a * b).sum() for b in (x, y)] for a in (x, y)])
    np.testing.assert_allclose(np.abs(found), np.abs(wanted), rtol=2e-3)


def test_sinc_is_the_transform_of_a_disc() -> None:
    """The ideal round low pass: h(r) = 1 / 2 pi times the integral of w J0(w r) from 0 to the cutoff."""
    cutoff = 1.9
    kernel = BlurParams(kind="sinc", size=21, cutoff_rad=cutoff).kernel()
    wanted = [quad(lambda w, r=r: w * j0(w * r) / (2 * np.pi), 0, cutoff)[0] for r in (0.0, 1.0, np.sqrt(5.0))]
    found = np.array([kernel[10, 10], kernel[10, 11], kernel[11, 12]])
    np.testing.assert_allclose(found / found[0], np.array(wanted) / wanted[0], rtol=1e-6)


@pytest.mark.parametrize("shape", [(97, 143), (240, 320), (23, 400)], ids=str)
@pytest.mark.parametrize(
    "blur",
    [
        BlurParams(kind="iso", size=15, sigma_x=2.0, sigma_y=2.0),
        BlurParams(kind="aniso", size=21, sigma_x=3.0, sigma_y=1.0, rotation_rad=0.6),
        BlurParams(kind="generalized_iso", size=5, sigma_x=2.0, sigma_y=2.0, beta=3.0),
        BlurParams(kind="plateau_iso", size=13, sigma_x=1.5, sigma_y=1.5, beta=1.5),
        BlurParams(kind="sinc", size=21, cutoff_rad=1.5),
    ],
    ids=["separable", "aniso", "direct", "plateau", "sinc"],
)
def test_the_fast_filter_is_the_convolution(blur: BlurParams, shape: tuple[int, int]) -> None:
    """Against sums over the kernel in float64: what is cut off the kernel and the rounding may move a tie, no more."""
    picture = np.random.default_rng(2).integers(0, 256, (*shape, 3), np.uint8)
    kernel, half = blur.kernel(), blur.size // 2
    padded = np.pad(picture.astype(float), ((half, half), (half, half), (0, 0)), "reflect")
    shifted = ((i, j, padded[i : i + shape[0], j : j + shape[1]]) for i in range(blur.size) for j in range(blur.size))
    wanted = np.clip(sum(kernel[i, j] * part for i, j, part in shifted), 0, 255)
    found = Filter(kernel).apply(picture)
    assert np.abs(found - wanted).max() < 0.6
    exact = Filter(kernel).apply(picture.astype(np.float32))
    assert np.abs(np.clip(exact, 0, 255) - wanted).max() < 0.1


def test_gaussian_noise_has_its_sigma_and_is_grey_when_asked() -> None:
    clean = np.full((1, 512, 512, 3), 128, np.uint8)
    for grey in (False, True):
        noisy = degrade_clip(
            clean, params(first=PassParams(noise=NoiseParams(kind="gaussian", strength=10.0, grey=grey)))
        )
        change = noisy.astype(float) - 128
        # 512 x 512 independent pixels: the sample deviation is within 0.7 % of the true one at 5 standard errors.
        assert change.std() == pytest.approx(np.sqrt(100 + 1 / 12), rel=0.007)
        assert abs(change.mean()) < 5 * 10 / 512
        alike = np.corrcoef(change[..., 0].ravel(), change[..., 1].ravel())[0, 1]
        assert alike == pytest.approx(1.0 if grey else 0.0, abs=0.01)


@pytest.mark.parametrize("level", [3, 40, 128, 255])
def test_the_poisson_table_is_the_published_distribution(level: int) -> None:
    """Counts at V = 256 levels against the law's own cumulative distribution."""
    table = poisson_offsets(2.0)
    counts = np.rint((table[level] / 2.0 + level) * 256 / 255)  # two levels a count: no two counts meet in rounding
    at = np.arange(0, 400)
    found = np.searchsorted(np.sort(counts), at, side="right") / table.shape[1]
    assert np.abs(found - poisson.cdf(at, level * 256 / 255)).max() <= 2**-13 + 1e-9


@pytest.mark.parametrize("sigma", [1.0, 15.0, 30.0])
def test_the_gaussian_table_is_a_rounded_normal(sigma: float) -> None:
    table = np.sort(gaussian_offsets(sigma)[0])
    at = np.arange(-150, 151)
    found = np.searchsorted(table, at, side="right") / table.size
    # half a step of the table, and the 0.004 % by which its middles are spread to have variance 1
    assert np.abs(found - norm.cdf((at + 0.5) / sigma)).max() <= 2**-15 + 1e-5


@pytest.mark.parametrize("level", [40, 128, 200])
def test_poisson_noise_has_the_published_variance(level: int) -> None:
    """scale (Poisson(x V) / V - x) with V = 256 levels: variance scale^2 x / V."""
    clean = np.full((1, 512, 512, 3), level, np.uint8)
    noisy = degrade_clip(clean, params(first=PassParams(noise=NoiseParams(kind="poisson", strength=0.5, grey=False))))
    change = noisy.astype(float) - level
    wanted = 255**2 * 0.25 * (level / 255) / 256 + 1 / 12
    assert change.var() == pytest.approx(wanted, rel=0.02)
    # Whole levels: what lies between two of them is rounded, which moves the mean by a fraction of a level.
    assert abs(change.mean()) < 0.25


def test_noise_is_fresh_in_every_frame_and_the_same_for_the_same_frame() -> None:
    clean = np.full((2, 64, 64, 3), 128, np.uint8)
    both = DegradeParams(
        seed=1, key="a", frames=2, width=64, height=64, fps=30.0,
        first=PassParams(noise=NoiseParams(kind="gaussian", strength=8.0, grey=False)),
    )  # fmt: skip
    first, second = degrade_clip(clean, both).astype(float) - 128
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05
    other = degrade_clip(clean, both.model_copy(update={"key": "b"})).astype(float)[0] - 128
    assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.05
