"""How far the light changes over a face, and by how much that is less than flat light begins at, or more than uneven
light does: the plane through it as `light_truth` lays it, where the face was found. Differentiable.
"""

from __future__ import annotations

import torch

from score.learned.facts import ACROSS, means
from score.learned.light_truth import FLAT_PER_STOP, STUDIO_RAMP

SLOPE_COUNT = 9
"""How many numbers `slope_of` tells."""


def slope_of(luma: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
    """`luma` `(B, 1, h, w)` stops, `face` `(B, 1, h, w)` `[0, 1]` -> `(B, SLOPE_COUNT)`."""
    level = means(luma, face)[..., 0]
    lit = luma - level[..., None, None]
    grid = torch.meshgrid(*(torch.linspace(0, 1, n, device=face.device) for n in face.shape[2:]), indexing="ij")
    offs = [at - means(at.expand_as(face), face)[..., None] for at in grid]
    down, across = [off / (ACROSS * (means(off.square(), face)[..., None] + 1e-5).sqrt()) for off in offs]
    mean = lambda values: means(values, face)[..., 0]
    # two equations: what either axis has of the plane, and the axes of each other
    own, of_other = mean(down.square()) + 1e-4, mean(down * across)
    by = mean(lit * down), mean(lit * across)
    off_axis = (own.square() - of_other.square()).clamp(min=1e-5)
    rise = [(own * by[i] - of_other * by[1 - i]) / off_axis for i in (0, 1)]
    ramp = (rise[0].square() + rise[1].square() + 1e-4).sqrt()
    rest = lit - rise[0][..., None, None] * down - rise[1][..., None, None] * across
    told = (
        ramp, rise[0].abs(), rise[1].abs(), FLAT_PER_STOP * (STUDIO_RAMP[0] - ramp).clamp(min=0),
        (ramp - STUDIO_RAMP[1]).clamp(min=0), torch.log2(ramp), level, (mean(rest.square()) + 1e-4).sqrt(),
        face.mean((2, 3)),
    )  # fmt: skip
    return torch.cat(told, 1)
