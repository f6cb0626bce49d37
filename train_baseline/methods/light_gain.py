"""Light by factors, in torch: linear light times a coarse gain as far as a person goes, and where that is."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from score.learned.facts import linear_of

SHOULDER = 0.75
"""Linear light from which brightening bends towards white."""
MOST_STOPS = 3.0
"""Most that light is changed by."""
MOST_VEIL = 0.1
"""Most linear light that is taken off as a veil."""
DIMMEST = 1e-4
"""Linear light below which a veil is weighed as against this much."""


def srgb_of(linear: torch.Tensor) -> torch.Tensor:
    """Linear Rec.709 -> sRGB `[0, 1]`, clipped (IEC 61966-2-1)."""
    x = linear.clamp(0, 1)
    return torch.where(x <= 0.0031308, 12.92 * x, 1.055 * x.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)


def grid_gain(field: torch.Tensor) -> torch.Tensor:
    """`(B, 4, h, w)`, stops for red, green and blue and a veil of linear light -> the same with factors of linear light
    for stops and the veil held within 0 and `MOST_VEIL`, each the mean of its neighbourhood: no edge is seen."""
    smooth = F.avg_pool2d(F.pad(field, (1, 1, 1, 1), mode="replicate"), 3, 1)
    # 2^stops; ONNX has no operation for it
    return torch.cat([torch.exp(smooth[:, :3] * math.log(2)), smooth[:, 3:].clamp(0, MOST_VEIL)], 1)


def relit(frames: torch.Tensor, gain: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """`frames` `(B, 3, H, W)` sRGB, its linear light less the veil and times the factors of `gain` `(B, 4, h, w)` (or
    `(B, 3, h, w)`: no veil), as far as `person` `(B, 1, ., .)` goes; both are enlarged bilinearly."""
    lines, columns = int(frames.shape[2]), int(frames.shape[3])
    gain, person = (enlarged(part, lines, columns) for part in (gain, person))
    factor = 1 + person * (gain[:, :3] - 1)
    if gain.shape[1] > 3:
        factor = factor * (1 - person * gain[:, 3:] / linear_of(frames).clamp(min=DIMMEST)).clamp(min=0)
    return brightened(frames, factor)


def brightened(srgb: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """sRGB `[0, 1]` with linear light times `factor`, each number for itself; a soft shoulder below white."""
    return srgb_of(multiplied(linear_of(srgb), factor))


def multiplied(light: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Linear light times `factor`, bent below white."""
    light = light * factor
    over = (light - SHOULDER).clamp(min=0) / (1 - SHOULDER)
    bent = light - (1 - SHOULDER) * (over - over / (1 + over))
    # where little is asked for, little bends: a white shirt in good light stays white
    return light + ((factor - 1) / 0.25).clamp(0, 1) * (bent - light)


def over_face(box: torch.Tensor, lines: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    """For each column and line of a picture, where it lies over the face: `(B, columns)` and `(B, lines)`, -1/2 at its
    left or top edge to 1/2 at the other, held within -1 and 1. `box` `(B, 4)`: left, top, right, bottom in shares."""
    found = []
    for side, places in ((0, columns), (1, lines)):
        at = (torch.arange(places, dtype=box.dtype, device=box.device) + 0.5) / places
        start, stop = box[:, side : side + 1], box[:, side + 2 : side + 3]
        found.append(((at[None] - (start + stop) / 2) / (stop - start).clamp(min=0.02)).clamp(-1, 1))
    return found[0], found[1]


def shrunk(images: torch.Tensor, lines: int, columns: int) -> torch.Tensor:
    """`(B, C, H, W)` -> `(B, C, lines, columns)`, each pixel the mean of the area it covers, in operations that every
    engine has."""
    high, wide = int(images.shape[2]), int(images.shape[3])
    if high % lines == 0 and wide % columns == 0:
        return F.avg_pool2d(images, (high // lines, wide // columns))
    return _areas(high, lines).to(images) @ images @ _areas(wide, columns).to(images).T


def _areas(before: int, after: int) -> torch.Tensor:
    """`(after, before)`: how much of what each of `after` pixels covers lies in each of `before`."""
    edges = torch.arange(after + 1, dtype=torch.float64) * (before / after)
    pixels = torch.arange(before, dtype=torch.float64)
    shared = torch.minimum(edges[1:, None], pixels + 1) - torch.maximum(edges[:-1, None], pixels)
    return (shared.clamp(min=0) * (after / before)).float()


def ellipse(box: torch.Tensor, lines: int, columns: int) -> torch.Tensor:
    """`box` `(B, 4)` in shares of the frame -> `(B, 1, lines, columns)`, 1 in the middle of the face, 0 beyond it."""
    y = (torch.arange(lines, device=box.device, dtype=box.dtype) + 0.5) / lines
    x = (torch.arange(columns, device=box.device, dtype=box.dtype) + 0.5) / columns
    left, top, right, bottom = (box[:, side : side + 1, None] for side in range(4))
    across = (2 * x[None, None, :] - left - right) / (right - left + 1e-6)
    down = (2 * y[None, :, None] - top - bottom) / (1.2 * (bottom - top) + 1e-6)
    return torch.sigmoid(4 * (1 - across.square() - down.square()))[:, None]


def hats(start: torch.Tensor, stop: torch.Tensor, count: int, length: int) -> torch.Tensor:
    """`count` places evenly over `start` to `stop` `(B, 1)`, shares of `length` pixels -> `(B, 1, count, length)`: what
    every place takes of each pixel. Each is a hat as wide as the step between two places, but at least a pixel;
    beyond the edge there is nothing, and places that reach it are dimmer."""
    at = torch.arange(count, dtype=start.dtype, device=start.device) + 0.5
    pixels = torch.arange(length, dtype=start.dtype, device=start.device) + 0.5
    step = (stop - start) * (length / count)
    middle = start * length + at[None] * step
    wide = step.clamp(min=1)[..., None]
    hat = (1 - (pixels[None, None] - middle[..., None]).abs() / wide).clamp(min=0)
    return (hat / wide)[:, None]


def enlarged(images: torch.Tensor, lines: int, columns: int) -> torch.Tensor:
    """`(B, C, h, w)` -> `(B, C, lines, columns)`, bilinear (half-pixel centres, held at the edges), as two products
    with constants: the same numbers in every engine."""
    rows, cols = (_bilinear(int(images.shape[2 + axis]), size) for axis, size in ((0, lines), (1, columns)))
    return rows.to(images) @ images @ cols.to(images).T


def _bilinear(before: int, after: int) -> torch.Tensor:
    """`(after, before)` weights."""
    at = ((torch.arange(after) + 0.5) * (before / after) - 0.5).clamp(0, before - 1)
    return (1 - (at[:, None] - torch.arange(before)[None]).abs()).clamp(min=0)
