"""The colour of skin, against what was measured on people."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.colour import linear_from_lab, luminance, srgb_from_linear
from core.rng import rng_for
from scenes.body.skin import albedo
from scenes.people_config import PeopleConfig
from scenes.person import draw_person
from score.fidelity.measures import lab_from_srgb8


@pytest.fixture(scope="module")
def skin():
    stage = lambda name: rng_for(0, "person", name)
    return replace(draw_person(PeopleConfig(), 0, rng_for(0, "run", "people"), stage).skin, undertone=0.0)


def lab_of(linear: np.ndarray) -> np.ndarray:
    return lab_from_srgb8(np.rint(255 * srgb_from_linear(linear.astype(np.float32)))[None, None].astype(np.uint8))[0, 0]


@pytest.mark.parametrize("lab", [(60.0, 11.0, 16.0), (30.0, 8.0, 11.0), (95.0, 0.0, 0.0)])
def test_cielab_to_linear_light_and_back(lab):
    assert lab_of(linear_from_lab(*lab)) == pytest.approx(lab, abs=0.4)


@pytest.mark.parametrize("tone", np.arange(1.0, 10.1, 0.5))
def test_skin_is_as_colourful_as_measured(skin, tone):
    """Foreheads, cheeks and forearms in Xiao et al. 2017 and de Rigal et al. 2010: chroma 15 to 25, hue 49 to 69
    degrees. The swatches of tone 6 and 7 have a chroma of 27 and 23 and reds that no light skin has."""
    _, redness, yellowness = lab_of(albedo(replace(skin, monk=float(tone))))
    assert 12 < np.hypot(redness, yellowness) < 25
    assert 49 < np.degrees(np.arctan2(yellowness, redness)) < 69


def test_skin_gets_darker_along_the_scale(skin):
    light = [float(luminance(albedo(replace(skin, monk=tone)))) for tone in (3.0, 4.5, 6.0, 7.5, 9.0)]
    assert all(a > b for a, b in itertools.pairwise(light)) and light[0] > 0.5 and light[-1] < 0.06
