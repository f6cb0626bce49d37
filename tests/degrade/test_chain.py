"""The chain on clips: the same bytes again, any frame by itself, no drift, one number that steers, clear refusals."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.config import load
from core.errors import InputError, WorkError
from core.intent import Consent
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.params import DegradeParams
from degrade.report.charts import dot_places, dots_chart, texture_chart
from degrade.report.measure import drift_px
from degrade.report.report import measure_charts
from degrade.run import degrade_folder, replay_folder
from degrade.stages.codec import CodecParams
from degrade.stages.noise import NoiseParams
from degrade.stages.passes import PassParams
from degrade.stages.resize import resize
from keyfill.cli import main
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

ROOT = Path(__file__).resolve().parents[2]
PRESETS = sorted((ROOT / "configs" / "degrade").glob("*.yaml"))


def preset(name: str, *overrides: str) -> DegradeConfig:
    return load(ROOT / "configs" / "degrade" / f"{name}.yaml", DegradeConfig, overrides)


def clip(frames: int = 8, width: int = 160, height: int = 90) -> np.ndarray:
    """A textured picture that slides by a pixel a frame."""
    wide = texture_chart(3)
    return np.stack([wide[:height, t : t + width] for t in range(frames)])


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_parameters_are_enough_for_the_same_bytes(path: Path) -> None:
    frames, config = clip(), load(path, DegradeConfig)
    for number in range(4):
        params = draw_params(config, 9, f"clip-{number}", 8, 160, 90, 30.0)
        again = DegradeParams.from_json(json.loads(json.dumps(params.to_json())))
        assert again == params
        degraded = degrade_clip(frames, params)
        assert degraded.dtype == np.uint8 and degraded.shape == frames.shape
        assert np.array_equal(degraded, degrade_clip(frames, again))


def test_draws_follow_the_clip_not_the_order() -> None:
    config = preset("webcam")
    draw = lambda key, seed=1: draw_params(config, seed, key, 8, 160, 90, 30.0)
    assert draw("clip-a") == draw("clip-a")
    stages = lambda params: params.model_dump(exclude={"key", "seed"})
    assert stages(draw("clip-a")) != stages(draw("clip-b")) != stages(draw("clip-b", 2))


def test_parameters_serve_another_input() -> None:
    """Frames that arrive late must arrive late in the mask as well."""
    config = preset("webcam", "delivery.frame_rate.probability=1")
    params = draw_params(config, 2, "clip", 8, 160, 90, 30.0)
    numbered = np.repeat(np.arange(8, dtype=np.uint8)[:, None, None, None] * 20, 3, -1) * np.ones(
        (1, 90, 160, 1), np.uint8
    )
    moved = degrade_clip(numbered, params.only("delivery"))
    assert [int(frame[0, 0, 0]) // 20 for frame in moved] == list(params.delivery.shown)
    assert len(set(params.delivery.shown)) < 8


def test_two_inputs_get_the_same_noise() -> None:
    """The same parameters on source and target: what differs afterwards is what differed before."""
    noise = NoiseParams(kind="gaussian", strength=5.0, grey=False)
    params = DegradeParams(seed=1, key="clip", frames=2, width=64, height=48, fps=30.0, first=PassParams(noise=noise))
    dark, bright = (np.full((2, 48, 64, 3), level, np.uint8) for level in (100, 150))
    again = DegradeParams.from_json(params.to_json())
    assert (degrade_clip(bright, again) - degrade_clip(dark, params) == 50).all()


@pytest.mark.slow
@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_pictures_stay_where_they_are(path: Path) -> None:
    assert measure_charts(load(path, DegradeConfig), clips=30).figures["shift worst px"] < 0.05


@pytest.fixture(scope="module")
def dots() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Charts of dots, the dots' middles, and where they are measured."""
    charts, middles = map(list, zip(*(dots_chart(number) for number in range(12)), strict=True))
    return charts, middles, dot_places(charts, middles)


