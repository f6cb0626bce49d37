"""The challenge's methods: as large as published, nothing changed at first, and none of the troubles that users report:
black frames, banding, colours out of range, graphs that do not export or that give other figures."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import InputError, WorkError
from core.rng import rng_for
from keyfill.cli import main
from keyfill.run_config import load_part
from score.learned.vqa import Vqa
from train_baseline import run_folder
from train_baseline.config import CurvesConfig, TrainConfig
from train_baseline.export import coreml, listing, onnx_model
from train_baseline.export.coreml import macs_of
from train_baseline.export.onnx_model import export_onnx
from train_baseline.export.stored_program import read_program
from train_baseline.method_config import (
    CidnetConfig,
    ClutUnetConfig,
    IceLutConfig,
    LutsResidualConfig,
    PictureLossConfig,
    QCidnetConfig,
    RestoreConfig,
)
from train_baseline.methods import icelut
from train_baseline.methods.base import FrameBatch, Method, Sees
from train_baseline.methods.cidnet import Cidnet
from train_baseline.methods.clut_unet import ClutUnet
from train_baseline.methods.hvi import from_red, hvi_of, srgb_of
from train_baseline.methods.icelut import IceLut, Tabled
from train_baseline.methods.loss import black
from train_baseline.methods.make import METHODS, make_method
from train_baseline.methods.picture_loss import PictureLoss, cosine, dissimilarity, edges
from train_baseline.train import train
from train_baseline.trainer import MOST_BLACK

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "restore": RestoreConfig(widths=(4, 4, 4), crop=16, window=2),
    "clut_unet": ClutUnetConfig(luts=3, lines=2, columns=3, widths=(4, 4, 4, 4)),
    "luts_residual": LutsResidualConfig(luts=2, blocks=1, width=4),
    "cidnet": CidnetConfig(widths=(4, 4, 8, 8), heads=(1, 2, 2), crop=32),
    "icelut": IceLutConfig(luts=3, lines=2, columns=3, pixels=64),
}


def drawn(shape: tuple[int, ...], name: str) -> torch.Tensor:
    return torch.from_numpy(rng_for(6, name, "test").standard_normal(shape, np.float32))


def stirred(config, much: float = 0.02) -> Method:
    """A method whose weights have all moved a little, as after some training."""
    method = make_method(config, 0).eval()
    with torch.no_grad():
        for name, parameter in method.named_parameters():
            parameter.add_(drawn(tuple(parameter.shape), name) * much)
    return method


def saved(folder: Path, method: Method) -> Path:
    config = TrainConfig(method=method.config)
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {}}
    run_folder.save_checkpoint(folder / run_folder.CHECKPOINT, record, method.state_dict())
    return folder


def test_sizes_are_those_published(monkeypatch):
    monkeypatch.setattr(icelut, "WIDTHS", (3, 16, 10))  # tables are as large whatever fills them
    count = lambda config: macs_of(make_method(config, 0).eval().deployed("onnx").eval())
    clut = make_method(ClutUnetConfig(), 0)
    assert isinstance(clut, ClutUnet)
    assert sum(p.numel() for part in (clut.weigher, clut.bank) for p in part.parameters()) == 292_541
    assert sum(p.numel() for p in clut.bank.parameters()) == 27_945
    unet = [m for part in (clut.enter, clut.body, clut.leave) for m in part.modules() if isinstance(m, nn.Conv2d)]
    assert len(unet) == 21
    assert count(ClutUnetConfig()).everything == pytest.approx(16.8e9, rel=0.01)
    assert count(LutsResidualConfig()).everything == pytest.approx(15.4e9, rel=0.01)
    small, large = (make_method(IceLutConfig(luts=n), 0) for n in (10, 20))
    size = lambda m: m.tables().bytes() + 4 * sum(p.numel() for p in m.bank.parameters())
    assert sum(p.numel() for p in small.bank.parameters()) == 12_555
    assert size(small) == pytest.approx(588e3, rel=0.01) and size(large) == pytest.approx(780 * 1024, rel=0.01)


def test_cidnet_is_as_large_as_published_and_the_reports_figures_are_its_own_in_two_units():
    made = {dead: make_method(CidnetConfig(dead_block=dead), 0).eval() for dead in (True, False)}
    counts = {dead: macs_of(method.deployed("onnx")) for dead, method in made.items()}
    assert {dead: method.count() for dead, method in made.items()} == {True: 1_975_569, False: 1_975_569 - 70_960}
    assert counts[True].matrix == pytest.approx(115.0e9, rel=1e-3)
    assert counts[True].matrix - counts[False].matrix == pytest.approx(4.23e9, rel=0.01)
    # a widely used counter sees convolutions, 11 operations a value that is enlarged or halved, and no attention
    halved = sum(width * 1280 * 720 // 4**level for level, width in ((1, 36), (2, 72), (3, 144)))
    enlarged = sum(width * 1280 * 720 // 4**level for level, width in ((0, 36), (1, 36), (2, 72)))
    seen = counts[True].by_operator["aten.convolution"] + 11 * 2 * (halved + enlarged)
    assert seen == pytest.approx(114.2e9, rel=1e-3) and seen / 2**30 == pytest.approx(106.4, rel=1e-3)


def test_without_its_dead_block_cidnet_says_the_same():
    whole = stirred(TINY["cidnet"])
    less = make_method(TINY["cidnet"].model_copy(update={"dead_block": False}), 0).eval()
    less.load_state_dict({name: value for name, value in whole.state_dict().items() if name in less.state_dict()})
    frame = torch.rand(1, 3, 16, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(whole.correct(frame), less.correct(frame))
    assert not torch.equal(whole.correct(frame), frame)


def test_hvi_there_and_back_without_atan2():
    colours = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    colours[..., :4], colours[..., 4:8], colours[:, 1:, :, 8:12] = 0, 0.5, 0
    colours[..., 12:16] /= 50
    k = torch.tensor([0.2])
    assert float((srgb_of(hvi_of(colours, k), k) - colours).abs().max()) < 0.05 / 255
    x, y = drawn((2, 10_000), "angles")
    assert float((torch.atan2(y, x).abs() * (3 / math.pi) - from_red(x, y)).abs().max()) < 1e-5
    red = hvi_of(torch.tensor([1.0, 0, 0]).reshape(1, 3, 1, 1), k).flatten()
    assert torch.allclose(red, torch.tensor([1.0, 0, 1]), atol=1e-6)


def test_icelut_runs_from_tables_alone_as_its_networks_do(monkeypatch):
    monkeypatch.setattr(icelut, "WIDTHS", (3, 16, 10))
    method = make_method(IceLutConfig(luts=4), 0).eval()
    assert isinstance(method, IceLut)
    with torch.no_grad():
        for parameter in method.pairs.parameters():
            parameter.mul_(3)
        tabled = Tabled(method)
        thumbnails = (
            torch.rand(6, 3, 45, 80, generator=torch.Generator().manual_seed(3))
            ** torch.arange(1, 7)[:, None, None, None]
        )
        by_network, by_table = method(thumbnails).weights, tabled(thumbnails).weights
    assert torch.equal(by_network, by_table) and by_network.abs().max() > 1
    assert {p.shape for p in tabled.parameters()} == {p.shape for p in method.bank.parameters()}, "no network is left"
    assert tabled.pairs.dtype == torch.int8 and int(tabled.pairs.max()) <= 127


@pytest.mark.parametrize("name", TINY)
def test_at_first_nothing_changes_and_no_value_leaves_its_range(name, monkeypatch):
    monkeypatch.setattr(icelut, "WIDTHS", (3, 16, 10))
    frame = torch.rand(1, 3, 16, 32, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        assert float((make_method(TINY[name], 3).eval().correct(frame) - frame).abs().max()) < 0.1 / 255
        form = stirred(TINY[name]).deployed("onnx").eval()
        memory = [torch.zeros(form.memory_shape(16, 32))] if hasattr(form, "memory_shape") else []
        for levels in (frame * 255, torch.zeros_like(frame), torch.full_like(frame, 255)):
            found = form(levels, *memory)
            found = found[0] if memory else found
            assert torch.isfinite(found).all() and found.min() >= 0 and found.max() <= 255


@pytest.mark.parametrize("name", ["clut_unet", "luts_residual", "icelut"])
def test_it_exports_to_onnx_and_keeps_its_figures(name, small_export, tmp_path, monkeypatch):
    monkeypatch.setattr(icelut, "WIDTHS", (3, 16, 10))
    report = export_onnx(saved(tmp_path, stirred(TINY[name])), tmp_path / "model.onnx")
    assert report["parity"]["onnxruntime"]["max"] < 0.25


class OneBlock(Method[FrameBatch]):
    """Of CIDNet every kind of part, once."""

    def __init__(self, whole: Cidnet):
        super().__init__(whole.config)
        self.whole = whole

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        light, k = self.whole.light, self.whole.density
        hvi = hvi_of(frames, k)
        i = light.enter(hvi[:, 2:])
        half = light.down[0](i)
        i = light.up[0](light.cross[0](half, half * 0.5), i)
        colour = self.whole.colour.leave(i)
        return srgb_of(hvi + 0.1 * torch.cat([colour, colour[:, :1]], 1), k)


@pytest.mark.slow
def test_what_cidnet_is_made_of_exports_and_bears_half_precision(small_export, tmp_path):
    whole = stirred(TINY["cidnet"])
    assert isinstance(whole, Cidnet)
    method = OneBlock(whole).eval()
    found = onnx_model.parity(onnx_model._converted(method.deployed("onnx").eval()), method, method.deployed("onnx"))
    assert found["max"] < 0.01, "at both sizes"
    form = method.deployed("coreml").eval()
    coreml.convert(form, 0, size=(256, 144)).save(str(tmp_path / "model.mlpackage"))
    program = read_program(tmp_path / "model.mlpackage")
    found = coreml.parity(program, method, form, (256, 144))
    assert found["fp32"]["max"] < 0.25 and found["fp16"]["max"] < 1.0
    assert not {"atan", "gather", "resample"} & set(program.op_counts)


def test_what_core_ml_cannot_take_is_said(tmp_path):
    for name in ("clut_unet", "luts_residual", "icelut"):
        with pytest.raises(InputError, match=r"export it to \.onnx"):
            make_method(TINY[name], 0).deployed("coreml")


@pytest.mark.parametrize("name", TINY)
def test_it_trains_learns_everywhere_and_makes_no_bands(name, clean_folder, webcam, tmp_path, monkeypatch):
    """Of a ramp, one step of the input becomes at most one and a half of the output, and none goes back."""
    monkeypatch.setattr(icelut, "WIDTHS", (3, 16, 10))
    stages = {"colour_steps": 2, "mend_steps": 2} if name in ("clut_unet", "luts_residual") else {}
    stages |= {"mend_loss": PictureLossConfig(l2=1.0, gan=1e-3)} if name == "clut_unet" else {}
    stages |= {"tone_steps": 2} if name == "icelut" else {}
    method = TINY[name].model_copy(update=stages)
    config = TrainConfig(method=method, steps=6, batch=2, frames=1, crop=0.0, average=0.0, learning_rate=5e-4)
    before = make_method(method, 0).state_dict()
    facts = train(clean_folder, config, tmp_path / "run", degrade=webcam)
    trained = run_folder.load(tmp_path / "run").method
    after = trained.state_dict()
    assert facts["steps"] == 6 and facts["skipped_steps"] == 0
    still = [n for n in before if before[n].is_floating_point() and torch.equal(before[n], after[n])]
    assert all("cross.4" in n for n in still), still
    ramp = (torch.arange(256.0) / 255).expand(1, 3, 16, 256)
    with torch.no_grad():
        steps = trained.correct(ramp)[0, :, 8, 16:-16].diff(dim=1) * 255
    assert float(steps.max()) <= 1.5 and float(steps.min()) > -0.1


def test_stages_are_trained_apart_then_together():
    method = make_method(TINY["clut_unet"].model_copy(update={"colour_steps": 1, "mend_steps": 1}), 0)
    frames = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    batch = FrameBatch(frames, frames**0.5, torch.ones(2, 1, 1, 16, 16))
    moved = []
    for _ in range(3):
        method.zero_grad(set_to_none=True)
        method.loss(batch)["loss"].backward()
        moved.append([next(part.parameters()).grad is not None for part in (method.bank, method.leave)])
    assert moved == [[True, False], [False, True], [True, True]]


def test_a_critic_is_no_part_of_what_is_counted_and_learns_apart():
    config = TINY["clut_unet"].model_copy(update={"mend_loss": PictureLossConfig(l2=1.0, gan=0.1)})
    method, plain = make_method(config, 0), make_method(TINY["clut_unet"], 0)
    assert method.count() == plain.count() and method.critic is not None
    found = torch.rand(1, 3, 16, 16, requires_grad=True)
    method.critic.doubt(found).backward()
    assert found.grad is not None and all(p.grad is None for p in method.critic.parameters())
    found.grad = None
    method.critic.lesson(found, torch.rand(1, 3, 16, 16)).backward()
    assert found.grad is None and all(p.grad is not None for p in method.critic.parameters())


class Blackening(Method[FrameBatch]):
    """Black from the start."""

    def __init__(self, config: object):
        super().__init__(config)
        self.sees, self.gain = Sees("crop", 24), nn.Parameter(torch.zeros(3, 1, 1))

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        return frames * self.gain

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        found = self.corrected(batch)
        return {"loss": 1e-6 * found.sum(), "black": black(found.flatten(0, 1), batch.target.flatten(0, 1))}


def test_black_frames_stop_a_training_with_one_line(pairs_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, "curves", Blackening)
    config = TrainConfig(method=CurvesConfig(), steps=100, batch=2, learning_rate=1e-6)
    with pytest.raises(
        WorkError, match=rf"every picture of {MOST_BLACK} steps came out black, up to step {MOST_BLACK}"
    ):
        train(pairs_folder, config, tmp_path)


def test_terms_of_the_picture_loss_are_none_for_the_target_itself_and_grow_with_damage():
    target = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(6))
    noise = drawn((2, 3, 24, 24), "noise") * 0.05
    for term in (cosine, dissimilarity, edges):
        none, some, more = (float(term(target + scale * noise, target)) for scale in (0, 1, 3))
        assert abs(none) < 1e-5 < some < more, term.__name__
    assert float(edges(target + 0.2, target)) < 1e-6 < float(edges(target + noise, target)), "no edge has moved"


def test_perceptual_terms_read_weights_that_the_user_has_and_nothing_that_runs(tmp_path):
    vgg, alex, linear, width = {}, {}, {}, 4
    for number in (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25):
        vgg |= {f"features.{number}.weight": drawn((width, 3 if not number else width, 3, 3), str(number))}
        vgg |= {f"features.{number}.bias": torch.zeros(width)}
    for place, (number, side) in enumerate(((0, 11), (3, 5), (6, 3), (8, 3), (10, 3))):
        alex |= {f"features.{number}.weight": drawn((width, 3 if not number else width, side, side), str(number))}
        alex |= {f"features.{number}.bias": torch.zeros(width)}
        linear |= {f"lin{place}.model.1.weight": torch.ones(1, width, 1, 1)}
    files = {name: tmp_path / f"{name}.pth" for name in ("vgg19", "alexnet", "lpips_linear")}
    for (name, path), tensors in zip(files.items(), (vgg, alex, linear), strict=True):
        torch.save({"state_dict": tensors} if name == "alexnet" else tensors, path)
    given = {name: str(path) for name, path in files.items()}
    loss = PictureLoss(PictureLossConfig(perceptual=1.0, lpips=1.0, **given), "loss")
    target = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(7))
    found = (target + 0.1 * drawn((1, 3, 64, 64), "noise")).requires_grad_()
    value = loss(found, target)
    value.backward()
    assert float(loss(target, target)) < 1e-6 < float(value) and found.grad.abs().sum() > 0
    torch.save(nn.Linear(2, 2), tmp_path / "code.pth")
    for path, said in (
        ("", "no file given"),
        ("none.pth", "no such file"),
        ("code.pth", "holds more than tensors"),
        ("alexnet.pth", "no tensor features.2.weight"),
    ):
        where = str(tmp_path / path) if path else ""
        with pytest.raises(InputError, match=f"loss.vgg19: .*{said}"):
            PictureLoss(PictureLossConfig(perceptual=1.0, vgg19=where), "loss")(target, target)


def small_clip(width: int = 2, words: int = 5) -> dict[str, torch.Tensor]:
    """CLIP's residual network with one block a layer, `width` channels in its stem."""
    found: dict[str, torch.Tensor] = {}

    def layer(name: str, norm: str, before: int, after: int, side: int) -> None:
        found[f"visual.{name}.weight"] = drawn((after, before, side, side), name)
        for part, value in (("running_mean", 0.0), ("running_var", 1.0), ("weight", 1.0), ("bias", 0.1)):
            found[f"visual.{norm}.{part}"] = torch.full((after,), value)

    for number, before in enumerate((3, width, width), 1):
        layer(f"conv{number}", f"bn{number}", before, width, 3)
    before = width
    for number in range(1, 5):
        inner, name = width * 2 ** (number - 1), f"layer{number}.0"
        for part, (one, other, side) in enumerate(((before, inner, 1), (inner, inner, 3), (inner, 4 * inner, 1)), 1):
            layer(f"{name}.conv{part}", f"{name}.bn{part}", one, other, side)
        layer(f"{name}.downsample.0", f"{name}.downsample.1", before, 4 * inner, 1)
        before = 4 * inner
    for part, after in (("q_proj", before), ("k_proj", before), ("v_proj", before), ("c_proj", words)):
        found[f"visual.attnpool.{part}.weight"] = drawn((after, before), part) / 4
        found[f"visual.attnpool.{part}.bias"] = torch.zeros(after)
    return found


