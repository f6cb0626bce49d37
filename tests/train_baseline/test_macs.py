"""MACs by hand, module and function alike; what is unknown is refused, not passed over."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from train_baseline.export.macs import count_macs

WEIGHT = torch.zeros(8, 4, 3, 3)
X = (1, 4, 6, 10)


class _Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(WEIGHT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, self.weight, padding=1)


@pytest.mark.parametrize(
    ("model", "by_hand"),
    [
        (nn.Conv2d(4, 8, 3, padding=1), 8 * 60 * 4 * 9),
        (_Functional(), 8 * 60 * 4 * 9),
        (lambda x: F.conv2d(x, WEIGHT, padding=1), 8 * 60 * 4 * 9),
        (nn.Conv2d(4, 8, 3, padding=1, groups=2), 8 * 60 * 2 * 9),
        (nn.ConvTranspose2d(4, 8, 2, stride=2), 4 * 60 * 8 * 4),
        (nn.Linear(10, 7), 24 * 10 * 7),
        (lambda x: F.linear(x, torch.zeros(7, 10), torch.zeros(7)), 24 * 10 * 7),
        (lambda x: x @ x.mT, 4 * 6 * 6 * 10),
        (lambda x: x @ torch.zeros(10), 24 * 10),
        (lambda x: torch.einsum("bchw,bdhw->bcd", x, x), 4 * 4 * 60),
        # queries by keys, then by values: 4 heads of 6 places with 10 features
        (lambda x: F.scaled_dot_product_attention(x, x, x), 2 * 4 * 6 * 6 * 10),
    ],
)
def test_matrices_by_hand(model, by_hand: int) -> None:
    assert count_macs(model, X).matrix == by_hand


@pytest.mark.parametrize(
    ("model", "by_hand"),
    [
        (lambda x: x * x, 240),
        (lambda x: x.clone().mul_(2).add_(1), 480),
        (lambda x: (x + 1).clamp(0, 1), 480),
        (nn.SiLU(), 240),
        (lambda x: torch.addcmul(x, x, x), 480),
        (lambda x: x.mean(dim=(2, 3)), 240),
        (lambda x: F.softmax(x, 1), 720),
        (nn.BatchNorm2d(4).eval(), 240),
        (nn.GroupNorm(2, 4), 720),
        (nn.AvgPool2d(2), 4 * 15 * 4),
        (nn.MaxPool2d(3, 1), 4 * 4 * 8 * 9),
        (nn.AdaptiveAvgPool2d((3, 5)), 240),
        (nn.AdaptiveAvgPool2d((4, 10)), 4 * 10 * (2 + 2 + 2 + 2)),
        (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), 4 * 240 * 4),
        (lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"), 4 * 240 * 16),
        (lambda x: F.interpolate(x, scale_factor=2), 0),
        # 15 places: 4 neighbours of 4 values and 4 weights each, and 2 coordinates
        (lambda x: F.grid_sample(x, torch.zeros(1, 3, 5, 2), align_corners=True), 15 * (16 + 4 + 2)),
        (lambda x: torch.cat([x, x], 1).permute(0, 2, 3, 1).reshape(2, -1)[:, ::2].contiguous(), 0),
    ],
)
def test_everything_else_by_hand(model, by_hand: int) -> None:
    count = count_macs(model, X)
    assert (count.matrix, count.everything) == (0, by_hand)


def test_parts_add_up_and_a_module_counts_at_every_call() -> None:
    conv = nn.Conv2d(4, 4, 1, bias=False)
    count = count_macs(nn.Sequential(conv, nn.ReLU(), conv), X)
    assert count.by_operator == {"aten.convolution": 2 * 60 * 16, "aten.relu": 240}
    assert (count.matrix, count.everything) == (1920, 2160)


def test_recurrent_layers_and_attention_are_taken_apart() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    # in, out and two feed-forward layers on 10 places; 2 heads, queries by keys and by values
    assert count_macs(layer, (2, 5, 8)).matrix == 10 * (8 * 24 + 8 * 8 + 2 * 8 * 16) + 2 * 2 * 2 * 25 * 4
    assert count_macs(nn.GRU(8, 8), (5, 2, 8)).matrix == 10 * 2 * 8 * 24


def test_a_model_that_reads_values_is_counted_all_the_same() -> None:
    assert count_macs(lambda x: x * 2 if float(x.max()) <= 0 else x, X).by_operator == {
        "aten.max": 240,
        "aten.mul": 240,
    }


def test_a_module_is_left_as_it_was() -> None:
    module = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)).train()
    count_macs(module, X)
    assert module.training and module[0].weight.device.type == "cpu"
    assert module[1].running_mean.abs().max() == 0 and module[1].num_batches_tracked == 0


def test_what_computes_and_is_unknown_is_named() -> None:
    with pytest.raises(InputError, match=r"no rule for aten\._fft_r2c, aten\.sort; give each one in rules"):
        count_macs(lambda x: (torch.sort(x), torch.fft.fft(x)), X)
    count = count_macs(lambda x: torch.sort(x)[0], X, rules={"aten.sort": lambda x, *args, out, **named: 5 * x.numel()})
    assert count.matrix == 1200


def test_a_mistake_in_the_model_is_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="channels"):
        count_macs(nn.Conv2d(3, 8, 3), X)
