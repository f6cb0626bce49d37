"""Export: the convolutions give the baked LUT's picture, the stored graph gives the model's, limits are kept."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from core.errors import InputError, WorkError
from core.rng import rng_for
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.export import coreml as export_module
from train_baseline.export.coreml import check_budget, export
from train_baseline.export.intent import intended_package, package_inputs, report_place
from train_baseline.export.macs import count_macs
from train_baseline.export.onnx_model import export_onnx
from train_baseline.export.stored_program import read_program
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.methods.base import HALVINGS
from train_baseline.methods.convolution_form import ConvolutionForm
from train_baseline.methods.curves import Curves
from train_baseline.methods.lut import UNIFORM_KNOTS, apply_lut
from train_baseline.methods.lut_method import LutMethod, SampledForm
from train_baseline.methods.make import make_method
from train_baseline.packaged import packaged
from train_baseline.train import train


def lively(grid: int, matte: bool = True) -> Curves:
    """A network whose head and residual are far from the identity, and whose matte goes from 0 to 1."""
    network = make_method(TrainConfig(grid=grid, matte=matte).method, 0)
    with torch.no_grad():
        for name, scale in (("head.weight", 0.2), ("head.bias", 0.2), ("matte.leave.weight", 9)):
            if matte or not name.startswith("matte"):
                parameter = network.get_parameter(name)
                drawn = rng_for(1, name, "test").standard_normal(parameter.shape, np.float32)
                parameter.copy_(torch.from_numpy(drawn) * scale)
    return network


def by_sixteenths(method: LutMethod, frame: torch.Tensor) -> torch.Tensor:
    """As `Method.correct`, with the thumbnail that deployed graphs make of frames of any size: a sixteenth."""
    return method.through_lut(frame / 255, torch.nn.functional.avg_pool2d(frame / 255, 2**HALVINGS)) * 255


@torch.no_grad()
@pytest.mark.parametrize("matte", [True, False])
def test_convolutions_and_baked_lut_give_the_same_picture(matte: bool) -> None:
    network = lively(grid=2, matte=matte)
    frame = torch.from_numpy(rng_for(1, "frame", "test").integers(0, 256, (1, 3, 144, 256)).astype(np.float32))
    small = torch.nn.functional.avg_pool2d(frame / 255, 2**HALVINGS)
    seen = network(small)
    baked = apply_lut(network.bake(seen.weights), frame / 255, network.knots).clamp(0, 1) * 255
    if matte:
        assert float(seen.matte.max() - seen.matte.min()) > 0.5, "the test means little if it is the same all over"
        slope, base = (cv2.resize(line, (256, 144)) for line in seen.coefficients(small)[0].numpy())
        luma = np.tensordot([0.2126, 0.7152, 0.0722], frame[0].numpy() / 255, 1)
        baked = frame + torch.from_numpy(np.clip(slope * luma + base, 0, 1)).float() * (baked - frame)
    found = ConvolutionForm(network)(frame)
    assert (found - baked).abs().max() < 0.01
    assert (found - by_sixteenths(network, frame)).abs().max() < 0.01
    assert (found - frame).abs().max() > 20, "the test means nothing if nothing is changed"


def test_macs_are_counted_by_hand_alike() -> None:
    network = make_method(TrainConfig(grid=3).method, 0)
    matte = 45 * 80 * (9 * 3 * 16 + 9 * 16 * 16 + 16)
    matte += 23 * 40 * (9 * 24 * (16 + 24) + 9 * 24 * 24 + 24 * 16)
    matte += 12 * 20 * (9 * 40 * (24 + 40) + 9 * 40 * 40 + 40 * 24)
    matte += 6 * 10 * (9 * 64 * (40 + 64) + 64 * 40)
    matte += 45 * 80 * 2 * 8 * 9  # differences to eight neighbours, of luma and of the matte
    trunk = 4 * 24 * 9 * 23 * 40 + 24 * 48 * 9 * 12 * 20 + 48 * 96 * 9 * 6 * 10 + 96 * 128 * 9 * 3 * 5
    trunk += 128 * (60 + 81)
    a_pixel = 48 + 48 + 27 + 27 + 48 * 27 + 3 * 27
    count = count_macs(ConvolutionForm(network))
    assert count.matrix == matte + trunk + a_pixel * 720 * 1280
    # scaled, ramps by rises, matrix, two products, by residual, to levels; clipped twice; two sums
    a_pixel = 3 + 48 + 9 + 2 * 27 + 81 + 3 + 48 + 3 + 6
    a_pixel += 8 + 5 + 3 + 9  # slope and base enlarged; luma; the line, clipped; difference, product, sum
    halved = 3 * 4 * sum(720 * 1280 // 4**k for k in (1, 2, 3, 4))
    # luma; variance, covariance, two means, each a sum over eight; quotient, base; both smoothed
    lines = 45 * 80 * (5 + 2 * 19 + 2 * 9 + 2 + 4 + 2 * 9)
    rest = a_pixel * 720 * 1280 + halved + lines
    assert count.everything - count.matrix == pytest.approx(rest, rel=3e-3), "and the trunk's"


def test_budget_is_enforced() -> None:
    check_budget(20_000_000_000)
    with pytest.raises(InputError, match=r"more than the challenge's 20\.0e9"):
        check_budget(20_000_000_001)


@pytest.mark.parametrize("name", ["model.mlpackage", "model.onnx"])
def test_export_counts_everything_against_the_budget(name: str, tmp_path: Path, monkeypatch) -> None:
    network = make_method(TrainConfig(grid=2).method, 0)
    record = {"fingerprint": "", "config": TrainConfig(grid=2).model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(tmp_path / run_folder.CHECKPOINT, record, network.state_dict())
    count = count_macs(ConvolutionForm(network))
    monkeypatch.setattr(export_module, "MAC_BUDGET", (count.matrix + count.everything) // 2)
    with pytest.raises(InputError, match="train a smaller one"):
        (export_onnx if name.endswith("onnx") else export)(tmp_path, tmp_path / name)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(("name", "kind"), [("model.mlpackage", "fp16"), ("model.onnx", "onnx")])
def test_another_models_package_is_not_replaced_unasked(name: str, kind: str, tmp_path: Path) -> None:
    network = make_method(TrainConfig(grid=2).method, 0)
    record = {"fingerprint": "", "config": TrainConfig(grid=2).model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(tmp_path / run_folder.CHECKPOINT, record, network.state_dict())
    out = tmp_path / name
    assert intended_package(tmp_path, out, kind).new == (name,)
    report_place(out).write_text('{"name": "of somebody else"}')
    assert intended_package(tmp_path, out, kind).anew == (report_place(out).name,)
    report_place(out).write_text(json.dumps({"inputs": {"checkpoint": "another"}, "macs_everything": 1}))
    (out.mkdir if kind == "fp16" else out.touch)()
    for place in (out / "Manifest.json",) if kind == "fp16" else ():
        place.touch()
    with pytest.raises(InputError, match=rf'1 package \({name}\) would be made anew.*checkpoint \("another", now'):
        (export_onnx if kind == "onnx" else export)(tmp_path, out)
    report_place(out).write_text(json.dumps({"inputs": package_inputs(tmp_path, kind), "macs_everything": 1}))
    assert intended_package(tmp_path, out, kind).kept == 1


@pytest.mark.slow
def test_stored_graph_gives_what_the_model_gives(pairs_folder: Path, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "model.mlpackage"
    train(pairs_folder, TrainConfig(steps=20, batch=4, pixels=256, grid=2, learning_rate=1e-2), run)
    report = export(run, out)
    assert report["parity"]["fp32"]["max"] < 0.25 and report["parity"]["fp16"]["max"] < 1.0
    assert report["parity"]["fp16"]["max"] > report["parity"]["fp32"]["max"], "rounding to fp16 shows"
    assert report["macs"] == report["macs_stored"] < 20e9
    assert json.loads((tmp_path / "model.json").read_text()) == report
    program = read_program(out)
    assert program.shape == (1, 3, 720, 1280)
    before = (out / "Manifest.json").stat().st_mtime_ns
    assert export(run, out) == report and (out / "Manifest.json").stat().st_mtime_ns == before
    small = export(run, tmp_path / "small.mlpackage", eight_bit=True)
    assert small["parity"]["fp32"]["max"] < 4 and small["bytes"] < 0.7 * report["bytes"]
    assert small["parity"]["fp32"]["max"] > report["parity"]["fp32"]["max"], "8 bits show"
    spec = ct_spec(out)
    assert spec.author == "keyfill" and spec.license == "Apache-2.0"
    assert spec.userDefined["macs"] == str(report["macs"]) and spec.userDefined["input_range"] == "0-255"


def ct_spec(package: Path):
    import coremltools as ct

    return ct.models.MLModel(str(package), skip_model_load=True).get_spec().description.metadata


def saved(folder: Path, architecture: str = "curves") -> tuple[LutMethod, Path]:
    """A lively network in a run folder."""
    config = TrainConfig(architecture=architecture, grid=2)
    network = lively(2) if architecture == "curves" else make_method(config.method, 0)
    if architecture == "zeng":
        with torch.no_grad():
            network.bases[0] *= 0.9
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(folder / run_folder.CHECKPOINT, record, network.state_dict())
    return network, folder


@pytest.mark.parametrize("architecture", [pytest.param("curves", marks=pytest.mark.slow), "zeng"])
def test_onnx_gives_what_the_model_gives(architecture: str, tmp_path: Path) -> None:
    network, _ = saved(tmp_path, architecture)
    out = tmp_path / "model.onnx"
    report = export_onnx(tmp_path, out)
    assert report["parity"]["onnxruntime"]["max"] < 0.25 and report["bytes"] == out.stat().st_size
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["input range"] == "RGB 0-255, sRGB", "nothing else tells it"
    grey = np.full((1, 3, 96, 160), 90, np.float32)
    found = session.run(None, {"frame": grey})[0]
    assert (
        found.shape == grey.shape
        and np.abs(found - by_sixteenths(network, torch.from_numpy(grey)).detach().numpy()).max() < 0.05
    )
    assert np.abs(found - grey).max() > 1, "the test means nothing if nothing is changed"


@torch.no_grad()
@pytest.mark.parametrize("architecture", [pytest.param("curves", marks=pytest.mark.slow), "zeng"])
def test_the_parts_of_a_graph_make_up_its_frame(architecture: str, tmp_path: Path) -> None:
    """LUT and matte as they come out, applied by hand with ffmpeg's meaning of a Hald image: the corrected frame."""
    _, run = saved(tmp_path, architecture)
    export_onnx(run, tmp_path / "model.onnx", parts=True)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["corrected", "lut", "matte"]
    assert "Hald image of level 6" in session.get_modelmeta().custom_metadata_map["lut"]
    small = rng_for(2, "frame", "test").integers(0, 256, (6, 10, 3)).astype(np.uint8)
    frame = cv2.resize(small, (160, 96), interpolation=cv2.INTER_CUBIC)
    tensor = torch.from_numpy(frame).permute(2, 0, 1)[None].float()
    corrected, hald, matte = (torch.from_numpy(one) for one in session.run(None, {"frame": tensor.numpy()}))
    assert hald.shape == (1, 3, 216, 216) and matte.shape == (1, 1, 96, 160)
    lut = hald.reshape(1, 3, 36, 36, 36) / 255
    by_hand = tensor + matte * (apply_lut(lut, tensor / 255, UNIFORM_KNOTS).clamp(0, 1) * 255 - tensor)
    assert (by_hand - corrected).abs().max() < 0.01
    if architecture == "curves":
        assert float(matte.max() - matte.min()) > 0.3


