"""Our own judge: how bad a short clip is in each of eleven ways, and from that which of two is preferred.

A clip of a few true frames goes through a small convolutional network, frame by frame; what changes between frames is
looked at too. It says where face and person are, and by that it measures their light and their detail (`facts`). Out
come eleven severities. The score of a clip is minus their weighted sum, and
p(a, b) = sigmoid(score(a) - score(b)): swapped sides give 1 - p, identical sides 0.5, and each factor's share of the
answer can be read off. All of it is differentiable, down to the size of the frames.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from score.learned.factors import NAMES
from score.learned.facts import COUNT, facts_of
from score.learned.outline import PROFILE_COUNT, outline_profile

PIXELS = 320 * 180
"""Every clip is brought to about so many pixels a frame, whatever its shape: what is finer is not seen."""
WIDTHS = (16, 32, 64, 112)
HIDDEN = 160
FLICKER, SPILL = NAMES.index("flicker"), NAMES.index("spill")
PLACES = ("face", "person")
"""What it is taught to find."""
SMALLEST = 16
"""Fewest pixels of a frame's side."""


class Preference(nn.Module):
    """See the module. `weights` `(11,)`: what one unit of each severity costs, in log odds."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(_Level(*step) for step in pairwise((4, *WIDTHS)))
        self.deeper = nn.ModuleList(_Deeper(WIDTHS[-1]) for _ in range(2))
        self.where = nn.Sequential(
            nn.Conv2d(WIDTHS[-1] + WIDTHS[-2], 32, 1), nn.ReLU(), nn.Conv2d(32, len(PLACES), 3, 1, 1)
        )
        self.fine = nn.Sequential(nn.Conv2d(sum(WIDTHS[:2]) + 1, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 1, 3, 1, 1))
        self.scale, self.outline_scale = (nn.BatchNorm1d(count, affine=False) for count in (COUNT, PROFILE_COUNT))
        self.outline = nn.Sequential(
            nn.Linear(PROFILE_COUNT, 96), nn.ReLU(), nn.Linear(96, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        still, moving = 2 * sum(WIDTHS) + 2 * WIDTHS[-1], 2 * sum(WIDTHS)
        self.head = nn.Sequential(nn.Linear(COUNT + still + moving, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(NAMES)))
        self.cost = nn.Parameter(torch.full((len(NAMES),), 1.85))  # softplus of it is 2

    @property
    def weights(self) -> torch.Tensor:
        return F.softplus(self.cost)

    def severities(self, clips: torch.Tensor) -> torch.Tensor:
        """`(B, T, 3, H, W)` sRGB `[0, 1]` of about `PIXELS` pixels a frame or fewer -> `(B, 11)`, about 0 where there
        is no fault. Of a single frame no flicker is seen, and 0 is said."""
        return self.seen(clips)[0]

    def seen(self, clips: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The same, where `PLACES` are, `(B, 2, h, w)` logits at a quarter of the size, and the person once more,
        `(B, 1, h, w)` logits at half of it."""
        batch, frames = clips.shape[:2]
        x = torch.cat([(clips - 0.45) / 0.25, _normal(clips)], 2).flatten(0, 1)
        still, moving, levels = [], [], []
        for level in self.levels:
            x = level(x)
            levels.append(x)
            by_clip = x.unflatten(0, (batch, frames)).float()
            mean = by_clip.mean((3, 4))
            still += [mean.mean(1), torch.log(by_clip.var((3, 4)) + 1e-4).mean(1)]
            moving += [_change(by_clip).mean((2, 3)), _change(mean)]
        for deeper in self.deeper:
            x = deeper(x)
        finer = levels[-2]
        wide = F.interpolate(x, finer.shape[2:], mode="bilinear", align_corners=False)
        logits = self.where(torch.cat([finer, wide], 1)).float().unflatten(0, (batch, frames)).mean(1)
        face, person = torch.sigmoid(logits).split(1, 1)
        fine = self._fine(levels[0], levels[1], logits[:, 1:], (batch, frames))
        mean = x.unflatten(0, (batch, frames)).float().mean(1)
        for place in (face, 1 - person):
            weight = F.adaptive_avg_pool2d(place, mean.shape[2:])
            still.append((mean * weight).sum((2, 3)) / (weight.sum((2, 3)) + 1e-3))
        with torch.autocast(clips.device.type, enabled=False):
            # the places are taught by where they are, not by what would please the rest
            facts = self.scale(facts_of(clips.float(), face.detach(), person.detach()))
            profile = self.outline_scale(outline_profile(clips.float(), torch.sigmoid(fine.float()).detach()))
            halo = self.outline(profile.clamp(-6, 6))
        found = self.head(torch.cat([facts, *still, *moving], 1)).float()
        found = torch.cat([found[:, :SPILL], halo, found[:, SPILL + 1 :]], 1)
        return (found if frames > 1 else found * _all_but_flicker(found)), logits, fine

    def _fine(
        self, half: torch.Tensor, quarter: torch.Tensor, logits: torch.Tensor, shape: tuple[int, int]
    ) -> torch.Tensor:
        """The person at half the size, from the first levels `(B T, C, h, w)` and the coarse answer."""
        size = half.shape[2:]
        near = torch.cat([half, F.interpolate(quarter, size, mode="bilinear", align_corners=False)], 1)
        near = near.unflatten(0, shape).mean(1)
        coarse = F.interpolate(logits, size, mode="bilinear", align_corners=False)
        return coarse + self.fine(torch.cat([near, coarse], 1))

    def both_ways(self, clips: torch.Tensor) -> torch.Tensor:
        """`severities` of clips of any size, brought to `PIXELS`; the mean of the clip and its mirror image, so that
        mirroring changes nothing."""
        clips = viewed(clips)
        return (self.severities(clips) + self.severities(clips.flip(-1))) / 2

    def score(self, severities: torch.Tensor) -> torch.Tensor:
        """`(B, 11)` -> `(B,)`, log odds; more is better."""
        return -(severities * self.weights).sum(-1)

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """The probability `(B,)` that clips `(B, T, 3, H, W)` sRGB `[0, 1]` are preferred to others."""
        return torch.sigmoid(self.score(self.both_ways(one)) - self.score(self.both_ways(other)))


