"""Weights that a user has of networks that others trained: read as data, never run as code."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from core.errors import InputError


def read_weights(path: str, key: str) -> dict[str, torch.Tensor]:
    """A file of tensors by name, as `torch.save(network.state_dict(), path)` writes it (or one whose "state_dict" or
    "params" holds that) -> float32 tensors. InputError naming `key`, the config's, for anything else."""
    if not path:
        raise InputError(f"{key}: no file given; it has to name the weights, or the loss that needs them be 0")
    if not Path(path).is_file():
        raise InputError(f"{key}: {path}: no such file")
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for what is no file of tensors
        reason = (str(error).splitlines() or [type(error).__name__])[0][:90]
        raise InputError(
            f"{key}: {path}: holds more than tensors, or is damaged ({reason}); save the network's state_dict() alone"
        ) from None
    for inner in ("state_dict", "params"):
        if isinstance(found, dict) and isinstance(found.get(inner), dict):
            found = found[inner]
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise InputError(f"{key}: {path}: is no table of tensors by name; save the network's state_dict()")
    return {name: value.float() if value.is_floating_point() else value for name, value in found.items()}


def taken(weights: dict[str, torch.Tensor], name: str, key: str) -> torch.Tensor:
    """One of them; InputError that says which is missing and what is there."""
    if name not in weights:
        there = ", ".join(sorted(weights)[:4])
        raise InputError(f"{key}: no tensor {name} in the file; it has {there} and {max(0, len(weights) - 4)} more")
    return weights[name]


def fitted(network: nn.Module, weights: dict[str, torch.Tensor], place: str, what: str) -> None:
    """Put `weights` into a network (which may be on the meta device), all and no others. InputError in one line, which
    begins with `place` and calls the network `what`: the first tensor that is missing, strange or of another shape."""
    wanted = {name: value.shape for name, value in network.state_dict().items()}
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}
    missing = [name for name in wanted if name not in weights and name not in counters]
    strange = [name for name in weights if name not in wanted]
    if missing:
        there = f"{len(wanted) - len(counters) - len(missing)} of {len(wanted) - len(counters)} are there"
        raise InputError(f"{place}: no tensor {missing[0]} ({there}); give the state dict of {what}")
    if strange:
        raise InputError(f"{place}: {strange[0]} is no tensor of {what} ({len(strange)} are not); give its state dict")
    for name, shape in wanted.items():
        if name in weights and weights[name].shape != shape:
            found = tuple(weights[name].shape)
            raise InputError(f"{place}: {name} is {found}, expected {tuple(shape)}; give the state dict of {what}")
    counted = {name: torch.zeros((), dtype=torch.long) for name in counters}
    network.load_state_dict(counted | weights, strict=True, assign=True)
