"""The light field: what it does to light, where, on video, and what it is taught."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import torch

from core.colour import linear_from_srgb
from core.rng import rng_for
from score.learned.facts import linear_of
from train_baseline.config import LightFieldConfig
from train_baseline.export import onnx_model
from train_baseline.methods.base import FrameBatch
from train_baseline.methods.field_session import LIGHT_EVERY_S, LOOK_EVERY_S, FieldCorrection
from train_baseline.methods.light_field import Places
from train_baseline.methods.light_gain import MOST_VEIL, SHOULDER, ellipse, grid_gain, relit, srgb_of
from train_baseline.methods.light_lesson import SMALL, Lesson, Seen
from train_baseline.methods.make import make_method
from train_baseline.video.field_filter import FieldFilter, corrected_planes
from train_baseline.video.lut_filter import ColourTags

HEIGHT, WIDTH = 90, 160


def soft_picture(number: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    small = rng_for(5, number, "picture").random((5, 8, 3), np.float32) * 0.5 + 0.1
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1).astype(np.float32)


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).permute(2, 0, 1)[None]


def disc(height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    y, x = np.mgrid[:height, :width]
    inside = np.hypot((x - width / 2) / height, (y - height / 2) / height) < 0.3
    return torch.from_numpy(inside.astype(np.float32))[None, None]


def stops(even: float) -> torch.Tensor:
    """A field that says the same everywhere, without a veil."""
    return torch.tensor([even, even, even, 0.0])[None, :, None, None].expand(-1, -1, 5, 8)


@pytest.fixture(scope="module")
def method():
    return make_method(LightFieldConfig(), 3).eval()


@pytest.fixture(scope="module")
def asking():
    """A field that always asks for a stop and a half, less for blue."""
    found = make_method(LightFieldConfig(), 3).eval()
    with torch.no_grad():
        found.field.exposure.bias[:3].copy_(torch.tensor([1.5, 1.5, 1.0]))
    return found


def test_untaught_it_changes_nothing(method):
    frame = tensor(soft_picture(1))
    with torch.no_grad():
        assert float((method.correct(frame) - frame).abs().max()) < 0.5 / 255


def test_a_stop_doubles_linear_light_on_the_person_and_nothing_elsewhere():
    picture = soft_picture(2) * 0.7
    person = disc()
    with torch.no_grad():
        out = relit(tensor(picture), grid_gain(stops(1.0)), person)[0].permute(1, 2, 0).numpy()
    inside = person[0, 0].numpy() == 1
    before, after = linear_from_srgb(picture), linear_from_srgb(out)
    plain = inside[..., None] & (2 * before < SHOULDER)
    assert plain.sum() > 1000 and np.allclose(after[plain], 2 * before[plain], rtol=2e-3)
    assert np.abs(out - picture)[~inside].max() < 1e-5


def test_a_veil_comes_off_before_light_is_added():
    light = np.linspace(0.02, 0.2, 24, dtype=np.float32).reshape(4, 6, 1).repeat(3, 2)
    hazy = srgb_of(tensor(light + np.float32(0.05)))
    gain = torch.tensor([2.0, 2.0, 2.0, 0.05])[None, :, None, None].expand(-1, -1, 5, 8)
    assert torch.allclose(linear_of(relit(hazy, gain, torch.ones(1, 1, 4, 4))), 2 * tensor(light), atol=1e-4)
    assert torch.allclose(relit(hazy, gain, torch.zeros(1, 1, 4, 4)), hazy, atol=1e-5)


def test_runs_from_before_there_was_a_veil_are_read(method):
    older = {name: values for name, values in method.state_dict().items() if ".veil." not in name}
    make_method(LightFieldConfig(), 4).load_state_dict(older)


def test_bright_light_bends_towards_white_and_keeps_its_order():
    ramp = np.repeat(np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :, None], HEIGHT, 0).repeat(3, 2)
    with torch.no_grad():
        out = relit(tensor(ramp), grid_gain(stops(2.0)), torch.ones(1, 1, 4, 4))[0, 0, 40].numpy()
    assert (np.diff(out) > 0).all() and out[-1] <= 1


@pytest.mark.parametrize("veil", [0.0, 0.02])
def test_the_fast_filter_agrees_with_the_exact_correction(asking, veil):
    """On soft pictures to a level or two: luma keeps its detail, colours are at half resolution."""
    picture = (soft_picture(3, 360, 640) * 255).astype(np.uint8)
    given = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", src_color_range="JPEG"
    )
    given.pts, given.time_base = 0, Fraction(1, 30)
    seen = lambda frame: frame.reformat(
        format="rgb24", src_colorspace="ITU709", src_color_range="MPEG", dst_color_range="JPEG"
    ).to_ndarray()
    session = asking.session(30.0)
    session.field = FixedPeople(asking)
    before = session.field.stops_of
    session.field.stops_of = lambda *seen: torch.cat([before(*seen)[:, :3], torch.full((1, 1, 36, 64), veil)], 1)
    steps = FieldFilter(session)
    fast = seen(steps.light(steps.look(given, ColourTags(), 0.0)))
    gain = grid_gain(session._stops)
    with torch.no_grad():
        exact = relit(tensor(seen(given).astype(np.float32) / 255), gain, FixedPeople.person)
    apart = np.abs(fast.astype(float) - 255 * exact[0].permute(1, 2, 0).numpy())
    assert apart.mean() < 1.0 and np.percentile(apart, 99) < 5
    assert np.abs(fast.astype(float) - seen(given)).mean() > 10


class FixedPeople:
    """A field whose person is known: the left half of the picture, softly."""

    person = torch.from_numpy(np.repeat(np.clip(np.linspace(4, -3, 256), 0, 1)[None], 256, 0).astype(np.float32))[
        None, None
    ]

    def __init__(self, method):
        self.method, self.looks = method, 0

    @property
    def people(self):
        return self

    def seen(self, frame):
        self.looks += 1
        return Places(self.person, torch.tensor([[0.2, 0.2, 0.4, 0.6]]), torch.ones(1, 1))

    def stops_of(self, frame, places):
        return self.method.stops_of(frame, places)


def test_one_frame_is_seen_as_a_batch_is(asking):
    """Through onnxruntime and OpenCV as through torch."""
    picture = (soft_picture(5, 360, 640) * 255).astype(np.uint8)
    frames = tensor(picture.astype(np.float32) / 255)
    with torch.no_grad():
        batch, one = asking.people(frames), asking.people.seen(picture)
        assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(batch, one, strict=True))
        assert torch.allclose(asking.stops(frames, batch), asking.stops_of(picture, one), atol=1e-3)


def test_nobody_in_the_picture_is_left_as_it_came():
    planes = [np.full((8, 8), 100, np.uint8), np.full((4, 4), 128, np.uint8), np.full((4, 4), 128, np.uint8)]
    found = FieldCorrection(np.full((5, 8, 4), 4, np.float32), np.zeros((256, 256), np.float32))
    after = corrected_planes(planes, np.full((4, 4, 3), 90, np.uint8), found)
    assert all((old == new).all() for old, new in zip(planes, after, strict=True))


def test_a_video_is_looked_at_now_and_then_and_at_once_after_a_cut(asking):
    session = asking.session(30.0, 0.5)
    session.field = FixedPeople(asking)
    frame = (soft_picture(4) * 255).astype(np.uint8)
    session.next(frame, 0.0)
    for _ in range(int(LOOK_EVERY_S * 30) - 1):
        session.next(frame, 1 / 30)
    assert session.field.looks == 1
    session.next(frame, 1 / 30)
    assert session.field.looks == 2
    session.next(255 - frame, 1 / 30)
    assert session.field.looks == 3


def test_light_comes_up_over_the_time_constant(asking):
    session = asking.session(30.0, 0.5)
    session.field = FixedPeople(asking)
    frame = (soft_picture(4) * 255).astype(np.uint8)
    first = session.next(frame, 0.0).gain
    with torch.no_grad():
        asking.field.exposure.bias[:3].add_(1.0)
    try:
        later = [session.next(frame, LIGHT_EVERY_S).gain for _ in range(5)]
    finally:
        with torch.no_grad():
            asking.field.exposure.bias[:3].sub_(1.0)
    way = np.log2(later[-1][..., :3] / first[..., :3])
    assert way.mean() == pytest.approx(1 - np.exp(-5 * LIGHT_EVERY_S / 0.5), abs=0.02)  # of one stop


def lesson(config: LightFieldConfig, number: int = 0) -> Lesson:
    frames = torch.cat([tensor(soft_picture(i)) for i in range(6)])[:, None]
    batch = FrameBatch(frames * 0.6, frames, disc().expand(6, -1, -1, -1)[:, None])
    people = FixedPeople(None)
    people.face = lambda pictures: (torch.tensor([[0.4, 0.3, 0.6, 0.7]]).expand(6, -1), torch.ones(6, 1))
    return Lesson.drawn(batch, people, config, rng_for(1, number, "lesson"))


def test_good_light_is_its_own_answer():
    taught = lesson(LightFieldConfig(studio=0, kept=1.0))
    assert float((taught.given - taught.answer).abs().mean()) < 0.02  # noise alone
    assert (taught.kept == 1).all()


def test_spoilt_light_is_darker_than_its_answer_on_the_person_alone():
    taught = lesson(LightFieldConfig(studio=0, kept=0, cast_stops=0, ramp_stops=0))
    on, off = taught.person > 0.99, taught.person < 0.01
    apart = (taught.answer - taught.given).mean(1, keepdim=True)
    assert float(apart[on].mean()) > 0.05
    assert float(apart[off].abs().mean()) < 0.02


def test_an_even_studio_has_no_slope_from_cheek_to_cheek():
    box = torch.tensor([[0.3, 0.2, 0.7, 0.9]])
    across = (torch.arange(64) + 0.5) / 64 - 0.5
    lit = srgb_of(0.15 * torch.exp2(2 * across)).expand(1, 3, 36, 64)
    face = ellipse(box, *SMALL)
    for share, slope in ((0.0, 2.0), (1.0, 0.0)):
        gain = Seen(lit, lit, face).studio_gain(box, LightFieldConfig(even=share, expose=0))
        light = torch.log2(linear_of(lit) * gain)[0, 0, 20]
        assert float(light[40] - light[24]) / float(across[40] - across[24]) == pytest.approx(slope, abs=0.3)


def test_a_dark_studio_face_is_brought_up_as_one_who_meters_it_does():
    box = torch.tensor([[0.3, 0.2, 0.7, 0.9]])
    dark = torch.full((1, 3, 36, 64), 60 / 255)
    for share, luma in ((0.0, 60), (1.0, 112)):
        gain = Seen(dark, dark, ellipse(box, *SMALL)).studio_gain(box, LightFieldConfig(even=0, expose=share))
        assert float(srgb_of(linear_of(dark) * gain)[0, 0, 20, 32]) == pytest.approx(luma / 255, abs=0.04)


def test_a_lesson_knows_its_veil():
    """Of spoilt light; good light has none, and of a room's nobody knows."""
    spoilt = [lesson(LightFieldConfig(studio=0, kept=0), number) for number in range(8)]
    veils = torch.cat([one.veil for one in spoilt])
    assert 0 < float((veils > 0).float().mean()) < 1 and float(veils.max()) < MOST_VEIL
    darkest = torch.cat([linear_of(one.given).amin((1, 2, 3)) for one in spoilt])
    assert float(darkest[veils > 0].mean()) > float(darkest[veils == 0].mean())
    assert float(lesson(LightFieldConfig(studio=0, kept=1.0)).veil.abs().max()) == 0
    assert float(lesson(LightFieldConfig(studio=1.0, kept=0)).knows_veil.max()) == 0


