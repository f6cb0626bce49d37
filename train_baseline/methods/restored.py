"""A colour method with the restoration behind it: one method for videos, evaluation and export."""

from __future__ import annotations

from typing import Any, Literal

import torch

from core.errors import InputError
from train_baseline.methods.base import Method, Session
from train_baseline.methods.remembering import MemorySession, Remembering, WithMemory


class Restored(Remembering):
    """`colour` corrects a frame, `restoration` mends what comes out, noise made stronger included. Both are trained on
    their own."""

    def __init__(self, colour: Method[Any], restoration: Remembering):
        super().__init__(colour.config)
        self.colour, self.restoration = colour, restoration
        self.memory_channels = restoration.memory_channels
        self.half_levels, self.any_size = colour.half_levels, colour.any_size

    def step(self, frames: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.restoration.step(self.colour.correct(frames).clamp(0, 1), memory)

    def session(self, fps: float, smoothing_s: float = 0.0) -> Session:
        return MemorySession(self, self.restoration, self.colour.session(fps, smoothing_s))

    def deployed(self, target: Literal["coreml", "onnx"]) -> WithMemory:
        return WithMemory(self.restoration, self.colour.deployed(target))

    def deployed_parts(self, target: Literal["coreml", "onnx"]) -> WithMemory:
        raise InputError("a restoration needs the frame that LUT and matte give; leave --parts or --restore out")

    def placed(self) -> Restored:
        return Restored(self.colour.placed(), self.restoration.placed())
