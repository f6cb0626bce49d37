"""How somebody sits and what is around them: the eyes stay where the camera aims, things stand where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from render.camera import project
from scenes.body.body import Pose, build_body
from scenes.build import build_geometry
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.motion.curves import motion_curves
from scenes.seat.posture import sitting_turns
from scenes.seat.propped import propped
from scenes.seat.record import Propped, Sitting
from scenes.spec import EYES_M, Company, Geometry, Scene

EVERYTHING = {
    "drawn": 1.0, "chair": 1.0, "desk": 1.0, "microphone": 1.0, "edge": 1.0, "desks": {"objects": 4},
    "chairs": {"kinds": {"office": 1.0}, "headrest": 1.0, "gap_m": 0.02},
}  # fmt: skip


def scene_of(index: int = 0, **values: object) -> Scene:
    return draw_scene(ScenesConfig(train_clips=20, test_clips=0, frames=1, **values), 4, index)


@pytest.fixture(scope="module")
def seated() -> tuple[Scene, Geometry]:
    scene = scene_of(seat=EVERYTHING, camera={"framing": {"drawn": 0.0}})
    scene = replace(scene, company=Company(-0.6, 0.4, 0.05, 0.3, scene.person, scene.motion))
    return scene, build_geometry(scene)


def points(geometry: Geometry, begins: str) -> np.ndarray:
    return np.concatenate([mesh.vertices[0] for mesh in geometry.meshes if mesh.name.startswith(begins)])


@pytest.mark.parametrize(
    "sitting", [Sitting(0.5, 0.3, -0.1, (0.1, 0.0), 1.0), Sitting(-0.4, -0.2, 0.15, (0.0, 0.2), 0.8)]
)
def test_the_trunk_turns_and_the_neck_makes_up_for_it(sitting: Sitting) -> None:
    body = build_body(scene_of().person)
    still = np.zeros((1, 3), np.float32)
    moved = body.transforms(Pose(still, still, {}), sitting_turns(sitting))[0]
    bone = lambda name: moved[body.model.bones.index(name), :, :3]
    yaw = np.arctan2(bone("spine01")[0, 1], bone("spine01")[1, 1])
    assert -yaw == pytest.approx(sitting.turn_rad, abs=0.06)
    left = (1 - sitting.steady) * np.array([sitting.slouch_rad, sitting.side_rad, sitting.turn_rad])
    ahead = bone("head") @ np.array([0.0, -1.0, 0.0])
    assert np.arctan2(ahead[0], -ahead[1]) == pytest.approx(left[2], abs=0.06)
    assert -ahead[2] == pytest.approx(left[0], abs=0.08)


@pytest.mark.parametrize("side", ["L", "R"])
def test_a_fist_stays_at_the_cheek_that_rests_on_it(side: Propped) -> None:
    scene = draw_scene(ScenesConfig(train_clips=20, test_clips=0, frames=20, fps=5, people={"hands": 1.0}), 4, 1)
    body = build_body(scene.person)
    curves = motion_curves(scene.motion, scene.frames, scene.fps, body.model.action_names, body)
    turns = sitting_turns(Sitting(0.3, 0.1, 0.0, (0.0, 0.0), 0.9))
    transforms = body.transforms(*propped(body, curves.pose, turns, side))
    moved = body.moved(np.zeros_like(curves.actions), transforms)
    bones = [i for i, bone in enumerate(body.model.bones) if bone.startswith("finger") and bone.endswith(side)]
    skin = body.part("body")
    fist = skin[body.model.weights[skin][:, bones].sum(1) > 0.5]
    face = skin[body.model.masks["face"][skin] > 0.5]
    gaps = [cKDTree(frame[face]).query(frame[fist])[0].min() for frame in moved]
    assert max(gaps) < 0.03 and np.std(gaps) < 0.004
    head = transforms[:, body.model.bones.index("head")]
    there = np.einsum("tji,tj->ti", head[:, :, :3], moved[:, fist].mean(1) - head[:, :, 3])
    assert np.ptp(there, axis=0).max() < 0.03
    out = 1 if side == "L" else -1
    assert (out * there[:, 0] > 0.02).all()


def test_however_they_sit_the_eyes_are_where_the_camera_was_aimed() -> None:
    still = {"head_motion": 0, "posture": {"nod": 0, "tilt": 0, "yaw": 0, "lean": 0, "to_lens": 0, "breath_rad": 0}}
    still |= {
        "nodding": 0.0,
        "gaze": {"at_lens": 1.0, "lens": {"yaw": {"sd": 0}, "pitch": {"sd": 0}}},
        "look_away": 0.0,
    }
    leaning = {"drawn": 1.0, "sitting": {"slouch": {"mean": 0.3, "sd": 0}, "turn": {"mean": 0.5, "sd": 0}}}
    scene = scene_of(motion=still, seat=leaning, camera={"framing": {"drawn": 0.0}, "side_m": 0, "height_m": 0})
    assert scene.seat is not None and scene.seat.sitting.slouch_rad > 0.25
    assert build_geometry(scene).head[0, :3, 3] == pytest.approx(EYES_M, abs=0.01)


def test_things_stand_where_they_belong(seated: tuple[Scene, Geometry]) -> None:
    scene, geometry = seated
    shirt, chair, desk = (points(geometry, name) for name in ("garment", "chair", "desk"))
    middle = lambda p: p[np.abs(p[:, 0]) < 0.05]
    # the chair's back is behind the person's, and reaches up to where it was drawn
    back = middle(shirt)[middle(shirt)[:, 2] > 0.85, 1].max()
    assert middle(chair)[:, 1].max() > back and middle(chair)[:, 1].min() > back - 0.06
    # the desk is under the hands, from the belly to before the lens
    hands = points(geometry, "body")
    lowest = hands[(np.abs(hands[:, 0]) < 0.3) & (hands[:, 1] < -0.2), 2].min()
    assert desk[:, 2].max() == pytest.approx(lowest, abs=0.02)
    assert desk[:, 1].min() > scene.camera.position_m[1] and desk[:, 1].max() < 0.1
    on_desk = points(geometry, "on_desk")
    assert on_desk[:, 2].min() == pytest.approx(desk[:, 2].max(), abs=0.01)


def test_the_edge_before_the_lens_hides_as_much_as_was_drawn(seated: tuple[Scene, Geometry]) -> None:
    scene, _ = seated
    assert scene.seat is not None and scene.seat.edge is not None
    straight = replace(scene.seat, edge=replace(scene.seat.edge, side="right", share=0.2, lean_rad=0.0))
    edge = points(build_geometry(replace(scene, seat=straight, company=None)), "edge")
    columns = project(replace(scene.camera, distortion_k1=0.0, roll_rad=0.0), edge, 1000, 562)[:, 0]
    assert np.nanmin(columns) == pytest.approx(800, abs=15)


def test_things_are_marked_and_the_second_person_is_none(seated: tuple[Scene, Geometry]) -> None:
    _, geometry = seated
    for mesh in geometry.meshes:
        thing = mesh.name.startswith(("chair", "desk", "on_desk", "stand_microphone", "edge"))
        assert geometry.materials[mesh.material].thing == thing, mesh.name
    first, second = points(geometry, "eye_left"), points(geometry, "company_eye_left")
    assert (second.mean(0) - first.mean(0)) == pytest.approx([0.6, 0.4, 0.05], abs=0.06)
    assert set(m.material for m in (*geometry.meshes, *geometry.strands)) <= set(geometry.materials)


def test_faces_fill_as_much_of_the_frame_as_was_asked() -> None:
    for share, format_ in ((0.14, (320, 180)), (0.7, (320, 180)), (0.5, (180, 320))):
        framing = {"drawn": 1.0, "face_height": share, "turned": 0.0, "elevation_deg": 0, "raised": 0, "off_centre": 0}
        width, height = format_
        scene = scene_of(camera={"framing": framing, "distortion_k1": 0}, width=width, height=height)
        tall = project(scene.camera, np.array([[0, 0, 1.2 + 0.095], [0, 0, 1.2 - 0.095]]), width, height)[:, 1]
        assert abs(tall[1] - tall[0]) / height == pytest.approx(share, rel=0.05)


def test_the_camera_goes_round_to_the_profile() -> None:
    framing = {"drawn": 1.0, "turned": 1.0, "turned_deg": 70, "elevation_deg": 0}
    for index in range(4):
        x, y, _ = scene_of(index, camera={"framing": framing}).camera.position_m
        assert np.degrees(np.arctan2(abs(x), -y)) == pytest.approx(70, abs=0.5)


def test_a_desk_hides_the_lap_wherever_the_frame_reaches_it() -> None:
    framing = {"drawn": 1.0, "face_height": 0.13, "turned": 0.0}
    none = {"drawn": 0.0}
    assert all(scene_of(i, camera={"framing": framing}, seat=none).seat.desk for i in range(4))
    close = {"framing": {"drawn": 0.0}, "face_height": 0.45}
    assert all(scene_of(i, camera=close, seat=none).seat is None for i in range(4))
