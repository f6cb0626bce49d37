"""A stored ONNX network as a torch module, so that it can be a part of a larger one: seen through, traced, exported.

Knows the operations of the networks that come with keyfill (models/LEDGER.md) and refuses others by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

from core.errors import InputError
from ingest.networks import MODELS, Name


class StoredNetwork(nn.Module):
    """`forward(picture)`: `(B, H, W, 3)` float32 as the network was taught -> its outputs, in their order.

    Its weights are not trained and not saved with what it is a part of. Raises InputError for an operation that is not
    known here.
    """

    def __init__(self, name: Name):
        super().__init__()
        path = Path(MODELS) / f"{name}.onnx"
        graph = onnx.load(str(path)).graph
        self._constants: dict[str, np.ndarray] = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._slots: dict[str, str] = {}
        self._steps: list[tuple[Callable[..., torch.Tensor], list[str], str, dict[str, Any]]] = []
        for node in graph.node:
            facts = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            if node.op_type == "Cast" and node.input[0] in self._constants:
                self._constants[node.output[0]] = self._constants[node.input[0]]
                continue
            if node.op_type not in OPERATIONS:
                raise InputError(f"{path}: the operation {node.op_type} is not known here")
            self._steps.append((OPERATIONS[node.op_type], list(node.input), node.output[0], facts))
        for name_ in {name_ for _, names, _, _ in self._steps for name_ in names}:
            value = self._constants.get(name_)
            if value is not None and value.dtype.kind == "f":
                self._slots[name_] = f"weight_{len(self._slots)}"
                self.register_buffer(self._slots[name_], torch.from_numpy(value.astype(np.float32)), persistent=False)
        self._input, self._outputs = graph.input[0].name, [one.name for one in graph.output]

    def forward(self, picture: torch.Tensor) -> list[torch.Tensor]:
        """See the class."""
        held: dict[str, Any] = {self._input: picture, "": None}
        for operation, names, result, facts in self._steps:
            held[result] = operation(*(self._value(name, held) for name in names), **facts)
        return [held[name] for name in self._outputs]

    def _value(self, name: str, held: dict[str, Any]) -> Any:
        if name in self._slots:
            return getattr(self, self._slots[name])
        return held[name] if name in held else self._constants[name]


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Padding SAME_UPPER: as many outputs as inputs over the stride, an odd pixel at the end."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _conv(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    strides: Sequence[int] = (1, 1),
    pads: Sequence[int] = (0, 0, 0, 0),
    group: int = 1,
    auto_pad: bytes = b"NOTSET",
    **_: Any,
) -> torch.Tensor:
    top, left, bottom, right = pads
    if auto_pad == b"SAME_UPPER":
        (top, bottom), (left, right) = (
            _same(size, kernel, stride)
            for size, kernel, stride in zip(x.shape[-2:], weight.shape[-2:], strides, strict=True)
        )
    if top == bottom and left == right:
        return F.conv2d(x, weight, bias, tuple(strides), (top, left), 1, group)
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, tuple(strides), 0, 1, group)


def _transposed(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, strides: Sequence[int] = (1, 1), **_: Any
) -> torch.Tensor:
    return F.conv_transpose2d(x, weight, bias, tuple(strides))


def _padded(x: torch.Tensor, pads: np.ndarray, *_: Any, **__: Any) -> torch.Tensor:
    axes = len(pads) // 2
    return F.pad(x, [int(pads[axis + end]) for axis in reversed(range(axes)) for end in (0, axes)])


def _pooled(pool: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def pooled(x: torch.Tensor, kernel_shape: Sequence[int], strides: Sequence[int] = (1, 1), **_: Any) -> torch.Tensor:
        return pool(x, tuple(kernel_shape), tuple(strides))

    return pooled


def _resized(x: torch.Tensor, *rest: Any, **_: Any) -> torch.Tensor:
    size = [int(side) for side in rest[-1][-2:]]
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


SIXTH = (float(np.float16(1 / 6)), float(1 / 6 - np.float16(1 / 6)))
"""One sixth as two numbers that half precision holds: as one it is off by 2 in 10,000, in each of many layers."""


def _hard_swish(x: torch.Tensor) -> torch.Tensor:
    if not torch.jit.is_tracing():
        return F.hardswish(x)
    six = x * (x + 3).clamp(0, 6)
    return six * SIXTH[0] + six * SIXTH[1]


OPERATIONS: dict[str, Callable[..., torch.Tensor]] = {
    "Add": lambda x, y: x + y,
    "AveragePool": _pooled(F.avg_pool2d),
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "HardSwish": _hard_swish,
    "Identity": lambda x: x,
    "MaxPool": _pooled(F.max_pool2d),
    "Mul": lambda x, y: x * y,
    "Pad": _padded,
    "PRelu": lambda x, slope: torch.where(x > 0, x, x * slope),
    "Relu": lambda x: F.relu(x),
    "Reshape": lambda x, shape, **_: x.reshape(x.shape[0], *(int(side) for side in shape[1:])),
    "Resize": _resized,
    "Sigmoid": lambda x: torch.sigmoid(x),
    "Transpose": lambda x, perm: x.permute(*perm),
}
