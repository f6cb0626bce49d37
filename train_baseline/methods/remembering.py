"""Methods with a memory that is a tensor: handed in with a frame, handed out with the corrected one. So the same step
trains, runs on a video and is exported, the memory an input and an output of the graph."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
import torch
from torch import nn

from train_baseline.methods.base import FrameBatch, Method, Session, Truth
from train_baseline.methods.blocks import padded
from train_baseline.methods.lut_session import CUT

MULTIPLE = 8
"""Sides of frames that a step takes are multiples of this; others are padded."""


class Remembering(Method[FrameBatch]):
    """A subclass writes `step` and says how many channels its memory has, at half the frame's sides. A memory of zeros
    is none."""

    memory_channels: int

    def step(self, frames: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`(B, 3, H, W)` sRGB `[0, 1]` and `(B, C, H/2, W/2)` -> frames corrected, and the memory after them."""
        raise NotImplementedError

    def no_memory(self, frames: torch.Tensor) -> torch.Tensor:
        """What the first of `frames`, `(B, 3, H, W)`, comes with."""
        height, width = frames.shape[2:]
        return frames.new_zeros(len(frames), self.memory_channels, height // 2, width // 2)

    def correct(self, frames: torch.Tensor) -> torch.Tensor:
        whole = padded(frames, MULTIPLE)
        return self.step(whole, self.no_memory(whole))[0][:, :, : frames.shape[2], : frames.shape[3]]

    def corrected(self, batch: FrameBatch) -> torch.Tensor:
        return self._over_time(batch.source)

    def _over_time(self, source: torch.Tensor) -> torch.Tensor:
        """`(B, T, 3, H, W)`, each run of frames from its start."""
        height, width = source.shape[-2:]
        whole = padded(source.flatten(0, 1), MULTIPLE).unflatten(0, source.shape[:2])
        memory, found = self.no_memory(whole[:, 0]), []
        for frames in whole.unbind(1):
            with self.autocast():
                frames, memory = self.step(frames, memory)
            frames, memory = frames.float(), memory.float()
            found.append(frames)
        return torch.stack(found, 1)[..., :height, :width]

    def session(self, fps: float, smoothing_s: float = 0.0) -> Session:
        return MemorySession(self)

    def deployed(self, target: Literal["coreml", "onnx"]) -> WithMemory:
        return WithMemory(self)


class WithMemory(nn.Module):
    """The graph of one frame: levels `[0, 255]` and memory in, corrected levels, clipped, and memory out."""

    def __init__(self, method: Remembering, before: nn.Module | None = None):
        super().__init__()
        self.method, self.before = method, before
        self.memory_channels = method.memory_channels

    def memory_shape(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Of the memory that belongs to frames of that size."""
        return 1, self.memory_channels, height // 2, width // 2

    def forward(self, frame: torch.Tensor, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        frame = frame if self.before is None else self.before(frame)
        found, memory = self.method.step(frame * (1 / 255), memory)
        return found.clamp(0, 1) * 255, memory


class MemorySession(Session):
    """A video through a method with a memory, which a cut empties. `before`: the session of a method in front of it."""

    def __init__(self, method: Method[Any], step: Remembering | None = None, before: Session | None = None):
        super().__init__(method)
        found = step if step is not None else method
        assert isinstance(found, Remembering)
        self.stepping, self.before = found, before
        self._memory: torch.Tensor | None = None
        self._seen: np.ndarray | None = None

    @torch.no_grad()
    def correct(self, frame: np.ndarray, elapsed_s: float = 0.0, truth: Truth | None = None) -> np.ndarray:
        small = cv2.resize(frame, (64, 36), interpolation=cv2.INTER_AREA)
        if self._seen is None or float(cv2.absdiff(small, self._seen).mean()) > 255 * CUT:
            self._memory = None
        self._seen = small
        if self.before is not None:
            frame = self.before.correct(frame, elapsed_s, truth)
            self.matte = self.before.matte
        levels = torch.from_numpy(np.ascontiguousarray(frame)).to(self.stepping.device)
        whole = padded(levels.permute(2, 0, 1)[None].float() / 255, MULTIPLE)
        if self._memory is None or self._memory.shape[2:] != (whole.shape[2] // 2, whole.shape[3] // 2):
            self._memory = self.stepping.no_memory(whole)
        found, self._memory = self.stepping.step(whole, self._memory)
        found = found[0, :, : frame.shape[0], : frame.shape[1]].clamp(0, 1)
        return (found * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().cpu().numpy()