def preference_weights() -> dict[str, torch.Tensor]:
    """The challenge's model as its checkpoints name it, with norms that have seen a picture."""
    torch.manual_seed(3)
    network = Vqa().train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.seen(torch.rand(2, 3, 32, 32))
    return {f"_model.{name}": value for name, value in network.state_dict().items()}


def test_q_cidnet_learns_from_judges_that_the_user_has(tmp_path):
    files = {
        "clip": small_clip(),
        "clip_words": {"words": 1 + 0.02 * drawn((2, 5), "words")},
        "preference": preference_weights(),
    }
    for name, tensors in files.items():
        torch.save({"state_dict": tensors}, tmp_path / f"{name}.pt")
    given = {name: str(tmp_path / f"{name}.pt") for name in files}
    config = QCidnetConfig(widths=(4, 4, 8, 8), heads=(1, 2, 2), crop=32, **given)
    method = make_method(config, 0)
    source = torch.rand(1, 1, 3, 32, 32, generator=torch.Generator().manual_seed(8))
    terms = method.loss(FrameBatch(source, source**0.5, torch.ones(1, 1, 1, 32, 32)))
    assert 0 < float(terms["clip"]) < 1
    parts = float(terms["rgb"] + terms["hvi"] + 0.75 * (terms["clip"] + terms["preference"]))
    assert float(terms["loss"].detach()) == pytest.approx(parts, rel=1e-5)
    for judge in ("clip", "preference"):
        picture = source[0].clone().requires_grad_()
        method.judged(picture, source[0])[judge].backward()
        assert picture.grad is not None and picture.grad.abs().sum() > 0, judge
    terms["loss"].backward()
    assert not any("clip" in name or "main_head" in name for name in method.state_dict()), "judges are no part of it"
    with pytest.raises(InputError, match=r"train\.method \(q_cidnet\)\.clip: no file given"):
        make_method(config.model_copy(update={"clip": ""}), 0).judged(source[0], source[0])


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "methods").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_method_has_a_config(path):
    assert load_part(path, "train", TrainConfig)[0].method.name == path.stem


def test_the_list_of_methods_says_sizes_and_what_core_ml_takes(capsys, monkeypatch):
    few = [("clut_unet", make_method(TINY["clut_unet"], 0).eval()), ("restore", make_method(TINY["restore"], 0).eval())]
    monkeypatch.setattr(listing, "all_methods", lambda: iter(few))
    assert main(["methods", "--quiet", "--json"]) == 0
    shown = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert shown["restore"]["core_ml"] == "yes" and shown["clut_unet"]["core_ml"] == "ONNX alone"
    assert shown["restore"]["parameters"] == few[1][1].count() and 0 < shown["restore"]["macs"] < 3e9
    assert main(["methods", "--quiet"]) == 0
    assert "A compressed LUT, then a U-Net of 21 convolutions" in capsys.readouterr().out
