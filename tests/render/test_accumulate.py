"""Sharing noise over time: the way of a point, the mean along it, what must not be mixed in. Nothing is traced here."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from core.rng import rng_for
from render.camera import whole_film
from render.checkpoint import Checkpoint
from render.config import RenderConfig
from render.job import ClipShape, reach_of, traced_samples
from render.reprojection import Motion
from render.sums import TracedFrame
from render.temporal import FrameWindow, Neighbour, accumulated, trace_order
from scenes.spec import Camera, Geometry, Material, Mesh, Strands

WIDTH, HEIGHT, FRAMES, REACH = 96, 54, 9, 4
CAMERA = Camera((0.0, -1.0, 1.2), (0.0, 0.0, 1.2), np.radians(50.0))
PIXEL_M = 2 * np.tan(np.radians(25.0)) / WIDTH


def card(step_px, strands=False):
    """A square of 0.5 m facing the camera, 1 m away, which moves to the right by `step_px` a frame."""
    side = np.linspace(-0.25, 0.25, 26)
    x, z = np.meshgrid(side, side)
    points = np.stack([x, np.zeros_like(x), z + 1.2], -1).reshape(-1, 3)
    corner = np.arange(25)[:, None] * 26 + np.arange(25)
    faces = np.stack([corner, corner + 1, corner + 27, corner + 26], -1).reshape(-1, 4)
    steps = np.arange(FRAMES)[:, None, None] * np.array([step_px * PIXEL_M, 0, 0])
    head = np.tile(np.eye(4, dtype=np.float32), (FRAMES, 1, 1))
    if not strands:
        mesh = Mesh("card", "diffuse", (points + steps).astype(np.float32), faces.astype(np.int32))
        return Geometry(FRAMES, head, {"diffuse": Material("diffuse")}, (mesh,))
    moved = head.copy()
    moved[:, 0, 3] = steps[:, 0, 0]
    tuft = Strands("tuft", "hair", points.reshape(1, 26, 26, 3).astype("f4"), np.full((26, 26), 1e-3, "f4"), moved)
    return Geometry(FRAMES, head, {"hair": Material("hair")}, (), (tuft,))


def frame_sums(frame, step_px, noise=0.0, colour=None):
    """What a tracer would give: a smooth pattern painted on the card, whose light is noisy."""
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    x = (columns - WIDTH / 2) * PIXEL_M - frame * step_px * PIXEL_M
    z = (HEIGHT / 2 - rows) * PIXEL_M
    alpha = ((np.abs(x) < 0.25) & (np.abs(z) < 0.25)).astype(np.float32)
    rest = np.stack([x, np.zeros_like(x), z + 1.2, np.ones_like(x)], -1).astype(np.float32) * alpha[..., None]
    paint = np.stack([0.5 + 0.4 * np.sin(x * 40), 0.5 + 0.4 * np.sin(z * 50), np.full_like(x, 0.3)], -1)
    paint = (paint if colour is None else np.broadcast_to(colour, paint.shape)) * alpha[..., None]
    grain = rng_for(3, f"frame {frame}", "test").standard_normal((2, HEIGHT, WIDTH, 3)) * noise
    light = (paint * np.maximum(1 + grain, 0)).astype(np.float32)
    normal = np.broadcast_to(np.float32([0, -1, 0]), paint.shape) * alpha[..., None]
    return TracedFrame(
        rooms=light[:1],
        studio=light[1:],
        alpha=alpha,
        things=np.zeros_like(alpha),
        albedo=paint.astype(np.float32),
        normal=normal,
        world_normal=normal,
        depth_m=np.ones_like(alpha),
        rest=rest,
    )


def gathered(frame, geometry, sums):
    motion = Motion(geometry, CAMERA, whole_film(CAMERA, WIDTH, HEIGHT))
    return accumulated(frame, {other: Neighbour.of(some, motion) for other, some in sums.items()}, motion, REACH)


@pytest.mark.parametrize("strands", [False, True])
def test_a_point_is_found_where_it_went(strands):
    motion = Motion(card(0.7, strands), CAMERA, whole_film(CAMERA, WIDTH, HEIGHT))
    sums = frame_sums(2, 0.7)
    flow = motion.flow(motion.bind(sums.rest), 2, 5)
    assert flow[sums.alpha > 0][:, 0] == pytest.approx(3 * 0.7, abs=0.01)
    assert np.abs(flow[sums.alpha > 0][:, 1]).max() < 0.01
    far = np.arange(WIDTH) < 5
    assert not flow[:, far].any()


@pytest.mark.parametrize("step_px", [0.0, 0.37])
def test_nine_frames_have_a_third_of_the_noise_and_nothing_moves(step_px):
    """With weights 1/5, 2/5 ... 1 ... 1/5 the noise of nine frames is sqrt(sum w^2) / sum w = 0.369 of one's."""
    sums = {frame: frame_sums(frame, step_px, noise=0.3) for frame in range(FRAMES)}
    truth = frame_sums(4, step_px)
    inner = (truth.alpha > 0) & (np.roll(truth.alpha, 8, 1) > 0) & (np.roll(truth.alpha, -8, 1) > 0)
    inner &= (np.roll(truth.alpha, 4, 0) > 0) & (np.roll(truth.alpha, -4, 0) > 0)
    mean = gathered(4, card(step_px), sums)
    rms = lambda image: np.sqrt(np.mean((image - truth.rooms[0])[inner] ** 2))
    assert rms(mean.rooms[0]) < rms(sums[4].rooms[0]) * (0.40 if step_px == 0.0 else 0.37)
    assert mean.studio[0] == pytest.approx(mean.studio[0].clip(0))
    still = gathered(4, card(step_px), {frame: frame_sums(frame, step_px) for frame in range(FRAMES)})
    assert rms(still.rooms[0]) < 0.01
    assert still.albedo[inner] == pytest.approx(truth.albedo[inner], abs=0.02)
    assert still.alpha == pytest.approx(truth.alpha, abs=0.5)
    assert still.alpha[inner] == pytest.approx(1.0, abs=1e-5)


