"""Clean shards of drawn heads under drawn light, small and quick, and a judge that was taught on them a little."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.colour import quantise, srgb_from_linear
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from score.learned.judge_config import JudgeConfig
from score.learned.judge_file import read_judge
from score.learned.teach import teach

WIDTH, HEIGHT = 96, 64
TINY = JudgeConfig(steps=8, groups=2, check_every=4, held_people=0.3, held_rooms=0.3, held_batches=3)


def head(number: int) -> tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]:
    """A head before a wall: reflectance `(H, W, 3)`, mask uint8, and the face's box."""
    rng = np.random.default_rng(number)
    colour = rng.uniform(0.15, 0.6) * np.array([1.0, 0.75, 0.6])
    wall = np.repeat(np.linspace(0.2, 0.6, WIDTH)[None, :, None], HEIGHT, 0) * rng.uniform(0.5, 1.0, 3)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, (48, 28), (12, 16), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.ellipse(mask, (48, 66), (30, 24), 0, 0, 360, 255, -1, cv2.LINE_AA)
    skin = np.ones((HEIGHT, WIDTH, 3)) * colour
    for x in (43, 53):
        cv2.circle(skin, (x, 25), 2, (0.05, 0.05, 0.05), -1)
    cv2.line(skin, (44, 36), (52, 36), (0.3, 0.08, 0.08), 1)
    share = mask[..., None] / 255
    return share * skin + (1 - share) * wall, mask, (36, 12, 60, 44)


def write_clean(folder: Path, people: int = 6, rooms: int = 4) -> Path:
    """Clean shards of stills: the studio's light bright from one side, a room's dim and tinted."""
    write_header(folder, "clean", {"config": {}})
    samples = []
    for person in range(people):
        surface, mask, box = head(person)
        share = mask[..., None] / 255
        across = np.linspace(-1, 1, WIDTH)[None, :, None]
        for room in range(rooms):
            rng = np.random.default_rng([person, room])
            tint = np.exp2(rng.uniform(-0.3, 0.3, 3))
            studio = surface * (share * 2 ** (0.4 + 0.5 * across) + (1 - share) * 0.8)
            dim = surface * (share * 2 ** rng.uniform(-2, -0.5) * tint + (1 - share) * 0.8)
            key = f"clip-{person:06d}-light-{room:02d}"
            info = {
                "key": key, "clip": key[:11], "split": "train", "fps": 30.0, "frames": 1, "width": WIDTH,
                "height": HEIGHT, "lighting": {"hdri": f"room-{room}", "key_temperature_k": 5500.0},
                "face_box": [list(box)],
                "face_mean": {name: float(255 * srgb_from_linear(light)[12:44, 36:60].mean()) for name, light in
                              (("source", dim), ("target", studio))},
            }  # fmt: skip
            members = {
                "json": json.dumps(info).encode(),
                "source.mkv": encode_lossless([quantise(srgb_from_linear(dim), 10)], 10),
                "target.mkv": encode_lossless([quantise(srgb_from_linear(studio))], 10),
                "mask.mkv": encode_lossless([np.repeat(mask[..., None], 3, -1)], 10),
            }
            samples.append(Sample(key, members))
    write_row(folder, write_shard(folder / "clean-000000.tar", samples))
    return folder


def frames_of(number, gain=1.0, count=5, size=(96, 64)):
    surface, *_ = head(number)
    rng = np.random.default_rng(number)
    grain = rng.normal(0, 0.02, (count, *surface.shape))
    levels = np.clip((surface * gain + grain) * 255, 0, 255).astype(np.uint8)
    return [cv2.resize(frame, size) for frame in levels]


def write_video(path, frames):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(scope="session")
def heads(tmp_path_factory):
    return write_clean(tmp_path_factory.mktemp("judge") / "clean")


@pytest.fixture(scope="session")
def taught(heads, tmp_path_factory):
    """A folder of a judge that knows little: enough for what holds of every judge."""
    out = tmp_path_factory.mktemp("judge") / "taught"
    teach(heads, TINY, out, seed=3)
    return out


@pytest.fixture(scope="session")
def a_judge(taught):
    return read_judge(taught)
