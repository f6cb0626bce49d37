"""Fidelity measures against values worked out by hand and against published test data."""

import math

import numpy as np
import pytest

from core.errors import InputError
from score.fidelity import evaluation, perceptual
from score.fidelity import measures as fidelity

# L, a, b of two colours and their dE00: the test data of Sharma, Wu and Dalal (2005), table 1
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792
50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195
50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def flat(*levels: int, size: tuple[int, int] = (12, 16)) -> np.ndarray:
    """One grey frame a level."""
    return np.stack([np.full((*size, 3), level, np.uint8) for level in levels])


def measured(name: str, a: np.ndarray, b: np.ndarray | None = None, mask: np.ndarray | None = None) -> float:
    """One measure of a whole video; without `b`, against one that is black throughout."""
    meter = fidelity.Meter((name,))
    insides = [None] * len(a) if mask is None else [fidelity.inside_of(one) for one in mask]
    for frames in zip(a, np.zeros_like(a) if b is None else b, insides, strict=True):
        meter.add(*frames)
    return meter.result()[name]


def test_rmse_is_the_root_of_each_frame_then_the_mean():
    # errors 3 and 4 everywhere: roots 3 and 4, mean 3.5 (the root of the pooled 12.5 would be 3.54)
    assert measured("rmse", flat(13, 24), flat(10, 20)) == pytest.approx(3.5)
    assert measured("rmse_challenge", flat(13, 24), flat(10, 20)) == pytest.approx(3.5 / 128)
    assert measured("rmse_challenge", flat(255), flat(0)) == pytest.approx(255 / 128)


def test_rmse_of_one_channel_counts_a_third():
    a, b = flat(100), flat(100)
    a[..., 1] += 6
    assert measured("rmse", a, b) == pytest.approx(math.sqrt(36 / 3))


def test_rmse_equals_the_challenge_formula_written_out():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 256, (2, 3, 12, 14, 3), dtype=np.uint8)
    x, y = (a[..., ::-1] - 128.0) / 128, (b[..., ::-1] - 128.0) / 128
    assert measured("rmse_challenge", a, b) == pytest.approx(np.sqrt(((x - y) ** 2).mean(axis=(1, 2, 3))).mean())


def test_psnr_pools_the_error_of_all_frames():
    # squared errors 9 and 16, mean 12.5: 10 log10(65025 / 12.5) = 37.16170...
    assert measured("psnr", flat(13, 24), flat(10, 20)) == pytest.approx(37.1617, abs=1e-4)
    # one level everywhere: 20 log10(255) = 48.1308
    assert measured("psnr", flat(1), flat(0)) == pytest.approx(48.1308, abs=1e-4)
    assert measured("psnr", flat(7), flat(7)) == math.inf


def test_ssim_of_flat_frames_is_the_luminance_term():
    # no variance: (2 a b + C1) / (a^2 + b^2 + C1), C1 = 6.5025: 100 against 150
    expected = (2 * 100 * 150 + 6.5025) / (100**2 + 150**2 + 6.5025)
    assert measured("ssim", flat(100), flat(150)) == pytest.approx(expected, abs=1e-5)
    assert measured("ssim", flat(250), flat(250)) == pytest.approx(1.0, abs=1e-6)


def test_ssim_of_a_checkerboard_and_its_negative_is_the_structure_term():
    # +-d about 128, window sums to (almost) equal shares: variance d^2, covariance -d^2, means equal
    board = ((np.indices((24, 24)).sum(axis=0) % 2) * 2 - 1)[..., None] * np.full(3, 20)
    a, b = (128 + board).astype(np.uint8)[None], (128 - board).astype(np.uint8)[None]
    c2 = 58.5225
    assert measured("ssim", a, b) == pytest.approx((-2 * 400 + c2) / (2 * 400 + c2), abs=1e-3)


def test_ssim_agrees_with_the_definition_summed_window_by_window():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 256, (2, 1, 13, 12, 3), dtype=np.uint8)
    offsets = np.arange(11) - 5
    kernel = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    kernel /= kernel.sum()
    values = []
    for y in range(3):
        for x in range(2):
            for c in range(3):
                p, q = (v[0, y : y + 11, x : x + 11, c].astype(float) for v in (a, b))
                mp, mq = (kernel * p).sum(), (kernel * q).sum()
                vp, vq = (kernel * (p - mp) ** 2).sum(), (kernel * (q - mq) ** 2).sum()
                cov = (kernel * (p - mp) * (q - mq)).sum()
                structure = (2 * cov + 58.5225) / (vp + vq + 58.5225)
                values.append((2 * mp * mq + 6.5025) / (mp**2 + mq**2 + 6.5025) * structure)
    assert measured("ssim", a, b) == pytest.approx(np.mean(values), abs=1e-5)


@pytest.mark.parametrize("line", SHARMA.strip().splitlines())
def test_ciede2000_on_the_published_pairs(line):
    *numbers, expected = map(float, line.split())
    first, second = np.array(numbers[:3]), np.array(numbers[3:])
    assert fidelity.delta_e2000(first, second) == pytest.approx(expected, abs=5e-5)
    assert fidelity.delta_e2000(second, first) == pytest.approx(expected, abs=5e-5)


