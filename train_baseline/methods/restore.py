"""Take noise, blocks and blur out of a call, and do it steadily: a small recurrent network behind any colour method.

It works at half the frame's sides (pixels folded into channels), sees the frame, its own last result and a few channels
that it kept, and answers with four things for each place: how much damage there is, what to add for it, how much of the
last result to take (nothing where the picture moved), and what to keep. Damage opens the gate for every change, so a
frame with nothing to mend stays. The gated recurrence is in the spirit of EMVD (Maggioni et al., CVPR 2021).

It is taught by what the chain did: clean shards give each damaged frame and the same frame undamaged, and their
difference is the damage that it is to name. Exposures drawn for each batch stand in for the method in front of it,
behind which noise is stronger.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from core.rng import rng_for
from train_baseline.method_config import RestoreConfig
from train_baseline.methods.base import FrameBatch, Sees
from train_baseline.methods.blocks import UNet, convolution, quiet, rectified
from train_baseline.methods.light_gain import linear_of, srgb_of
from train_baseline.methods.loss import black
from train_baseline.methods.remembering import Remembering

FOLDED = 12
"""Channels of a frame at half its sides."""
TAKEN_IN_FULL, ADDED_IN_FULL = 2 / 255, 6 / 255
"""Damage from which the last result may be taken, and something added, in full; where there is less, less of it is."""
FINE = 0.05
"""What its last layer says of damage and of what to add is times this: both are a few levels, and where a step of
training moved them by more, all that was learned would be to keep silent."""
SLOPE = 0.1
"""Of its rectifiers below 0: plain ones died in training."""
FIRST_DIFFERENCE, STRONG = 8, 4.0
"""How many of the first filters begin as they are drawn, and how much stronger the others do."""
FIRST_GUESS = 0.01
"""Damage that is assumed before anything is learned: enough for what is added to be taught."""


class Restore(Remembering):
    """See the module. Memory: the last result, folded; whether there is one; what it kept."""

    terms = ("error", "noise", "flicker", "edges")

    def __init__(self, config: RestoreConfig):
        super().__init__(config)
        self.sees = Sees("crop", config.crop, config.window, clean=True)
        self.memory_channels = FOLDED + 1 + config.hidden
        self.enter = convolution(2 * FOLDED + config.hidden, config.widths[0])
        self.body = UNet(config.widths, down=(1, 1, 2), up=(1, 2), slope=SLOPE)
        self.leave = convolution(config.widths[0], FOLDED + 2 + config.hidden)
        self.straight = convolution(FOLDED, FOLDED)
        self.steps: torch.Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.seed = 0

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """At first nothing is added, nothing taken from before, and every frame stays to the bit."""
        self.seed = seed
        assert self.leave.bias is not None
        self.leave.weight[: FOLDED + 2] = 0
        self.leave.bias[: FOLDED + 2] = 0
        self.leave.weight[FOLDED + 2 :] *= 0.1
        self.leave.bias[FOLDED] = FIRST_GUESS / FINE
        quiet(self.straight)
        # damage is a few levels in a picture of hundreds: most filters begin as differences, made strong, of places
        # that are near each other, and the last of them as differences between this frame and the last
        weight = self.enter.weight
        fine = weight[FIRST_DIFFERENCE:, :FOLDED].unflatten(1, (3, 4))
        weight[FIRST_DIFFERENCE:, :FOLDED] = (STRONG * (fine - fine.mean((2, 3, 4), keepdim=True))).flatten(1, 2)
        weight[FIRST_DIFFERENCE:, FOLDED : 2 * FOLDED] = 0
        between = weight[len(weight) * 3 // 4 :]
        between[:, FOLDED : 2 * FOLDED] = -between[:, :FOLDED]

    def step(self, frames: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found, memory, _ = self._step(frames, memory)
        return found, memory

    def _step(self, frames: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """As `step`, with the damage `(B, 1, H/2, W/2)`, as it was said: below 0 is none. What is learned is taught by
        that: a gate that has shut for good would learn nothing any more."""
        now = F.pixel_unshuffle(frames, 2)
        there = memory[:, FOLDED : FOLDED + 1]
        last = now + there * (memory[:, :FOLDED] - now)
        x = rectified(self.enter(torch.cat([now, last, memory[:, FOLDED + 1 :]], 1)), SLOPE)
        x = self.leave(self.body(x))
        fine = now - F.avg_pool2d(F.pad(now, (1, 1, 1, 1), mode="replicate"), 3, 1)
        added, damage = x[:, :FOLDED] * FINE + self.straight(fine), x[:, FOLDED : FOLDED + 1] * FINE
        # what is damaged is taught by what was: through steep gates, moving edges would pull a hundred times as hard
        there_is = damage.detach()
        taken = self._share(x[:, FOLDED + 1 : FOLDED + 2]) * (there_is * (1 / TAKEN_IN_FULL)).clamp(0, 1)
        added = added * (there_is * (1 / ADDED_IN_FULL)).clamp(0, 1)
        mended = (now + taken * (last - now) + added).clamp(0, 1)
        kept = x[:, FOLDED + 2 :].clamp(-1, 1)
        memory = torch.cat([mended, there * 0 + 1, kept], 1)
        return F.pixel_shuffle(mended, 2), memory, damage

    def _share(self, said: torch.Tensor) -> torch.Tensor:
        """Held within 0 and 1; while it is taught, what lies outside is still moved."""
        held = said.clamp(0, 1)
        return said + (held - said).detach() if self.training else held

    def answer(self, batch: FrameBatch) -> torch.Tensor:
        assert batch.clean is not None
        return batch.clean

    def loss(self, batch: FrameBatch) -> dict[str, torch.Tensor]:
        rng = rng_for(self.seed, "restore", "tone", int(self.steps))
        self.steps += 1
        low, high = self.config.stops
        stops = torch.from_numpy(rng.uniform(low, high, len(batch.source)).astype(np.float32))
        given, answer = (exposed(part, stops.to(part.device)) for part in (batch.source, self.answer(batch)))
        found, damage = [], []
        memory = self.no_memory(given[:, 0])
        for frames in given.unbind(1):
            with self.autocast():
                mended, memory, seen = self._step(frames, memory)
            found.append(mended.float())
            damage.append(seen.float())
            memory = memory.float()
        out, seen = torch.stack(found, 1), torch.stack(damage, 1).squeeze(2)
        terms = {
            "error": (out - answer).abs().mean(),
            "noise": (seen - _damage(given, answer)).abs().mean(),
            "flicker": (out.diff(dim=1) - answer.diff(dim=1)).abs().mean(),
            "edges": sum(((out - answer).diff(dim=side).abs().mean() for side in (-2, -1)), out.new_zeros(())),
        }
        weights = {"noise": self.config.noise_loss, "flicker": self.config.flicker_loss, "edges": self.config.edge_loss}
        terms["loss"] = terms["error"] + sum(weight * terms[name] for name, weight in weights.items())
        return {**terms, "black": black(out.flatten(0, 1), answer.flatten(0, 1))}


def exposed(srgb: torch.Tensor, stops: torch.Tensor) -> torch.Tensor:
    """`(B, ...)` sRGB `[0, 1]` with linear light times 2^stops, `(B,)`; where that brightens, white is reached no
    sooner: the curve x g / (1 + x (g - 1)) goes from 0 to 0 and 1 to 1."""
    gain = torch.exp2(stops).reshape(-1, *[1] * (srgb.ndim - 1))
    light = linear_of(srgb)
    return srgb_of(light * gain / (1 + light * (gain - 1).clamp(min=0)))


def _damage(given: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """`(B, T, 3, H, W)` twice -> `(B, T, H/2, W/2)`: root mean square difference over 8x8 pixels around each place."""
    square = F.avg_pool2d((given - answer).square().mean(2), 2)
    return F.avg_pool2d(F.pad(square, (1, 2, 1, 2), mode="replicate"), 4, 1).sqrt()
