"""A rolling shutter: what moves leans by as much as it moves during the readout; what stands still stays to the bit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from degrade.chain import degrade_clip
from degrade.params import DegradeParams
from degrade.report.charts import texture_chart
from degrade.stages.camera import OpticsParams
from degrade.stages.rolling_shutter import RollingShutterParams

FRAMES, HEIGHT, WIDTH, FPS, WIDE = 5, 180, 320, 30.0, 24
THRESHOLD = 100


def bar(pixels_per_frame: float) -> np.ndarray:
    """A bright textured bar that moves sideways over dark texture, its edges exact to an eighth of a pixel."""
    ground = cv2.resize(texture_chart(2), (WIDTH, HEIGHT)) * 0.3
    paint = (cv2.resize(texture_chart(7), (4 * WIDTH, HEIGHT)) * 0.5 + 130).astype(np.float32)
    fine = (np.arange(WIDTH * 8) + 0.5) / 8 - 0.5
    y = np.repeat(np.arange(HEIGHT, dtype=np.float32)[:, None], WIDTH, 1)
    frames = []
    for t in range(FRAMES):
        middle = WIDTH / 2 + pixels_per_frame * (t - (FRAMES - 1) / 2)
        cover = (np.abs(fine - middle) < WIDE / 2).reshape(WIDTH, 8).mean(1)[None, :, None]
        x = np.tile((np.arange(WIDTH) - middle + 2 * WIDE).astype(np.float32), (HEIGHT, 1))
        frames.append(np.rint(ground * (1 - cover) + cv2.remap(paint, x, y, cv2.INTER_LINEAR) * cover))
    return np.stack(frames).astype(np.uint8)


def params(readout_s: float, frames: int = FRAMES) -> DegradeParams:
    optics = OpticsParams(rolling_shutter=RollingShutterParams(readout_s=readout_s))
    return DegradeParams(seed=0, key="clip", frames=frames, width=WIDTH, height=HEIGHT, fps=FPS, optics=optics)


def lean_px(frame: np.ndarray) -> float:
    """How far the bar's middle moves from the top row to the bottom row, by a straight line through all rows."""
    middles = []
    for row in frame[..., 1].astype(float):
        bright = np.flatnonzero(row > THRESHOLD)
        a, b = bright[0], bright[-1]
        left = a - 1 + (THRESHOLD - row[a - 1]) / (row[a] - row[a - 1])
        right = b + (row[b] - THRESHOLD) / (row[b] - row[b + 1])
        middles.append((left + right) / 2)
    return float(np.polyfit(np.arange(HEIGHT) / HEIGHT, middles, 1)[0])


SLOW = pytest.mark.slow


@pytest.mark.parametrize("readout_s", [pytest.param(0.01, marks=SLOW), 0.02, pytest.param(0.033, marks=SLOW)])
@pytest.mark.parametrize("speed", [-9.0, -3.0, 2.0, 4.0, 12.0], ids=str)
def test_a_moving_bar_leans_by_its_way_during_the_readout(speed: float, readout_s: float) -> None:
    """In every frame, the first and the last as well; the middle of the picture stays where it was."""
    before = bar(speed)
    after = degrade_clip(before, params(readout_s))
    wanted = speed * FPS * readout_s
    for t in range(FRAMES):
        found = lean_px(after[t]) - lean_px(before[t])
        assert found == pytest.approx(wanted, rel=0.1, abs=0.02), t
    middle = HEIGHT // 2
    assert np.abs(after[:, middle - 1 : middle + 1].astype(int) - before[:, middle - 1 : middle + 1]).mean() < 2.0


def test_the_ground_beside_what_moves_stays_to_the_bit() -> None:
    before = bar(6.0)
    after = degrade_clip(before, params(0.033))
    away = np.abs(np.arange(WIDTH) - WIDTH / 2) > WIDE / 2 + 6.0 * (FRAMES / 2 + 1) + 4
    assert away.mean() > 0.5 and np.array_equal(after[:, :, away], before[:, :, away])
    assert not np.array_equal(after, before)


def test_a_still_clip_and_a_single_frame_stay_to_the_bit() -> None:
    still = np.repeat(bar(6.0)[:1], FRAMES, 0)
    assert np.array_equal(degrade_clip(still, params(0.033)), still)
    assert np.array_equal(degrade_clip(still[:1], params(0.033, 1)), still[:1])
    assert np.array_equal(degrade_clip(bar(6.0), params(0.0)), bar(6.0))


def test_faint_noise_is_no_motion() -> None:
    """Nothing moves by 0.05 pixels: levels stay within what such a motion would do to this texture."""
    quiet = np.repeat(bar(6.0)[:1], FRAMES, 0).astype(int)
    noisy = np.clip(quiet + np.random.default_rng(4).integers(-1, 2, quiet.shape), 0, 255).astype(np.uint8)
    after = degrade_clip(noisy, params(0.033)).astype(int)
    slope = np.abs(np.diff(quiet, axis=2)).mean()
    assert np.abs(after - noisy).mean() < 0.05 * slope


def test_what_leaves_the_picture_leaves_no_hole() -> None:
    """A bar at the border: new rows are filled from the picture's edge, and no level is made up."""
    frames = np.roll(bar(8.0), WIDTH // 2 - 6, axis=2)
    after = degrade_clip(frames, params(0.033))
    assert after.min() >= frames.min() and after.max() <= frames.max()
    assert np.abs(after.astype(float).mean() - frames.mean()) < 2.0
