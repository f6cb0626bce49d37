"""Weights on disk: an ordinary archive of float32 arrays with a record in JSON; reading it runs no code."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import InputError
from core.files import write_bytes

RECORD = "record"


def save_weights(path: Path, kind: str, record: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> None:
    """Plain data, its format `kind` with it, and float32 weights by name; the same weights are the same bytes."""
    text = json.dumps({"format": kind, **record}, sort_keys=True, allow_nan=False)
    arrays = {name: value.detach().cpu().float().numpy() for name, value in sorted(weights.items())}
    stored = io.BytesIO()
    np.savez_compressed(stored, **{RECORD: np.array(text)}, **arrays)
    write_bytes(path, stored.getvalue())


def read_weights(
    path: Path, kind: str | Sequence[str], what: str, do: str
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The record and weights of a file of a format, or of one of several. InputError that says it is no `what`
    ("checkpoint"), and what to `do`."""
    kinds = (kind,) if isinstance(kind, str) else tuple(kind)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            record = json.loads(str(arrays[RECORD]))
            weights = {name: torch.from_numpy(arrays[name].copy()) for name in arrays.files if name != RECORD}
    except Exception as error:  # numpy, zlib and zipfile raise many kinds for a damaged file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a readable {what} ({reason}); {do}") from None
    if not isinstance(record, dict) or record.get("format") not in kinds:
        raise InputError(f"{path}: not a {what} of this version; {do}")
    return record, weights