def test_what_shows_something_else_does_not_count():
    """In the neighbours a red hand covers the card: not a trace of red may come through. A grey veil is the same."""
    sums = {frame: frame_sums(frame, 0.2, colour=(0.9, 0.05, 0.05)) for frame in range(FRAMES) if frame != 4}
    sums[4] = frame_sums(4, 0.2, colour=(0.4, 0.4, 0.4))
    mean = gathered(4, card(0.2), sums)
    assert mean.rooms[0] == pytest.approx(sums[4].rooms[0], abs=1e-3)


def test_what_goes_another_way_does_not_count():
    """A hand of the card's own colour passes before it, 5 pixels a frame: where a neighbour shows it, that does not
    count; where the hand stands still, nothing can have been hidden in between and all count."""
    for step_px, counted in ((5.0, 1.0), (0.0, (1 + 0.96 * 3) / 1.96)):
        hand = dataclasses.replace(card(step_px).meshes[0], name="hand")
        hand = dataclasses.replace(hand, vertices=hand.vertices + np.float32([0, -0.2, 0]))
        geometry = card(0.0)
        geometry = dataclasses.replace(geometry, meshes=(*geometry.meshes, hand))
        here, there = frame_sums(4, 0.0), frame_sums(4, 0.0)
        rest = there.rest + np.float32([0, -0.2, 0, 0]) * there.alpha[..., None]
        rest[..., 0] -= 5 * step_px * PIXEL_M * there.alpha
        mean = gathered(4, geometry, {4: here, 5: dataclasses.replace(there, rest=rest, rooms=there.rooms * 3)})
        inner = np.s_[20:34, 45:51]
        assert mean.rooms[0][inner] == pytest.approx(counted * here.rooms[0][inner], rel=0.01)


def test_what_is_turned_is_otherwise_lit_and_does_not_count():
    turned = np.float32([np.sin(0.6), -np.cos(0.6), 0])
    here, there = frame_sums(4, 0.0), frame_sums(5, 0.0)
    there = dataclasses.replace(there, world_normal=there.alpha[..., None] * turned, rooms=there.rooms * 3)
    mean = gathered(4, card(0.0), {4: here, 5: there})
    assert mean.rooms[0] == pytest.approx(here.rooms[0], abs=1e-3)


def test_a_spark_of_one_frame_does_not_follow_the_subject():
    """Radiance 50 in one pixel of one frame, far too bright for noise: of the 8 that the mean would have, less than 2
    come through. What all frames have there (a highlight) stays."""
    sums = {frame: frame_sums(frame, 0.0) for frame in range(FRAMES)}
    plain = gathered(4, card(0.0), sums).rooms[0][27, 48]
    for share in ({5}, set(range(FRAMES))):
        lit = {}
        for frame, some in sums.items():
            rooms = some.rooms.copy()
            rooms[0, 27, 48] += 50.0 if frame in share else 0.0
            lit[frame] = dataclasses.replace(some, rooms=rooms)
        brought = (gathered(4, card(0.0), lit).rooms[0][27, 48] - plain).mean()
        assert brought < 2.0 if share == {5} else brought > 25.0


def test_a_file_keeps_the_sums_to_one_part_in_two_thousand():
    sums = frame_sums(1, 0.2, noise=0.3)
    sums = dataclasses.replace(sums, rooms=sums.rooms * 1e-5, studio=sums.studio * 1e6)
    back = TracedFrame.from_arrays(sums.to_arrays())
    for field in dataclasses.fields(sums):
        values, kept = getattr(sums, field.name), getattr(back, field.name)
        assert kept.dtype == np.float32
        assert np.abs(kept - values).max() <= np.abs(values).max() / 2000, field.name


@pytest.mark.parametrize("frames, reach", [(1, 4), (3, 4), (9, 4), (20, 0), (30, 2)])
def test_every_frame_is_finished_once_and_the_middle_first(frames, reach, tmp_path):
    geometry = dataclasses.replace(card(0.0), frames=frames)
    scene = SimpleNamespace(frames=frames, camera=CAMERA)
    work, finished = Checkpoint(tmp_path, "test"), []
    gathering = FrameWindow(work, geometry, scene, whole_film(CAMERA, WIDTH, HEIGHT), reach, trace_order(frames, reach))
    assert sorted(gathering.missing) == list(range(frames))
    for frame in gathering.missing:
        gathering.add(frame, frame_sums(0, 0.0))
        finished += [ready for ready, _ in gathering.ready()]
        assert len(list(tmp_path.glob("traced-*"))) <= 2 * (2 * reach + 1)
    assert finished[0] == frames // 2
    assert sorted(finished) == list(range(frames))
    assert not list(tmp_path.glob("traced-*"))


def test_what_cannot_share_gets_more_samples_and_says_so():
    config = RenderConfig(accumulate=3, samples=10, studio_samples=5, samples_alone=4)
    moving = ClipShape(FRAMES, 64, 36, lightings=1)
    assert reach_of(config, moving) == 3
    assert traced_samples(config, moving) == {"room": 10, "studio": 5}
    for alone in (ClipShape(1, 64, 36, 1), ClipShape(9, 64, 36, 1, own_character=True)):
        assert reach_of(config, alone) == 0
        assert traced_samples(config, alone) == {"room": 40, "studio": 20}
        off = config.model_copy(update={"accumulate": 0})
        assert traced_samples(off, alone) == {"room": 10, "studio": 5}
