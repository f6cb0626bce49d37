"""Take noise, blocks and blur out of a call, and do it steadily: a small recurrent network behind any colour method.

It works at half the frame's sides (pixels folded into channels), sees the frame and what its own last result had
otherwise, and answers for each place with what to add and how much of the last result to take (in the spirit of EMVD,
Maggioni et al., CVPR 2021). Damage is a few levels in a picture of hundreds, so what it sees is not the picture, but
its coarse colours and, made strong, the rest: told the plain picture, it learns nothing for thousands of steps.

It is taught by what the chain did: clean shards give each damaged frame and the same frame undamaged. Exposures drawn
for each batch stand in for the method in front of it, behind which noise is stronger.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.rng import rng_for
from score.learned.facts import linear_of
from train_baseline.method_config import RestoreConfig
from train_baseline.methods.base import FrameBatch, Sees
from train_baseline.methods.blocks import UNet, convolution, quiet, rectified
from train_baseline.methods.light_gain import srgb_of
from train_baseline.methods.loss import black
from train_baseline.methods.remembering import Remembering

FOLDED = 12
"""Channels of a frame at half its sides."""
STRONG, FINE = 8.0, 0.1
"""What it sees of details and of changes is times the first, what it says of what to add times the second."""
SELDOM = -4.0
"""What is added to what it says of the last result, before the sigmoid: hardly any is taken before it has learned."""
SLOPE = 0.1
"""Of its rectifiers below 0: plain ones died in training."""
UNSEEN = (1 / 255) ** 2
"""Mean square of an error that nobody sees; where errors are smaller, less is hardly better. With a quarter of it,
frames that come nearly clean, which any change makes worse by many decibels, taught it to change nothing."""
OF_DECIBELS = 0.005
"""A loss in decibels times this has gradients of the size that the trainer expects."""


class Restore(Remembering):
    """See the module. Memory: the last result, folded, and whether there is one."""

    terms = ("error",)

    def __init__(self, config: RestoreConfig):
        super().__init__(config)
        self.sees = Sees("crop", config.crop, config.window, clean=True, still=config.still)
        self.memory_channels = FOLDED + 1
        self.enter = convolution(3 + 2 * FOLDED, config.widths[0])
        self.body = UNet(config.widths, down=(1, 1, 2), up=(1, 2), slope=SLOPE)
        self.leave = convolution(config.widths[0], FOLDED + 1)
        self.straight = convolution(FOLDED, FOLDED)
        self.steps = nn.Buffer(torch.zeros((), dtype=torch.int64))
        self.seed = 0

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """At first nothing is added, and a frame without one before it stays to the bit."""
        self.seed = seed
        quiet(self.leave)
        quiet(self.straight)

    def step(self, frames: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        now = F.pixel_unshuffle(frames, 2)
        there = memory[:, FOLDED:]
        change = there * (memory[:, :FOLDED] - now)
        soft = F.avg_pool2d(F.pad(frames, (2, 2, 2, 2), mode="replicate"), 5, 1)
        fine = F.pixel_unshuffle(frames - soft, 2) * STRONG
        seen = torch.cat([F.avg_pool2d(frames, 2) - 0.5, fine, (change * STRONG).clamp(-1, 1)], 1)
        said = self.leave(self.body(rectified(self.enter(seen), SLOPE)))
        taken = torch.sigmoid(said[:, FOLDED:] + SELDOM)
        mended = (now + taken * change + FINE * said[:, :FOLDED] + self.straight(fine)).clamp(0, 1)
        return F.pixel_shuffle(mended, 2), torch.cat([mended, there * 0 + 1], 1)

    def answer(self, batch: FrameBatch) -> torch.Tensor:
        assert batch.clean is not None
        return batch.clean

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        """Of one frame a step, how far it is from undamaged, in decibels for each crop, so that the spoilt and the
        hardly damaged count alike. Frames before it are mended first, none up to all of the window, and teach nothing,
        so it knows its own results, and a step costs little more than a frame."""
        rng = rng_for(self.seed, "restore", "step", int(self.steps))
        self.steps.add_(1)
        low, high = self.config.stops
        stops = torch.from_numpy(rng.uniform(low, high, len(batch.source)).astype(np.float32))
        last = int(rng.integers(0, self.config.window))
        given = exposed(batch.source[:, : last + 1], stops.to(batch.source.device))
        answer = exposed(self.answer(batch)[:, last], stops.to(given.device))
        memory = self.no_memory(given[:, 0])
        for frames in given[:, :last].unbind(1):
            with torch.no_grad(), self.autocast():
                memory = self.step(frames, memory)[1].float()
        with self.autocast():  # its own: weights that were cast where nothing is taught would be used again
            out = self.step(given[:, last], memory)[0].float()
        error = decibels(out - answer)
        return {"error": error, "loss": OF_DECIBELS * error, "black": black(out, answer)}


def decibels(error: torch.Tensor) -> torch.Tensor:
    """Of crops `(B, 3, H, W)`, `[-1, 1]`: their mean squares in decibels (0: white instead of black), averaged."""
    return 10 * (error.square().mean((1, 2, 3)) + UNSEEN).log10().mean()


def exposed(srgb: torch.Tensor, stops: torch.Tensor) -> torch.Tensor:
    """`(B, ...)` sRGB `[0, 1]` with linear light times 2^stops, `(B,)`; where that brightens, white is reached no
    sooner: the curve x g / (1 + x (g - 1)) goes from 0 to 0 and 1 to 1."""
    gain = torch.exp2(stops).reshape(-1, *[1] * (srgb.ndim - 1))
    light = linear_of(srgb)
    return srgb_of(light * gain / (1 + light * (gain - 1).clamp(min=0)))
