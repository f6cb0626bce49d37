"""Golden bytes: the same parameters give the same frames for as long as `CHAIN_VERSION` stays the same.

    python tests/degrade/test_golden.py      writes golden.json: all of it after CHAIN_VERSION went up, else what is new

Encoders and OpenCV choose their arithmetic by processor and version, so the file also holds what a few of their calls
gave without our code (what came later has its own). Where that is the same, our frames have to be the same to the bit;
elsewhere, about the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.config import load, validate
from degrade.chain import CHAIN_VERSION, degrade_clip
from degrade.config import DegradeConfig, stage_names
from degrade.draw import draw_params
from degrade.report.charts import texture_chart
from degrade.stages.codec import CodecParams, coded_frames

GOLDEN = Path(__file__).with_name("golden.json")
PRESETS = sorted((Path(__file__).resolve().parents[2] / "configs" / "degrade").glob("*.yaml"))
FRAMES, WIDTH, HEIGHT, FPS = 6, 128, 72, 30.0
CLIPS = 5
NEAR_LEVELS = 1.0


def clip() -> np.ndarray:
    """`(6, 72, 128, 3)` uint8: texture that slides by 2 pixels a frame."""
    wide = texture_chart(3)
    return np.stack([wide[:HEIGHT, 2 * t : 2 * t + WIDTH] for t in range(FRAMES)])


def sha256(frames: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest()[:16]


@functools.cache
def libraries() -> str:
    """A digest of what the libraries give by themselves here."""
    frames, small = clip(), cv2.resize(clip()[0], (90, 50), interpolation=cv2.INTER_CUBIC)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames[:2]]
    parts = [
        small,
        cv2.GaussianBlur(frames[0].astype(np.float32), (0, 0), 1.3),
        cv2.dft(frames[0, ..., 0].astype(np.float32)),
        cv2.imdecode(cv2.imencode(".jpg", frames[0], [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR),
        cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*grey, None),
    ]
    for kind in ("h264", "h265", "vp9", "av1"):
        codec = CodecParams(kind=kind, kbps=120, fps=FPS, width=WIDTH, height=HEIGHT, starts=(0,))
        parts.append(np.stack(list(coded_frames(iter(frames), FRAMES, codec, (WIDTH, HEIGHT), "golden"))))
    return hashlib.sha256("".join(map(sha256, parts)).encode()).hexdigest()[:16]


def alone(name: str) -> DegradeConfig:
    """The stage `name`, e.g. "optics.defocus", by itself with its defaults, in every clip."""
    section: dict[str, Any] = {"probability": 1.0}
    for part in reversed(name.split(".")):
        section = {part: section}
    return validate(section, DegradeConfig)


def configs() -> dict[str, DegradeConfig]:
    """All that has golden bytes: every preset, and every stage alone."""
    return {path.stem: load(path, DegradeConfig) for path in PRESETS} | {name: alone(name) for name in stage_names()}


def degraded(config: DegradeConfig) -> dict[str, Any]:
    """What a config draws and gives for a few clips: a digest of all parameters, one of each clip's frames, their
    mean levels."""
    draws, frames, means = [], [], []
    for number in range(CLIPS):
        params = draw_params(config, 7, f"clip-{number}", FRAMES, WIDTH, HEIGHT, FPS)
        draws.append(json.dumps(params.to_json(), sort_keys=True))
        done = degrade_clip(clip(), params)
        frames.append(sha256(done))
        means.append([round(float(channel), 3) for channel in done.mean((0, 1, 2))])
    return {"draws": hashlib.sha256("\n".join(draws).encode()).hexdigest()[:16], "frames": frames, "means": means}


def complaint(name: str, golden: dict[str, Any], found: dict[str, Any], version: int, here: str) -> str:
    """What is wrong with `found` beside the golden record of `name`, and what to do; empty when all is well."""
    again = "python tests/degrade/test_golden.py"
    if version != golden["chain"]:
        return f"CHAIN_VERSION is {version}, the golden bytes are of {golden['chain']}: run {again} and commit the file"
    known = golden["configs"].get(name)
    if known is None:
        return f"{name}: no golden bytes of it yet: run {again} and commit the file"
    if here == known.get("libraries", golden["libraries"]):
        changed = [what for what in ("draws", "frames") if known[what] != found[what]]
    else:
        near = np.abs(np.array(known["means"]) - np.array(found["means"])).max() <= NEAR_LEVELS
        changed = [] if near else ["mean levels"]
    if not changed:
        return ""
    return (
        f"{name}: other {' and '.join(changed)} than version {version} gave. If that is meant, raise CHAIN_VERSION "
        f"(shards that others made are then made again, and a replay says so), run {again} and commit the file; "
        "if it is not, find the change"
    )


@pytest.mark.parametrize("name", configs())
def test_the_same_parameters_give_the_same_frames(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())
    said = complaint(name, golden, degraded(configs()[name]), CHAIN_VERSION, libraries())
    assert not said, said


def test_a_change_is_noticed() -> None:
    """Of the frames, of the draws, of the version, of what there is; on other libraries, of the levels."""
    golden = json.loads(GOLDEN.read_text())
    here, name = golden["libraries"], "report"
    known = golden["configs"][name]
    say = lambda found, version=golden["chain"], where=here, name=name: complaint(name, golden, found, version, where)
    assert say(known) == ""
    assert "other frames than version" in say({**known, "frames": [*known["frames"][:-1], "0"]})
    assert "other draws than version" in say({**known, "draws": "0"})
    assert "the golden bytes are of" in say(known, version=golden["chain"] + 1)
    assert "no golden bytes" in say(known, name="mine")
    elsewhere = {**known, "frames": ["0"] * CLIPS}
    assert say(elsewhere, where="others") == ""
    brighter = [[level + 2 for level in means] for means in known["means"]]
    assert "other mean levels" in say({**elsewhere, "means": brighter}, where="others")


if __name__ == "__main__":
    record = {
        "chain": CHAIN_VERSION,
        "libraries": libraries(),
        "configs": {name: degraded(config) for name, config in configs().items()},
    }
    old = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"chain": None}
    if old["chain"] == CHAIN_VERSION:  # the bytes of a version never change
        added = {name: {**each, "libraries": record["libraries"]} for name, each in record["configs"].items()}
        record = {**record, "libraries": old["libraries"], "configs": added | old["configs"]}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in sorted(record["configs"].items()))
    head = f'"chain": {record["chain"]}, "libraries": {json.dumps(record["libraries"])}'
    GOLDEN.write_text(f'{{{head}, "configs": {{\n{lines}\n}}}}\n')
