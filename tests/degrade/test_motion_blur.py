"""Motion blur: what moves is the mean over its way while the shutter is open; what stands still keeps its values."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from degrade.report.charts import texture_chart
from degrade.stages.filters.linear_light import to_linear
from degrade.stages.motion_blur import MotionBlurParams
from degrade.stages.stage import ApplyContext, Clip

WIDTH, HEIGHT = 320, 192


@pytest.mark.parametrize("step", [4, 9])
def test_what_moves_is_the_mean_over_its_way(step: int) -> None:
    """The upper half slides by `step` pixels a frame and the shutter is open for half of them."""
    texture = cv2.GaussianBlur(cv2.resize(texture_chart(3), (2 * WIDTH, HEIGHT)), (0, 0), 2)
    frames = np.stack([texture[:, :WIDTH]] * 3)
    for t in range(3):
        frames[t, :96] = texture[:96, step * t : step * t + WIDTH]
    clip = Clip(seed=0, key="k", frames=3, width=WIDTH, height=HEIGHT, fps=30.0)
    here = ApplyContext(clip, "optics.motion_blur", frames.__getitem__, frames.__getitem__, lambda frame: 1.0)
    linear = to_linear(frames[1])
    blurred = MotionBlurParams(shutter=0.5).prepare(here)(linear, 1)
    ways = np.linspace(-step / 4, step / 4, 41)
    shift = lambda way: cv2.warpAffine(linear, np.array([[1.0, 0, way], [0, 1, 0]]), (WIDTH, HEIGHT))
    expected = np.mean([shift(way) for way in ways], axis=0)
    inside = (slice(16, 72), slice(40, WIDTH - 40))
    error = np.abs(blurred - expected)[inside].mean()
    assert error < 0.15 * np.abs(linear - expected)[inside].mean()
    assert np.array_equal(blurred[136:], linear[136:])
