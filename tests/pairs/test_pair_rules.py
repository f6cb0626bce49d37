"""The gate and verify's rules: a good pair passes, and each fault that is put in is the one that is named."""

import json
import subprocess
import sys

import numpy as np
import pytest

from core.rng import rng_for
from pairs.gate_config import GateConfig
from pairs.rules import judge
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

FRAMES, HEIGHT, WIDTH = 3, 72, 128


def picture():
    """Frames of blobs (10-bit source, 8-bit target 1.3 times as bright) and a mask with the face in it."""
    rng = rng_for(3, "rules", "test")
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    base = np.full((HEIGHT, WIDTH), 300.0)
    for _ in range(40):
        cy, cx, r = rng.uniform(0, HEIGHT), rng.uniform(0, WIDTH), rng.uniform(3, 9)
        base += rng.uniform(-90, 90) * (np.hypot(y - cy, x - cx) < r)
    base = np.clip(base, 60, 700)
    source = [
        np.repeat(np.rint(base + rng.normal(0, 4, base.shape))[..., None], 3, 2).astype(np.uint16)
        for _ in range(FRAMES)
    ]
    target = [np.rint(frame * (1.3 / 4)).astype(np.uint8) for frame in source]
    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[10:, 40:90] = 255
    return source, target, [mask] * FRAMES


def sample(source, target, mask, **info):
    record = {
        "key": "clip-0",
        "frames": FRAMES,
        "height": HEIGHT,
        "width": WIDTH,
        "face_box": [[50, 20, 80, 55]] * FRAMES,
    }
    members = {"json": json.dumps({**record, **info}).encode()}
    for name, frames in (("source", source), ("target", target), ("mask", mask)):
        if frames is not None:
            members[f"{name}.mkv"] = encode_lossless(frames, 30)
    return Sample("clip-0", members)


def test_a_good_pair_passes():
    assert judge(sample(*picture()), GateConfig()) == []
    assert judge(sample(*picture())) == []
    source, target, _ = picture()
    assert judge(sample(source, target, None), GateConfig()) == []
    degraded = [(frame >> 2).astype(np.uint8) for frame in source]
    assert judge(sample(degraded, target, None), GateConfig()) == []


def broken(kind):
    source, target, mask = picture()
    info = {}
    if kind == "blank":
        target[1] = np.full_like(target[1], 90)
    elif kind == "identical":
        target = [((f.astype(np.uint32) * 255 + 511) // 1023).astype(np.uint8) for f in source]
    elif kind == "darker":
        target = [(f * 0.5).astype(np.uint8) for f in target]
    elif kind == "fireflies":
        target[2] = target[2].copy()
        target[2][12:70:6, 42:88:6] = 255
    elif kind == "subject":
        mask = [m // 255 * 0 for m in mask]
    elif kind == "face is inside":
        info["face_box"] = [None, None, [-40, 5, -10, 30]]
    elif kind == "pixels off":
        target = [np.roll(f, (4, -5), (0, 1)) for f in target]
    elif kind == "ended after":
        target = target[:-1]
    elif kind == "frames, its JSON says":
        info["frames"] = FRAMES + 1
    elif kind == "is 64x72":
        target = [f[:, ::2] for f in target]
    elif kind == "JSON holds NaN":
        info["exposure"] = float("nan")
    elif kind == "is that of":
        info["key"] = "clip-1"
    return sample(source, target, mask, **info)


GATE_ONLY = ["darker", "fireflies", "subject", "face is inside"]
ALWAYS = [
    "blank",
    "identical",
    "pixels off",
    "ended after",
    "frames, its JSON says",
    "is 64x72",
    "JSON holds NaN",
    "is that of",
]


@pytest.mark.parametrize("kind", GATE_ONLY + ALWAYS)
def test_each_fault_is_named_and_nothing_else(kind):
    named = "target is" if kind == "darker" else "same" if kind == "identical" else kind
    reasons = judge(broken(kind), GateConfig())
    assert len(reasons) == 1, reasons
    assert named in reasons[0]
    assert bool(judge(broken(kind))) == (kind in ALWAYS)


def test_the_shift_that_was_put_in_is_the_one_found():
    (reason,) = judge(broken("pixels off"))
    x, y = (float(part) for part in reason.split("lies ")[1].split(" pixels")[0].split(","))
    assert (x, y) == pytest.approx((-5, 4), abs=0.3)


def test_a_short_or_damaged_video_is_named():
    good = sample(*picture())
    data = good.members["target.mkv"]
    cut = Sample(good.key, {**good.members, "target.mkv": data[: len(data) // 2]})
    assert judge(cut)
    flipped = bytearray(data)
    flipped[len(data) * 3 // 4] ^= 0x10
    assert judge(Sample(good.key, {**good.members, "target.mkv": bytes(flipped)}))
    assert judge(Sample(good.key, {**good.members, "target.mkv": b"no video"}))
    assert judge(Sample(good.key, {"json": good.members["json"]})) == ["no member source.mkv"]
    assert judge(Sample(good.key, {**good.members, "json": b"[1"}))[0].startswith("its JSON cannot be read")


def test_an_extra_member_has_the_same_frames():
    good = sample(*picture())
    short = encode_lossless(picture()[1][:1], 30)
    assert judge(Sample(good.key, {**good.members, "normal.mkv": short})) == [
        "normal.mkv does not have the frames its JSON says"
    ]


def test_the_gate_as_a_process(tmp_path):
    (tmp_path / "gate.json").write_text(json.dumps(GateConfig().model_dump()))
    for kind, ok in ((None, True), ("darker", False)):
        tar = tmp_path / f"{ok}.tar"
        write_shard(tar, [sample(*picture()) if ok else broken(kind)])
        done = subprocess.run(
            [sys.executable, "-m", "pairs.gate", tar, tmp_path / "gate.json"], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        verdict = json.loads(done.stdout.splitlines()[-1])
        assert verdict["ok"] is ok
        assert [("clip-0" in r and "target is" in r) for r in verdict["reasons"]] == [True] * (not ok)
    (tmp_path / "cut.tar").write_bytes(tar.read_bytes()[:1024])
    done = subprocess.run(
        [sys.executable, "-m", "pairs.gate", tmp_path / "cut.tar", tmp_path / "gate.json"],
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["ok"] is False


def test_a_small_noisy_pair_is_not_taken_for_a_shifted_one():
    """Hardly sampled frames of 64x36, lit from two sides: where phase correlation alone sees shifts, there are none."""
    y, x = np.mgrid[:36, :64]
    person = (((x - 30) / 12) ** 2 + ((y - 22) / 15) ** 2 < 1).astype(float)
    for number in range(12):
        rng = rng_for(number, "rules", "noisy")
        background = np.clip(rng.normal(60, 25, (9, 16)), 0, 255).repeat(4, 0).repeat(4, 1)
        source, target = [], []
        for _ in range(FRAMES):
            for frames, light in ((source, 90 * x / 64), (target, 160 * (1 - x / 64))):
                grain = 1 + 0.5 * (rng.gamma(0.5, 2.0, x.shape) - 1.0)
                shade = background * (1 - person) + light * person * grain
                frames.append(np.repeat(np.clip(shade, 0, 255)[..., None], 3, 2).astype(np.uint8))
        pair = sample(source, target, None, height=36, width=64)
        assert not [why for why in judge(pair) if "off the source" in why], number
        moved = [np.roll(frame, (3, -2), (0, 1)) for frame in target]
        assert any("off the source" in why for why in judge(sample(source, moved, None, height=36, width=64))), number
