"""The relight command on kept layers: drawn or by hand, killed and resumed, through the gate, damage told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from keyfill.cli import main
from pairs.dataset import Dataset

CLIP = "clip-000000"


def relight(clean: Path, out: Path, *more: str) -> int:
    return main(["relight", str(clean), "--out", str(out), "--quiet", *more])


def videos(folder: Path) -> dict[str, bytes]:
    """Every member of every sample but what was measured."""
    return {
        f"{sample.key}.{name}": data
        for sample in Dataset(folder, "clean").samples()
        for name, data in sample.members.items()
    }


@pytest.mark.slow
def test_a_killed_relight_goes_on_to_the_same_bytes(kept_clean: Any, tmp_path: Path) -> None:
    """Killed as the kernel kills, in the middle of a clip; resumed, it gives what its lighting gave before."""
    one, out = kept_clean("olat", 30), tmp_path / "relit"
    (tmp_path / "lights.yaml").write_text("lightings:\n- {}\n")
    words = ["relight", str(one.clean), "--out", str(out), "--quiet", "--lights", str(tmp_path / "lights.yaml")]
    process = subprocess.Popen([sys.executable, "-m", "keyfill", *words], start_new_session=True)
    groups = lambda: len(list((out / "work").glob("*/*/group-*.npz")))
    while groups() < 1 and process.poll() is None:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert groups() == 1 and not list(out.glob("*.tar"))
    assert main(words) == 0
    (sample,) = Dataset(out, "clean").samples()
    for name in ("source.mkv", "target.mkv", "mask.mkv"):
        assert sample.members[name] == one.samples[0].members[name]


@pytest.mark.slow
def test_drawn_studios_share_their_source(kept_clean: Any, tmp_path: Path) -> None:
    one = kept_clean("olat")
    drawn = ["--set", "scenes.lightings_per_clip=2", "--set", "seed=9", "--set", "scenes.studio.rim=0"]
    assert relight(one.clean, tmp_path / "relit", "--targets", "3", *drawn) == 0
    found, data = videos(tmp_path / "relit"), Dataset(tmp_path / "relit", "clean")
    assert data.keys() == [f"{CLIP}-light-{number:02d}" for number in range(6)]
    source = lambda number: found[f"{CLIP}-light-{number:02d}.source.mkv"]
    assert source(0) == source(1) == source(2) != source(3) == source(4) == source(5)
    assert len({found[f"{key}.target.mkv"] for key in data.keys()}) == 6
    again = [data.info(key)["lighting"]["key_fill_ratio"] for key in data.keys()]
    assert len(set(again)) == 6


def test_what_the_gate_refuses_is_no_pair(kept_clean: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Relit pairs pass the gate that rendered ones pass: here one that takes nobody."""
    one = kept_clean("olat")
    assert relight(one.clean, tmp_path / "relit", "--set", "gate.subject_share=0.9") == 1
    err = capsys.readouterr().err
    assert "was refused by the gate" in err and "the subject covers" in err and "at least 90.0%" in err
    assert not list((tmp_path / "relit").glob("*.tar"))


def test_verify_names_a_layer_that_is_not_the_clips(kept_clean: Any, tmp_path: Path, capsys: Any) -> None:
    """Damaged, missing, or another frame's: verify and relight say the same line, with the file."""
    one = kept_clean("olat")
    for number, (name, change, said) in enumerate(
        (
            ("000001.exr", lambda path: path.write_bytes(path.read_bytes()[:-9]), "it was cut or changed"),
            ("000002.exr", lambda path: path.unlink(), "the layer file is missing"),
            ("background-00.exr", lambda path: path.write_bytes(b"x" * path.stat().st_size), "damaged, or of another"),
            ("000000.exr", lambda path: shutil.copy(path.with_name("000001.exr"), path), "000000.exr: "),
            ("layers.json", lambda path: path.write_text("{"), "damaged, not JSON"),
        )
    ):
        clean = tmp_path / f"clean-{number}"
        shutil.copytree(one.clean, clean)
        change(clean / "layers" / CLIP / name)
        assert main(["verify", str(clean), "--quiet"]) == 1
        told = capsys.readouterr().out.splitlines()
        assert len(told) == 1 and name in told[0] and said in told[0], told


def test_a_light_by_hand_that_cannot_be(kept_clean: Any, tmp_path: Path, capsys: Any) -> None:
    one, lights = kept_clean("stage"), tmp_path / "lights.yaml"
    for text, said in (
        ("lightings:\n- {layer_gains: {cell999: [1, 1, 1]}}\n", "has no 'cell999'; it has cell000 to cell007"),
        ("lightings:\n- {layer_gains: {cell001: [1, 1]}}\n", "lights.yaml:2"),
        ("lightings:\n- {webcam: {frame_level: 0.2}}\n", "lights.yaml:2"),
        ("lightings:\n- {key: {azimuth_deg: 10, elevation_deg: 0}}\n", "studio lights are made of those of olat"),
    ):
        lights.write_text(text)
        assert relight(one.clean, tmp_path / "relit", "--lights", str(lights)) == 2
        err = capsys.readouterr().err
        assert said in err and not (tmp_path / "relit").exists(), err
    gains = {"cell001": [2.0, 0.5, 0.0]}
    lights.write_text(json.dumps({"lightings": [{"layer_gains": gains}, {}]}))
    assert relight(one.clean, tmp_path / "relit", "--lights", str(lights)) == 0
    found = videos(tmp_path / "relit")
    assert found[f"{CLIP}-light-00.source.mkv"] != found[f"{CLIP}-light-01.source.mkv"]
    info = json.loads(found[f"{CLIP}-light-00.json"])
    assert info["lighting"]["layer_gains"] == [{"layer": "cell001", "gain": [2.0, 0.5, 0.0]}]
