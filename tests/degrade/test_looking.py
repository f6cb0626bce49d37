"""What a researcher looks at: the preview grid, the report with tolerances, the schema; and how drawn values drift."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import cv2
import imageio_ffmpeg
import jsonschema
import numpy as np
import pytest
import yaml

from core.config import load
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.footage import read_footage
from degrade.report.charts import texture_chart
from keyfill.cli import main

ROOT = Path(__file__).resolve().parents[2]
WEBCAM = ROOT / "configs" / "degrade" / "webcam.yaml"
PRESETS = sorted((ROOT / "configs" / "degrade").glob("*.yaml"))


def run(*arguments: object) -> int:
    return main(["degrade", *map(str, arguments), "--quiet"])


def look(*arguments: object) -> int:
    return main(["inspect", *map(str, arguments), "--quiet"])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Odd sides, as a user's own picture has."""
    path = tmp_path / "me.png"
    cv2.imwrite(str(path), texture_chart(5)[:121, :161])
    return path


def test_preview_of_a_picture_of_odd_size(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "grid"
    assert look("preview", picture, WEBCAM, "--out", out, "--count", 4) == 0
    assert cv2.imread(str(out / "grid.png")).shape[1] == 3 * 480
    variants = json.loads((out / "variants.json").read_text())
    assert sorted(variants) == [f"variant-{i}" for i in range(4)] and all(v["words"] for v in variants.values())
    shown = [cv2.imread(str(out / f"variant-{i}.png")) for i in range(4)]
    assert all(image.shape == (120, 160, 3) for image in shown)
    assert not np.array_equal(shown[0], shown[1])
    assert sorted(path.suffix for path in out.iterdir()) == [".json", *[".png"] * 5], "a still gives no video"


def test_the_earlier_spellings_do_the_same_and_say_the_new_ones(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert look("preview", picture, WEBCAM, "--out", tmp_path / "new", "--count", 2, "--seed", 5) == 0
    assert capsys.readouterr().err == ""
    assert run(picture, "--preview", WEBCAM, "--out", tmp_path / "old", "--count", 2, "--seed", 5) == 0
    error = capsys.readouterr().err
    assert "keyfill inspect preview IN CONFIG" in error and error.count("\n") == 1
    for path in (tmp_path / "new").iterdir():
        assert path.read_bytes() == (tmp_path / "old" / path.name).read_bytes(), path.name
    assert run("--report", WEBCAM, "--out", tmp_path / "report", "--count", 1) == 0
    assert "keyfill inspect report CONFIG" in capsys.readouterr().err
    assert (tmp_path / "report" / "report.json").exists()


def test_preview_shows_what_a_number_does(picture: Path, tmp_path: Path) -> None:
    """The same draws at half the severity: closer to the picture, variant by variant."""
    original = cv2.imread(str(picture))[:120, :160].astype(float)
    errors = {}
    for severity in (0.3, 1.0):
        out = tmp_path / str(severity)
        assert look("preview", picture, WEBCAM, "--out", out, "--count", 3, "--set", f"severity={severity}") == 0
        errors[severity] = [np.abs(cv2.imread(str(out / f"variant-{i}.png")) - original).mean() for i in range(3)]
    assert all(mild < full for mild, full in zip(errors[0.3], errors[1.0], strict=True))


def test_preview_of_a_video(tmp_path: Path) -> None:
    wide = texture_chart(2)
    writer = imageio_ffmpeg.write_frames(str(tmp_path / "me.mp4"), (160, 90), fps=20, macro_block_size=1)
    writer.send(None)
    for t in range(10):
        writer.send(np.ascontiguousarray(wide[:90, 3 * t : 3 * t + 160]))
    writer.close()
    out = tmp_path / "grid"
    assert look("preview", tmp_path / "me.mp4", WEBCAM, "--out", out, "--count", 2) == 0
    seen = cv2.VideoCapture(str(out / "variant-1.mp4"))
    assert seen.get(cv2.CAP_PROP_FRAME_COUNT) == 10 and seen.get(cv2.CAP_PROP_FPS) == 20


def test_a_phone_video_is_shown_upright(tmp_path: Path) -> None:
    """Shot upright: stored lying, with a turn in its header."""
    lying = np.zeros((120, 160, 3), np.uint8)
    lying[:, :80] = 255
    writer = imageio_ffmpeg.write_frames(str(tmp_path / "lying.mp4"), (160, 120), fps=10, macro_block_size=1)
    writer.send(None)
    for _ in range(3):
        writer.send(lying)
    writer.close()
    turned = ["-display_rotation", "90", "-i", tmp_path / "lying.mp4", "-c", "copy", tmp_path / "me.mp4"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, turned)], check=True)
    frames, *_ = read_footage(tmp_path / "me.mp4", 8, 1280)
    assert frames.shape[:3] == (3, 160, 120)
    assert frames[0, :70].mean() < 10 and frames[0, 90:].mean() > 245, "turned against the clock: left goes down"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("cut.jpg", cv2.imencode(".jpg", texture_chart(1))[1].tobytes()[:40], "is the file damaged?"),
        ("half.jpg", cv2.imencode(".jpg", texture_chart(1))[1].tobytes()[:9000], "is the file damaged?"),
        ("half.png", cv2.imencode(".png", texture_chart(1))[1].tobytes()[:9000], "is the file damaged?"),
        ("noise.mp4", b"no video" * 50, "cannot be opened as a video"),
        ("tiny.png", cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes(), "too small to degrade"),
    ],
    ids=["jpeg", "half a jpeg", "half a png", "video", "tiny"],
)
def test_what_cannot_be_shown_is_refused(
    name: str, content: bytes, text: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / name).write_bytes(content)
    assert look("preview", tmp_path / name, WEBCAM, "--out", tmp_path / "grid") == 2
    error = capsys.readouterr().err
    assert name in error and text in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("tolerances", "code", "text"),
    [
        ("mtf50 median: [0.0, 0.75]\nnoise median at 128: [0.0, 60]\n", 0, ""),
        ("mtf50 median: [0.7, 0.75]\n", 1, "mtf50 median is 0."),
        ("codec psnr median: [20, 60]\n", 1, "codec psnr median is not known: that stage was never drawn"),
        ("jpeg psnr medain: [20, 60]\n", 2, "'jpeg psnr medain' is not measured"),
        ("mtf: [0.0, 1.0]\n", 2, "'mtf' is not measured; known: clip bias at 128"),
        ("mtf50 median: [0.7]\n", 2, "mtf50 median: expected [low, high]"),
    ],
    ids=["inside", "outside", "never drawn", "slip", "unknown", "one number"],
)
def test_report_exits_1_outside_the_tolerances(
    tolerances: str, code: int, text: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "t.yaml").write_text(tolerances)
    out = tmp_path / "report"
    given = (ROOT / "configs" / "degrade" / "report.yaml", "--out", out, "--count", 3)
    assert look("report", *given, "--tolerances", tmp_path / "t.yaml") == code
    assert text in capsys.readouterr().err
    if code < 2:
        record = json.loads((out / "report.json").read_text())
        assert bool(record["outside"]) == bool(code) and cv2.imread(str(out / "report.png")) is not None


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("--replay", "pairs", "--set", "severity=0.5"), "--set"),
        (("--replay", "pairs", "--seed", 3), "--seed"),
        (("--config", WEBCAM, "--count", 3), "--count"),
        (("--preview", WEBCAM, "--workers", 2), "--workers"),
        (("--preview", WEBCAM, "--tolerances", "t.yaml"), "--tolerances"),
        (("--report", WEBCAM), "IN"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options_without_effect_are_refused(given: tuple, name: str, capsys: pytest.CaptureFixture) -> None:
    assert run("me.jpg", *given, "--out", "out") == 2
    assert f"keyfill: {name}: has no effect with {given[0]}" in capsys.readouterr().err


def test_the_schema_takes_the_presets_and_no_other_keys(capsys: pytest.CaptureFixture) -> None:
    assert run("--schema") == 0
    validator = jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out))
    for path in PRESETS:
        data = yaml.safe_load(path.read_text())
        assert not list(validator.iter_errors(data)), path.name
    data = yaml.safe_load(WEBCAM.read_text())
    for wrong in ({"sensr": {}}, {"severity": 2}, {"codec": {**data["codec"], "kinds": {"h266": 1.0}}}):
        assert list(validator.iter_errors({**data, **wrong})), wrong


