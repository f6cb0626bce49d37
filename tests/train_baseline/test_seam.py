"""The seam: a method of a few lines trains, resumes, is measured, exported and used on a video as our own are."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from core.config import validate
from core.errors import InputError
from keyfill.cli import main
from train_baseline import config as config_module
from train_baseline import run_folder
from train_baseline.config import CurvesConfig, LossConfig, TrainConfig, ZengConfig
from train_baseline.export.coreml import export
from train_baseline.export.onnx_model import export_onnx
from train_baseline.methods.base import FrameBatch, Method, Sees, Session, Truth
from train_baseline.methods.make import METHODS, make_method
from train_baseline.train import train
from train_baseline.video.enhance import enhance


class Mixer(Method[FrameBatch]):
    """Mixes channels at each pixel and looks at its neighbours: a picture in, a picture out."""

    def __init__(self, config: CurvesConfig):
        super().__init__(config)
        self.sees = Sees("crop", 24)
        self.encoder = nn.Conv2d(3, 8, 1)
        self.inner = nn.Conv2d(8, 8, 3, padding=1)
        self.decoder = nn.Conv2d(8, 3, 1)

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        hidden = nn.functional.leaky_relu(self.encoder(frames - 0.5), 0.1)
        hidden = nn.functional.leaky_relu(self.inner(hidden), 0.1)
        return frames + self.decoder(hidden)


class Remembering(Mixer):
    """The same on the mean of this frame and of what was remembered of those before."""

    def __init__(self, config: CurvesConfig):
        super().__init__(config)
        self.sees = Sees("crop", 24, window=3)

    def corrected(self, batch: FrameBatch) -> torch.Tensor:
        memory, found = batch.source[:, 0], []
        for frame in batch.source.unbind(1):
            memory = (memory + frame) / 2
            found.append(self.correct(memory))
        return torch.stack(found, 1)

    def session(self, fps: float, smoothing_s: float = 0.0) -> Session:
        return Averaging(self)


class Averaging(Session):
    memory: np.ndarray | None = None

    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        self.memory = frame / 1.0 if self.memory is None else (self.memory + frame) / 2
        return super().correct(np.rint(self.memory).astype(np.uint8))


SMALL = TrainConfig(steps=30, batch=4, check_every=10, learning_rate=0.02, exposure=0.0, balance=0.0, validation=0.34)


def put_in_place_of_curves(method: type[Method], patch: pytest.MonkeyPatch) -> None:
    patch.setitem(METHODS, "curves", method)


def test_every_method_of_the_config_has_a_class() -> None:
    (union, _) = get_args(config_module.MethodConfig)
    assert {member.model_fields["name"].default for member in get_args(union)} == set(METHODS)


def test_every_key_says_what_it_is() -> None:
    for section in (TrainConfig, CurvesConfig, ZengConfig, LossConfig):
        assert all(field.description for field in section.model_fields.values()), section


def test_a_layer_called_encoder_learns_and_starts_from_the_seed(
    pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place_of_curves(Mixer, monkeypatch)
    before = torch.random.get_rng_state()
    first, again, other = (make_method(SMALL.method, seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.weight"], other["encoder.weight"])
    train(pairs_folder, SMALL, tmp_path / "run")
    moved = run_folder.load(tmp_path / "run").method.state_dict()["encoder.weight"] - first["encoder.weight"]
    assert moved.abs().max() > 1e-3


@pytest.mark.parametrize("method", [Mixer, Remembering])
def test_it_trains_resumes_and_is_measured(
    method: type[Method], pairs_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    put_in_place_of_curves(method, monkeypatch)
    facts = train(pairs_folder, SMALL, tmp_path / "whole")
    assert facts["parameters"] == 32 + 584 + 27 and facts["validation_rmse"] < 60

    def killed(done: int, total: int, text: str) -> None:
        if text.startswith("training") and done == 17:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(pairs_folder, SMALL, tmp_path / "cut", killed)
    train(pairs_folder, SMALL, tmp_path / "cut")
    whole, cut = (run_folder.load(tmp_path / name).method.state_dict() for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    assert main(["evaluate", str(tmp_path / "whole"), str(pairs_folder), "--no-vmaf", "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "model" in shown and "global map's" in shown
    assert "oracle" not in shown and "flicker" not in shown, "both are of LUT methods alone"
    assert main(["cube", str(tmp_path / "whole"), "x.mp4", "--out", str(tmp_path / "x.cube"), "--quiet"]) == 2
    assert "has no LUT" in capsys.readouterr().err


def test_a_method_with_a_memory_has_no_graph_of_one_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place_of_curves(Remembering, monkeypatch)
    untrained(tmp_path)
    with pytest.raises(InputError, match=f"{tmp_path.name}: Remembering remembers frames"):
        export_onnx(tmp_path, tmp_path / "model.onnx")


def untrained(folder: Path) -> Method:
    method = make_method(SMALL.method, 0)
    record = {"fingerprint": "", "config": SMALL.model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(folder / run_folder.CHECKPOINT, record, method.state_dict())
    return method


def test_it_enhances_a_video_upright_and_keeps_what_the_session_remembers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import av

    put_in_place_of_curves(Remembering, monkeypatch)
    session = untrained(tmp_path).session(25.0)
    with av.open(str(tmp_path / "in.mp4"), "w") as writing:
        stream = writing.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.colorspace = stream.codec_context.color_range = 1
        for level in (60, 60, 160, 160):
            picture = np.full((64, 96, 3), level, np.uint8)
            picture[:32] //= 2
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            writing.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        writing.mux(stream.encode())
    assert enhance(tmp_path, tmp_path / "in.mp4", tmp_path / "out.mp4", crf=0)["frames"] == 4
    shown = {}
    for name in ("in", "out"):
        with av.open(str(tmp_path / f"{name}.mp4")) as reading:
            shown[name] = [
                f.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray() for f in reading.decode(video=0)
            ]
    for source, found in zip(shown["in"], shown["out"], strict=True):
        assert np.abs(session.correct(source).astype(float) - found).mean() < 2.5
    assert np.abs(shown["out"][2].astype(float) - shown["out"][3]).mean() > 5, "it still remembers the dark frames"


def test_it_exports_to_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place_of_curves(Mixer, monkeypatch)
    untrained(tmp_path)
    report = export_onnx(tmp_path, tmp_path / "model.onnx")
    assert report["parity"]["onnxruntime"]["max"] < 0.01
    assert report["macs"] == 720 * 1280 * (3 * 8 + 8 * 8 * 9 + 8 * 3)


@pytest.mark.slow
def test_it_exports_to_core_ml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place_of_curves(Mixer, monkeypatch)
    untrained(tmp_path)
    report = export(tmp_path, tmp_path / "model.mlpackage")
    assert report["parity"]["fp32"]["max"] < 0.25 and report["macs"] == report["macs_stored"]


def test_crops_larger_than_the_frames_are_refused(pairs_folder: Path, tmp_path: Path, monkeypatch) -> None:
    class Large(Mixer):
        def __init__(self, config: CurvesConfig):
            super().__init__(config)
            self.sees = Sees("crop", 64)

    put_in_place_of_curves(Large, monkeypatch)
    with pytest.raises(InputError, match=r"64x36 pixels are fewer than the method's crops of 64; raise train\.height"):
        train(pairs_folder, SMALL, tmp_path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, CurvesConfig()),
        ({"grid": 2, "matte": False}, CurvesConfig(grid=2, matte=False)),
        ({"architecture": "zeng", "grid": 3, "pixels": 99}, ZengConfig(pixels=99)),
        ({"architecture": "zeng", "loss": {"temporal": 1.0}}, ZengConfig(loss=LossConfig(temporal=1.0))),
        ({"method": "zeng", "pixels": 99}, ZengConfig(pixels=99)),
        ({"method": {"grid": 4}, "matte": False}, CurvesConfig(grid=4, matte=False)),
        ({"method": {"name": "zeng", "matte": False}, "grid": 3}, ZengConfig(matte=False)),
    ],
)
def test_older_configs_say_the_same(given: dict, expected) -> None:
    assert validate(given, TrainConfig).method == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"grid": 2, "method": {"grid": 3}}, r"grid: given here and in train\.method"),
        ({"grid": 9}, r"grid: expected less than or equal to 5, got 9"),
        ({"method": {"name": "cnn"}}, r"method: expected 'curves', 'zeng', 'light_field', .*, got 'cnn'"),
        ({"method": {"name": "zeng", "grid": 3}}, r"grid: unknown key"),
    ],
)
def test_wrong_methods_are_one_clear_line(given: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        validate(given, TrainConfig)


def test_a_run_of_an_older_layout_is_known_again() -> None:
    old = {
        **TrainConfig().model_dump(mode="json"),
        **{"architecture": "curves", "grid": 3, "matte": True, "pixels": 1024},
    }
    old["loss"] = LossConfig().model_dump(mode="json")
    del old["method"], old["memory_gb"]
    assert TrainConfig().identity() == old
    assert "memory_gb" in TrainConfig(memory_gb=1.0).identity()
