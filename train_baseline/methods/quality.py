"""Two learned judges of pictures, of weights that the user has: CLIP-IQA (Wang et al., AAAI 2023), run as its file
names tensors and as wide as it is, and the challenge's preference model. Gradients reach the picture alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from core.errors import InputError
from score.learned.given_weights import read_weights, taken
from score.learned.vqa import given_to_vqa, load_vqa

CLIP_MEAN, CLIP_SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
CLIP_SCALE = 100.0
"""By which a cosine becomes a logit."""
HEAD_WIDTH = 64
UNKNOWN = 0.5
"""The score of another judge that the preference model is told: no gradient reaches it, so both pictures have it."""


class _Given:
    """Tensors of a file by name, on the device of what they meet."""

    def __init__(self, path: str, key: str):
        self.key, self.weights = key, read_weights(path, key)

    def has(self, name: str) -> bool:
        return name in self.weights

    def at(self, name: str, x: torch.Tensor) -> torch.Tensor:
        found = taken(self.weights, name, self.key)
        if found.device != x.device:
            found = self.weights[name] = found.to(x.device)
        return found

    def normalised(self, x: torch.Tensor, name: str, epsilon: float) -> torch.Tensor:
        """Batch norm with the statistics of its training."""
        mean, variance, scale, shift = (
            self.at(f"{name}.{part}", x) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, variance, scale, shift, eps=epsilon)

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, self.at(f"{name}.weight", x), self.at(f"{name}.bias", x))


class ClipIqa:
    """How good a picture is, `[0, 1]`: nearer to the words for a good one than to those for a bad one. `path`: CLIP's
    state dict with a residual network (RN50); `words`: a file with one tensor "words" `(2, D)`, CLIP's answers to "Good
    photo." and "Bad photo."."""

    def __init__(self, path: str, words: str, key: str):
        self.given = _Given(path, f"{key}.clip")
        self.words = taken(read_weights(words, f"{key}.clip_words"), "words", f"{key}.clip_words")
        if self.words.ndim != 2 or len(self.words) != 2:
            raise InputError(f"{key}.clip_words: words is {tuple(self.words.shape)}, expected (2, D)")

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]`, sides of 32 at least -> `(B,)`."""
        mean, spread = (pictures.new_tensor(values)[:, None, None] for values in (CLIP_MEAN, CLIP_SPREAD))
        x, given = (pictures - mean) / spread, self.given
        for number, stride in ((1, 2), (2, 1), (3, 1)):
            x = self._bent(x, f"visual.conv{number}", f"visual.bn{number}", stride)
        x = F.avg_pool2d(x, 2)
        for layer in range(1, 5):
            block = 0
            while given.has(f"visual.layer{layer}.{block}.conv1.weight"):
                x = self._block(x, f"visual.layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1)
                block += 1
        seen = F.normalize(self._pooled(x), dim=-1)
        words = F.normalize(self.words.to(x.device), dim=-1)
        return torch.softmax(CLIP_SCALE * seen @ words.T, -1)[:, 0]

    def _bent(self, x: torch.Tensor, layer: str, norm: str, stride: int = 1) -> torch.Tensor:
        kernel = self.given.at(f"{layer}.weight", x)
        return F.relu(self.given.normalised(F.conv2d(x, kernel, None, stride, kernel.shape[-1] // 2), norm, 1e-5))

    def _block(self, x: torch.Tensor, name: str, stride: int) -> torch.Tensor:
        given, shrink = self.given, lambda y: F.avg_pool2d(y, stride) if stride > 1 else y
        y = self._bent(self._bent(x, f"{name}.conv1", f"{name}.bn1"), f"{name}.conv2", f"{name}.bn2")
        y = given.normalised(F.conv2d(shrink(y), given.at(f"{name}.conv3.weight", x)), f"{name}.bn3", 1e-5)
        if given.has(f"{name}.downsample.0.weight"):
            kernel = given.at(f"{name}.downsample.0.weight", x)
            x = given.normalised(F.conv2d(shrink(x), kernel), f"{name}.downsample.1", 1e-5)
        return F.relu(x + y)

    def _pooled(self, x: torch.Tensor) -> torch.Tensor:
        """The mean asks, all places answer; without places' own codes, so that pictures may have any size."""
        places = x.flatten(2).transpose(1, 2)
        places = torch.cat([places.mean(1, keepdim=True), places], 1)
        name, heads = "visual.attnpool", max(1, x.shape[1] // HEAD_WIDTH)
        by_head = lambda y: y.unflatten(-1, (heads, -1)).transpose(1, 2)
        q = by_head(self.given.linear(places[:, :1], f"{name}.q_proj"))
        k, v = (by_head(self.given.linear(places, f"{name}.{part}_proj")) for part in ("k", "v"))
        found = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)[:, 0]
        return self.given.linear(found, f"{name}.c_proj")


class Preference:
    """How probable it is that a picture is liked better than another, by the challenge's model: about `[0, 1]`, not
    clipped, so that its gradient lives."""

    def __init__(self, path: str, key: str):
        self.network = load_vqa(path, f"{key}.preference")

    def __call__(self, liked: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """`(B, 3, H, W)` sRGB `[0, 1]` twice, sides of 16 at least -> `(B,)`."""
        network = self.network.to(liked.device)
        seen = [F.pad(network.seen(given_to_vqa(pictures)), (0, 1), value=UNKNOWN) for pictures in (liked, other)]
        return network.main_head(torch.cat(seen, 1))[:, 0]