@pytest.mark.slow
def test_core_ml_in_portrait_with_its_parts(tmp_path: Path) -> None:
    _, run = saved(tmp_path)
    report = export(run, tmp_path / "model.mlpackage", size=(144, 256), parts=True)
    assert report["input"].startswith("RGB image 1x3x256x144") and report["parity"]["fp16"]["max"] < 1
    program = read_program(tmp_path / "model.mlpackage")
    assert program.shape == (1, 3, 256, 144) and len(program.outputs) == 3
    assert report["parity"]["fp32"]["lut"] < 1 and report["parity"]["fp32"]["matte"] < 1


@pytest.mark.slow
def test_the_packaged_light_field_as_core_ml_with_its_parts(tmp_path: Path) -> None:
    report = export(packaged(), tmp_path / "model.mlpackage", parts=True)
    assert report["macs_everything"] < 1.2e9 and set(report["parts"]) == {"field", "matte"}
    assert report["parity"]["fp32"]["max"] < 0.25 and report["parity"]["fp16"]["max"] < 5
    assert len(read_program(tmp_path / "model.mlpackage").outputs) == 3


def test_sizes_and_parts_that_there_are_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--size 700x1280: expected multiples of 16"):
        export(tmp_path, tmp_path / "m.mlpackage", size=(700, 1280))
    with pytest.raises(InputError, match=r"has no LUT, field or matte to give; leave --parts out"):
        AdjustMethod().deployed_parts("onnx")