def test_lab_of_known_colours():
    # black, white, and pure sRGB red: L 53.24, a 80.09, b 67.20 (D65)
    lab = fidelity.lab_from_srgb8(np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]], np.uint8))
    assert lab[0] == pytest.approx([0, 0, 0], abs=1e-4)
    assert lab[1] == pytest.approx([100, 0, 0], abs=1e-3)
    assert lab[2] == pytest.approx([53.24, 80.09, 67.20], abs=0.03)


def test_ciede2000_of_greys_is_the_lightness_term():
    # greys: dE = dL / S_L; L of level 119 is 50.03, of 128 is 53.59
    a, b = flat(119), flat(128)
    l1, l2 = (fidelity.lab_from_srgb8(v)[0, 0, 0, 0] for v in (a, b))
    middle = (l1 + l2) / 2
    s_l = 1 + 0.015 * (middle - 50) ** 2 / math.sqrt(20 + (middle - 50) ** 2)
    assert measured("ciede2000", a, b) == pytest.approx((l2 - l1) / s_l, rel=1e-4)
    assert l1 == pytest.approx(50.03, abs=0.01) and l2 == pytest.approx(53.59, abs=0.01)


def test_flicker_of_a_pumping_video():
    # means 10, 14, 10: jumps +4, -4: root mean square 4; the reference's own fade of +1 a frame is taken off
    assert measured("flicker", flat(10, 14, 10)) == pytest.approx(4.0)
    assert measured("flicker", flat(10, 12, 14), flat(50, 51, 52)) == pytest.approx(1.0)
    assert measured("flicker", flat(10, 14, 10), flat(30, 34, 30)) == 0.0


def test_jitter_sees_noise_that_leaves_the_mean_alone():
    a = flat(100, 100, 100)
    a[1, ::2] += 6
    a[1, 1::2] -= 6
    assert measured("flicker", a) == 0.0
    assert measured("jitter", a) == pytest.approx(6.0)
    assert measured("jitter", a, a) == 0.0


def test_mask_limits_every_measure_to_the_subject():
    a, b = flat(100, 100, size=(20, 20)), flat(100, 100, size=(20, 20))
    a[:, :, 10:] = 200
    a[:, :, :10] += 5
    mask = np.zeros((2, 20, 20), np.uint8)
    mask[:, :, :10] = 255
    assert measured("rmse", a, b, mask) == pytest.approx(5)
    assert measured("psnr", a, b, mask) == pytest.approx(10 * math.log10(255**2 / 25))
    assert measured("rmse", a, b, mask.astype(bool)) == pytest.approx(5)
    assert measured("ciede2000", a, b, mask) == pytest.approx(measured("ciede2000", flat(105), flat(100)), rel=1e-6)
    mask[1] = 0
    a[1] = 0
    assert measured("rmse", a, b, mask) == pytest.approx(5), "a frame without the subject is left out"
    away = np.zeros((1, 40, 40), np.uint8)
    away[:, 15:25, 15:25] = 255
    left, right = flat(100, size=(40, 40)), flat(150, size=(40, 40))
    assert measured("ssim", left, right, away) == pytest.approx(measured("ssim", left, right), abs=1e-6)


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="subject"):
        measured("rmse", flat(1), flat(1), np.zeros((1, 12, 16), bool))


def test_one_frame_has_no_flicker_and_a_tiny_one_no_ssim():
    with pytest.raises(InputError, match="two frames"):
        measured("flicker", flat(1))
    with pytest.raises(InputError, match="11x11"):
        measured("ssim", flat(1, size=(8, 40)), flat(1, size=(8, 40)))
    with pytest.raises(InputError, match="measure 'vif'"):
        fidelity.Meter(["vif"])


def waves() -> np.ndarray:
    """A smooth moving picture of 4 frames."""
    t, y, x = np.mgrid[:4, :72, :128]
    shown = (np.sin((x + 3 * t) / 20), np.sin(y / 15), np.sin((x + y) / 30))
    return (128 + 70 * np.stack(shown, axis=-1)).astype(np.uint8)


def every(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """All measures of both kinds, each by its own name."""
    meter = fidelity.Meter()
    with perceptual.PerceptualMeter(a.shape[2], a.shape[1]) as screen:
        for frames in zip(a, b, strict=True):
            meter.add(*frames)
            screen.add(*frames)
        return {**meter.result(), **screen.result()}


def test_every_measure_has_a_computation_of_its_own_and_says_which_way_is_better():
    """Noise that comes and goes makes each measure worse in the direction its record names; no two give one value."""
    target = waves()
    noise = np.random.default_rng(0).normal(0, 1, target.shape)
    slight, strong = (
        every(np.clip(target + sigma * (1 + np.arange(4)[:, None, None, None] % 2) * (noise + 0.5), 0, 255)
              .astype(np.uint8), target)
        for sigma in (3, 9)
    )  # fmt: skip
    assert set(slight) == {*fidelity.MEASURES, *perceptual.MEASURES} == set(evaluation.MEASURES)
    for name, record in {**fidelity.MEASURES, **perceptual.MEASURES}.items():
        assert record.name == name and record.unit
        worse = strong[name] < slight[name] if record.better == "higher" else strong[name] > slight[name]
        assert worse, (name, slight[name], strong[name])
    assert len(set(strong.values())) == len(strong), strong
