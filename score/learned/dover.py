"""DOVER's technical score of a video (Wu et al., ICCV 2023), with weights that the user has.

As published but for this: it sees true frames and not one of them 32 times; red comes first, as its mean and spread are
meant; where fragments are cut follows from a seed and the video's name; nothing is rounded, so a gradient reaches the
frames. Without weights there is no score: it is not measured.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.errors import InputError
from core.rng import rng_for
from score.learned.convnext3d import ConvNext3d
from score.learned.given_weights import fitted, read_weights
from score.learned.swin3d import Swin3d, relative_places

FRAMES, EVERY, CLIPS = 32, 2, 3
"""Frames that either half sees at a time, in the technical one every second; and of how many places of a video."""
FRAGMENTS, FRAGMENT_PX, SIDE = 7, 32, 224
MEAN, SPREAD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
TECHNICAL, AESTHETIC = (-0.08285, 0.03774, 0.3896), (0.1107, 0.07355, 0.6104)
"""Mean, spread and weight by which the halves are joined."""


class Dover(nn.Module):
    """Both halves and their heads."""

    def __init__(self, technical: nn.Module | None = None, aesthetic: nn.Module | None = None, width: int = 768):
        super().__init__()
        self.technical_backbone = technical or Swin3d()
        self.aesthetic_backbone = aesthetic or ConvNext3d()
        self.technical_head, self.aesthetic_head = _Head(width), _Head(width)

    def forward(self, fragments: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
        """Views `(B, 3, 32, 224, 224)` of one video as `seen_by_dover` makes them -> `(2,)` raw scores, technical and
        aesthetic, each the mean over its views."""
        technical = self.technical_head(self.technical_backbone(fragments)).mean()
        return torch.stack([technical, self.aesthetic_head(self.aesthetic_backbone(whole)).mean()])


class _Head(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.fc_hid, self.fc_last = nn.Conv3d(width, 64, 1), nn.Conv3d(64, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc_last(F.gelu(self.fc_hid(x)))


def fused(raw: torch.Tensor) -> torch.Tensor:
    """Raw scores (technical, aesthetic) -> the joined score in `[0, 1]`."""
    parts = zip(raw.unbind(-1), (TECHNICAL, AESTHETIC), strict=True)
    return torch.sigmoid(sum((value - mean) / spread * weight for value, (mean, spread, weight) in parts))  # type: ignore[arg-type]


def frames_for_dover(count: int, name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Which frames of a video of `count` the halves see: `(CLIPS, 32)` and `(32,)`; a short video begins again."""
    rng = rng_for(seed, name, "dover-frames")
    places = []
    for part, length, step in ((CLIPS, FRAMES, EVERY), (FRAMES, 1, EVERY)):
        own = count // part
        room = own - length * step
        start = own * np.arange(part) + (rng.integers(0, room, part) if room > 0 else 0)
        places.append((start[:, None] + step * np.arange(length)) % count)
    return places[0], places[1][:, 0]


def fragments_of(frames: torch.Tensor, name: str, seed: int, clip: int = 0) -> torch.Tensor:
    """Frames `(T, 3, H, W)` -> `(T, 3, 224, 224)`: 7x7 fragments of 32 pixels, cut at places that are drawn once for
    all frames of a clip; frames with a side under 224 are enlarged."""
    height, width = frames.shape[-2:]
    if min(height, width) < SIDE:
        scale = SIDE / min(height, width)
        height, width = max(SIDE, round(height * scale)), max(SIDE, round(width * scale))
        frames = F.interpolate(frames, (height, width), mode="bilinear")
    rng = rng_for(seed, name, "dover-fragments", clip)
    rows = []
    for i in range(FRAGMENTS):
        row = []
        for j in range(FRAGMENTS):
            top, left = (_start(side, part, rng) for side, part in ((height, i), (width, j)))
            row.append(frames[..., top : top + FRAGMENT_PX, left : left + FRAGMENT_PX])
        rows.append(torch.cat(row, -1))
    return torch.cat(rows, -2)


def _start(side: int, part: int, rng: np.random.Generator) -> int:
    own = side // FRAGMENTS
    free = own - FRAGMENT_PX
    return min(own * part, side - FRAGMENT_PX) + (int(rng.integers(0, free)) if free > 0 else 0)


def whole_of(frames: torch.Tensor) -> torch.Tensor:
    """Frames `(T, 3, H, W)` -> `(T, 3, 224, 224)`, whatever their shape."""
    return F.interpolate(frames, (SIDE, SIDE), mode="bilinear", antialias=True)


def seen_by_dover(frames: torch.Tensor) -> torch.Tensor:
    """sRGB `(T, 3, H, W)` in `[0, 1]`, red first -> `(1, 3, T, H, W)`, what a half is given."""
    mean, spread = (frames.new_tensor(values)[:, None, None] for values in (MEAN, SPREAD))
    return ((frames * 255 - mean) / spread).movedim(1, 0)[None]


def technical_score(network: Dover, frames: torch.Tensor, name: str, seed: int) -> torch.Tensor:
    """The joined score of a video `(T, 3, H, W)` sRGB `[0, 1]`: a scalar in `[0, 1]` with a gradient to the frames."""
    clips, spread = frames_for_dover(len(frames), name, seed)
    views = [seen_by_dover(fragments_of(frames[places], name, seed, i)) for i, places in enumerate(clips)]
    return fused(network(torch.cat(views), seen_by_dover(whole_of(frames[spread]))))


def load_dover(path: Path | str, key: str = "--dover") -> Dover:
    """DOVER with the weights of a file, frozen, in evaluation. InputError in one line as `load_vqa`; a file that does
    not fit is never passed over, for then every video would have the same score."""
    weights = read_weights(str(path), key)
    with torch.device("meta"):
        network = Dover()
    places = {name: relative_places() for name in network.state_dict() if name.endswith("relative_position_index")}
    fitted(network, weights | places, f"{key}: {path}", "DOVER")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values() if value.is_floating_point()):
        raise InputError(f"{key}: {path}: holds weights that are no numbers; get the file again")
    return network.requires_grad_(False).eval()