@pytest.mark.parametrize("axis", [0, 1], ids=["down", "aside"])
@pytest.mark.parametrize("shrink", [2, 3, 6])
def test_a_small_motion_is_measured(dots, axis: int, shrink: int) -> None:
    """What a limit of 0.05 pixels has to catch, also at a sixth of the size in 8 bits: a motion of 0.08 pixels."""
    charts, middles, places = dots
    height, width = charts[0].shape[:2]
    moved = []
    for chart in charts:
        mixed = (0.92 * chart + 0.08 * np.roll(chart, 1, axis)).astype(np.float32)
        small = np.rint(resize(mixed, width // shrink, height // shrink, "bicubic")).astype(np.uint8)
        moved.append(resize(small, width, height, "bicubic"))
    assert drift_px(places, dot_places(moved, middles), width, height) == pytest.approx(0.08, abs=0.025)


@pytest.mark.parametrize("mode", ["area", "bilinear", "bicubic"])
@pytest.mark.parametrize("scale", [0.15, 0.25, 0.37, 0.5, 0.8, 1.0125, 1.5])
def test_each_resampling_there_and_back_leaves_the_picture_in_place(dots, mode: str, scale: float) -> None:
    """The picture within 0.02 pixels; single dots, moved to and fro by rounding and the bicubic kernel, within 0.1."""
    charts, middles, places = dots
    height, width = charts[0].shape[:2]
    for back in ("area", "bilinear", "bicubic"):
        again = [
            resize(resize(chart, round(width * scale), round(height * scale), mode), width, height, back)
            for chart in charts
        ]
        found = dot_places(again, middles)
        assert drift_px(places, found, width, height) < 0.02, back
        assert np.abs(found - places).max() < 0.1, back


@pytest.mark.slow
@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_severity_lowers_psnr_at_every_step(path: Path) -> None:
    frames = clip(4)
    means = []
    for tenths in range(11):
        config = load(path, DegradeConfig, [f"severity={tenths / 10}"])
        errors = []
        for number in range(8):
            params = draw_params(config, 6, f"clip-{number}", 4, 160, 90, 30.0)
            errors.append(((degrade_clip(frames, params).astype(float) - frames) ** 2).mean())
        means.append(10 * np.log10(255**2 / max(np.mean(errors), 1e-6)))
    assert all(later < earlier for earlier, later in pairwise(means)), means
    assert np.isclose(means[0], 10 * np.log10(255**2 / 1e-6))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((8, 90, 160, 3), np.float32), "float32"),
        (np.full((8, 90, 160, 3), np.nan), "float64"),
        (np.zeros((8, 90, 162, 3), np.uint8), "drawn for"),
        (np.zeros((7, 90, 160, 3), np.uint8), "drawn for"),
        (np.zeros((8, 90, 160), np.uint8), "drawn for"),
        (np.full((8, 90, 160, 3), 2000, np.uint16), "at most 1023"),
        ([1, 2, 3], "list"),
    ],
    ids=["float", "nan", "width", "count", "grey", "levels", "list"],
)
def test_wrong_frames_are_refused_by_clip_and_stage(frames, message: str) -> None:
    params = draw_params(preset("report"), 0, "clip-7", 8, 160, 90, 30.0)
    with pytest.raises(InputError, match=message) as caught:
        degrade_clip(frames, params)
    assert "clip-7" in str(caught.value) and "degrade" in str(caught.value)


def test_an_odd_size_is_refused_by_the_codec() -> None:
    codec = CodecParams(kind="h264", kbps=200, fps=30.0, width=160, height=90, starts=(0,))
    params = DegradeParams(seed=0, key="clip-3", frames=1, width=161, height=90, fps=30.0, codec=codec)
    with pytest.raises(InputError, match="clip-3: codec: 161x90 is odd"):
        degrade_clip(np.zeros((1, 90, 161, 3), np.uint8), params)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("first:\n  noise:\n    kinds: {gaussian: 0.5, poisson: 0.6}\n", ":3:"),
        ("first:\n  jpeg:\n    quality: [90, 40]\n", ":3:"),
        ("first:\n  jpg:\n    quality: [40, 90]\n", ":2:3: first.jpg: unknown key; did you mean jpeg?"),
        ("severity: 1.5\n", ":1:1: severity"),
        ("second_probability: 0.5\n", ":1:1: second_probability: has no effect without a second pass"),
        (
            "first:\n  noise:\n    kinds: {gaussian: 1.0}\n    poisson_scale: [0.1, 2.0]\n",
            ":4:5: first.noise.poisson_scale",
        ),
        ("first:\n  blur:\n    kinds: {}\n", ":3:"),
        ("optics: {}\n", ":1:1: optics: holds no stage, so it has no effect"),
        ("delivery:\n  retime_target: false\n", ":1:1: delivery: holds no stage, so it has no effect"),
        ("first:\n  blur:\n    kinds: {sinc: 1.0}\n    drift: 0.1\n", ":4:5: first.blur.drift: has no effect"),
        ("first:\n  resize:\n    kinds: {keep: 1.0}\n", ":3:5: first.resize.kinds: a resize that always keeps"),
        (
            "first:\n  resize:\n    kinds: {down: 1.0}\n    scale: [0.5, 1.5]\n",
            ":4:5: first.resize.scale: has no effect",
        ),
        ("second_probability: 0\nsecond:\n  jpeg: {}\n", ":1:1: second_probability: a second pass with probability 0"),
        ("second:\n  jpeg: {}\n  sinc_before_jpeg: 0.5\n", ":1:1: second: sinc_before_jpeg has no effect"),
    ],
    ids=[
        "sum",
        "range",
        "unknown",
        "severity",
        "second",
        "effect",
        "nothing",
        "empty",
        "delivery",
        "drift",
        "keep",
        "one-way",
        "never",
        "order",
    ],
)
def test_config_errors_name_the_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load(path, DegradeConfig)
    assert f"{path}{message}" in str(caught.value)


