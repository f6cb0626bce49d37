"""Faults that a judge is taught on are what they say, in amount and in place; and the truth of light is recovered."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.colour import linear_from_srgb, luminance
from core.rng import rng_for
from score.learned.comparisons import DELIVERED, ROOM, Framing, delivered_group, group_of, known_answers
from score.learned.factors import LIGHT, NAMES
from score.learned.faults import Faults, delivered, drawn, moved, relit, softened, spilt
from score.learned.judge_config import JudgeConfig
from score.learned.light_truth import light_severities
from score.learned.moments import read_moments
from tests.score.learned.conftest import head


def scene():
    surface, mask, box = head(1)
    return surface.astype(np.float32), mask.astype(np.float32) / 255, box


def face_of(mask, box):
    x0, y0, x1, y1 = box
    found = np.zeros_like(mask)
    found[y0:y1, x0:x1] = mask[y0:y1, x0:x1]
    return found


@pytest.mark.parametrize(
    ("faults", "factor", "size"),
    [
        (Faults(stops=-1.0), "exposure", 1.0),
        (Faults(stops=0.5, room_stops=0.5), "exposure", 0.5),
        (Faults(skin=(0.3, -0.4)), "skin_white", 1.5),
        (Faults(room=(-0.2, 0.0)), "background_cast", 0.6),
        (Faults(ramp_stops=2.0), "evenness", 1.6),
    ],
)
def test_light_that_was_put_in_is_found(faults, factor, size):
    linear, mask, box = scene()
    face = face_of(mask, box)
    linear = relit(linear * 0.4 + 0.1, mask, face, box, 1.0, Faults(ramp_stops=2.3))
    found = light_severities(relit(linear, mask, face, box, 1.0, faults), linear, face, 1 - mask)
    by_name = dict(zip(LIGHT, found, strict=True))
    assert by_name.pop(factor) == pytest.approx(size, rel=0.25)
    assert max(by_name.values()) < 0.2 * size


def test_flat_light_is_told_from_harsh_light():
    linear, mask, box = scene()
    face = face_of(mask, box)
    lit = relit(linear, mask, face, box, 1.0, Faults(ramp_stops=1.5))
    flat = relit(lit, mask, face, box, 1.0, Faults(flat=1.0))
    by_name = dict(zip(LIGHT, light_severities(flat, lit, face, 1 - mask), strict=True))
    assert by_name["key_fill"] > 1.5 and by_name["evenness"] == 0
    assert by_name["exposure"] < 0.1, "flat is not darker"


@pytest.mark.parametrize("down", [0.0, 1.5, 3.0])
def test_a_flat_lesson_is_flat_whatever_light_it_began_with(down):
    """Light from above too: it was from one side alone that it was taken away."""
    linear, mask, box = scene()
    face = face_of(mask, box)
    lit = linear * np.exp2(down * np.linspace(1, -1, len(mask)))[:, None, None].astype(np.float32)
    found = []
    for number in range(20):
        lesson = drawn("key_fill", 0.9, rng_for(number, "a", "b"), Faults(ramp_stops=1.5))
        found.append(light_severities(relit(lit, mask, face, box, 1.0, lesson), lit, face, 1 - mask)[2])
    assert min(found) > 1.0


def clip_of(linear):
    return np.repeat(linear[None] * 0.5 + 0.2, 3, 0).astype(np.float32)


def test_noise_is_of_its_size_and_not_the_same_in_every_frame():
    linear, mask, _ = scene()
    clean = clip_of(linear)
    found = delivered(clean, np.stack([mask] * 3), Faults(noise=8), rng_for(1, "a", "b")) - clean
    assert found.std() * 255 == pytest.approx(8, rel=0.15)
    assert np.abs(found[1] - found[0]).std() * 255 > 4


@pytest.mark.parametrize("everywhere", [True, False])
def test_flicker_is_light_that_changes_between_frames_by_what_was_drawn(everywhere):
    linear, mask, _ = scene()
    out = delivered(
        clip_of(linear), np.stack([mask] * 3), Faults(flicker=0.1, flicker_all=everywhere), rng_for(1, "a", "b")
    )
    light = np.log2(luminance(linear_from_srgb(out)))
    person, rest = (np.abs(np.diff(light[:, where].mean(1))).mean() for where in (mask > 0.9, mask < 0.1))
    assert person == pytest.approx(0.1, rel=0.25)
    assert rest == pytest.approx(0.1 if everywhere else 0.0, abs=0.03)


@pytest.mark.parametrize("coder", [0, 1])
def test_coding_takes_more_the_more_of_it(coder):
    linear, mask, _ = scene()
    clean = clip_of(linear)
    rough = clean + 0.02 * rng_for(2, "a", "b").standard_normal(clean.shape).astype(np.float32)
    lost = [
        np.square(delivered(rough, mask[None], Faults(blocks=much, coder=coder), rng_for(1, "a", "b")) - rough).mean()
        for much in (0.0, 1.0, 2.0, 3.0)
    ]
    assert lost == sorted(lost) and lost[3] > 2 * lost[1] > 0


def test_spill_is_at_the_outline_alone():
    linear, mask, _ = scene()
    out, share = spilt(linear, mask, Faults(spill_stops=1.5, spill_px=3))
    amiss = np.abs(np.log2(out[..., 1] / linear[..., 1]))
    assert share > 0.1 and amiss[20:30, 46:50].max() < 0.02 and amiss[:6, :12].max() < 0.02
    assert amiss[25, 60:66].max() > 0.5


@pytest.mark.parametrize("beauty", [0, 1])
def test_a_soft_face_loses_its_detail_and_the_rest_keeps_its_own(beauty):
    linear, mask, box = scene()
    rough = np.clip(clip_of(linear)[0] + 0.02 * rng_for(2, "a", "b").standard_normal(linear.shape), 0, 1).astype(
        np.float32
    )
    out, gone = softened(rough, face_of(mask, box), Faults(soften=0.8, beauty=beauty))
    assert gone > 0.3 and np.array_equal(out[:, :10], rough[:, :10])


def test_a_still_moves_along_its_path_and_stands_where_it_does_not():
    linear, *_ = scene()
    frames = moved(linear, np.array([[0, 0, 0], [0, 0, 0], [2, 0, 0]]))
    assert np.array_equal(frames[0], frames[1])
    assert np.abs(frames[2][5:-5, 7:-5] - linear[5:-5, 5:-7]).max() < 1e-3


@pytest.mark.parametrize("cause", NAMES)
def test_drawn_faults_grow_with_their_amount_and_begin_at_none(cause):
    def much(amount):
        return drawn(cause, amount, rng_for(4, cause, "much"), Faults())

    neutral = [
        value for name, value in vars(much(0.0)).items() if name not in ("coder", "flicker_all", "spill_px", "beauty")
    ]
    assert all(not np.any(value) for value in neutral), "none of it changes nothing"
    assert much(0.4) != much(0.9)
    assert replace(much(0.5)) == much(0.5)


def test_an_answer_is_known_where_one_side_is_nowhere_better():
    rows = np.zeros((4, len(NAMES)), np.float32)
    rows[1, 5], rows[2, 5], rows[2, 7], rows[3, 0] = 1.0, 2.0, 0.5, 1.0
    found = {(better, worse): kind for better, worse, kind in known_answers(rows)}
    assert found == {
        (0, 1): "noise", (0, 2): "noise+sharpness", (0, 3): "exposure", (1, 2): "noise+sharpness",
    }  # fmt: skip
    assert dict.fromkeys(kind for *_, kind in known_answers(rows[:3], rooms=True)) == {ROOM: None}


def test_a_call_is_worse_than_what_was_filmed_unless_it_changed_the_light(heads):
    moment = read_moments(heads, JudgeConfig(held_people=0.3, held_rooms=0.3), 5).taught[0]
    framing, rng = Framing(1.0, 64, 48), lambda: rng_for(1, "a", "b")
    assert delivered_group(moment, framing, 1, rng()) is None, "nobody said what a call makes of it"
    rough = replace(moment, degraded=np.clip(moment.source.astype(int) + 3, 0, 255).astype(np.uint8))
    group = delivered_group(rough, framing, 1, rng())
    assert group is not None and group.answers == ((0, 1, DELIVERED),) and np.isnan(group.severities).all()
    assert group.clips[1].mean() > group.clips[0].mean() and group.clips.shape == (2, 1, 48, 64, 3)
    bright = replace(moment, degraded=np.clip(moment.source.astype(int) * 2, 0, 255).astype(np.uint8))
    assert delivered_group(bright, framing, 1, rng()) is None


def test_groups_are_the_same_for_the_same_seed_and_held_out_people_are_in_no_other(heads):
    config = JudgeConfig(held_people=0.3, held_rooms=0.3)
    moments = read_moments(heads, config, 5)
    people = [{moment.clip for moment in part} for part in (moments.taught, moments.held)]
    rooms = [{moment.room for moment in part} for part in (moments.taught, moments.held)]
    assert not people[0] & people[1] and not rooms[0] & rooms[1] and all(people) and all(rooms)
    framing = Framing(1.0, 64, 48)
    groups = [
        group_of(moments.taught[0], moments.taught[1], framing, 3, config, rng_for(1, "a", "b")) for _ in range(2)
    ]
    assert np.array_equal(groups[0].clips, groups[1].clips) and groups[0].answers == groups[1].answers
    assert groups[0].clips.shape == (4, 3, 48, 64, 3) and math.isfinite(groups[0].severities.sum())
