"""The example scripts run as they stand, from a folder that is not the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest

from core.colour import linear_from_srgb
from pairs.layers import SURFACE, LayerLight, LayersInfo, file_row, save_layers, write_exr
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from render.config import OlatConfig
from render.environment import solid_angles, texel_directions
from render.olat import olat_directions
from scenes.records import triple
from scenes.spec import EYES_M, Camera

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(name: str, *arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-P", str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_draw_and_render(tmp_path: Path) -> None:
    printed = run("draw_and_render", "frame.png", cwd=tmp_path)
    shown = cv2.imread(str(tmp_path / "frame.png"))
    assert shown.shape == (180, 640, 3) and "key to fill" in printed
    source, target = shown[:, :320].astype(float), shown[:, 320:].astype(float)
    assert np.abs(target - source)[40:, 100:220].mean() > 5  # the studio changes the subject
    assert np.abs(target - source)[:20].mean() < 5  # and not the room behind


def test_relight_and_degrade(tmp_path: Path) -> None:
    printed = run("relight_and_degrade", "strip.png", cwd=tmp_path)
    assert re.search(r"noise 0\.00\d+, JPEG quality \d+, (h264|h265|vp9|av1)", printed), printed
    shown = cv2.imread(str(tmp_path / "strip.png")).astype(float)
    assert shown.shape == (108, 4 * 192, 3)
    even, _, sided = (shown[:, 192 * n : 192 * (n + 1)] for n in (1, 2, 3))
    assert np.abs(even - sided)[30:].mean() > 0.5  # 1:1 and 9:1 do not light alike
    assert np.abs(even - sided)[:20, :24].mean() < 0.6  # before the same room; rounding alone gives half a level


@pytest.fixture(scope="module")
def olat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Layers of a matt ball of albedo 0.5, by formula: under a light of irradiance 1 it shows 0.5 cos / pi."""
    folder = tmp_path_factory.mktemp("olat") / "clip-000000"
    folder.mkdir()
    away = olat_directions(OlatConfig(lights=156), Camera((0.0, -0.7, 1.2), (0.0, 0.0, 1.2), 1.0), np.array(EYES_M))
    x, z = np.meshgrid(np.linspace(-1.2, 1.2, 48), np.linspace(1.2, -1.2, 48))
    inside = x**2 + z**2 < 0.98
    normal = np.stack([x, -np.sqrt(np.maximum(1 - x**2 - z**2, 0)), z], -1) * inside[..., None]
    planes: dict[str, np.ndarray] = {}
    lights = []
    for index, direction in enumerate(away):
        shown = 0.5 / np.pi * np.maximum(normal @ direction, 0)
        planes |= {f"cell{index:03d}.{letter}": shown for letter in "RGB"}
        angle = 4 * np.pi / len(away)
        lights.append(
            LayerLight(name=f"cell{index:03d}", of="room", direction=triple(direction), solid_angle_sr=angle, unit="1")
        )
    surface = (inside, *[0.5 * inside] * 3, *np.moveaxis(normal, -1, 0), np.where(inside, 0.7, np.inf))
    planes |= dict(zip(SURFACE, surface, strict=True))
    for number in range(2):
        write_exr(folder / f"{number:06d}.exr", planes, (64, 64), (8, 8), None)
    rows = tuple(file_row(folder / f"{number:06d}.exr") for number in range(2))
    shared: dict = {"clip": folder.name, "width": 64, "height": 64, "fps": 10.0, "box": (8, 8, 56, 56)}
    shared |= {"rooms": "olat", "stage": None, "lightings": (), "head": (), "face": EYES_M, "device": (), "engine": ""}
    save_layers(folder, LayersInfo(lights=tuple(lights), frames=rows, scene={}, render={}, **shared))
    return folder


def test_relight_olat(olat: Path, tmp_path: Path) -> None:
    """A room that is bright on one side lights the ball as the integral over the room says."""
    height = 64
    room = np.full((height, 2 * height, 3), 0.1, np.float32)
    room[20:36, 88:104] = (8.0, 6.0, 4.0)  # up, in front, to the camera's left
    with OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGB": room}) as file:
        file.write(str(tmp_path / "room.exr"))
    run("relight_olat", str(olat), "room.exr", "lit.png", cwd=tmp_path)
    lit = linear_from_srgb(cv2.imread(str(tmp_path / "lit.png"))[..., ::-1].astype(np.float32) / 255)
    omega, directions = solid_angles(height), texel_directions(height)
    x, z = np.meshgrid(np.linspace(-1.2, 1.2, 48), np.linspace(1.2, -1.2, 48))
    inside = x**2 + z**2 < 0.9
    normal = np.stack([x, -np.sqrt(np.maximum(1 - x**2 - z**2, 0)), z], -1)[inside]
    cosine = np.maximum(np.einsum("nc,hwc->nhw", normal, directions), 0)
    truth = np.einsum("nhw,hwc->nc", cosine, room * omega[..., None]) * 0.5 / np.pi
    scale = (lit[inside] * truth).sum() / (truth * truth).sum()
    assert np.abs(lit[inside] - scale * truth).mean() < 0.03 * (scale * truth).mean()


def test_olat_torch(olat: Path, tmp_path: Path) -> None:
    printed = run("olat_torch", str(olat.parent), "3", cwd=tmp_path)
    light = [float(text) for text in re.findall(r"a batch \(1, 3, 48, 48\), mean light ([\d.]+)", printed)]
    assert len(light) == 3 and min(light) > 0 and len(set(light)) == 3, printed


def test_train_your_own(tmp_path: Path) -> None:
    """On pairs whose target is the source, twice as bright: the loss falls to less than half."""
    write_header(tmp_path / "pairs", "pairs", {})
    samples = []
    for number in range(4):
        source = np.random.default_rng(number).integers(20, 120, (3, 24, 32, 3), np.uint8)
        info = {"key": f"clip-{number}", "split": "train", "fps": 10, "frames": 3, "width": 32, "height": 24}
        videos = {"source.mkv": encode_lossless(source, 10), "target.mkv": encode_lossless(2 * source, 10)}
        samples.append(Sample(f"clip-{number}", {"json": json.dumps(info).encode(), **videos}))
    write_row(tmp_path / "pairs", write_shard(tmp_path / "pairs" / "train-000000.tar", samples))
    printed = run("train_your_own", "pairs", "150", cwd=tmp_path)
    first, last = map(float, re.findall(r"mean error ([\d.]+)", printed))
    assert last < first / 2, printed
