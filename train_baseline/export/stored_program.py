"""A saved Core ML package run without a Mac: the stored graph is read back and executed op by op in torch.

This proves the graph and the weights on disk, not Apple's kernels. Only what our own packages contain is known; any
other op, or an argument that changes an op's meaning in a way not handled here, is an error.
"""

from __future__ import annotations

import contextlib
import io
import logging
import operator
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from core.errors import InputError, WorkError

Run = Callable[[Any, dict[str, Any]], torch.Tensor]
"""`run(op, its inputs by name)`: what the op gives."""


@dataclass(eq=False)
class StoredProgram:
    """The `main` function of an ML Program: its inputs and outputs, the frame first, the shape of the frame, its ops in
    order, and their count."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shape: tuple[int, ...]
    operations: list[Any]
    macs: int
    op_counts: dict[str, int] = field(default_factory=dict)

    def run(self, given: Sequence[torch.Tensor], half: bool) -> list[torch.Tensor]:
        """All inputs in their order, the frame `(1, 3, H, W)` in levels 0-255 first -> all outputs, float32.

        `half`: values between ops are rounded to fp16 wherever the graph says fp16, sums are taken in float32 (as
        accelerators do); otherwise everything is float32 and only the stored weights are fp16.
        """
        values = dict(zip(self.inputs, given, strict=True))
        left = self._uses()
        for op in self.operations:
            arguments = {name: self._value(one, values) for name, one in op.inputs.items() if one is not None}
            result = _OPS[op.op_type](op, arguments)
            output = op.outputs[0]
            if half and _type_name(output) == "fp16":
                result = result.half().float()
            values[output.name] = result
            for used in _variables(op):
                left[used.name] -= 1
                if left[used.name] == 0 and used.name not in self.outputs:
                    values.pop(used.name, None)
        return [values[name] for name in self.outputs]

    def _uses(self) -> dict[str, int]:
        uses: dict[str, int] = {}
        for op in self.operations:
            for given in _variables(op):
                uses[given.name] = uses.get(given.name, 0) + 1
        return uses

    @staticmethod
    def _value(given: Any, values: dict[str, torch.Tensor]) -> Any:
        if isinstance(given, (list, tuple)):
            return [StoredProgram._value(item, values) for item in given]
        if given.name in values:
            return values[given.name]
        if given.val is None:
            raise WorkError(f"stored graph: {given.name} is used before it is computed")
        value = given.val
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return torch.from_numpy(value.astype(np.float32))
        if isinstance(value, np.floating):
            return torch.tensor(float(value))
        return value


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """coremltools warns about untested torch versions and missing Mac libraries, and draws bars of its own."""
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger = logging.getLogger("coremltools")
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


def read_program(package: Path) -> StoredProgram:
    """Read a saved `.mlpackage` back. InputError where it is none; WorkError for an op that is not known here."""
    with quiet():
        import coremltools as ct
        from coremltools.converters.mil.frontend.milproto.load import load as load_program

    if not (Path(package) / "Manifest.json").is_file():
        raise InputError(f"{package}: not an .mlpackage (no Manifest.json)")
    model = ct.models.MLModel(str(package), skip_model_load=True)
    spec = model.get_spec()
    program = load_program(spec, spec.specificationVersion, model.weights_dir)
    main = program.functions["main"]
    if not 1 <= len(main.inputs) <= 2:
        raise WorkError(f"{package}: expected a frame as input, and a memory where there is one")
    operations = [op for op in main.operations if op.op_type != "const"]
    counts: dict[str, int] = {}
    for op in operations:
        if op.op_type not in _OPS:
            raise WorkError(f"{package}: the check does not know the op {op.op_type} ({op.name}); add it to the check")
        counts[op.op_type] = counts.get(op.op_type, 0) + 1
    macs = sum(_macs(op) for op in operations if op.op_type in ("conv", "matmul"))
    shape = tuple(int(size) for size in next(iter(main.inputs.values())).shape)
    outputs = tuple(one.name for one in main.outputs)
    return StoredProgram(tuple(main.inputs), outputs, shape, operations, macs, counts)


def _macs(op: Any) -> int:
    """Multiply-accumulates of a stored convolution or product: output values x what each sums over."""
    if op.op_type == "matmul":
        turned = op.inputs["transpose_x"] is not None and bool(op.inputs["transpose_x"].val)
        return int(np.prod(op.outputs[0].shape)) * int(op.inputs["x"].shape[-2 if turned else -1])
    weight = op.inputs["weight"]
    return int(np.prod(op.outputs[0].shape)) * int(np.prod(weight.shape[1:]))


def _variables(op: Any) -> list[Any]:
    found: list[Any] = []
    for given in op.inputs.values():
        if isinstance(given, (list, tuple)):
            found += given
        elif given is not None:
            found.append(given)
    return found


def _type_name(variable: Any) -> str:
    from coremltools.converters.mil.mil import types

    return types.builtin_to_string(variable.dtype)


def _conv(op: Any, given: dict[str, Any]) -> torch.Tensor:
    pad = _padding(op, given)
    strides, dilations = _ints(given.get("strides", (1, 1))), _ints(given.get("dilations", (1, 1)))
    groups = int(given.get("groups", 1))
    return F.conv2d(F.pad(given["x"], pad), given["weight"], given.get("bias"), strides, 0, dilations, groups)


def _pooled(pool: Callable[..., torch.Tensor]) -> Run:
    def run(op: Any, given: dict[str, Any]) -> torch.Tensor:
        if any(_padding(op, given)) or bool(given.get("ceil_mode", False)):
            raise WorkError(f"the check does not know padded or ceil-mode pooling ({op.name})")
        return pool(given["x"], _ints(given["kernel_sizes"]), _ints(given["strides"]))

    return run


def _of_one(function: Callable[[torch.Tensor], torch.Tensor]) -> Run:
    return lambda op, given: function(given["x"])


def _of_two(function: Callable[[Any, Any], torch.Tensor]) -> Run:
    return lambda op, given: function(given["x"], given["y"])


def _reduced(function: Callable[..., torch.Tensor]) -> Run:
    return lambda op, given: function(given["x"], dim=_ints(given["axes"]), keepdim=bool(given["keep_dims"]))


def _upsample(op: Any, given: dict[str, Any]) -> torch.Tensor:
    if bool(given["align_corners"]) or not bool(given.get("half_pixel_centers", True)):
        raise WorkError(f"the check knows half-pixel centres only ({op.name})")
    scale = float(given["scale_factor_height"]), float(given["scale_factor_width"])
    return F.interpolate(given["x"], scale_factor=scale, mode="bilinear", align_corners=False)


def _padding(op: Any, given: dict[str, Any]) -> tuple[int, int, int, int]:
    """Left, right, top, bottom, as `torch.nn.functional.pad` wants them."""
    kind = str(given.get("pad_type", "valid"))
    if kind == "valid":
        return 0, 0, 0, 0
    if kind != "custom":
        raise WorkError(f"the check does not know pad_type {kind} ({op.name})")
    top, bottom, left, right = _ints(given["pad"])
    return left, right, top, bottom


def _slice(op: Any, given: dict[str, Any]) -> torch.Tensor:
    x = given["x"]
    if any(bool(flag) for flag in given.get("squeeze_mask", ())) or any(s != 1 for s in given.get("stride", ())):
        raise WorkError(f"the check does not know strided or squeezing slices ({op.name})")
    begin_mask = given.get("begin_mask", (False,) * x.ndim)
    end_mask = given.get("end_mask", (False,) * x.ndim)
    begin = [None if free else int(at) for at, free in zip(given["begin"], begin_mask, strict=True)]
    end = [None if free else int(at) for at, free in zip(given["end"], end_mask, strict=True)]
    return x[tuple(slice(first, last) for first, last in zip(begin, end, strict=True))]


def _pad(op: Any, given: dict[str, Any]) -> torch.Tensor:
    before_and_after = _ints(given["pad"])
    pairs = [before_and_after[i : i + 2] for i in range(0, len(before_and_after), 2)]
    if str(given["mode"]) == "constant":
        sides = [side for pair in reversed(pairs) for side in pair]
        return F.pad(given["x"], sides, value=float(given.get("constant_val", 0.0)))
    if str(given["mode"]) != "replicate":
        raise WorkError(f"the check knows padding by a constant or the edge only ({op.name})")
    return F.pad(given["x"], [side for pair in reversed(pairs[-2:]) for side in pair], mode="replicate")


def _cast(op: Any, given: dict[str, Any]) -> torch.Tensor:
    kind = str(given["dtype"])
    if kind not in ("fp16", "fp32"):
        raise WorkError(f"the check does not know a cast to {kind} ({op.name})")
    return given["x"]


def _dequantize(op: Any, given: dict[str, Any]) -> torch.Tensor:
    """8-bit weights: (stored - zero point) * scale, scale and zero point one for each index along `axis`."""
    stored = torch.from_numpy(np.asarray(op.inputs["quantized_data"].val).astype(np.float32))
    axis = int(given["axis"])
    shape = [-1 if i == axis else 1 for i in range(stored.ndim)]
    spread = lambda name: torch.from_numpy(np.asarray(op.inputs[name].val, np.float32).reshape(-1)).reshape(
        shape if np.asarray(op.inputs[name].val).size > 1 else [1] * stored.ndim
    )
    return (stored - spread("zero_point")) * spread("scale")


def _transposed(op: Any, given: dict[str, Any]) -> torch.Tensor:
    if any(_padding(op, given)) or int(given.get("groups", 1)) != 1:
        raise WorkError(f"the check does not know padded or grouped transposed convolutions ({op.name})")
    return F.conv_transpose2d(given["x"], given["weight"], given.get("bias"), _ints(given["strides"]))


def _expand(op: Any, given: dict[str, Any]) -> torch.Tensor:
    x = given["x"]
    for axis in sorted(_ints(given["axes"])):
        x = x.unsqueeze(axis)
    return x


def _matmul(op: Any, given: dict[str, Any]) -> torch.Tensor:
    x, y = (
        given[name].transpose(-1, -2) if bool(given.get(f"transpose_{name}", False)) else given[name] for name in "xy"
    )
    return torch.matmul(x, y)


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _layer_norm(op: Any, given: dict[str, Any]) -> torch.Tensor:
    x, axes = given["x"], _ints(given["axes"])
    apart = x - x.mean(axes, keepdim=True)
    found = apart * torch.rsqrt(apart.square().mean(axes, keepdim=True) + float(given.get("epsilon", 1e-5)))
    shape = [x.shape[i] if i in {axis % x.ndim for axis in axes} else 1 for i in range(x.ndim)]
    found = found * given["gamma"].reshape(shape) if given.get("gamma") is not None else found
    return found + given["beta"].reshape(shape) if given.get("beta") is not None else found


def _batch_norm(op: Any, given: dict[str, Any]) -> torch.Tensor:
    mean, variance = given["mean"], given["variance"]
    gamma, beta, epsilon = given.get("gamma"), given.get("beta"), float(given.get("epsilon", 1e-5))
    return F.batch_norm(given["x"], mean, variance, gamma, beta, eps=epsilon)


_OPS: dict[str, Run] = {
    **{
        name: _of_one(getattr(torch, name))
        for name in ("abs", "cos", "exp", "exp2", "relu", "sigmoid", "sin", "sqrt", "tanh")
    },
    "add": _of_two(operator.add),
    "avg_pool": _pooled(F.avg_pool2d),
    "batch_norm": _batch_norm,
    "cast": _cast,
    "clip": lambda op, given: given["x"].clamp(float(given["alpha"]), float(given["beta"])),
    "concat": lambda op, given: torch.cat(given["values"], int(given["axis"])),
    "constexpr_affine_dequantize": _dequantize,
    "conv": _conv,
    "conv_transpose": _transposed,
    "expand_dims": _expand,
    "greater": _of_two(operator.gt),
    "greater_equal": _of_two(operator.ge),
    "layer_norm": _layer_norm,
    "leaky_relu": lambda op, given: F.leaky_relu(given["x"], float(given["alpha"])),
    "less": _of_two(operator.lt),
    "less_equal": _of_two(operator.le),
    "linear": lambda op, given: F.linear(given["x"], given["weight"], given.get("bias")),
    "log": lambda op, given: torch.log(given["x"] + float(given.get("epsilon", 0.0))),
    "matmul": _matmul,
    "max_pool": _pooled(F.max_pool2d),
    "maximum": lambda op, given: torch.maximum(*torch.broadcast_tensors(given["x"], torch.as_tensor(given["y"]))),
    "minimum": lambda op, given: torch.minimum(*torch.broadcast_tensors(given["x"], torch.as_tensor(given["y"]))),
    "mul": _of_two(operator.mul),
    "pad": _pad,
    "pixel_shuffle": lambda op, given: F.pixel_shuffle(given["x"], int(given["upscale_factor"])),
    "pixel_unshuffle": lambda op, given: F.pixel_unshuffle(given["x"], int(given["downscale_factor"])),
    "pow": _of_two(torch.pow),
    "real_div": _of_two(operator.truediv),
    "reduce_max": _reduced(torch.amax),
    "reduce_mean": _reduced(torch.mean),
    "reduce_min": _reduced(torch.amin),
    "reduce_sum": _reduced(torch.sum),
    "prelu": lambda op, given: F.prelu(given["x"], given["alpha"]),
    "reshape": lambda op, given: given["x"].reshape(_ints(given["shape"])),
    "rsqrt": lambda op, given: torch.rsqrt(given["x"] + float(given.get("epsilon", 0.0))),
    "select": lambda op, given: torch.where(given["cond"], given["a"], given["b"]),
    "sigmoid_hard": lambda op, given: (float(given["alpha"]) * given["x"] + float(given["beta"])).clamp(0, 1),
    "silu": lambda op, given: F.silu(given["x"]),
    "slice_by_index": _slice,
    "softmax": lambda op, given: torch.softmax(given["x"], int(given["axis"])),
    "sub": _of_two(operator.sub),
    "thresholded_relu": lambda op, given: torch.where(given["x"] >= float(given["alpha"]), given["x"], 0.0),
    "transpose": lambda op, given: given["x"].permute(*_ints(given["perm"])),
    "upsample_bilinear": _upsample,
}
