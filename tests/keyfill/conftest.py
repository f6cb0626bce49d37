"""A real Chromium for the tests of pages, spoken to through its own pipe: opened, looked at, clicked; and kept layers
that nobody traced."""

from __future__ import annotations

import base64
import dataclasses
import fcntl
import functools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from core.config import validate
from pairs.layers import (
    SURFACE,
    THINGS,
    FittedStage,
    LayerFile,
    LayerLight,
    LayerLighting,
    LayersInfo,
    file_row,
    kept_facts,
    load_layers,
    save_layers,
    write_exr,
)
from pairs.manifest import write_header, write_row
from pairs.shards import write_shard
from render.config import OlatConfig, RenderConfig
from render.environment import load_hdri
from render.layer_store import _middles
from render.light_stage import fit_stage
from render.olat import olat_directions
from render.relit import relight_clip
from render.studio import direction_to_camera
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.spec import AreaLight, Camera, Lighting, Scene, Studio, Webcam

WIDTH, HEIGHT, FRAMES, CLIP = 64, 36, 3, "clip-000000"
BOX = (14, 4, 51, 36)
FACE = (0.0, 0.0, 1.2)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
WAIT_S = 60.0


class Browser:
    """One window. Speaks the DevTools protocol, JSON messages that end in a zero byte, on file descriptors 3 and 4."""

    def __init__(self, profile: Path, *more: str):
        found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
        binary = next(filter(None, found), None)
        assert binary, "this test needs Chromium: run `sh tools/system-packages` as root"
        # Above 4, so that one does not take the other's place in the child.
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        self._process = subprocess.Popen(
            [binary, *FLAGS, *more, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=lambda: (os.dup2(theirs_in, 3), os.dup2(theirs_out, 4)),
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest, self._session = 0, b"", ""
        self.messages: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command and its result; what the page's console says on the way is kept in `messages`."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        os.write(
            self._out, json.dumps(asked | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while True:
            told = self._read()
            if told.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.messages.append(json.dumps(told["params"]))
            if told.get("id") == self._number:
                assert "error" not in told, told
                return told["result"]

    def open(self, uri: str, width: int, height: int = 900) -> None:
        """A page in a window of that size, once its scripts have run."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.messages.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=uri)
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression, or of the promise that it gives."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, condition: str) -> None:
        """Waits until an expression is true."""
        look = (
            f"new Promise(done => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 20); look(); }})"
        )
        assert self.run(f"Promise.race([{look}, new Promise(done => setTimeout(done, {1000 * WAIT_S / 2}))])"), (
            condition
        )

    def picture(self, selector: str = "") -> np.ndarray:
        """What is seen, `(H, W, 3)` uint8 RGB: the window, or the first element that fits, scrolled to."""
        box = [0, 0, None, None]
        if selector:
            box = self.run(
                "(e => { e.scrollIntoView({ block: 'center' }); const b = e.getBoundingClientRect();"
                " return [b.left, b.top, b.right, b.bottom].map(Math.round); })"
                f"(document.querySelector({json.dumps(selector)}))"
            )
        data = self.call("Page.captureScreenshot")["data"]
        seen = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        return seen[box[1] : box[3], box[0] : box[2]]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._in)
        os.close(self._out)

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + WAIT_S
        while b"\0" not in self._rest:
            assert select.select([self._in], [], [], max(0, end - time.monotonic()))[0], "the browser says nothing"
            got = os.read(self._in, 1 << 20)
            assert got, "the browser has ended"
            self._rest += got
        first, self._rest = self._rest.split(b"\0", 1)
        return json.loads(first)


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


@pytest.fixture
def browser_with(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """A browser of one test's own, started with more flags."""
    opened: list[Browser] = []

    def start(*more: str) -> Browser:
        opened.append(Browser(tmp_path / f"browser-{len(opened)}", *more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for the tests of a file."""
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


def write_rooms(folder: Path) -> dict[str, Path]:
    """A panel over a dim room; a sun over a sky with steps that a turn moves across the picture."""
    window = np.full((64, 128, 3), (0.30, 0.22, 0.16), np.float32)
    window[20:36, 76:96] = (3.0, 3.5, 4.0)
    window[30:44, 20:40] = (0.1, 0.5, 0.2)
    sun = np.full((128, 256, 3), (0.2, 0.3, 0.5), np.float32)
    sun[64:] = (0.12, 0.1, 0.08)
    sun[:, ::32] *= 2.0
    sun[40:42, 170:172] = 500.0
    for name, image in {"window": window, "sun": sun}.items():
        assert cv2.imwrite(str(folder / f"{name}.hdr"), np.ascontiguousarray(image[..., ::-1]))
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture(scope="module")
def kept_rooms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_rooms(tmp_path_factory.mktemp("rooms"))


def clip_scene(frames: int) -> Scene:
    """Somebody, lit twice."""
    lamp = lambda azimuth, elevation: AreaLight(np.radians(azimuth), np.radians(elevation), 1.2, (0.8, 0.8))
    drawn = draw_scene(ScenesConfig(train_clips=1, test_clips=0), 1, 0)
    lightings = (
        Lighting(f"{CLIP}-light-00", "window", -1.0, exposure_ev=0.3, rim_gain=0.4, desk_lamp_gain=0.5),
        Lighting(
            f"{CLIP}-light-01",
            "sun",
            0.4,
            key_fill_ratio=4.0,
            key_temperature_k=4000.0,
            webcam=Webcam(0.35, 0.1, 0.5, (0.01, 0.9)),
        ),
    )
    return Scene(
        clip=CLIP, seed=3, split="train", width=WIDTH, height=HEIGHT, fps=10.0, frames=frames,
        camera=Camera((0.0, -0.7, 1.2), (0.0, 0.0, 1.15), np.radians(60.0), 0.0, -0.05, focus_m=0.7, f_stop=1.2),
        studio=Studio(lamp(40, 25), lamp(-35, 5), lamp(150, 30)), lightings=lightings, person=drawn.person,
        motion=drawn.motion, desk_lamp=lamp(60, 10),
    )  # fmt: skip


def lights_of(mode: str, scene: Scene, rooms: dict[str, Path]) -> tuple[list[LayerLight], FittedStage | None]:
    """The room's lights of a mode."""
    light = lambda name, away, angle: LayerLight(name=name, of="room", direction=away, solid_angle_sr=angle, unit="1")
    if mode == "exact":
        return [light(f"room00{index}", None, None) for index in range(len(scene.lightings))], None
    if mode == "olat":
        directions = olat_directions(OlatConfig(lights=10), scene.camera, np.array(FACE))
        return [light(f"cell{i:03d}", tuple(d), 4 * np.pi / 10) for i, d in enumerate(directions)], None
    turns = [(load_hdri(rooms[row.hdri]), row.rotation_rad) for row in scene.lightings]
    stage = fit_stage(turns, 8, direction_to_camera(scene.camera, np.array(FACE)))
    where, angles = _middles(stage)
    where /= np.linalg.norm(where, axis=-1, keepdims=True)
    cells = tuple((cell.row0, cell.row1, cell.col0, cell.col1) for cell in stage.cells)
    fitted = FittedStage(rows=256, cells=cells, strength=tuple(map(float, stage.strength)))
    rows = zip(where, angles, strict=True)
    return [light(f"cell{i:03d}", tuple(d), float(a)) for i, (d, a) in enumerate(rows)], fitted


def write_layers(folder: Path, mode: str, scene: Scene, rooms: dict[str, Path]) -> None:
    """Kept layers that nobody traced: smooth light of another colour and shape for each light; three frames, over and
    over."""
    rng = np.random.default_rng(7)
    room, stage = lights_of(mode, scene, rooms)
    studio = [
        LayerLight(name=name, of="studio", direction=(0.0, -1.0, 0.0), solid_angle_sr=0.4, unit="1")
        for name in ("key", "fill", "rim", "lamp")
    ]
    lights = (*room, *studio)
    shape = (BOX[3] - BOX[1], BOX[2] - BOX[0])
    y, x = np.mgrid[: shape[0], : shape[1]]
    alpha = np.clip(1.4 - np.hypot((x - 18) / 16, (y - 18) / 22) ** 2, 0, 1).astype(np.float32)
    things = (alpha * np.clip((x - 22) / 8, 0, 1)).astype(np.float32)  # a chair, half in view
    folder.mkdir(parents=True)
    for number in range(FRAMES):
        planes = {}
        for light in lights:
            for letter in "RGB":
                noise = cv2.GaussianBlur(rng.random(shape).astype(np.float32), (0, 0), 4)
                planes[f"{light.name}.{letter}"] = alpha * (noise - noise.min()) * rng.uniform(0.3, 2.0)
        planes |= {name: alpha for name in SURFACE} | {letter: alpha for letter in "RGB"} | {THINGS: things}
        write_exr(folder / f"{number:06d}.exr", planes, (WIDTH, HEIGHT), BOX[:2], None)
    grey = {letter: np.full((HEIGHT, WIDTH), 0.25, np.float32) for letter in "RGB"}
    write_exr(folder / "background-00.exr", grey, (WIDTH, HEIGHT), (0, 0), None)
    none: dict[str, tuple[float, float, float]] = {}
    row = LayerLighting(
        key=f"{CLIP}-light-00", source=none, target=none, exposure={}, target_ambient=0.0,
        background=file_row(folder / "background-00.exr"),
    )  # fmt: skip
    pose = np.eye(4)
    pose[:3, 3] = (0.0, -0.11, 1.2)
    files: tuple[LayerFile, ...] = tuple(file_row(folder / f"{i % FRAMES:06d}.exr") for i in range(scene.frames))
    info = LayersInfo(
        format="keyfill-layers-1", clip=CLIP, width=WIDTH, height=HEIGHT, fps=10.0, box=BOX, rooms=mode, lights=lights,
        stage=stage, frames=files, lightings=(row,), head=(tuple(pose.ravel()),) * scene.frames, face=FACE,
        device=("CPU",), engine="4.5", scene=scene.to_json(),
        render=RenderConfig(rooms=mode, keep="layers").model_dump(mode="json"),
    )  # fmt: skip
    save_layers(folder, info)


def write_kept(folder: Path, mode: str, rooms: dict[str, Path], frames: int = FRAMES) -> SimpleNamespace:
    """Clean shards in `folder` whose clip has its layers, and what is in it."""
    clean, scene = folder / "clean", clip_scene(frames)
    write_layers(clean / "layers" / CLIP, mode, scene, rooms)
    layers = load_layers(clean / "layers" / CLIP)
    render = validate(layers.info.render, RenderConfig, name="render")
    samples = relight_clip(scene, render, rooms, layers, folder / "work")
    limits = ("blank_std", "identical_difference", "firefly_step", "subject_share", "face_frames")
    gate = {"face_rule": False, **dict.fromkeys(limits, 0.0)}
    config = {"seed": 3, "scenes": {"rooms": str(rooms["sun"].parent)}, "gate": gate}
    write_header(clean, "clean", {"config": config, "versions": {}})
    facts = {"samples": [sample.key for sample in samples], "identity": "", "measured": {}}
    row = write_shard(clean / "train-000000.tar", samples)
    write_row(clean, dataclasses.replace(row, clips={CLIP: {**facts, "layers": kept_facts(layers.folder)}}))
    return SimpleNamespace(
        folder=folder, clean=clean, layers=layers, scene=scene, samples=samples, render=render, config=config
    )


@pytest.fixture(scope="module")
def kept_clean(kept_rooms: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SimpleNamespace]:
    """By mode and number of frames: `write_kept` of it."""

    def make(mode: str, frames: int = FRAMES) -> SimpleNamespace:
        return write_kept(tmp_path_factory.mktemp(mode), mode, kept_rooms, frames)

    return functools.cache(make)
