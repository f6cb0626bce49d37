"""What is compared: for every frame of a clip, the map from source to corrected colours that each method would use."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
import torch

from pairs.dataset import Clip
from score.autoadjust import AutoAdjust
from score.fidelity.measures import inside_of
from train_baseline.data.batches import Frame, thumbnail
from train_baseline.methods.colour_map import fit_map
from train_baseline.methods.lut import DARK_KNOTS, apply_to_frame
from train_baseline.methods.network import Network

Map = Callable[[np.ndarray], np.ndarray]
"""One uint8 sRGB frame `(H, W, 3)` -> the same, corrected."""
INPUT, GLOBAL, ADJUST, MODEL, ORACLE = "input", "global map", "autoadjust", "model", "oracle"
GLOBAL_PIXELS = 4096


def global_map(frames: Iterable[Frame]) -> torch.Tensor:
    """One LUT `(3, M, M, M)` for all frames together, from up to 4,096 evenly spaced pixels of each."""

    def pixels() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        for frame in frames:
            spots = np.linspace(0, frame.mask.size - 1, min(GLOBAL_PIXELS, frame.mask.size)).astype(np.int64)
            yield frame.source.reshape(-1, 3)[spots], frame.target.reshape(-1, 3)[spots]

    return torch.from_numpy(fit_map(pixels()))


def maps_of(clip: Clip, models: dict[str, Network], one_map: torch.Tensor) -> dict[str, list[Map]]:
    """Maps by method, one a frame: nothing, the global map, the AutoAdjust stand-in (which is told where the person
    is), `models` by name, and the oracle, fitted to the frame's own target: what no single LUT can beat."""
    count = len(clip.source)
    same = _lut(one_map, DARK_KNOTS)
    return {
        INPUT: [_unchanged] * count,
        GLOBAL: [same] * count,
        ADJUST: _adjusting(clip),
        **{name: _predicted(network, clip.source) for name, network in models.items()},
        ORACLE: [
            _lut(torch.from_numpy(fit_map([(s.reshape(-1, 3), t.reshape(-1, 3))], smooth=1e-6)), DARK_KNOTS)
            for s, t in zip(clip.source, clip.target, strict=True)
        ],
    }


def _unchanged(frame: np.ndarray) -> np.ndarray:
    return frame


def _lut(lut: torch.Tensor, knots: tuple[int, ...], lines: np.ndarray | None = None) -> Map:
    return lambda frame: apply_to_frame(lut, frame, knots, lines)


def _adjusting(clip: Clip) -> list[Map]:
    adjust = AutoAdjust(float(clip.info.get("fps", 30.0)))
    maps: list[Map] = []
    for i, frame in enumerate(clip.source):
        adjust(frame, None if clip.mask is None else inside_of(clip.mask[i]))
        curves = np.rint(adjust.curves).astype(np.uint8)[None]
        maps.append(lambda other, curves=curves: cv2.LUT(other, curves))
    return maps


@torch.no_grad()
def _predicted(network: Network, source: np.ndarray) -> list[Map]:
    """Each frame's LUT and matte from its own thumbnail alone, not smoothed over time."""
    maps: list[Map] = []
    for frame in source:
        image = torch.from_numpy(thumbnail(frame)).permute(2, 0, 1)[None].float() / 255
        seen = network(image)
        lut, lines = network.bake(seen.weights)[0], seen.lines(image)
        maps.append(_lut(lut, network.knots, None if lines is None else lines[0].numpy()))
    return maps
