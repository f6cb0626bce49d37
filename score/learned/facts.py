"""What can be measured in a clip once it is known where the face and the person are: their light, how it lies, fine
detail at several sizes, and what changes from frame to frame. Differentiable; the judge's network judges by these too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from core.levels import LUMA

DARKEST = 0.01
"""Linear light added before a logarithm."""
FAINT = 1e-6
"""The same for the energy of fine detail (sRGB, squared): a quarter of a level."""
ACROSS = 12.0**0.5
"""A ramp over a place has this many standard deviations from end to end."""
COUNT = 47
"""How many facts there are."""


def light_of(clips: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """`(B, T, 3, H, W)` sRGB `[0, 1]` -> linear light `(B, T, 3, h, w)`."""
    return F.adaptive_avg_pool2d(linear_of(clips.flatten(0, 1)), size).unflatten(0, clips.shape[:2])


def stops_of(light: torch.Tensor) -> torch.Tensor:
    """Light `(B, T, 3, h, w)` -> the stops of its mean over frames, `(B, 1, h, w)`."""
    return torch.log2(luma_of(light.mean(1)) + DARKEST)


def facts_of(clips: torch.Tensor, light: torch.Tensor, face: torch.Tensor, person: torch.Tensor) -> torch.Tensor:
    """`clips` `(B, T, 3, H, W)` sRGB `[0, 1]` and their `light` `(B, T, 3, h, w)`; `face`, `person` `(B, 1, h, w)`
    `[0, 1]` -> `(B, COUNT)`."""
    batch, frames = clips.shape[:2]
    size = (int(face.shape[2]), int(face.shape[3]))
    flat = clips.flatten(0, 1)
    near = F.avg_pool2d(F.avg_pool2d(person, 3, 1, 1), 3, 1, 1)
    places = torch.cat(
        [face, person * (1 - face), 1 - person, person * (1 - near), (1 - person) * near], 1
    )  # face, body, behind, either side of the outline
    stops = torch.log2(light.mean(1) + DARKEST)
    luma = stops_of(light)
    main = places[:, :3]
    found = [
        means(stops, places).flatten(1),
        ((means(luma.square(), main) - means(luma, main).square()).clamp(min=0) + 1e-4).sqrt().flatten(1),
        *_ramps(luma, face),
        places.mean((2, 3)),
        *(_told(energy, main, batch) for energy in _detail(flat, size)),
    ]
    if frames > 1:
        grey = luma_of(flat)
        change = (grey.unflatten(0, (batch, frames)).diff(dim=1)).square().mean(1)
        by_frame = means(luma_of(light.flatten(0, 1)), main.repeat_interleave(frames, 0)).unflatten(0, (batch, frames))
        jumps = torch.log2(by_frame + DARKEST).diff(dim=1).abs().mean(1)
        found += [_told(F.adaptive_avg_pool2d(change, size), main, batch), torch.log2(jumps + 1e-3).flatten(1)]
    else:
        found.append(stops.new_zeros(batch, 6))
    return torch.cat(found, 1)


def linear_of(srgb: torch.Tensor) -> torch.Tensor:
    """sRGB `[0, 1]` of any shape -> linear light."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)


def luma_of(x: torch.Tensor) -> torch.Tensor:
    """`(..., 3, H, W)` -> `(..., 1, H, W)`."""
    return (x * x.new_tensor(LUMA)[:, None, None]).sum(-3, keepdim=True)


def means(values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """`(B, C, h, w)` over places `(B, P, h, w)` -> `(B, P, C)`."""
    weight = places / (places.sum((2, 3), keepdim=True) + 1e-3)
    return torch.einsum("bchw,bphw->bpc", values, weight)


def _ramps(luma: torch.Tensor, face: torch.Tensor) -> list[torch.Tensor]:
    """How far the light over the face rises from its one end to the other, stops: across, down, both; `(B, 1)` each."""
    grid = torch.meshgrid(*(torch.linspace(0, 1, n, device=face.device) for n in face.shape[2:]), indexing="ij")
    level = luma - means(luma, face)[..., None]
    slopes = []
    for place in grid:
        at = place[None, None].expand_as(face)
        off = at - means(at, face)[..., None]
        spread = (means(off.square(), face) + 1e-4).sqrt()[..., None]
        slopes.append(ACROSS * means(level * off / spread, face)[..., 0])
    down, across = slopes
    return [across.abs(), down.abs(), (across.square() + down.square() + 1e-3).sqrt()]


def _detail(frames: torch.Tensor, size: tuple[int, int]) -> list[torch.Tensor]:
    """Energy of differences between neighbours at three sizes, of their differences again, and of colours."""
    grey = luma_of(frames)
    found = []
    for side in (1, 2, 4):
        small = F.avg_pool2d(grey, side) if side > 1 else grey
        found.append(_energy(small))
    twice = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    around = twice[..., 2:, 1:-1] + twice[..., :-2, 1:-1] + twice[..., 1:-1, 2:] + twice[..., 1:-1, :-2]
    found.append((4 * grey - around).square())
    found.append(_energy(frames[:, :1] - frames[:, 1:2]))
    return [F.adaptive_avg_pool2d(energy, size) for energy in found]


def _energy(x: torch.Tensor) -> torch.Tensor:
    right = F.pad(x, (0, 1, 0, 0), mode="replicate").diff(dim=3)
    down = F.pad(x, (0, 0, 0, 1), mode="replicate").diff(dim=2)
    return right.square() + down.square()


def _told(energy: torch.Tensor, places: torch.Tensor, batch: int) -> torch.Tensor:
    """Energy `(B or B T, 1, h, w)` by place, mean over frames, as a logarithm: `(B, P)`."""
    by_clip = energy.unflatten(0, (batch, -1)).mean(1)
    return torch.log2(means(by_clip, places)[..., 0] + FAINT)
