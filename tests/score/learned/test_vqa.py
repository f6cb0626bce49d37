"""The published quality model: its size, its names, its work; and files that do not fit are refused in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import torch

from core.errors import InputError
from keyfill.cli import main
from score.challenge import UNSUPERVISED, read_unsupervised
from score.learned import dover, unsupervised
from score.learned.convnext3d import ConvNext3d
from score.learned.dover import Dover
from score.learned.swin3d import Swin3d
from score.learned.vqa import Vqa, given_to_vqa, load_vqa
from tests.score.learned.conftest import frames_of, write_video
from train_baseline.export.macs import count_macs


def pictures(number: int) -> torch.Tensor:
    """A few pictures unlike each other, sRGB `(B, 3, 45, 81)`."""
    chance = torch.Generator().manual_seed(number)
    coarse = torch.rand(4, 3, 5, 9, generator=chance) * torch.rand(4, 3, 1, 1, generator=chance)
    return torch.nn.functional.interpolate(coarse, (45, 81), mode="bilinear")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A file as a training of theirs leaves it: names begin with `_model.`, norms know what they have seen."""
    path = tmp_path_factory.mktemp("vqa") / "vqa.ckpt"
    torch.manual_seed(3)
    network = Vqa()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network.train().seen(given_to_vqa(pictures(1)))
    tensors = {f"_model.{name}": value for name, value in network.state_dict().items()}
    torch.save({"state_dict": tensors, "epoch": 3}, path)
    return path


def count(module: torch.nn.Module) -> int:
    return sum(value.numel() for value in module.parameters())


def test_it_has_the_published_size_and_work():
    network = Vqa().eval()
    assert count(network) == 3_071_148
    assert (count(network._encoder), count(network.main_head), count(network.aux_head)) == (2_305_568, 698_369, 67_211)
    side = count_macs(lambda x: network.seen(x), (1, 3, 368, 640)).matrix
    assert side == pytest.approx(2.73e9, rel=0.005)


@pytest.mark.parametrize(
    "name",
    [
        "_encoder.0.0.0._ops.0.0.weight", "_encoder.2.1.1._ops.0.1.running_mean", "_encoder.4.3._excitation.3.weight",
        "main_head.13.bias", "aux_head.2.weight",
    ],
)  # fmt: skip
def test_tensors_are_named_as_published(name):
    assert name in Vqa().state_dict()


def test_a_published_checkpoint_loads_and_tells_pictures_apart(checkpoint):
    network = load_vqa(checkpoint)
    given, d = given_to_vqa(pictures(2)), torch.full((2, 1), 0.4)
    found = network(given[:2], given[2:], d, d)
    assert float((found.first - found.second).abs().max(1).values.min()) > 1e-4
    seen = [torch.cat([network.seen(part), d], 1) for part in (given[:2], given[2:])]
    assert torch.allclose(network.judged(*seen).p, found.p, atol=1e-6)
    told = network(given[:2], given[2:], d + 0.5, d)
    assert float((told.first - found.first).abs().max()) > 1e-4, "the technical score is looked at"
    assert not any(value.requires_grad for value in network.parameters())


def test_colours_are_blue_first():
    red = torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)
    assert given_to_vqa(red).flatten().tolist() == pytest.approx([-1.0, -1.0, 127 / 128])


@pytest.mark.parametrize("fault", ["missing", "shape", "strange", "nan", "pickle", "text", "none"])
def test_a_file_that_does_not_fit_is_one_line(fault, checkpoint, tmp_path):
    tensors = torch.load(checkpoint, weights_only=True)["state_dict"]
    path = tmp_path / "given.pt"
    name = "_model.aux_head.0.weight"
    if fault == "missing":
        del tensors[name]
    elif fault == "shape":
        tensors[name] = tensors[name][:, :-1]
    elif fault == "strange":
        tensors["_model.third_head.0.weight"] = tensors[name]
    elif fault == "nan":
        tensors[name] = tensors[name] * float("nan")
    torch.save(torch.nn.Linear(2, 2) if fault == "pickle" else {"state_dict": tensors}, path)
    if fault == "text":
        path.write_text("weights")
    elif fault == "none":
        path.unlink()
    said = {
        "missing": "no tensor aux_head.0.weight", "shape": r"aux_head.0.weight is \(128, 512\), expected \(128, 513\)",
        "strange": "third_head.0.weight is no tensor", "nan": "no numbers", "pickle": "more than tensors",
        "text": "more than tensors", "none": "no such file",
    }  # fmt: skip
    with pytest.raises(InputError, match=said[fault]) as refused:
        load_vqa(path)
    assert "\n" not in str(refused.value) and str(path) in str(refused.value)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    for name, gain in (("enhanced", 1.0), ("inputs", 0.4)):
        for clip in range(2):
            write_video(folder / name / f"video_{clip}.mp4", frames_of(clip, gain, 4))
    return folder


