"""The restoration: it leaves what is whole, learns what the chain did, remembers, stands behind any method, exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.rng import rng_for
from keyfill.cli import main
from train_baseline import run_folder
from train_baseline.config import CurvesConfig, LightFieldConfig, TrainConfig
from train_baseline.data.frames import Clips, Degrading, load_frames
from train_baseline.evaluation.evaluate import evaluate
from train_baseline.evaluation.summary import summary_table
from train_baseline.export.coreml import MAC_BUDGET, export, macs_of
from train_baseline.export.intent import intended_package
from train_baseline.export.onnx_model import export_onnx
from train_baseline.method_config import RestoreConfig
from train_baseline.methods.base import FrameBatch
from train_baseline.methods.make import make_method
from train_baseline.methods.restore import SELDOM, STRONG, Restore, exposed
from train_baseline.methods.restored import Restored
from train_baseline.train import train

TINY = RestoreConfig(widths=(8, 8, 8), crop=32, window=3, still=3, stops=0.0)


def picture(height: int = 32, width: int = 32, number: int = 0) -> torch.Tensor:
    """`(1, 3, H, W)`, soft blotches."""
    small = torch.from_numpy(rng_for(3, number, "picture").random((1, 3, 4, 4), np.float32))
    return torch.nn.functional.interpolate(small, (height, width), mode="bicubic").clamp(0.1, 0.9)


def noise(shape: tuple[int, ...], number: int, sigma: float) -> torch.Tensor:
    return torch.from_numpy(rng_for(4, number, "noise").standard_normal(shape, np.float32)) * sigma


def lively(config: RestoreConfig = TINY) -> Restore:
    """One whose every answer is used."""
    method = make_method(config, 0).eval()
    assert isinstance(method, Restore)
    with torch.no_grad():
        method.leave.weight.copy_(noise(tuple(method.leave.weight.shape), 9, 0.05))
        method.leave.bias[12] = -SELDOM
    return method


def saved(folder: Path, method: torch.nn.Module) -> Path:
    config = TrainConfig(method=method.config)
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    folder.mkdir(exist_ok=True)
    run_folder.save_checkpoint(folder / run_folder.CHECKPOINT, record, method.state_dict())
    return folder


@torch.no_grad()
def test_untaught_it_leaves_a_frame_to_the_level_whatever_its_size():
    method = make_method(RestoreConfig(), 1).eval()
    frame = rng_for(1, 0, "frame").integers(0, 256, (37, 61, 3)).astype(np.uint8)
    assert np.array_equal(method.session(30.0).correct(frame), frame)
    session = method.session(30.0)
    session.correct(frame)
    assert np.array_equal(session.correct(frame, 1 / 30), frame), "nor does one like it before change it"


@torch.no_grad()
def test_of_the_last_result_it_takes_what_it_says():
    """With the gate open the result is the last one; without a memory, the frame itself."""
    method = make_method(TINY, 0).eval()
    method.leave.bias[12] = 2.2 - SELDOM
    first, second = picture(number=1), picture(number=2)
    mended, memory = method.step(first, method.no_memory(first))
    assert torch.allclose(mended, first, atol=1e-6)
    assert torch.allclose(method.step(second, memory)[0], 0.1 * second + 0.9 * first, atol=1e-3)


def test_what_it_sees_is_damage_rather_than_the_picture():
    """Faint noise must be most of what reaches its last layer: told the plain picture, it learned nothing."""
    method = make_method(RestoreConfig(), 0)
    clean = picture(64, 64)
    frames = torch.cat([clean, (clean + noise(tuple(clean.shape), 2, 0.02)).clamp(0, 1)])
    seen = []
    method.leave.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    with torch.no_grad():
        method.step(frames, method.no_memory(frames))
    apart = (seen[0][0] - seen[0][1]).std() / seen[0][0].std()
    assert STRONG > 1 and 0.05 < float(seen[0].std()) < 5 and float(apart) > 0.5


def test_nearly_clean_frames_count_as_spoilt_ones_do():
    """Errors of a crop teach as much whether they are large or small, but where nobody sees them."""
    clean = picture()[:, None].expand(-1, 3, -1, -1, -1)
    taught = []
    for sigma in (0.08, 0.01, 0.0):
        method = make_method(TINY, 0)
        given = (clean + noise(tuple(clean.shape), 1, sigma)).clamp(0, 1)
        method.loss(FrameBatch(given, clean, torch.ones_like(clean[:, :, :1]), clean))["loss"].backward()
        taught.append(float(method.straight.weight.grad.norm()) if sigma else float(method.leave.bias.grad.norm()))
    assert 0.3 < taught[0] / taught[1] < 3 and taught[2] < 1e-6


def test_light_and_restoration_fit_the_budget():
    count = lambda config: macs_of(make_method(config, 0).deployed("coreml").eval())
    behind = count(RestoreConfig())
    assert 17e9 < behind.matrix < behind.everything
    for colour in (LightFieldConfig(), CurvesConfig()):
        assert count(colour).everything + behind.everything < MAC_BUDGET, colour.name


def test_it_learns_to_take_noise_out_and_keeps_frames_steadier_than_they_came():
    method = make_method(TINY, 0)
    clean = torch.cat([picture(number=n) for n in range(2)])[:, None].expand(-1, 3, -1, -1, -1)
    batch = lambda n: FrameBatch(
        (clean + noise(clean.shape, n, 0.06)).clamp(0, 1), clean, torch.ones_like(clean[:, :, :1]), clean
    )
    optimizer = torch.optim.Adam(method.parameters(), 1e-2)
    for step in range(60):
        optimizer.zero_grad()
        method.loss(batch(step))["loss"].backward()
        optimizer.step()
    with torch.no_grad():
        given = batch(1000)
        found = method.eval().corrected(given)
    error = lambda frames: float((frames - clean).square().mean().sqrt())
    assert error(found) < 0.93 * error(given.source)
    assert found.diff(dim=1).abs().mean() < 0.9 * given.source.diff(dim=1).abs().mean()


def test_the_clean_source_has_the_light_of_the_damaged_one_and_none_of_its_damage(clean_folder, webcam):
    degrading = Degrading(webcam, 0)
    clips = Clips(clean_folder, "train", 2, 36, degrading=degrading, clean=True)
    frames = [frame for clip in clips.listed for frame in clips.read(clip, degrading)]
    plain = list(load_frames(clean_folder, "train", 2, 36, degrading))
    assert all(np.array_equal(a.source, b.source) for a, b in zip(frames, plain, strict=True))
    light = [abs(float(f.clean.mean()) - float(f.source.mean())) for f in frames]
    damage = [np.abs(f.clean.astype(int) - f.source).mean() for f in frames]
    assert np.mean(light) < 0.6 * np.mean(damage)
    untouched = [frame for clip in clips.listed for frame in clips.read(clip)]
    moved = [np.abs(a.clean.astype(int) - b.source).mean() for a, b in zip(frames, untouched, strict=True)]
    assert max(moved) > 3, "exposure and white balance are in it"


def test_it_trains_on_clean_shards_and_refuses_pairs(clean_folder, pairs_folder, webcam, tmp_path):
    config = TrainConfig(method=TINY, steps=3, batch=2, validation=0.34, crop=0.0)
    facts = train(clean_folder, config, tmp_path / "run", degrade=webcam)
    assert facts["steps"] == 3 and 0 < facts["validation_rmse"] < 60
    with pytest.raises(InputError, match="holds pair shards, whose undamaged sources are gone"):
        train(pairs_folder, config, tmp_path / "other")


def test_it_stands_behind_a_method_on_a_video(tmp_path, capsys):
    import av

    colour, restoration = make_method(CurvesConfig(matte=False), 0), lively()
    with torch.no_grad():
        colour.head.bias[48:57] += 0.3
    with av.open(str(tmp_path / "in.mp4"), "w") as writing:
        stream = writing.add_stream("libx264", rate=25, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(3):
            levels = (picture(64, 96)[0].permute(1, 2, 0).numpy() * 200).astype(np.uint8)
            writing.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(levels, number, 0), "rgb24")))
        writing.mux(stream.encode())
    runs = [str(saved(tmp_path / name, one)) for name, one in (("colour", colour), ("restore", restoration))]
    files = ["enhance", runs[0], str(tmp_path / "in.mp4"), str(tmp_path / "out.mp4"), "--quiet"]
    assert main([*files, "--restore", runs[1], "--method", "curves"]) == 0
    assert "3 frames" in capsys.readouterr().out and (tmp_path / "out.mp4").exists()
    session = Restored(colour.eval(), restoration).session(25.0)
    frame = (picture(64, 96)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    alone = colour.session(25.0).correct(frame)
    expected = restoration.session(25.0).correct(alone)
    assert np.array_equal(session.correct(frame), expected) and not np.array_equal(alone, expected)
    for wrong, said in (
        (["--restore", runs[0]], "holds method curves, expected a run of method restore"),
        (["--method", "zeng"], "holds method curves; leave --method out"),
        (["--method", "cnn"], "no such method; there are model, autoadjust, curves"),
    ):
        assert main([*files, "--replace", *wrong]) == 2
        assert said in " ".join(capsys.readouterr().err.split())


def test_it_is_measured_behind_a_method_beside_that_method_alone(pairs_folder, tmp_path):
    colour = make_method(CurvesConfig(matte=False), 0)
    runs = saved(tmp_path / "colour", colour), saved(tmp_path / "restore", lively())
    found = evaluate(runs[0], pairs_folder, vmaf=False, restore=runs[1])
    rows = found["rows"]
    assert rows["model"]["psnr"] != rows["model, restored"]["psnr"]
    assert found["inputs"]["restore"] == run_folder.checkpoint_hash(runs[1])
    assert [line[0] for line in summary_table(found)][-3:] == ["model, restored", "model", "oracle"]


def test_a_cut_empties_its_memory():
    method = lively()
    frames = [(picture(number=n)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8) for n in (1, 2)]
    frames[1] = 255 - frames[0] // 2
    session = method.session(30.0)
    session.correct(frames[0])
    assert np.array_equal(session.correct(frames[1], 1 / 30), method.session(30.0).correct(frames[1]))


def test_its_memory_goes_in_and_out_of_an_onnx_graph(tmp_path, small_export):
    colour = make_method(CurvesConfig(matte=False, grid=2), 0)
    runs = saved(tmp_path / "colour", colour), saved(tmp_path / "restore", lively())
    report = export_onnx(runs[0], tmp_path / "both.onnx", restore=runs[1])
    assert report["parity"]["onnxruntime"]["max"] < 0.05 and "memory_after out" in report["memory"]
    files = ["export", str(runs[0]), "--out", str(tmp_path / "both.onnx"), "--dry-run"]
    assert main([*files, "--restore", str(runs[1])]) == 0
    assert intended_package(runs[0], tmp_path / "both.onnx", "onnx").why_anew.startswith("restore (")
    with pytest.raises(InputError, match="leave --parts or --restore out"):
        export_onnx(runs[0], tmp_path / "parts.onnx", parts=True, restore=runs[1])


@pytest.mark.slow
def test_its_memory_goes_in_and_out_of_a_core_ml_package(tmp_path):
    run = saved(tmp_path / "restore", lively())
    report = export(run, tmp_path / "restore.mlpackage", size=(256, 144))
    assert report["memory"] == [1, 13, 72, 128] and report["macs"] == report["macs_stored"]
    assert report["parity"]["fp16"]["max"] < 1.0
    refused = {"gather", "gather_along_axis", "resample", "scatter", "while_loop", "cond", "atan", "upsample_nearest"}
    assert not refused & set(report["ops"])


def test_exposures_keep_black_and_white():
    ramp = torch.linspace(0, 1, 256)[None, None].expand(2, 3, -1)
    found = exposed(ramp, torch.tensor([2.0, -1.0]))
    assert float(found[:, :, 0].max()) < 1e-6 and float(found[0, :, -1].min()) > 1 - 1e-6
    assert float(found[0, 0].diff().min()) > 0 and float(found[0, 0, 40]) > 1.5 * float(ramp[0, 0, 40])
