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
from core.progress import Progress
from train_baseline import run_folder
from train_baseline.export.coreml import (
    AUTHOR,
    HEIGHT,
    LICENCE,
    WIDTH,
    check_budget,
    check_frames,
    deployed_form,
    in_a_row,
    macs_of,
    memory_shape,
    reference,
)
from train_baseline.export.intent import intended_package, known_package, package_inputs, report_place
from train_baseline.methods.base import Method
from train_baseline.methods.remembering import WithMemory

TOLERANCE = 0.25
"""Largest difference from the torch model, in levels of 255, that onnxruntime may show on the check frames."""


def export_onnx(
    run: Path,
    out: Path,
    progress: Progress | None = None,
    consent: Consent = UNASKED,
    restore: Path | None = None,
) -> dict[str, Any]:
    """Write the run's model as ONNX and `OUT.json` beside it; float32, height and width free (multiples of 16).
    `restore`: a run whose restoration stands behind it. A method with a memory has it as a second input and output.

    The file is run in onnxruntime at 1280x720 and 640x360 before it gets its name. Returns the report. InputError for
    a name without `.onnx`, a model over the budget of MACs, or another file that is there, which is replaced with
    `consent`; WorkError when the difference is over the tolerance.
    """
    run, out = Path(run), Path(out)
    intended_package(run, out, "onnx", restore).require(consent)
    method = run_folder.load_method(run, restore)
    form = deployed_form(run, method, "onnx")
    inputs = package_inputs(run, "onnx", restore)
    if (known := known_package(run, out, "onnx", restore)) is not None:
        return known
    tell = progress or (lambda done, total, text: None)
    macs = macs_of(form)
    check_budget(macs.everything)
    remembers = isinstance(form, WithMemory)
    tell(1, 3, "converting")
    data = _converted(form)
    tell(2, 3, "running in onnxruntime")
    report: dict[str, Any] = {
        "inputs": inputs,
        "format": "ONNX, opset 20, float32",
        "author": AUTHOR,
        "licence": LICENCE,
        "input": "frame: 1x3xHxW float32 RGB, 0-255, sRGB; H and W multiples of 16",
        "output": "corrected: the same",
        **({"memory": "memory in, memory_after out; zeros at first and after a cut"} if remembers else {}),
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
    tell(3, 3, "exported")
    return report


def _converted(form: nn.Module) -> bytes:
    import onnx

    buffer = io.BytesIO()
    sides, halves = {2: "height", 3: "width"}, {2: "half_height", 3: "half_width"}
    axes = {"frame": sides, "corrected": sides}
    given = [torch.zeros(1, 3, HEIGHT, WIDTH)]
    if isinstance(form, WithMemory):
        given.append(torch.zeros(memory_shape(form)))
        axes |= {"memory": halves, "memory_after": halves}
    with warnings.catch_warnings():
        # the newer exporter needs a package of its own; this one is enough for a dozen kinds of op
        warnings.simplefilter("ignore")
        write: Any = torch.onnx.export  # its annotation knows no buffers, the older exporter does
        write(
            form,
            tuple(given),
            buffer,
            dynamo=False,
            opset_version=20,
            input_names=["frame", "memory"][: len(given)],
            output_names=["corrected", "memory_after"][: len(given)],
            dynamic_axes=axes,
        )
    model = onnx.load_from_string(buffer.getvalue())
    model.producer_name = AUTHOR
    for key, value in {"author": AUTHOR, "licence": LICENCE, "input range": "RGB 0-255, sRGB"}.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@torch.no_grad()
def parity(data: bytes, method: Method[Any], form: nn.Module) -> dict[str, float]:
    """onnxruntime against the method at full size, and against its form in torch at half of it (where a thumbnail may
    be another): max and mean difference in levels."""
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    full = check_frames(method)
    half = [frame[:, :, ::2, ::2].contiguous() for frame in full]
    names: list[str] = [one.name for one in session.get_inputs()]
    stored = lambda given: [
        torch.from_numpy(value)
        for value in session.run(None, {name: value.numpy() for name, value in zip(names, given, strict=True)})
    ]
    plain = lambda given: list(form(*given)) if isinstance(form, WithMemory) else [form(*given)]
    expected = [*reference(method, full), *in_a_row(plain, form, half)]
    found = [*in_a_row(stored, form, full), *in_a_row(stored, form, half)]
    gaps = [(one - other).abs() for one, other in zip(found, expected, strict=True)]
    return {"max": float(max(gap.max() for gap in gaps)), "mean": float(np.mean([gap.mean() for gap in gaps]))}