def shards(folder: Path, keys: tuple[str, ...], spoil: str = "") -> None:
    samples = []
    for key in keys:
        video = encode_lossless(clip(), 30.0)
        if key == spoil:
            video = video[: len(video) // 2]
        info = {"key": key, "fps": 30.0, "frames": 8, "width": 160, "height": 90, "split": "train"}
        members = {"json": json.dumps(info).encode(), "source.mkv": video, "target.mkv": encode_lossless(clip(), 30.0)}
        samples.append(Sample(key, members))
    write_header(folder, "clean", {})
    write_row(folder, write_shard(folder / "train-000000.tar", samples))


def test_replay_gives_the_same_shards(tmp_path: Path) -> None:
    shards(tmp_path / "clean", ("clip-a", "clip-b"))
    degrade_folder(tmp_path / "clean", preset("webcam"), 3, tmp_path / "pairs")
    assert replay_folder(tmp_path / "clean", tmp_path / "pairs", tmp_path / "again").recorded_on == {}
    assert (tmp_path / "pairs" / "train-000000.tar").read_bytes() == (
        tmp_path / "again" / "train-000000.tar"
    ).read_bytes()


def test_replay_says_when_the_versions_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shards(tmp_path / "clean", ("clip-a",))
    monkeypatch.setattr("degrade.chain.CHAIN_VERSION", 1)
    degrade_folder(tmp_path / "clean", preset("report"), 3, tmp_path / "pairs")
    monkeypatch.undo()
    again = ("degrade", str(tmp_path / "clean"), "--replay", str(tmp_path / "pairs"), "--out", str(tmp_path / "again"))
    assert main([*again, "--quiet"]) == 0
    assert replay_folder(tmp_path / "clean", tmp_path / "pairs", tmp_path / "again").recorded_on == {"chain": 1}


def test_a_second_run_writes_nothing_and_another_config_does(tmp_path: Path) -> None:
    shards(tmp_path / "clean", ("clip-a",))
    run = lambda *overrides: degrade_folder(tmp_path / "clean", preset("report", *overrides), 3, tmp_path / "pairs")
    assert (run().written, run().written) == (1, 0)
    with pytest.raises(InputError, match=r"1 sample \(clip-a\) would be made anew.*severity \(1.0, now 0.5\)"):
        run("severity=0.5")
    other = preset("report", "severity=0.5")
    again = degrade_folder(tmp_path / "clean", other, 3, tmp_path / "pairs", consent=Consent(replace=True))
    assert again.written == 1


def test_one_bad_sample_does_not_stop_the_others(tmp_path: Path) -> None:
    shards(tmp_path / "clean", ("clip-a", "clip-b", "clip-c"), spoil="clip-b")
    with pytest.raises(WorkError, match="clip-b") as caught:
        degrade_folder(tmp_path / "clean", preset("report"), 3, tmp_path / "pairs")
    assert "1 of 3 samples failed" in str(caught.value)
    row = json.loads((tmp_path / "pairs" / "manifest" / "train-000000.tar.json").read_text())
    assert sorted(row["samples"]) == ["clip-a", "clip-c"]


def test_a_killed_encoder_is_named(tmp_path: Path) -> None:
    """ffmpeg is killed for real while it codes."""
    codec = CodecParams(kind="av1", kbps=500, fps=30.0, width=640, height=360, starts=(0,))
    params = DegradeParams(seed=0, key="clip-9", frames=60, width=640, height=360, fps=30.0, codec=codec)
    frames = np.random.default_rng(0).integers(0, 255, (60, 360, 640, 3), np.uint8)
    done = threading.Event()

    def kill() -> None:
        while not done.is_set():
            for child in psutil.Process().children(recursive=True):
                if "ffmpeg" in child.name():
                    os.kill(child.pid, signal.SIGKILL)
                    return
            time.sleep(0.005)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(WorkError, match="clip-9: codec"):
            degrade_clip(frames, params)
    finally:
        done.set()
        killer.join()
