"""Light layers that a clip's process leaves: beside the shards, with them, and made again when they are gone."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from core.identity import digest, file_digest
from core.intent import Consent
from farm.config import FarmConfig
from farm.produce import produce
from pairs.layers import FOLDER, RECORD, LayersInfo, file_row, save_layers, write_exr
from pairs.manifest import load_manifest
from pairs.verify import verify

WORK = """
import json, shutil, sys
from pathlib import Path
ready, folder = Path(sys.argv[1]), Path(sys.argv[2])
shutil.copy(ready / "clip.tar", folder / "clip.tar")
if (ready / "layers").is_dir():
    shutil.copytree(ready / "layers", folder / "layers")
print((ready / "report.json").read_text())
"""


@pytest.fixture
def plan(stand_in, tmp_path):
    """A plan of two clips, ready made, whose processes leave copies; `keeps`: with layers."""

    def make(keeps=True):
        clips = []
        for index in range(2):
            key, ready = f"clip-{index:06d}", tmp_path / f"ready-{index}-{keeps}"
            (ready / FOLDER).mkdir(parents=True)
            stand_in.write(ready, key, 1)
            report = {"seconds_per_frame": 1.0}
            if keeps:
                info = layers_of(ready / FOLDER, key)
                report["layers"] = {"sha256": info, "bytes": 1}
            else:
                (ready / FOLDER).rmdir()
            (ready / "report.json").write_text(json.dumps(report))

            def build(folder, draw, ready=ready):
                return [sys.executable, "-c", WORK, str(ready), str(folder)]

            identity = digest("kept", key, keeps)
            clips.append(SimpleNamespace(key=key, identity=identity, build=build, split="train"))
        return clips

    return make


def layers_of(folder, key):
    """One frame of one light; the digest of the record."""
    planes = {f"key.{letter}": np.full((2, 3), ord(key[-1]) / 64, np.float32) for letter in "RGB"}
    write_exr(folder / "000000.exr", planes, (64, 36), (5, 4), None)
    light = {"name": "key", "of": "studio", "direction": (0.0, -1.0, 0.0), "solid_angle_sr": 1.0, "unit": ""}
    shown = {"clip": key, "width": 64, "height": 36, "fps": 30.0, "box": (5, 4, 8, 6), "rooms": "exact"}
    shown |= {"lights": (light,), "stage": None, "frames": (file_row(folder / "000000.exr").model_dump(),)}
    shown |= {
        "lightings": (),
        "head": (),
        "face": (0.0, 0.0, 1.2),
        "device": (),
        "engine": "",
        "scene": {},
        "render": {},
    }
    save_layers(folder, LayersInfo(**shown))
    return file_digest(folder / RECORD)


def test_layers_come_with_their_clip_and_go_with_it(plan, tmp_path):
    out, limits = tmp_path / "out", {"farm": FarmConfig(min_free_gb=0), "consent": Consent(True, True)}
    clips = plan()
    assert produce(clips, out, 1, {}, **limits).made == 2
    files = [path.relative_to(out / FOLDER).as_posix() for path in sorted((out / FOLDER).rglob("*.*"))]
    assert files == [f"clip-00000{n}/{name}" for n in (0, 1) for name in ("000000.exr", RECORD)]
    assert not (out / "work").exists() and verify(out) == ()
    assert load_manifest(out).shards[0].clips["clip-000000"]["layers"]["sha256"]

    # what is damaged is told, what is missing is made again, what is whole stays
    (out / FOLDER / "clip-000001" / "000000.exr").unlink()
    (told,) = verify(out)
    assert str(told).startswith("layers/clip-000001: 000000.exr: the layer file is missing")
    again = produce(clips, out, 1, {}, **limits)
    assert (again.made, again.kept) == (1, 1) and verify(out) == ()
    path = out / FOLDER / "clip-000000" / "000000.exr"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert produce(clips, out, 1, {}, **limits).made == 0
    assert produce(clips, out, 1, {}, recheck=True, **limits).made == 1 and verify(out) == ()

    # other shards move clips and not their layers
    moved = produce(clips, out, 2, {}, **limits)
    assert (moved.made, moved.kept) == (0, 2) and verify(out) == ()
    # fewer clips, then clips that keep nothing
    assert produce(clips[:1], out, 2, {}, **limits).kept == 1
    assert [path.name for path in (out / FOLDER).iterdir()] == ["clip-000000"] and verify(out) == ()
    assert produce(plan(keeps=False), out, 2, {}, **limits).made == 2
    assert not list((out / FOLDER).iterdir()) and verify(out) == ()
