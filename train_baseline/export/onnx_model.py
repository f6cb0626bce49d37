"""Export to ONNX, checked in onnxruntime: a frame of any size in, the corrected frame out."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.errors import WorkError
from core.files import write_bytes, write_json
from core.intent import UNASKED, Consent
from core.progress import Progress, silent
from train_baseline import run_folder
from train_baseline.export.check import MEMORY, check_frames, gaps_between, gives_of, names_of, nothing
from train_baseline.export.coreml import (
    AUTHOR,
    LICENCE,
    MEMORY_WORDS,
    check_budget,
    deployed_form,
    macs_of,
)
from train_baseline.export.intent import (
    LANDSCAPE,
    asked_for,
    intended_package,
    known_package,
    package_inputs,
    report_place,
)
from train_baseline.methods.base import Method
from train_baseline.methods.remembering import WithMemory

SIZE = LANDSCAPE
"""At which a graph is traced and checked; it takes frames of any, but for methods that say otherwise."""
TOLERANCE = 0.25
"""Largest difference from the torch model, in levels of 255, that onnxruntime may show on the check frames."""


def export_onnx(
    run: Path,
    out: Path,
    progress: Progress = silent,
    consent: Consent = UNASKED,
    parts: bool = False,
    restore: Path | None = None,
) -> dict[str, Any]:
    """Write the run's model as ONNX and `OUT.json` beside it; float32, height and width free (multiples of 16)
    where the method has `any_size`, else 1280x720.
    `parts`: what the correction is made of comes out as well (`Method.deployed_parts`). `restore`: a run whose
    restoration stands behind it. A method with a memory has it as a second input and output.

    The file is run in onnxruntime at 1280x720 and 640x360 before it gets its name. Returns the report. InputError for
    a name without `.onnx`, a model over the budget of MACs, or another file that is there, which is replaced with
    `consent`; WorkError when the difference is over the tolerance.
    """
    run, out, more = Path(run), Path(out), asked_for(parts=parts, restore=restore)
    intended_package(run, out, "onnx", more, restore).require(consent)
    method = run_folder.load_method(run, restore)
    form = deployed_form(run, method, "onnx", parts)
    inputs = package_inputs(run, "onnx", more)
    if (known := known_package(run, out, "onnx", more)) is not None:
        return known
    macs = macs_of(form, SIZE)
    check_budget(macs.everything)
    progress(1, 3, "converting")
    data = _converted(form, method.any_size)
    progress(2, 3, "running in onnxruntime")
    sides = "HxW, multiples of 16," if method.any_size else f"{SIZE[1]}x{SIZE[0]}"
    report: dict[str, Any] = {
        "inputs": inputs,
        "format": "ONNX, opset 20, float32",
        "author": AUTHOR,
        "licence": LICENCE,
        "input": f"frame: 1x3x{sides} float32 RGB, 0-255, sRGB",
        "output": "corrected: the same",
        **({"parts": dict(gives_of(form))} if parts else {}),
        **({"memory": MEMORY_WORDS} if isinstance(form, WithMemory) else {}),
        "macs": macs.matrix,
        "macs_everything": macs.everything,
        "bytes": len(data),
        "parity": {"onnxruntime": parity(data, method, form)},
        "tolerance": TOLERANCE,
    }
    if not report["parity"]["onnxruntime"]["max"] <= TOLERANCE:
        worst = report["parity"]["onnxruntime"]["max"]
        raise WorkError(f"{out}: onnxruntime differs by {worst:.3f} levels; {TOLERANCE} allowed")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, data)
    except OSError as error:
        raise WorkError(f"{out}: cannot be written: {error.strerror or error}") from error
    write_json(report_place(out), report)
    progress(3, 3, "exported")
    return report


def _converted(form: nn.Module, any_size: bool = True) -> bytes:
    import onnx

    buffer = io.BytesIO()
    sides, halves = {2: "height", 3: "width"}, {2: "half_height", 3: "half_width"}
    names_in, names_out = names_of(form)
    axes = {name: halves if name in MEMORY else sides for name in (*names_in, *names_out) if name != "lut"}
    with warnings.catch_warnings():
        # the newer exporter needs a package of its own; this one is enough for a dozen kinds of op
        warnings.simplefilter("ignore")
        write: Any = torch.onnx.export  # its annotation knows no buffers, the older exporter does
        write(
            form,
            nothing(form, SIZE),
            buffer,
            dynamo=False,
            opset_version=20,
            input_names=names_in,
            output_names=names_out,
            dynamic_axes=axes if any_size else {},
        )
    model = onnx.load_from_string(buffer.getvalue())
    model.producer_name = AUTHOR
    said = {"author": AUTHOR, "licence": LICENCE, "input range": "RGB 0-255, sRGB"}
    for key, value in {**said, **gives_of(form)}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@torch.no_grad()
def parity(data: bytes, method: Method[Any], form: nn.Module) -> dict[str, float]:
    """onnxruntime against the method at full size (LUT and matte against its form), and against its form in torch at
    half of it (where a thumbnail may be another): max and mean difference in levels."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    full = check_frames(method, SIZE)
    half = [frame[:, :, ::2, ::2].contiguous() for frame in full]
    names = [one.name for one in session.get_inputs()]
    graph = lambda given: [
        torch.from_numpy(value)
        for value in session.run(None, {name: value.numpy() for name, value in zip(names, given, strict=True)})
    ]
    gaps = [
        gap
        for frames, exact in ((full, True), (half, False))[: 1 + method.any_size]
        for gap in gaps_between(graph, method, form, frames, exact).values()
    ]
    return {"max": float(max(gap.max() for gap in gaps)), "mean": float(np.mean([float(gap.mean()) for gap in gaps]))}
