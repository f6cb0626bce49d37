"""Shared by the renderer's tests: a ball with some hair for a subject, rooms drawn by hand, one traced frame."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from render.config import RenderConfig
from render.job import STAGE, STUDIO, make_job, room_name, subject_film
from render.layers import read_layers
from render.light_stage import group_name
from render.relight import Relighter
from render.tracer import Tracer
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.spec import AreaLight, Camera, Geometry, Lighting, Material, Mesh, Scene, Strands, Studio

EYES = np.array([0.0, 0.0, 1.2])
RADIUS = 0.11
# Somebody: the geometry of these tests shows a ball.
DRAWN = draw_scene(ScenesConfig(train_clips=1, test_clips=0), 1, 0)


def ball_mesh(name, material, centre, radius, frames=1, drift=0.0, rows=24):
    """A sphere; frame t is moved by `drift` x t along X."""
    theta, phi = np.linspace(0, np.pi, rows + 1), np.arange(2 * rows) / rows * np.pi
    t, p = np.meshgrid(theta, phi, indexing="ij")
    points = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1).reshape(-1, 3) * radius + centre
    corner = np.arange(rows)[:, None] * 2 * rows
    here, right = np.arange(2 * rows), (np.arange(2 * rows) + 1) % (2 * rows)
    faces = np.stack([corner + here, corner + 2 * rows + here, corner + 2 * rows + right, corner + right], -1)
    moved = [points + np.array([drift * frame, 0, 0]) for frame in range(frames)]
    return Mesh(name, material, np.array(moved, np.float32), faces.reshape(-1, 4).astype(np.int32))


def card_mesh(material, centre, facing, half=0.12):
    """A square that faces along `facing`."""
    x = np.cross((0.0, 0.0, 1.0), facing)
    x /= np.linalg.norm(x)
    y = np.cross(facing, x)
    corners = [centre + half * (a * x + b * y) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return Mesh("card", material, np.array([corners], np.float32), np.array([[0, 1, 2, 3]], np.int32), smooth=False)


def tuft(frames, count=80):
    """Hair that stands up on the ball, with one rigid motion a frame."""
    rng = np.random.default_rng(5)
    root = np.stack([rng.uniform(-0.06, 0.06, count), rng.uniform(-0.04, 0.04, count), np.full(count, 0.085)], -1)
    steps = np.linspace(0, 0.06, 5)[:, None] * np.array([0.3, 0.0, 1.0])
    points = (EYES + root[:, None] + steps).astype(np.float32)[None]
    return Strands(
        "tuft", "hair", points, np.full((count, 5), 0.0006, np.float32), np.tile(np.eye(4, dtype="f4"), (frames, 1, 1))
    )


def head_pose(frames):
    pose = np.tile(np.eye(4), (frames, 1, 1))
    pose[:, :3, 3] = EYES + np.array([0.0, -RADIUS, 0.0])
    return pose


def make_geometry(frames=1, colour=(0.5, 0.5, 0.5), kind="diffuse", hair=True, body=True, drift=0.0):
    """The ball's front stands where a face would."""
    meshes = [ball_mesh("ball", "skin", EYES, RADIUS, frames, drift)]
    if body:
        meshes.append(ball_mesh("body", "shirt", EYES + np.array([0, 0.03, -0.3]), 0.2))
    materials = {
        "skin": Material(kind, {"color": list(colour)}),
        "shirt": Material("cloth", {"color": [0.2, 0.3, 0.6]}),
        "hair": Material("hair", {"melanin": 0.6}),
    }
    return Geometry(frames, head_pose(frames), materials, tuple(meshes), (tuft(frames),) if hair else ())


def make_scene(lightings, frames=1, width=64, height=36, seed=3, lamp=False, rim=False, k1=0.0):
    box = lambda azimuth, elevation: AreaLight(np.radians(azimuth), np.radians(elevation), 1.2, (0.8, 0.8))
    return Scene(
        clip="clip-000000",
        seed=seed,
        split="train",
        width=width,
        height=height,
        fps=10.0,
        frames=frames,
        camera=Camera((0.0, -0.7, 1.2), (0.0, 0.0, 1.15), np.radians(60.0), distortion_k1=k1, focus_m=0.7),
        studio=Studio(box(40, 25), box(-35, 5), box(150, 30) if rim else None),
        lightings=tuple(lightings),
        person=DRAWN.person,
        motion=DRAWN.motion,
        desk_lamp=box(60, 10) if lamp else None,
    )


def make_lighting(index=0, hdri="grey", **values):
    return Lighting(f"clip-000000-light-{index:02d}", hdri, values.pop("rotation_rad", 0.0), **values)


def trace_frame(scene, config, rooms, geometry, work, frame=0):
    """One frame: the clip's `lights`, the `film`, and the layers of each trace by name."""
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, config, rooms, geometry, film)
    job = make_job(scene, config, rooms, film, lights.face, lights.stage, [frame])
    groups = {STUDIO: lights.groups}
    if lights.stage:
        groups[STAGE] = tuple(group_name(i) for i in range(len(lights.stage.cells)))
    else:
        groups |= {room_name(i): (room_name(i),) for i in range(len(scene.lightings))}
    work.mkdir(exist_ok=True)
    with Tracer(job, geometry, lights.stage and lights.stage.pattern, work) as tracer:
        _, paths = next(tracer.frames())
        layers = {name: read_layers(paths.get(name, paths[STUDIO]), names, film) for name, names in groups.items()}
        light = lights.read(paths)
    return SimpleNamespace(lights=lights, film=film, layers=layers, light=light, device=tracer.device)


def write_hdr(path, image):
    assert cv2.imwrite(str(path), np.ascontiguousarray(image[..., ::-1], np.float32))
    return path


@pytest.fixture(scope="session")
def rooms(tmp_path_factory):
    """Path by name: `grey`, 0.5 everywhere; `window`, a bright panel over a dim room; `sun`, a tiny one over a sky."""
    folder = tmp_path_factory.mktemp("rooms")
    grey = np.full((32, 64, 3), 0.5, np.float32)
    window = np.full((64, 128, 3), (0.10, 0.08, 0.06), np.float32)
    window[20:36, 76:96] = (3.0, 3.5, 4.0)
    sun = np.full((128, 256, 3), (0.2, 0.3, 0.5), np.float32)
    sun[64:] = (0.12, 0.1, 0.08)
    sun[40:42, 170:172] = 2000.0
    images = {"grey": grey, "window": window, "sun": sun}
    return {name: write_hdr(folder / f"{name}.hdr", image) for name, image in images.items()}


@pytest.fixture(scope="session")
def quick():
    """Settings of a small trace; denoising off."""
    return lambda **values: RenderConfig(
        **{"samples": 16, "studio_samples": 16, "samples_alone": 1, "denoise": "off", "patches": 12, **values}
    )


@pytest.fixture(scope="session")
def subject():
    """The makers of this file for tests, which cannot import a conftest by name."""
    return SimpleNamespace(
        geometry=make_geometry,
        scene=make_scene,
        lighting=make_lighting,
        trace=trace_frame,
        card=card_mesh,
        head_pose=head_pose,
        write_hdr=write_hdr,
        eyes=EYES,
        radius=RADIUS,
    )
