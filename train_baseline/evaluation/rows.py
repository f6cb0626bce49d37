"""What a trained method is compared with, without training: nothing, one map for all, the best map of each frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from train_baseline.data.frames import Frame
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.methods.base import ColourMap, FrameBatch, MapSession, Method, Truth
from train_baseline.methods.colour_map import fit_map
from train_baseline.methods.lut import DARK_KNOTS
from train_baseline.methods.lut_session import Correction

INPUT, GLOBAL, ADJUST, MODEL, ORACLE = "input", "global map", "autoadjust", "model", "oracle"
GLOBAL_PIXELS = 4096


class OneMap(Method[FrameBatch]):
    """The same change of colours for every frame."""

    def __init__(self, colour_map: ColourMap):
        super().__init__()
        self.colour_map = colour_map

    def session(self, fps: float, smoothing_s: float = 0.0) -> MapSession:
        return _Same(self, self.colour_map)


class _Same(MapSession):
    def __init__(self, method: OneMap, colour_map: ColourMap):
        super().__init__(method)
        self._map = colour_map

    def colour_map(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> ColourMap:
        return self._map


class Oracle(Method[FrameBatch]):
    """The LUT fitted to each frame's own target: what no single LUT can beat."""

    def session(self, fps: float, smoothing_s: float = 0.0) -> MapSession:
        return _Fitted(self)


class _Fitted(MapSession):
    def colour_map(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> ColourMap:
        assert truth is not None, "the oracle is told the target"
        pairs = [(frame.reshape(-1, 3), truth.target.reshape(-1, 3))]
        return Correction(torch.from_numpy(fit_map(pairs, smooth=1e-6)), DARK_KNOTS)


def global_map(frames: Iterable[Frame]) -> torch.Tensor:
    """One LUT `(3, M, M, M)` for all frames together, from up to 4,096 evenly spaced pixels of each."""

    def pixels() -> Iterable[tuple[np.ndarray, np.ndarray]]:
        for frame in frames:
            spots = np.linspace(0, frame.mask.size - 1, min(GLOBAL_PIXELS, frame.mask.size)).astype(np.int64)
            yield frame.source.reshape(-1, 3)[spots], frame.target.reshape(-1, 3)[spots]

    return torch.from_numpy(fit_map(pixels()))


def rows_of(models: Mapping[str, Method[Any]], one_map: torch.Tensor) -> dict[str, Method[Any]]:
    """Methods by row: nothing, the global map, the AutoAdjust stand-in (which is told where the person is), `models` by
    name, and, where one of them bakes LUTs, the oracle."""
    oracle = {ORACLE: Oracle()} if any(model.bakes_lut for model in models.values()) else {}
    return {
        INPUT: OneMap(lambda frame: frame),
        GLOBAL: OneMap(Correction(one_map, DARK_KNOTS)),
        ADJUST: AdjustMethod(),
        **models,
        **oracle,
    }
