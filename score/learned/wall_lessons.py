"""Lessons for the eye for walls: many small pictures of walls under a little and under much of one cast.

Which of two colours of one wall is the right one is told by things that differ from room to room, so it takes many
rooms; and none of it is fine, so these pictures are small and cost next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from core.colour import linear_from_srgb
from core.rng import rng_for
from score.learned.comparisons import SMALL, backdrop, drawn_tone, ellipse, toned
from score.learned.faults import Faults, drawn, relit
from score.learned.judge_config import JudgeConfig
from score.learned.light_truth import DARKEST_COLOUR, PER_STOP, cast_of
from score.learned.moments import Moment
from score.learned.wall import wall_of

_LINEAR = np.asarray(linear_from_srgb(np.arange(256) / 255), np.float32)


@dataclass(frozen=True, eq=False)
class Walls:
    """`facts` `(2, N, WALL_COUNT)` of walls under a little and under much of a cast; `apart` `(N, 2)`: stops between
    their colours; `gap` `(N,)`: by how much the severity of the second is greater."""

    facts: torch.Tensor
    apart: torch.Tensor
    gap: torch.Tensor


def walls_of(moments: Sequence[Moment], count: int, config: JudgeConfig, rng: np.random.Generator) -> Walls:
    """So many, of as many moments, framed and toned as for the other lessons."""
    picked = [moments[int(i)] for i in rng.integers(0, len(moments), 2 * count)]
    rows = [_wall(moment, behind, config, rng) for moment, behind in zip(picked[:count], picked[count:], strict=True)]
    lights, masks, faces, gaps = zip(*rows, strict=True)
    face, person = (torch.from_numpy(np.stack(part)[:, None]) for part in (faces, masks))
    light = torch.from_numpy(np.stack(lights, 1)).permute(0, 1, 4, 2, 3)
    colours, facts = zip(*(wall_of(side, face, person) for side in light), strict=True)
    return Walls(torch.stack(facts), colours[1] - colours[0], torch.tensor(gaps, dtype=torch.float32))


def _wall(
    moment: Moment, behind: Moment, config: JudgeConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Light `(2, h, w, 3)`, mask and face `(h, w)`, and the gap."""
    source = moment.source[0] if rng.random() < 0.5 else moment.target[0]
    share = float(rng.uniform(0.5, 1.0))
    x0, y0, x1, y1 = moment.face
    top, tall = _part(y0, y1, source.shape[0], share, rng)
    left, wide = _part(x0, x1, source.shape[1], share, rng)
    window = slice(top, top + tall), slice(left, left + wide)
    small = lambda part: cv2.resize(part, SMALL, interpolation=cv2.INTER_AREA)
    light, mask = small(_LINEAR[source[window]]), small(moment.mask[0][window]).astype(np.float32) / 255
    across, down = SMALL[0] / wide, SMALL[1] / tall
    box = ((x0 - left) * across, (y0 - top) * down, (x1 - left) * across, (y1 - top) * down)
    face = ellipse(box, mask.shape) * mask
    if rng.random() < config.swapped:
        light = mask[..., None] * light + (1 - mask[..., None]) * backdrop(behind, mask.shape, rng)
    much, tone, state = float(rng.uniform(0.15, 1.0)), drawn_tone(rng), int(rng.integers(2**31))
    level = Faults(room_stops=float(rng.uniform(-1, 0.5)))
    clean = relit(light, mask, face, box, 0.0, level)
    lights = []
    for amount in (much * float(rng.uniform(0, 0.7)) if rng.random() < 0.4 else 0.0, much):
        cast = drawn("background_cast", amount, rng_for(state, "wall", "cast"), level)
        lights.append(np.minimum(relit(light, mask, face, box, 0.0, cast), 1))
    shown = [linear_from_srgb(toned(part, tone)).astype(np.float32) for part in (*lights, np.minimum(clean, 1))]
    stops = [np.log2(part + DARKEST_COLOUR) for part in shown]
    casts = [PER_STOP * cast_of(part - stops[2], 1 - mask) for part in stops[:2]]
    return np.stack(shown[:2]), mask, face, casts[1] - casts[0]


def _part(start: int, end: int, side: int, share: float, rng: np.random.Generator) -> tuple[int, int]:
    """Where a share of a side begins, and its length: with the face, `start` to `end`, in it where it fits."""
    length = max(1, int(share * side))
    low, high = sorted((max(0, end - length), min(max(start, 0), side - length)))
    return int(np.clip(rng.uniform(low, high), 0, side - length)), length
