"""The colour of what is behind a person, and what speaks for its being right or not: how neutral its brightest and its
edges are, how colourful it is, what colour the person has. Differentiable.

No picture says what colour its wall has. Of two pictures of one wall it is known by how much they differ, and what is
asked is which of them is nearer to right.
"""

from __future__ import annotations

import torch

from core.levels import LUMA
from score.learned.facts import means
from score.learned.light_truth import DARKEST_COLOUR

NEUTRAL = (0.1, 0.3)
"""Stops of colour below which a place counts as grey, more or less strictly."""
GREY_POWER = 6.0
"""Shades of grey: the mean of which power of light is taken for grey (Finlayson and Trezzi, 2004)."""
WALL_COUNT = 38
"""How many numbers `wall_of` tells beside the colour."""


def wall_of(light: torch.Tensor, face: torch.Tensor, person: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`light` `(B, 3, h, w)` linear; `face`, `person` `(B, 1, h, w)` `[0, 1]` -> stops of red and of blue over green
    behind the person, `(B, 2)`, and `(B, WALL_COUNT)` that speak for or against them."""
    behind = (1 - person).square()
    colour = colour_of(light)
    level = (light * light.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    mean = lambda values, where=behind: means(values, where)[:, 0]
    wall = mean(colour)
    off = colour - wall[..., None, None]
    size = (colour.square().sum(1, keepdim=True) + 1e-4).sqrt()
    bright = behind * (level / (level.amax((2, 3), keepdim=True) + 1e-3)).square()
    brightest = behind * torch.sigmoid(12 * (level / (level.amax((2, 3), keepdim=True) + 1e-3) - 0.75))
    both = behind[..., 1:, 1:] * behind[..., :-1, :-1] * behind[..., 1:, :-1] * behind[..., :-1, 1:]
    edges = (light[..., 1:, 1:] - light[..., :-1, :-1]).abs() + (light[..., 1:, :-1] - light[..., :-1, 1:]).abs()
    top = (light * (behind > 0.5)).amax((2, 3))
    by_light = [
        mean(light), means(light, bright)[:, 0], means(light, brightest)[:, 0], means(edges, both)[:, 0],
        (mean(light.clamp(min=1e-4) ** GREY_POWER) + 1e-24) ** (1 / GREY_POWER), top,
    ]  # fmt: skip
    told = [colour_of(part) for part in by_light]
    stops = torch.log2(level + 0.01)
    lit = stops - mean(stops)[..., None, None]
    facts = [
        wall, *told, *(_length(part) for part in (wall, *told)), (mean(off.square()) + 1e-4).sqrt(),
        mean(off[:, :1] * off[:, 1:]), mean(colour.abs()), mean(size), mean(off * lit),
        *(mean(torch.exp(-(size / width).square())) for width in NEUTRAL),
        mean(colour, face), mean(colour, person * (1 - face)), mean(stops), (mean(lit.square()) + 1e-4).sqrt(),
        behind.mean((2, 3)),
    ]  # fmt: skip
    return wall, torch.cat(facts, 1)


def colour_of(light: torch.Tensor) -> torch.Tensor:
    """`(B, 3, ...)` linear -> stops of red and of blue over green, `(B, 2, ...)`."""
    stops = torch.log2(light + DARKEST_COLOUR)
    return torch.cat([stops[:, :1] - stops[:, 1:2], stops[:, 2:] - stops[:, 1:2]], 1)


def _length(colour: torch.Tensor) -> torch.Tensor:
    return (colour.square().sum(1, keepdim=True) + 1e-4).sqrt()
