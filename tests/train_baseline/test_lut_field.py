"""LUT and field in one method: the field's light first, the LUT's tones after it, and both only on the person."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.rng import rng_for
from train_baseline.config import LutFieldConfig
from train_baseline.methods.base import FrameBatch
from train_baseline.methods.light_field import Places
from train_baseline.methods.light_gain import relit
from train_baseline.methods.lut_field import LutField
from train_baseline.methods.make import make_method

LEFT = torch.cat([torch.ones(1, 1, 256, 128), torch.zeros(1, 1, 256, 128)], 3)


def frames(number: int, count: int = 1, height: int = 180, width: int = 320) -> torch.Tensor:
    small = torch.from_numpy(rng_for(7, number, "picture").random((count, 3, 5, 8), np.float32)) * 0.5 + 0.1
    return F.interpolate(small, (height, width), mode="bicubic").clamp(0, 1)


@pytest.fixture
def method(monkeypatch):
    """One that asks for a stop of light, and whose LUT gives more contrast; the person is the left half."""
    made = make_method(LutFieldConfig(), 3).eval()
    assert isinstance(made, LutField)
    with torch.no_grad():
        made.field.exposure.bias[:3].fill_(1.0)
        made.tone.head.bias[: 3 * made.tone.intervals].copy_(torch.linspace(-0.4, 0.6, 16).repeat(3))
    found = Places(LEFT, torch.tensor([[0.1, 0.2, 0.4, 0.8]]), torch.ones(1, 1))
    made.people.register_forward_hook(lambda *_: found)
    monkeypatch.setattr(made.people, "seen", lambda frame: found)
    return made


def test_untaught_it_changes_nothing():
    given = frames(1)
    with torch.no_grad():
        assert float((make_method(LutFieldConfig(), 3).eval().correct(given) - given).abs().max()) < 0.5 / 255


@torch.no_grad()
def test_the_lut_comes_after_the_light_and_stays_on_the_person(method):
    given = frames(2)
    out = method.correct(given)
    lit = relit(given, torch.full((1, 3, 36, 64), 2.0), LEFT)
    assert float((out - given)[..., 170:].abs().max()) < 1e-5
    assert float((out - lit)[..., :150].abs().mean()) > 3 / 255
    lut, knots = method.average_lut(
        (F.interpolate(given, (45, 80), mode="area")[0] * 255).round().byte().permute(1, 2, 0)[None].numpy()
    )
    assert lut.shape == (3, len(knots), len(knots), len(knots))


@torch.no_grad()
def test_graph_session_and_method_agree(method):
    given = (frames(3, height=720, width=1280) * 255).round()
    wanted = method.correct(given / 255) * 255
    form = method.deployed_parts("coreml").eval()
    found = form(given)
    assert set(form.gives) == {"field", "matte", "lut"} and len(found) == 4
    assert float((found[0] - wanted).abs().max()) < 0.5
    assert torch.equal(method.deployed("onnx").eval()(given), found[0])
    frame = given[0].permute(1, 2, 0).byte().contiguous().numpy()
    shown = method.session(30.0, 0.5).correct(frame)
    assert np.abs(shown - wanted[0].permute(1, 2, 0).numpy()).max() < 1.6


@torch.no_grad()
def test_over_a_video_light_and_tones_follow_smoothly(method):
    session = method.session(30.0, 0.5)
    frame = (frames(4)[0].permute(1, 2, 0) * 255).byte().contiguous().numpy()
    first = session.correct(frame, 0.0)
    method.tone.head.bias[:16].add_(1.0)
    steps = [np.abs(session.correct(frame, 0.1).astype(float) - first).mean() for _ in range(12)]
    assert 0 < steps[0] < 0.4 * steps[-1] and all(b >= a - 0.05 for a, b in itertools.pairwise(steps))


def test_a_step_teaches_both():
    method = make_method(LutFieldConfig(), 3)
    target = frames(5, 4)
    mask = torch.zeros(4, 1, 180, 320)
    mask[..., 40:, 100:220] = 1
    batch = FrameBatch((target * 0.4)[:, None], target[:, None], mask[:, None])
    method.loss(batch)["loss"].backward()
    for name in ("field.exposure.weight", "tone.head.weight"):
        gradient = dict(method.named_parameters())[name].grad
        assert gradient is not None and float(gradient.abs().max()) > 0, name
