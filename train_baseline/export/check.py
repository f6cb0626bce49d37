"""What an exported graph is held against: the method itself on the check frames, in a row where it has a memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from core.rng import rng_for
from train_baseline.export.intent import LANDSCAPE
from train_baseline.methods.base import NO_PARTS, Method
from train_baseline.methods.remembering import Remembering, WithMemory

Step = Callable[[list[torch.Tensor]], list[torch.Tensor]]
"""A graph: the frame, and memory where there is one -> the frame corrected, and memory or the other parts."""
CORRECTED = "corrected"
LEVELS = {"matte": 255.0, "field": 64.0}
"""What parts of a graph are multiplied by to be compared as levels are: a factor of light of 1/64 more is about one."""
MEMORY = ("memory", "memory_after")
"""Names of a memory that goes in and comes out."""


def names_of(form: nn.Module) -> tuple[list[str], list[str]]:
    """Names of what goes into a deployed form and of what comes out."""
    if isinstance(form, WithMemory):
        return ["frame", MEMORY[0]], [CORRECTED, MEMORY[1]]
    return ["frame"], [CORRECTED, *gives_of(form)]


def gives_of(form: nn.Module) -> Mapping[str, str]:
    """What comes out beside the corrected frame, by name, and what it is (`Method.deployed_parts`)."""
    gives: Mapping[str, str] = getattr(form, "gives", NO_PARTS)
    return gives


def memory_shapes(form: nn.Module, size: tuple[int, int] = LANDSCAPE) -> list[tuple[int, int, int, int]]:
    """Of the memory beside a frame of `size` (width, height); none where there is no memory."""
    return [form.memory_shape(size[1], size[0])] if isinstance(form, WithMemory) else []


def nothing(form: nn.Module, size: tuple[int, int] = LANDSCAPE) -> tuple[torch.Tensor, ...]:
    """A black frame of `size` and an empty memory where there is one: what a graph is traced with."""
    return torch.zeros(1, 3, size[1], size[0]), *(torch.zeros(shape) for shape in memory_shapes(form, size))


def check_frame(size: tuple[int, int] = LANDSCAPE) -> np.ndarray:
    """`(H, W, 3)` uint8: soft blotches of every colour, so that all knots and all of the LUT are visited."""
    small = rng_for(0, "export", "frame").random((9, 16, 3), np.float32) * 1.2 - 0.1
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return np.rint(np.clip(large, 0, 1) * 255).astype(np.uint8)


def check_frames(method: Method[Any], size: tuple[int, int] = LANDSCAPE) -> list[torch.Tensor]:
    """What a graph is run on, `(1, 3, H, W)` float32 levels: the check frame, and for a method with a memory also the
    same a pixel on, with noise."""
    first = torch.from_numpy(check_frame(size)).permute(2, 0, 1)[None].float()
    if not isinstance(method, Remembering):
        return [first]
    noise = torch.from_numpy(rng_for(0, "export", "noise").standard_normal(first.shape, np.float32))
    return [first, (torch.roll(first, 1, 3) + 4 * noise).round().clamp(0, 255)]


@torch.no_grad()
def reference(method: Method[Any], frames: list[torch.Tensor]) -> list[torch.Tensor]:
    """Frames in a row, `(1, 3, H, W)` in levels 0-255, through the method itself, in plain torch."""
    if not isinstance(method, Remembering):
        return [method.correct(frame / 255).clamp(0, 1) * 255 for frame in frames]
    found, memory = [], method.no_memory(frames[0])
    for frame in frames:
        corrected, memory = method.step(frame / 255, memory)
        found.append(corrected.clamp(0, 1) * 255)
    return found


@torch.no_grad()
def in_a_row(graph: Step, form: nn.Module, frames: list[torch.Tensor]) -> list[list[torch.Tensor]]:
    """Frames in a row through a graph, which hands its memory on where it has one: what it gives for each in the order
    of `names_of`, all as `LEVELS` says."""
    height, width = frames[0].shape[2:]
    memory, found = list(nothing(form, (width, height))[1:]), []
    for frame in frames:
        corrected, *more = graph([frame, *memory])
        memory, parts = (more, []) if memory else ([], more)
        scaled = (part * LEVELS.get(name, 1.0) for part, name in zip(parts, gives_of(form), strict=False))
        found.append([corrected, *scaled])
    return found


def expected(method: Method[Any], form: nn.Module, frames: list[torch.Tensor], exact: bool) -> list[list[torch.Tensor]]:
    """What a graph is to give as `in_a_row` has it. `exact`: the frame as the method has it, else as its form in torch
    does, which sees another thumbnail where frames have another size than 1280x720."""
    corrected = [[frame] for frame in reference(method, frames)] if exact else []
    if exact and not gives_of(form):
        return corrected
    plain = in_a_row(lambda given: _listed(form(*given)), form, frames)
    return [[*first, *parts[1:]] for first, parts in zip(corrected, plain, strict=True)] if exact else plain


def gaps_between(
    graph: Step, method: Method[Any], form: nn.Module, frames: list[torch.Tensor], exact: bool
) -> dict[str, torch.Tensor]:
    """Differences in levels of 255 of each part that a graph gives, of all frames together."""
    wanted = expected(method, form, frames, exact)
    found = in_a_row(graph, form, frames)
    apart = [[(a - b).abs() for a, b in zip(one, other, strict=True)] for one, other in zip(found, wanted, strict=True)]
    return {name: torch.cat(gaps) for name, *gaps in zip(names_of(form)[1], *apart, strict=False)}


def _listed(given: Any) -> list[torch.Tensor]:
    return list(given) if isinstance(given, (tuple, list)) else [given]
