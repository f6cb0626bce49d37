"""The three small networks taught on real people that come with keyfill (see models/LEDGER.md), run on the CPU."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.errors import InputError

if TYPE_CHECKING:
    import onnxruntime

MODELS = Path(__file__).parent / "models"
Name = Literal["person", "face_box", "face_landmarks"]


@functools.cache
def _session(name: Name) -> onnxruntime.InferenceSession:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when the library is loaded
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    path = MODELS / f"{name}.onnx"
    if not path.is_file():
        raise InputError(f"{path}: not there; this copy of keyfill is not whole, install it again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # clips run side by side in processes
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_network(name: Name, picture: np.ndarray) -> list[np.ndarray]:
    """`picture` `(H, W, 3)` float32 of the network's own size and scale -> its outputs, float32, batch axis gone."""
    return [output[0] for output in _session(name).run(None, {"picture": picture[None]})]
