"""What the literature asks of a picture beside its target, each term a function of pictures, and their weighted sum.

Perceptual terms need weights that others trained and the user has: VGG19 and AlexNet as torchvision names them, and the
linear layers of LPIPS (Zhang et al., CVPR 2018). Networks are as wide as the files say.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from score.learned.given_weights import read_weights, taken
from train_baseline.method_config import PictureLossConfig
from train_baseline.methods.clut import MEAN, SPREAD

Weights = dict[str, torch.Tensor]
VGG_LAYERS = (0, 2, "pool", 5, 7, "pool", 10, 12, 14, 16, "pool", 19, 21, 23, 25)
VGG_SEEN = (2, 7, 16, 25)
"""conv1_2, conv2_2, conv3_4, conv4_4 in torchvision's numbers."""
ALEX_LAYERS = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))
"""Number, stride, padding; a 3x3 pool of stride 2 before the second and the third."""


def cosine(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - the cosine between colours, mean over `(B, 3, H, W)`."""
    return 1 - F.cosine_similarity(found, target, dim=1, eps=1e-6).mean()


def dissimilarity(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - SSIM (Wang et al., TIP 2004): a Gaussian window of 11 and sigma 1.5, channels apart."""
    place = torch.arange(11, device=found.device) - 5.0
    line = torch.exp(-place.square() / (2 * 1.5**2))
    line = line / line.sum()
    channels = found.shape[1]
    across, down = (line.reshape(shape).expand(channels, 1, *shape[2:]) for shape in ((1, 1, 1, 11), (1, 1, 11, 1)))
    blur = lambda x: F.conv2d(F.conv2d(x, across, groups=channels), down, groups=channels)
    a, b = blur(found), blur(target)
    aa, bb, ab = blur(found * found) - a * a, blur(target * target) - b * b, blur(found * target) - a * b
    similar = (2 * a * b + 1e-4) * (2 * ab + 9e-4) / ((a * a + b * b + 1e-4) * (aa + bb + 9e-4))
    return 1 - similar.mean()


def edges(found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of what a 5-tap pyramid step (.05 .25 .4 .25 .05) leaves of both."""
    line = torch.tensor([0.05, 0.25, 0.4, 0.25, 0.05], device=found.device)
    difference, channels = found - target, found.shape[1]
    kernel = torch.outer(line, line).expand(channels, 1, 5, 5)
    smooth = lambda x: F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)
    coarse = torch.zeros_like(difference)
    coarse[:, :, ::2, ::2] = smooth(difference)[:, :, ::2, ::2] * 4
    return (difference - smooth(coarse)).square().mean()


def vgg_distance(weights: Weights, key: str, found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of VGG19's answers at four layers, before their activation, of sRGB `[0, 1]`."""
    both, total = _normalised(torch.cat([found, target])), found.new_zeros(())
    for layer in VGG_LAYERS:
        if isinstance(layer, str):
            both = F.max_pool2d(both, 2)
            continue
        both = F.conv2d(both, *_layer(weights, key, layer), padding=1)
        if layer in VGG_SEEN:
            one, other = both.chunk(2)
            total = total + F.mse_loss(one, other)
        both = F.relu(both)
    return total


def lpips_distance(
    weights: Weights, linear: Weights, keys: Sequence[str], found: torch.Tensor, target: torch.Tensor
) -> torch.Tensor:
    """LPIPS with AlexNet of sRGB `[0, 1]`, mean over pictures."""
    both, total = _normalised(torch.cat([found, target])), found.new_zeros(())
    for place, (layer, stride, padding) in enumerate(ALEX_LAYERS):
        if place in (1, 2):
            both = F.max_pool2d(both, 3, 2)
        both = F.relu(F.conv2d(both, *_layer(weights, keys[0], layer), stride=stride, padding=padding))
        one, other = (both / (both.square().sum(1, keepdim=True).sqrt() + 1e-10)).chunk(2)
        share = taken(linear, f"lin{place}.model.1.weight", keys[1])
        total = total + F.conv2d((one - other).square(), share).mean()
    return total


def _normalised(pictures: torch.Tensor) -> torch.Tensor:
    mean, spread = (pictures.new_tensor(values)[:, None, None] for values in (MEAN, SPREAD))
    return (pictures - mean) / spread


def _layer(weights: Weights, key: str, number: int) -> tuple[torch.Tensor, torch.Tensor]:
    return taken(weights, f"features.{number}.weight", key), taken(weights, f"features.{number}.bias", key)


class Critic(nn.Module):
    """Tells results from targets, patch by patch (Isola et al., CVPR 2017), by a hinge."""

    def __init__(self, width: int = 32):
        super().__init__()
        layers, before = list[nn.Module](), 3
        for after in (width, 2 * width, 4 * width):
            layers += [spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(0.2)]
            before = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, 1, 3, 1, 1))

    def lesson(self, found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Its own loss, which moves nothing but itself."""
        return F.relu(1 + self.layers(found.detach())).mean() + F.relu(1 - self.layers(target)).mean()

    def doubt(self, found: torch.Tensor) -> torch.Tensor:
        """What a result loses by being told, which moves the critic by nothing."""
        still = [parameter for parameter in self.parameters() if parameter.requires_grad]
        for parameter in still:
            parameter.requires_grad_(False)
        lost = -self.layers(found).mean()
        for parameter in still:
            parameter.requires_grad_(True)
        return lost


class PictureLoss:
    """The terms of a config, weighted. No module: what others trained is no part of the method. `key`: where the config
    stands, for messages."""

    def __init__(self, config: PictureLossConfig, key: str):
        self.config, self.key = config, key
        self._given: dict[str, Weights] = {}

    def __call__(self, found: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Pictures `(B, 3, H, W)` sRGB `[0, 1]` -> the sum, without the critic's part."""
        weight, total = self.config, found.new_zeros(())
        for name, term in (("l1", F.l1_loss), ("l2", F.mse_loss), ("cosine", cosine), ("ssim", dissimilarity)):
            if getattr(weight, name):
                total = total + getattr(weight, name) * term(found, target)
        if weight.edges:
            total = total + weight.edges * edges(found, target)
        given = lambda name: self._weights(name, found.device)
        if weight.perceptual:
            total = total + weight.perceptual * vgg_distance(given("vgg19"), self._named("vgg19"), found, target)
        if weight.lpips:
            keys = [self._named(name) for name in ("alexnet", "lpips_linear")]
            distance = lpips_distance(given("alexnet"), given("lpips_linear"), keys, found, target)
            total = total + weight.lpips * distance
        return total

    def _named(self, name: str) -> str:
        return f"{self.key}.{name}"

    def _weights(self, name: str, device: torch.device) -> Weights:
        if name not in self._given:
            found = read_weights(getattr(self.config, name), self._named(name))
            self._given[name] = {key: value.to(device) for key, value in found.items()}
        return self._given[name]
