"""Multiply-accumulates of a model for one frame, counted at the operators that torch really calls.

Convention: 1 MAC = 1 multiplication with the addition that takes its product in (torch's counter gives 2 FLOPs for it).
`matrix` is what convolutions, linear layers, matrix products (einsum among them) and attention do; a bias, and the
places that padding fills, are as torch's own counter has them. `everything` adds the rest, each step as a full MAC:

- an operator that works on values one by one (a product, sum, quotient, clamp, exponential, activation): one for each
  value that comes out, two where it multiplies and adds twice (`addcmul`, `lerp`);
- a sum, mean, maximum, running sum: one for each value that goes in; variance two, softmax and normalisation three;
- pooling: one for each value under each window; interpolation and sampling: one for each neighbour and value that comes
  out, for sampling also the weights at each place (nearest neighbour: none);
- moving, joining, reordering or looking up values: none.

Counted where operators are dispatched, so it makes no difference whether a module or a function called them.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten
from torch.utils.flop_counter import flop_registry

from core.errors import InputError

Rule = Callable[..., int]
"""`rule(*args, out=..., **kwargs)`: MACs of one call of an operator, from its arguments and its result."""


@dataclass(frozen=True)
class MacCount:
    """`matrix` and `everything` (`matrix` included), by the convention above; `by_operator`: MACs of each operator."""

    matrix: int
    everything: int
    by_operator: dict[str, int]


@torch.no_grad()
def count_macs(
    model: Callable[..., Any],
    shape: Sequence[int] = (1, 3, 720, 1280),
    rules: Mapping[str, Rule] | None = None,
    beside: Sequence[Sequence[int]] = (),
) -> MacCount:
    """Count what `model` (a module, or any function of tensors) computes for one input of `shape`, float32, and further
    ones of the shapes in `beside`, such as a memory.

    A module is taken as it stands (call `eval()` first) and runs on shapes alone where it can, else on zeros. `rules`:
    what one call of an operator costs, by name (`aten.sort`), for operators that this module does not know; they come
    before its own and count as `matrix`.
    Raises InputError naming every operator without a rule: nothing that computes is passed over in silence.
    """
    fast_path = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # one fused operator would hide attention's products
    try:
        shapes = [shape, *beside]
        counter = _run_on_shapes(model, shapes, rules or {}) or _run(model, _zeros_for(model, shapes), rules or {})
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)
    if counter.unknown:
        names = ", ".join(sorted(counter.unknown))
        raise InputError(f"MACs: no rule for {names}; give each one in rules, or build the model without it")
    matrix, rest = counter.matrix, counter.rest
    by_operator = dict(sorted((matrix + rest).items(), key=lambda item: (-item[1], item[0])))
    return MacCount(sum(matrix.values()), sum(matrix.values()) + sum(rest.values()), by_operator)


def _run(model: Callable[..., Any], given: Sequence[torch.Tensor], rules: Mapping[str, Rule]) -> _Counting:
    with _Counting(rules) as counter:
        model(*given)
    return counter


def _zeros_for(model: Callable[..., Any], shapes: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    places = {value.device for value in model.parameters()} if isinstance(model, torch.nn.Module) else set()
    place = places.pop() if len(places) == 1 else None
    return [torch.zeros(*shape, device=place) for shape in shapes]


def _run_on_shapes(
    model: Callable[..., Any], shapes: Sequence[Sequence[int]], rules: Mapping[str, Rule]
) -> _Counting | None:
    """The count without any arithmetic; None where the model asks for values, or makes tensors of its own."""
    if not isinstance(model, torch.nn.Module):
        return None
    try:
        return _run(copy.deepcopy(model).to("meta"), [torch.zeros(*one, device="meta") for one in shapes], rules)
    except (RuntimeError, NotImplementedError):
        return None  # a real mistake shows again, and is raised, where the model runs on zeros


class _Counting(TorchDispatchMode):
    def __init__(self, rules: Mapping[str, Rule]):
        super().__init__()
        self.rules = rules
        self.matrix: Counter[str] = Counter()
        self.rest: Counter[str] = Counter()
        self.unknown: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func.overloadpacket)
        if not self._has_rule(func, name):
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **kwargs)
        if name in self.rules:
            self.matrix[name] += self.rules[name](*args, **kwargs, out=out)
        elif name in _MATRIX:
            self.matrix[name] += _MATRIX[name](*args, **kwargs, out=out)
        elif func.overloadpacket in flop_registry:
            self.matrix[name] += flop_registry[func.overloadpacket](*args, **kwargs, out_val=out) // 2
        elif name in _REST:
            self.rest[name] += _REST[name](*args, **kwargs, out=out)
        elif not self._moves(func, name, args, kwargs):
            if torch.Tag.pointwise in func.tags:
                self.rest[name] += _values(out)
            elif torch.Tag.reduction in func.tags:
                self.rest[name] += _values(args[:1])
            else:
                self.unknown.add(name)
        return out

    def _has_rule(self, func: Any, name: str) -> bool:
        known = name in self.rules or name in _MATRIX or name in _REST or name in _MOVING
        tags = torch.Tag.pointwise in func.tags or torch.Tag.reduction in func.tags
        return known or func.overloadpacket in flop_registry or tags

    @staticmethod
    def _moves(func: Any, name: str, args: Any, kwargs: Any) -> bool:
        makes = not any(isinstance(value, torch.Tensor) for value in tree_flatten((args, kwargs))[0])
        return name in _MOVING or func.is_view or torch.Tag.view_copy in func.tags or makes


def _values(found: Any) -> int:
    return sum(value.numel() for value in tree_flatten(found)[0] if isinstance(value, torch.Tensor))


def _each_in(times: int) -> Rule:
    return lambda first, *args, out, **kwargs: times * first.numel()


def _each_out(times: int) -> Rule:
    return lambda *args, out, **kwargs: times * _values(out)


def _window(x: torch.Tensor, kernel: Any, *args: Any, out: Any, **kwargs: Any) -> int:
    sides = kernel if isinstance(kernel, (list, tuple)) else [kernel]
    reach = sides[0] ** _spatial(x) if len(sides) == 1 else math.prod(sides)
    return reach * (out[0] if isinstance(out, (list, tuple)) else out).numel()


def _spatial(x: torch.Tensor) -> int:
    return x.ndim - 2


def _fitted_window(x: torch.Tensor, *args: Any, out: Any, **kwargs: Any) -> int:
    """Adaptive pooling: windows together hold every value once, or more often where they overlap."""
    inputs = x.shape[2:] if x.ndim > 2 else x.shape[1:]
    found = out[0] if isinstance(out, (list, tuple)) else out
    outputs = found.shape[-len(inputs) :]
    reach = [
        sum(-(-(i + 1) * size // count) - i * size // count for i in range(count))
        for size, count in zip(inputs, outputs, strict=True)
    ]
    return math.prod(reach) * math.prod(x.shape[: x.ndim - len(inputs)])


def _smoothed_resize(taps: int) -> Rule:
    """Interpolation with anti-aliasing: along each side `taps` neighbours, more of them where it shrinks."""

    def rule(x: torch.Tensor, *args: Any, out: torch.Tensor, **kwargs: Any) -> int:
        sides = zip(x.shape[2:], out.shape[2:], strict=True)
        return out.numel() * math.prod(math.ceil(taps * max(1.0, before / after)) for before, after in sides)

    return rule


def _sampled(x: torch.Tensor, grid: torch.Tensor, mode: int, *args: Any, out: torch.Tensor, **kwargs: Any) -> int:
    if mode == 1:
        return 0
    side = 2 if mode == 0 else 4
    taps, places = side ** _spatial(x), grid.numel() // grid.shape[-1]
    return taps * (out.numel() + places) + (1 if mode == 0 else 8) * grid.numel()


_MATRIX: dict[str, Rule] = {
    "aten.mv": _each_in(1),
    "aten.dot": _each_in(1),
    "aten.vdot": _each_in(1),
    "aten.addmv": lambda start, matrix, vector, *args, out, **kwargs: matrix.numel(),
    "aten.addbmm": lambda start, a, b, *args, out, **kwargs: a.numel() * b.shape[-1],
    "aten.addr": _each_out(1),
    "aten._scaled_dot_product_flash_attention_for_cpu": lambda q, k, v, *args, out, **kwargs: (
        math.prod(q.shape[:-1]) * k.shape[-2] * (q.shape[-1] + v.shape[-1])
    ),
}

_REST: dict[str, Rule] = {
    **{f"aten.{name}": _each_out(1) for name in ("_prelu_kernel", "glu", "hardswish", "hardswish_")},
    "aten.log_sigmoid_forward": lambda x, *args, out, **kwargs: x.numel(),
    "aten.linalg_cross": _each_out(2),
    "aten.col2im": _each_in(1),
    "aten.affine_grid_generator": lambda *args, out, **kwargs: out.numel() * out.shape[-1],
    **{f"aten.{name}": _each_out(2) for name in ("addcmul", "addcmul_", "addcdiv", "addcdiv_", "lerp", "lerp_")},
    **{f"aten.{name}": _each_in(1) for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")},
    **{f"aten.{name}": _each_in(2) for name in ("var", "std", "var_mean", "std_mean")},
    **{f"aten.{name}": _each_in(3) for name in ("_softmax", "_log_softmax", "_safe_softmax", "logsumexp")},
    **{f"aten.{name}": _each_in(3) for name in ("native_layer_norm", "native_group_norm", "_fused_rms_norm")},
    **{f"aten.{name}": _each_in(1) for name in ("_native_batch_norm_legit_no_training", "native_batch_norm")},
    **{f"aten.{name}": _window for name in ("avg_pool1d", "avg_pool2d", "avg_pool3d")},
    **{f"aten.max_pool{n}d_with_indices": _window for n in (2, 3)},
    "aten._adaptive_avg_pool2d": _fitted_window,
    "aten._adaptive_avg_pool3d": _fitted_window,
    "aten.adaptive_max_pool2d": _fitted_window,
    **{f"aten.upsample_nearest{n}d": _each_out(0) for n in (1, 2, 3)},
    **{f"aten._upsample_nearest_exact{n}d": _each_out(0) for n in (1, 2, 3)},
    "aten.upsample_linear1d": _each_out(2),
    "aten.upsample_bilinear2d": _each_out(4),
    "aten.upsample_trilinear3d": _each_out(8),
    "aten.upsample_bicubic2d": _each_out(16),
    "aten._upsample_bilinear2d_aa": _smoothed_resize(2),
    "aten._upsample_bicubic2d_aa": _smoothed_resize(4),
    "aten.grid_sampler_2d": _sampled,
    "aten.grid_sampler_3d": _sampled,
    "aten.scatter_add": lambda x, dim, index, *args, out, **kwargs: index.numel(),
    "aten.index_add": lambda x, dim, index, source, *args, out, **kwargs: source.numel(),
}

_MOVING = frozenset(
    f"aten.{name}"
    for name in (
        "_linalg_check_errors",
        "_local_scalar_dense",
        "_reshape_alias",
        "_to_copy",
        "_unsafe_view",
        "alias",
        "cat",
        "channel_shuffle",
        "clone",
        "constant_pad_nd",
        "copy",
        "copy_",
        "detach",
        "detach_",
        "embedding",
        "empty_like",
        "fill",
        "fill_",
        "flip",
        "full_like",
        "gather",
        "im2col",
        "index",
        "index_put",
        "index_put_",
        "index_select",
        "lift_fresh",
        "lift_fresh_copy",
        "masked_fill",
        "masked_fill_",
        "masked_select",
        "native_dropout",
        "new_empty",
        "new_full",
        "new_ones",
        "new_zeros",
        "nonzero",
        "ones_like",
        "pixel_shuffle",
        "pixel_unshuffle",
        "reflection_pad1d",
        "reflection_pad2d",
        "reflection_pad3d",
        "repeat",
        "replication_pad1d",
        "replication_pad2d",
        "replication_pad3d",
        "resize_",
        "roll",
        "scatter",
        "select_scatter",
        "slice_scatter",
        "split_with_sizes_copy",
        "stack",
        "take",
        "tril",
        "triu",
        "unfold_backward",
        "unsafe_chunk",
        "unsafe_split",
        "rand_like",
        "randn_like",
        "bernoulli",
        "complex",
        "where",
        "zero_",
        "zeros_like",
    )
)
"""Operators that move or make values and do no arithmetic on them."""
