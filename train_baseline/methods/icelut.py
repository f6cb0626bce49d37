"""ICELUT (Yang et al., "Taming lookup tables for efficient image retouching", ECCV 2024): trained as networks that see
a colour at a time, run from their tables alone, without a convolution.

A thumbnail's levels are split into high and low half-bytes. A network for each sees one colour of them, 16^3 in all, so
its answers are a table; ten numbers, averaged over the picture, go in pairs through five more networks, whose answers
are tables as well, since what goes in and comes out is rounded. The rounding is there in training (its gradient passed
through), so that network and tables agree; as published it is not, and figures fall at export. What comes out weighs
compressed LUTs (`methods.clut`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from core.rng import rng_for
from train_baseline.method_config import IceLutConfig
from train_baseline.methods.base import PixelBatch, Sees
from train_baseline.methods.clut import SIDE, CompressedLuts
from train_baseline.methods.lut import UNIFORM_KNOTS, identity
from train_baseline.methods.lut_method import LutMethod, Prediction, SampledForm
from train_baseline.methods.lut_session import LutSession, SmoothedLuts

WIDTHS = (3, 32, 64, 128, 256, 512, 256, 128, 64, 32, 10)
PAIRS, SEEN, MIDDLE = 5, 10, 512
STEP, LOW, HIGH = 0.5, -16.0, 15.5
"""To what the ten numbers are rounded and held: 64 values each."""
WEIGHT_STEP, WEIGHT_LOW, WEIGHT_HIGH = 0.25, -32.0, 31.75
"""The same of a pair's answers: 256 values, a byte."""


@dataclass(frozen=True, eq=False)
class Tables:
    """All that is needed to run: `colours` `(2, 16^3, 10)` float32, of high and low half-bytes, red fastest; `pairs`
    `(5, 64, 64, n)` int8, quarters of a weight."""

    colours: np.ndarray
    pairs: np.ndarray

    def bytes(self) -> int:
        """Of both kinds of table."""
        return self.colours.nbytes + self.pairs.nbytes


class IceLut(LutMethod):
    """The networks."""

    knots = UNIFORM_KNOTS
    terms = ("l1", "cosine", "temporal")

    def __init__(self, config: IceLutConfig):
        super().__init__(config)
        self.sees = Sees("pixels", config.pixels, clean=config.tone_steps > 0)
        self.colours = nn.ModuleList(_network(WIDTHS, nn.ReLU) for _ in range(2))
        self.pairs = nn.ModuleList(_network((2, MIDDLE, config.luts), nn.Hardswish) for _ in range(PAIRS))
        self.bank = Blended(config)
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.every_colour = nn.Buffer(_every_colour(), persistent=False)

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """The compressed LUTs are zeros, so every frame stays; weights are not, or nothing could learn."""
        for number, network in enumerate(self.pairs):
            drawn = rng_for(seed, f"icelut.{number}", "init").uniform(-1, 1, self.config.luts)
            assert isinstance(network, nn.Sequential)
            last = network[-1]
            assert isinstance(last, nn.Linear)
            last.bias.copy_(torch.from_numpy(drawn.astype(np.float32)))

    def forward(self, thumbnail: torch.Tensor) -> Prediction:
        seen = self.mean_of(thumbnail, [network(self.every_colour) for network in self.colours])
        return Prediction(sum((self.says(number, seen) for number in range(PAIRS)), seen.new_zeros(())), None)

    def mean_of(self, thumbnail: torch.Tensor, tables: list[torch.Tensor]) -> torch.Tensor:
        """The ten numbers of a picture `(B, 10)`, rounded."""
        high, low = half_bytes(thumbnail)
        found = sum(F.embedding(place, table).mean(1) for place, table in zip((high, low), tables, strict=True))
        assert isinstance(found, torch.Tensor)
        return _rounded(found, STEP, LOW, HIGH)

    def says(self, number: int, seen: torch.Tensor) -> torch.Tensor:
        """What a pair of the ten numbers says of the weights, rounded: `(B, n)`."""
        return _rounded(self.pairs[number](seen[:, 2 * number : 2 * number + 2]), WEIGHT_STEP, WEIGHT_LOW, WEIGHT_HIGH)

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        return self.bank(weights)

    def loss(self, batch: PixelBatch) -> dict[str, torch.Tensor]:
        tone = int(self.steps) < self.config.tone_steps
        self.steps.add_(1)
        source, seen = batch.source, batch.thumbnails
        if tone:
            assert batch.clean is not None and batch.clean_thumbnails is not None
            source, seen = batch.clean, batch.clean_thumbnails
        luts, _ = self._predicted(torch.cat([seen, batch.following]))
        count, following = len(seen), len(batch.following)
        places = PixelBatch(source, batch.target, batch.mask, batch.places, seen, batch.coverage, batch.following)
        found = self._at_places(luts[:count], None, places)
        apart = (found - batch.target).abs().mean(1)
        weight = 1 + self.config.subject * batch.mask
        terms = {
            "l1": (apart * weight).sum() / weight.sum(),
            "cosine": 1 - F.cosine_similarity(found, batch.target, dim=1, eps=1e-6).mean(),
            # of damaged sources alone: the frames that follow are damaged
            "temporal": (luts[:following] - luts[count:]).abs().mean() * (0 if tone else 1),
        }
        terms["loss"] = terms["l1"] + terms["cosine"] + self.config.temporal * terms["temporal"]
        return terms

    @torch.no_grad()
    def tables(self) -> Tables:
        """What the networks say, of everything that they can be asked."""
        with _as_it_runs(self):
            colours = torch.stack([network(self.every_colour) for network in self.colours])
            steps = torch.arange(LOW, HIGH + STEP, STEP, device=self.device)
            every_pair = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1).flatten(0, 1)
            answers = [
                _rounded(network(every_pair), WEIGHT_STEP, WEIGHT_LOW, WEIGHT_HIGH).unflatten(0, (len(steps), -1))
                for network in self.pairs
            ]
            pairs = (torch.stack(answers) / WEIGHT_STEP).to(torch.int8)
        return Tables(colours.cpu().numpy(), pairs.cpu().numpy())

    def session(self, fps: float, smoothing_s: float = 0.0) -> LutSession:
        return SmoothedLuts(Tabled(self), smoothing_s)

    def deployed(self, target: Literal["coreml", "onnx"]) -> nn.Module:
        if target == "coreml":
            raise InputError("method icelut looks values up, which Core ML's engines refuse; export it to .onnx")
        return SampledForm(Tabled(self))


