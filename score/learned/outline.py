"""How light goes over a person's outline, from well inside to well outside: where a bad matte leaves a halo, it bends.
Differentiable in the pictures.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F

from score.learned.facts import DARKEST, linear_of, luma_of

REACH = (1, 2, 3, 5, 8)
"""Half-size pixels from the outline at which bands end, on either side of it: 2 to 16 pixels of the frame."""
CELLS = (4, 6)
"""The picture in so many rows and columns, each of which has an outline of its own."""
LEAST = 0.002
"""Share of a cell that every band must cover for the cell to count."""
BANDS = 2 * len(REACH) - 1
PROFILE_COUNT = 3 * (BANDS - 1) + 3 * (BANDS - 2) + 1
"""How many numbers `outline_profile` tells."""


def outline_profile(clips: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """`clips` `(B, T, 3, H, W)` sRGB `[0, 1]`; `person` `(B, 1, h, w)` `[0, 1]`, at half their size ->
    `(B, PROFILE_COUNT)`: stops of light from band to band, and how that bends, over all and cell by cell."""
    light = F.adaptive_avg_pool2d(luma_of(linear_of(clips.mean(1))), (int(person.shape[2]), int(person.shape[3])))
    stops, bands = torch.log2(light + DARKEST), _bands(person)
    mass = F.adaptive_avg_pool2d(bands, CELLS).flatten(2)
    light_of = F.adaptive_avg_pool2d(bands * stops, CELLS).flatten(2)
    counts = (mass.amin(1, keepdim=True) > LEAST).float()
    weight = counts / (counts.sum(2, keepdim=True) + 1e-3)
    mean = lambda values: (values * weight).sum(2)
    spread = lambda values, middle: (mean((values - middle[..., None]).square()) + 1e-4).sqrt()
    step = (light_of / (mass + 1e-5)).diff(dim=1)
    bend = step.diff(dim=1)
    steps, bends = mean(step), mean(bend)
    over_all = (light_of.sum(2) / (mass.sum(2) + 1e-5)).diff(dim=1)
    parts = (over_all, steps, spread(step, steps), bends, spread(bend, bends), mean(bend.abs()), counts.mean(2))
    return torch.cat(parts, 1)


def _bands(person: torch.Tensor) -> torch.Tensor:
    """`(B, BANDS, h, w)`: how far each pixel is in each band, the innermost first."""
    wide: list[torch.Tensor] = []
    narrow: list[torch.Tensor] = []
    out, inside = person, 1 - person
    for pixel in range(1, REACH[-1] + 1):
        out, inside = (F.max_pool2d(side, 3, 1, 1) for side in (out, inside))
        if pixel in REACH:
            wide.append(out)
            narrow.insert(0, 1 - inside)
    return torch.cat([more - less for less, more in pairwise([*narrow, *wide])], 1)