def test_the_same_step_is_the_same_lesson():
    one, other, next_one = (lesson(LightFieldConfig(), number) for number in (7, 7, 8))
    assert torch.equal(one.given, other.given) and not torch.equal(one.given, next_one.given)


@pytest.mark.slow
def test_it_learns_to_bring_the_light_back(tmp_path):
    """Frames whose person lacks 1.3 stops: after some steps much of it is back."""
    method = make_method(LightFieldConfig(studio=1.0, kept=0.0, backgrounds=0.0, width=8), 1)
    frames = torch.cat([tensor(soft_picture(i)) for i in range(4)])[:, None]
    person = disc().expand(4, -1, -1, -1)[:, None]
    batch = FrameBatch(frames * (1 - 0.45 * person), frames, person)
    optimizer = torch.optim.AdamW(method.parameters(), 5e-3)
    errors = []
    for _ in range(40):
        optimizer.zero_grad()
        terms = method.loss(batch)
        terms["loss"].backward()
        optimizer.step()
        errors.append(float(terms["error"]))
    assert np.mean(errors[-5:]) < 0.6 * np.mean(errors[:3])


@pytest.mark.slow
def test_it_exports_to_onnx_at_one_size(asking):
    form = asking.deployed("onnx").eval()
    found = onnx_model.parity(onnx_model._converted(form, asking.any_size), asking, form)
    assert found["max"] < 0.25 and found["mean"] > 0


@pytest.mark.slow
def test_field_and_person_come_out_of_an_exported_graph(asking, tmp_path):
    """Enlarged and multiplied by hand, they give the corrected frame."""
    import onnxruntime

    from train_baseline.export.onnx_model import _converted

    form = asking.deployed_parts("onnx").eval()
    session = onnxruntime.InferenceSession(_converted(form, any_size=False), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_outputs()] == ["corrected", "field", "matte"]
    levels = tensor(soft_picture(6, 720, 1280)) * 255
    corrected, gain, person = (torch.from_numpy(one) for one in session.run(None, {"frame": levels.numpy()}))
    assert gain.shape == (1, 4, 36, 64) and person.shape == (1, 1, 256, 256)
    by_hand = 255 * relit(levels / 255, gain, person)
    assert float((by_hand - corrected).abs().max()) < 0.1
