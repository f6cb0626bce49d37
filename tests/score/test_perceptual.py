"""VMAF and XPSNR through ffmpeg: equal videos, worse ones, which side is the reference, what a failure says."""

import math

import numpy as np
import pytest

from core.errors import InputError, WorkError
from score.fidelity.perceptual import PerceptualMeter


def waves(frames: int = 6, size: tuple[int, int] = (72, 128)) -> np.ndarray:
    """A smooth moving picture."""
    y, x = np.mgrid[: size[0], : size[1]]
    shown = []
    for t in range(frames):
        planes = (np.sin((x + 3 * t) / 20), np.sin(y / 15), np.sin((x + y) / 30))
        shown.append(128 + 70 * np.stack(planes, axis=-1))
    return np.array(shown).astype(np.uint8)


def noisy(video: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, video.shape)
    return np.clip(video + noise, 0, 255).astype(np.uint8)


def measured(enhanced: np.ndarray, target: np.ndarray, **options) -> dict[str, float]:
    with PerceptualMeter(target.shape[2], target.shape[1], **options) as meter:
        for pair in zip(enhanced, target, strict=True):
            meter.add(*pair)
        return meter.result()


def test_equal_videos_have_the_best_scores():
    found = measured(waves(), waves())
    assert found["xpsnr"] == math.inf
    assert found["vmaf"] > 95


def test_more_noise_is_worse_and_weighs_more_where_the_target_is_smooth():
    target = waves()
    slight, strong = (measured(noisy(target, sigma), target) for sigma in (4, 12))
    assert slight["vmaf"] > strong["vmaf"] and slight["xpsnr"] > strong["xpsnr"] + 5
    # XPSNR weighs errors by the target's activity: noise on a smooth target counts more than plain PSNR says; were the
    # noisy video the reference, its own activity would hide the noise
    wrong_way_round = measured(target, noisy(target, 12))
    psnr = 10 * np.log10(255**2 / np.mean((noisy(target, 12).astype(float) - target) ** 2))
    assert strong["xpsnr"] < psnr < wrong_way_round["xpsnr"]


def test_one_measure_alone_and_odd_sizes():
    target = waves(size=(71, 129))
    assert set(measured(target, target, measures=("vmaf",))) == {"vmaf"}
    assert set(measured(target, target, measures=("xpsnr",))) == {"xpsnr"}


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InputError, match="at least 32x32, got 16x64"):
        PerceptualMeter(16, 64)
    with pytest.raises(InputError, match="measure 'vif'"):
        PerceptualMeter(64, 64, measures=("vif",))
    with PerceptualMeter(64, 64) as meter, pytest.raises(InputError, match="no frames"):
        meter.result()
    with PerceptualMeter(64, 64) as meter, pytest.raises(InputError, match="frame 0"):
        meter.add(np.zeros((32, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8))


def test_an_ffmpeg_without_the_filters_says_so(tmp_path, monkeypatch):
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho \"[AVFilterGraph] No such filter: 'libvmaf'\" >&2\nexit 8\n")
    poor.chmod(0o755)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", lambda: str(poor))
    with pytest.raises(WorkError, match="No such filter: 'libvmaf'; leave vmaf and xpsnr out"):
        measured(waves(), waves())
