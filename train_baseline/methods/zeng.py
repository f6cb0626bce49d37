"""Three learned LUTs, blended by predicted weights (Zeng et al., "Learning image-adaptive 3D lookup tables for high
performance photo enhancement in real-time", TPAMI 2020, section 3)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.rng import rng_for
from train_baseline.config import ZengConfig
from train_baseline.methods.lut import UNIFORM_KNOTS, identity
from train_baseline.methods.lut_method import ConvolutionalLut


class Zeng(ConvolutionalLut):
    """36^3 LUTs (33^3 in the paper), the first the identity at first."""

    knots = UNIFORM_KNOTS

    def __init__(self, config: ZengConfig):
        super().__init__(config, 3)
        self.bases = nn.Parameter(torch.cat([identity(self.knots), torch.zeros(2, *identity(self.knots).shape[1:])]))

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        super().initialise(seed)
        drawn = rng_for(seed, "head.weight", "init").standard_normal(self.head.weight.shape, np.float32)
        self.head.weight.copy_(torch.from_numpy(drawn * np.float32(0.02)))

    def bake(self, weights: torch.Tensor) -> torch.Tensor:
        first = torch.tensor([1.0, 0.0, 0.0], device=weights.device)
        return torch.einsum("bn,nckji->bckji", weights + first, self.bases)
