"""Our own judge: fair to both sides whatever it has learned, the same for mirror images, and a loss that has a
gradient."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import InputError
from score.learned.factors import FACTORS, NAMES
from score.learned.judging import compare_clips
from score.learned.preference import PIXELS, Preference, viewed


def clips(number: int, frames: int = 3, size: tuple[int, int] = (48, 80)) -> torch.Tensor:
    chance = torch.Generator().manual_seed(number)
    coarse = torch.rand(2 * frames, 3, 6, 9, generator=chance)
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear").unflatten(0, (2, frames))


def test_it_is_small_and_has_eleven_factors():
    assert 300_000 <= sum(value.numel() for value in Preference().parameters()) <= 800_000
    assert len(NAMES) == 11 == len({factor.meaning for factor in FACTORS.values()})


@pytest.mark.parametrize("frames", [1, 3])
def test_swapped_sides_give_the_rest_to_one_and_identical_sides_a_half(a_judge, frames):
    one, other = clips(1, frames), clips(2, frames)
    p, back = a_judge.network(one, other), a_judge.network(other, one)
    assert float((p + back - 1).abs().max()) < 1e-6 and float((p - 0.5).abs().min()) > 1e-5
    assert torch.equal(a_judge.network(one, one), torch.full((2,), 0.5))


def test_mirror_images_are_judged_alike(a_judge):
    one, other = clips(1), clips(2)
    mirrored = a_judge.network(one.flip(-1), other.flip(-1))
    assert float((mirrored - a_judge.network(one, other)).abs().max()) < 1e-5


def test_shares_of_the_factors_add_up_to_the_answer(a_judge):
    one, other = (list(clips(number).permute(0, 1, 3, 4, 2).numpy()) for number in (1, 2))
    verdict = compare_clips(a_judge, one, other)
    odds = sum(share for share in verdict.shares.values() if share is not None)
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(verdict.p, abs=1e-5)


def test_it_has_a_gradient_down_to_the_frames(a_judge):
    given = clips(1, size=(20, 36)).requires_grad_()
    (1 - a_judge.network(given, clips(2, size=(20, 36)))).mean().backward()
    assert (
        given.grad is not None and torch.isfinite(given.grad).all() and (given.grad.abs().amax((1, 2, 3, 4)) > 0).all()
    )


@pytest.mark.parametrize("size", [(180, 320), (720, 1280), (320, 180), (64, 64)])
def test_every_size_is_brought_to_about_the_same(size):
    height, width = viewed(torch.zeros(1, 1, 3, *size)).shape[-2:]
    assert height * width == pytest.approx(PIXELS, rel=0.02)
    assert height / width == pytest.approx(size[0] / size[1], rel=0.02)


def test_of_one_picture_no_flicker_is_told(a_judge):
    one, other = (list(clips(number, 1).permute(0, 1, 3, 4, 2).numpy()) for number in (1, 2))
    verdict = compare_clips(a_judge, one, other)
    assert verdict.shares["flicker"] is None and verdict.severities[0]["flicker"] is None
    assert verdict.shares["noise"] is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda clip: np.where(clip > 0.5, np.nan, clip), "no numbers"),
        (lambda clip: clip * 255, "expected floats in"),
        (lambda clip: (clip * 255).astype(np.int32), "int32"),
        (lambda clip: clip[:, :8], "a comparison needs two alike"),
        (lambda clip: clip[:2], "2 frames of 80x48"),
    ],
)
def test_what_is_no_clip_is_refused_in_one_line(a_judge, change, said):
    clip = clips(1).permute(0, 1, 3, 4, 2).numpy()[0]
    with pytest.raises(InputError, match=said) as refused:
        compare_clips(a_judge, [clip], [change(clip)])
    assert "\n" not in str(refused.value)