def scored(folders, checkpoint, out, *more):
    given = {"--enhanced": folders / "enhanced", "--inputs": folders / "inputs", "--weights": checkpoint, "--frames": 2}
    return main(["score", str(out), *(str(part) for row in given.items() for part in row), "--quiet", *more])


def test_videos_are_scored_in_both_orders_and_without_dover_nothing_is_invented(folders, checkpoint, tmp_path, capsys):
    assert scored(folders, checkpoint, tmp_path / "mine", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record == json.loads((tmp_path / "mine" / "unsupervised.json").read_text())
    found = record["videos"]
    assert list(found) == ["video_0", "video_1"] and found["video_0"]["auxiliary"] != found["video_1"]["auxiliary"]
    assert all(
        row["technical"] is None and len(row["auxiliary"]) == 11 and row["frames"] == 2 for row in found.values()
    )
    assert "not measured" in record["table"] and not (tmp_path / "mine" / UNSUPERVISED).exists()
    assert record["colour"]["vqa"].startswith("BGR") and record["seed"] == 0 and len(record["weights"]["vqa"]) == 64


def test_with_a_technical_score_the_table_is_written_and_read(folders, checkpoint, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(dover, "FRAMES", 4)
    monkeypatch.setattr(dover, "CLIPS", 1)
    torch.manual_seed(1)
    small = Dover(Swin3d(4, (1,), (1,), (True,)), ConvNext3d((4,), (1,)), 4).requires_grad_(False).eval()
    monkeypatch.setattr(unsupervised, "load_dover", lambda path: small)
    assert scored(folders, checkpoint, tmp_path, "--dover", str(checkpoint)) == 0
    table = read_unsupervised(tmp_path / UNSUPERVISED, None)
    record = json.loads((tmp_path / "unsupervised.json").read_text())
    assert table["video_1"][0] == record["videos"]["video_1"]["p"]
    d = record["videos"]["video_1"]["technical"]
    assert d["enhanced"] != d["input"] and "technical" in capsys.readouterr().out


@pytest.mark.parametrize("fault", ["flag", "input", "size", "cut"])
def test_a_video_that_cannot_be_scored_is_one_line(fault, folders, checkpoint, tmp_path, capsys):
    shutil.copytree(folders, tmp_path / "given")
    place = tmp_path / "given" / "enhanced" / "video_0.mp4"
    if fault == "input":
        (tmp_path / "given" / "inputs" / "video_0.mp4").unlink()
    elif fault == "size":
        write_video(place, frames_of(0, 1.0, 4, (64, 48)))
    elif fault == "cut":
        place.write_bytes(place.read_bytes()[:900])
    if fault == "flag":
        code = main(["score", str(tmp_path / "out"), "--weights", str(checkpoint), "--quiet"])
    else:
        code = scored(tmp_path / "given", checkpoint, tmp_path / "out")
    lines = capsys.readouterr().err.strip().split("\n")
    assert (code, len(lines)) == ((2, 1) if fault in ("flag", "input") else (1, 2)), lines
    assert {"flag": "--enhanced", "input": "has no video", "size": "64x48", "cut": "video_0.mp4"}[fault] in lines[0]


def test_scoring_tables_alone_loads_no_torch(tmp_path):
    code = "import sys; from keyfill.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    command = [sys.executable, "-c", code, "score", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, timeout=120).returncode == 0
