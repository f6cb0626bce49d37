"""Rooms that are none are named before the first clip, by every command that counts or renders clips."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import InputError
from keyfill.cli import main
from keyfill.clips import planned_clips
from keyfill.run_config import load_run
from render.job import ClipJob
from render.relight import Relighter

QUICK = Path(__file__).resolve().parents[2] / "configs" / "quick.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two rooms, one that is black, one that is no picture, and a hidden file that a file manager left."""
    place = tmp_path / "rooms"
    place.mkdir()
    for name, value in {"hall": 0.5, "attic": 0.3, "night": 0.0}.items():
        cv2.imwrite(str(place / f"{name}.hdr"), np.full((8, 16, 3), value, np.float32))
    (place / "torn.hdr").write_bytes(b"#?RADIANCE\nnonsense")
    (place / "._hall.hdr").write_bytes(b"no room")
    return place


@pytest.mark.parametrize(
    "words", [["plan"], ["render", "--dry-run", "--out"], ["render", "--out"], ["run", "--out"]], ids=" ".join
)
def test_bad_rooms_are_named_in_a_line_each(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    out = tmp_path / "out"
    command = [words[0], str(QUICK), "--set", f"scenes.rooms={folder}", *words[1:]]
    assert main([*command, str(out)] if words[-1] == "--out" else command) == 2
    night, torn = capsys.readouterr().err.splitlines()
    assert f"{folder / 'night.hdr'}: is black" in night and f"{folder / 'torn.hdr'}: not a" in torn
    assert not out.exists()


def test_a_black_room_on_a_stage_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    """A room that went black after the plan was drawn."""
    from render.job import subject_film
    from scenes.build import build_geometry

    for name in ("night", "torn"):
        (folder / f"{name}.hdr").unlink()
    small = ["scenes.train_clips=1", "scenes.test_clips=0", "scenes.frames=1", "render.rooms=stage"]
    config = load_run(QUICK, [f"scenes.rooms={folder}", *small])
    (clip,) = planned_clips(config)
    clip.build(tmp_path, 0)
    job = ClipJob.read(tmp_path / "job.json")
    for path in job.rooms.values():
        cv2.imwrite(str(path), np.zeros((8, 16, 3), np.float32))
    geometry = build_geometry(job.scene)
    film = subject_film(job.scene.camera, geometry, job.scene.width, job.scene.height)
    with pytest.raises(InputError, match="is black"):
        Relighter(job.scene, job.render, job.rooms, geometry, film)
