"""DOVER's shape: names and sizes as published, windows and fragments that are where they should be, seeds,
gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import InputError
from score.learned import dover
from score.learned.convnext3d import ConvNext3d
from score.learned.dover import Dover, fragments_of, frames_for_dover, fused, load_dover, technical_score, whole_of
from score.learned.swin3d import APART, Swin3d, _apart, _fragments, _joined, _windows
from score.learned.threads import one_thread


@pytest.fixture(scope="module")
def tiny():
    """Both halves, narrow and shallow, with weights of chance."""
    torch.manual_seed(5)
    network = Dover(Swin3d(4, (2, 2), (1, 2), (True, False)), ConvNext3d((4, 8), (2, 1)), 8)
    for name, value in network.named_parameters():
        if "bias_table" in name or name.endswith("gamma"):
            torch.nn.init.normal_(value)
    return network.requires_grad_(False).eval()


def test_tensors_have_the_published_names_and_shapes():
    with torch.device("meta"):
        state = Dover().state_dict()
    wanted = {
        "technical_backbone.patch_embed.proj.weight": (96, 3, 2, 4, 4),
        "technical_backbone.layers.0.blocks.1.attn.relative_position_bias_table": (2535, 3),
        "technical_backbone.layers.2.blocks.5.attn.fragment_position_bias_table": (2535, 12),
        "technical_backbone.layers.2.blocks.5.attn.relative_position_index": (392, 392),
        "technical_backbone.layers.2.downsample.reduction.weight": (768, 1536),
        "technical_backbone.layers.3.blocks.0.mlp.fc1.weight": (3072, 768),
        "aesthetic_backbone.downsample_layers.0.0.weight": (96, 3, 2, 4, 4),
        "aesthetic_backbone.downsample_layers.3.1.weight": (768, 384, 1, 2, 2),
        "aesthetic_backbone.stages.2.4.dwconv.weight": (384, 1, 3, 7, 7),
        "aesthetic_backbone.stages.2.5.dwconv.weight": (384, 1, 1, 7, 7),
        "technical_head.fc_hid.weight": (64, 768, 1, 1, 1), "aesthetic_head.fc_last.bias": (1,),
    }  # fmt: skip
    assert {name: tuple(state[name].shape) for name in wanted} == wanted
    assert "technical_backbone.layers.3.blocks.0.attn.fragment_position_bias_table" not in state


def test_windows_are_taken_apart_and_put_together():
    x = torch.arange(2 * 4 * 14 * 7).reshape(2, 4, 14, 7, 1)
    tokens = _windows(x, (2, 7, 7))
    assert tokens.shape == (8, 98, 1) and torch.equal(_joined(tokens, (2, 7, 7), x.shape), x)
    assert sorted(tokens[1, :, 0].tolist()) == sorted(x[0, :2, 7:].flatten().tolist())


def test_tokens_that_only_a_shift_joined_do_not_attend_to_each_other():
    mask = _apart((8, 14, 14), (8, 7, 7), (0, 3, 3), torch.device("cpu"))
    last = mask[-1].reshape(8, 7, 7, 8, 7, 7)
    assert last[0, 0, 0, 7, 3, 3] == 0 and last[0, 0, 0, 0, 4, 0] == APART and last[0, 3, 4, 0, 3, 3] == APART
    assert not mask[0].any(), "the first window was no window's end"


def test_fragments_of_tokens():
    where = _fragments((16, 14, 7), torch.device("cpu"))
    assert where[5, 3, 6].tolist() == [0, 1, 6] and where[..., 1].max() == 6


def test_fragments_are_pieces_of_the_frame_the_same_in_all_frames_and_for_a_seed():
    height, width = 300, 420
    place = torch.arange(height * width).reshape(1, 1, height, width).repeat(2, 3, 1, 1).double()
    cut = fragments_of(place, "a", 1)
    assert cut.shape == (2, 3, 224, 224) and torch.equal(cut[0], cut[1])
    piece = cut[0, 0, 32:64, 64:96]
    top, left = divmod(int(piece[0, 0]), width)
    assert torch.equal(piece, place[0, 0, top : top + 32, left : left + 32])
    assert 300 // 7 <= top < 2 * (300 // 7) and 2 * 60 <= left < 3 * 60, "of its own part of the frame"
    assert torch.equal(cut, fragments_of(place, "a", 1)) and not torch.equal(cut, fragments_of(place, "a", 2))
    assert fragments_of(torch.zeros(1, 3, 64, 96), "a", 1).shape == (1, 3, 224, 224)
    assert whole_of(torch.zeros(1, 3, 64, 96)).shape == (1, 3, 224, 224)


@pytest.mark.parametrize("count", [1, 10, 70, 400])
def test_true_frames_are_seen(count):
    clips, spread = frames_for_dover(count, "a", 3)
    assert (
        clips.shape == (3, 32) and spread.shape == (32,) and clips.min() >= 0 and max(clips.max(), spread.max()) < count
    )
    if count == 400:
        assert (np.diff(clips, axis=1) == 2).all() and (np.diff(spread) > 0).all()


def test_a_score_is_repeatable_tells_videos_apart_and_has_a_gradient(tiny, monkeypatch):
    monkeypatch.setattr(dover, "FRAMES", 4)
    monkeypatch.setattr(dover, "CLIPS", 1)
    chance = torch.Generator().manual_seed(1)
    video = torch.rand(8, 3, 40, 60, generator=chance).requires_grad_()
    with one_thread():
        score = technical_score(tiny, video, "a", 1)
        again, dark = (technical_score(tiny, part.detach(), "a", 1) for part in (video, video * 0.2))
    assert 0 < score.item() < 1 and torch.equal(score.detach(), again) and abs(float(dark - again)) > 1e-4
    score.backward()
    assert video.grad is not None and video.grad.abs().sum() > 0


def test_scores_are_joined_as_published():
    assert float(fused(torch.tensor([-0.08285, 0.1107]))) == 0.5
    up = fused(torch.tensor([-0.08285 + 0.03774, 0.1107]))
    assert float(torch.logit(up)) == pytest.approx(0.3896, abs=1e-4)


def test_a_file_that_does_not_fit_is_refused(tmp_path):
    torch.save({"technical_head.fc_hid.weight": torch.zeros(3)}, tmp_path / "dover.pth")
    with pytest.raises(InputError, match=r"--dover: .*dover.pth: no tensor technical_backbone") as refused:
        load_dover(tmp_path / "dover.pth")
    assert "\n" not in str(refused.value)