class _Level(nn.Module):
    """Half the size, by a 3x3 convolution."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.convolution = nn.Conv2d(before, after, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(after)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.norm(self.convolution(x)))


class _Deeper(nn.Module):
    """A 3x3 convolution whose result is added."""

    def __init__(self, width: int):
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + F.relu(self.norm(self.convolution(x)))


def viewed(clips: torch.Tensor) -> torch.Tensor:
    """Clips `(B, T, 3, H, W)` at about `PIXELS` pixels a frame, in their shape: each pixel the mean of what it
    covers."""
    height, width = clips.shape[-2:]
    scale = (PIXELS / (height * width)) ** 0.5
    size = [max(SMALLEST, round(side * scale)) for side in (height, width)]
    if size == [height, width]:
        return clips
    flat = clips.flatten(0, 1)
    return F.interpolate(flat, size, mode="bilinear", antialias=True).unflatten(0, clips.shape[:2])


def _normal(clips: torch.Tensor) -> torch.Tensor:
    """`(B, T, 1, H, W)`: grey less its local mean, over its local spread (Mittal et al., BRISQUE, 2012), where noise,
    blur and blocks leave their traces whatever the picture shows."""
    grey = clips.flatten(0, 1).mean(1, keepdim=True)
    soft = lambda x: F.avg_pool2d(x, 7, 1, 3, count_include_pad=False)
    mean = soft(grey)
    spread = (soft(grey.square()) - mean.square()).clamp(min=0) + 1e-4
    return ((grey - mean) / spread.sqrt()).unflatten(0, clips.shape[:2])


def _change(x: torch.Tensor) -> torch.Tensor:
    """`(B, T, ...)` -> `(B, ...)`: mean size of what changes from frame to frame; of one frame, 0."""
    return (x[:, 1:] - x[:, :-1]).abs().mean(1) if x.shape[1] > 1 else torch.zeros_like(x[:, 0])


def _all_but_flicker(found: torch.Tensor) -> torch.Tensor:
    kept = torch.ones_like(found)
    kept[:, FLICKER] = 0
    return kept
