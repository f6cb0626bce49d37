"""Our own judge: how bad a short clip is in each of eleven ways, and from that which of two is preferred.

A clip of a few true frames goes through a small convolutional network, frame by frame; what changes between frames is
looked at too. It says where face and person are, and by that it measures their light and their detail (`facts`,
`slope`, `wall`). That is a view of a clip. Two views give eleven severities of either side (`between`), of which ten
are each side's own: a wall has the colour that it has, so of the cast behind the person it is asked of which side it is
the nearer to right. The score of a side is minus their weighted sum, and p(a, b) = sigmoid(score(a) - score(b)):
swapped sides give 1 - p, identical sides 0.5, and each factor's share of the answer can be read off. All of it is
differentiable, down to the size of the frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from score.learned.factors import NAMES, TOP
from score.learned.facts import COUNT, facts_of, light_of, stops_of
from score.learned.light_truth import PER_STOP
from score.learned.outline import PROFILE_COUNT, outline_profile
from score.learned.slope import SLOPE_COUNT, slope_of
from score.learned.wall import WALL_COUNT, wall_of

PIXELS = 320 * 180
"""Every clip is brought to about so many pixels a frame, whatever its shape: what is finer is not seen."""
WIDTHS = (16, 32, 64, 112)
HIDDEN = 160
EVENNESS, CAST, FLICKER, SPILL = (NAMES.index(name) for name in ("evenness", "background_cast", "flicker", "spill"))
COLOUR = slice(len(NAMES), len(NAMES) + 2)
"""Of a view: stops of red and of blue over green behind the person."""
EYES = ("levels", "deeper", "where", "fine", "scale", "outline_scale", "outline")
"""What sees and measures; the rest concludes."""
PLACES = ("face", "person")
"""What it is taught to find."""
LEAST = 0.02
"""Stops by which the lengths of colours are rounded off near 0."""
SMALLEST = 16
"""Fewest pixels of a frame's side."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What is seen of clips, before anything is concluded: `known` `(B, n)`, what convolutions and facts tell; facts
    of `slope` and `wall`; `colour` behind the person `(B, 2)`; `halo` `(B, 1)`; `moves`: more frames than one."""

    known: torch.Tensor
    slope: torch.Tensor
    wall: torch.Tensor
    colour: torch.Tensor
    halo: torch.Tensor
    moves: bool


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
        self.slope_scale, self.wall_scale = (_Scale(count) for count in (SLOPE_COUNT, WALL_COUNT))
        self.slope = nn.Sequential(nn.Linear(SLOPE_COUNT, 24), nn.ReLU(), nn.Linear(24, 2))
        self.wall = nn.Sequential(nn.Linear(WALL_COUNT, 64), nn.ReLU(), nn.Linear(64, 1))
        self.cost = nn.Parameter(torch.full((len(NAMES),), 1.85))  # softplus of it is 2

    @property
    def weights(self) -> torch.Tensor:
        return F.softplus(self.cost)

    def view(self, clips: torch.Tensor) -> torch.Tensor:
        """`(B, T, 3, H, W)` sRGB `[0, 1]` of about `PIXELS` pixels a frame or fewer -> `(B, 13)`: eleven severities,
        about 0 where there is no fault, and `COLOUR`. In the place of the cast behind the person stands how strange its
        colour is, which says something beside that of another view alone. Of a single frame no flicker is seen, and 0
        is said."""
        return self.seen(clips)[0]

    def seen(self, clips: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The same, where `PLACES` are, `(B, 2, h, w)` logits at a quarter of the size, and the person once more,
        `(B, 1, h, w)` logits at half of it."""
        sight, logits, fine = self.sight(clips)
        return self.concluded(sight), logits, fine

    def sight(self, clips: torch.Tensor) -> tuple[Sight, torch.Tensor, torch.Tensor]:
        """What `EYES` see, and the logits of `seen`."""
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
            face, person = face.detach(), person.detach()
            light = light_of(clips.float(), (int(face.shape[2]), int(face.shape[3])))
            facts = self.scale(facts_of(clips.float(), light, face, person))
            slope = slope_of(stops_of(light), face)
            colour, wall = wall_of(light.mean(1), face, person)
            profile = self.outline_scale(outline_profile(clips.float(), torch.sigmoid(fine.float()).detach()))
            halo = self.outline(profile.clamp(-6, 6))
        return Sight(torch.cat([facts, *still, *moving], 1), slope, wall, colour, halo, frames > 1), logits, fine

    def concluded(self, sight: Sight) -> torch.Tensor:
        """The view `(B, 13)` that follows from what was seen."""
        found = self.head(sight.known).float()
        slope = self.slope(self.slope_scale(sight.slope).clamp(-6, 6)).float()
        strange = self.strangeness(sight.wall)
        even, rest = found[:, EVENNESS : EVENNESS + 2] + slope, found[:, EVENNESS + 2 : CAST]
        halo, after = sight.halo, found[:, SPILL + 1 :]
        found = torch.cat([found[:, :EVENNESS], even, rest, strange, found[:, CAST + 1 : SPILL], halo, after], 1)
        return torch.cat([found if sight.moves else found * _all_but_flicker(found), sight.colour], 1)

    def strangeness(self, facts: torch.Tensor) -> torch.Tensor:
        """Facts of walls `(B, WALL_COUNT)` -> how strange their colour is, `(B, 1)`."""
        return self.wall(self.wall_scale(facts).clamp(-6, 6)).float()

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
        """`view` of clips of any size, brought to `PIXELS`; the mean of the clip and its mirror image, so that
        mirroring changes nothing."""
        clips = viewed(clips)
        return (self.view(clips) + self.view(clips.flip(-1))) / 2

    def between(self, one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Severities `(B, 11)` of either of two views `(B, 13)` of the same moments. What lies between the colours
        behind the person is the cast of the side that is the stranger; where it is not sure which, of both."""
        casts = casts_of(one[:, COLOUR] - other[:, COLOUR], one[:, CAST] - other[:, CAST])
        found = [
            torch.cat([view[:, :CAST], cast[:, None], view[:, CAST + 1 : len(NAMES)]], 1)
            for view, cast in zip((one, other), casts, strict=True)
        ]
        return found[0], found[1]

    def score(self, severities: torch.Tensor) -> torch.Tensor:
        """`(B, 11)` -> `(B,)`, log odds; more is better."""
        return -(severities * self.weights).sum(-1)

    def log_odds(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """`(B,)` of two views: how surely the first is preferred."""
        sides = self.between(one, other)
        return self.score(sides[0]) - self.score(sides[1])

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """The probability `(B,)` that clips `(B, T, 3, H, W)` sRGB `[0, 1]` are preferred to others."""
        return torch.sigmoid(self.log_odds(self.both_ways(one), self.both_ways(other)))


class _Scale(nn.BatchNorm1d):
    """Facts over what they have been so far, in teaching too: by the mean of its own small batch, a picture would be
    told from those beside it."""

    def __init__(self, count: int):
        super().__init__(count, affine=False, momentum=None)

    def forward(self, facts: torch.Tensor) -> torch.Tensor:
        if self.training:
            with torch.no_grad():
                super().forward(facts)
        assert self.running_mean is not None and self.running_var is not None
        return (facts - self.running_mean) / (self.running_var + self.eps).sqrt()


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


def casts_of(apart: torch.Tensor, stranger: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The cast `(B,)` of either of two walls whose colours lie `(B, 2)` stops apart, the first by `(B,)` the stranger:
    shares of all that lies between them, which is the half each where neither is."""
    size = TOP * torch.tanh(PER_STOP / TOP * _length(apart))
    return size * torch.sigmoid(stranger), size * torch.sigmoid(-stranger)


def _length(colour: torch.Tensor) -> torch.Tensor:
    """`(B, 2)` -> `(B,)`, which has a gradient at 0 too."""
    return (colour.square().sum(1) + LEAST**2).sqrt() - LEAST


def _all_but_flicker(found: torch.Tensor) -> torch.Tensor:
    kept = torch.ones_like(found)
    kept[:, FLICKER] = 0
    return kept