def test_light_drifts_smoothly() -> None:
    """Exposure and balance wander over a clip of 10 s, but never by more than half of their reach in a third of one."""
    config = load(WEBCAM, DegradeConfig, ["light.exposure.drift_ev=[0.15, 0.15]"])
    ranges = []
    for number in range(20):
        light = draw_params(config, 8, f"clip-{number}", 300, 160, 90, 30.0).light
        values = np.array([light.exposure.exposure_ev.at(t) for t in range(300)])
        ranges.append(np.ptp(values))
        # two knots a second apart differ by at most twice the reach; half a cosine is at its steepest pi / 2 times that
        assert np.abs(np.diff(values)).max() <= 2 * 0.15 * np.pi / 2 / 30 + 1e-9
        bends = np.abs(np.diff(values, 2)).max()
        assert bends <= 2 * 0.15 / 2 * (np.pi / 30) ** 2 + 1e-9, "no corner where two pieces meet"
    assert max(ranges) <= 0.3 + 1e-9 and np.median(ranges) > 0.05, "it does wander"


@pytest.mark.parametrize("kind", ["h264", "h265", "vp9", "av1"])
def test_a_frame_after_a_later_key_frame_needs_nothing_before_it(kind: str) -> None:
    """Any frame from its last key frame: those before that key frame may be noise."""
    kinds = {name: 1.0 if name == kind else 0.0 for name in ("h264", "h265", "vp9", "av1")}
    config = load(
        WEBCAM,
        DegradeConfig,
        [
            f"codec.kinds={json.dumps(kinds)}",
            "codec.probability=1",
            "codec.keyframe_s=[0.3, 0.3]",
            *(f"{stage}=null" for stage in ("delivery", "processor.temporal_denoise", "optics.motion_blur")),
        ],
    )
    params = draw_params(config, 5, "clip-1", 24, 160, 90, 30.0)
    assert len(params.codec.starts) >= 3 and all(b - a <= 9 for a, b in pairwise(params.codec.starts))
    wide = texture_chart(4)
    frames = np.stack([wide[:90, t : t + 160] for t in range(24)])
    whole = degrade_clip(frames, params)
    start, wanted = params.codec.starts[2], params.codec.starts[2] + 3
    others = frames.copy()
    others[:start] = np.random.default_rng(1).integers(0, 255, others[:start].shape, np.uint8)
    assert np.array_equal(degrade_clip(others, params)[wanted], whole[wanted])
    assert not np.array_equal(degrade_clip(others, params)[0], whole[0])
