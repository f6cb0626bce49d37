"""The matte: where the correction goes, in training, in a picture and in a video's YUV planes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.rng import rng_for
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.data.batches import all_of
from train_baseline.data.frames import load_frames
from train_baseline.methods.base import thumbnail
from train_baseline.methods.loss import matte as matte_loss
from train_baseline.methods.lut import UNIFORM_KNOTS, apply_to_frame, identity
from train_baseline.methods.lut_session import Correction
from train_baseline.methods.make import make_method
from train_baseline.methods.matte_edge import FLATNESS, guided_coefficients, luma_of, upsample_matte
from train_baseline.train import train
from train_baseline.video.lut_filter import ColourTags, LutFilter

BRIGHTER = (identity(UNIFORM_KNOTS)[0] * 0.5 + 0.4).clamp(0, 1)


def flat(matte: np.ndarray) -> np.ndarray:
    """Lines that do not look at the frame: the matte enlarged bilinearly."""
    return np.stack([np.zeros_like(matte), matte])


def test_a_frame_is_changed_as_far_as_the_matte_goes() -> None:
    frame = np.full((90, 160, 3), 100, np.uint8)
    matte = np.zeros((45, 80), np.float32)
    matte[:, 40:] = 1
    found = apply_to_frame(BRIGHTER, frame, UNIFORM_KNOTS, flat(matte))
    assert np.array_equal(found[:, :78], frame[:, :78])
    assert np.array_equal(found, np.sort(found, axis=1)) and (found[:, 82:] == 152).all()


def yuv(rgb: np.ndarray) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
    )
    frame.pts, frame.time_base = 7, Fraction(1, 30)
    return frame


def shown(frame: av.VideoFrame) -> np.ndarray:
    return frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()


@pytest.mark.parametrize("side_by_side", [False, True])
def test_video_planes_and_picture_agree(side_by_side: bool) -> None:
    small = rng_for(1, "picture", "test").random((5, 8, 3), np.float32)
    rgb = np.rint(cv2.resize(small, (256, 144), interpolation=cv2.INTER_LINEAR) * 255).astype(np.uint8)
    frame = yuv(rgb)
    matte = np.clip(np.linspace(-0.5, 1.5, 80, dtype=np.float32), 0, 1)[None].repeat(45, 0)
    slope = np.cos(np.arange(80) / 5, dtype=np.float32)[None].repeat(45, 0) * (matte > 0)
    lines = np.stack([slope, matte - 0.4 * slope])
    out = LutFilter(side_by_side).apply(frame, ColourTags(), Correction(BRIGHTER, UNIFORM_KNOTS, lines))
    found = shown(out)[:, -rgb.shape[1] :]
    assert (out.pts, out.time_base) == (7, Fraction(1, 30)) and out.width == rgb.shape[1] * (1 + side_by_side)
    wanted = apply_to_frame(BRIGHTER, shown(frame), UNIFORM_KNOTS, lines)
    assert np.abs(found.astype(float) - wanted).mean() < 1.5
    untouched = np.abs(found.astype(float) - shown(frame))[:, : rgb.shape[1] // 5]
    assert untouched.max() <= 1


@pytest.mark.parametrize("edges", [0.0, 0.5])
def test_fine_detail_is_corrected_nearly_as_by_the_exact_lut(edges: float) -> None:
    """A dark picture with noise, and hard edges between colours, brightened by about 60 levels, red most: against the
    exact LUT in float, the result of which is then made video as well."""
    draw = lambda name, *shape: rng_for(1, name, "test").random((*shape, 3), np.float32)
    soft = cv2.resize(draw("soft", 5, 8), (320, 180), interpolation=cv2.INTER_CUBIC) / 2
    hard = cv2.resize(draw("hard", 18, 32), (320, 180), interpolation=cv2.INTER_NEAREST) / 2
    noise = rng_for(1, "noise", "test").normal(0, 2, soft.shape)
    rgb = np.rint(np.clip(((1 - edges) * soft + edges * hard) * 255 + noise, 0, 255)).astype(np.uint8)
    lut = identity(UNIFORM_KNOTS)[0] ** torch.tensor([0.5, 0.55, 0.6]).reshape(3, 1, 1, 1)
    frame = yuv(rgb)
    exact = apply_to_frame(lut, shown(frame), UNIFORM_KNOTS)
    assert np.abs(exact.astype(float) - shown(frame)).mean() > 50
    found = shown(LutFilter().apply(frame, ColourTags(), Correction(lut, UNIFORM_KNOTS)))
    gap = np.abs(found.astype(float) - shown(yuv(exact)))
    assert gap.mean() < 2.5 and np.percentile(gap, 99) < 9, (gap.mean(), np.percentile(gap, 99))


def test_the_matte_follows_an_outline_finer_than_the_thumbnail() -> None:
    """A bright disc before a dark wall, and as matte how much of each place of the thumbnail the disc covers: enlarged
    along the outline it is nearer to the disc than enlarged bilinearly, and stays as it is where nothing is seen."""
    y, x = np.mgrid[:720, :1280]
    disc = ((x - 640) ** 2 + (y - 400) ** 2 < 230**2).astype(np.float32)
    picture = torch.from_numpy(np.stack([0.1 + 0.5 * disc] * 3))[None]
    small = F.avg_pool2d(picture, 16)
    matte = F.avg_pool2d(torch.from_numpy(disc)[None, None], 16)
    guided = upsample_matte(guided_coefficients(matte, small), picture)[0, 0].numpy()
    plain = cv2.resize(matte[0, 0].numpy(), (1280, 720))
    assert np.abs(guided - disc).mean() < 0.4 * np.abs(plain - disc).mean()
    even = upsample_matte(guided_coefficients(matte, torch.full_like(small, 0.3)), torch.full_like(picture, 0.3))
    smoothed = F.avg_pool2d(F.avg_pool2d(matte, 3, 1, 1, count_include_pad=False), 3, 1, 1, count_include_pad=False)
    assert np.abs(even[0, 0].numpy() - cv2.resize(smoothed[0, 0].numpy(), (1280, 720))).max() < 0.05


def test_lines_are_those_of_the_paper() -> None:
    """In windows that lie inside, against means over the window as the paper writes them."""
    draw = lambda name, channels: torch.from_numpy(rng_for(1, name, "test").random((1, channels, 45, 80), np.float32))
    matte, small = draw("matte", 1), draw("thumbnail", 3)
    luma, mean = luma_of(small), lambda image: F.avg_pool2d(image, 3, 1, 1)
    slope = (mean(luma * matte) - mean(luma) * mean(matte)) / (mean(luma * luma) - mean(luma) ** 2 + FLATNESS)
    expected = torch.cat([mean(slope), mean(mean(matte) - slope * mean(luma))], 1)
    inside = (slice(None), slice(None), slice(2, -2), slice(2, -2))
    assert torch.allclose(guided_coefficients(matte, small)[inside], expected[inside], atol=1e-4)


def test_places_say_where_pixels_lie(pairs_folder: Path) -> None:
    """A matte that is the thumbnail of a picture, read at the places of a batch, is the picture at those pixels."""
    frames = list(load_frames(pairs_folder, "train", 1, 36))
    method = make_method(TrainConfig(grid=2).method, 0)
    batch = all_of(frames, method.sees, 500)
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None].repeat(36, 0)
    mattes = torch.from_numpy(np.stack([thumbnail(ramp)] * len(frames))[:, None])
    # black through a LUT of white: what comes out is the share that the matte lets through
    knots = len(method.knots)
    white = torch.ones(len(frames), 3, knots, knots, knots)
    black = replace(batch, source=torch.zeros(len(frames), 3, 500))
    share = method._at_places(white, mattes, black)[0, 0].numpy()
    columns = np.linspace(0, 36 * 64 - 1, 500).astype(np.int64) % 64
    assert np.abs(share - ramp[0][columns]).max() < 0.02


def test_the_loss_of_the_matte_is_cross_entropy() -> None:
    half, inside = torch.full((1, 1, 2, 2), 0.5), torch.ones(1, 1, 2, 2)
    assert float(matte_loss(half, inside)) == pytest.approx(np.log(2))
    assert float(matte_loss(inside * 0.9, inside)) == pytest.approx(-np.log(0.9), rel=1e-5)


@pytest.mark.slow
def test_background_of_the_subjects_colours_stays_as_it_is(subject_pairs: Path, tmp_path: Path) -> None:
    """Only a box in the middle is relit, in colours that the rest has too: no single LUT can do that, a matte can."""
    held = next(load_frames(subject_pairs, "test", 1, 36))
    outside = held.mask < 128
    errors = {}
    for matte in (True, False):
        config = TrainConfig(matte=matte, grid=2, steps=150, batch=4, pixels=512, average=0.95, exposure=0.0, crop=0.0)
        train(subject_pairs, config, tmp_path / str(matte))
        network = run_folder.load(tmp_path / str(matte)).method
        with torch.no_grad():
            image = torch.from_numpy(thumbnail(held.source)).permute(2, 0, 1)[None].float() / 255
            seen = network(image)
            lines = seen.coefficients(image)[0].numpy() if matte else None
            lit = apply_to_frame(network.bake(seen.weights)[0], held.source, network.knots, lines)
        square = np.square(lit.astype(float) - held.target)
        errors[matte] = np.sqrt([square[outside].mean(), square[~outside].mean()])
    assert errors[True][0] < 0.5 * errors[False][0], "the background is left alone"
    assert errors[True][1] < errors[False][1] + 1, "and the subject is lit no worse"
