"""Golden bytes: the same parameters give the same frames for as long as `CHAIN_VERSION` stays the same.

    python tests/degrade/test_golden.py      writes golden.json: all of it after CHAIN_VERSION went up, else what is new

Encoders and OpenCV choose their arithmetic by processor and version, so the file also holds what a few of their calls
gave without our code. Where that is the same, our frames have to be the same to the bit; elsewhere, about the same.
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

from core.config import load
from degrade.chain import degrade_clip
from degrade.charts import texture_chart
from degrade.codec import code_group
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.params import Codec
from degrade.run import CHAIN_VERSION

GOLDEN = Path(__file__).with_name("golden.json")
PRESETS = sorted((Path(__file__).resolve().parents[2] / "configs" / "degrade").glob("*.yaml"))
FRAMES, WIDTH, HEIGHT, FPS = 6, 128, 72, 30.0
CLIPS = 6
NEAR_LEVELS = 1.0


def clip() -> np.ndarray:
    """`(6, 72, 128, 3)` uint8: texture that slides by 2 pixels a frame."""
    wide = texture_chart(3)
    return np.stack([wide[:HEIGHT, 2 * t : 2 * t + WIDTH] for t in range(FRAMES)])


def sha256(frames: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest()


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
        codec = Codec(kind=kind, kbps=120, fps=FPS, width=WIDTH, height=HEIGHT, starts=(0,))
        parts.append(code_group(iter(frames), FRAMES, codec, (WIDTH, HEIGHT), "golden"))
    return hashlib.sha256("".join(sha256(part) for part in parts).encode()).hexdigest()


def degraded(path: Path) -> dict[str, Any]:
    """What a preset draws and gives for a few clips: a digest of all parameters, one of each clip's frames, their
    mean levels."""
    config, draws, frames, means = load(path, DegradeConfig), [], [], []
    for number in range(CLIPS):
        params = draw_params(config, 7, f"clip-{number}", FRAMES, WIDTH, HEIGHT, FPS)
        draws.append(json.dumps(params.to_json(), sort_keys=True))
        done = degrade_clip(clip(), params)
        frames.append(sha256(done))
        means.append([round(float(channel), 3) for channel in done.mean((0, 1, 2))])
    return {"draws": hashlib.sha256("\n".join(draws).encode()).hexdigest(), "frames": frames, "means": means}


def complaint(name: str, golden: dict[str, Any], found: dict[str, Any], version: int, here: str) -> str:
    """What is wrong with `found` beside the golden record of preset `name`, and what to do; empty when all is well."""
    again = "python tests/degrade/test_golden.py"
    if version != golden["chain"]:
        return f"CHAIN_VERSION is {version}, the golden bytes are of {golden['chain']}: run {again} and commit the file"
    known = golden["presets"].get(name)
    if known is None:
        return f"{name}: no golden bytes of this preset: run {again} and commit the file"
    if here == golden["libraries"]:
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


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_the_same_parameters_give_the_same_frames(path: Path) -> None:
    golden = json.loads(GOLDEN.read_text())
    said = complaint(path.stem, golden, degraded(path), CHAIN_VERSION, libraries())
    assert not said, said


def test_a_change_is_noticed() -> None:
    """Of the frames, of the draws, of the version, of the presets; on other libraries, of the levels."""
    golden = json.loads(GOLDEN.read_text())
    here, name = golden["libraries"], "report"
    known = golden["presets"][name]
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
        "presets": {path.stem: degraded(path) for path in PRESETS},
    }
    old = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"chain": None}
    if old["chain"] == CHAIN_VERSION:  # the bytes of a version never change
        record = {**record, "libraries": old["libraries"], "presets": record["presets"] | old["presets"]}
    GOLDEN.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