@torch.no_grad()
def test_zengs_sampled_form_and_baked_lut_give_the_same_picture() -> None:
    network = make_method(TrainConfig(architecture="zeng").method, 0)
    noise = rng_for(1, "bases", "test").standard_normal(network.bases.shape, np.float32)
    network.bases.add_(torch.from_numpy(noise) / 9)
    frame = torch.from_numpy(rng_for(1, "frame", "test").integers(0, 256, (1, 3, 144, 256)).astype(np.float32))
    found = SampledForm(network)(frame)
    assert (found - by_sixteenths(network, frame)).abs().max() < 0.01 and (found - frame).abs().max() > 10


def test_unknown_op_is_an_error(tmp_path: Path) -> None:
    import coremltools as ct

    with export_module.quiet():
        traced = torch.jit.trace(torch.nn.Softplus(), torch.zeros(1, 3, 16, 16))
        image = ct.TensorType(name="frame", shape=(1, 3, 16, 16))
        model = ct.convert(traced, inputs=[image], convert_to="mlprogram", skip_model_load=True)
        model.save(str(tmp_path / "softplus.mlpackage"))
    with pytest.raises(WorkError, match="does not know the op softplus"):
        read_program(tmp_path / "softplus.mlpackage")


def test_bad_input(pairs_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mlpackage"):
        export(tmp_path, tmp_path / "model.onnx")
    with pytest.raises(InputError, match="not an"):
        read_program(tmp_path)
    train(pairs_folder, TrainConfig(architecture="zeng", steps=1, batch=1, pixels=16), tmp_path / "zeng")
    with pytest.raises(InputError, match="convolution-only"):
        export(tmp_path / "zeng", tmp_path / "model.mlpackage")