class Tabled(LutMethod):
    """The same from tables alone: no network is left."""

    knots = UNIFORM_KNOTS

    def __init__(self, method: IceLut):
        super().__init__(method.config)
        tables = method.tables()
        self.colours = nn.Buffer(torch.from_numpy(tables.colours))
        self.pairs = nn.Buffer(torch.from_numpy(tables.pairs))
        self.bank = method.bank

    def forward(self, thumbnail: torch.Tensor) -> Prediction:
        places = half_bytes(thumbnail)
        found = F.embedding(places[0], self.colours[0]).mean(1) + F.embedding(places[1], self.colours[1]).mean(1)
        level = ((found.clamp(LOW, HIGH) - LOW) / STEP).round().long()
        side = self.pairs.shape[1]
        weights = [
            F.embedding(level[:, 2 * i] * side + level[:, 2 * i + 1], self.pairs[i].flatten(0, 1).float())
            for i in range(PAIRS)
        ]
        return Prediction(torch.stack(weights).sum(0) * WEIGHT_STEP, None)

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        return self.bank(weights)


class Blended(nn.Module):
    """Weights -> LUTs on the knots that all LUT methods of even knots have, of compressed ones with 33 of their own."""

    def __init__(self, config: IceLutConfig):
        super().__init__()
        self.luts = CompressedLuts(config.luts, config.lines, config.columns)
        at = torch.linspace(0, SIDE - 1, len(UNIFORM_KNOTS))[:, None]
        hats = (1 - (at - torch.arange(SIDE)).abs()).clamp(min=0)
        self.hats = nn.Buffer(hats.T.contiguous(), persistent=False)
        self.plain = nn.Buffer(identity(UNIFORM_KNOTS), persistent=False)

    def forward(self, weights: torch.Tensor) -> torch.Tensor:
        """`(B, n)` -> `(B, 3, 36, 36, 36)`."""
        found = self.luts(weights)
        for axis in (2, 3, 4):
            found = (found.transpose(axis, 4) @ self.hats).transpose(axis, 4)
        return self.plain + found


def half_bytes(thumbnail: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`(B, 3, h, w)` sRGB `[0, 1]` -> where each pixel's high and low half-bytes stand among 16^3, each `(B, h w)`."""
    levels = (thumbnail.clamp(0, 1) * 255).round()
    high = torch.floor(levels / 16)
    place = lambda part: (part[:, 0] + 16 * part[:, 1] + 256 * part[:, 2]).flatten(1).long()
    return place(high), place(levels - 16 * high)


def _every_colour() -> torch.Tensor:
    """`(16^3, 3)`, red fastest."""
    step = torch.arange(16) / 16
    blue, green, red = torch.meshgrid(step, step, step, indexing="ij")
    return torch.stack([red, green, blue], -1).flatten(0, 2)


def _network(widths: tuple[int, ...], bend: type[nn.Module]) -> nn.Sequential:
    layers = list[nn.Module]()
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), bend()]
    return nn.Sequential(*layers[:-1])


def _rounded(x: torch.Tensor, step: float, low: float, high: float) -> torch.Tensor:
    """Held and rounded; the gradient is that of holding."""
    held = x.clamp(low, high)
    return held + ((held / step).round() * step - held).detach()


@contextmanager
def _as_it_runs(method: nn.Module) -> Iterator[None]:
    training = method.training
    method.eval()
    try:
        yield
    finally:
        method.train(training)
